#include "tests/support/support.h"
#include "tests/transfer/report_fixture.h"
#include "transfer/report/private/parts.h"

static co_report open_report(const co_json *results) {
  co_report report;
  ck_assert_int_eq(co_report_open(results, &report), CO_OK);
  return report;
}

static void check_text(co_buf *out, const char *expected) {
  ck_assert_str_eq(out->data ? out->data : "", expected);
  co_buf_free(out);
}

START_TEST(names_keep_the_order_of_the_study) {
  co_json *results = fixture_results();
  co_report report = open_report(results);
  ck_assert_int_eq(report.strategies, STRATEGIES);
  for (int i = 0; i < STRATEGIES; i++) ck_assert_str_eq(report.strategy[i], fixture_strategy[i]);
  ck_assert_int_eq(report.sources, 1);
  ck_assert_int_eq(report.pairs, 3);
  ck_assert_str_eq(report.pair[0].source, "hopper");
  ck_assert_str_eq(report.pair[1].target, "foot_reversed");
  ck_assert_ptr_null(report.pair[2].source);  // left out: nothing was measured
  ck_assert(co_report_skipped(&report, 2) && !co_report_skipped(&report, 0));
  ck_assert_ptr_nonnull(co_report_skip_reason(&report, 2));
  co_report_close(&report);
  co_json_free(results);
}
END_TEST

// what has no source belongs to every source of its target
START_TEST(scratch_is_shared_by_sources) {
  co_json *results = fixture_parse(
      "{\"final\":[{\"source\":\"a\",\"target\":\"t\",\"strategy\":\"full\",\"seeds\":[1]},"
      "{\"source\":\"b\",\"target\":\"t\",\"strategy\":\"full\",\"seeds\":[2]},"
      "{\"source\":null,\"target\":\"t\",\"strategy\":\"scratch\",\"seeds\":[3]},"
      "{\"source\":\"a\",\"target\":\"u\",\"strategy\":\"full\",\"seeds\":[4]}]}");
  static const double expected[3][2] = {{1, 3}, {2, 3}, {4, NAN}};  // pair x strategy
  co_report report = open_report(results);
  ck_assert_int_eq(report.pairs, 3);
  for (int p = 0; p < 3; p++) {
    for (int k = 0; k < 2; k++) {
      const co_json *entry = co_report_entry(&report, "final", p, k);
      ck_assert_int_eq(entry != NULL, isfinite(expected[p][k]) != 0);
      if (!entry) continue;
      ck_assert_double_eq(co_report_number(co_json_at(co_json_get(entry, "seeds"), 0)),
                          expected[p][k]);
    }
  }
  co_report_close(&report);
  co_json_free(results);
}
END_TEST

static const struct {
  const char *json;
  double value, lo;
  int n;
} estimates[] = {{"{\"value\":1.5,\"lo\":1,\"hi\":2,\"n\":5}", 1.5, 1, 5},
                 {"7", 7, NAN, 0},
                 {"null", NAN, NAN, 0},
                 {"\"x\"", NAN, NAN, 0},
                 {"{\"value\":null,\"lo\":3,\"n\":-4}", NAN, 3, 0},
                 {"{\"value\":1e300,\"lo\":-1e16,\"n\":99999999999}", NAN, NAN, 0}};

START_TEST(estimates_take_what_is_a_number) {
  co_buf text = {0};
  co_buf_printf(&text, "{\"x\":%s}", estimates[_i].json);
  co_json *json = fixture_parse(text.data);
  co_estimate got = co_report_estimate(co_json_get(json, "x"));
  ck_assert(got.value == estimates[_i].value || (isnan(got.value) && isnan(estimates[_i].value)));
  ck_assert(got.lo == estimates[_i].lo || (isnan(got.lo) && isnan(estimates[_i].lo)));
  ck_assert_int_eq(got.n, estimates[_i].n);
  co_buf_free(&text);
  co_json_free(json);
}
END_TEST

