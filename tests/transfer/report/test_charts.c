// Geometry of the strip chart and of the learning curves, read back from the SVG.

#include "tests/support/support.h"
#include "tests/transfer/markup.h"
#include "tests/transfer/report_fixture.h"
#include "transfer/report/private/parts.h"

// value of an attribute in the element that starts at `element`
static double attribute(const char *element, const char *name) {
  char key[32];
  snprintf(key, sizeof key, " %s=\"", name);
  const char *at = strstr(element, key);
  ck_assert_ptr_nonnull(at);
  return strtod(at + strlen(key), NULL);
}

static const char *next(const char *text, const char *start, int skip) {
  const char *at = strstr(text, start);
  while (at && skip-- > 0) at = strstr(at + 1, start);
  ck_assert_msg(at != NULL, "%s is missing", start);
  return at;
}

static void draw_strip(const char *seeds, bool plus, co_buf *out) {
  co_json *json = fixture_parse(seeds);
  co_strip_row row = {"strategy", json, {10, 5, 15, 3, 0, NULL}, 2, 1};
  co_film_strip strip = {.title = "t", .unit = "u", .row = &row, .rows = 1, .plus = plus};
  co_strip_add_reference(&strip, "random", "random", 0);
  co_strip_add_reference(&strip, "none", "random", NAN);
  co_strip_add_reference(&strip, "oracle", "oracle", 20);
  co_strip_put(out, &strip);
  ck_assert_ptr_null(markup_fault(out->data));
  co_json_free(json);
}

START_TEST(marks_stand_at_their_values) {
  co_buf out = {0};
  draw_strip("[0,10,20]", false, &out);
  double x[3], y[3];
  for (int i = 0; i < 3; i++) {
    x[i] = attribute(next(out.data, "<use class=\"seed", i), "x");
    y[i] = attribute(next(out.data, "<use class=\"seed", i), "y");
  }
  ck_assert_double_eq_tol(x[1], 50, 0.01);
  ck_assert_double_eq_tol(x[1] - x[0], x[2] - x[1], 0.02);
  ck_assert(y[0] < y[1] && y[1] < y[2]);  // first seed on top
  // references at the same places, the interval half as wide, its tick in the middle
  ck_assert_double_eq_tol(attribute(next(out.data, "<line class=\"random\"", 0), "x1"), x[0], 0.01);
  ck_assert_double_eq_tol(attribute(next(out.data, "<line class=\"oracle\"", 0), "x1"), x[2], 0.01);
  const char *interval = next(out.data, "<line class=\"interval c2\"", 0);
  ck_assert_double_eq_tol(attribute(interval, "x2") - attribute(interval, "x1"), (x[2] - x[0]) / 2,
                          0.02);
  ck_assert_double_eq_tol(attribute(next(out.data, "<line class=\"point c2\"", 0), "x1"), 50, 0.01);
  ck_assert(attribute(interval, "y1") > y[2]);
  ck_assert_ptr_null(strstr(out.data, ">none"));
  co_buf_free(&out);
}
END_TEST

START_TEST(missing_run_is_told) {
  co_buf out = {0};
  draw_strip("[0,null,20]", false, &out);
  ck_assert_int_eq(markup_count(out.data, "<use class=\"seed"), 2);
  ck_assert_ptr_nonnull(strstr(out.data, ">strategy (2 of 3)<"));
  co_buf_free(&out);
}
END_TEST

START_TEST(differences_have_a_zero_line_and_signs) {
  co_buf out = {0};
  draw_strip("[5,10,20]", true, &out);
  ck_assert_int_ge(markup_count(out.data, "<line class=\"zero\""), 1);
  ck_assert_ptr_nonnull(strstr(out.data, "+10.0 [+5.0, +15.0]"));
  ck_assert_ptr_nonnull(strstr(out.data, "<title>seed 2: +20.0</title>"));
  co_buf_free(&out);
}
END_TEST

START_TEST(lines_stay_clear_of_labels) {
  co_buf out = {0};
  draw_strip("[0,10,20]", false, &out);
  double label = attribute(next(out.data, "<text class=\"label\"", 0), "y");
  for (int i = 0; i < markup_count(out.data, "<line class=\"gridline\""); i++) {
    ck_assert(attribute(next(out.data, "<line class=\"gridline\"", i), "y1") > label);
  }
  co_buf_free(&out);
}
END_TEST

