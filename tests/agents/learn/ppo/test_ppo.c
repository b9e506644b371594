// PPO: what an update moves and what not, that its bytes are a constant, and that it learns.

#include "agents/policy/evaluate.h"
#include "core/count_alloc.h"
#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/support/acting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- determinism

// Made by this program on x86-64; the same for compilers, optimisation, CPU levels and threads.
#define EXPECTED_HASH 0xbc6beb1caaf66acfULL

START_TEST(bytes_are_a_constant) {
  const co_kernels *kernels = co_kernels_named(co_kernels_names[_i / 3]);
  if (!kernels) return;
  fixture *f = make(small_def(), 1 + _i % 3, NULL, 900);
  f->learner->spec.kernels = f->learner->state.adam.kernels =
      f->learner->state.collector.def.kernels = kernels;
  f->learner->scratch.part[CO_ACTOR].kernels = f->learner->scratch.part[CO_CRITIC].kernels =
      kernels;
  train(f, 3);
  ck_assert_msg(hash_of(f->policy) == EXPECTED_HASH, "%s, %d threads: %016llx", kernels->name,
                1 + _i % 3, (unsigned long long)hash_of(f->policy));
  release(f);
}
END_TEST

START_TEST(training_allocates_nothing) {
  fixture *f = make(small_def(), 2, NULL, 3000);
  train(f, 1);
  co_status status = CO_OK;
  co_count_alloc_start();
  for (int i = 0; i < 4; i++) {  // Check's own assertions allocate, so there is none in here
    if (status == CO_OK) status = co_ppo.collect(&f->learner->base);
    if (status == CO_OK) status = co_ppo.update(&f->learner->base);
  }
  int64_t during = co_count_alloc_stop();
  co_count_alloc_start();
  void *volatile probe = malloc(1);  // the count counts
  int64_t probed = co_count_alloc_stop();
  ck_assert_int_eq(status, CO_OK);
  ck_assert_int_eq(during, 0);
  ck_assert_int_eq(probed, 1);
  free(probe);
  release(f);
}
END_TEST

// While nothing has moved the probability ratio is exactly 1.
START_TEST(first_step_sees_the_policy_that_collected) {
  co_ppo_def def = small_def();
  def.epochs = 1;
  def.minibatch = 300;
  fixture *f = make(def, 2, NULL, 300);
  train(f, 1);
  co_learner_stats stats;
  co_ppo.stats(&f->learner->base, &stats);
  ck_assert(stats.approx_kl == 0 && stats.clip_fraction == 0);
  ck_assert_double_eq_tol(stats.policy_loss, 0, 1e-6);  // normalised advantages
  ck_assert_int_eq(stats.gradient_steps, 1);
  release(f);
}
END_TEST

// ---- rules

static void hashes_of(const co_policy *policy, uint64_t *hash) {
  for (int t = 0; t < policy->num_tensors; t++) hash[t] = co_tensor_hash(&policy->tensor[t]);
}

START_TEST(frozen_tensors_keep_their_bytes) {
  co_tensor_rule rule[32] = {0};
  co_ppo_def def = small_def();
  fixture *probe = make(def, 1, NULL, 900);
  int count = probe->policy->num_tensors;
  for (int t = 0; t < count; t++) rule[t].rate = 1;
  static const char *frozen[] = {
      "actor.trunk.0.weight", "actor.trunk.0.bias", "actor.trunk.1.weight",
      "actor.trunk.1.bias",   "actor.log_std",      "critic.0.value.bias",
      "obs_norm.mean",        "obs_norm.var",       "obs_norm.count"};
  bool held[32] = {false};
  for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++) {
    int t = tensor_index(probe->policy, frozen[i]);
    rule[t] = (co_tensor_rule){.rate = 0, .decay = 0.5, .l2sp = 0.5};
    held[t] = true;
  }
  release(probe);
  fixture *f = make(def, 2, rule, 900);
  uint64_t before[32], after[32];
  hashes_of(f->policy, before);
  train(f, 3);
  hashes_of(f->policy, after);
  for (int t = 0; t < count; t++)
    ck_assert_msg((before[t] == after[t]) == held[t], "%s", f->policy->tensor[t].name);
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    const co_tensor *tensor = &f->policy->net.tensor[t];
    const float *m = f->learner->state.adam.m + ((float *)tensor->data - f->policy->net.block);
    for (int i = 0; held[t] && i < tensor->rows * tensor->stride; i++) ck_assert(m[i] == 0);
  }
  release(f);
}
END_TEST

