// Inside transfer/metrics: the values of each run that metrics are made of, sorted once, and the
// statistic that turns a resample of runs into all metrics of an arm.

#ifndef TRANSFER_MEASURE_PRIVATE_VALUES_H_
#define TRANSFER_MEASURE_PRIVATE_VALUES_H_

#include "core/stats/stats.h"
#include "core/stats/survival.h"
#include "transfer/measure/metrics.h"

// One value per run (the oracle's: per oracle run).
typedef enum co_column {
  CO_COLUMN_PI_SOURCE,  // J in the source of the source policy
  CO_COLUMN_PI_TARGET,  // J in the target of it
  CO_COLUMN_START,      // T(0)
  CO_COLUMN_JUMP,       // T(0) - S(0)
  CO_COLUMN_FINAL,
  CO_COLUMN_DIFFERENCE,    // final, T - S
  CO_COLUMN_LATE,          // last five evaluations, T - S
  CO_COLUMN_AREA,          // mean height, T - S
  CO_COLUMN_AREA_SCRATCH,  // mean height of S
  CO_COLUMN_HALF,          // the same two at half the budget
  CO_COLUMN_HALF_SCRATCH,
  CO_COLUMN_FORGETTING,
  CO_COLUMN_DIP,       // lowest point
  CO_COLUMN_DIP_AREA,  // mean depth
  CO_COLUMN_ORACLE,
  CO_COLUMNS
} co_column;

enum { CO_LATE_EVALS = 5, CO_THRESHOLDS = 2 };

// The runs of an arm as arrays, failures counted by their rule; NULL where a run lacks a value.
typedef struct co_arm_values {
  int failed, diverged, evals;
  double *curve;         // (runs x evals)
  double *final_return;  // (runs)
  double *area,
      *half;  // (runs) mean height of the curve, whole and to half the budget; NULL: does not train
  double *late;  // (runs) mean of the last evaluations
  double *dip;   // (runs) mean depth of the curve below its first point, 0 or less
} co_arm_values;

// What the statistic reads.
typedef struct co_arm_sample {
  const co_pair_data *pair;
  const co_arm_group *group;    // of the arm
  co_rank *column[CO_COLUMNS];  // (runs) or (oracles) ascending, NULL: not measured
  co_rank **point;              // (evals) of the curve, (runs) each
  int evals;
  co_rank *both;                      // (2 x runs) final returns of the arm and of scratch, NULL
  co_lifetime *reach[CO_THRESHOLDS];  // (runs) steps to each threshold, NULL
  co_lifetime *reach_scratch[CO_THRESHOLDS];
} co_arm_sample;

co_status co_arm_values_make(const co_pair_data *pair, const co_arm *arm, co_arena *arena,
                             co_arm_values *out);

// `scratch` may be NULL (none, or the arm is scratch itself); `threshold` has CO_THRESHOLDS values,
// NAN: none.
co_status co_arm_sample_make(const co_pair_data *pair, const co_arm *arm,
                             const co_arm_values *values, const co_arm_values *scratch,
                             const double *threshold, co_arena *arena, co_arm_sample *out);

// The statistic of a co_arm_sample: CO_METRIC_COUNT metrics, then the curve's points. Metrics that
// are no function of a resample are NAN. A median time beyond the budget is CO_BEYOND times the
// last step.
#define CO_BEYOND 2.0
void co_arm_statistic(const void *sample, const int *count, double *scratch, double *out);

double co_column_iqm(const co_arm_sample *sample, co_column column,
                     const int *count);  // NAN: not measured

#endif  // TRANSFER_MEASURE_PRIVATE_VALUES_H_
