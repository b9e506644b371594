// Small-sample tests against worked examples, closed forms and enumeration.

#include "core/stats/significance.h"
#include "core/stats/stats.h"
#include "tests/support/support.h"

#include <limits.h>
#include <math.h>

static const co_stream stream = {.seed = 9, .purpose = CO_PURPOSE_BOOTSTRAP};

START_TEST(test_normal_quantile) {
  ck_assert_double_eq_tol(co_normal_quantile(0.5), 0, 1e-12);
  ck_assert_double_eq_tol(co_normal_quantile(0.975), 1.959963984540054, 1e-12);
  ck_assert_double_eq_tol(co_normal_quantile(0.001), -3.090232306167813, 1e-12);
}
END_TEST

// successes, trials, interval: solutions of |share - p| = z sqrt(p (1 - p) / n), which is what
// Wilson's is
static const int shares[][2] = {{0, 10}, {1, 10}, {5, 10}, {10, 10}, {37, 100}, {1, 1}};

START_TEST(test_wilson_solves_its_equation) {
  int k = shares[_i][0], n = shares[_i][1];
  double lo, hi, share = (double)k / n, z = co_normal_quantile(0.975);
  co_wilson(k, n, 0.95, &lo, &hi);
  ck_assert(0 <= lo && lo <= share && share <= hi && hi <= 1);
  ck_assert_double_eq_tol(share - lo, z * sqrt(lo * (1 - lo) / n), 1e-9);
  ck_assert_double_eq_tol(hi - share, z * sqrt(hi * (1 - hi) / n), 1e-9);
}
END_TEST

START_TEST(test_all_succeeded_bound) {
  // 5 of 5: the share p at which five successes have a chance of 2.5 %
  double bound = co_all_succeeded_bound(5, 0.95);
  ck_assert_double_eq_tol(pow(bound, 5), 0.025, 1e-12);
}
END_TEST

START_TEST(test_holm_worked_example) {
  // ordered 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, then made monotone
  const double p[] = {0.01, 0.04, 0.03, 0.005};
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  double adjusted[4];
  co_holm(p, 4, adjusted);
  for (int i = 0; i < 4; i++) ck_assert_double_eq_tol(adjusted[i], expected[i], 1e-12);
  const double large[] = {0.9, 0.8};
  co_holm(large, 2, adjusted);
  ck_assert(adjusted[0] == 1 && adjusted[1] == 1);
}
END_TEST

START_TEST(test_sign_flip_by_hand) {
  const double same_sign[] = {1, 2, 3, 4, 5};
  ck_assert_double_eq_tol(co_sign_flip_p(same_sign, 5, &stream), 2.0 / 32, 1e-12);
  // sums of +-1 +-2 +-4 are -7, -5, ..., 7; observed 5: {5, 7} and their mirror
  const double mixed[] = {-1, 2, 4};
  ck_assert_double_eq_tol(co_sign_flip_p(mixed, 3, &stream), 4.0 / 8, 1e-12);
  const double none[] = {0, 0, 0};
  ck_assert_double_eq_tol(co_sign_flip_p(none, 3, &stream), 1, 1e-12);
  ck_assert_double_eq_tol(co_sign_flip_p(none, 0, &stream), 1, 1e-12);
}
END_TEST

START_TEST(test_sign_flip_random_near_exact) {
  double d[CO_SIGN_FLIP_EXACT + 1] = {0};
  for (int i = 0; i < CO_SIGN_FLIP_EXACT; i++) d[i] = sin(3 * i) + 0.3;
  double exact = co_sign_flip_p(d, CO_SIGN_FLIP_EXACT, &stream);
  // one more pair with difference 0 changes nothing, but is beyond the exact size
  double random = co_sign_flip_p(d, CO_SIGN_FLIP_EXACT + 1, &stream);
  ck_assert(exact > 0.01 && exact < 0.5);
  ck_assert_double_eq_tol(exact, random, 5 * sqrt(exact * (1 - exact) / CO_PERMUTATION_DRAWS));
}
END_TEST

static double permutation(const double *x, int nx, const double *y, int ny) {
  double p;
  ck_assert_int_eq(co_permutation_p(x, nx, y, ny, &stream, &p), CO_OK);
  return p;
}

START_TEST(test_permutation_of_separated_samples) {
  const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
  ck_assert_double_eq_tol(permutation(low, 5, high, 5), 2.0 / 252, 1e-12);
  ck_assert_double_eq_tol(permutation(high, 5, low, 5), 2.0 / 252, 1e-12);
  ck_assert_double_eq_tol(permutation(low, 3, high, 2), 2.0 / 10, 1e-12);
  ck_assert_double_eq_tol(permutation(low, 5, low, 5), 1, 1e-12);
}
END_TEST

// all ways to choose which values are x, as a twin of the counting
static double enumerate(const double *x, int nx, const double *y, int ny) {
  double all[16], a[16], b[16], observed = fabs(co_p_greater(x, nx, y, ny) - 0.5);
  int n = nx + ny, hits = 0, ways = 0;
  for (int i = 0; i < n; i++) all[i] = i < nx ? x[i] : y[i - nx];
  for (unsigned set = 0; set < 1u << n; set++) {
    if (__builtin_popcount(set) != nx) continue;
    int na = 0, nb = 0;
    for (int i = 0; i < n; i++) *(set >> i & 1 ? &a[na++] : &b[nb++]) = all[i];
    ways++;
    hits += fabs(co_p_greater(a, na, b, nb) - 0.5) >= observed - 1e-12;
  }
  return (double)hits / ways;
}

