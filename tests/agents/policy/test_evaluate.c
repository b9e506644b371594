// Evaluation: the same bytes for any pool, figures against sums written out, faults left out and
// counted.

#include "agents/policy/evaluate.h"
#include "tests/support/acting.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/small_program.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { ROWS = 13 };

static const co_stream stream = {5, 2, CO_PURPOSE_EVAL_FINAL};

// Evaluates on `threads` threads (0: no pool).
static co_evaluation evaluate(const co_policy *policy, line_env *env, int threads) {
  co_pool *pool = NULL;
  co_evaluation out;
  if (threads) ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
  ck_assert_msg(co_evaluate(policy, &env->base, &stream, pool, &out) == CO_OK, "%s",
                co_error_text());
  co_pool_free(pool);
  return out;
}

static void assert_same(const co_evaluation *a, const co_evaluation *b) {
  ck_assert_int_eq(a->count, b->count);
  ck_assert_mem_eq(a->episode, b->episode, sizeof *a->episode * (size_t)a->count);
  ck_assert_mem_eq(a->term_mean, b->term_mean, sizeof *a->term_mean * (size_t)a->num_terms);
  ck_assert_uint_eq(a->trace_hash, b->trace_hash);
  ck_assert_int_eq(a->env_steps, b->env_steps);
  ck_assert(a->mean == b->mean && a->std == b->std && a->iqm == b->iqm);
}

// without a state, with a toy's, with a network's, and programs
enum { PLAIN, LEAKY, MEMORY, PROGRAM, NUM_KINDS = PROGRAM + NUM_PROGRAMS };

static co_policy *small_policy_that(int kind, uint64_t seed) {
  if (kind >= PROGRAM) return program_policy(kind - PROGRAM);
  co_policy *policy = small_policy_with((co_memory_def){CO_GRU, kind == MEMORY ? 8 : 0}, seed);
  if (kind == LEAKY) policy->acts = &leaky_actor;
  return policy;
}

START_TEST(bytes_do_not_depend_on_threads) {
  co_policy *policy = _i < NUM_KINDS ? small_policy_that(_i, 1) : NULL;
  line_env *first = line_create(ROWS, &stream);
  co_evaluation want = evaluate(policy, first, 0);
  for (int threads = 1; threads <= 3; threads++) {
    line_env *env = line_create(ROWS, &stream);
    co_evaluation have = evaluate(policy, env, threads);
    assert_same(&want, &have);
    co_evaluation_free(&have);
    co_env_destroy(&env->base);
  }
  co_evaluation_free(&want);
  co_env_destroy(&first->base);
  co_policy_free(policy);
}
END_TEST

START_TEST(episode_does_not_depend_on_the_number_of_rows) {
  co_policy *policy = small_policy_that(_i, 2);
  line_env *many = line_create(ROWS, &stream), *few = line_create(4, &stream);
  co_evaluation all = evaluate(policy, many, 2), some = evaluate(policy, few, 1);
  ck_assert_mem_eq(all.episode, some.episode, 4 * sizeof *some.episode);
  ck_assert_uint_ne(all.trace_hash, some.trace_hash);
  ck_assert_uint_ne(all.episode[0].trace_hash, all.episode[1].trace_hash);
  co_evaluation_free(&all);
  co_evaluation_free(&some);
  co_env_destroy(&many->base);
  co_env_destroy(&few->base);
  co_policy_free(policy);
}
END_TEST

// One episode in the plainest way: all rows of the env in lock-step, one policy call for all of
// them.
typedef struct lockstep {
  double ret[ROWS], terms[ROWS][LINE_TERMS], speed[ROWS];
  int length[ROWS];
  bool terminated[ROWS], success[ROWS];
} lockstep;