START_TEST(pair_metric_is_that_of_any_strategy) {
  co_json *results = fixture_results();
  co_report report = open_report(results);
  ck_assert(isnan(co_report_metric(&report, 0, 1, "carry_over").value));  // scratch has none
  ck_assert_double_eq_tol(co_report_pair_metric(&report, 0, "carry_over").value, 0.2, 1e-3);
  co_estimate none = co_report_pair_metric(&report, 0, "time_to_threshold");
  ck_assert(isnan(none.value));
  ck_assert_str_eq(none.note, "fewer than 80 % reach it");
  ck_assert_double_eq(co_report_reference(&report, "gravity", "oracle"), 2718.4);
  ck_assert(isnan(co_report_reference(&report, "slippery", "oracle")));
  co_report_close(&report);
  co_json_free(results);
}
END_TEST

// 42 strategies and scratch: scratch alone is neutral, and no two share colour and mark before both
// have run through
START_TEST(colours_and_marks_tell_strategies_apart) {
  co_buf text = {0};
  co_buf_puts(&text, "{\"strategy_definitions\":[");
  for (int i = 0; i < 42; i++) co_buf_printf(&text, "%s{\"name\":\"s%d\"}", i ? "," : "", i);
  co_buf_puts(&text, ",{\"name\":\"scratch\"}]}");
  co_json *results = fixture_parse(text.data);
  co_report report = open_report(results);
  ck_assert_int_eq(report.strategies, 43);
  bool seen[CO_SVG_COLORS][CO_SVG_MARKS] = {{false}};
  for (int i = 0; i < report.strategies; i++) {
    int color = co_report_color(&report, i), mark = co_report_mark(&report, i);
    ck_assert_int_eq(color == 0, co_report_is_scratch(&report, i));
    ck_assert(!seen[color][mark]);
    seen[color][mark] = true;
  }
  co_report_close(&report);
  co_json_free(results);
  co_buf_free(&text);
}
END_TEST

static const struct {
  const char *held, *note, *text;
} clauses[] = {{"", "n = 3: nominal interval", ""},
               {"", "last 3 of 3; n = 3: nominal interval", "last 3 of 3"},
               {"negative transfer", "weak oracle; weak oracle", "negative transfer; weak oracle"},
               {"", NULL, ""},
               {"a", "; ; b", "a; b"},
               {"", "n = 5 is no reason", "n = 5 is no reason"}};

START_TEST(notes_say_only_what_is_new) {
  co_buf out = {0};
  co_buf_puts(&out, clauses[_i].held);
  co_report_put_clauses(&out, clauses[_i].note);
  check_text(&out, clauses[_i].text);
}
END_TEST

START_TEST(note_names_missing_runs) {
  co_json *results = fixture_parse(
      "{\"final\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"seeds\":[1,null,2]}],"
      "\"strategies\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"metrics\":{"
      "\"negative_transfer\":1}}]}");
  co_report report = open_report(results);
  co_buf note = {0};
  co_report_put_note(&note, &report, 0, 0);
  check_text(&note, "negative transfer; 2 of 3 runs");
  co_report_close(&report);
  co_json_free(results);
}
END_TEST

static const struct {
  int n;
  const char *text;
} samples[] = {{0, "number of seeds not recorded"},
               {1, "n = 1 source seed, no interval"},
               {9, "n = 9 source seeds, 95 % nominal interval"},
               {10, "n = 10 source seeds, 95 % interval"}};

START_TEST(sample_is_nominal_below_ten) {
  co_buf out = {0};
  co_report_put_sample(&out, samples[_i].n);
  check_text(&out, samples[_i].text);
  ck_assert_int_eq(co_report_least(0, 4), 4);
  ck_assert_int_eq(co_report_least(4, 0), 4);
  ck_assert_int_eq(co_report_least(4, 3), 3);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("report_results");
  TCase *tcase = tcase_create("results");
  tcase_add_test(tcase, names_keep_the_order_of_the_study);
  tcase_add_test(tcase, scratch_is_shared_by_sources);
  tcase_add_loop_test(tcase, estimates_take_what_is_a_number, 0,
                      sizeof estimates / sizeof *estimates);
  tcase_add_test(tcase, pair_metric_is_that_of_any_strategy);
  tcase_add_test(tcase, colours_and_marks_tell_strategies_apart);
  tcase_add_loop_test(tcase, notes_say_only_what_is_new, 0, sizeof clauses / sizeof *clauses);
  tcase_add_test(tcase, note_names_missing_runs);
  tcase_add_loop_test(tcase, sample_is_nominal_below_ten, 0, sizeof samples / sizeof *samples);
  suite_add_tcase(suite, tcase);
  return suite;
}