// A critic that predicts raw returns still does when the first rollout has set the scale
// (docs/methods.md rule 7); one that is fresh is left alone, and so is a frozen one.
START_TEST(values_follow_a_reward_scale_that_is_set) {
  enum { FRESH, RAW, FROZEN };
  co_tensor_rule rule[19];  // 13 of the network, 6 of the normalisers
  for (int i = 0; i < 19; i++) rule[i] = (co_tensor_rule){.rate = _i != FROZEN || i >= 13};
  fixture *f = make(small_def(), 2, rule, 6000);
  f->learner->state.raw_values = _i != FRESH;
  co_policy *before;
  ck_assert_int_eq(co_policy_copy(f->policy, &before) + co_ppo.collect(&f->learner->base), CO_OK);
  const co_batch *batch = &f->learner->scratch.batch;
  double spread = sqrt(f->policy->reward_norm.var[0]), sigma = _i == RAW ? spread : 1;
  ck_assert_double_gt(fabs(spread - 1), 0.1);
  for (size_t i = 0; i < co_batch_size(batch); i++) {
    float raw, now, *obs = batch->obs + i * (size_t)batch->obs_stride;
    network_forward(&before->net, obs, 1, NULL, &raw);
    network_forward(&f->policy->net, obs, 1, NULL, &now);
    ck_assert_double_eq_tol((double)now * sigma, (double)raw, 1e-5);
    ck_assert_double_eq_tol((double)batch->value[i], (double)now, 1e-5);
  }
  co_policy_free(before);
  release(f);
}
END_TEST

START_TEST(critic_warm_up_holds_the_actor_at_first) {
  co_tensor_rule rule[32];
  for (int t = 0; t < 32; t++) rule[t] = (co_tensor_rule){.rate = 1};
  for (int t = 0; t < 7; t++) rule[t].from_update = 2;  // the actor's tensors come first
  fixture *f = make(small_def(), 1, rule, 1200);
  ck_assert_str_eq(f->policy->tensor[6].name, "actor.log_std");
  uint64_t before[32], during[32], after[32];
  hashes_of(f->policy, before);
  train(f, 2);
  hashes_of(f->policy, during);
  train(f, 1);
  hashes_of(f->policy, after);
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    ck_assert_int_eq(before[t] == during[t], t < 7);
    ck_assert(during[t] != after[t]);
  }
  release(f);
}
END_TEST

START_TEST(padding_stays_zero_and_log_std_in_range) {
  co_ppo_def def = small_def();
  def.rate = 0.05;
  def.schedule = CO_PPO_CONSTANT;
  def.entropy = 10;  // drives log_std up
  fixture *f = make(def, 2, NULL, 6000);
  train(f, 5);
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    const co_tensor *tensor = &f->policy->net.tensor[t];
    for (int row = 0; row < tensor->rows; row++)
      for (int col = tensor->cols; col < tensor->stride; col++)
        ck_assert(((float *)tensor->data)[row * tensor->stride + col] == 0);
  }
  ck_assert(f->policy->net.block[f->policy->net.log_std] == CO_LOG_STD_MAX);
  release(f);
}
END_TEST

// The backward pass works on transposed copies, which must be those of the current weights.
START_TEST(transposed_weights_follow_the_weights) {
  fixture *f = make(small_def(), 2, NULL, 900);
  train(f, 2);
  int checked = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++)
    for (int l = 1; l < f->policy->net.num_layers; l++) {
      const co_dense_view *view = &f->learner->scratch.part[part].layer[l];
      for (int i = 0; i < view->in; i++)
        for (int o = 0; o < view->out; o++, checked++)
          ck_assert(view->transposed[o * view->in_stride + i] ==
                    view->weight[i * view->out_stride + o]);
    }
  ck_assert_int_eq(checked, 2 * 64 * 64 + 64 + 64);
  release(f);
}
END_TEST

// ---- settings and figures

START_TEST(rate_is_annealed_or_constant) {
  co_ppo_def def = small_def();
  def.schedule = _i;
  fixture *f = make(def, 1, NULL, 4 * 300);
  co_learner_stats stats;
  for (int u = 0; u < 5; u++) {
    train(f, 1);
    co_ppo.stats(&f->learner->base, &stats);
    double left = u < 4 ? 1 - u / 4.0 : 0;
    ck_assert_double_eq_tol(stats.rate, def.rate * (_i == CO_PPO_LINEAR ? left : 1), 1e-12);
  }
  release(f);
}
END_TEST

