// Inside transfer/metrics: the rules that forbid a figure or add a remark to it (rules of a fair
// comparison: what a metric needs, areas and ratios, thresholds, negative transfer, small samples,
// failures).

#ifndef TRANSFER_MEASURE_PRIVATE_RULES_H_
#define TRANSFER_MEASURE_PRIVATE_RULES_H_

#include "core/stats/bootstrap.h"
#include "transfer/measure/private/values.h"

// One arm of a pair after all arms of the pair were measured.
typedef struct co_arm_case {
  const co_pair_data *pair;
  const co_pair_result *found;  // of the pair
  const co_arm *arm;
  const co_arm_group *group;  // of the arm
  const co_arm_sample *sample;
  const co_arm_values *values;
  const co_arm_values *scratch;  // NULL: none, or the arm is scratch
  const co_interval *interval;   // (CO_METRIC_COUNT)
  const double *threshold;       // (CO_THRESHOLDS)
  const co_bootstrap_def *def;
  co_arena *arena;  // of notes
} co_arm_case;

// Turns the plain estimates in `metric` (CO_METRIC_COUNT) into what may be reported. CO_MEMORY
// only.
co_status co_arm_judge(const co_arm_case *c, co_metric *metric);

// Facts of a pair that need all its arms: scale, quality of oracle and source.
void co_pair_judge(const co_pair_data *pair, const co_arm_sample *sample, co_pair_result *found);

#endif  // TRANSFER_MEASURE_PRIVATE_RULES_H_
