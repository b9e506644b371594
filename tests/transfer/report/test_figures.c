// Charts, numbers and tables as files; what strategies come to over several targets, worked out by
// hand.

#include "tests/support/support.h"
#include "tests/transfer/markup.h"
#include "tests/transfer/report_fixture.h"
#include "transfer/report/private/across.h"
#include "transfer/report/report.h"

// ---- files

enum { MOST_FILES = 64 };

typedef struct file_list {
  char name[MOST_FILES][128];
  co_buf content[MOST_FILES];
  int count, fail_at;  // the call that fails, -1: none
} file_list;

static co_status keep(void *context, const char *name, const co_buf *content) {
  file_list *list = context;
  if (list->count == list->fail_at) return co_fail(CO_IO, "no room");
  ck_assert_int_lt(list->count, MOST_FILES);
  snprintf(list->name[list->count], sizeof list->name[0], "%s", name);
  co_buf_add(&list->content[list->count++], content->data, content->size);
  return CO_OK;
}

static const char *find(const file_list *list, const char *name) {
  for (int i = 0; i < list->count; i++)
    if (strcmp(list->name[i], name) == 0) return list->content[i].data;
  ck_abort_msg("no file %s", name);
}

static void release(file_list *list) {
  for (int i = 0; i < list->count; i++) co_buf_free(&list->content[i]);
}

static int lines_of(const char *text) {
  int lines = 0;
  for (; *text; text++) lines += *text == '\n';
  return lines;
}

// The last column says what `step` counts: of new_head, which is a clone here, gradient steps.
static void check_units(const char *csv) {
  ck_assert_ptr_eq(strstr(csv, "strategy,step,seed,value,iqm,lo,hi,unit\n"), csv);
  for (const char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
    bool clone = strncmp(line, "new_head,", 9) == 0;
    const char *unit = strchr(line, '\n') - (clone ? 15 : 10);
    ck_assert_int_eq(strncmp(unit, clone ? ",gradient steps" : ",env steps", clone ? 15 : 10), 0);
  }
}

static void make_clone(co_json *results) {
  co_json *curves = json_member(results, "curves");
  for (size_t i = 0; i < co_json_count(curves); i++) {
    co_json *curve = co_unconst(co_json_at(curves, i));
    bool clone = strcmp(co_json_get_string(curve, "strategy"), "new_head") == 0;
    if (clone) co_json_set_string(curve, "unit", "gradient steps");
  }
}

START_TEST(every_chart_is_a_file_with_its_numbers) {
  static file_list list;
  list = (file_list){.fail_at = -1};
  co_json *results = fixture_results();
  make_clone(results);
  const co_json *studies[] = {results};
  ck_assert_int_eq(co_report_figures(studies, 1, keep, &list), CO_OK);
  for (int i = 0; i < list.count; i++) {
    if (!strstr(list.name[i], ".svg")) continue;
    const char *text = list.content[i].data;
    ck_assert_msg(!markup_fault(text), "%s: %s", list.name[i], markup_fault(text));
    ck_assert_ptr_null(strstr(text, "var("));  // no program for paper knows variables
    ck_assert_ptr_nonnull(strstr(text, "font-family:Helvetica"));
  }
  // a heading, and every seed of every strategy
  ck_assert_int_eq(lines_of(find(&list, "quickstart-gravity-final.csv")), 1 + STRATEGIES * SEEDS);
  ck_assert_int_eq(lines_of(find(&list, "quickstart-gravity-difference.csv")),
                   1 + (STRATEGIES - 1) * SEEDS);
  ck_assert_int_eq(lines_of(find(&list, "quickstart-foot_reversed-curves.csv")),
                   1 + ((STRATEGIES - 1) * POINTS + 1) * SEEDS);
  check_units(find(&list, "quickstart-foot_reversed-curves.csv"));
  find(&list, "quickstart-carry-over.svg");
  find(&list, "improvement.svg");
  release(&list);
  co_json_free(results);
}
END_TEST

