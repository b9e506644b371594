// A writer refuses what no set may hold, and leaves nothing where it fails.

#include "agents/data/writer.h"
#include "tests/agents/data/small_set.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static co_status add(co_data_writer *writer, uint32_t episode, uint32_t row, float x) {
  const float obs[SMALL_OBS] = {0, x}, action[SMALL_ACTION] = {0}, next[SMALL_OBS] = {0};
  return co_data_writer_add(
      writer, &(co_data_transition){obs, action, next, 0, CO_DATA_TRUNCATED, episode, row});
}

static void is_empty(void) {
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  ck_assert_int_eq(names.count, 0);
  co_names_free(&names);
}

START_TEST(what_is_not_finite_is_refused) {
  co_data_writer *writer;
  co_data_about about;
  small_about(&about);
  ck_ok(co_data_writer_create(at("set.codata"), &about, &writer));
  ck_ok(add(writer, 0, 0, 1));
  ck_assert_int_eq(add(writer, 1, 0, INFINITY), CO_DATA);
  ck_assert_ptr_nonnull(
      strstr(co_error_text(), "set.codata: episode 1: observation 1 qvel/x is not finite"));
  co_data_writer_destroy(writer);
  co_data_about_free(&about);
  is_empty();
}
END_TEST

static const uint32_t orders[][2] = {{4, 1}, {3, 1}, {5, 0}};

START_TEST(another_order_is_refused) {
  const co_data_about about = {.obs_dim = SMALL_OBS, .act_dim = SMALL_ACTION, .seed = -1};
  co_data_writer *writer;
  ck_ok(co_data_writer_create(at("set.codata"), &about, &writer));
  ck_ok(add(writer, 4, 1, 0));
  ck_assert_int_eq(add(writer, orders[_i][0], orders[_i][1], 0), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "stands behind episode 4 of row 1"));
  co_data_writer_destroy(writer);
  is_empty();
}
END_TEST

START_TEST(sizes_have_limits) {
  const co_data_about many = {.obs_dim = 4097, .act_dim = 1}, none = {.obs_dim = 1};
  co_data_writer *writer;
  ck_assert_int_eq(co_data_writer_create(at("a.codata"), &many, &writer), CO_CONFIG);
  ck_assert_int_eq(co_data_writer_create(at("a.codata"), &none, &writer), CO_CONFIG);
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  ck_assert_int_eq(co_data_writer_create(at("none/a.codata"), &about, &writer), CO_CREATE);
  is_empty();
}
END_TEST

// The old set stays until the new one is whole.
START_TEST(a_full_disk_leaves_the_old_set) {
  const char *path = at("set.codata");
  co_buf before, after;
  small_set_write(path, true);
  ck_ok(co_file_read(path, 0, &before));
  signal(SIGXFSZ, SIG_IGN);
  const co_data_about about = {.obs_dim = SMALL_OBS, .act_dim = SMALL_ACTION, .seed = -1};
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (uint32_t i = 0; i < 20; i++) ck_ok(add(writer, i, 0, 0));
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, little = {300, RLIM_INFINITY};
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
  co_status status = co_data_writer_commit(writer);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
  ck_assert_int_eq(status, CO_IO);
  co_data_writer_destroy(writer);
  ck_ok(co_file_read(path, 0, &after));
  ck_assert(after.size == before.size && memcmp(after.data, before.data, after.size) == 0);
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  ck_assert_int_eq(names.count, 1);
  co_names_free(&names);
  co_buf_free(&before);
  co_buf_free(&after);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("writer");
  TCase *tests = tcase_create("writer");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, what_is_not_finite_is_refused);
  tcase_add_loop_test(tests, another_order_is_refused, 0, sizeof orders / sizeof *orders);
  tcase_add_test(tests, sizes_have_limits);
  tcase_add_test(tests, a_full_disk_leaves_the_old_set);
  suite_add_tcase(suite, tests);
  return suite;
}
