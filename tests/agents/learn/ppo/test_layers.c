// PPO on networks that are not plain: gradients through a shared trunk, dropout in updates only,
// the same bytes for any number of threads.

#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/support/activation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void set_plain(co_ppo_def *def) {
  (void)def;
}
static void set_swish(co_ppo_def *def) {
  def->activation = one_activation(CO_SWISH);
}
static void set_norm(co_ppo_def *def) {
  def->layer_norm = true;
}
static void set_shared(co_ppo_def *def) {
  def->shared_trunk = true;
}
static void set_dropout(co_ppo_def *def) {
  def->dropout = 0.1;
}
static void set_all(co_ppo_def *def) {
  def->activation = one_activation(CO_ELU);
  def->layer_norm = def->shared_trunk = true;
  def->dropout = 0.2;
}
static void (*const variants[])(co_ppo_def *def) = {set_plain,  set_swish,   set_norm,
                                                    set_shared, set_dropout, set_all};
enum { NUM_VARIANTS = sizeof variants / sizeof *variants };

static co_ppo_def variant(int index) {
  co_ppo_def def = small_def();
  variants[index](&def);
  return def;
}

START_TEST(threads_change_nothing) {
  fixture *alone = make(variant(_i), 1, NULL, 6000), *plain = make(small_def(), 1, NULL, 6000);
  train(alone, 2);
  train(plain, 2);
  for (int threads = 2; threads <= 3; threads++) {
    fixture *f = make(variant(_i), threads, NULL, 6000);
    train(f, 2);
    ck_assert_uint_eq(hash_of(f->policy), hash_of(alone->policy));
    release(f);
  }
  ck_assert_int_eq(hash_of(plain->policy) == hash_of(alone->policy), _i == 0);
  release(plain);
  release(alone);
}
END_TEST

// What a policy says and values does not depend on dropout: the first rollout is the same.
START_TEST(dropout_is_for_updates_only) {
  fixture *f = make(variant(4), 1, NULL, 6000), *plain = make(small_def(), 1, NULL, 6000);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  ck_assert_int_eq(co_ppo.collect(&plain->learner->base), CO_OK);
  size_t size = co_batch_size(&plain->learner->scratch.batch) * sizeof(float);
  ck_assert_mem_eq(f->learner->scratch.batch.value, plain->learner->scratch.batch.value, size);
  ck_assert_mem_eq(f->learner->scratch.batch.action, plain->learner->scratch.batch.action, size);
  release(f);
  release(plain);
}
END_TEST

// ---- a shared trunk

static const co_tensor *tensor_of(const fixture *f, const char *name) {
  return &f->policy->tensor[tensor_index(f->policy, name)];
}

// the shared network's numbers in both trunks of a network that has two
static void copy_trunks(const fixture *shared, fixture *apart) {
  for (int t = 0; t < apart->policy->net.num_tensors; t++) {
    const co_tensor *to = &apart->policy->net.tensor[t];
    char name[CO_NAME];
    snprintf(name, sizeof name, "%s", to->name);
    if (strncmp(name, "critic.0.trunk.", 15) == 0)
      snprintf(name, sizeof name, "actor.trunk.%s", to->name + 15);
    co_tensor_copy(to, tensor_of(shared, name));
  }
  co_ppo_transpose_all(apart->learner);
}

// the gradient of the last step, before it was scaled
static const float *gradient_of(const fixture *f, const char *name) {
  const float *data = tensor_of(f, name)->data;
  return f->learner->scratch.grad + (data - f->policy->net.block);
}

