// What a set comes to, and all that is wrong with a file.

#include "agents/data/summary.h"
#include "tests/agents/data/small_set.h"

#include <math.h>

START_TEST(a_small_set) {
  small_set_write(at("set.codata"), false);
  co_data_set set;
  ck_ok(co_data_set_open(at("set.codata"), &set));
  co_data_summary summary = co_data_summary_of(&set);
  double returns = 0;
  for (int e = 0; e < SMALL_EPISODES; e++)
    for (int k = 0; k < small_length[e]; k++) returns += (double)small_reward(e, k);
  ck_assert_int_eq(summary.episodes, SMALL_EPISODES);
  ck_assert_int_eq(summary.transitions, SMALL);
  ck_assert_int_eq(summary.terminated, 2);
  ck_assert_int_eq(summary.truncated, 2);
  ck_assert_double_eq(co_data_summary_return(&summary), returns / SMALL_EPISODES);
  ck_assert_double_eq(co_data_summary_length(&summary), (double)SMALL / SMALL_EPISODES);
  co_data_set_close(&set);
  const co_data_summary none = {0};
  ck_assert(isnan(co_data_summary_return(&none)) && isnan(co_data_summary_length(&none)));
}
END_TEST

// Three pieces, of which two are damaged.
START_TEST(every_damaged_piece_is_named) {
  const co_data_about about = {.obs_dim = 1, .act_dim = 1, .seed = -1};
  const char *path = at("set.codata");
  const float one = 1;
  co_data_writer *writer;
  co_data_problems problems = {0};
  ck_ok(co_data_writer_create(path, &about, &writer));
  for (uint32_t i = 0; i < CO_DATA_PIECE + 1; i++)
    ck_ok(co_data_writer_add(writer,
                             &(co_data_transition){&one, &one, &one, 1, CO_DATA_TRUNCATED, i, 0}));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  ck_ok(co_data_set_check(path, &problems));
  ck_assert_int_eq(problems.count, 0);
  co_buf bytes;
  ck_ok(co_file_read(path, 0, &bytes));
  bytes.data[bytes.size - 3 * 8 - 1] ^= 1;  // of the last record
  bytes.data[bytes.size - 3 * 8 - 2 * 24 - 1] ^= 1;
  ck_ok(co_file_write(path, bytes.data, bytes.size));
  ck_ok(co_data_set_check(path, &problems));
  ck_assert_int_eq(problems.count, 2);
  ck_assert_ptr_nonnull(strstr(problems.text[1], "of these 48 bytes doesn't match"));
  co_data_problems_free(&problems);
  ck_ok(co_file_write(path, bytes.data, 100));
  ck_ok(co_data_set_check(path, &problems));
  ck_assert_int_eq(problems.count, 1);
  co_data_problems_free(&problems);
  ck_assert_int_eq(co_data_set_check(at("none"), &problems), CO_NO_INPUT);
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("summary");
  TCase *tests = tcase_create("summary");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, a_small_set);
  tcase_add_test(tests, every_damaged_piece_is_named);
  suite_add_tcase(suite, tests);
  return suite;
}