static lockstep roll_in_lockstep(const co_policy *policy, line_env *env) {
  lockstep out = {0};
  bool ended[ROWS] = {false};
  float obs[ROWS * LINE_OBS], action[ROWS * LINE_ACTION], reward[ROWS], terms[ROWS * LINE_TERMS];
  float metrics[ROWS * CO_NUM_STEP_METRICS];
  uint8_t terminated[ROWS], truncated[ROWS], success[ROWS];
  co_env_out to = {.obs = obs,
                   .reward = reward,
                   .terms = terms,
                   .metrics = metrics,
                   .terminated = terminated,
                   .truncated = truncated,
                   .success = success};
  acting a = acting_begin(policy, ROWS);
  ck_assert_int_eq(co_env_reset(&env->base, 0, ROWS, &(co_env_out){.obs = obs}), CO_OK);
  for (int step = 0; step < LINE_HORIZON; step++) {
    co_actor_act(&a.actor, obs, ROWS, a.state, &a.at, action);
    ck_assert_int_eq(co_env_step(&env->base, 0, ROWS, action, &to), CO_OK);
    for (int r = 0; r < ROWS; r++) {
      if (ended[r]) continue;
      out.ret[r] += (double)reward[r];
      for (int k = 0; k < LINE_TERMS; k++) out.terms[r][k] += (double)terms[r * LINE_TERMS + k];
      out.speed[r] += (double)metrics[r * CO_NUM_STEP_METRICS + CO_STEP_VX];
      out.length[r]++;
      out.terminated[r] = terminated[r];
      out.success[r] |= success[r];
      ended[r] = terminated[r] || truncated[r];
    }
  }
  acting_end(&a);
  return out;
}

START_TEST(figures_are_those_of_a_plain_loop) {
  co_policy *policy = small_policy_that(_i, 3);
  line_env *env = line_create(ROWS, &stream), *twin = line_create(ROWS, &stream);
  co_evaluation have = evaluate(policy, env, 2);
  lockstep want = roll_in_lockstep(policy, twin);
  double sum = 0, squares = 0, term = 0, speed = 0;
  int steps = 0, fallen = 0, successes = 0, shorter = 0;
  for (int r = 0; r < ROWS; r++) {
    const co_episode *episode = &have.episode[r];
    ck_assert(episode->ret == want.ret[r]);
    ck_assert_int_eq(episode->length, want.length[r]);
    ck_assert_int_eq(episode->terminated, want.terminated[r]);
    ck_assert_int_eq(episode->success, want.success[r]);
    ck_assert_int_eq(episode->fault, 0);
    sum += want.ret[r];
    term += want.terms[r][1];
    speed += want.speed[r];
    steps += want.length[r];
    fallen += want.terminated[r] && !want.success[r];
    successes += want.success[r];
    shorter += want.length[r] < LINE_HORIZON;
  }
  for (int r = 0; r < ROWS; r++) squares += (want.ret[r] - sum / ROWS) * (want.ret[r] - sum / ROWS);
  ck_assert_int_gt(shorter, 0);  // both kinds of end were seen
  ck_assert_int_lt(shorter, ROWS);
  ck_assert_double_eq_tol(have.mean, sum / ROWS, 1e-12);
  ck_assert_double_eq_tol(have.std, sqrt(squares / (ROWS - 1)), 1e-12);
  ck_assert_double_eq_tol(have.length_mean, (double)steps / ROWS, 1e-12);
  ck_assert_int_eq(have.env_steps, steps);
  ck_assert_double_eq_tol(have.fall_rate, (double)fallen / ROWS, 1e-12);
  ck_assert_double_eq_tol(have.success_rate, (double)successes / ROWS, 1e-12);
  ck_assert_double_eq_tol(have.term_mean[1], term / ROWS, 1e-12);
  ck_assert_double_eq_tol(have.metric_mean[CO_STEP_VX], speed / steps, 1e-12);
  ck_assert(speed != 0 && isnan(have.metric_mean[CO_STEP_TRACKING]));
  ck_assert_double_eq_tol(have.term_mean[0] + have.term_mean[1], have.mean, 1e-5);
  co_evaluation_free(&have);
  co_env_destroy(&env->base);
  co_env_destroy(&twin->base);
  co_policy_free(policy);
}
END_TEST

