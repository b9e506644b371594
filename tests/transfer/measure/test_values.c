// Values of runs on uneven steps, failures, columns with gaps, and the statistic under resamples.

#include "tests/transfer/metrics_fixture.h"
#include "transfer/measure/private/values.h"

static co_arm_values values_of(const fixture *f, int arm, co_arena *arena) {
  co_arm_values values;
  ck_assert_int_eq(co_arm_values_make(&f->pair, &f->arm[arm], arena, &values), CO_OK);
  return values;
}

static co_arm_sample sample_of(const fixture *f, int arm, const double *threshold,
                               co_arena *arena) {
  static co_arm_values values[2];
  co_arm_sample sample;
  values[0] = values_of(f, arm, arena);
  values[1] = values_of(f, SCRATCH, arena);
  ck_assert_int_eq(
      co_arm_sample_make(&f->pair, &f->arm[arm], &values[0], arm == SCRATCH ? NULL : &values[1],
                         threshold, arena, &sample),
      CO_OK);
  return sample;
}

static const double no_threshold[CO_THRESHOLDS] = {NAN, NAN};

START_TEST(test_heights_on_uneven_steps) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 1);
  const double step[] = {0, 10, 40, 50, 90, 100}, curve[] = {0, 10, 10, 30, 30, 0};
  memcpy(f.step, step, sizeof step);
  memcpy(f.curve[FULL][0], curve, sizeof curve);
  co_arm_values v = values_of(&f, FULL, &arena);
  // 50 + 300 + 200 + 1200 + 150 over 100; to step 50: 550 over 50
  ck_assert_double_eq_tol(v.area[0], 19, 1e-12);
  ck_assert_double_eq_tol(v.half[0], 11, 1e-12);
  ck_assert_double_eq_tol(v.late[0], 16, 1e-12);
  f.step[3] = 60;  // the cut at 50 now lies within a segment: 10 at 40, 20 at 50
  v = values_of(&f, FULL, &arena);
  ck_assert_double_eq_tol(v.half[0], (50 + 300 + 150) / 50.0, 1e-12);
  co_arena_free(&arena);
}
END_TEST

START_TEST(test_zero_shot_has_one_point_and_no_area) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 5);
  co_arm_values v = values_of(&f, ZERO_SHOT, &arena);
  ck_assert_int_eq(v.evals, 1);
  ck_assert(!v.area && !v.late && v.curve[3] == 530);
  co_arena_free(&arena);
}
END_TEST

// valid evaluations, the last of them, what the run counts as with random 20
static const struct {
  int valid;
  double last, counts_as;
} failures[] = {{0, 0, 20}, {3, 500, 20}, {3, 5, 5}, {EVALS, 7, 7}, {1, 20, 20}};

START_TEST(test_failures) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 3);
  co_arm_run *run = &f.run[FULL][1];
  run->failed = true;
  run->valid_evals = failures[_i].valid;
  if (run->valid_evals) f.curve[FULL][1][run->valid_evals - 1] = failures[_i].last;
  co_arm_values v = values_of(&f, FULL, &arena);
  ck_assert_int_eq(v.failed, 1);
  ck_assert_double_eq(v.final_return[1], failures[_i].counts_as);
  for (int k = run->valid_evals; k < EVALS; k++) {
    ck_assert_double_eq(v.curve[EVALS + k], failures[_i].counts_as);
  }
  co_arena_free(&arena);
}
END_TEST

// The part of each line that is below where the curve begins.
static const struct {
  double curve[EVALS], depth;  // the sum of depths over the EVALS - 1 lines
} dips[] = {
    {{10, 11, 12, 13, 14, 15}, 0},
    {{10, 6, 6, 6, 6, 6}, 2 + 4 * 4},
    {{10, 6, 14, 14, 14, 14}, 2 + 0.5 * 4 / 2},  // half of the second line
    {{10, 8, 16, 10, 4, 10}, 1 + 0.25 * 1 + 6},  // a quarter of it
};

