// Inside transfer/metrics: the planned comparisons of a study, each trained strategy with scratch
// and the best of a target with each other one, with exact p-values where the samples are small and
// Holm's correction over each family.

#ifndef TRANSFER_METRICS_COMPARE_H_
#define TRANSFER_METRICS_COMPARE_H_

#include "transfer/metrics_values.h"

#define CO_FAMILY_LEVEL 0.05

// `values` holds for every pair the values of its arms. Fills the comparisons of all arm results
// and metrics->family.
co_status co_metrics_compare(co_metrics *metrics, co_arm_values *const *values,
                             const co_bootstrap_def *def, co_pool *pool);

// The runs of a pair as a design, its oracle runs as a stratum of their own. The same for all
// figures of a pair, so that they rest on the same resamples; unit is NULL when out of memory.
co_design co_pair_design(const co_pair_data *pair, co_arena *arena);

#endif  // TRANSFER_METRICS_COMPARE_H_
