// Aggregates of a table of scores against rliable's own figures, against naive twins, and under
// symmetries.

#include "core/json.h"
#include "core/stats/scores.h"
#include "core/stats/stats.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RUNS = 10, TASKS = 20, CELLS = RUNS * TASKS };

typedef struct golden {
  co_json *json;
  double x[CELLS], y[CELLS];
} golden;

static void read_matrix(const co_json *json, const char *key, double *out) {
  const co_json *matrix = co_json_get(json, key);
  for (size_t run = 0; run < RUNS; run++) {
    for (size_t task = 0; task < TASKS; task++) {
      const co_json *cell = co_json_at(co_json_at(matrix, run), task);
      out[run * TASKS + task] = co_json_as_number(cell, NAN);
    }
  }
}

static bool read_golden(golden *g) {
  const char *shared = test_shared();
  if (!shared) return false;
  char path[4300];
  snprintf(path, sizeof path, "%s/golden/stats/rliable.json", shared);
  ck_assert_msg(co_json_read(path, &g->json) == CO_OK, "%s", co_error_text());
  read_matrix(g->json, "X", g->x);
  read_matrix(g->json, "Y", g->y);
  return true;
}

static const co_scores *scores(const double *value) {
  static co_scores table[2];
  static int next;
  next = 1 - next;
  table[next] = (co_scores){value, RUNS, TASKS};
  return &table[next];
}

static void summarise(const double *x, const double *y, int repetitions, co_score_summary *out) {
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = repetitions;
  const co_scores *table_x = scores(x), *table_y = y ? scores(y) : NULL;
  ck_assert_int_eq(co_scores_summarise(table_x, table_y, ~0u, &def, NULL, out), CO_OK);
}

static void check_points(const co_json *point, const double *ours) {
  for (int k = 0; k < CO_SCORE_p_improvement; k++) {
    double theirs = co_json_get_number(point, co_score_name((co_score)k), NAN);
    ck_assert_msg(fabs(ours[k] - theirs) < 1e-9, "%s: %.17g, rliable %.17g",
                  co_score_name((co_score)k), ours[k], theirs);
  }
}

START_TEST(test_points_of_rliable) {
  golden g;
  if (!read_golden(&g)) return;
  const co_json *point = co_json_get(g.json, "point");
  co_score_summary of_x, of_y;
  summarise(g.x, g.y, 1, &of_x);
  summarise(g.y, g.x, 1, &of_y);
  check_points(co_json_get(point, "X"), of_x.point);
  check_points(co_json_get(point, "Y"), of_y.point);
  ck_assert_double_eq_tol(of_x.point[CO_SCORE_p_improvement],
                          co_json_get_number(point, "P(X>Y)", NAN), 1e-9);
  ck_assert_double_eq_tol(of_y.point[CO_SCORE_p_improvement],
                          co_json_get_number(point, "P(Y>X)", NAN), 1e-9);
  co_json_free(g.json);
}
END_TEST

// `mean` holds [lo[], hi[]], (2 x statistics)
static void check_intervals(const co_json *mean, const co_interval *interval, const char *name) {
  for (size_t k = 0; k < CO_SCORE_p_improvement; k++) {
    double lo = co_json_as_number(co_json_at(co_json_at(mean, 0), k), NAN);
    double hi = co_json_as_number(co_json_at(co_json_at(mean, 1), k), NAN);
    // their seeds differ by 6e-4 among themselves; the median moves in steps between values of
    // tasks
    double limit = k == CO_SCORE_median ? 1.2e-3 : 6e-4;
    ck_assert_msg(fabs(interval[k].lo - lo) < limit && fabs(interval[k].hi - hi) < limit,
                  "%s %s [%.6f, %.6f], rliable [%.6f, %.6f]", name, co_score_name((co_score)k),
                  interval[k].lo, interval[k].hi, lo, hi);
  }
}