// Those of one strategy over `unit`, NULL: all over env steps.
static void draw_curves_of(const char *strategy, const char *unit, co_buf *out) {
  co_json *results = fixture_results();
  co_json *curves = json_member(results, "curves");
  for (size_t i = 0; unit && i < co_json_count(curves); i++) {
    co_json *curve = co_unconst(co_json_at(curves, i));
    if (strcmp(co_json_get_string(curve, "strategy"), strategy) == 0)
      co_json_set_string(curve, "unit", unit);
  }
  co_report report;
  ck_assert_int_eq(co_report_open(results, &report), CO_OK);
  co_report_put_curves(out, &report, 1);
  ck_assert_ptr_null(markup_fault(out->data));
  co_report_close(&report);
  co_json_free(results);
}

static void draw_curves(co_buf *out) {
  draw_curves_of(NULL, NULL, out);
}

enum { REFERENCES = 2 };  // random and oracle, named beside the curves

START_TEST(names_at_the_curves_do_not_overlap) {
  co_buf out = {0};
  draw_curves(&out);
  int names = markup_count(out.data, "<text class=\"end ");
  ck_assert_int_eq(names, STRATEGIES + REFERENCES);
  ck_assert_int_eq(markup_count(out.data, "<use class=\"end "), STRATEGIES);
  for (int i = 1; i < names; i++) {
    double above = attribute(next(out.data, "<text class=\"end ", i - 1), "y");
    ck_assert_double_ge(attribute(next(out.data, "<text class=\"end ", i), "y") - above, 14.9);
  }
  // the highest curve of this target is new_head
  ck_assert_ptr_nonnull(strstr(strstr(out.data, "<text class=\"end "), ">new_head</text>"));
  co_buf_free(&out);
}
END_TEST

START_TEST(curves_have_bands_and_points) {
  co_buf out = {0};
  draw_curves(&out);
  ck_assert_int_eq(markup_count(out.data, "<path class=\"band"), STRATEGIES);
  ck_assert_int_eq(markup_count(out.data, "<use class=\"node"), 1 + (STRATEGIES - 1) * POINTS);
  ck_assert_int_eq(markup_count(out.data, "class=\"curve level c1\""),
                   2);  // zero-shot is level, in both charts
  ck_assert_ptr_nonnull(strstr(out.data, "random 18.0"));
  ck_assert_ptr_nonnull(strstr(out.data, "oracle 2,503"));
  ck_assert_double_eq(attribute(next(out.data, "<use class=\"node c1\"", 0), "x"), 0);
  co_buf_free(&out);
}
END_TEST

// new_head, which stands highest, as a clone.
START_TEST(curves_over_gradient_steps_are_drawn_alone) {
  co_buf out = {0};
  draw_curves_of("new_head", "gradient steps", &out);
  ck_assert_int_eq(markup_count(out.data, "<text class=\"end "), STRATEGIES - 1 + REFERENCES);
  ck_assert_int_eq(markup_count(out.data, "<path class=\"band"), STRATEGIES - 1);
  ck_assert_int_eq(markup_count(out.data, "<svg class=\"plot curves small\""), STRATEGIES);
  ck_assert_int_eq(markup_count(out.data, ", over gradient steps</figcaption>"), 1);
  ck_assert_ptr_nonnull(strstr(out.data, "What learns from data alone"));
  co_buf_free(&out);
  draw_curves_of("new_head", "env steps", &out);
  ck_assert_int_eq(markup_count(out.data, "<text class=\"end "), STRATEGIES + REFERENCES);
  ck_assert_ptr_null(strstr(out.data, "gradient steps"));
  co_buf_free(&out);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("report_charts");
  TCase *tcase = tcase_create("charts");
  tcase_add_test(tcase, marks_stand_at_their_values);
  tcase_add_test(tcase, missing_run_is_told);
  tcase_add_test(tcase, differences_have_a_zero_line_and_signs);
  tcase_add_test(tcase, lines_stay_clear_of_labels);
  tcase_add_test(tcase, names_at_the_curves_do_not_overlap);
  tcase_add_test(tcase, curves_have_bands_and_points);
  tcase_add_test(tcase, curves_over_gradient_steps_are_drawn_alone);
  suite_add_tcase(suite, tcase);
  return suite;
}
