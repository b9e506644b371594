// What a domain moves beside what it declares: a longer limb is heavier, its centre of mass lies
// elsewhere. Found by comparing all values of the table of parameters between two worlds.

#ifndef ENVS_VERIFY_PRIVATE_MOVED_H_
#define ENVS_VERIFY_PRIVATE_MOVED_H_

#include "envs/domain/plan.h"
#include "envs/env.h"

// Fills moved, num_moved and kept of `out`: elements that both models have, with a value that
// differs and that neither plan's domain declares; and bodies that keep mass and inertia under a
// shifted geom, because they state them. Models of different files have nothing in common.
// Thread-safe.
void co_moved_find(const co_plan *source, const co_plan *target, co_shift *out);

// "body.mass of leg 1.2 -> 2.4, geom.pos of shin (0, 0, 1) -> (0, 0, 2); 3 more; mass and ..." for
// people; always ends with a NUL within `size`.
void co_moved_text(const co_shift *shift, char *out, size_t size);

#endif  // ENVS_VERIFY_PRIVATE_MOVED_H_
