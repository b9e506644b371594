// Descriptive statistics against definitions written out, hand-made examples and a reference run of
// numpy.

#include "core/rng.h"
#include "core/stats/stats.h"
#include "tests/support/support.h"

#include <math.h>

#define CHECK_NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-12)

static void fill(double *x, int n, uint32_t row) {
  co_stream stream = {.seed = 7, .purpose = CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, row);
  for (int i = 0; i < n; i++) x[i] = co_rng_normal(&rng);
}

START_TEST(test_mean_and_std) {
  const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};  // squares about the mean 5 add up to 32
  CHECK_NEAR(co_mean(x, 8), 5);
  CHECK_NEAR(co_std(x, 8), sqrt(32.0 / 7));
  ck_assert(isnan(co_mean(x, 0)));
  ck_assert(isnan(co_std(x, 1)));
}
END_TEST

static const struct {
  double p, value;
} quantiles[] = {{0, 1}, {0.1, 1.3}, {0.25, 1.75}, {0.5, 3}, {0.75, 5.5}, {0.9, 8.2}, {1, 10}};

START_TEST(test_quantile_is_numpys_linear) {
  const double sorted[] = {1, 2, 4, 10};
  CHECK_NEAR(co_quantile(sorted, 4, quantiles[_i].p), quantiles[_i].value);
}
END_TEST

START_TEST(test_quantile_of_one_and_none) {
  const double one = 3;
  CHECK_NEAR(co_quantile(&one, 1, 0.975), 3);
  CHECK_NEAR(co_median(&one, 1), 3);
  ck_assert(isnan(co_median(&one, 0)));
}
END_TEST

// n, then the mean of the middle of 1, 4, 9, ..., n^2: floor(n / 4) dropped at each end
static const struct {
  int n;
  double iqm;
} middles[] = {{1, 1},        {2, 2.5},      {3, 14.0 / 3}, {4, 6.5},
               {5, 29.0 / 3}, {7, 90.0 / 5}, {8, 86.0 / 4}, {9, 135.0 / 5}};

START_TEST(test_iqm_drops_whole_values) {
  double x[16];
  for (int i = 0; i < middles[_i].n; i++) x[i] = (i + 1) * (i + 1);
  CHECK_NEAR(co_iqm(x, middles[_i].n), middles[_i].iqm);
}
END_TEST

START_TEST(test_iqm_shifts_and_scales) {
  double x[31], y[31];
  fill(x, 31, 1);
  co_sort(x, 31);
  for (int i = 0; i < 31; i++) y[i] = 3 * x[i] - 2;
  CHECK_NEAR(co_iqm(y, 31), 3 * co_iqm(x, 31) - 2);
  x[30] = 1e6;  // one wild value does not matter
  for (int i = 0; i < 30; i++) y[i] = x[i];
  y[30] = x[30] + 1e9;
  CHECK_NEAR(co_iqm(x, 31), co_iqm(y, 31));
}
END_TEST

START_TEST(test_select_agrees_with_sorting) {
  double x[57], sorted[57], work[57];
  fill(x, 57, (uint32_t)_i);
  for (int i = 0; i < 57; i++) {
    if (_i % 2) x[i] = floor(3 * x[i]);  // with ties
    sorted[i] = x[i];
  }
  co_sort(sorted, 57);
  for (int k = 0; k < 57; k++) {
    for (int i = 0; i < 57; i++) work[i] = x[i];
    ck_assert(co_select(work, 57, k) == sorted[k]);
    ck_assert(work[k] == sorted[k]);
    for (int i = 0; i < k; i++) ck_assert(work[i] <= work[k]);
    for (int i = k; i < 57; i++) ck_assert(work[i] >= work[k]);
  }
}
END_TEST

START_TEST(test_optimality_gap_clips) {
  const double x[] = {0.5, 2, -1, 1};
  CHECK_NEAR(co_optimality_gap(x, 4, 1), 1 - 1.5 / 4);
  CHECK_NEAR(co_optimality_gap(x, 4, 2), 2 - 2.5 / 4);
}
END_TEST

START_TEST(test_p_greater_counts_ties_half) {
  const double x[] = {1, 2, 3}, y[] = {2, 0};
  CHECK_NEAR(co_p_greater(x, 3, y, 2), (0 + 1 + 0.5 + 1 + 1 + 1) / 6.0);
  CHECK_NEAR(co_p_greater(x, 3, y, 2) + co_p_greater(y, 2, x, 3), 1);
  CHECK_NEAR(co_p_greater(x, 3, x, 3), 0.5);
}
END_TEST

