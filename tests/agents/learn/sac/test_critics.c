// SAC with any number of critics: the smallest value counts, bytes do not depend on threads nor on
// a stop, and each costs the same.

#include "agents/learn/sac/private/stages.h"
#include "core/count_alloc.h"
#include "core/pack.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/scratch.h"

static const int numbers[] = {1, 3, 5, CO_MAX_CRITICS};
enum { NUM_NUMBERS = sizeof numbers / sizeof *numbers, MOST_THREADS = 4, UPDATES = 5 };

static fixture *make_of(int critics, variant v) {
  co_sac_def def = small_def();
  def.critics = critics;
  def.layer_norm = critics == 3;
  def.dropout = critics == 5 ? 0.1 : 0;
  return make(def, v);
}

static uint64_t hash_after(int critics, variant v) {
  fixture *f = make_of(critics, v);
  train(f, UPDATES);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// two of 40 rows, so that critics have several slices and rows several blocks
START_TEST(bytes_do_not_depend_on_threads) {
  int critics = numbers[_i];
  uint64_t one = hash_after(critics, (variant){.threads = 1, .width = 160});
  for (int threads = 2; threads <= MOST_THREADS; threads++)
    ck_assert_uint_eq(hash_after(critics, (variant){.threads = threads, .width = 160}), one);
}
END_TEST

// Every layer of the critics as one slice, whatever they were cut into.
static void join_slices(fixture *f) {
  for (int k = 0; k < f->learner->spec.num_critics; k++) {
    co_sac_net *net = &f->learner->scratch.nets.critic[k];
    net->num_slices = net->mlp->num_layers;
    for (int l = 0; l < net->num_slices; l++) {
      const co_dense *dense = &net->mlp->dense[l];
      net->slice[l] = (co_sac_slice){.part = CO_CRITIC + k,
                                     .layer = l,
                                     .count = dense->in,
                                     .bias_grad = f->learner->scratch.nets.grad + dense->bias};
    }
  }
}

// The adapter of critic _i keeps its weight whole, which would else be three slices, as those of
// the other are: no slice of any critic is left out, and none is one that does not exist.
START_TEST(a_rule_may_adapt_one_critic_only) {
  static const char *const adapted[] = {"critic.0.trunk.1.weight", "critic.1.trunk.1.weight"};
  co_tensor_rule rule[MAX_TENSORS];
  for (int t = 0; t < MAX_TENSORS; t++) rule[t] = (co_tensor_rule){.rate = 1};
  variant v = {.width = 160};
  fixture *f = make_of(2, v);
  int at = co_tensor_find(f->policy->tensor, f->policy->num_tensors, adapted[_i]);
  ck_assert_int_ge(at, 0);
  rule[at] = (co_tensor_rule){.rate = 1, .lora = 4, .alpha = 8};
  release(f);
  v.rule = rule;
  uint64_t hash[3];
  for (int i = 0; i < 3; i++) {
    v.threads = 1 + i;
    f = make_of(2, v);
    if (i == 0) join_slices(f);
    train(f, UPDATES);
    hash[i] = hash_of(f->policy);
    release(f);
  }
  ck_assert_uint_eq(hash[1], hash[0]);
  ck_assert_uint_eq(hash[2], hash[0]);
}
END_TEST

// made by this program on x86-64, the same on every CPU level, as those of two critics in
// test_sac.c
START_TEST(bytes_are_a_constant) {
  const co_kernels *kernels = co_kernels_named(co_kernels_names[_i]);
  if (!kernels) return;
  fixture *f = make_of(3, (variant){.threads = 2, .width = 40});
  use_kernels(f, kernels);
  train(f, UPDATES);
  ck_assert_uint_eq(hash_of(f->policy), UINT64_C(0xf43e9debff03b676));
  release(f);
}
END_TEST

START_TEST(a_saved_learner_goes_on_to_the_same_bytes) {
  int critics = numbers[_i];
  variant v = {.threads = 1, .width = 16};
  uint64_t expected = hash_after(critics, v);
  v.folder = scratch;
  fixture *f = make_of(critics, v);
  train(f, 3);
  co_buf bytes = {0};
  co_pack pack;
  co_pack_begin(&bytes);
  ck_ok(co_sac.save(&f->learner->base, &bytes));
  co_pack_end(&bytes);
  release(f);
  v.threads = 3;
  f = make_of(critics, v);
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  ck_ok(co_sac.load(&f->learner->base, &pack));
  train(f, UPDATES - 3);
  ck_assert_uint_eq(hash_of(f->policy), expected);
  release(f);
  f = make_of(critics == 1 ? 2 : critics - 1, v);
  ck_assert_int_eq(co_sac.load(&f->learner->base, &pack), CO_DATA);
  release(f);
  co_pack_free(&pack);
  co_buf_free(&bytes);
}
END_TEST

// reward 2, discount 0.5, alpha 0.1, log probability 3; values of critic k fall, then rise
START_TEST(the_smallest_target_counts) {
  fixture *f = make_of(numbers[_i], (variant){0});
  co_sac_minibatch *m = &f->learner->scratch.minibatch;
  int critics = numbers[_i], least = critics / 2;
  m->row[7].reward = 2;
  m->discount[7] = 0.5f;
  m->alpha = 0.1f;
  m->next.log_prob[7] = 3;
  for (int k = 0; k < critics; k++) {
    m->next_value[k][7] = m->acted_value[k][7] = (float)(abs(k - least) - 4);
    m->acted_value[k][8] = 1;
  }
  ck_assert_float_eq_tol(co_sac_goal_of(f->learner, 7), 2 + 0.5f * (-4 - 0.1f * 3), 1e-6f);
  ck_assert_int_eq(co_sac_smallest_critic(f->learner, 7), least);
  ck_assert_int_eq(co_sac_smallest_critic(f->learner, 8), critics - 1);
  release(f);
}
END_TEST

// Those that two trainings have begin alike, and learn from other targets.
START_TEST(more_critics_are_a_lower_target) {
  double mean[2];
  for (int i = 0; i < 2; i++) {
    co_sac_def def = small_def();
    def.critics = i ? 8 : 1;
    fixture *f = make(def, (variant){0});
    co_learner_stats stats;
    train(f, 3);  // the first gradient update, of the same transitions, ends the third
    const co_sac_learner *l = f->learner;
    ck_assert_int_gt(l->state.gradient_steps, 0);
    mean[i] = 0;
    for (int row = 0; row < l->spec.batch; row++) mean[i] += (double)co_sac_goal_of(l, row);
    co_sac.stats(&f->learner->base, &stats);
    ck_assert_double_gt(stats.value_loss, 0);
    release(f);
  }
  ck_assert_double_lt(mean[1], mean[0]);
}
END_TEST

START_TEST(phases_and_memory_are_those_of_all_critics) {
  double seconds[CO_SAC_NUM_PHASES], sum = 0;
  co_learner_stats stats;
  fixture *f = make_of(numbers[_i % NUM_NUMBERS], (variant){.threads = 1 + _i / NUM_NUMBERS});
  ck_ok(co_sac_phases_begin(&f->learner->base));
  train(f, 3);
  co_count_alloc_start();
  co_status status = learn(f, 3);
  ck_assert_int_eq(co_count_alloc_stop(), 0);
  ck_ok(status);
  co_sac.stats(&f->learner->base, &stats);
  co_sac_phases_read(&f->learner->base, seconds);
  for (int p = 0; p < CO_SAC_NUM_PHASES; p++) sum += seconds[p];
  ck_assert_double_eq_tol(sum, stats.wall_s, 1e-9);
  release(f);
}
END_TEST

// of as many updates: a critic costs what another does
START_TEST(every_critic_costs_the_same) {
  double flop[4];
  for (int k = 1; k <= 3; k++) {
    co_sac_def def = small_def();
    def.critics = k;
    fixture *f = make(def, (variant){0});
    train(f, UPDATES);
    flop[k] = f->learner->state.flop;
    release(f);
  }
  ck_assert_double_gt(flop[2], 1.3 * flop[1]);
  ck_assert_double_eq_tol(flop[3] - flop[2], flop[2] - flop[1], 1e-9 * flop[2]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_critics");
  TCase *tests = tcase_create("sac_critics");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_set_timeout(tests, 240);
  tcase_add_loop_test(tests, bytes_do_not_depend_on_threads, 0, NUM_NUMBERS);
  tcase_add_loop_test(tests, a_rule_may_adapt_one_critic_only, 0, 2);
  tcase_add_loop_test(tests, bytes_are_a_constant, 0, 3);
  tcase_add_loop_test(tests, a_saved_learner_goes_on_to_the_same_bytes, 0, NUM_NUMBERS);
  tcase_add_loop_test(tests, the_smallest_target_counts, 0, NUM_NUMBERS);
  tcase_add_test(tests, more_critics_are_a_lower_target);
  tcase_add_loop_test(tests, phases_and_memory_are_those_of_all_critics, 0,
                      NUM_NUMBERS * MOST_THREADS);
  tcase_add_test(tests, every_critic_costs_the_same);
  suite_add_tcase(suite, tests);
  return suite;
}
