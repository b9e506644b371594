// Several sets that are opened together, and whether they fit a world.

#include "agents/data/sets.h"
#include "tests/agents/data/small_set.h"

static co_status open_small(const char *path, co_data_sets *out) {
  return co_data_sets_open(&path, 1, out);
}

START_TEST(all_of_them_or_none) {
  co_data_sets sets;
  small_set_write(at("a.codata"), true);
  small_set_write(at("b.codata"), false);
  const char *const paths[] = {at("a.codata"), at("b.codata"), at("a.codata")};
  ck_ok(co_data_sets_open(paths, 3, &sets));
  ck_assert_int_eq(sets.count, 3);
  ck_assert_int_eq(co_data_sets_transitions(&sets), 3 * SMALL);
  ck_assert_str_eq(sets.path[1], paths[1]);
  ck_assert_uint_eq(sets.set[0].hash, sets.set[2].hash);
  co_data_sets_close(&sets);
  const char *const missing[] = {at("a.codata"), at("none.codata")};
  ck_assert_int_eq(co_data_sets_open(missing, 2, &sets), CO_NO_INPUT);
  ck_assert_int_eq(sets.count, 0);
  ck_assert_ptr_null(sets.set);
  ck_ok(co_data_sets_open(NULL, 0, &sets));
  ck_assert_int_eq(co_data_sets_transitions(&sets), 0);
  co_data_sets_close(&sets);
}
END_TEST

static void expect(const co_data_sets *sets, const co_env_info *world, const char *text) {
  ck_assert_int_eq(co_data_sets_check(sets, world), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), text) != NULL, "%s", co_error_text());
}

START_TEST(a_set_of_another_world_is_refused) {
  co_data_sets sets;
  co_env_info info = line_make_info(), other = info;
  co_action_element action[LINE_ACTION];
  small_set_write(at("a.codata"), true);
  ck_ok(open_small(at("a.codata"), &sets));
  ck_ok(co_data_sets_check(&sets, &info));
  memcpy(action, info.action, sizeof action);
  snprintf(action[1].name, sizeof action[1].name, "ctrl/hold");
  other.action = action;
  expect(&sets, &other,
         "a.codata: its action element 1 is \"ctrl/pull\", that of the task is \"ctrl/hold\"");
  other = info;
  other.obs_dim = 2;
  expect(&sets, &other, "a.codata: it has 3 observation elements, the task has 2");
  co_data_sets_close(&sets);
}
END_TEST

// What comes from other programs has sizes alone.
START_TEST(names_that_are_unknown_are_no_difference) {
  co_data_sets sets;
  co_env_info info = line_make_info();
  small_set_write(at("b.codata"), false);
  ck_ok(open_small(at("b.codata"), &sets));
  ck_ok(co_data_sets_check(&sets, &info));
  info.act_dim = 1;
  expect(&sets, &info, "b.codata: it has 2 action elements, the task has 1");
  co_data_sets_close(&sets);
}
END_TEST

START_TEST(an_empty_set_is_refused) {
  co_data_sets sets;
  co_data_writer *writer;
  co_env_info info = line_make_info();
  const co_data_about about = {.obs_dim = SMALL_OBS, .act_dim = SMALL_ACTION, .seed = -1};
  ck_ok(co_data_writer_create(at("c.codata"), &about, &writer));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  ck_ok(open_small(at("c.codata"), &sets));
  expect(&sets, &info, "c.codata: it has no transitions to learn from");
  co_data_sets_close(&sets);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sets");
  TCase *tests = tcase_create("sets");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, all_of_them_or_none);
  tcase_add_test(tests, a_set_of_another_world_is_refused);
  tcase_add_test(tests, names_that_are_unknown_are_no_difference);
  tcase_add_test(tests, an_empty_set_is_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
