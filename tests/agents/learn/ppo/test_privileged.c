// A critic that sees what rows draw, and an actor that does not: what either is given, that zeros
// there change nothing, the same bytes for any number of threads and after a kill, what it is for.

#include "core/pack.h"
#include "tests/agents/learn/ppo/ppo_fixture.h"

#include <string.h>

enum { ROWS = 6, STEPS = 70 };

static co_ppo_def privileged_def(void) {
  co_ppo_def def = small_def();
  def.horizon = STEPS;
  def.privileged = true;
  def.gamma = 0.9;
  return def;
}

static fixture *make_drawing(co_ppo_def def, int threads) {
  return make_in(&pendulum_create_drawing((int)def.envs, &stream)->base, def, threads, NULL, 6000);
}

static pendulum_env *env_of(const fixture *f) {
  return (pendulum_env *)f->env;
}

// Episodes that end at another step in each row.
static void stagger(const fixture *f) {
  for (int r = 0; r < ROWS; r++) env_of(f)->row[r].step = 100 + 17 * r;
}

START_TEST(the_critic_sees_what_rows_draw) {
  fixture *f = make_drawing(privileged_def(), 2);
  const co_batch *batch = &f->learner->scratch.batch;
  train(f, 1);
  stagger(f);
  train(f, 1);
  int changes = 0;
  ck_assert_int_eq(f->policy->net.part[CO_ACTOR].in, PENDULUM_OBS);
  ck_assert_int_eq(f->policy->net.part[CO_CRITIC].in, PENDULUM_OBS + 1);
  for (int i = 0; i < ROWS * STEPS; i++) {
    const float *of_actor = batch->obs + i * batch->obs_stride;
    const float *of_critic = batch->critic_obs + i * batch->critic_stride;
    ck_assert_mem_eq(of_actor, of_critic, PENDULUM_OBS * sizeof(float));
    ck_assert(of_actor[PENDULUM_OBS] == 0);
    for (int k = PENDULUM_OBS + 1; k < batch->critic_stride; k++) ck_assert(of_critic[k] == 0);
    if (i % STEPS == STEPS - 1) {
      double load = env_of(f)->row[i / STEPS].load;
      ck_assert(batch->done[i] || of_critic[PENDULUM_OBS] == (float)(2 * load - 1));
    } else {
      bool same = of_critic[PENDULUM_OBS] == of_critic[PENDULUM_OBS + batch->critic_stride];
      ck_assert_int_eq(same, !batch->done[i]);
      changes += !same;
    }
  }
  ck_assert_int_gt(changes, 2);
  release(f);
}
END_TEST

// Drawn from a range without width all inputs are 0: the critic is that of the observation.
START_TEST(zeros_change_nothing) {
  static const co_draw_info constant = {.parameter = "load", .low = 0.5, .high = 0.5};
  co_ppo_def def = privileged_def();
  fixture *with = make_drawing(def, 1);
  def.privileged = false;
  fixture *without = make_drawing(def, 1);
  env_of(with)->info.draw = env_of(without)->info.draw = &constant;
  int first = tensor_index(with->policy, "critic.0.trunk.0.weight");
  const co_tensor *a = &with->policy->tensor[first], *b = &without->policy->tensor[first];
  size_t size = (size_t)(b->rows * b->stride) * sizeof(float);
  ck_assert_int_eq(a->rows, b->rows + 1);
  memcpy(a->data, b->data, size);
  train(with, 3);
  train(without, 3);
  for (int t = 0; t < with->policy->num_tensors; t++) {
    const co_tensor *of_with = &with->policy->tensor[t], *of = &without->policy->tensor[t];
    ck_assert_str_eq(of_with->name, of->name);
    if (t != first) ck_assert_msg(co_tensor_hash(of_with) == co_tensor_hash(of), "%s", of->name);
  }
  ck_assert_mem_eq(a->data, b->data, size);
  release(with);
  release(without);
}
END_TEST

static void set_nothing(co_ppo_def *def) {
  (void)def;
}
static void set_memory(co_ppo_def *def) {
  def->memory = CO_PPO_LSTM;
  def->memory_width = 6;
}
static void set_anew(co_ppo_def *def) {
  def->recompute_advantages = true;
}
static void set_sections(co_ppo_def *def) {
  def->minibatch = 200;
  def->dropout = 0.1;
}
static void (*const variants[])(co_ppo_def *def) = {set_nothing, set_memory, set_anew,
                                                    set_sections};
enum { NUM_VARIANTS = sizeof variants / sizeof *variants };

static fixture *make_variant(int index, int threads) {
  co_ppo_def def = privileged_def();
  variants[index](&def);
  return make_drawing(def, threads);
}

