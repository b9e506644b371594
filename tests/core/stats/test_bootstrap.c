// The bootstrap engine: the law of its draws, nesting, equal bytes for all thread counts, and the
// coverage of percentile intervals of the IQM at small n.

#include "core/arena.h"
#include "core/stats/bootstrap.h"
#include "core/stats/stats.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { MAX_ROWS = 64 };

// a design of one stratum with `units` units of `rows` rows each
typedef struct simple_design {
  int stratum[2], unit[MAX_ROWS + 1];
  co_design design;
} simple_design;

static void make_design(simple_design *d, int units, int rows) {
  d->stratum[0] = 0;
  d->stratum[1] = units;
  for (int i = 0; i <= units; i++) d->unit[i] = i * rows;
  d->design = (co_design){1, d->stratum, d->unit};
}

static void copy_counts(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  for (int i = 0; i < *(const int *)context; i++) out[i] = count[i];
}

static void weighted_mean(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const double *x = context;
  double sum = 0, total = 0;
  for (int i = 1; i <= (int)x[0]; i++) sum += count[i - 1] * x[i], total += count[i - 1];
  out[0] = sum / total;
}

// One row drawn from n: P(count = 0) = (1 - 1/n)^n. An interval with confidence 1 - 2q of a count
// gives its quantile q.
START_TEST(test_total_is_kept_and_counts_are_multinomial) {
  simple_design d;
  int n = 1 + _i;
  make_design(&d, n, 1);
  co_statistic statistic = {copy_counts, &n, n, 0};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 4000;
  co_interval interval[MAX_ROWS];
  double none = pow(1 - 1.0 / n, n);
  for (int side = -1; side <= 1; side += 2) {
    // the quantile just below P(0) is 0 and just above it is 1: 5 standard errors aside
    double p = none + side * 5 * sqrt(none * (1 - none) / def.repetitions);
    if (n == 1 || p >= 0.5) continue;
    def.confidence = 1 - 2 * p;
    ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, interval), CO_OK);
    for (int i = 0; i < n; i++) ck_assert(interval[i].lo == (side < 0 ? 0 : 1));
  }
}
END_TEST

typedef struct tally {
  int units, rows;
} tally;

// counts the ways in which a resample breaks the rules of nesting: should be none
static void count_faults(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const tally *t = context;
  int total = 0;
  out[0] = 0;
  for (int u = 0; u < t->units; u++) {
    int in_unit = 0;
    for (int r = 0; r < t->rows; r++) in_unit += count[u * t->rows + r];
    if (in_unit % t->rows != 0) out[0]++;  // a unit comes whole
    total += in_unit;
  }
  if (total != t->units * t->rows) out[0]++;
}

START_TEST(test_nested_units_come_whole) {
  simple_design d;
  tally t = {5, 1 + _i};
  make_design(&d, t.units, t.rows);
  co_statistic statistic = {count_faults, &t, 1, 0};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 1000;
  def.confidence = 0.9999;
  co_interval interval;
  ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, &interval), CO_OK);
  ck_assert(interval.lo == 0 && interval.hi == 0);
}
END_TEST

// Ten rows of one unit carry no information about other units: the interval of the mean of two
// units with equal rows inside is as wide as that of two rows.
START_TEST(test_rows_of_one_unit_are_no_replicates) {
  double wide[1 + 20] = {20}, narrow[1 + 20] = {20};
  for (int i = 0; i < 20; i++) wide[1 + i] = narrow[1 + i] = i < 10 ? 0 : 1;
  simple_design nested, flat;
  make_design(&nested, 2, 10);
  make_design(&flat, 20, 1);
  co_statistic statistic = {weighted_mean, wide, 1, 0};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 2000;
  co_interval of_nested, of_flat;
  ck_assert_int_eq(co_bootstrap(&def, &nested.design, &statistic, NULL, &of_nested), CO_OK);
  statistic.context = narrow;
  ck_assert_int_eq(co_bootstrap(&def, &flat.design, &statistic, NULL, &of_flat), CO_OK);
  ck_assert(of_nested.lo == 0 && of_nested.hi == 1);
  ck_assert(of_flat.lo > 0.2 && of_flat.hi < 0.8);
}
END_TEST

