// Linear algebra of analyses: known answers, and what must not change anything.

#include "agents/nn/linear.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static co_arena arena;

static void set_up(void) {
  ck_assert_msg(co_linear_is_there(), "libopenblas.so.0 is not installed");
}

static void tear_down(void) {
  co_arena_free(&arena);
}

static void fill(double *value, int count) {
  co_stream stream = {5, 1, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < count; i++) value[i] = co_rng_normal(&rng);
}

// Columns at right angles: the singular values are their lengths.
START_TEST(singular_values_are_known) {
  const double value[4 * 3] = {3, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0};
  double found[3];
  ck_ok(co_linear_singular_values((co_matrix){4, 3, value}, &arena, found));
  const double want[3] = {5, 1, 0};
  for (int i = 0; i < 3; i++) ck_assert_double_eq_tol(found[i], want[i], 1e-12);
  ck_assert_uint_eq(arena.used, 0);
}
END_TEST

// Their squares sum to the squared norm, for tall and for wide matrices; at most the smaller side
// of them is not zero.
START_TEST(singular_values_hold_the_norm) {
  enum { ROWS = 17, COLS = 40 };
  double value[ROWS * COLS], found[COLS];
  fill(value, ROWS * COLS);
  for (int wide = 0; wide < 2; wide++) {
    co_matrix of = {wide ? ROWS : COLS, wide ? COLS : ROWS, value};
    double square = 0, sum = 0;
    ck_ok(co_linear_singular_values(of, &arena, found));
    for (int i = 0; i < ROWS * COLS; i++) square += value[i] * value[i];
    for (int i = 0; i < of.cols; i++) sum += found[i] * found[i];
    ck_assert_double_eq_tol(sum, square, 1e-9 * square);
    for (int i = 1; i < of.cols; i++) ck_assert_double_le(found[i], found[i - 1]);
    for (int i = ROWS; i < of.cols; i++) ck_assert_double_le(found[i], 1e-6 * found[0]);
  }
}
END_TEST

START_TEST(product_is_that_of_a_loop) {
  enum { ROWS = 9, A = 5, B = 7 };
  double a[ROWS * A], b[ROWS * B], want = 0, found;
  fill(a, ROWS * A);
  fill(b, ROWS * B);
  for (int i = 0; i < A; i++)
    for (int k = 0; k < B; k++) {
      double sum = 0;
      for (int r = 0; r < ROWS; r++) sum += a[r * A + i] * b[r * B + k];
      want += sum * sum;
    }
  co_matrix left = {ROWS, A, a}, right = {ROWS, B, b};
  ck_ok(co_linear_product_square(left, right, &arena, &found));
  ck_assert_double_eq_tol(found, want, 1e-12 * want);
  ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(centred_columns_have_no_mean) {
  enum { ROWS = 12, COLS = 3 };
  double value[ROWS * COLS];
  fill(value, ROWS * COLS);
  double first = value[0] - value[COLS];
  co_linear_centre(ROWS, COLS, value);
  ck_assert_double_eq_tol(value[0] - value[COLS], first, 1e-14);
  for (int c = 0; c < COLS; c++) {
    double sum = 0;
    for (int r = 0; r < ROWS; r++) sum += value[r * COLS + c];
    ck_assert_double_eq_tol(sum, 0, 1e-14);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("linear");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, set_up, tear_down);
  tcase_add_test(tcase, singular_values_are_known);
  tcase_add_test(tcase, singular_values_hold_the_norm);
  tcase_add_test(tcase, product_is_that_of_a_loop);
  tcase_add_test(tcase, centred_columns_have_no_mean);
  suite_add_tcase(suite, tcase);
  return suite;
}