static void compare_trunk(const fixture *shared, const fixture *apart, const char *name) {
  char actor[CO_NAME], critic[CO_NAME];
  snprintf(actor, sizeof actor, "actor.%s", name);
  snprintf(critic, sizeof critic, "critic.0.%s", name);
  const co_tensor *tensor = tensor_of(shared, actor);
  const float *both = gradient_of(shared, actor), *one = gradient_of(apart, actor),
              *other = gradient_of(apart, critic);
  double error = 0, size = 0, of_critic = 0;
  for (int i = 0; i < tensor->rows * tensor->stride; i++) {
    error += pow((double)both[i] - (double)one[i] - (double)other[i], 2);
    size += pow((double)both[i], 2);
    of_critic += pow((double)other[i], 2);
  }
  ck_assert_msg(size > 1e-12 && of_critic > 1e-3 * size, "%s: %g of %g", name, of_critic, size);
  ck_assert_msg(sqrt(error / size) < 1e-5, "%s: %g", name, sqrt(error / size));
}

static co_ppo_def one_step(bool norm) {
  co_ppo_def def = small_def();
  def.epochs = 1;
  def.minibatch = def.envs * def.horizon;
  def.value_coefficient = 0.1;  // so that both losses count
  def.layer_norm = norm;
  return def;
}

// Two equal trunks and one that both heads stand on: its gradient is the sum of theirs.
START_TEST(gradient_of_a_shared_trunk_is_the_sum) {
  co_ppo_def def = one_step(_i), shared_def = def;
  shared_def.shared_trunk = true;
  fixture *apart = make(def, 2, NULL, 6000), *shared = make(shared_def, 2, NULL, 6000);
  ((float *)tensor_of(shared, "actor.mean.weight")->data)[0] = 0.5f;  // no gradient of 0.01 only
  co_ppo_transpose_all(shared->learner);
  copy_trunks(shared, apart);
  train(apart, 1);
  train(shared, 1);
  size_t size = co_batch_size(&apart->learner->scratch.batch) * sizeof(float);
  ck_assert_mem_eq(apart->learner->scratch.batch.value, shared->learner->scratch.batch.value, size);
  static const char *const names[] = {"trunk.0.weight", "trunk.0.bias",        "trunk.1.weight",
                                      "trunk.1.bias",   "trunk.0.norm.weight", "trunk.1.norm.bias"};
  for (int i = 0; i < (_i ? 6 : 4); i++) compare_trunk(shared, apart, names[i]);
  // the heads see the same trunk: the same bits
  for (int i = 0; i < 2; i++) {
    const char *name = i ? "actor.mean.weight" : "critic.0.value.weight";
    const co_tensor *tensor = tensor_of(shared, name);
    ck_assert_mem_eq(gradient_of(shared, name), gradient_of(apart, name),
                     (size_t)(tensor->rows * tensor->stride) * sizeof(float));
  }
  release(apart);
  release(shared);
}
END_TEST

// frozen heads on a moving trunk, a frozen trunk under moving heads
START_TEST(parts_of_a_shared_network_can_be_held) {
  static const char *const held[] = {"actor.mean.", "critic.0.value.", "actor.trunk."};
  fixture *probe = make(variant(5), 1, NULL, 6000);
  co_tensor_rule rule[64];
  int count = probe->policy->num_tensors;
  for (int t = 0; t < count; t++) {
    bool hold = strncmp(probe->policy->tensor[t].name, held[_i], strlen(held[_i])) == 0;
    rule[t] = (co_tensor_rule){.rate = hold ? 0 : 1};
  }
  fixture *f = make(variant(5), 2, rule, 6000);
  uint64_t before[64];
  for (int t = 0; t < count; t++) before[t] = co_tensor_hash(&f->policy->tensor[t]);
  train(f, 2);
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    bool same = co_tensor_hash(&f->policy->tensor[t]) == before[t];
    ck_assert_msg(same == (rule[t].rate == 0), "%s", f->policy->tensor[t].name);
  }
  release(f);
  release(probe);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_layers");
  TCase *tcase = tcase_create("ppo_layers");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, threads_change_nothing, 0, NUM_VARIANTS);
  tcase_add_test(tcase, dropout_is_for_updates_only);
  tcase_add_loop_test(tcase, gradient_of_a_shared_trunk_is_the_sum, 0, 2);
  tcase_add_loop_test(tcase, parts_of_a_shared_network_can_be_held, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
