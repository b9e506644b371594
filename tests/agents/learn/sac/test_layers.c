// SAC on networks that are not plain: activations that need a tape, layer norm, dropout in the
// critics. Rows of the tape are those of the blocks that threads take. Gradients: test_sac_twin.c.

#include "core/count_alloc.h"
#include "core/file.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/activation.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  co_activation activation;
  bool norm;
  double dropout;
  uint64_t hash;  // of all numbers of the policy after some updates; made by this program on x86-64
} kinds[] = {
    {CO_RELU, false, 0, UINT64_C(0x44267338a2e4858b)},
    {CO_TANH, false, 0, UINT64_C(0x439076f28f05659a)},
    {CO_ELU, false, 0, UINT64_C(0x775ccc351e86ac20)},
    {CO_SWISH, false, 0, UINT64_C(0x25de8e25292b237b)},
    {CO_RELU, true, 0, UINT64_C(0x12603b4d63eafa22)},
    {CO_RELU, false, 0.1, UINT64_C(0x806be7493894024b)},
    {CO_RELU, true, 0.01, UINT64_C(0x7d98da6dc587ef7c)},
    {CO_SWISH, true, 0.3, UINT64_C(0xa8b3ff166aad8a5d)},
};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds, NORM = 4, DROPOUT, BOTH, ALL };

static co_sac_def def_of(int kind) {
  co_sac_def def = small_def();
  def.batch = 70;  // whole blocks and a rest
  def.start_steps = def.random_steps = 75;
  def.activation = one_activation(kinds[kind].activation);
  def.layer_norm = kinds[kind].norm;
  def.dropout = kinds[kind].dropout;
  return def;
}

static uint64_t hash_after(int kind, int threads, const co_kernels *kernels) {
  fixture *f = make(def_of(kind), (variant){.threads = threads, .width = 20});
  use_kernels(f, kernels);
  train(f, 5);  // 51 gradient updates
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

START_TEST(threads_and_levels_change_nothing) {
  uint64_t one = hash_after(_i, 1, co_kernels_get());
  ck_assert_msg(one == kinds[_i].hash, "kind %d: 0x%016llx", _i, (unsigned long long)one);
  for (int threads = 2; threads <= 4; threads++)
    ck_assert_uint_eq(hash_after(_i, threads, co_kernels_get()), one);
  for (int level = 0; co_kernels_names[level]; level++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[level]);
    if (kernels) ck_assert_uint_eq(hash_after(_i, 3, kernels), one);
  }
  for (int other = 0; other < _i; other++) ck_assert_uint_ne(kinds[other].hash, one);
}
END_TEST

// ---- layer norm

static bool is_norm(const co_tensor *tensor) {
  return strstr(tensor->name, ".norm.") != NULL;
}

START_TEST(norms_are_tensors_of_actor_and_critics) {
  fixture *f = make(def_of(NORM), (variant){0});
  int norms = 0;
  for (int t = 0; t < f->policy->net.num_tensors; t++) norms += is_norm(&f->policy->tensor[t]);
  ck_assert_int_eq(norms, 3 * 2 * 2);  // actor and critics, two layers, weight and bias
  ck_assert_int_ge(
      co_tensor_find(f->policy->tensor, f->policy->num_tensors, "critic.1.trunk.0.norm.weight"), 0);
  release(f);
}
END_TEST

// every second tensor, all but norms, norms alone
static bool is_held(int way, int t, const co_tensor *tensor) {
  return way == 0 ? t % 2 == 0 : is_norm(tensor) == (way == 2);
}

START_TEST(frozen_tensors_keep_their_bytes) {
  co_tensor_rule rule[MAX_TENSORS];
  fixture *probe = make(def_of(ALL), (variant){0});
  int count = probe->policy->net.num_tensors;
  for (int t = 0; t < MAX_TENSORS; t++) rule[t] = (co_tensor_rule){.rate = 1};
  for (int t = 0; t < count; t++)
    if (is_held(_i, t, &probe->policy->tensor[t])) rule[t].rate = 0;
  fixture *f = make(def_of(ALL), (variant){.rule = rule, .threads = 2});
  train(f, 5);
  for (int t = 0; t < count; t++) {
    const co_tensor *tensor = &f->policy->tensor[t];
    bool same = co_tensor_hash(tensor) == co_tensor_hash(&probe->policy->tensor[t]);
    ck_assert_msg(same == (rule[t].rate == 0), "%s", tensor->name);
  }
  release(probe);
  release(f);
}
END_TEST

