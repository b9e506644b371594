// SAC: what an update moves and what not, that its bytes are a constant and go on after a save, and
// that it learns. Gradients: test_sac_twin.c.

#include "agents/policy/evaluate.h"
#include "core/count_alloc.h"
#include "core/file.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- bytes

static uint64_t hash_after(co_sac_def def, variant v, int updates) {
  fixture *f = make(def, v);
  train(f, updates);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// 50 env steps without and 301 with a gradient update; made by this program on x86-64, the same for
// compilers, optimisation, CPU levels and threads. Layers of 16 are heads to the kernels.
static const struct {
  int width;
  uint64_t hash;
} constants[] = {{16, UINT64_C(0x34222914aaa00799)}, {40, UINT64_C(0x0e7ee6238efad49c)}};
enum { THREADS = 3, NUM_CONSTANTS = sizeof constants / sizeof *constants };

START_TEST(bytes_are_constants) {
  const co_kernels *kernels = co_kernels_named(co_kernels_names[_i / THREADS / NUM_CONSTANTS]);
  int width = constants[_i % NUM_CONSTANTS].width, threads = 1 + _i / NUM_CONSTANTS % THREADS;
  if (!kernels) return;
  fixture *f = make(small_def(), (variant){.threads = threads, .width = width});
  use_kernels(f, kernels);
  train(f, 14);
  ck_assert_int_eq(f->learner->state.gradient_steps, 301);
  ck_assert_msg(hash_of(f->policy) == constants[_i % NUM_CONSTANTS].hash,
                "%s, %d threads, width %d: %016llx", kernels->name, threads, width,
                (unsigned long long)hash_of(f->policy));
  release(f);
}
END_TEST

// with 1 thread and more, which changes no bytes either
START_TEST(phases_add_up_to_the_time_of_the_learner) {
  double seconds[CO_SAC_NUM_PHASES], sum = 0;
  co_learner_stats stats;
  fixture *f = make(small_def(), (variant){.threads = 1 + _i, .width = constants[0].width});
  ck_ok(co_sac_phases_begin(&f->learner->base));
  train(f, 14);
  ck_assert_uint_eq(hash_of(f->policy), constants[0].hash);
  co_sac.stats(&f->learner->base, &stats);
  co_sac_phases_read(&f->learner->base, seconds);
  for (int p = 0; p < CO_SAC_NUM_PHASES; p++) {
    ck_assert_msg(seconds[p] > 0, "%s: %g s", co_sac_phase_names[p], seconds[p]);
    sum += seconds[p];
  }
  ck_assert_double_eq_tol(sum, stats.wall_s, 1e-9);
  ck_assert_ptr_null(co_sac_phase_names[CO_SAC_NUM_PHASES]);
  release(f);
}
END_TEST

START_TEST(many_rows_and_statistics_do_not_depend_on_threads_either) {
  co_sac_def def = small_def();
  def.envs = 5;
  def.normalize_obs = true;
  uint64_t one = hash_after(def, (variant){.threads = 1}, 6);
  uint64_t three = hash_after(def, (variant){.threads = 3}, 6);
  ck_assert(one == three);
}
END_TEST

// of all that stands in a log
static uint64_t figures_after(variant v, int updates) {
  fixture *f = make(small_def(), v);
  double figure[CO_NUM_LEARNER_METRICS * 20];
  size_t count = 0;
  ck_assert_int_le(updates, 20);
  for (int i = 0; i < updates; i++) {
    co_learner_stats stats;
    train(f, 1);
    co_sac.stats(&f->learner->base, &stats);
    for (int m = 0; m < CO_NUM_LEARNER_METRICS; m++)
      if (co_learner_metrics[m].logged)
        figure[count++] = co_learner_metric_value(&co_learner_metrics[m], &stats);
  }
  release(f);
  return co_hash(figure, count * sizeof *figure);
}

START_TEST(figures_do_not_depend_on_threads) {
  variant one = {.threads = 1, .width = 16}, more = {.threads = 2 + _i, .width = 16};
  ck_assert_uint_eq(figures_after(one, 20), figures_after(more, 20));
}
END_TEST

START_TEST(nothing_is_allocated_while_it_learns) {
  fixture *f = make(small_def(), (variant){.threads = 2});
  train(f, 3);
  co_count_alloc_start();
  co_status status = learn(f, 10);
  int64_t calls = co_count_alloc_stop();
  ck_ok(status);
  ck_assert_int_eq(calls, 0);
  release(f);
}
END_TEST

// ---- save and load

static const co_residual_def residual = {1, {40}, CO_ELU, 0.3};

// Adapters of rank 2, or 1, for all weights but the critics' second, half of which is held; linear
// layers in front of the actor, behind its mean and in front of the first critic.
static void adapt(co_sac_def def, variant v, co_tensor_rule *rule) {
  v.residual = residual;
  fixture *f = make(def, v);
  for (int t = 0; t < MAX_TENSORS; t++) rule[t] = (co_tensor_rule){.rate = 1};
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    const co_tensor *tensor = &f->policy->tensor[t];
    const co_tensor_facts *facts = &tensor->facts;
    bool first = facts->layer == CO_LAYER_TRUNK && facts->depth == 0 && facts->member == 0;
    bool weight = facts->role == CO_TENSOR_WEIGHT;
    if (first && (weight || facts->role == CO_TENSOR_BIAS)) {
      rule[t].adapter = CO_ADAPTER_INPUT;
    } else if (weight && facts->layer == CO_LAYER_MEAN) {
      rule[t].adapter = CO_ADAPTER_OUTPUT;
    } else if (weight && facts->part == CO_PART_CRITIC && facts->depth == 1) {
      rule[t].hold = 0.5;  // slice by slice
      rule[t].l2init = 0.01;
    } else if (weight) {
      rule[t].lora = tensor->rows < 2 || tensor->cols < 2 ? 1 : 2;
      rule[t].alpha = 4;
    }
  }
  release(f);
}