// The standard error of a mean is known: std / sqrt n, with divisor n in std.
START_TEST(test_width_of_a_mean_is_the_normal_one) {
  double x[1 + 50] = {50};
  for (int i = 0; i < 50; i++) x[1 + i] = (i * 37 % 50) / 50.0;
  simple_design d;
  make_design(&d, 50, 1);
  co_statistic statistic = {weighted_mean, x, 1, 0};
  co_bootstrap_def def = co_bootstrap_default();
  co_interval interval;
  ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, &interval), CO_OK);
  double error = co_std(x + 1, 50) * sqrt(49.0 / 50) / sqrt(50);
  ck_assert_double_eq_tol(interval.hi - interval.lo, 2 * 1.959964 * error, 0.02 * error);
  ck_assert_double_eq_tol((interval.hi + interval.lo) / 2, co_mean(x + 1, 50), 0.02 * error);
}
END_TEST

START_TEST(test_bytes_do_not_depend_on_threads) {
  double x[1 + 30] = {30};
  for (int i = 0; i < 30; i++) x[1 + i] = sin(i);
  simple_design d;
  make_design(&d, 6, 5);
  co_statistic statistic = {weighted_mean, x, 1, 0};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 3000;  // not a multiple of the block
  co_interval alone, shared;
  ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, &alone), CO_OK);
  for (int threads = 1; threads <= 3; threads++) {
    co_pool *pool;
    ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
    ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, pool, &shared), CO_OK);
    ck_assert_int_eq(memcmp(&alone, &shared, sizeof alone), 0);
    co_pool_free(pool);
  }
  def.stream.seed++;
  ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, &shared), CO_OK);
  ck_assert(alone.lo != shared.lo);  // the seed does matter
}
END_TEST

static void sometimes_undefined(const void *context, const int *count, double *scratch,
                                double *out) {
  (void)context, (void)scratch;
  out[0] = count[0] ? (double)count[0] : (double)NAN;
  out[1] = NAN;
}

START_TEST(test_undefined_repetitions_are_left_out_and_counted) {
  simple_design d;
  make_design(&d, 4, 1);
  co_statistic statistic = {sometimes_undefined, NULL, 2, 0};
  co_bootstrap_def def = co_bootstrap_default();
  co_interval interval[2];
  ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, interval), CO_OK);
  ck_assert(interval[0].lo >= 1);
  ck_assert_double_eq_tol(interval[0].undefined, pow(0.75, 4), 0.01);
  ck_assert(isnan(interval[1].lo) && isnan(interval[1].hi));
  ck_assert(interval[1].undefined == 1);
}
END_TEST

static void iqm_of_ranks(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const co_rank *rank = context;
  out[0] = co_ranked_iqm(rank + 1, rank[0].row, count);
}

// n, and the share of 95 % percentile intervals of the IQM that hold the true one for normal values
static const struct {
  int n;
  double low, high;
} coverages[] = {{5, 0.79, 0.91}, {10, 0.88, 0.96}};

START_TEST(test_coverage_of_small_samples) {
  enum { STUDIES = 800 };
  int n = coverages[_i].n, covered = 0;
  simple_design d;
  make_design(&d, n, 1);
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 500;
  co_stream stream = {.seed = 3, .purpose = CO_PURPOSE_TEST};
  for (int study = 0; study < STUDIES; study++) {
    co_rank rank[MAX_ROWS] = {{.row = n}};  // the first holds the size
    co_rng rng = co_rng_make(&stream, (uint32_t)study);
    for (int i = 0; i < n; i++) rank[1 + i] = (co_rank){.value = co_rng_normal(&rng), .row = i};
    co_rank_sort(rank + 1, n);
    co_statistic statistic = {iqm_of_ranks, rank, 1, 0};
    co_interval interval;
    def.stream.number = (uint32_t)study;
    ck_assert_int_eq(co_bootstrap(&def, &d.design, &statistic, NULL, &interval), CO_OK);
    covered += interval.lo <= 0 && 0 <= interval.hi;
  }
  double share = (double)covered / STUDIES;
  ck_assert_double_ge(share, coverages[_i].low);
  ck_assert_double_le(share, coverages[_i].high);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core/bootstrap");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_total_is_kept_and_counts_are_multinomial, 0, 24);
  tcase_add_loop_test(tcase, test_nested_units_come_whole, 0, 4);
  tcase_add_test(tcase, test_rows_of_one_unit_are_no_replicates);
  tcase_add_test(tcase, test_width_of_a_mean_is_the_normal_one);
  tcase_add_test(tcase, test_bytes_do_not_depend_on_threads);
  tcase_add_test(tcase, test_undefined_repetitions_are_left_out_and_counted);
  tcase_add_loop_test(tcase, test_coverage_of_small_samples, 0,
                      sizeof coverages / sizeof *coverages);
  suite_add_tcase(suite, tcase);
  return suite;
}