START_TEST(figures_add_up) {
  fixture *f = make(small_def(), 2, NULL, 3000);
  co_learner_stats stats;
  co_ppo.stats(&f->learner->base, &stats);
  ck_assert(stats.env_steps == 0 && stats.updates == 0 && isnan(stats.policy_loss) &&
            stats.flop == 0);
  train(f, 4);
  co_ppo.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.env_steps, 4 * 300);
  ck_assert_int_eq(stats.warmup_steps, 1026);  // 171 in each of 6 rows
  ck_assert_int_eq(stats.updates, 4);
  ck_assert_int_eq(stats.gradient_steps, 4 * 3 * 5);
  ck_assert_int_eq(stats.episodes, 6);
  ck_assert_int_eq(stats.faults, 0);
  ck_assert(isfinite(stats.episode_return) && stats.episode_return < 0);
  ck_assert_double_gt(stats.approx_kl, 0);
  ck_assert_double_gt(stats.grad_norm, 0);
  ck_assert_double_gt(stats.value_loss, 0);
  ck_assert_double_le(stats.explained_variance, 1);
  double forward = 2 * (2.0 * (3 * 64 + 64 * 64) + 64 * 2);  // actor and critic, per row
  ck_assert_double_gt(stats.flop, 4 * 300 * (1 + 3 * 2) * forward);
  ck_assert_double_lt(stats.flop, 4 * 300 * (1 + 3 * 4) * forward);
  release(f);
}
END_TEST

// Observations that are not normalised are not clipped either, unless statistics came with the
// policy.
START_TEST(a_normaliser_that_is_off_is_the_identity) {
  co_ppo_def def = small_def();
  for (int on = 0; on < 2; on++) {
    def.normalize_obs = on;
    fixture *f = make(def, 1, NULL, 300);
    const float obs[PENDULUM_OBS] = {25, -300, 0.5f};
    float out[PENDULUM_OBS];
    co_normalizer_apply(&f->policy->obs_norm, obs, 1, out, PENDULUM_OBS);
    ck_assert(out[0] == (on ? 10 : 25) && out[1] == (on ? -10 : -300));
    *f->policy->obs_norm.count = 5;
    f->policy->obs_norm.clip = 10;
    co_normalizer_turn_off(&f->policy->obs_norm);
    ck_assert(f->policy->obs_norm.clip == 10);
    release(f);
  }
}
END_TEST

START_TEST(settings_are_checked) {
  static const struct {
    const char *text, *wrong;
  } cases[] = {{"hidden = [64.5];", "64.5 is not a whole number"},
               {"envs = 4096; horizon = 65536;", "at most 16777216"},
               {"clip = 0.0;", "clip"},
               {"minibatch = 1;", "minibatch"},
               {"schedule = \"kl\"; rate = 0.0;", "rate: schedule \"kl\" starts at 0, outside"},
               {"schedule = \"kl\"; rate_max = 1e-4;", "outside 1e-05 .. 0.0001"},
               {"activation = \"sine\";", "activation"},
               {"learning_rate = 0.1;", "learning_rate"}};
  co_node *root = NULL;
  co_arena arena = {0};
  co_ppo_def def;
  ck_assert_int_eq(co_tree_parse(cases[_i].text, "ppo.cfg", &root), CO_OK);
  ck_assert_int_eq(co_schema_read(&co_ppo_schema, root, &arena, &def), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), cases[_i].wrong) != NULL, "%s", co_error_text());
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(algorithms_are_found_by_name) {
  ck_assert_ptr_eq(co_algorithm_find("ppo"), &co_ppo);
  ck_assert_ptr_null(co_algorithm_find("dqn"));
  for (int i = 0; co_algorithm_names[i]; i++)
    ck_assert_str_eq(co_algorithm_find(co_algorithm_names[i])->name, co_algorithm_names[i]);
  co_ppo_def def = small_def();
  co_network_def network;
  co_ppo.network(&def, 11, 3, &network);
  ck_assert(network.obs_dim == 11 && network.act_dim == 3 && network.num_hidden == 2);
  ck_assert(network.hidden[0] == 64 && network.hidden[1] == 64 && network.activation == CO_TANH);
  ck_assert_int_eq(co_ppo.steps_per_update(&def), 300);
}
END_TEST