START_TEST(names_of_files_are_plain) {
  static file_list list;
  list = (file_list){.fail_at = -1};
  co_json *results = fixture_parse(
      "{\"name\":\"a/b c\",\"strategies\":[{\"source\":\"s\",\"target\":\"../t\\n\",\"strategy\":"
      "\"x, \\\"y\\\"\",\"metrics\":{\"final_iqm\":{\"value\":1,\"lo\":0,\"hi\":2,\"n\":3}}}]}");
  const co_json *studies[] = {results};
  ck_assert_int_eq(co_report_figures(studies, 1, keep, &list), CO_OK);
  ck_assert_str_eq(find(&list, "a_b_c-.._t_-final.csv"),
                   "strategy,seed,value,estimate,lo,hi,n\n\"x, \"\"y\"\"\",,,1,0,2,3\n");
  release(&list);
  co_json_free(results);
}
END_TEST

START_TEST(a_failed_file_ends_the_call) {
  static file_list list;
  co_json *results = fixture_results();
  const co_json *studies[] = {results};
  for (int i = 0; i < 3; i++) {
    list = (file_list){.fail_at = i};
    ck_assert_int_eq(co_report_figures(studies, 1, keep, &list), CO_IO);
    ck_assert_int_eq(list.count, i);
    release(&list);
  }
  co_json_free(results);
}
END_TEST

// ---- over several targets

// Two targets with references 0 and 10 or 0 and 100; scratch in the middle of `a`.
static const char two_targets[] =
    "{\"name\":\"two\",\"seeds\":2,\"strategy_definitions\":[{\"name\":\"scratch\",\"is_scratch\":"
    "true},{\"name\":\"a\"}],\"references\":{\"t\":{\"random\":0,\"oracle\":10},\"u\":{\"random\":"
    "0,"
    "\"oracle\":100}},\"final\":["
    "{\"source\":null,\"target\":\"t\",\"strategy\":\"scratch\",\"seeds\":[4,5]},"
    "{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"a\",\"seeds\":[8,4.5]},"
    "{\"source\":null,\"target\":\"u\",\"strategy\":\"scratch\",\"seeds\":[50,50]},"
    "{\"source\":\"s\",\"target\":\"u\",\"strategy\":\"a\",\"seeds\":[50,120]}]}";

static const co_across_arm *arm_of(const co_across *across, const char *strategy) {
  for (int i = 0; i < across->arms; i++)
    if (strcmp(across->arm[i].strategy, strategy) == 0) return &across->arm[i];
  ck_abort_msg("no arm %s", strategy);
}

START_TEST(profile_and_improvement_by_hand) {
  co_json *results = fixture_parse(two_targets);
  co_report report;
  co_across across;
  ck_assert_int_eq(co_report_open(results, &report), CO_OK);
  ck_assert_int_eq(co_across_create(&report, 1, &across), CO_OK);
  const co_across_arm *a = arm_of(&across, "a");
  ck_assert_int_eq(a->tasks, 2);
  ck_assert_int_eq(a->scored, 2);
  // scores 0.8, 0.45, 0.5, 1.2: all above 0, three above 0.475, one above 0.9, none above 1.5
  ck_assert_double_eq(a->share[0].value, 1);
  ck_assert_double_eq(a->share[19].value, 0.75);  // 0.475
  ck_assert_double_eq(a->share[36].value, 0.25);  // 0.9
  ck_assert_double_eq(a->share[60].value, 0);     // 1.5
  // t: 8 beats both, 4.5 one of two: 3/4; u: 50 ties with both, 120 beats both: 3/4
  ck_assert_double_eq(a->improvement.value, 0.75);
  ck_assert(a->improvement.lo <= 0.75 && a->improvement.hi >= 0.75);
  ck_assert_double_lt(a->improvement.lo, a->improvement.hi);
  for (int i = 1; i < CO_PROFILE_POINTS; i++)
    ck_assert_double_le(a->share[i].value, a->share[i - 1].value);
  co_across_free(&across);
  co_report_close(&report);
  co_json_free(results);
}
END_TEST