START_TEST(test_intervals_of_rliable) {
  golden g;
  if (!read_golden(&g)) return;
  const co_json *ci = co_json_get(g.json, "ci"), *many = co_json_get(ci, "50000");
  co_score_summary of_x, of_y;
  summarise(g.x, g.y, 50000, &of_x);
  summarise(g.y, g.x, 50000, &of_y);
  check_intervals(co_json_get(co_json_get(many, "X"), "mean"), of_x.interval, "X");
  check_intervals(co_json_get(co_json_get(many, "Y"), "mean"), of_y.interval, "Y");
  const co_json *p = co_json_get(co_json_get(ci, "P(X>Y)_2000"), "mean");
  co_interval ours = of_x.interval[CO_SCORE_p_improvement];
  ck_assert_double_eq_tol(ours.lo, co_json_as_number(co_json_at(p, 0), NAN), 3e-3);
  ck_assert_double_eq_tol(ours.hi, co_json_as_number(co_json_at(p, 1), NAN), 3e-3);
  co_json_free(g.json);
}
END_TEST

START_TEST(test_profiles_of_rliable) {
  golden g;
  if (!read_golden(&g)) return;
  const co_json *profile = co_json_get(g.json, "performance_profile");
  const co_json *taus = co_json_get(profile, "taus");
  for (size_t t = 0; t < co_json_count(taus); t++) {
    double tau = co_json_as_number(co_json_at(taus, t), NAN), share[2];
    co_performance_profile(g.x, CELLS, &tau, 1, &share[0]);
    co_performance_profile(g.y, CELLS, &tau, 1, &share[1]);
    ck_assert_double_eq_tol(share[0],
                            co_json_as_number(co_json_at(co_json_get(profile, "X"), t), NAN), 1e-9);
    ck_assert_double_eq_tol(share[1],
                            co_json_as_number(co_json_at(co_json_get(profile, "Y"), t), NAN), 1e-9);
  }
  co_json_free(g.json);
}
END_TEST

static void fill(double *value, uint32_t row) {
  co_stream stream = {.seed = 5, .purpose = CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, row);
  for (int i = 0; i < CELLS; i++) value[i] = 0.6 + 0.4 * co_rng_normal(&rng);
}

START_TEST(test_points_against_definitions) {
  double x[CELLS], y[CELLS], sorted[CELLS], means[TASKS], p = 0;
  fill(x, 1);
  fill(y, 2);
  for (int task = 0; task < TASKS; task++) {
    double a[RUNS], b[RUNS];
    for (int run = 0; run < RUNS; run++) a[run] = x[run * TASKS + task];
    for (int run = 0; run < RUNS; run++) b[run] = y[run * TASKS + task];
    means[task] = co_mean(a, RUNS);
    p += co_p_greater(a, RUNS, b, RUNS) / TASKS;
  }
  memcpy(sorted, x, sizeof x);
  co_sort(sorted, CELLS);
  co_score_summary s;
  summarise(x, y, 1, &s);
  ck_assert_double_eq_tol(s.point[CO_SCORE_mean], co_mean(x, CELLS), 1e-12);
  co_sort(means, TASKS);
  ck_assert_double_eq_tol(s.point[CO_SCORE_median], co_median(means, TASKS), 1e-12);
  ck_assert_double_eq_tol(s.point[CO_SCORE_iqm], co_iqm(sorted, CELLS), 1e-12);
  ck_assert_double_eq_tol(s.point[CO_SCORE_optimality_gap], co_optimality_gap(x, CELLS, 1), 1e-12);
  ck_assert_double_eq_tol(s.point[CO_SCORE_p_improvement], p, 1e-12);
}
END_TEST

// The stratified bootstrap by the book: draw, copy, sort.
START_TEST(test_interval_against_naive_twin) {
  enum { REPETITIONS = 4000 };
  double x[CELLS], copy[CELLS];
  static double draw[REPETITIONS];
  fill(x, 3);
  co_stream stream = {.seed = 77, .purpose = CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int r = 0; r < REPETITIONS; r++) {
    for (int i = 0; i < CELLS; i++) {
      copy[i] = x[(int)co_rng_below(&rng, RUNS) * TASKS + i % TASKS];
    }
    co_sort(copy, CELLS);
    draw[r] = co_iqm(copy, CELLS);
  }
  co_sort(draw, REPETITIONS);
  double lo = co_quantile(draw, REPETITIONS, 0.025), hi = co_quantile(draw, REPETITIONS, 0.975);
  co_score_summary s;
  summarise(x, NULL, 20000, &s);
  double width = hi - lo;
  ck_assert_double_eq_tol(s.interval[CO_SCORE_iqm].lo, lo, 0.04 * width);
  ck_assert_double_eq_tol(s.interval[CO_SCORE_iqm].hi, hi, 0.04 * width);
}
END_TEST