START_TEST(random_actions_come_from_the_row_s_stream) {
  line_env *env = line_create(2, &stream), *twin = line_create(2, &stream);
  co_evaluation have = evaluate(NULL, env, 1);
  co_stream family = {stream.seed, stream.number, CO_PURPOSE_ACTION};
  for (int r = 0; r < 2; r++) {
    co_rng rng = co_rng_make(&family, (uint32_t)r);
    float obs[LINE_OBS], action[LINE_ACTION], reward;
    double sum = 0;
    ck_assert_int_eq(co_env_reset(&twin->base, r, 1, &(co_env_out){.obs = obs}), CO_OK);
    for (int step = 0; step < have.episode[r].length; step++) {
      for (int i = 0; i < LINE_ACTION; i++) {
        double low = line_action[i].low, high = line_action[i].high;
        action[i] = (float)(low + (high - low) * co_rng_uniform(&rng));
      }
      ck_assert_int_eq(co_env_step(&twin->base, r, 1, action, &(co_env_out){.reward = &reward}),
                       CO_OK);
      sum += (double)reward;
    }
    ck_assert(have.episode[r].ret == sum);
  }
  co_evaluation_free(&have);
  co_env_destroy(&env->base);
  co_env_destroy(&twin->base);
}
END_TEST

START_TEST(faulty_episodes_are_left_out_and_counted) {
  co_policy *policy = small_policy(4);
  line_env *whole = line_create(ROWS, &stream), *hurt = line_create(ROWS, &stream);
  hurt->fault_row = 5;
  hurt->fault_step = 7;
  co_evaluation all = evaluate(policy, whole, 1), rest = evaluate(policy, hurt, 2);
  double sum = 0, length = 0, term = 0;
  for (int r = 0; r < ROWS; r++) {
    if (r == 5) continue;
    ck_assert_mem_eq(&all.episode[r], &rest.episode[r], sizeof *all.episode);
    sum += all.episode[r].ret;
    length += all.episode[r].length;
  }
  term = rest.term_mean[0] + rest.term_mean[1];
  ck_assert_int_eq(all.faults, 0);
  ck_assert_int_eq(rest.faults, 1);
  ck_assert_int_eq(rest.episode[5].fault, 1);
  ck_assert_int_eq(rest.episode[5].length, 7);
  ck_assert_double_eq_tol(rest.mean, sum / (ROWS - 1), 1e-12);
  ck_assert_double_eq_tol(rest.length_mean, length / (ROWS - 1), 1e-12);
  ck_assert_double_eq_tol(term, rest.mean, 1e-5);
  ck_assert_uint_ne(all.trace_hash, rest.trace_hash);
  co_evaluation_free(&all);
  co_evaluation_free(&rest);
  co_env_destroy(&whole->base);
  co_env_destroy(&hurt->base);
  co_policy_free(policy);
}
END_TEST

START_TEST(nothing_valid_gives_no_number) {
  line_env *env = line_create(1, &stream);
  env->fault_row = 0;
  co_evaluation have = evaluate(NULL, env, 0);
  ck_assert_int_eq(have.faults, 1);
  ck_assert(isnan(have.mean) && isnan(have.std) && isnan(have.iqm) && isnan(have.length_mean));
  ck_assert(isnan(have.success_rate) && isnan(have.fall_rate) && isnan(have.term_mean[0]));
  co_evaluation_free(&have);
  co_env_destroy(&env->base);
}
END_TEST

START_TEST(failure_of_a_row_is_told) {
  co_policy *policy = small_policy(5);
  line_env *env = line_create(ROWS, &stream);
  env->fail_row = 6;
  env->fail_step = 3;
  co_pool *pool = NULL;
  co_evaluation out = {.count = 77};
  ck_assert_int_eq(co_pool_create(3, &pool), CO_OK);
  ck_assert_int_eq(co_evaluate(policy, &env->base, NULL, pool, &out), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "episode 6: row 6 has lost its engine");
  ck_assert_int_eq(out.count, 77);  // untouched
  co_pool_free(pool);
  co_env_destroy(&env->base);
  co_policy_free(policy);
}
END_TEST

START_TEST(misfits_are_refused) {
  co_policy *policy = small_policy(6);
  line_env *env = line_create(2, &stream);
  co_evaluation out;
  env->info.obs_dim = 2;
  ck_assert_int_eq(co_evaluate(policy, &env->base, NULL, NULL, &out), CO_CONFIG);
  co_env_destroy(&env->base);
  co_policy_free(policy);
}
END_TEST

// ---- otherwise than the task has it

