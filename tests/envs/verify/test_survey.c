// All tasks and domains of a data folder, checked at once.

#include "envs/verify/survey.h"
#include "tests/support/scratch.h"

#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static void write_text(const char *name, const char *text) {
  ck_ok(co_file_write(at(name), text, strlen(text)));
}

static void open_data(void) {
  co_buf task = {0};
  scratch_make();
  const char *source = getenv("CARRYOVER_SOURCE");
  char path[1024];
  snprintf(path, sizeof path, "%s/configs/tasks/pendulum.cfg", source ? source : ".");
  ck_ok(co_file_read(path, 0, &task));
  ck_ok(co_dir_create(at("configs/tasks")));
  ck_ok(co_dir_create(at("configs/domains")));
  write_text("configs/tasks/swing.cfg", task.data);
  write_text("configs/tasks/again.cfg", task.data);
  co_buf_free(&task);
  write_text("configs/domains/plain.cfg",
             "domain = ( { parameter = \"option.gravity\"; scale = 2.0; } );");
  write_text("configs/domains/some.cfg",
             "presets = (\n"
             "  { name = \"live\"; task = \"swing\"; domain = ( { parameter = \"option.gravity\"; "
             "scale = 2.0; } ); },\n"
             "  { name = \"dead\"; task = \"swing\"; domain = ( { parameter = \"option.gravity\"; "
             "scale = 1.0; } ); },\n"
             "  { name = \"wrong\"; task = \"again\"; domain = ( { parameter = \"body.mass\"; "
             "select = \"wing\"; scale = 2.0; } ); } );\n");
  ck_assert_int_eq(setenv("CARRYOVER_DATA", scratch, 1), 0);
}

START_TEST(test_everything) {
  static const char *const names[] = {"some/live", "some/dead", "some/wrong"};
  static const bool ok[] = {true, false, false};
  co_pool *pool = NULL;
  co_survey survey;
  ck_ok(co_pool_create(1 + _i, &pool));
  ck_ok(co_survey_make(NULL, 0, 1, pool, &survey));
  co_pool_free(pool);
  ck_assert_int_eq(survey.num_tasks, 2);
  ck_assert_int_eq(survey.count, 5);
  ck_assert_str_eq(survey.entry[0].check.task, "again");
  ck_assert_str_eq(survey.entry[1].check.task, "swing");
  for (int i = 0; i < 2; i++) {
    ck_assert_ptr_null(survey.entry[i].preset);
    ck_assert(survey.entry[i].check.ok && survey.entry[i].check.num_tests >= 8);
  }
  for (int i = 0; i < 3; i++) {
    const co_survey_entry *entry = &survey.entry[2 + i];
    ck_assert_str_eq(entry->preset, names[i]);
    ck_assert_int_eq(entry->check.ok, ok[i]);
  }
  ck_assert(survey.entry[2].check.shift.live && !survey.entry[3].check.shift.live);
  const co_check *wrong = &survey.entry[4].check;
  ck_assert(!wrong->has_shift);
  ck_assert_str_eq(wrong->task, "again");
  ck_assert_str_eq(wrong->test[0].name, "builds");
  ck_assert_ptr_nonnull(strstr(wrong->shift.reason, "some.cfg:4"));
  co_survey_free(&survey);
}
END_TEST

START_TEST(test_what_is_wrong) {
  const char *set = "task.horizn=3";
  co_survey survey;
  ck_assert_int_eq(co_survey_make(&set, 1, 1, NULL, &survey), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "horizn"));
  ck_assert_ptr_null(survey.entry);
  write_text("configs/domains/bad.cfg", "domain = 3;");
  ck_assert_int_eq(co_survey_make(NULL, 0, 1, NULL, &survey), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "bad.cfg:1"));
  ck_assert_ptr_null(survey.entry);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("survey");
  TCase *tcase = tcase_create("survey");
  tcase_add_checked_fixture(tcase, open_data, scratch_remove);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_everything, 0, 3);
  tcase_add_test(tcase, test_what_is_wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}