START_TEST(threads_change_nothing) {
  fixture *alone = make_variant(_i, 1);
  train(alone, 1);
  stagger(alone);
  train(alone, 2);
  for (int threads = 2; threads <= 3; threads++) {
    fixture *f = make_variant(_i, threads);
    train(f, 1);
    stagger(f);
    train(f, 2);
    ck_assert_uint_eq(hash_of(f->policy), hash_of(alone->policy));
    release(f);
  }
  release(alone);
}
END_TEST

// Saved between two updates, amid episodes.
START_TEST(a_fresh_learner_goes_on_to_the_same_bytes) {
  fixture *f = make_variant(_i, 1), *g = make_variant(_i, 2);
  co_buf bytes = {0};
  co_pack pack;
  train(f, 2);
  co_pack_begin(&bytes);
  ck_assert_int_eq(co_ppo.save(&f->learner->base, &bytes), CO_OK);
  co_pack_end(&bytes);
  ck_assert_int_eq(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack), CO_OK);
  ck_assert_int_eq(co_ppo.load(&g->learner->base, &pack), CO_OK);
  train(f, 3);
  train(g, 3);
  ck_assert_uint_eq(hash_of(f->policy), hash_of(g->policy));
  co_pack_free(&pack);
  co_buf_free(&bytes);
  release(f);
  release(g);
}
END_TEST

// Of a critic that does not move: values of the rollout, at time limits and behind the last step.
START_TEST(values_anew_are_those_of_the_rollout) {
  co_ppo_def def = privileged_def();
  def.recompute_advantages = true;
  def.rate = 0;
  def.normalize_obs = false;
  fixture *f = make_drawing(def, 2);
  const co_batch *batch = &f->learner->scratch.batch;
  float value[ROWS * STEPS], final[ROWS * STEPS], last[ROWS];
  train(f, 1);
  stagger(f);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  memcpy(value, batch->value, sizeof value);
  memcpy(final, batch->final_value, sizeof final);
  memcpy(last, batch->last_value, sizeof last);
  ck_assert_int_eq(co_ppo.update(&f->learner->base), CO_OK);
  ck_assert_mem_eq(value, batch->value, sizeof value);
  ck_assert_mem_eq(final, batch->final_value, sizeof final);
  ck_assert_mem_eq(last, batch->last_value, sizeof last);
  release(f);
}
END_TEST

// The load costs as much at every step, and an observation says nothing of it.
START_TEST(values_are_better_explained) {
  double explained[2];
  for (int sees = 0; sees < 2; sees++) {
    co_ppo_def def = privileged_def();
    def.privileged = sees;
    def.rate = 1e-3;
    def.envs = 16;
    def.schedule = CO_PPO_CONSTANT;
    fixture *f = make_drawing(def, 2);
    train(f, 15);
    explained[sees] = f->learner->state.explained_variance;
    release(f);
  }
  ck_assert_msg(explained[1] > explained[0] + 0.05, "%g without, %g with", explained[0],
                explained[1]);
}
END_TEST

START_TEST(a_world_without_draws_is_refused) {
  co_ppo_def def = privileged_def();
  co_network_def network;
  ck_assert_int_eq(co_algorithm_network(&co_ppo, &def, &pendulum_facts, &network), CO_CONFIG);
  ck_assert_str_eq(co_error_text(),
                   "learning.privileged: the critic would see what rows draw at their resets, and "
                   "pendulum has no domain that draws");
  def.privileged = false;
  ck_assert_int_eq(co_algorithm_network(&co_ppo, &def, &pendulum_facts, &network), CO_OK);
  ck_assert_int_eq(network.num_privileged, 0);
}
END_TEST

START_TEST(a_shared_trunk_is_refused) {
  co_node *root;
  co_arena arena = {0};
  co_ppo_def def;
  ck_assert_int_eq(co_tree_parse("privileged = true; shared_trunk = true;", "t", &root), CO_OK);
  ck_assert_int_eq(co_schema_read(&co_ppo_schema, root, &arena, &def), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "privileged: a critic that sees more"));
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_privileged");
  TCase *tcase = tcase_create("ppo_privileged");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, the_critic_sees_what_rows_draw);
  tcase_add_test(tcase, zeros_change_nothing);
  tcase_add_loop_test(tcase, threads_change_nothing, 0, NUM_VARIANTS);
  tcase_add_loop_test(tcase, a_fresh_learner_goes_on_to_the_same_bytes, 0, NUM_VARIANTS);
  tcase_add_test(tcase, values_anew_are_those_of_the_rollout);
  tcase_add_test(tcase, values_are_better_explained);
  tcase_add_test(tcase, a_world_without_draws_is_refused);
  tcase_add_test(tcase, a_shared_trunk_is_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
