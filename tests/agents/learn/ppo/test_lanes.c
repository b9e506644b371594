// Lanes and sections of PPO's update: the same bytes, figures and errors for any number of threads,
// whatever a minibatch is and however an update ends.

#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/support/activation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_THREADS = 4, UPDATES = 3 };

static const char *const frozen[] = {"actor.trunk.0.", "critic.0.trunk.1.weight", "actor.log_std"};
enum { NUM_FROZEN = sizeof frozen / sizeof *frozen };

typedef struct variant {
  const char *name;
  int64_t minibatch;
  void (*set)(co_ppo_def *def);
  bool holds;  // tensors that are frozen, L2-SP for the others
} variant;

static void set_nothing(co_ppo_def *def) {
  (void)def;
}
static void set_target_kl(co_ppo_def *def) {
  def->rate = 3e-3;
  def->target_kl = 0.002;
}
static void set_kl_schedule(co_ppo_def *def) {
  def->schedule = CO_PPO_KL;
}
static void set_dropout(co_ppo_def *def) {
  def->dropout = 0.2;
}
static void set_norm(co_ppo_def *def) {
  def->layer_norm = true;
  def->activation = one_activation(CO_SWISH);
}
static void set_anew(co_ppo_def *def) {
  def->recompute_advantages = true;
  def->value_clip = 0.2;
}
static void set_entropy(co_ppo_def *def) {
  def->entropy = 0.1;
  def->normalize_advantage = false;
}

// of 300 samples; up to 64 in a minibatch, more than two threads go by lanes too
static const variant variants[] = {{"even", 100, set_nothing, false},
                                   {"short", 128, set_nothing, false},
                                   {"one row left", 299, set_nothing, false},
                                   {"odd", 77, set_entropy, false},
                                   {"small", 64, set_kl_schedule, false},
                                   {"tiny", 7, set_target_kl, true},
                                   {"kl", 90, set_kl_schedule, false},
                                   {"stops", 70, set_target_kl, false},
                                   {"held", 110, set_nothing, true},
                                   {"dropout", 200, set_dropout, false},
                                   {"norm", 130, set_norm, true},
                                   {"anew", 128, set_anew, false}};
enum { NUM_VARIANTS = sizeof variants / sizeof *variants };

static co_ppo_def def_of(const variant *v) {
  co_ppo_def def = small_def();
  def.minibatch = v->minibatch;
  def.schedule = CO_PPO_CONSTANT;
  def.rate = 1e-3;
  v->set(&def);
  return def;
}

static void hold(const co_policy *policy, co_tensor_rule *rule) {
  for (int t = 0; t < policy->num_tensors; t++) {
    rule[t] = (co_tensor_rule){.rate = 1, .l2sp = 0.3, .decay = 0.01};
    for (int i = 0; i < NUM_FROZEN; i++) {
      if (strncmp(policy->tensor[t].name, frozen[i], strlen(frozen[i])) == 0)
        rule[t] = (co_tensor_rule){0};
    }
  }
}

static fixture *make_variant(const variant *v, int threads) {
  fixture *f = make(def_of(v), threads, NULL, 900);
  if (!v->holds) return f;
  co_tensor_rule rule[32];
  ck_assert_int_le(f->policy->num_tensors, 32);
  hold(f->policy, rule);
  release(f);
  return make(def_of(v), threads, rule, 900);
}

// of the last minibatch, where a tensor moves
static void compare_gradients(const fixture *one, const fixture *other, int tensor) {
  const co_tensor *t = &one->policy->net.tensor[tensor];
  ptrdiff_t at = (const float *)t->data - one->policy->net.block;
  if (!one->learner->scratch.tensor_moves[tensor]) return;
  ck_assert_mem_eq(one->learner->scratch.grad + at, other->learner->scratch.grad + at,
                   (size_t)(t->rows * t->stride) * sizeof(float));
}

