// Inside transfer/metrics: the planned comparisons of a study, with exact p-values where the
// samples are small and Holm's correction over the family; and those that were not planned, each
// arm with scratch and the best of a target with each other one, with intervals only.

#ifndef TRANSFER_MEASURE_PRIVATE_COMPARE_H_
#define TRANSFER_MEASURE_PRIVATE_COMPARE_H_

#include "core/stats/bootstrap.h"
#include "transfer/measure/private/values.h"

// `values` holds for every pair the values of its arms. Fills the comparisons of all arm results
// and metrics->family.
co_status co_metrics_compare(co_metrics *metrics, co_arm_values *const *values,
                             const co_bootstrap_def *def, co_pool *pool);

// Whether the study's family holds this comparison, in either order.
bool co_pair_plans(const co_pair_data *pair, int x, int y);

// The runs of a pair as a design, its oracle runs as a stratum of their own. The same for all
// figures of a pair, so that they rest on the same resamples; unit is NULL when out of memory.
co_design co_pair_design(const co_pair_data *pair, co_arena *arena);

#endif  // TRANSFER_MEASURE_PRIVATE_COMPARE_H_
