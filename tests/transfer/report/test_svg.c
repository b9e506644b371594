#include "tests/support/support.h"
#include "tests/transfer/markup.h"
#include "transfer/report/private/svg.h"

#include <math.h>
#include <string.h>

static const struct {
  double lo, hi;
  int wanted;
  double step;
} axes[] = {{0, 1, 5, 0.2},          {0, 2649, 5, 1000},    {-420, 1500, 5, 500},
            {18, 18, 5, 1},          {0, 0, 4, 0.5},        {-1e-9, 1e-9, 5, 5e-10},
            {1e12, 1.5e12, 4, 2e11}, {-1500, -100, 6, 500}, {0.2, 0.20001, 5, 2e-6},
            {-1e15, 1e15, 5, 5e14}};

START_TEST(ticks_are_round_and_inside) {
  co_svg_axis axis = {0};
  co_svg_axis_cover(&axis, axes[_i].hi);
  co_svg_axis_cover(&axis, NAN);
  co_svg_axis_cover(&axis, axes[_i].lo);
  co_svg_axis_finish(&axis, axes[_i].wanted, 0.05);
  ck_assert_double_le_tol(fabs(axis.step / axes[_i].step - 1), 0, 1e-9);
  ck_assert_int_ge(axis.ticks, 1);
  ck_assert_int_le(axis.ticks, axes[_i].wanted + 2);
  ck_assert(axis.lo <= axes[_i].lo && axis.hi >= axes[_i].hi);
  for (int i = 0; i < axis.ticks; i++) {
    ck_assert(axis.tick[i] >= axis.lo - 1e-6 * axis.step &&
              axis.tick[i] <= axis.hi + 1e-6 * axis.step);
    if (i > 0) ck_assert_double_eq_tol((axis.tick[i] - axis.tick[i - 1]) / axis.step, 1, 1e-6);
  }
}
END_TEST

START_TEST(empty_axis_can_be_drawn) {
  co_svg_axis axis = {0};
  co_svg_axis_cover(&axis, NAN);
  co_svg_axis_cover(&axis, INFINITY);
  co_svg_axis_finish(&axis, 5, 0);
  ck_assert_double_eq(axis.lo, 0);
  ck_assert_double_eq(axis.hi, 1);
}
END_TEST

START_TEST(position_is_a_fraction) {
  co_svg_axis axis = {0};
  co_svg_axis_cover(&axis, 100);
  co_svg_axis_cover(&axis, 300);
  co_svg_axis_finish(&axis, 4, 0);
  ck_assert_double_eq(co_svg_axis_at(&axis, 100), 0);
  ck_assert_double_eq(co_svg_axis_at(&axis, 150), 0.25);
  ck_assert_double_eq(co_svg_axis_at(&axis, 900), 1);  // clamped
  ck_assert_double_eq(co_svg_axis_at(&axis, -900), 0);
  ck_assert_double_eq(co_svg_axis_at(&axis, NAN), 0);
}
END_TEST

static void draw_everything(co_buf *out) {
  double x[] = {0, 0.5, 1}, lower[] = {90, NAN, 60}, upper[] = {40, 30, 20};
  co_svg_put_marks(out);
  co_svg_open(out, "test", 100, "a < b & \"c\"");
  co_svg_vertical(out, "grid", 0.25, 0, 100);
  co_svg_horizontal(out, "rule", 0, 1, 50);
  co_svg_text(out, "label", CO_SVG_END, 0.5, -4, 20, "<script>");
  for (int i = 0; i < CO_SVG_MARKS; i++)
    co_svg_mark(out, "seed", i, i, i / 10.0, 30, i % 2 ? "seed 1: 3" : NULL);
  co_svg_line(out, "curve", 1, 100, x, upper, 3);
  co_svg_area(out, "band", 2, 100, x, lower, upper, 3);
  co_svg_line(out, "curve", 1, 100, x, (double[]){NAN, NAN, NAN}, 3);
  co_svg_close(out);
}

START_TEST(drawing_is_well_formed) {
  co_buf out = {0};
  draw_everything(&out);
  ck_assert_int_eq(co_buf_status(&out), CO_OK);
  const char *fault = markup_fault(out.data);
  ck_assert_msg(fault == NULL, "at: %.80s", fault ? fault : "");
  ck_assert(!markup_has_nan(out.data));
  co_buf_free(&out);
}
END_TEST

START_TEST(drawing_says_what_was_asked) {
  co_buf out = {0};
  draw_everything(&out);
  ck_assert_ptr_nonnull(strstr(out.data, "x1=\"25.00%\" x2=\"25.00%\" y1=\"0.0\" y2=\"100.0\""));
  ck_assert_ptr_nonnull(strstr(out.data, "&lt;script&gt;"));
  ck_assert_ptr_null(strstr(out.data, "<script"));
  ck_assert_ptr_nonnull(strstr(out.data, "<title>a &lt; b &amp; &quot;c&quot;</title>"));
  ck_assert_int_eq(markup_count(out.data, "<use class=\"seed"), CO_SVG_MARKS);
  ck_assert_ptr_nonnull(strstr(out.data, "d=\"M0.0 40.0L500.0 30.0L1000.0 20.0\""));
  // the point whose lower end is missing is left out of the band, there and back
  ck_assert_ptr_nonnull(strstr(out.data, "d=\"M0.0 90.0L1000.0 60.0L1000.0 20.0L0.0 40.0Z\""));
  co_buf_free(&out);
}
END_TEST

START_TEST(marks_differ_in_shape) {
  co_buf out = {0};
  co_svg_put_marks(&out);
  ck_assert_int_eq(markup_count(out.data, "<path id=\"mark"), CO_SVG_MARKS);
  const char *at = out.data;
  char seen[CO_SVG_MARKS][200];
  for (int i = 0; i < CO_SVG_MARKS; i++) {
    at = strstr(at, " d=\"") + 4;
    snprintf(seen[i], sizeof seen[i], "%.*s", (int)strcspn(at, "\""), at);
    for (int k = 0; k < i; k++) ck_assert_str_ne(seen[i], seen[k]);
  }
  co_buf_free(&out);
}
END_TEST

// the checker of these tests can go red
START_TEST(checker_finds_faults) {
  static const char *const bad[] = {"<p>",   "<p></b>",         "</p>", "<p class=x></p>", "a & b",
                                    "a > b", "<p a=\"<\"></p>", "<p"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ck_assert_msg(markup_fault(bad[i]) != NULL, "%s", bad[i]);
  ck_assert_ptr_null(markup_fault("<!DOCTYPE html><p class=\"x y\">a &amp; b<br/></p>"));
  ck_assert(markup_has_nan("<line x1=\"nan%\"/>") && !markup_has_nan("<b>banana, information</b>"));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("svg");
  TCase *tcase = tcase_create("svg");
  tcase_add_loop_test(tcase, ticks_are_round_and_inside, 0, sizeof axes / sizeof *axes);
  tcase_add_test(tcase, empty_axis_can_be_drawn);
  tcase_add_test(tcase, position_is_a_fraction);
  tcase_add_test(tcase, drawing_is_well_formed);
  tcase_add_test(tcase, drawing_says_what_was_asked);
  tcase_add_test(tcase, marks_differ_in_shape);
  tcase_add_test(tcase, checker_finds_faults);
  suite_add_tcase(suite, tcase);
  return suite;
}