static void check_across(const char *text, const char *strategy, double share, double improvement,
                         int tasks) {
  co_json *results = fixture_parse(text);
  co_report report;
  co_across across;
  ck_assert_int_eq(co_report_open(results, &report), CO_OK);
  ck_assert_int_eq(co_across_create(&report, 1, &across), CO_OK);
  const co_across_arm *arm = arm_of(&across, strategy);
  ck_assert_int_eq(arm->tasks, tasks);
  ck_assert_double_eq(arm->share[0].value, share);
  ck_assert_double_eq(arm->improvement.value, improvement);
  co_across_free(&across);
  co_report_close(&report);
  co_json_free(results);
}

START_TEST(targets_without_an_oracle_have_no_part_in_the_profile) {
  check_across(
      "{\"name\":\"x\",\"strategy_definitions\":[{\"name\":\"scratch\",\"is_scratch\":true},{"
      "\"name\":\"a\"}],\"references\":{\"t\":{\"random\":0,\"oracle\":10},\"u\":{\"random\":0,"
      "\"oracle\":null}},\"final\":[{\"target\":\"t\",\"strategy\":\"scratch\",\"seeds\":[4,5]},"
      "{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"a\",\"seeds\":[7.5,7.5]},"
      "{\"target\":\"u\",\"strategy\":\"scratch\",\"seeds\":[9,9]},"
      "{\"source\":\"s\",\"target\":\"u\",\"strategy\":\"a\",\"seeds\":[8,8]}]}",
      "a", 1, 0.5, 2);
}
END_TEST

START_TEST(a_strategy_is_compared_with_the_scratch_of_its_algorithm) {
  check_across(
      "{\"name\":\"x\",\"strategy_definitions\":[{\"name\":\"scratch\",\"is_scratch\":true},{"
      "\"name\":\"scratch_sac\",\"is_scratch\":true},{\"name\":\"a\"}],\"references\":{\"t\":{"
      "\"random\":0,\"oracle\":10}},\"strategies\":[{\"source\":\"s\",\"target\":\"t\","
      "\"strategy\":\"a\",\"scratch\":\"scratch_sac\"}],\"final\":["
      "{\"target\":\"t\",\"strategy\":\"scratch\",\"seeds\":[9,9]},"
      "{\"target\":\"t\",\"strategy\":\"scratch_sac\",\"seeds\":[1,1]},"
      "{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"a\",\"seeds\":[5,5]}]}",
      "a", 1, 1, 1);
}
END_TEST

// what has no source stands once in a target, however many sources there are
START_TEST(shared_runs_count_once) {
  check_across(
      "{\"name\":\"x\",\"strategy_definitions\":[{\"name\":\"scratch\",\"is_scratch\":true},{"
      "\"name\":\"n\"},{\"name\":\"a\"}],\"references\":{\"t\":{\"random\":0,\"oracle\":10}},"
      "\"final\":[{\"source\":null,\"target\":\"t\",\"strategy\":\"scratch\",\"seeds\":[4,5]},"
      "{\"source\":null,\"target\":\"t\",\"strategy\":\"n\",\"seeds\":[7,7]},"
      "{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"a\",\"seeds\":[6,6]},"
      "{\"source\":\"r\",\"target\":\"t\",\"strategy\":\"a\",\"seeds\":[6,6]}]}",
      "n", 1, 1, 1);
}
END_TEST

START_TEST(no_file_is_overwritten) {
  static file_list list;
  list = (file_list){.fail_at = -1};
  co_json *results = fixture_parse(two_targets);
  const co_json *studies[] = {results, results};
  ck_assert_int_eq(co_report_figures(studies, 2, keep, &list), CO_OK);
  for (int i = 0; i < list.count; i++)
    for (int k = 0; k < i; k++) ck_assert_str_ne(list.name[i], list.name[k]);
  find(&list, "two-t-final.csv");
  find(&list, "two-t-final-2.csv");
  release(&list);
  co_json_free(results);
}
END_TEST

// the same study twice is twice as many targets
START_TEST(studies_are_put_together) {
  co_json *results = fixture_parse(two_targets);
  co_report report[2];
  co_across across;
  for (int i = 0; i < 2; i++) ck_assert_int_eq(co_report_open(results, &report[i]), CO_OK);
  ck_assert_int_eq(co_across_create(report, 2, &across), CO_OK);
  ck_assert_int_eq(across.arms, 2);
  ck_assert_int_eq(across.tasks, 4);
  co_across_free(&across);
  for (int i = 0; i < 2; i++) co_report_close(&report[i]);
  co_json_free(results);
}
END_TEST