START_TEST(test_profile_is_share_above) {
  const double x[] = {0.1, 0.5, 0.5, 0.9}, tau[] = {0, 0.1, 0.5, 1};
  double share[4];
  co_performance_profile(x, 4, tau, 4, share);
  const double expected[] = {1, 0.75, 0.25, 0};
  for (int i = 0; i < 4; i++) CHECK_NEAR(share[i], expected[i]);
}
END_TEST

// the naive twin: copies every row count[row] times, sorts, trims
static double naive_iqm(const double *value, const int *count, int n) {
  double copy[512];
  int size = 0;
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < count[i]; k++) copy[size++] = value[i];
  }
  co_sort(copy, size);
  return co_iqm(copy, size);
}

START_TEST(test_ranked_iqm_against_naive_twin) {
  co_arena arena = {0};
  co_stream stream = {.seed = 11, .purpose = CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, (uint32_t)_i);
  double value[40];
  int count[40], n = 1 + _i % 40;
  fill(value, n, 100 + (uint32_t)_i);
  co_rank *rank = co_rank_values(&arena, value, n, 0);
  ck_assert_ptr_nonnull(rank);
  for (int i = 0; i < n; i++) count[i] = (int)co_rng_below(&rng, 5) - 2 > 0 ? _i % 9 + 1 : 1;
  CHECK_NEAR(co_ranked_iqm(rank, n, count), naive_iqm(value, count, n));
  for (int i = 0; i < n; i++) count[i] = (int)co_rng_below(&rng, 4);
  count[n / 2]++;  // not all zero
  CHECK_NEAR(co_ranked_iqm(rank, n, count), naive_iqm(value, count, n));
  for (int i = 0; i < n; i++) count[i] = 1;
  CHECK_NEAR(co_ranked_iqm(rank, n, NULL), naive_iqm(value, count, n));
  co_arena_free(&arena);
}
END_TEST

START_TEST(test_ranked_p_greater_against_naive_twin) {
  co_stream stream = {.seed = 12, .purpose = CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, (uint32_t)_i);
  enum { X = 7, Y = 5 };
  double x[64], y[64];
  co_rank rank[X + Y];
  int count[X + Y], nx = 0, ny = 0;
  for (int i = 0; i < X + Y; i++) {
    rank[i] = (co_rank){.value = co_rng_below(&rng, 6), .row = i, .side = i >= X};
    count[i] = 1 + (int)co_rng_below(&rng, 3);
    for (int k = 0; k < count[i]; k++) *(i < X ? &x[nx++] : &y[ny++]) = rank[i].value;
  }
  co_rank_sort(rank, X + Y);
  CHECK_NEAR(co_ranked_p_greater(rank, X + Y, count), co_p_greater(x, nx, y, ny));
}
END_TEST

START_TEST(test_rank_order_is_one_order) {
  co_rank rank[] = {{2, 0, 0}, {1, 2, 1}, {1, 1, 1}, {1, 3, 0}};
  co_rank_sort(rank, 4);
  const int rows[] = {3, 1, 2, 0};
  for (int i = 0; i < 4; i++) ck_assert_int_eq(rank[i].row, rows[i]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core/stats");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_mean_and_std);
  tcase_add_loop_test(tcase, test_quantile_is_numpys_linear, 0,
                      sizeof quantiles / sizeof *quantiles);
  tcase_add_test(tcase, test_quantile_of_one_and_none);
  tcase_add_loop_test(tcase, test_iqm_drops_whole_values, 0, sizeof middles / sizeof *middles);
  tcase_add_test(tcase, test_iqm_shifts_and_scales);
  tcase_add_loop_test(tcase, test_select_agrees_with_sorting, 0, 6);
  tcase_add_test(tcase, test_optimality_gap_clips);
  tcase_add_test(tcase, test_p_greater_counts_ties_half);
  tcase_add_test(tcase, test_profile_is_share_above);
  tcase_add_loop_test(tcase, test_ranked_iqm_against_naive_twin, 0, 40);
  tcase_add_loop_test(tcase, test_ranked_p_greater_against_naive_twin, 0, 20);
  tcase_add_test(tcase, test_rank_order_is_one_order);
  suite_add_tcase(suite, tcase);
  return suite;
}
