// The collector: what it writes, what it leaves out, and that grouping and threads change no byte
// of it; advantages with known answers.

#include "agents/learn/collector.h"
#include "agents/learn/ppo/gae.h"
#include "core/hash.h"
#include "tests/support/acting.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/line_env.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 7, STEPS = 60 };

static const co_stream stream = {21, 2, CO_PURPOSE_RESET};

typedef struct fixture {
  co_arena arena;
  co_env *env;
  co_pool *pool;
  co_policy *policy;
  co_collector collector;
  co_batch batch;
} fixture;

static fixture *make_acting(co_env *env, int threads, int steps, const co_actor_class *acts) {
  fixture *f = calloc(1, sizeof *f);
  const co_env_info *info = co_env_get_info(env);
  co_network_def def = {.obs_dim = info->obs_dim,
                        .act_dim = info->act_dim,
                        .num_hidden = 2,
                        .hidden = {16, 16},
                        .activation = CO_TANH};
  f->env = env;
  ck_assert_int_eq(co_pool_create(threads, &f->pool), CO_OK);
  ck_assert_int_eq(co_policy_create(&def, info, "ppo", &stream, &f->policy), CO_OK);
  f->policy->acts = acts;
  co_collector_def collector = {.env = env,
                                .policy = f->policy,
                                .pool = f->pool,
                                .kernels = co_kernels_get(),
                                .stream = stream,
                                .gamma = 0.9};
  ck_assert_int_eq(co_collector_create(&f->arena, &collector, &f->collector), CO_OK);
  ck_assert_int_eq(
      co_batch_create(&f->arena, co_env_rows(env), steps, info->obs_dim, info->act_dim, &f->batch),
      CO_OK);
  return f;
}

static fixture *make(co_env *env, int threads, int steps) {
  return make_acting(env, threads, steps, NULL);
}

static fixture *make_pendulum(int threads, int steps) {
  return make(&pendulum_create(ROWS, &stream)->base, threads, steps);
}

static void release(fixture *f) {
  co_arena_free(&f->arena);
  co_policy_free(f->policy);
  co_pool_free(f->pool);
  co_env_destroy(f->env);
  free(f);
}

static void run(fixture *f) {
  ck_assert_msg(co_collector_run(&f->collector, &f->batch) == CO_OK, "%s", co_error_text());
}

static uint64_t batch_hash(const co_batch *b) {
  size_t size = co_batch_size(b);
  uint64_t parts[8] = {co_hash(b->raw_obs, size * (size_t)b->obs_dim * sizeof(float)),
                       co_hash(b->obs, size * (size_t)b->obs_stride * sizeof(float)),
                       co_hash(b->action, size * (size_t)b->act_dim * sizeof(float)),
                       co_hash(b->log_prob, size * sizeof(float)),
                       co_hash(b->value, size * sizeof(float)),
                       co_hash(b->reward, size * sizeof(float)),
                       co_hash(b->final_value, size * sizeof(float)),
                       co_hash(b->last_value, (size_t)b->rows * sizeof(float))};
  return co_hash(parts, sizeof parts);
}

START_TEST(threads_and_groups_change_nothing) {
  uint64_t expected[3] = {0};
  for (int threads = 1; threads <= 3; threads++) {
    fixture *f = make_pendulum(threads, STEPS);
    ck_assert_int_eq(co_collector_start(&f->collector, 100), CO_OK);
    for (int rollout = 0; rollout < 3; rollout++) {
      run(f);
      co_collector_merge(&f->collector, true, true);
      uint64_t hash =
          batch_hash(&f->batch) ^ co_tensor_hash(&f->policy->tensor[f->policy->num_tensors - 2]);
      if (threads == 1) expected[rollout] = hash;
      ck_assert_uint_eq(hash, expected[rollout]);
    }
    release(f);
  }
  ck_assert_uint_ne(expected[0], expected[1]);
}
END_TEST