// ---- failures

START_TEST(non_finite_losses_leave_the_policy_as_it_was) {
  static const char *expected[] = {"non-finite policy loss at update 1",
                                   "non-finite value loss at update 1"};
  co_ppo_def def = small_def();
  def.minibatch = 32;  // some minibatches are learned before the bad sample is met
  def.normalize_advantage = false;
  fixture *f = make(def, 2, NULL, 900);
  train(f, 1);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  if (_i == 0) f->learner->scratch.batch.log_prob[17] = NAN;
  if (_i == 1) f->learner->scratch.batch.value[3] = INFINITY;
  uint64_t before = hash_of(f->policy);
  ck_assert_int_eq(co_ppo.update(&f->learner->base), CO_DIVERGED);
  if (_i == 0) ck_assert_str_eq(co_error_text(), expected[0]);
  if (_i == 1) ck_assert_ptr_nonnull(strstr(co_error_text(), "at update 1"));
  ck_assert_uint_eq(hash_of(f->policy), before);
  release(f);
}
END_TEST

START_TEST(samples_of_faulty_episodes_are_not_learned_from) {
  co_ppo_def def = small_def();
  fixture *f = make(def, 1, NULL, 900);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  co_batch *batch = &f->learner->scratch.batch;
  for (int t = 0; t < 50; t++) {  // row 2: an episode that broke off with the rollout
    batch->valid[2 * 50 + t] = 0;
    batch->reward[2 * 50 + t] = NAN;
  }
  batch->done[2 * 50 + 49] = 1;
  ck_assert_msg(co_ppo.update(&f->learner->base) == CO_OK, "%s", co_error_text());
  ck_assert_uint_eq(f->learner->scratch.num_samples, 250);
  release(f);
}
END_TEST

// ---- learning

static double evaluate(const co_policy *policy) {
  co_stream eval = {31, 5, CO_PURPOSE_EVAL_FINAL};
  co_env *env = &pendulum_create(10, &eval)->base;
  co_evaluation result;
  ck_assert_int_eq(co_evaluate(policy, env, &eval, NULL, &result), CO_OK);
  double mean = result.mean;
  co_evaluation_free(&result);
  co_env_destroy(env);
  return mean;
}

START_TEST(pendulum_is_learned) {
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  def.gamma = 0.9;
  def.rate = 1e-3;
  def.horizon = 128;
  fixture *f = make(def, 2, NULL, 60 * 1024);
  double before = evaluate(f->policy);
  train(f, 60);
  ck_assert_double_lt(before, -800);
  ck_assert_double_gt(evaluate(f->policy), -300);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo");
  TCase *update = tcase_create("update");
  tcase_set_timeout(update, 60);
  tcase_add_loop_test(update, bytes_are_a_constant, 0, 9);
  tcase_add_test(update, training_allocates_nothing);
  tcase_add_test(update, first_step_sees_the_policy_that_collected);
  tcase_add_test(update, frozen_tensors_keep_their_bytes);
  tcase_add_loop_test(update, values_follow_a_reward_scale_that_is_set, 0, 3);
  tcase_add_test(update, critic_warm_up_holds_the_actor_at_first);
  tcase_add_test(update, padding_stays_zero_and_log_std_in_range);
  tcase_add_test(update, transposed_weights_follow_the_weights);
  suite_add_tcase(suite, update);
  TCase *settings = tcase_create("settings");
  tcase_add_loop_test(settings, rate_is_annealed_or_constant, 0, 2);
  tcase_add_test(settings, figures_add_up);
  tcase_add_test(settings, a_normaliser_that_is_off_is_the_identity);
  tcase_add_loop_test(settings, settings_are_checked, 0, 8);
  tcase_add_test(settings, algorithms_are_found_by_name);
  suite_add_tcase(suite, settings);
  TCase *failures = tcase_create("failures");
  tcase_add_loop_test(failures, non_finite_losses_leave_the_policy_as_it_was, 0, 2);
  tcase_add_test(failures, samples_of_faulty_episodes_are_not_learned_from);
  suite_add_tcase(suite, failures);
  TCase *learning = tcase_create("learning");
  tcase_set_timeout(learning, 120);
  tcase_add_test(learning, pendulum_is_learned);
  suite_add_tcase(suite, learning);
  return suite;
}
