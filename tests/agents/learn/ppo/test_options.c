// Options of PPO that are off by default: what each does, that none depends on threads, and that
// they leave the default path alone.

#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/support/acting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONG = PENDULUM_HORIZON + 50 };  // each row reaches the time limit once

static co_ppo_def constant_rate(double rate) {
  co_ppo_def def = small_def();
  def.schedule = CO_PPO_CONSTANT;
  def.rate = rate;
  return def;
}

// ---- rate by divergence

typedef struct rate_case {
  int64_t epochs;
  double desired_kl, factor;  // per update: the first of its steps says nothing
} rate_case;

static const rate_case rate_cases[] = {
    {1, 1e-6, 1}, {2, 10, 1.5}, {2, 1e-9, 1 / 1.5}, {3, 10, 1.5 * 1.5}};

START_TEST(rate_follows_the_divergence_within_its_bounds) {
  rate_case c = rate_cases[_i];
  co_ppo_def def = small_def();
  def.minibatch = 300;  // one step per epoch
  def.schedule = CO_PPO_KL;
  def.epochs = c.epochs;
  def.desired_kl = c.desired_kl;
  def.rate_min = 1e-4;
  def.rate_max = 1e-3;
  fixture *f = make(def, 2, NULL, 900);
  double expected = def.rate;
  for (int u = 0; u < 5; u++) {
    train(f, 1);
    expected = fmin(fmax(expected * c.factor, def.rate_min), def.rate_max);
    co_learner_stats stats;
    co_ppo.stats(&f->learner->base, &stats);
    ck_assert_double_eq_tol(stats.rate, expected, 1e-12);
  }
  ck_assert(c.factor == 1 ? expected == 3e-4 : expected == (c.factor > 1 ? 1e-3 : 1e-4));
  release(f);
}
END_TEST

// ---- target KL

START_TEST(divergence_ends_an_update_before_the_step) {
  co_ppo_def def = constant_rate(1e-2);
  def.target_kl = 1e-6;
  fixture *f = make(def, 2, NULL, 900);
  co_learner_stats stats;
  train(f, 3);
  co_ppo.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.gradient_steps, 3);  // the first of each, which has diverged by 0
  ck_assert(stats.approx_kl == 0);
  release(f);
}
END_TEST

START_TEST(divergence_that_is_allowed_changes_nothing) {
  co_ppo_def def = constant_rate(3e-4);
  fixture *plain = make(def, 1, NULL, 900);
  def.target_kl = 10;
  fixture *f = make(def, 1, NULL, 900);
  train(plain, 3);
  train(f, 3);
  ck_assert_uint_eq(hash_of(f->policy), hash_of(plain->policy));
  release(plain);
  release(f);
}
END_TEST

// ---- advantages anew

typedef struct estimates {
  float value[6 * LONG], final_value[6 * LONG], last_value[6], advantage[6 * LONG];
} estimates;

static void keep(const co_ppo_learner *learner, estimates *out) {
  size_t size = co_batch_size(&learner->scratch.batch) * sizeof(float);
  ck_assert_uint_eq(size, sizeof out->value);
  memcpy(out->value, learner->scratch.batch.value, size);
  memcpy(out->final_value, learner->scratch.batch.final_value, size);
  memcpy(out->last_value, learner->scratch.batch.last_value, sizeof out->last_value);
  memcpy(out->advantage, learner->scratch.advantage, size);
}

static fixture *make_recomputing(double rate, int64_t epochs, int threads) {
  co_ppo_def def = constant_rate(rate);
  def.horizon = LONG;
  def.epochs = epochs;
  def.recompute_advantages = true;
  return make(def, threads, NULL, 6000);
}

// A critic that does not move estimates the same bits: at samples, time limits and the end.
START_TEST(a_critic_at_rest_estimates_the_same) {
  fixture *f = make_recomputing(0, 2, 1 + _i);
  estimates *before = calloc(2, sizeof *before), *after = before + 1;
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  keep(f->learner, before);
  ck_assert_int_eq(co_ppo.update(&f->learner->base), CO_OK);
  keep(f->learner, after);
  memcpy(before->advantage, after->advantage, sizeof before->advantage);
  ck_assert_mem_eq(before, after, sizeof *before);
  int limited = 0;
  for (int i = 0; i < 6 * LONG; i++) limited += after->final_value[i] != 0;
  ck_assert_int_eq(limited, 6);
  free(before);
  release(f);
}
END_TEST