// ---- dropout

// one gradient update of a learner that played the same
static fixture *after_one_step(int kind) {
  fixture *f = make(def_of(kind), (variant){0});
  train(f, 2);  // plays only
  co_sac_choose_moving(f->learner);
  ck_ok(co_sac_learn(f->learner));
  return f;
}

START_TEST(what_acts_is_whole) {
  fixture *plain = after_one_step(NORM), *f = after_one_step(BOTH);
  size_t rows = (size_t)plain->learner->spec.batch;
  const co_sac_learner *a = plain->learner, *b = f->learner;
  ck_assert_mem_eq(a->scratch.minibatch.next.action, b->scratch.minibatch.next.action,
                   rows * sizeof(float));
  ck_assert_mem_eq(a->scratch.minibatch.sample.action, b->scratch.minibatch.sample.action,
                   rows * sizeof(float));
  ck_assert_mem_ne(a->scratch.minibatch.next_value[0], b->scratch.minibatch.next_value[0],
                   rows * sizeof(float));
  ck_assert_mem_ne(a->scratch.minibatch.value[0], b->scratch.minibatch.value[0],
                   rows * sizeof(float));
  ck_assert_mem_ne(a->scratch.minibatch.acted_value[0], b->scratch.minibatch.acted_value[0],
                   rows * sizeof(float));
  ck_assert(!a->scratch.nets.critic[0].pass.tape.dropout.rate &&
            !b->scratch.nets.actor.pass.tape.dropout.rate);
  release(plain);
  release(f);
}
END_TEST

// ---- memory

START_TEST(nothing_is_allocated_while_it_learns) {
  fixture *f = make(def_of(BOTH), (variant){.threads = 2});
  train(f, 4);
  co_count_alloc_start();
  co_status status = learn(f, 5);
  int64_t calls = co_count_alloc_stop();
  ck_ok(status);
  ck_assert_int_eq(calls, 0);
  release(f);
}
END_TEST

// ---- save and load

START_TEST(a_saved_learner_goes_on_to_the_same_bytes) {
  uint64_t expected = hash_after(NORM + _i, 1, co_kernels_get());
  variant v = {.threads = 1, .width = 20, .folder = scratch};
  fixture *f = make(def_of(NORM + _i), v);
  train(f, 4);
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(co_sac.save(&f->learner->base, &bytes));
  co_pack_end(&bytes);
  release(f);
  v.threads = 2;
  f = make(def_of(NORM + _i), v);
  co_pack pack;
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_ok(co_sac.load(&f->learner->base, &pack));
  co_pack_free(&pack);
  train(f, 1);
  ck_assert_uint_eq(hash_of(f->policy), expected);
  release(f);
  f = make(def_of((NORM + _i + 1) % NUM_KINDS), v);  // of other settings
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_assert_int_eq(co_sac.load(&f->learner->base, &pack), CO_DATA);
  co_pack_free(&pack);
  release(f);
  co_buf_free(&bytes);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_layers");
  TCase *tcase = tcase_create("sac_layers");
  tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, threads_and_levels_change_nothing, 0, NUM_KINDS);
  tcase_add_test(tcase, norms_are_tensors_of_actor_and_critics);
  tcase_add_loop_test(tcase, frozen_tensors_keep_their_bytes, 0, 3);
  tcase_add_test(tcase, what_acts_is_whole);
  tcase_add_test(tcase, nothing_is_allocated_while_it_learns);
  tcase_add_loop_test(tcase, a_saved_learner_goes_on_to_the_same_bytes, 0, NUM_KINDS - NORM);
  suite_add_tcase(suite, tcase);
  return suite;
}
