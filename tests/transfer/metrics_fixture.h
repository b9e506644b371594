// A pair of worlds with straight learning curves, so that every metric can be worked out by hand.
// Run r of n; k = 0..5:
//
//   zero_shot   500 + 10 r, no training          scratch   20 + 2 r + 60 k,   final 330 + 2 r
//   full        500 + 10 r + 400 k, final 2600 + 20 r      head   scratch +- 30 in turn
//   source policies 2400 + 10 r, random 20 in both worlds, oracle 2500, 2600, ..., 2900
//
// The interquartile mean of values linear in r is the value at r = (n - 1) / 2: 2 for five runs.

#ifndef TESTS_TRANSFER_METRICS_FIXTURE_H_
#define TESTS_TRANSFER_METRICS_FIXTURE_H_

#include "tests/support/support.h"
#include "transfer/measure/measure.h"

#include <math.h>
#include <string.h>

enum { ZERO_SHOT, SCRATCH, FULL, HEAD, ARMS, MAX_RUNS = 24, EVALS = 6, ORACLES = 5 };

typedef struct fixture {
  double step[EVALS], curve[ARMS][MAX_RUNS][EVALS];
  double source_return[MAX_RUNS], zero_shot[MAX_RUNS], oracle[ORACLES];
  co_arm_run run[ARMS][MAX_RUNS];
  co_arm arm[ARMS];
  co_arm_group group;
  int unit[MAX_RUNS];
  co_pair_data pair;
} fixture;

static inline void fixture_run(fixture *f, int arm, int r, double start, double slope,
                               double final) {
  for (int k = 0; k < EVALS; k++) f->curve[arm][r][k] = start + slope * k;
  f->run[arm][r] = (co_arm_run){.curve = f->curve[arm][r],
                                .final_return = final,
                                .source_return = 1000 + 10 * r,
                                .episodes = 20,
                                .successes = -1,
                                .falls = 2};
}

static inline void fixture_make(fixture *f, int runs) {
  static const char *const names[ARMS] = {"zero_shot", "scratch", "full", "head"};
  static const char *const docs[ARMS] = {"no training", "fresh", "all copied, all trained", NULL};
  *f = (fixture){0};
  for (int k = 0; k < EVALS; k++) f->step[k] = 12000 * k;
  for (int i = 0; i < ORACLES; i++) f->oracle[i] = 2500 + 100 * i;
  for (int r = 0; r < runs; r++) {
    double aside = r % 2 ? 30 : -30;
    f->unit[r] = r;
    f->source_return[r] = 2400 + 10 * r;
    f->zero_shot[r] = 500 + 10 * r;
    fixture_run(f, ZERO_SHOT, r, 500 + 10 * r, 0, 500 + 10 * r);
    fixture_run(f, SCRATCH, r, 20 + 2 * r, 60, 330 + 2 * r);
    fixture_run(f, FULL, r, 500 + 10 * r, 400, 2600 + 20 * r);
    fixture_run(f, HEAD, r, 20 + 2 * r + aside, 60, 330 + 2 * r + aside);
  }
  for (int a = 0; a < ARMS; a++) {
    f->arm[a] =
        (co_arm){names[a], a != SCRATCH, a != ZERO_SHOT, f->run[a], 0, a, docs[a], false, 0};
  }
  f->group =
      (co_arm_group){.algorithm = "ppo", .scratch = SCRATCH, .evals = EVALS, .step = f->step};
  f->pair = (co_pair_data){.source = "a",
                           .target = "heavy",
                           .units = runs,
                           .runs = runs,
                           .unit = f->unit,
                           .groups = 1,
                           .group = &f->group,
                           .arms = ARMS,
                           .arm = f->arm,
                           .source_return = f->source_return,
                           .zero_shot = f->zero_shot,
                           .source_random = 20,
                           .target_random = 20,
                           .source_oracle = NAN,
                           .oracles = ORACLES,
                           .oracle = f->oracle,
                           .source_steps = 300000,
                           .oracle_steps = 360000,
                           .threshold = NAN};
}

// full now learns less than scratch: slope 20 from the same start, final 150 + 2 r
static inline void fixture_hurt(fixture *f) {
  for (int r = 0; r < f->pair.runs; r++) fixture_run(f, FULL, r, 20 + 2 * r, 20, 150 + 2 * r);
}

static inline co_metrics *measure_with(const co_pair_data *pair, int pairs, int repetitions,
                                       co_pool *pool) {
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = repetitions;
  co_metrics *metrics = NULL;
  ck_assert_int_eq(co_metrics_create(pair, pairs, &def, pool, &metrics), CO_OK);
  return metrics;
}

static inline co_metrics *measure(const fixture *f) {
  return measure_with(&f->pair, 1, 1000, NULL);
}

static inline const co_metric *metric(const co_metrics *m, int arm, co_metric_id id) {
  return &m->pair[0].arm[arm].metric[id];
}

static inline void check_note(const co_metric *m, const char *text) {
  ck_assert_msg(strstr(m->note, text), "\"%s\" is not in \"%s\"", text, m->note);
}

static inline void check_forbidden(const co_metric *m, const char *why) {
  ck_assert(isnan(m->value) && isnan(m->lo) && isnan(m->hi));
  ck_assert_int_eq(m->n, 0);
  check_note(m, why);
}

#endif  // TESTS_TRANSFER_METRICS_FIXTURE_H_
