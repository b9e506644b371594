// Kaplan-Meier against a worked example and against the plain mean and median where nothing is
// censored.

#include "core/stats/stats.h"
#include "core/stats/survival.h"
#include "tests/support/support.h"

#include <math.h>

// Six runs: events at 1, 3, 3, 7, censored at 4 and 10. By hand: S = 5/6 from 1, 5/6 * 3/5 = 1/2
// from 3, the one at 4 leaves two at risk, 1/4 from 7.
static co_lifetime example[] = {{3, true, 0},  {10, false, 1}, {1, true, 2},
                                {4, false, 3}, {7, true, 4},   {3, true, 5}};

START_TEST(test_worked_example) {
  co_lifetime_sort(example, 6);
  co_survival s = co_kaplan_meier(example, 6, NULL, 10);
  ck_assert_double_eq_tol(s.median, 3, 1e-12);
  double area = 1 * 1 + 5.0 / 6 * 2 + 0.5 * 4 + 0.25 * 3;
  ck_assert_double_eq_tol(s.restricted_mean, area, 1e-12);
  ck_assert_double_eq_tol(co_kaplan_meier(example, 6, NULL, 5).restricted_mean,
                          1 + 5.0 / 6 * 2 + 0.5 * 2, 1e-12);
}
END_TEST

START_TEST(test_nothing_censored_is_mean_and_lower_median) {
  co_lifetime life[9];
  double time[9];
  for (int i = 0; i < 9; i++) {
    time[i] = (i * 5 % 9) * 2 + 1;
    life[i] = (co_lifetime){time[i], true, i};
  }
  co_lifetime_sort(life, 9);
  co_survival s = co_kaplan_meier(life, 9, NULL, 100);
  ck_assert_double_eq_tol(s.restricted_mean, co_mean(time, 9), 1e-12);
  co_sort(time, 9);
  ck_assert_double_eq_tol(s.median, co_median(time, 9), 1e-12);
}
END_TEST

START_TEST(test_never_reached) {
  co_lifetime life[] = {{50, false, 0}, {50, false, 1}, {20, true, 2}};
  co_lifetime_sort(life, 3);
  co_survival s = co_kaplan_meier(life, 3, NULL, 50);
  ck_assert(isnan(s.median));  // two of three never reach
  ck_assert_double_eq_tol(s.restricted_mean, 20 + 2.0 / 3 * 30, 1e-12);
  ck_assert(isnan(co_kaplan_meier(life, 0, NULL, 50).median));
}
END_TEST

START_TEST(test_events_come_before_censorings) {
  co_lifetime life[] = {{5, false, 0}, {5, true, 1}};
  co_lifetime_sort(life, 2);
  ck_assert(life[0].event);
  ck_assert_double_eq_tol(co_kaplan_meier(life, 2, NULL, 5).median, 5, 1e-12);  // 1/2 at 5
}
END_TEST

// A run that occurs twice is two runs.
START_TEST(test_counts_are_copies) {
  co_lifetime life[4], copies[16];
  int n = 0;
  const int count[] = {2, 0, 3, 1};
  for (int i = 0; i < 4; i++) {
    life[i] = (co_lifetime){10 - 2 * i, (_i >> i & 1) == 0, i};
    for (int k = 0; k < count[i]; k++) copies[n++] = life[i];
  }
  co_lifetime_sort(life, 4);
  co_lifetime_sort(copies, n);
  co_survival a = co_kaplan_meier(life, 4, count, 12);
  co_survival b = co_kaplan_meier(copies, n, NULL, 12);
  ck_assert_double_eq_tol(a.restricted_mean, b.restricted_mean, 1e-12);
  ck_assert(isnan(a.median) ? isnan(b.median) : a.median == b.median);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core/survival");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_worked_example);
  tcase_add_test(tcase, test_nothing_censored_is_mean_and_lower_median);
  tcase_add_test(tcase, test_never_reached);
  tcase_add_test(tcase, test_events_come_before_censorings);
  tcase_add_loop_test(tcase, test_counts_are_copies, 0, 16);
  suite_add_tcase(suite, tcase);
  return suite;
}
