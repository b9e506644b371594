// How sure the interquartile mean of an evaluation is: its interval over episodes; and what a
// policy is expected to reach by it.

#ifndef AGENTS_POLICY_INTERVAL_H_
#define AGENTS_POLICY_INTERVAL_H_

#include "agents/policy/evaluate.h"
#include "core/stats/bootstrap.h"

// 95 % interval of `eval->iqm` by resampling its episodes, drawn from `seed`; the same for any
// number of threads of `pool`, which may be NULL. Faulty episodes stay out; fewer than two others
// have no spread to draw from: lo and hi are NAN. CO_MEMORY.
co_status co_evaluation_interval(const co_evaluation *eval, uint64_t seed, co_pool *pool,
                                 co_interval *out);

// What the policy's file says it reaches: these episodes, with the interval of their interquartile
// mean and the seed that they were drawn from; interval NULL: with neither. One episode has no
// spread; without any, nothing is said.
void co_evaluation_expect(const co_evaluation *eval, const co_interval *interval, uint64_t seed,
                          co_contract *contract);

#endif  // AGENTS_POLICY_INTERVAL_H_