static void compare(const fixture *one, const fixture *other) {
  const co_ppo_progress *a = &one->learner->state.progress, *b = &other->learner->state.progress;
  ck_assert_uint_eq(hash_of(one->policy), hash_of(other->policy));
  ck_assert(a->rate == b->rate && a->scale == b->scale && a->norm_sum == b->norm_sum);
  ck_assert_mem_eq(&a->sums, &b->sums, sizeof a->sums);
  ck_assert(a->stopped == b->stopped && a->rows_seen == b->rows_seen);
  ck_assert_int_eq(a->steps_done, b->steps_done);
  ck_assert_int_eq(one->learner->state.gradient_steps, other->learner->state.gradient_steps);
  ck_assert(one->learner->scratch.gaussian.entropy == other->learner->scratch.gaussian.entropy);
  size_t size = one->policy->net.size * sizeof(float);
  ck_assert_mem_eq(one->learner->state.adam.m, other->learner->state.adam.m, 2 * size);  // and v
  for (int t = 0; t < one->policy->net.num_tensors; t++) compare_gradients(one, other, t);
}

START_TEST(threads_change_nothing) {
  const variant *v = &variants[_i / (MOST_THREADS - 1)];
  int threads = 2 + _i % (MOST_THREADS - 1);
  fixture *alone = make_variant(v, 1), *f = make_variant(v, threads);
  ck_assert(alone->learner->spec.by_lanes);
  ck_assert_int_eq(f->learner->spec.by_lanes, threads <= 2 || v->minibatch <= 64);
  for (int u = 0; u < UPDATES; u++) {
    train(alone, 1);
    train(f, 1);
    compare(alone, f);
  }
  int64_t each = (300 + v->minibatch - 1) / v->minibatch, most = UPDATES * f->def.epochs * each;
  bool stops = v->set == set_target_kl;
  ck_assert_int_gt(f->learner->state.gradient_steps, UPDATES);
  ck_assert_int_eq(f->learner->state.gradient_steps < most, stops);
  release(f);
  release(alone);
}
END_TEST

// However many rows a lane takes at a time.
START_TEST(lanes_may_be_cut_anyhow) {
  const variant *v = &variants[_i];
  fixture *sections = make_variant(v, 3), *f = make_variant(v, 2);
  f->learner->spec.task_rows = CO_BLOCK;
  train(sections, UPDATES);
  train(f, UPDATES);
  compare(sections, f);
  release(f);
  release(sections);
}
END_TEST

// What is not finite ends all lanes, with one error, leaves the policy as it was, and the next
// update goes on.
START_TEST(what_is_not_finite_ends_all_lanes) {
  static const char *const wrong[] = {"policy loss", "gradient"};
  int threads = 1 + _i / 2, what = _i % 2;
  co_ppo_def def = small_def();
  def.minibatch = threads == 3 ? 70 : 32;
  def.normalize_advantage = def.normalize_reward = false;
  fixture *f = make(def, threads, NULL, 900);
  train(f, 1);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  if (what == 0) f->learner->scratch.batch.log_prob[17] = NAN;
  if (what == 1)
    f->learner->scratch.batch.reward[49] = 1e25f;  // whose square is more than a float has
  uint64_t before = hash_of(f->policy);
  char expected[64];
  snprintf(expected, sizeof expected, "non-finite %s at update 1", wrong[what]);
  ck_assert_int_eq(co_ppo.update(&f->learner->base), CO_DIVERGED);
  ck_assert_str_eq(co_error_text(), expected);
  ck_assert_uint_eq(hash_of(f->policy), before);
  train(f, 1);
  ck_assert_uint_ne(hash_of(f->policy), before);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_lanes");
  TCase *tcase = tcase_create("ppo_lanes");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, threads_change_nothing, 0, NUM_VARIANTS * (MOST_THREADS - 1));
  tcase_add_loop_test(tcase, lanes_may_be_cut_anyhow, 0, NUM_VARIANTS);
  tcase_add_loop_test(tcase, what_is_not_finite_ends_all_lanes, 0, 6);
  suite_add_tcase(suite, tcase);
  return suite;
}
