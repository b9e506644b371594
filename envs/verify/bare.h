// How fast a machine steps: the plain physics loop as the limit, and the vectorised env against it.

#ifndef ENVS_VERIFY_BARE_H_
#define ENVS_VERIFY_BARE_H_

#include "envs/world/world.h"

// Rows that are stepped for as long as one wants: eight rows for `visit` control steps, then the
// next eight, from where they were. Before that every row has played 64 steps, so that its episode
// is somewhere, as it is in the long run: fresh rows cost less. `threads` is cut to `rows`; thread
// t of n steps the t-th n-th of them. Not thread-safe.
typedef struct co_stepping co_stepping;

// What a plain loop over the engine reaches: the same compiled model and number of rows, uniform
// actions written straight to ctrl, the reset to a drawn start state at termination or time limit,
// contact forces where a term of the task reads them, no observation, no reward, no bookkeeping.
// `world` must outlive it. CO_MEMORY, or what an engine says.
co_status co_stepping_bare(const co_built_world *world, int rows, int threads, int visit,
                           co_stepping **out);
// The same through an env of a world that it builds: uniform actions, rows reset where they end.
co_status co_stepping_env(const co_world *world, int rows, int threads, int visit, uint64_t seed,
                          co_stepping **out);
void co_stepping_free(co_stepping *stepping);  // NULL: nothing

typedef struct co_speed {
  double steps_per_s;      // control steps, all threads together
  double cpu_us;           // [us] processor time of a control step
  int64_t resets, faults;  // a plain loop has no faults
} co_speed;

// Steps each of `sides` in short turns, one after the other, until each has had `seconds` in all:
// what else the machine does hits all alike. out: (sides).
co_status co_stepping_run(co_stepping *const *side, int sides, double seconds, co_speed *out);

// Of an env: a hash over the observations of the first 64 steps of every row, which depends neither
// on speed nor on threads; bytes that are resident, of one row that has stepped.
uint64_t co_stepping_hash(const co_stepping *env);
size_t co_stepping_bytes(const co_stepping *env);

// A plain loop alone, with eight steps per visit.
co_status co_bare_steps_per_second(const co_built_world *world, int rows, int threads,
                                   double seconds, double *out);

#endif  // ENVS_VERIFY_BARE_H_