// Saved after _i % 4 updates, which lie before, at and behind the first gradient update and amid an
// episode; then by an actor that remembers, then with adapters, whose layers are not cut in slices.
START_TEST(a_saved_learner_goes_on_to_the_same_bytes) {
  co_sac_def def = small_def();
  def.envs = 2;
  def.normalize_obs = _i % 2;
  int done = _i % 4;
  const co_actor_class *acts = _i < 4 ? NULL : &leaky_actor;
  co_tensor_rule rule[MAX_TENSORS];
  variant v = {.width = _i < 8 ? 16 : 160, .acts = acts};
  if (_i >= 8) {
    adapt(def, v, rule);
    v.rule = rule;
    v.residual = residual;
  }
  uint64_t expected = hash_after(def, v, 6);
  v.threads = 1;
  v.folder = scratch;
  fixture *f = make(def, v);
  train(f, done);
  co_buf early = save(f);
  train(f, 1);
  co_buf later = save(f);  // a checkpoint that is lost
  release(f);
  v.threads = 3;
  f = make(def, v);
  ck_ok(load(f, &early));
  train(f, 6 - done);
  ck_assert(hash_of(f->policy) == expected);
  co_learner_stats stats;
  co_sac.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.env_steps, 6 * 50);
  release(f);
  co_buf_free(&early);
  co_buf_free(&later);
}
END_TEST

// Of actor and critics, for any number of threads and after a checkpoint; held actors keep theirs.
START_TEST(dormant_units_are_the_same) {
  static const co_redo redo = {0.5, 30};
  co_sac_def def = small_def();
  if (_i == 1) def.layer_norm = true;
  if (_i == 2) def.dropout = 0.1;
  variant v = {.width = 16, .redo = &redo, .folder = scratch};
  uint64_t expected = 0;
  for (int threads = 1; threads <= 3; threads++) {
    v.threads = threads;
    fixture *f = make(def, v);
    train(f, 4);
    int64_t early = f->learner->state.recycled_units;
    co_buf bytes = save(f);
    release(f);
    v.threads = 4 - threads;
    f = make(def, v);
    ck_ok(load(f, &bytes));
    train(f, 4);
    ck_assert_int_gt(early, 0);
    ck_assert_int_gt(f->learner->state.recycled_units, early);
    if (threads == 1) expected = hash_of(f->policy);
    ck_assert_uint_eq(hash_of(f->policy), expected);
    co_buf_free(&bytes);
    release(f);
  }
  v.redo = NULL;
  ck_assert_uint_ne(hash_after(def, v, 8), expected);
}
END_TEST

