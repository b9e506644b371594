// The measured difference between two worlds: the same random actions from the same reset noise
// played in both.
//
// A few episodes of 300 control steps (longer where a push comes later, and never beyond the task's
// horizon), uniform actions redrawn every few steps (bounds: envs/verify/tape.h), not stopped by
// termination so that the whole body meets the floor. What can be said about a shift that changes
// nothing is said in `reason`.

#ifndef ENVS_VERIFY_SHIFT_H_
#define ENVS_VERIFY_SHIFT_H_

#include "envs/world/shelf.h"

// Of worlds as they are named, from a shelf (NULL: built anew). Where numbers are drawn, both ends
// of every distribution are played: the shift is live when it is at one of them, and the larger
// differences are given. Errors of co_world_build and of co_shift_measure.
co_status co_shift_compare(co_world_shelf *shelf, const co_world *source, const co_world *target,
                           uint64_t seed, co_shift *out);

// The same of worlds that are built. Those whose observations or actions are not the same list are
// live without being played (first_step 0). CO_MEMORY, CO_INTERNAL from an engine. Thread-safe.
co_status co_shift_measure(const co_built_world *source, const co_built_world *target,
                           uint64_t seed, co_shift *out);

#endif  // ENVS_VERIFY_SHIFT_H_
