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
static co_buf play_as(const co_policy *policy, bool sampled, int rows, int threads, int fault_row,
                      int64_t want_faults) {
  line_env *env = line_create(rows, &stream);
  env->fault_row = fault_row;
  env->fault_step = 3;
  co_pool *pool = NULL;
  if (threads) ck_ok(co_pool_create(threads, &pool));
  co_data_played played;
  const co_data_play def = {.policy = policy,
                            .env = &env->base,
                            .stream = &stream,
                            .episodes = EPISODES,
                            .pool = pool,
                            .sampled = sampled};
  ck_ok(co_data_play_file(&def, at("set.codata"), &played));
  ck_assert_int_eq(played.faults, want_faults);
  co_pool_free(pool);
  co_env_destroy(&env->base);
  co_buf bytes;
  ck_ok(co_file_read(at("set.codata"), 0, &bytes));
  return bytes;
}

static co_buf play(const co_policy *policy, int rows, int threads, int fault_row,
                   int64_t want_faults) {
  return play_as(policy, false, rows, threads, fault_row, want_faults);
}

// random actions, a policy, one that remembers
static co_policy *actor_of(int which) {
  if (!which) return NULL;
  co_policy *policy = small_policy_with((co_memory_def){CO_GRU, which == 3 ? 5 : 0}, 1);
  if (which == 2) policy->acts = &leaky_actor;
  return policy;
}

START_TEST(bytes_do_not_depend_on_threads_and_rows) {
  co_policy *policy = actor_of(_i % 4);
  bool sampled = _i >= 4;
  co_buf want = play_as(policy, sampled, EPISODES, 0, -1, 0);
  for (int threads = 1; threads <= 3; threads++)
    for (int rows = 1; rows <= 4; rows++) {
      co_buf have = play_as(policy, sampled, rows, threads, -1, 0);
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
  co_data_played played;
  const co_data_play def = {.env = &env->base, .stream = &stream, .episodes = EPISODES};
  ck_assert_int_eq(co_data_play_file(&def, at("set.codata"), &played), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "episode 1: row 1 has lost its engine");
  ck_assert(!co_file_exists(at("set.codata")));
  co_env_destroy(&env->base);
}
END_TEST

START_TEST(without_an_episode_there_is_no_file) {
  line_env *env = line_create(1, &stream);
  env->fault_row = 0;
  co_data_played played;
  const co_data_play def = {.env = &env->base, .stream = &stream, .episodes = 2};
  ck_assert_int_eq(co_data_play_file(&def, at("set.codata"), &played), CO_INTERNAL);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "all 2 episodes end in a fault"));
  ck_assert(!co_file_exists(at("set.codata")));
  co_env_destroy(&env->base);
}
END_TEST

typedef struct patience {
  int calls;
  int64_t env_steps;
} patience;

static bool two_blocks(void *context, int64_t env_steps) {
  patience *p = context;
  ck_assert_int_gt(env_steps, p->env_steps);
  p->env_steps = env_steps;
  return ++p->calls < 2;
}

START_TEST(it_ends_when_it_is_told_to) {
  line_env *env = line_create(2, &stream);
  patience p = {0};
  co_data_played played;
  const co_data_play def = {.env = &env->base,
                            .stream = &stream,
                            .episodes = EPISODES,
                            .goes_on = two_blocks,
                            .context = &p};
  ck_assert_int_eq(co_data_play_file(&def, at("set.codata"), &played), CO_INTERRUPTED);
  ck_assert_int_eq(p.calls, 2);
  ck_assert(!co_file_exists(at("set.codata")));
  co_env_destroy(&env->base);
}
END_TEST

// Two blocks are all there is.
START_TEST(what_is_told_at_the_end_is_too_late) {
  line_env *env = line_create(2, &stream);
  patience p = {0};
  co_data_played played;
  const co_data_play def = {
      .env = &env->base, .stream = &stream, .episodes = 4, .goes_on = two_blocks, .context = &p};
  ck_ok(co_data_play_file(&def, at("set.codata"), &played));
  ck_assert_int_eq(p.calls, 2);
  ck_assert(co_file_exists(at("set.codata")));
  co_env_destroy(&env->base);
}
END_TEST