// finding one of many entries takes time in their number
START_TEST(a_larger_batch_takes_no_more_entries) {
  int count[2];
  for (int i = 0; i < 2; i++) {
    co_sac_def def = small_def();
    def.envs = def.batch = i ? 3 : 300;
    fixture *f = make(def, (variant){.folder = scratch});
    co_buf bytes = save(f);
    co_pack pack;
    ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
    count[i] = pack.count;
    co_pack_free(&pack);
    co_buf_free(&bytes);
    release(f);
  }
  ck_assert_int_eq(count[0], count[1]);
}
END_TEST

START_TEST(the_pack_of_another_learner_is_refused) {
  fixture *f = make(small_def(), (variant){.folder = scratch});
  train(f, 3);
  co_buf bytes = save(f);
  release(f);
  co_sac_def def = small_def();
  def.batch = 41;
  f = make(def, (variant){.folder = scratch});
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  release(f);
  f = make(small_def(), (variant){.folder = scratch, .width = 9});
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  release(f);
  char *path = co_path_join(scratch, "replay.000000");
  ck_ok(co_file_remove(path));
  free(path);
  f = make(small_def(), (variant){.folder = scratch});
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "replay.000000"));
  release(f);
  co_buf_free(&bytes);
}
END_TEST

// ---- what moves

START_TEST(frozen_tensors_keep_their_bytes) {
  co_tensor_rule rule[MAX_TENSORS];
  for (int t = 0; t < MAX_TENSORS; t++) rule[t] = (co_tensor_rule){.rate = t % 3 ? 1 : 0};
  rule[1].from_update = 1000;
  fixture *f = make(small_def(), (variant){.rule = rule});
  co_policy *before;
  ck_ok(co_policy_copy(f->policy, &before));
  train(f, 5);
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    bool same = co_tensor_hash(&f->policy->tensor[t]) == co_tensor_hash(&before->tensor[t]);
    ck_assert_msg(same == (t % 3 == 0 || t == 1), "%s", f->policy->tensor[t].name);
  }
  co_policy_free(before);
  release(f);
}
END_TEST

// 50 steps, then 25 updates of the critics alone, then of all
START_TEST(a_copied_actor_acts_at_once_and_can_be_held) {
  co_sac_def def = small_def();
  def.critic_updates = 25;
  fixture *f = make(def, (variant){.from_source = true});
  ck_assert_int_eq(f->learner->spec.random_steps, 0);
  uint64_t actor = co_tensor_hash(&f->policy->tensor[0]);
  int value = f->policy->net.part[CO_CRITIC].layer[0].tensor;
  uint64_t critic = co_tensor_hash(&f->policy->tensor[value]);
  train(f, 3);
  ck_assert_int_eq(f->learner->state.gradient_steps, 26);
  ck_assert(co_tensor_hash(&f->policy->tensor[value]) != critic);
  ck_assert_int_eq(f->learner->state.actor_steps_done, 1);
  ck_assert(co_tensor_hash(&f->policy->tensor[0]) != actor);
  release(f);
}
END_TEST

START_TEST(start_is_at_most_a_tenth_of_the_training) {
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  fixture *f = make(def, (variant){.total_steps = 5000});
  ck_assert_int_eq(f->learner->spec.random_steps, 500);
  ck_assert_int_eq(f->learner->spec.start_steps, 500);
  ck_assert_int_eq(f->learner->state.player[CO_ENV_TARGET].replay->capacity, 5100);
  release(f);
  f = make(def, (variant){.total_steps = 1000000});
  ck_assert_int_eq(f->learner->spec.random_steps, 10000);
  ck_assert_int_eq(f->learner->spec.start_steps, 1000);
  ck_assert_int_eq(f->learner->state.player[CO_ENV_TARGET].replay->capacity, 1000000);
  release(f);
}
END_TEST