START_TEST(test_dips) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 2);
  for (int k = 0; k < EVALS; k++) f.curve[FULL][1][k] = dips[_i].curve[k];
  co_arm_values v = values_of(&f, FULL, &arena);
  ck_assert_double_eq_tol(v.dip[1], -dips[_i].depth / (EVALS - 1), 1e-12);
  ck_assert_double_eq(v.dip[0], 0);
  co_arena_free(&arena);
}
END_TEST

START_TEST(test_one_gap_takes_the_column_away) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 4);
  f.curve[FULL][2][3] = NAN;
  f.run[FULL][1].source_return = NAN;
  co_arm_sample s = sample_of(&f, FULL, no_threshold, &arena);
  ck_assert(!s.column[CO_COLUMN_AREA] && !s.column[CO_COLUMN_DIP]);
  ck_assert_ptr_null(s.column[CO_COLUMN_DIP_AREA]);
  ck_assert(!s.column[CO_COLUMN_FORGETTING] && !s.point[3]);
  ck_assert(s.point[2] && s.column[CO_COLUMN_FINAL] && s.column[CO_COLUMN_START]);
  ck_assert(isnan(co_column_iqm(&s, CO_COLUMN_AREA, NULL)));
  co_arena_free(&arena);
}
END_TEST

// A resample in which run r occurs count[r] times gives what a study with these copies gives.
START_TEST(test_counts_are_copies_of_runs) {
  static const int counts[][4] = {{1, 1, 1, 1}, {4, 0, 0, 0}, {0, 2, 1, 1}, {2, 0, 2, 0}};
  const int *chosen = counts[_i];
  const double threshold[CO_THRESHOLDS] = {900, 1800};
  fixture f, copies;
  co_arena arena = {0};
  fixture_make(&f, 4);
  fixture_make(&copies, 4);
  int count[4 + ORACLES], next = 0;
  for (int i = 0; i < ORACLES; i++) count[4 + i] = 1;
  for (int r = 0; r < 4; r++) {
    count[r] = chosen[r];
    for (int k = 0; k < chosen[r]; k++, next++) {
      for (int a = 0; a < ARMS; a++) copies.run[a][next] = f.run[a][r];
      copies.source_return[next] = f.source_return[r];
      copies.zero_shot[next] = f.zero_shot[r];
    }
  }
  double resampled[CO_METRIC_COUNT + EVALS], copied[CO_METRIC_COUNT + EVALS];
  co_arm_sample s = sample_of(&f, FULL, threshold, &arena);
  co_arm_statistic(&s, count, NULL, resampled);
  co_arm_sample t = sample_of(&copies, FULL, threshold, &arena);
  co_arm_statistic(&t, NULL, NULL, copied);
  for (int k = 0; k < CO_METRIC_COUNT + EVALS; k++) {
    if (isnan(copied[k])) {
      ck_assert(isnan(resampled[k]));
    } else {
      ck_assert_double_eq_tol(resampled[k], copied[k], 1e-9);
    }
  }
  co_arena_free(&arena);
}
END_TEST

START_TEST(test_median_beyond_the_budget_is_marked) {
  fixture f;
  co_arena arena = {0};
  fixture_make(&f, 5);
  const double threshold[CO_THRESHOLDS] = {1e6, NAN};
  co_arm_sample s = sample_of(&f, FULL, threshold, &arena);
  double out[CO_METRIC_COUNT + EVALS];
  co_arm_statistic(&s, NULL, NULL, out);
  ck_assert_double_eq(out[CO_METRIC_time_to_threshold], CO_BEYOND * f.step[EVALS - 1]);
  ck_assert(s.reach[0] && !s.reach[1] && s.reach_scratch[0]);
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/metrics_values");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_heights_on_uneven_steps);
  tcase_add_test(tcase, test_zero_shot_has_one_point_and_no_area);
  tcase_add_loop_test(tcase, test_dips, 0, sizeof dips / sizeof *dips);
  tcase_add_loop_test(tcase, test_failures, 0, sizeof failures / sizeof *failures);
  tcase_add_test(tcase, test_one_gap_takes_the_column_away);
  tcase_add_loop_test(tcase, test_counts_are_copies_of_runs, 0, 4);
  tcase_add_test(tcase, test_median_beyond_the_budget_is_marked);
  suite_add_tcase(suite, tcase);
  return suite;
}