// What a seed does not tell alone is no seed that `eval` could play.
START_TEST(a_set_says_who_acted) {
  static const co_stream alone = {5, 0, CO_PURPOSE_EVAL_FINAL};
  co_policy *policy = small_policy(1);
  for (int i = 0; i < 2; i++) {
    line_env *env = line_create(1, &stream);
    co_data_played played;
    co_data_set set;
    const co_data_play def = {.policy = i ? policy : NULL,
                              .env = &env->base,
                              .stream = i ? &alone : &stream,
                              .episodes = 1};
    ck_ok(co_data_play_file(&def, at("set.codata"), &played));
    ck_ok(co_data_set_open(at("set.codata"), &set));
    ck_assert_int_eq(set.about.actor, i ? CO_DATA_POLICY : CO_DATA_RANDOM);
    ck_assert_int_eq(set.about.seed, i ? 5 : -1);
    ck_assert_uint_eq(set.about.policy_hash, i ? co_policy_hash(policy) : 0);
    ck_assert_int_eq(set.transitions, played.env_steps);
    co_data_set_close(&set);
    co_env_destroy(&env->base);
  }
  co_policy_free(policy);
}
END_TEST

static float *data_of(co_policy *policy, const char *tensor) {
  int at = co_tensor_find(policy->tensor, policy->num_tensors, tensor);
  ck_assert_int_ge(at, 0);
  return policy->tensor[at].data;
}

// A policy whose mean is 0 everywhere, with a spread that no bound cuts.
START_TEST(sampled_actions_have_the_policys_distribution) {
  co_policy *policy = small_policy(3);
  int weight = co_tensor_find(policy->tensor, policy->num_tensors, "actor.mean.weight");
  const co_tensor *tensor = &policy->tensor[weight];
  memset(tensor->data, 0, (size_t)tensor->rows * (size_t)tensor->stride * sizeof(float));
  memset(data_of(policy, "actor.mean.bias"), 0, LINE_ACTION * sizeof(float));
  float *log_std = data_of(policy, "actor.log_std");
  log_std[0] = -3;
  log_std[1] = -4;
  co_buf bytes = play_as(policy, true, 2, 0, -1, 0);
  co_data_set set;
  ck_ok(co_data_set_open(at("set.codata"), &set));
  ck_assert_int_ge(set.transitions, 100);
  for (int i = 0; i < LINE_ACTION; i++) {
    double sum = 0, squares = 0, count = (double)set.transitions;
    for (int64_t k = 0; k < set.transitions; k++) {
      double z = (double)co_data_set_at(&set, k).action[i] / exp((double)log_std[i]);
      sum += z;
      squares += z * z;
    }
    ck_assert_double_le(fabs(sum / count), 4 / sqrt(count));
    ck_assert_double_le(fabs(squares / count - 1), 4 * sqrt(2 / count));
  }
  co_data_set_close(&set);
  co_buf_free(&bytes);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("play");
  TCase *tests = tcase_create("play");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, bytes_do_not_depend_on_threads_and_rows, 0, 8);
  tcase_add_loop_test(tests, episodes_are_those_of_an_evaluation, 0, 4);
  tcase_add_test(tests, faults_are_left_out);
  tcase_add_test(tests, the_first_episode_that_fails_is_told);
  tcase_add_test(tests, without_an_episode_there_is_no_file);
  tcase_add_test(tests, it_ends_when_it_is_told_to);
  tcase_add_test(tests, what_is_told_at_the_end_is_too_late);
  tcase_add_test(tests, a_set_says_who_acted);
  tcase_add_test(tests, sampled_actions_have_the_policys_distribution);
  suite_add_tcase(suite, tests);
  return suite;
}
