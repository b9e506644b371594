// Own sine and cosine: as close as the C library's, and the same bits everywhere.

#include "core/hash.h"
#include "core/rng.h"
#include "envs/physics/trig.h"
#include "tests/envs/worlds.h"

// Distance in units of the last place of the true value.
static double ulps(double got, long double wanted) {
  double nearest = (double)wanted;
  double unit = nextafter(fabs(nearest), INFINITY) - fabs(nearest);
  return (double)(fabsl((long double)got - wanted) / (long double)unit);
}

typedef struct range {
  double limit, most_ulps;
} range;

static const range kRanges[] = {{0.8, 0.9}, {7.0, 0.9}, {100.0, 0.9}, {1e5, 1.0}};

START_TEST(test_accuracy) {
  const range *r = &kRanges[_i];
  co_rng rng = co_rng_make(&(co_stream){1, 0, CO_PURPOSE_TEST}, (uint32_t)_i);
  double worst = 0.0;
  for (int i = 0; i < 100000; i++) {
    double x = (2 * co_rng_uniform(&rng) - 1) * r->limit;
    worst = fmax(worst, ulps(co_sin(x), sinl((long double)x)));
    worst = fmax(worst, ulps(co_cos(x), cosl((long double)x)));
  }
  printf("sine and cosine up to %g: %.3f units in the last place\n", r->limit, worst);
  ck_assert_double_le(worst, r->most_ulps);
  ck_assert_double_gt(worst, 0.0);
}
END_TEST

START_TEST(test_special_values) {
  ck_assert_double_eq(co_sin(0.0), 0.0);
  ck_assert(signbit(co_sin(-0.0)) || co_sin(-0.0) == 0.0);
  ck_assert_double_eq(co_cos(0.0), 1.0);
  ck_assert_double_eq_tol(co_sin(3.141592653589793), 1.2246467991473532e-16, 1e-31);
  ck_assert_double_eq_tol(co_cos(1.5707963267948966), 6.123233995736766e-17, 1e-31);
  ck_assert(isnan(co_sin(INFINITY)) && isnan(co_cos(-INFINITY)) && isnan(co_sin(NAN)));
  ck_assert_double_le(fabs(co_sin(1e300)), 1.0);
}
END_TEST

START_TEST(test_symmetry) {
  co_rng rng = co_rng_make(&(co_stream){2, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < 1000; i++) {
    double x = co_rng_uniform(&rng) * 50;
    ck_assert_double_eq(co_sin(-x), -co_sin(x));
    ck_assert_double_eq(co_cos(-x), co_cos(x));
  }
}
END_TEST

// The constant holds for every compiler, -O level, C library and processor.
START_TEST(test_bits) {
  uint64_t state = 1;
  double value[2000];
  for (int i = 0; i < 1000; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    double x = ((double)(state >> 11) * 0x1p-53 - 0.5) * 200;
    value[2 * i] = co_sin(x);
    value[2 * i + 1] = co_cos(x);
  }
  char text[CO_HASH_TEXT];
  co_hash_text(co_hash(value, sizeof value), text);
  ck_assert_str_eq(text, "0a4016a73465b87b");
}
END_TEST

START_TEST(test_wrap) {
  const double pi = 3.141592653589793;
  ck_assert_double_eq(co_wrap(0.0), 0.0);
  ck_assert_double_eq(co_wrap(pi), -pi);
  ck_assert_double_eq(co_wrap(-pi), -pi);
  ck_assert_double_eq_tol(co_wrap(pi + 0.5), -pi + 0.5, 1e-15);
  ck_assert_double_eq_tol(co_wrap(-pi - 0.5), pi - 0.5, 1e-15);
  for (int turns = -20; turns <= 20; turns++) {
    double wrapped = co_wrap(1.25 + turns * 2 * pi);
    ck_assert_double_eq_tol(wrapped, 1.25, 1e-13);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("trig");
  TCase *tcase = tcase_create("trig");
  tcase_add_loop_test(tcase, test_accuracy, 0, (int)(sizeof kRanges / sizeof *kRanges));
  tcase_add_test(tcase, test_special_values);
  tcase_add_test(tcase, test_symmetry);
  tcase_add_test(tcase, test_bits);
  tcase_add_test(tcase, test_wrap);
  suite_add_tcase(suite, tcase);
  return suite;
}
