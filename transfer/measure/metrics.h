// What is measured of transfer: the table of metrics, the runs they are made of, and what is found.
// Types only; transfer/measure/measure.h fills them.

#ifndef TRANSFER_MEASURE_METRICS_H_
#define TRANSFER_MEASURE_METRICS_H_

#include "core/arena.h"
#include "transfer/measure/metric_table.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct co_metric {
  double value, lo, hi;  // NAN: none
  int n;                 // units behind it, 0 when there is no value
  int censored;          // runs that never reached the threshold
  const char *note;      // plain words, "" when there is nothing to say; owned by the co_metrics
} co_metric;

// ---- input; everything is borrowed and has to outlive the co_metrics ----

// One training run in the target, or one evaluation of an untrained policy.
typedef struct co_arm_run {
  const double *curve;   // (evals of the group; 1 if the arm does not train) mean return at step[],
                         // NULL: not measured
  double final_return;   // mean over fresh episodes [return], NAN: not measured
  double source_return;  // of the tuned policy back in the source, NAN: not measured
  int episodes;          // of the final evaluation
  int successes, falls;  // of these; -1: the task does not know them
  bool failed;           // ended in NaN or a crash: only valid_evals of the curve are real
  bool diverged;    // in NaN: `final_return` is that of the last finite policy, NAN: it has none
  int valid_evals;  // read when failed
} co_arm_run;

typedef struct co_arm {
  const char *name;              // of the strategy
  bool copies;                   // something comes from the source policy
  bool trains;                   // false: zero-shot
  const co_arm_run *run;         // (runs)
  int group;                     // of the pair's
  int strategy;                  // index in the study
  const char *doc;               // what the strategy does, in a few words; NULL: not told
  bool loss_depends_on_horizon;  // the weight of a loss term
  int64_t source_env_steps;      // most that a run took in its source's world, beside its budget
} co_arm;

// What arms share that one algorithm trains: their baseline, and the steps of their curves.
typedef struct co_arm_group {
  const char *algorithm;
  int scratch;         // index of an arm, -1: none
  int evals;           // points of a curve, > 0
  const double *step;  // (evals) [env steps; gradient steps from data alone], ascending from 0
  bool rate_depends_on_horizon;
  bool from_data_alone;  // it takes no env steps, so there is no scratch
} co_arm_group;

// A planned comparison: arm x against arm y.
typedef struct co_arm_pair {
  int x, y;
} co_arm_pair;

// All arms of one source and one target.
typedef struct co_pair_data {
  const char *source, *target;
  int units, runs;  // units <= runs
  const int *
      unit;  // (runs) ascending, every one of 0..units-1 occurs; run r of all arms belongs together
  int groups;                 // > 0
  const co_arm_group *group;  // (groups)
  int arms;
  const co_arm *arm;                  // (arms)
  const double *source_return;        // (units) J in the source of pi, NULL: not measured
  const double *zero_shot;            // (units) J in the target of pi, NULL: not measured
  double source_random;               // J of uniform actions in the source, NAN: not measured
  double target_random;               // in the target
  double source_oracle;               // J of the source's own oracle, NAN: none
  int oracles;                        // oracle runs in the target, 0: none
  const double *oracle;               // (oracles) final returns, of the algorithm that does best
  const char *oracle_of;              // that algorithm, NULL: none
  double source_steps, oracle_steps;  // [env steps] of training
  double threshold;                   // return stated by the study, NAN: from random and oracle
  const char *grade;                  // of a shift that is not live ("weak"), else NULL
  // (plans) of the study's family, each pair of arms once; NULL: each arm that trains, against
  // scratch of its group
  const co_arm_pair *plan;
  int plans;
} co_pair_data;

static inline const co_arm_group *co_arm_group_of(const co_pair_data *pair, int arm) {
  return &pair->group[pair->arm[arm].group];
}
static inline bool co_arm_is_scratch(const co_pair_data *pair, int arm) {
  return co_arm_group_of(pair, arm)->scratch == arm;
}

// ---- output ----

// Two arms, run by run; n = 0: not compared. What was not planned is not tested.
typedef struct co_comparison {
  int n;                      // units
  bool planned;               // one of the study's family; else what follows `runs` is not set
  double difference, lo, hi;  // interquartile mean of the differences
  int above, below, runs;     // runs in which the difference is > 0, < 0
  bool paired;       // p from flipped signs of differences of units; else two independent samples
  double p, p_holm;  // exact where the sample is small; Holm within the study's planned family
  bool told_apart;   // p_holm < 0.05, and the test points where `difference` does
  int seeds_needed;  // for telling apart a difference like this one with power 0.8; INT_MAX: no
                     // estimate
} co_comparison;

typedef struct co_arm_result {
  co_metric metric[CO_METRIC_COUNT];
  int evals;              // of the curve: those of the group, or 1
  double *iqm, *lo, *hi;  // (evals), NAN where not measured
  double *final_return;   // (runs) with failures counted by their rule, NAN: not measured
  double *difference;     // (runs) final return minus scratch, NULL for scratch or without it
  int failed, diverged;   // runs, and of these the ones that diverged
  // this arm minus scratch of its group; minus the best scratch, where that is another one; the
  // pair's best arm minus this one
  co_comparison scratch, best_scratch, best;
} co_arm_result;

// A planned comparison of arms x minus y.
typedef struct co_planned_result {
  int x, y;
  co_comparison comparison;
} co_planned_result;

typedef struct co_pair_result {
  co_arm_result *arm;  // (arms)
  int planned;
  co_planned_result *plan;   // (planned) those whose runs are whole
  int best;                  // trained arm, scratches apart, with the highest final IQM, -1: none
  int best_scratch;          // the scratch with the highest final IQM, -1: none
  bool oracle_undertrained;  // an arm with a source beats it
  bool oracle_short;         // fewer than 5 runs, or fewer steps than source + target
  bool source_undertrained;  // under 30 % of its own oracle
  double
      scale;  // oracle - random; without oracle, best final IQM of any arm - random; NAN: unknown
} co_pair_result;

typedef struct co_metrics {
  int pairs;
  const co_pair_data *data;  // (pairs), borrowed
  co_pair_result *pair;      // (pairs)
  int family;                // planned comparisons of the study that were made
  co_arena arena;            // owns all of it
} co_metrics;

#endif  // TRANSFER_MEASURE_METRICS_H_