// What a tensor with an adapter has moved by, s A B, is a layer of its own kind in SAC too.
START_TEST(adapters_move_and_merge) {
  co_sac_def def = small_def();
  co_tensor_rule rule[MAX_TENSORS];
  adapt(def, (variant){.width = 160}, rule);
  variant v = {.threads = 2, .width = 160, .rule = rule, .residual = residual};
  fixture *f = make(def, v);
  train(f, 5);
  const co_adam *adam = &f->learner->state.adam;
  int linear = 0;
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    const co_tensor *tensor = &f->policy->tensor[t];
    const co_adapter *adapter = &adam->adapter[t];
    if (!adapter->inner) continue;
    const float *weight = tensor->data, *start = adam->start + (weight - f->policy->net.block);
    double most = 0;
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      int row = i / tensor->cols, col = i % tensor->cols, at = row * tensor->stride + col;
      double sum = 0;
      for (int k = 0; k < adapter->inner; k++)
        sum += (double)adapter->left[row * adapter->inner_stride + k] *
               (double)adapter->right[k * adapter->stride + col] * (double)adapter->scale;
      ck_assert_double_eq_tol((double)weight[at], (double)start[at] + sum, 1e-6);
      most = fmax(most, fabs(sum));
    }
    // a linear layer maps what a fresh weight has, which is little of a mean
    ck_assert_msg(most > (rule[t].adapter ? 1e-7 : 1e-4), "%s", tensor->name);
    linear += rule[t].adapter != CO_ADAPTER_NONE;
  }
  ck_assert_int_eq(linear, 5);
  release(f);
}
END_TEST

// ---- what is stored

// the pendulum never terminates: episodes that reach the limit are no ends
START_TEST(time_limits_are_not_terminations) {
  co_sac_def def = small_def();
  def.start_steps = 1 << 20;
  fixture *f = make(def, (variant){0});
  train(f, 2 * PENDULUM_HORIZON / 25);
  const co_replay_buffer *replay = f->learner->state.player[CO_ENV_TARGET].replay;
  ck_assert_int_eq(replay->added, 2 * PENDULUM_HORIZON);
  co_learner_stats stats;
  co_sac.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.episodes, 2);
  for (int64_t i = 0; i < replay->added; i++) {
    ck_assert_int_eq(replay->terminated[i], 0);
    // a step goes on where the last one ended, but for the first of an episode
    bool follows =
        i > 0 && memcmp(replay->obs + i * PENDULUM_OBS, replay->next_obs + (i - 1) * PENDULUM_OBS,
                        PENDULUM_OBS * sizeof(float)) == 0;
    ck_assert_int_eq(follows, i % PENDULUM_HORIZON != 0);
    ck_assert(replay->action[i] >= -1 && replay->action[i] <= 1);
  }
  release(f);
}
END_TEST

// What an actor remembers is of the observations since the last reset.
START_TEST(memory_begins_with_the_episode) {
  enum { MORE = 25 };
  co_sac_def def = small_def();
  def.start_steps = 1 << 20;
  fixture *f = make(def, (variant){.from_source = true, .acts = &leaky_actor});
  train(f, (PENDULUM_HORIZON + MORE) / 25);
  const co_replay_buffer *replay = f->learner->state.player[CO_ENV_TARGET].replay;
  const double *have = f->learner->state.player[CO_ENV_TARGET].actor_rows;
  double sum[PENDULUM_OBS] = {1, 1, 1};
  ck_assert_int_eq(replay->added, PENDULUM_HORIZON + MORE);
  for (int64_t i = PENDULUM_HORIZON; i < replay->added; i++) {
    float obs[PENDULUM_OBS];
    co_normalizer_apply(&f->policy->obs_norm, replay->obs + i * PENDULUM_OBS, 1, obs, PENDULUM_OBS);
    for (int k = 0; k < PENDULUM_OBS; k++) sum[k] = 0.7 * sum[k] + (double)obs[k];
  }
  for (int k = 0; k < PENDULUM_OBS; k++) ck_assert_double_eq_tol(have[k], sum[k], 1e-12);
  release(f);
}
END_TEST

START_TEST(faults_are_no_transitions) {
  co_sac_def def = small_def();
  def.start_steps = 1 << 20;
  fixture *f = make(def, (variant){0});
  f->env->fault_row = 0;
  f->env->fault_step = 10;
  train(f, 1);
  ck_assert_int_eq(f->learner->state.player[CO_ENV_TARGET].faults, 2);
  ck_assert_int_eq(f->learner->state.player[CO_ENV_TARGET].replay->added, 23);
  co_status status = CO_OK;
  for (int i = 0; i < 3 && status == CO_OK; i++) status = co_sac.update(&f->learner->base);
  ck_assert_int_eq(status, CO_DIVERGED);
  release(f);
}
END_TEST