START_TEST(test_permutation_against_enumeration) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 4, .purpose = CO_PURPOSE_TEST}, (uint32_t)_i);
  double x[6], y[5];
  int nx = 2 + _i % 5, ny = 1 + _i % 5;
  for (int i = 0; i < nx; i++) x[i] = co_rng_below(&rng, 7);  // ties on purpose
  for (int i = 0; i < ny; i++) y[i] = co_rng_below(&rng, 9);
  ck_assert_double_eq_tol(permutation(x, nx, y, ny), enumerate(x, nx, y, ny), 1e-12);
}
END_TEST

START_TEST(test_permutation_random_near_normal) {
  enum { N = 40 };
  double x[N], y[N];
  for (int i = 0; i < N; i++) x[i] = i * 1.01, y[i] = i * 1.01 + 7.3;
  double u = (co_p_greater(x, N, y, N) - 0.5) * N * N;
  double z = (fabs(u) - 0.5) / sqrt(N * N * (2 * N + 1) / 12.0);
  double normal = erfc(z / sqrt(2));
  ck_assert_double_eq_tol(permutation(x, N, y, N), normal, 0.004);
}
END_TEST

START_TEST(test_pairs_needed) {
  const double d[] = {1, 3};  // mean 2, std sqrt 2
  double z = 1.959963984540054 + 0.8416212335729143;
  ck_assert_int_eq(co_pairs_needed(d, 2, 0.05, 0.8),
                   (int)ceil(z * z * 2 / 4 + 1.959963984540054 * 1.959963984540054 / 2));
  const double weak[] = {-1, 1.2, -0.8, 1};
  ck_assert_int_gt(co_pairs_needed(weak, 4, 0.05, 0.8), 50);
  ck_assert_int_gt(co_pairs_needed(weak, 4, 0.01, 0.8), co_pairs_needed(weak, 4, 0.05, 0.8));
  const double none[] = {-1, 1};
  ck_assert_int_eq(co_pairs_needed(none, 2, 0.05, 0.8), INT_MAX);
  ck_assert_int_eq(co_pairs_needed(d, 1, 0.05, 0.8), INT_MAX);
}
END_TEST

// n, comparisons; 3 x 3 and 5 x 9 can find nothing
static const struct {
  int n, family;
  bool paired;
  double smallest_p;
  int needed;
} test_plans[] = {
    {3, 3, false, 0.3, 5},            // 3 x 2 / binomial(6, 3)
    {5, 9, false, 9 * 2.0 / 252, 6},  // 0.071
    {5, 6, false, 6 * 2.0 / 252, 5}, {6, 9, false, 9 * 2.0 / 924, 6},  {5, 1, false, 2.0 / 252, 4},
    {6, 1, true, 2.0 / 64, 4},       {10, 9, true, 9 * 2.0 / 1024, 6}, {1, 1, false, 1, 4},
    {2, 100, false, 1, 8},           {4, 0, false, 2.0 / 70, 4},
};
START_TEST(test_what_a_family_can_find) {
  co_test_plan plan = co_test_plan_make(test_plans[_i].n, test_plans[_i].family, 0.05);
  ck_assert_int_eq(plan.paired, test_plans[_i].paired);
  ck_assert_double_eq_tol(plan.smallest_p, test_plans[_i].smallest_p, 1e-12);
  ck_assert_int_eq(plan.needed, test_plans[_i].needed);
}
END_TEST

// the smallest p are those of the tests themselves
START_TEST(test_smallest_p_is_reached) {
  double x[12], y[12], difference[12], p;
  for (int i = 0; i < 12; i++) x[i] = 10 + i, y[i] = -i, difference[i] = 1 + i;
  ck_assert_int_eq(co_permutation_p(x, _i, y, _i, &stream, &p), CO_OK);
  co_test_plan plan = co_test_plan_make(_i, 1, 0.05);
  if (plan.paired) p = co_sign_flip_p(difference, _i, &stream);
  ck_assert_double_eq_tol(plan.smallest_p, p, 1e-12);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core/significance");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_normal_quantile);
  tcase_add_loop_test(tcase, test_wilson_solves_its_equation, 0, sizeof shares / sizeof *shares);
  tcase_add_test(tcase, test_all_succeeded_bound);
  tcase_add_test(tcase, test_holm_worked_example);
  tcase_add_test(tcase, test_sign_flip_by_hand);
  tcase_add_test(tcase, test_sign_flip_random_near_exact);
  tcase_add_test(tcase, test_permutation_of_separated_samples);
  tcase_add_loop_test(tcase, test_permutation_against_enumeration, 0, 15);
  tcase_add_test(tcase, test_permutation_random_near_normal);
  tcase_add_test(tcase, test_pairs_needed);
  tcase_add_loop_test(tcase, test_what_a_family_can_find, 0,
                      sizeof test_plans / sizeof *test_plans);
  tcase_add_loop_test(tcase, test_smallest_p_is_reached, 1, 13);
  suite_add_tcase(suite, tcase);
  return suite;
}