static co_evaluation evaluate_with(const co_policy *policy, int64_t steps) {
  line_env *env = line_create(ROWS, &stream);
  const co_evaluation_setup setup = {.steps = steps};
  co_evaluation out;
  ck_assert_msg(co_evaluate_with(policy, &env->base, &stream, &setup, NULL, &out) == CO_OK, "%s",
                co_error_text());
  co_env_destroy(&env->base);
  return out;
}

// Whole episodes up to the limit: what is shorter is the same, the others are stopped and say so.
START_TEST(a_limit_of_steps) {
  co_policy *policy = small_policy(3);
  co_evaluation whole = evaluate_with(policy, 0);
  const int limits[] = {1, whole.episode[0].length, LINE_HORIZON - 1, LINE_HORIZON, 1000};
  int limit = limits[_i], limited = 0;
  co_evaluation have = evaluate_with(policy, limit);
  for (int i = 0; i < ROWS; i++) {
    const co_episode *a = &whole.episode[i], *b = &have.episode[i];
    if (a->length <= limit) {
      ck_assert_mem_eq(a, b, sizeof *a);
      continue;
    }
    limited++;
    ck_assert_int_eq(b->length, limit);
    ck_assert(b->limited && b->truncated && !b->terminated && !b->fault);
  }
  ck_assert_int_eq(have.limited, limited);
  ck_assert_int_eq(limited == 0, limit >= LINE_HORIZON);
  ck_assert_int_eq(whole.limited, 0);
  co_evaluation_free(&whole);
  co_evaluation_free(&have);
  co_policy_free(policy);
}
END_TEST

// An env without them is not asked to hold commands.
START_TEST(commands_that_cannot_be_given) {
  co_policy *policy = small_policy(4);
  line_env *env = line_create(2, &stream);
  const co_evaluation_setup setup = {.command = (double[]){1}};
  co_evaluation out;
  ck_assert_int_eq(co_evaluate_with(policy, &env->base, NULL, &setup, NULL, &out), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "task line has no commands that could be given");
  co_env_destroy(&env->base);
  co_policy_free(policy);
}
END_TEST

START_TEST(summary_of_episodes_given) {
  co_episode episodes[] = {{.ret = 4, .length = 10, .success = 1, .truncated = 1},
                           {.ret = 1, .length = 20, .terminated = 1},
                           {.ret = 900, .length = 30, .fault = 1},
                           {.ret = 3, .length = 30, .terminated = 1, .success = 1},
                           {.ret = 100, .length = 40, .truncated = 1}};
  for (int i = 0; i < 5; i++) episodes[i].has_success = 1;
  co_evaluation out = {.count = 5, .episode = episodes, .faults = 3, .env_steps = 9};
  ck_assert_int_eq(co_evaluation_summarize(&out), CO_OK);
  ck_assert_int_eq(out.faults, 1);
  ck_assert_int_eq(out.env_steps, 130);
  ck_assert_double_eq(out.mean, 27);
  ck_assert_double_eq(out.iqm, 3.5);
  ck_assert_double_eq(out.length_mean, 25);
  ck_assert_double_eq(out.success_rate, 0.5);
  ck_assert_double_eq(out.fall_rate, 0.25);
  for (int i = 0; i < 5; i++) episodes[i].has_success = 0;
  ck_assert_int_eq(co_evaluation_summarize(&out), CO_OK);
  ck_assert_double_nan(out.success_rate);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("evaluate");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, bytes_do_not_depend_on_threads, 0, NUM_KINDS + 1);
  tcase_add_loop_test(tcase, episode_does_not_depend_on_the_number_of_rows, 0, NUM_KINDS);
  tcase_add_loop_test(tcase, figures_are_those_of_a_plain_loop, 0, PROGRAM);
  tcase_add_test(tcase, random_actions_come_from_the_row_s_stream);
  tcase_add_test(tcase, faulty_episodes_are_left_out_and_counted);
  tcase_add_test(tcase, nothing_valid_gives_no_number);
  tcase_add_test(tcase, failure_of_a_row_is_told);
  tcase_add_test(tcase, misfits_are_refused);
  tcase_add_loop_test(tcase, a_limit_of_steps, 0, 5);
  tcase_add_test(tcase, commands_that_cannot_be_given);
  tcase_add_test(tcase, summary_of_episodes_given);
  suite_add_tcase(suite, tcase);
  return suite;
}