START_TEST(an_update_that_is_not_finite_is_taken_back) {
  fixture *f = make(small_def(), (variant){0});
  train(f, 3);
  for (int i = 0; i < 75; i++) f->learner->state.player[CO_ENV_TARGET].replay->reward[i] = INFINITY;
  uint64_t before = hash_of(f->policy);
  ck_ok(co_sac.collect(&f->learner->base));
  ck_assert_int_eq(co_sac.update(&f->learner->base), CO_DIVERGED);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "non-finite critic loss"));
  ck_assert(hash_of(f->policy) == before);
  release(f);
}
END_TEST

// ---- learning

// Random actions reach about -1,200; published for 20,000 steps: about -150.
// Under a sanitizer it would take minutes, and shows nothing that the other tests do not.
START_TEST(it_learns_to_swing_up) {
  if (TEST_SANITIZED) return;
  co_sac_def def = small_def();
  def.horizon = 100;
  def.batch = 100;
  def.rate = 1e-3;
  def.start_steps = 200;
  def.random_steps = 500;
  fixture *f = make(def, (variant){.threads = 2, .width = 64});
  train(f, 150);
  co_stream held_out = {77, 0, CO_PURPOSE_EVAL_FINAL};
  co_env *env = &pendulum_create(20, &held_out)->base;
  co_evaluation result;
  ck_ok(co_evaluate(f->policy, env, &held_out, f->pool, &result));
  ck_assert_msg(result.mean > -200, "%g", result.mean);
  co_evaluation_free(&result);
  co_env_destroy(env);
  release(f);
}
END_TEST

static uint64_t hash_of_copies(const fixture *f) {
  const co_sac_nets *nets = &f->learner->scratch.nets;
  uint64_t part[3];
  for (int i = 0; i < 3; i++) {
    const co_sac_net *net = i ? &nets->critic[i - 1] : &nets->actor;
    const co_dense_view *layer = &net->mlp->layer[1];
    size_t count = (size_t)layer->out * (size_t)layer->in_stride;
    part[i] = co_hash(net->transposed[1], count * sizeof(float));
  }
  return co_hash(part, sizeof part);
}

// Weights, and what is kept of them in other layouts.
START_TEST(what_diverges_is_taken_back) {
  fixture *f = make(small_def(), (variant){.threads = 2});
  train(f, 4);
  uint64_t weights = hash_of(f->policy), copies = hash_of_copies(f);
  ck_ok(co_sac.collect(&f->learner->base));
  co_replay_buffer *replay = f->learner->state.player[CO_ENV_TARGET].replay;
  for (int64_t i = 0; i < co_replay_buffer_count(replay); i++) replay->reward[i] = NAN;
  ck_assert_int_eq(co_sac.update(&f->learner->base), CO_DIVERGED);
  ck_assert_uint_eq(hash_of(f->policy), weights);
  ck_assert_uint_eq(hash_of_copies(f), copies);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac");
  TCase *tests = tcase_create("sac");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_set_timeout(tests, 240);
  tcase_add_loop_test(tests, bytes_are_constants, 0, 3 * THREADS * NUM_CONSTANTS);
  tcase_add_test(tests, many_rows_and_statistics_do_not_depend_on_threads_either);
  tcase_add_loop_test(tests, phases_add_up_to_the_time_of_the_learner, 0, THREADS);
  tcase_add_loop_test(tests, figures_do_not_depend_on_threads, 0, 3);
  tcase_add_test(tests, nothing_is_allocated_while_it_learns);
  tcase_add_test(tests, adapters_move_and_merge);
  tcase_add_loop_test(tests, dormant_units_are_the_same, 0, 3);
  tcase_add_loop_test(tests, a_saved_learner_goes_on_to_the_same_bytes, 0, 12);
  tcase_add_test(tests, a_larger_batch_takes_no_more_entries);
  tcase_add_test(tests, the_pack_of_another_learner_is_refused);
  tcase_add_test(tests, frozen_tensors_keep_their_bytes);
  tcase_add_test(tests, a_copied_actor_acts_at_once_and_can_be_held);
  tcase_add_test(tests, start_is_at_most_a_tenth_of_the_training);
  tcase_add_test(tests, time_limits_are_not_terminations);
  tcase_add_test(tests, memory_begins_with_the_episode);
  tcase_add_test(tests, faults_are_no_transitions);
  tcase_add_test(tests, an_update_that_is_not_finite_is_taken_back);
  tcase_add_test(tests, it_learns_to_swing_up);
  tcase_add_test(tests, what_diverges_is_taken_back);
  suite_add_tcase(suite, tests);
  return suite;
}
