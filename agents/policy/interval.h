// How sure the interquartile mean of an evaluation is: its interval over episodes.

#ifndef AGENTS_POLICY_INTERVAL_H_
#define AGENTS_POLICY_INTERVAL_H_

#include "agents/policy/evaluate.h"
#include "core/stats/bootstrap.h"

// 95 % interval of `eval->iqm` by resampling its episodes, drawn from `seed`; the same for any
// number of threads of `pool`, which may be NULL. Faulty episodes stay out; fewer than two others
// have no spread to draw from: lo and hi are NAN. CO_MEMORY.
co_status co_evaluation_interval(const co_evaluation *eval, uint64_t seed, co_pool *pool,
                                 co_interval *out);

#endif  // AGENTS_POLICY_INTERVAL_H_
