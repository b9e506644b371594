// Which shifts of a world do nothing: without such a shift, and with all others, the same random
// actions give the same bits. What acts only together with others (push.interval with push.speed)
// is live.

#ifndef ENVS_VERIFY_DEAD_H_
#define ENVS_VERIFY_DEAD_H_

#include "envs/world/shelf.h"

enum { CO_DEAD_SHIFTS = 32 };  // of a world that are looked at

typedef struct co_dead_shifts {
  int count;                  // shifts that were looked at
  bool dead[CO_DEAD_SHIFTS];  // (count) in the order of the world's domain
  char reason[512];           // why the first dead one does nothing, "": not known, or none is
} co_dead_shifts;

// With worlds from a shelf (NULL: built anew). Errors of co_shift_compare (envs/verify/shift.h).
co_status co_shifts_find_dead(co_world_shelf *shelf, const co_world *world, uint64_t seed,
                              co_dead_shifts *out);

#endif  // ENVS_VERIFY_DEAD_H_
