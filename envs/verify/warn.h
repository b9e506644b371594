// What is told of a world before something is played in it: its shifts that cannot mean much there.

#ifndef ENVS_VERIFY_WARN_H_
#define ENVS_VERIFY_WARN_H_

#include "envs/world/shelf.h"

// A warning for each of the domains, as --domain takes them, that was written for another robot
// than the world's (co_world_find_stranger, and its errors).
co_status co_warn_of_strangers(const co_built_world *world, const char *const *domain, int count);

// A warning for each shift after which the world, `built` as `world` says, is the one before it;
// worlds are from a shelf (NULL: built anew). Errors of co_shifts_find_dead.
co_status co_warn_of_dead_shifts(co_world_shelf *shelf, const co_built_world *built,
                                 const co_world *world, uint64_t seed);

#endif  // ENVS_VERIFY_WARN_H_
