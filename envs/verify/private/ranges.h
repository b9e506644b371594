// Ranges of a model that cut what actions command: limits of controls, of actuators' forces and of
// the forces of all actuators of a joint. A term does not see them, so `carryover check` tells.

#ifndef ENVS_VERIFY_PRIVATE_RANGES_H_
#define ENVS_VERIFY_PRIVATE_RANGES_H_

#include "envs/world/row.h"

// Control steps after which a range acted, of one action.
typedef struct co_range_count {
  int control, force, total;
} co_range_count;

// Adds what acts in the row to count (act_dim).
void co_ranges_count(const co_row *row, co_range_count *count);

// One sentence: what is cut, as far as definitions tell, and in how many of `steps` it was. The
// first few are named.
void co_ranges_text(const co_binding *binding, const co_range_count *count, int steps, char *out,
                    size_t size);

#endif  // ENVS_VERIFY_PRIVATE_RANGES_H_