START_TEST(batch_holds_what_the_policy_saw_and_did) {
  fixture *f = make_pendulum(2, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 256), CO_OK);
  run(f);
  const co_batch *b = &f->batch;
  double noise = 0;
  for (size_t i = 0; i < co_batch_size(b); i++) {
    float obs[PENDULUM_OBS], mean, value;
    co_normalizer_apply(&f->policy->obs_norm, b->raw_obs + i * PENDULUM_OBS, 1, obs, PENDULUM_OBS);
    ck_assert_mem_eq(obs, b->obs + i * (size_t)b->obs_stride, sizeof obs);
    network_forward(&f->policy->net, obs, 1, &mean, &value);
    ck_assert(b->value[i] == value);
    ck_assert(b->log_prob[i] == co_gaussian_log_prob(&f->collector.gaussian, &mean, b->action + i));
    double z = (double)(b->action[i] - mean);  // standard deviation 1
    ck_assert_double_eq_tol((double)b->log_prob[i], -0.5 * z * z - 0.5 * log(2 * acos(-1)), 1e-5);
    noise += z * z / (double)co_batch_size(b);
  }
  ck_assert_double_eq_tol(noise, 1, 0.25);
  release(f);
}
END_TEST

// What an actor remembers is of its row and episode: each observation is seen with a sum over those
// since the last reset, and with no other.
START_TEST(memory_begins_with_the_episode) {
  int steps = PENDULUM_HORIZON + 2 * STEPS, ends = 0;
  fixture *f = make_acting(&pendulum_create(ROWS, &stream)->base, 1 + _i, steps, &leaky_actor);
  ck_assert_int_eq(co_collector_start(&f->collector, 256), CO_OK);
  run(f);
  const co_batch *b = &f->batch;
  for (int row = 0; row < ROWS; row++) {
    double sum[PENDULUM_OBS] = {1, 1, 1};
    for (size_t i = (size_t)(row * steps); i < (size_t)((row + 1) * steps); i++) {
      float obs[PENDULUM_OBS];
      co_normalizer_apply(&f->policy->obs_norm, b->raw_obs + i * PENDULUM_OBS, 1, obs,
                          PENDULUM_OBS);
      for (int k = 0; k < PENDULUM_OBS; k++) {
        float seen = (float)((double)obs[k] + 0.2 * sum[k]);
        ck_assert(b->obs[i * (size_t)b->obs_stride + (size_t)k] == seen);
        sum[k] = b->done[i] ? 1 : 0.7 * sum[k] + (double)obs[k];
      }
      ends += b->done[i];
    }
  }
  ck_assert_int_eq(ends, ROWS);
  release(f);
}
END_TEST

