// Episodes that are played into a set: those of an evaluation, the same bytes for any number of
// threads and rows, without faults.

#include "agents/data/play.h"
#include "agents/policy/evaluate.h"
#include "tests/agents/data/small_set.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/small_policy.h"

enum { EPISODES = 11 };

static const co_stream stream = {5, 2, CO_PURPOSE_EVAL_FINAL};

// Plays into a file; `fault_row` -1: none.
static co_buf play(const co_policy *policy, int rows, int threads, int fault_row,
                   int64_t want_faults) {
  line_env *env = line_create(rows, &stream);
  env->fault_row = fault_row;
  env->fault_step = 3;
  co_pool *pool = NULL;
  if (threads) ck_ok(co_pool_create(threads, &pool));
  co_data_about about;
  co_data_writer *writer;
  int64_t faults;
  const co_data_play def = {policy, &env->base, &stream, EPISODES, pool};
  ck_ok(co_data_about_world(&env->info, &about));
  ck_ok(co_data_writer_create(at("set.codata"), &about, &writer));
  ck_ok(co_data_play_run(&def, writer, &faults));
  ck_ok(co_data_writer_commit(writer));
  ck_assert_int_eq(faults, want_faults);
  co_data_writer_destroy(writer);
  co_data_about_free(&about);
  co_pool_free(pool);
  co_env_destroy(&env->base);
  co_buf bytes;
  ck_ok(co_file_read(at("set.codata"), 0, &bytes));
  return bytes;
}

// random actions, a policy, one that remembers
static co_policy *actor_of(int which) {
  if (!which) return NULL;
  co_policy *policy = small_policy_with((co_memory_def){CO_GRU, which == 3 ? 5 : 0}, 1);
  if (which == 2) policy->acts = &leaky_actor;
  return policy;
}

START_TEST(bytes_do_not_depend_on_threads_and_rows) {
  co_policy *policy = actor_of(_i);
  co_buf want = play(policy, EPISODES, 0, -1, 0);
  for (int threads = 1; threads <= 3; threads++)
    for (int rows = 1; rows <= 4; rows++) {
      co_buf have = play(policy, rows, threads, -1, 0);
      ck_assert_uint_eq(have.size, want.size);
      ck_assert_mem_eq(have.data, want.data, want.size);
      co_buf_free(&have);
    }
  co_buf_free(&want);
  co_policy_free(policy);
}
END_TEST

START_TEST(episodes_are_those_of_an_evaluation) {
  co_policy *policy = actor_of(_i);
  co_buf bytes = play(policy, 2, 2, -1, 0);
  line_env *env = line_create(EPISODES, &stream);
  co_evaluation eval;
  ck_ok(co_evaluate(policy, &env->base, &stream, NULL, &eval));
  co_data_set set;
  ck_ok(co_data_set_open(at("set.codata"), &set));
  ck_assert_int_eq(set.episodes, EPISODES);
  for (int e = 0; e < EPISODES; e++) {
    co_data_episode episode = co_data_set_episode(&set, e);
    ck_assert_uint_eq(episode.number, (unsigned)e);
    ck_assert_uint_eq(episode.row, (unsigned)e);
    ck_assert_double_eq(episode.ret, eval.episode[e].ret);
    ck_assert_int_eq(episode.length, eval.episode[e].length);
    ck_assert_int_eq(!!(episode.flags & CO_DATA_TERMINATED), eval.episode[e].terminated);
    ck_assert_int_eq(!!(episode.flags & CO_DATA_TRUNCATED), eval.episode[e].truncated);
  }
  co_data_set_close(&set);
  co_evaluation_free(&eval);
  co_env_destroy(&env->base);
  co_buf_free(&bytes);
  co_policy_free(policy);
}
END_TEST

// Of every four episodes the one in row 2: their numbers are missing.
START_TEST(faults_are_left_out) {
  co_buf bytes = play(NULL, 4, 2, 2, 3);
  static const unsigned numbers[] = {0, 1, 3, 4, 5, 7, 8, 9};
  co_data_set set;
  ck_ok(co_data_set_open(at("set.codata"), &set));
  ck_assert_int_eq(set.episodes, 8);
  for (int e = 0; e < 8; e++) ck_assert_uint_eq(co_data_set_episode(&set, e).number, numbers[e]);
  co_data_set_close(&set);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(the_first_episode_that_fails_is_told) {
  line_env *env = line_create(2, &stream);
  env->fail_row = 1;
  env->fail_step = 4;
  co_data_about about;
  co_data_writer *writer;
  int64_t faults;
  const co_data_play def = {NULL, &env->base, &stream, EPISODES, NULL};
  ck_ok(co_data_about_world(&env->info, &about));
  ck_ok(co_data_writer_create(at("set.codata"), &about, &writer));
  ck_assert_int_eq(co_data_play_run(&def, writer, &faults), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "episode 1: row 1 has lost its engine");
  co_data_writer_destroy(writer);
  ck_assert(!co_file_exists(at("set.codata")));
  co_data_about_free(&about);
  co_env_destroy(&env->base);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("play");
  TCase *tests = tcase_create("play");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, bytes_do_not_depend_on_threads_and_rows, 0, 4);
  tcase_add_loop_test(tests, episodes_are_those_of_an_evaluation, 0, 4);
  tcase_add_test(tests, faults_are_left_out);
  tcase_add_test(tests, the_first_episode_that_fails_is_told);
  suite_add_tcase(suite, tests);
  return suite;
}