START_TEST(test_which_and_missing_y) {
  double x[CELLS];
  fill(x, 4);
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 500;
  co_score_summary one, all;
  ck_assert_int_eq(co_scores_summarise(scores(x), NULL, 1u << CO_SCORE_iqm, &def, NULL, &one),
                   CO_OK);
  summarise(x, NULL, 500, &all);
  ck_assert(one.point[CO_SCORE_iqm] == all.point[CO_SCORE_iqm]);
  ck_assert(one.interval[CO_SCORE_iqm].lo == all.interval[CO_SCORE_iqm].lo);
  ck_assert(isnan(one.point[CO_SCORE_mean]) && isnan(one.interval[CO_SCORE_mean].lo));
  ck_assert(isfinite(all.interval[CO_SCORE_median].hi));
  ck_assert(isnan(all.point[CO_SCORE_p_improvement]));
}
END_TEST

START_TEST(test_odd_tasks_and_one_run) {
  const double x[] = {3, 1, 2};  // one run, three tasks: nothing to resample
  const co_scores table = {x, 1, 3};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 100;
  co_score_summary s;
  ck_assert_int_eq(co_scores_summarise(&table, &table, ~0u, &def, NULL, &s), CO_OK);
  ck_assert(s.point[CO_SCORE_median] == 2 && s.interval[CO_SCORE_median].hi == 2);
  ck_assert(s.point[CO_SCORE_p_improvement] == 0.5);
}
END_TEST

START_TEST(test_bytes_do_not_depend_on_threads) {
  double x[CELLS], y[CELLS];
  fill(x, 5);
  fill(y, 6);
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 2000;
  co_score_summary first, next;
  for (int threads = 1; threads <= 3; threads++) {
    co_pool *pool;
    ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
    co_score_summary *out = threads == 1 ? &first : &next;
    ck_assert_int_eq(co_scores_summarise(scores(x), scores(y), ~0u, &def, pool, out), CO_OK);
    co_pool_free(pool);
    if (threads > 1) ck_assert_int_eq(memcmp(&first, &next, sizeof first), 0);
  }
}
END_TEST

// One task is no stratum but a plain sample: the share above is a binomial one, whose standard
// error is known.
START_TEST(test_profile_bands) {
  double x[40], share[3];
  for (int i = 0; i < 40; i++) x[i] = i / 40.0;
  const co_scores table = {x, 40, 1};
  const double tau[] = {-1, 0.49, 2};
  co_bootstrap_def def = co_bootstrap_default();
  co_interval band[3];
  ck_assert_int_eq(co_scores_profile(&table, tau, 3, &def, NULL, share, band), CO_OK);
  ck_assert(share[0] == 1 && share[1] == 0.5 && share[2] == 0);
  ck_assert(band[0].lo == 1 && band[2].hi == 0);
  double error = sqrt(0.25 / 40);
  ck_assert_double_eq_tol(band[1].lo, 0.5 - 1.96 * error, 0.026);  // in steps of 1/40
  ck_assert_double_eq_tol(band[1].hi, 0.5 + 1.96 * error, 0.026);
}
END_TEST

START_TEST(test_names_and_texts) {
  ck_assert_str_eq(co_score_name(CO_SCORE_iqm), "iqm");
  ck_assert_str_eq(co_score_name(CO_SCORE_p_improvement), "p_improvement");
  for (int k = 0; k < CO_SCORE_COUNT; k++) ck_assert(strlen(co_score_text((co_score)k)) > 10);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core/scores");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_points_of_rliable);
  tcase_add_test(tcase, test_intervals_of_rliable);
  tcase_add_test(tcase, test_profiles_of_rliable);
  tcase_add_test(tcase, test_points_against_definitions);
  tcase_add_test(tcase, test_interval_against_naive_twin);
  tcase_add_test(tcase, test_which_and_missing_y);
  tcase_add_test(tcase, test_odd_tasks_and_one_run);
  tcase_add_test(tcase, test_bytes_do_not_depend_on_threads);
  tcase_add_test(tcase, test_profile_bands);
  tcase_add_test(tcase, test_names_and_texts);
  suite_add_tcase(suite, tcase);
  return suite;
}
