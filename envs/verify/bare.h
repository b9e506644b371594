// How fast a machine steps: the plain physics loop as the limit, and the vectorised env against it.

#ifndef ENVS_VERIFY_BARE_H_
#define ENVS_VERIFY_BARE_H_

#include "envs/world/world.h"

// What a plain loop over the engine reaches: the same compiled model and number of rows, uniform
// actions written straight to ctrl, the reset to a drawn start state at termination or time limit,
// contact forces where a term of the task reads them, no observation, no reward, no bookkeeping.
// Runs `seconds` on `threads` threads; *out in control steps per second, all threads together.
// `threads` is cut to `rows`. CO_MEMORY, or what an engine says.
co_status co_bare_steps_per_second(const co_built_world *world, int rows, int threads,
                                   double seconds, double *out);

typedef struct co_env_speed {
  double steps_per_s;  // control steps, all threads together
  int64_t resets, faults;
  uint64_t obs_hash;  // over the observations of a fixed number of steps of every row: independent
                      // of speed
  size_t bytes_per_env;  // resident, of one row that has stepped
} co_env_speed;

// The same through the env: uniform actions, rows reset where they end.
co_status co_env_measure_speed(const co_world *world, int rows, int threads, double seconds,
                               uint64_t seed, co_env_speed *out);

#endif  // ENVS_VERIFY_BARE_H_