// What the second epoch learns from is estimated by the critic that the first one left.
START_TEST(a_critic_that_moved_estimates_anew) {
  fixture *f = make_recomputing(1e-3, 2, 2), *first = make_recomputing(1e-3, 1, 1);
  train(f, 1);
  train(first, 1);
  const co_batch *batch = &f->learner->scratch.batch;
  const co_network *net = &first->policy->net;
  int limited = 0, changed = 0;
  for (size_t i = 0; i < co_batch_size(batch); i++) {
    float value;
    network_forward(net, batch->obs + i * (size_t)batch->obs_stride, 1, NULL, &value);
    ck_assert(batch->value[i] == value);
    changed += batch->value[i] != first->learner->scratch.batch.value[i];
    if (!batch->cut[i]) continue;
    network_forward(net, batch->final_obs + i * (size_t)batch->obs_stride, 1, NULL, &value);
    ck_assert(batch->final_value[i] == value);
    limited++;
  }
  ck_assert_int_eq(limited, 6);
  ck_assert_int_gt(changed, 6 * LONG / 2);
  for (int row = 0; row < 6; row++) {
    float value;
    network_forward(net, batch->last_obs + row * batch->obs_stride, 1, NULL, &value);
    ck_assert(batch->last_value[row] == value);
  }
  ck_assert_uint_ne(hash_of(f->policy), hash_of(first->policy));
  release(first);
  release(f);
}
END_TEST

// ---- determinism

static co_ppo_def every_option(void) {
  co_ppo_def def = small_def();
  def.horizon = LONG;
  def.minibatch = 200;
  def.schedule = CO_PPO_KL;
  def.target_kl = 0.05;
  def.value_clip = 0.2;
  def.recompute_advantages = true;
  return def;
}

START_TEST(threads_change_nothing) {
  fixture *alone = make(every_option(), 1, NULL, 6000),
          *f = make(every_option(), 2 + _i, NULL, 6000);
  fixture *plain = make(small_def(), 1, NULL, 6000);
  train(alone, 3);
  train(f, 3);
  train(plain, 3);
  ck_assert_uint_eq(hash_of(f->policy), hash_of(alone->policy));
  ck_assert_uint_ne(hash_of(f->policy), hash_of(plain->policy));
  release(plain);
  release(f);
  release(alone);
}
END_TEST

// A minibatch of 7 blocks in waves of 1 to 7; the pull of L2-SP counts once.
START_TEST(waves_change_nothing) {
  co_tensor_rule rule[32];
  for (int t = 0; t < 32; t++) rule[t] = (co_tensor_rule){.rate = 1, .l2sp = 0.3};
  co_ppo_def def = constant_rate(1e-3);
  def.minibatch = 200;
  fixture *whole = make(def, 3, rule, 900), *f = make(def, 3, rule, 900);
  ck_assert_int_eq(whole->learner->spec.wave_size, 7);
  f->learner->spec.wave_size = 1 + _i;
  train(whole, 2);
  train(f, 2);
  ck_assert_uint_eq(hash_of(f->policy), hash_of(whole->policy));
  release(whole);
  release(f);
}
END_TEST

// Wide networks have waves of their own.
START_TEST(wide_networks_keep_few_gradients) {
  double wide[] = {256, 256};
  co_ppo_def def = constant_rate(1e-3);
  def.hidden = (co_floats){wide, 2};
  def.minibatch = 65536;
  fixture *f = make(def, 3, NULL, 900);
  const co_ppo_learner *learner = f->learner;
  ck_assert_int_ge(learner->spec.wave_size, 4);
  ck_assert_int_le(learner->spec.wave_size, 16);
  ck_assert_int_eq(learner->spec.num_grads, learner->spec.wave_size + 1);
  train(f, 1);
  release(f);
}
END_TEST

START_TEST(tensors_are_dealt_out_evenly) {
  int threads = 1 + _i, load[3] = {0}, largest = 0;
  fixture *f = make(small_def(), threads, NULL, 900);
  const co_network *net = &f->policy->net;
  ck_assert_int_eq(f->learner->spec.num_shares, threads);
  for (int t = 0; t < net->num_tensors; t++) {
    int size = net->tensor[t].rows * net->tensor[t].stride, share = f->learner->spec.share[t];
    ck_assert(share >= 0 && share < threads);
    load[share] += size;
    largest = size > largest ? size : largest;
  }
  for (int i = 1; i < threads; i++) ck_assert_int_le(abs(load[i] - load[0]), largest);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_options");
  TCase *options = tcase_create("options");
  tcase_set_timeout(options, 60);
  tcase_add_loop_test(options, rate_follows_the_divergence_within_its_bounds, 0,
                      sizeof rate_cases / sizeof *rate_cases);
  tcase_add_test(options, divergence_ends_an_update_before_the_step);
  tcase_add_test(options, divergence_that_is_allowed_changes_nothing);
  tcase_add_loop_test(options, a_critic_at_rest_estimates_the_same, 0, 3);
  tcase_add_test(options, a_critic_that_moved_estimates_anew);
  suite_add_tcase(suite, options);
  TCase *determinism = tcase_create("determinism");
  tcase_set_timeout(determinism, 60);
  tcase_add_loop_test(determinism, threads_change_nothing, 0, 2);
  tcase_add_loop_test(determinism, waves_change_nothing, 0, 7);
  tcase_add_test(determinism, wide_networks_keep_few_gradients);
  tcase_add_loop_test(determinism, tensors_are_dealt_out_evenly, 0, 3);
  suite_add_tcase(suite, determinism);
  return suite;
}