START_TEST(statistics_are_those_of_the_batch) {
  fixture *f = make_pendulum(2, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  ck_assert(*f->policy->obs_norm.count == 0);
  run(f);
  const co_batch *b = &f->batch;
  size_t size = co_batch_size(b);
  ck_assert(*f->policy->obs_norm.count == 0);  // frozen until merged
  co_collector_merge(&f->collector, true, true);
  ck_assert(*f->policy->obs_norm.count == (double)size);
  double mean = 0, square = 0, returns = 0, return_square = 0;
  for (size_t i = 0; i < size; i++) {
    double x = (double)b->raw_obs[i * PENDULUM_OBS + 2];
    mean += x / (double)size;
    square += x * x / (double)size;
  }
  for (int row = 0; row < ROWS; row++) {
    double discounted = 0;
    for (int t = 0; t < STEPS; t++) {
      discounted = 0.9 * discounted + (double)b->reward[row * STEPS + t];
      returns += discounted / (double)size;
      return_square += discounted * discounted / (double)size;
    }
  }
  ck_assert_double_eq_tol(f->policy->obs_norm.mean[2], mean, 1e-9);
  ck_assert_double_eq_tol(f->policy->obs_norm.var[2], square - mean * mean, 1e-7);
  ck_assert_double_eq_tol(f->policy->reward_norm.var[0], return_square - returns * returns, 1e-3);
  release(f);
}
END_TEST

START_TEST(statistics_can_be_held) {
  fixture *f = make_pendulum(1, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  run(f);
  co_collector_merge(&f->collector, false, false);
  ck_assert(*f->policy->obs_norm.count == 0 && *f->policy->reward_norm.count == 0);
  co_collector_merge(&f->collector, false, true);
  ck_assert(*f->policy->obs_norm.count == 0 && *f->policy->reward_norm.count == ROWS * STEPS);
  release(f);
}
END_TEST

START_TEST(warm_up_sets_the_normaliser_on_top_of_the_budget) {
  fixture *f = make_pendulum(2, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 1024), CO_OK);
  int steps = (1024 + ROWS - 1) / ROWS * ROWS;
  ck_assert_int_eq(f->collector.env_steps, 0);
  ck_assert_int_eq(f->collector.warmup_steps * ROWS, steps);
  ck_assert(*f->policy->obs_norm.count == steps);
  ck_assert_double_lt(fabs(f->policy->obs_norm.mean[2]), 2);
  ck_assert_double_gt(f->policy->obs_norm.var[2], 0.5);
  run(f);
  ck_assert_int_eq(f->collector.env_steps, ROWS * STEPS);
  release(f);
}
END_TEST

// At the time limit the value of the final observation is kept, and the next step starts a new
// episode.
START_TEST(time_limit_keeps_the_value_of_the_final_observation) {
  fixture *f = make_pendulum(2, PENDULUM_HORIZON + 10);
  int bias = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "critic.0.value.bias");
  int weight = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "critic.0.value.weight");
  memset(f->policy->tensor[weight].data, 0, 16 * 16 * sizeof(float));
  *(float *)f->policy->tensor[bias].data = 7;
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  run(f);
  const co_batch *b = &f->batch;
  for (int row = 0; row < ROWS; row++) {
    ck_assert(b->last_value[row] == 7);
    for (int t = 0; t < b->steps; t++) {
      size_t i = (size_t)(row * b->steps + t);
      bool limit = t == PENDULUM_HORIZON - 1;
      ck_assert_int_eq(b->done[i], limit);
      ck_assert(b->final_value[i] == (limit ? 7 : 0));
      ck_assert_int_eq(b->valid[i], 1);
    }
    // a reset velocity lies within 1 rad/s
    ck_assert_float_le(fabsf(b->raw_obs[(row * b->steps + PENDULUM_HORIZON) * PENDULUM_OBS + 2]),
                       1);
  }
  ck_assert_int_eq(f->collector.episodes, ROWS);
  ck_assert_double_lt(f->collector.episode_return, -500);
  release(f);
}
END_TEST

// The line env ends when the point leaves its range: no value is kept there.
START_TEST(termination_keeps_no_value) {
  fixture *f = make(&line_create(ROWS, &stream)->base, 2, 2 * LINE_HORIZON);
  int log_std = co_tensor_find(f->policy->tensor, f->policy->num_tensors, "actor.log_std");
  ((float *)f->policy->tensor[log_std].data)[0] = 1;  // push harder
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  run(f);
  const co_batch *b = &f->batch;
  int terminated = 0, limited = 0;
  for (int row = 0; row < ROWS; row++)
    for (int t = 0, start = 0; t < b->steps; t++) {
      size_t i = (size_t)(row * b->steps + t);
      if (!b->done[i]) continue;
      bool early = t - start + 1 < LINE_HORIZON;
      if (early) ck_assert(b->final_value[i] == 0);
      terminated += early;
      limited += b->final_value[i] != 0;
      start = t + 1;
    }
  ck_assert_int_gt(terminated + limited, ROWS);
  ck_assert_int_gt(limited, 0);
  release(f);
}
END_TEST

// ---- faults

