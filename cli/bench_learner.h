// What benches of learners share.

#ifndef CLI_BENCH_LEARNER_H_
#define CLI_BENCH_LEARNER_H_

#include "agents/policy.h"
#include "cli/cli.h"
#include "core/pool.h"
#include "core/schema.h"

// --hidden "64,64" into `width`, which `out` borrows; without the option `out` stays as it is.
co_status bench_hidden(const cli_args *args, double width[CO_MAX_HIDDEN], co_floats *out);

uint64_t bench_hash_params(const co_policy *policy);  // over the hashes of all tensors in order

// Multiply-adds in registers on all threads of the pool at once, for `seconds`: what no product can
// beat [floating-point operations/s].
double bench_fma_peak(co_pool *pool, double seconds);

#endif  // CLI_BENCH_LEARNER_H_