// ---- LaTeX

START_TEST(tables_and_references) {
  co_json *results = fixture_results();
  const co_json *studies[] = {results, results};
  co_buf tables = {0}, bib = {0};
  ck_assert_int_eq(co_report_latex(studies, 2, &tables, &bib), CO_OK);
  ck_assert_ptr_nonnull(strstr(tables.data, "\\texttt{zero\\_shot} & $503\\,[413, 584]$"));
  ck_assert_ptr_nonnull(strstr(tables.data, "quickstart & foot\\_reversed"));
  ck_assert_ptr_null(strstr(tables.data, "\xe2\x88\x92"));  // a minus that LaTeX does not know
  ck_assert_ptr_nonnull(strstr(bib.data, "@inproceedings{agarwal2021deep,"));
  const char *second = strstr(strstr(bib.data, "agarwal2021deep") + 1, "agarwal2021deep");
  ck_assert_ptr_null(second);  // once for both studies
  ck_assert_ptr_null(strstr(bib.data, "hu2021lora"));
  co_buf_free(&tables);
  co_buf_free(&bib);
  co_json_free(results);
}
END_TEST

// whole words of the study's text, and what built-in strategies are made of
START_TEST(references_are_of_what_was_used) {
  static const struct {
    const char *config, *strategy, *key;
    bool cited;
  } cases[] = {{"threshold = 5; holdout = 0.1;", "a", "mallya2018packnet", false},
               {"rules = ( { hold = 0.5; } );", "a", "mallya2018packnet", true},
               {"", "masked", "mallya2018packnet", true},
               {"name = \"exploration\";", "a", "hu2021lora", false},
               {"", "kickstart", "schmitt2018kickstarting", true},
               {"", "cotrain", "lyu2024odrl", true},
               {"memory = \"lstm\";", "a", "hochreiter1997long", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_json *results = co_json_object(), *list = co_json_array(), *one = co_json_object();
    co_json_set_string(results, "config", cases[i].config);
    co_json_set_string(one, "name", cases[i].strategy);
    co_json_add(list, one);
    co_json_set(results, "strategy_definitions", list);
    const co_json *studies[] = {results};
    co_buf tables = {0}, bib = {0};
    ck_assert_int_eq(co_report_latex(studies, 1, &tables, &bib), CO_OK);
    ck_assert_msg((strstr(bib.data, cases[i].key) != NULL) == cases[i].cited, "%s, %s: %s",
                  cases[i].config, cases[i].strategy, cases[i].key);
    co_buf_free(&tables);
    co_buf_free(&bib);
    co_json_free(results);
  }
}
END_TEST

START_TEST(no_object_is_refused) {
  co_json *list = co_json_array();
  const co_json *studies[] = {list};
  co_buf tables = {0}, bib = {0};
  static file_list files;
  files = (file_list){.fail_at = -1};
  ck_assert_int_eq(co_report_figures(studies, 1, keep, &files), CO_DATA);
  ck_assert_int_eq(co_report_latex(studies, 1, &tables, &bib), CO_DATA);
  ck_assert_int_eq(files.count, 0);
  co_buf_free(&tables);
  co_buf_free(&bib);
  co_json_free(list);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/report/figures");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, every_chart_is_a_file_with_its_numbers);
  tcase_add_test(tcase, names_of_files_are_plain);
  tcase_add_test(tcase, a_failed_file_ends_the_call);
  tcase_add_test(tcase, profile_and_improvement_by_hand);
  tcase_add_test(tcase, targets_without_an_oracle_have_no_part_in_the_profile);
  tcase_add_test(tcase, a_strategy_is_compared_with_the_scratch_of_its_algorithm);
  tcase_add_test(tcase, shared_runs_count_once);
  tcase_add_test(tcase, no_file_is_overwritten);
  tcase_add_test(tcase, studies_are_put_together);
  tcase_add_test(tcase, tables_and_references);
  tcase_add_test(tcase, references_are_of_what_was_used);
  tcase_add_test(tcase, no_object_is_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