START_TEST(faulty_episodes_leave_the_batch_and_the_statistics) {
  enum { LONG = PENDULUM_HORIZON + 50 };
  pendulum_env *env = pendulum_create(ROWS, &stream);
  env->fault_row = 3;
  env->fault_step = 150;
  fixture *f = make(&env->base, 2, LONG);
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  run(f);
  const co_batch *b = &f->batch;
  for (int row = 0; row < ROWS; row++)
    for (int t = 0; t < LONG; t++) {
      bool faulty = row == 3 && t < 150;  // the episode after it has not ended
      ck_assert_int_eq(b->valid[row * LONG + t], !faulty);
    }
  ck_assert_int_eq(b->done[3 * LONG + 149], 1);
  ck_assert_int_eq(f->collector.faults, 1);
  ck_assert_int_eq(f->collector.episodes, ROWS);
  co_collector_merge(&f->collector, true, true);
  ck_assert(*f->policy->obs_norm.count == ROWS * LONG - 150);
  ck_assert(*f->policy->reward_norm.count == ROWS * LONG - 150);
  release(f);
}
END_TEST

START_TEST(too_many_faults_are_an_error) {
  pendulum_env *env = pendulum_create(ROWS, &stream);
  env->fault_row = 2;
  env->fault_step = 10;
  fixture *f = make(&env->base, 2, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  ck_assert_int_eq(co_collector_run(&f->collector, &f->batch), CO_DIVERGED);
  ck_assert_str_eq(co_error_text(), "6 of 6 episodes ended in a non-finite or diverged state");
  release(f);
}
END_TEST

START_TEST(errors_of_the_env_reach_the_caller) {
  line_env *env = line_create(ROWS, &stream);
  env->fail_row = 5;
  env->fail_step = 20;
  fixture *f = make(&env->base, 2, STEPS);
  ck_assert_int_eq(co_collector_start(&f->collector, 0), CO_OK);
  ck_assert_int_eq(co_collector_run(&f->collector, &f->batch), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "row 5 has lost its engine");
  release(f);
}
END_TEST

// ---- advantages

typedef struct gae_case {
  float reward[4], value[4], final_value[4];
  uint8_t done[4];
  float last_value;
  double gamma, lambda;
  double advantage[4];
} gae_case;

static const gae_case gae_cases[] = {
    // cut by the end of the rollout: the value afterwards stands in
    {{1, 1, 1, 1}, {0}, {0}, {0}, 8, 0.5, 1, {2.375, 2.75, 3.5, 5}},
    // terminated at the end: nothing stands in
    {{1, 1, 1, 1}, {0}, {0}, {0, 0, 0, 1}, 8, 0.5, 1, {1.875, 1.75, 1.5, 1}},
    // time limit in the middle: the value of the final observation stands in
    {{1, 1, 1, 1}, {0}, {0, 10, 0, 0}, {0, 1, 0, 0}, 8, 0.5, 1, {4, 6, 3.5, 5}},
    // lambda 0: one-step errors
    {{1, 2, 3, 4}, {1, 1, 1, 1}, {0}, {0}, 1, 0.5, 0, {0.5, 1.5, 2.5, 3.5}},
    // lambda 0.5 with values: delta = 0.5, 1.5, 2.5, 3.5 decayed by 0.25
    {{1, 2, 3, 4}, {1, 1, 1, 1}, {0}, {0}, 1, 0.5, 0.5, {1.0859375, 2.34375, 3.375, 3.5}},
};

START_TEST(advantages_have_known_answers) {
  gae_case c = gae_cases[_i];
  uint8_t valid[4] = {1, 1, 1, 1};
  float advantage[4], target[4];
  co_batch batch = {.rows = 1,
                    .steps = 4,
                    .value = c.value,
                    .reward = c.reward,
                    .final_value = c.final_value,
                    .done = c.done,
                    .valid = valid,
                    .last_value = &c.last_value};
  co_gae_def def = {c.gamma, c.lambda, 1, INFINITY};
  co_gae(&def, &batch, advantage, target);
  for (int t = 0; t < 4; t++) {
    ck_assert_double_eq_tol((double)advantage[t], c.advantage[t], 1e-6);
    ck_assert_double_eq_tol((double)target[t], c.advantage[t] + (double)c.value[t], 1e-6);
  }
}
END_TEST

START_TEST(rewards_are_scaled_and_clipped_before_the_bootstrap) {
  float reward[2] = {3, 100}, value[2] = {0}, final_value[2] = {0, 4}, last = 0, advantage[2],
        target[2];
  uint8_t done[2] = {1, 1}, valid[2] = {1, 1};
  co_batch batch = {.rows = 1,
                    .steps = 2,
                    .value = value,
                    .reward = reward,
                    .final_value = final_value,
                    .done = done,
                    .valid = valid,
                    .last_value = &last};
  co_gae(&(co_gae_def){0.5, 1, 0.5, 10}, &batch, advantage, target);
  ck_assert(advantage[0] == 1.5f && advantage[1] == 12);
}
END_TEST

START_TEST(explained_variance_counts_valid_samples) {
  float value[4] = {1, 2, 3, 50}, target[4] = {1.5f, 2.5f, 3.5f, -9};
  uint8_t valid[4] = {1, 1, 1, 0};
  co_batch batch = {.rows = 1, .steps = 4, .value = value, .valid = valid};
  ck_assert_double_eq_tol(co_explained_variance(&batch, target), 1, 1e-12);  // a constant error
  value[0] = value[1] = value[2] = 0;
  ck_assert_double_eq_tol(co_explained_variance(&batch, target), 0, 1e-12);
  target[0] = target[1] = target[2] = 5;
  ck_assert_double_eq(co_explained_variance(&batch, target), 0);
}
END_TEST

// Nothing is taken before all of it is known to exist: raw observations alone would fit.
START_TEST(a_batch_larger_than_the_machine_is_refused) {
  size_t all = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
  const int rows = 1024, obs_dim = 4096;
  int steps = (int)(all / 10 * 6 / ((size_t)rows * (size_t)obs_dim * sizeof(float)));
  co_arena arena = {0};
  co_batch batch;
  ck_assert_int_eq(co_batch_create(&arena, rows, steps, obs_dim, 1, &batch), CO_MEMORY);
  ck_assert_uint_eq(arena.used, 0);
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("collector");
  TCase *rollout = tcase_create("rollout");
  tcase_add_test(rollout, threads_and_groups_change_nothing);
  tcase_add_test(rollout, batch_holds_what_the_policy_saw_and_did);
  tcase_add_loop_test(rollout, memory_begins_with_the_episode, 0, 3);
  tcase_add_test(rollout, statistics_are_those_of_the_batch);
  tcase_add_test(rollout, statistics_can_be_held);
  tcase_add_test(rollout, warm_up_sets_the_normaliser_on_top_of_the_budget);
  tcase_add_test(rollout, time_limit_keeps_the_value_of_the_final_observation);
  tcase_add_test(rollout, termination_keeps_no_value);
  suite_add_tcase(suite, rollout);
  TCase *faults = tcase_create("faults");
  tcase_add_test(faults, faulty_episodes_leave_the_batch_and_the_statistics);
  tcase_add_test(faults, too_many_faults_are_an_error);
  tcase_add_test(faults, errors_of_the_env_reach_the_caller);
  suite_add_tcase(suite, faults);
  TCase *advantages = tcase_create("advantages");
  tcase_add_loop_test(advantages, advantages_have_known_answers, 0,
                      sizeof gae_cases / sizeof *gae_cases);
  tcase_add_test(advantages, rewards_are_scaled_and_clipped_before_the_bootstrap);
  tcase_add_test(advantages, explained_variance_counts_valid_samples);
  tcase_add_test(advantages, a_batch_larger_than_the_machine_is_refused);
  suite_add_tcase(suite, advantages);
  return suite;
}
