// PPO on networks with memory: gradients through time against finite differences of the whole loss,
// states of the rollout, the same bytes for any number of threads, and what only memory learns.

#include "core/count_alloc.h"
#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/agents/nn/cell_twin.h"
#include "tests/agents/nn/slopes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 6, STEPS = 70, SAMPLES = ROWS * STEPS };

static co_ppo_def memory_def(int memory, int sequence) {
  static double hidden[] = {6};
  co_ppo_def def = small_def();
  def.horizon = STEPS;
  def.hidden = (co_floats){hidden, 1};
  def.memory = memory;
  def.memory_width = 5;
  def.sequence = sequence;
  def.minibatch = 100;
  def.schedule = CO_PPO_CONSTANT;
  return def;
}

static pendulum_env *env_of(const fixture *f) {
  return (pendulum_env *)f->env;
}

// Episodes that begin and end at another step in each row, one row with faults.
static void stagger(const fixture *f) {
  env_of(f)->fault_row = 2;
  env_of(f)->fault_step = 190;
  for (int r = 0; r < ROWS; r++) env_of(f)->row[r].step = 90 + 17 * r;
}

// ---- gradients

typedef struct twin {
  const fixture *f;
  double *block;              // all parameters
  double advantage[SAMPLES];  // normalised
} twin;

static bool begins(const co_batch *batch, int sample) {
  int t = sample % batch->steps;
  return t % batch->interval == 0 || batch->done[sample - 1];
}

// h and c before a sequence's first step
static void begin(const co_batch *batch, int part, int sample, const co_recurrent_def *def,
                  double *h, double *c) {
  int row = sample / batch->steps, t = sample % batch->steps, padded = co_padded(def->width);
  for (int i = 0; i < def->width; i++) h[i] = c[i] = 0;
  if (t % batch->interval != 0) return;
  const float *state =
      batch->state[part] +
      (ptrdiff_t)(row * batch->num_states + t / batch->interval) * batch->state_size[part];
  for (int i = 0; i < def->width; i++) {
    h[i] = (double)state[i];
    if (def->cell == CO_LSTM) c[i] = (double)state[padded + i];
  }
}

// the first output of the layers behind the cell
static double run_layers(const co_network *net, int part, const double *block, const double *h) {
  double x[CELL_TWIN_WIDTH], y[CELL_TWIN_WIDTH];
  memcpy(x, h, (size_t)net->part[part].layer[0].in * sizeof *x);
  for (int l = 0; l < net->num_layers; l++) {
    const co_dense *layer = &net->part[part].layer[l];
    for (int o = 0; o < layer->out; o++) {
      y[o] = cell_twin_gate(layer, block, x, o, true);
      if (l < net->num_layers - 1) y[o] = tanh(y[o]);
    }
    memcpy(x, y, (size_t)layer->out * sizeof *x);
  }
  return x[0];
}

static double policy_loss(const twin *t, int sample, double mean) {
  const co_batch *batch = &t->f->learner->scratch.batch;
  const co_ppo_def *def = &t->f->learner->spec.def;
  double log_std = t->block[t->f->policy->net.log_std], clip = def->clip;
  double z = ((double)batch->action[sample] - mean) / exp(log_std);
  double log_prob = -0.5 * z * z - log_std - 0.5 * log(2 * acos(-1));
  double ratio = exp(log_prob - (double)batch->log_prob[sample]), a = t->advantage[sample];
  double held = fmin(fmax(ratio, 1 - clip), 1 + clip);
  return -fmin(ratio * a, held * a) - def->entropy * log_std;
}

static double value_loss(const twin *t, int sample, double value) {
  const co_batch *batch = &t->f->learner->scratch.batch;
  const co_ppo_def *def = &t->f->learner->spec.def;
  double target = (double)t->f->learner->scratch.target[sample];
  double old = (double)batch->value[sample];
  double held = fmin(fmax(value, old - def->value_clip), old + def->value_clip);
  return def->value_coefficient * fmax(pow(value - target, 2), pow(held - target, 2));
}

// mean over the valid samples of what PPO minimises, step after step of each row
static double loss_of(void *context) {
  const twin *t = context;
  const co_batch *batch = &t->f->learner->scratch.batch;
  double loss = 0, count = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    const co_recurrent *cell = &t->f->policy->net.part[part].graph->node[CO_NODE_MEMORY].cell;
    double h[CELL_TWIN_WIDTH], c[CELL_TWIN_WIDTH];
    for (int i = 0; i < SAMPLES; i++) {
      double x[PENDULUM_OBS];
      if (begins(batch, i)) begin(batch, part, i, &cell->def, h, c);
      for (int k = 0; k < PENDULUM_OBS; k++) x[k] = (double)batch->obs[i * batch->obs_stride + k];
      cell_twin_step(cell, t->block, x, h, c);
      if (!batch->valid[i]) continue;
      double out = run_layers(&t->f->policy->net, part, t->block, h);
      loss += part == CO_ACTOR ? policy_loss(t, i, out) : value_loss(t, i, out);
      count += 0.5;
    }
  }
  return loss / count;
}

static void normalise(twin *t) {
  const co_batch *batch = &t->f->learner->scratch.batch;
  const float *advantage = t->f->learner->scratch.advantage;
  double count = 0, mean = 0, square = 0;
  for (int i = 0; i < SAMPLES; i++) {
    count += batch->valid[i];
    mean += batch->valid[i] ? (double)advantage[i] : 0;
  }
  mean /= count;
  for (int i = 0; i < SAMPLES; i++)
    square += batch->valid[i] ? pow((double)advantage[i] - mean, 2) : 0;
  for (int i = 0; i < SAMPLES; i++)
    t->advantage[i] = ((double)advantage[i] - mean) / sqrt(square / (count - 1));
}

// Ratios in and out of the clip range, values in and out of theirs.
static void disturb(co_batch *batch) {
  co_rng rng = co_rng_make(&(co_stream){8, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < SAMPLES; i++) {
    batch->log_prob[i] += 0.3f * (float)co_rng_normal(&rng);
    batch->value[i] += 0.3f * (float)co_rng_normal(&rng);
  }
}

// Fresh means are near 0, and so are the gradients behind them.
static void enlarge_means(const fixture *f) {
  const co_network *net = &f->policy->net;
  const co_dense *mean = &net->part[CO_ACTOR].layer[net->num_layers - 1];
  for (int i = 0; i < mean->in * mean->out_stride; i++) net->block[mean->weight + (size_t)i] *= 200;
  co_ppo_transpose_all(f->learner);
}

// Both cells; one block or several, whose gradients are added up; sequences of one step.
static const struct {
  int memory, sequence;
} gradients[] = {
    {CO_PPO_LSTM, 16}, {CO_PPO_GRU, 16}, {CO_PPO_LSTM, 64}, {CO_PPO_GRU, 3}, {CO_PPO_LSTM, 1}};
enum { NUM_GRADIENTS = sizeof gradients / sizeof *gradients };

START_TEST(gradients_are_those_of_the_loss_through_time) {
  co_ppo_def def = memory_def(gradients[_i].memory, gradients[_i].sequence);
  def.minibatch = SAMPLES;
  def.epochs = 1;
  def.entropy = 0.03;
  def.value_clip = 0.4;
  fixture *f = make(def, 1, NULL, 6000);
  const co_network *net = &f->policy->net;
  twin t = {.f = f, .block = malloc(net->size * sizeof(double))};
  enlarge_means(f);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  stagger(f);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  disturb(&f->learner->scratch.batch);
  for (size_t i = 0; i < net->size; i++) t.block[i] = (double)net->block[i];
  ck_assert_int_eq(co_ppo.update(&f->learner->base), CO_OK);
  ck_assert_int_eq(f->learner->scratch.plan.num_minibatches, 1);
  normalise(&t);
  for (int i = 0; i < net->num_tensors; i++) {
    const co_tensor *tensor = &net->tensor[i];
    ptrdiff_t at = (const float *)tensor->data - net->block;
    slopes of = {.name = tensor->name,
                 .value = t.block + at,
                 .grad = f->learner->scratch.grad + at,
                 .rows = tensor->rows,
                 .cols = tensor->cols,
                 .stride = tensor->stride,
                 .row_step = 1,
                 .col_step = 1 + tensor->cols / 5,
                 .tolerance = 2e-5};
    slopes_compare(&of, loss_of, &t);
  }
  free(t.block);
  release(f);
}
END_TEST

// ---- states

// Learns nothing: what a rollout computed is computed again from its states.
static co_ppo_def still_def(int memory, int sequence) {
  co_ppo_def def = memory_def(memory, sequence);
  def.rate = 0;
  def.normalize_obs = def.normalize_reward = false;
  return def;
}

// The probability of each action is what it was, bit for bit, in every minibatch: initial states,
// the order of samples and where sequences end are those of the rollout.
START_TEST(a_still_policy_has_ratios_of_one) {
  fixture *f = make(still_def(1 + _i % 2, 16), 1 + _i / 2, NULL, 6000);
  for (int u = 0; u < 4; u++) {
    train(f, 1);
    co_learner_stats stats;
    co_ppo.stats(&f->learner->base, &stats);
    ck_assert(stats.approx_kl == 0 && stats.clip_fraction == 0);
    ck_assert_double_gt(stats.grad_norm, 0);
    if (u == 0) stagger(f);
  }
  release(f);
}
END_TEST

// Where an episode goes on into the next rollout, the value of the observation between them is the
// first one there.
START_TEST(values_go_on_from_rollout_to_rollout) {
  fixture *f = make(still_def(1 + _i, 16), 1, NULL, 6000);
  float last[ROWS];
  train(f, 1);
  stagger(f);
  for (int u = 0; u < 3; u++) {
    const co_batch *batch = &f->learner->scratch.batch;
    int going_on = 0;
    bool goes_on[ROWS];
    train(f, 1);
    memcpy(last, batch->last_value, sizeof last);
    for (int r = 0; r < ROWS; r++) goes_on[r] = !batch->done[(r + 1) * STEPS - 1];
    ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
    for (int r = 0; r < ROWS; r++) {
      if (goes_on[r]) ck_assert(batch->value[r * STEPS] == last[r]);
      going_on += goes_on[r];
    }
    ck_assert_int_gt(going_on, 1);
  }
  release(f);
}
END_TEST

// The value at a time limit is that of the final observation behind the episode's others.
START_TEST(value_at_a_time_limit_is_from_the_rows_state) {
  fixture *f = make(still_def(1 + _i, 16), 1, NULL, 6000);
  co_batch *batch = &f->learner->scratch.batch;
  const co_graph *graph = f->policy->net.part[CO_CRITIC].graph;
  co_arena arena = {0};
  co_graph_work work;
  float state[64];
  ck_assert_int_eq(co_batch_keep_final_obs(&arena, batch), CO_OK);
  ck_assert_int_eq(co_graph_work_create(&arena, co_kernels_get(), graph, 1, 1, false, &work),
                   CO_OK);
  ck_assert_int_le(graph->state_size, 64);
  train(f, 1);
  stagger(f);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  ck_assert_int_eq(co_ppo.collect(&f->learner->base), CO_OK);
  int limits = 0, one = 1;
  co_sequences step = {1, &one};
  for (int r = 0; r < ROWS; r++) {
    memcpy(state, batch->state[CO_CRITIC] + r * batch->num_states * graph->state_size,
           (size_t)graph->state_size * sizeof *state);
    for (int i = r * STEPS; i < (r + 1) * STEPS; i++) {
      co_graph_forward(&work, &step, batch->obs + i * batch->obs_stride, state, graph->state_size);
      ck_assert(work.node[CO_NODE_RUN].y[0] == batch->value[i]);
      if (batch->cut[i]) {
        co_graph_forward(&work, &step, batch->final_obs + i * batch->obs_stride, state,
                         graph->state_size);
        ck_assert(work.node[CO_NODE_RUN].y[0] == batch->final_value[i]);
        limits++;
      }
      if (batch->done[i]) memset(state, 0, sizeof state);
    }
  }
  ck_assert_int_gt(limits, 1);
  co_arena_free(&arena);
  release(f);
}
END_TEST

// ---- threads and memory

static void set_nothing(co_ppo_def *def) {
  (void)def;
}
static void set_gru(co_ppo_def *def) {
  def->memory = CO_PPO_GRU;
  def->minibatch = 31;
}
static void set_norm(co_ppo_def *def) {
  def->layer_norm = true;
  def->minibatch = 1000;
}
static void set_short(co_ppo_def *def) {
  def->sequence = 2;
  def->minibatch = 150;
}
static void set_target_kl(co_ppo_def *def) {
  def->rate = 3e-3;
  def->target_kl = 0.002;
}
static void set_kl_schedule(co_ppo_def *def) {
  def->schedule = CO_PPO_KL;
  def->normalize_advantage = false;
}
static void (*const variants[])(co_ppo_def *def) = {set_nothing, set_gru,       set_norm,
                                                    set_short,   set_target_kl, set_kl_schedule};
enum { NUM_VARIANTS = sizeof variants / sizeof *variants };

static fixture *make_variant(int index, int threads) {
  co_ppo_def def = memory_def(CO_PPO_LSTM, 16);
  variants[index](&def);
  return make(def, threads, NULL, 6000);
}

START_TEST(threads_change_nothing) {
  fixture *alone = make_variant(_i, 1);
  uint64_t fresh = hash_of(alone->policy);
  train(alone, 1);
  stagger(alone);
  train(alone, 2);
  ck_assert_uint_ne(hash_of(alone->policy), fresh);
  for (int threads = 2; threads <= 4; threads++) {
    fixture *f = make_variant(_i, threads);
    train(f, 1);
    stagger(f);
    train(f, 2);
    ck_assert_uint_eq(hash_of(f->policy), hash_of(alone->policy));
    const co_ppo_progress *a = &f->learner->state.progress, *b = &alone->learner->state.progress;
    ck_assert(a->rate == b->rate && a->norm_sum == b->norm_sum && a->stopped == b->stopped);
    ck_assert_mem_eq(&a->sums, &b->sums, sizeof a->sums);
    ck_assert(f->learner->state.flop == alone->learner->state.flop);
    release(f);
  }
  release(alone);
}
END_TEST

// As many tensors as a critic can have: each lane reports on all of its own.
START_TEST(the_deepest_critic_is_learned_from) {
  static double hidden[CO_MAX_HIDDEN];
  for (int l = 0; l < CO_MAX_HIDDEN; l++) hidden[l] = 4;
  co_ppo_def def = memory_def(CO_PPO_GRU, 16);
  def.hidden = (co_floats){hidden, CO_MAX_HIDDEN};
  def.layer_norm = true;
  fixture *f = make(def, 2, NULL, 0);
  const int *tensor0 = f->learner->spec.tensor0;
  ck_assert(f->learner->spec.by_lanes);
  ck_assert_int_eq(tensor0[CO_NUM_PARTS] - tensor0[CO_CRITIC], CO_PPO_SQUARES);
  train(f, 1);
  ck_assert_int_gt(f->learner->state.gradient_steps, 0);
  release(f);
}
END_TEST

START_TEST(training_allocates_nothing) {
  fixture *f = make_variant(_i, 2);
  train(f, 1);
  stagger(f);
  co_status status = CO_OK;
  co_count_alloc_start();
  for (int i = 0; i < 3; i++) {  // Check's own assertions allocate, so there is none in here
    if (status == CO_OK) status = co_ppo.collect(&f->learner->base);
    if (status == CO_OK) status = co_ppo.update(&f->learner->base);
  }
  int64_t during = co_count_alloc_stop();
  ck_assert_int_eq(status, CO_OK);
  ck_assert_int_eq(during, 0);
  release(f);
}
END_TEST

// A tensor that is held keeps its bytes, the others of its network move.
START_TEST(parts_can_be_held) {
  fixture *probe = make_variant(0, 1);
  co_tensor_rule rule[64];
  int count = probe->policy->num_tensors;
  for (int t = 0; t < count; t++) {
    const co_tensor_facts *facts = &probe->policy->tensor[t].facts;
    bool hold = facts->layer == CO_LAYER_MEMORY && facts->part == CO_PART_ACTOR;
    rule[t] = (co_tensor_rule){.rate = hold ? 0 : 1, .l2sp = 0.1};
  }
  release(probe);
  fixture *f = make(memory_def(CO_PPO_LSTM, 16), 2, rule, 6000);
  uint64_t before[64];
  for (int t = 0; t < count; t++) before[t] = co_tensor_hash(&f->policy->tensor[t]);
  train(f, 2);
  int held = 0;
  for (int t = 0; t < f->policy->net.num_tensors; t++) {
    bool same = co_tensor_hash(&f->policy->tensor[t]) == before[t];
    ck_assert_msg(same == (rule[t].rate == 0), "%s", f->policy->tensor[t].name);
    held += same;
  }
  ck_assert_int_eq(held, 3);
  release(f);
}
END_TEST

// A constant: the same bytes for any number of threads, compiler and optimisation.
START_TEST(results_are_bit_identical) {
  static const uint64_t expected[] = {0x5d5f104f8f20a2ed, 0x01571cd3407eb45c};
  fixture *f = make(memory_def(1 + _i % 2, 16), 1 + _i / 2, NULL, 6000);
  train(f, 1);
  stagger(f);
  train(f, 2);
  ck_assert_msg(hash_of(f->policy) == expected[_i % 2], "%016llx",
                (unsigned long long)hash_of(f->policy));
  release(f);
}
END_TEST

// ---- what only memory learns

static void hide_rates(int rows, const co_env_out *out) {
  for (int i = 0; out->obs && i < rows; i++) out->obs[i * PENDULUM_OBS + 2] = 0;
}

static co_status hiding_reset(co_env *env, int row0, int rows, const co_env_out *out) {
  CO_TRY(pendulum_reset(env, row0, rows, out));
  hide_rates(rows, out);
  return CO_OK;
}

static co_status hiding_step(co_env *env, int row0, int rows, const float *action,
                             const co_env_out *out) {
  CO_TRY(pendulum_step(env, row0, rows, action, out));
  hide_rates(rows, out);
  return CO_OK;
}

// Mean return of the last episodes of a training on the pendulum without its rate.
static double learned(int memory) {
  static double hidden[] = {32};
  co_ppo_def def = memory_def(memory, 32);
  def.hidden = (co_floats){hidden, 1};
  def.memory_width = 32;
  def.envs = 16;
  def.horizon = 100;
  def.minibatch = 256;
  def.epochs = 10;
  def.rate = 2e-3;
  def.gamma = 0.9;
  fixture *f = make(def, 2, NULL, 40000);
  co_env_class hiding = pendulum_class;
  hiding.reset = hiding_reset;
  hiding.step = hiding_step;
  f->env->class = &hiding;
  train(f, 50);
  double value = f->learner->state.collector.episode_return;
  printf("%s: return %.0f\n", memory ? "with memory" : "without", value);
  release(f);
  return value;
}

START_TEST(only_memory_learns_what_is_not_seen) {
  if (TEST_SANITIZED) return;
  ck_assert_double_lt(learned(CO_PPO_NO_MEMORY), -900);
  ck_assert_double_gt(learned(CO_PPO_LSTM + _i), -500);
}
END_TEST

// ---- settings

static const struct {
  const char *text, *says;
} refused[] = {
    {"shared_trunk = true;", "shared_trunk: networks with memory share no trunk"},
    {"dropout = 0.1;", "dropout: networks with memory are learned without dropout"},
    {"recompute_advantages = true;",
     "recompute_advantages: values of networks with memory are those of the rollout"},
};

START_TEST(settings_that_memory_does_without_are_refused) {
  for (int with = 0; with < 2; with++) {
    char text[128];
    co_node *root;
    co_arena arena = {0};
    co_ppo_def def;
    snprintf(text, sizeof text, "%s%s", with ? "memory = \"gru\"; " : "", refused[_i].text);
    ck_assert_int_eq(co_tree_parse(text, "t", &root), CO_OK);
    ck_assert_int_eq(co_schema_read(&co_ppo_schema, root, &arena, &def), with ? CO_CONFIG : CO_OK);
    if (with) ck_assert_ptr_nonnull(strstr(co_error_text(), refused[_i].says));
    co_node_free(root);
    co_arena_free(&arena);
  }
}
END_TEST

// What a network says of itself becomes the same settings again.
START_TEST(settings_follow_from_a_network) {
  co_ppo_def def = memory_def(_i, 16), got;
  co_network_def network, again;
  co_node *root;
  co_arena arena = {0};
  def.memory_width = 9;
  co_ppo.network(&def, PENDULUM_OBS, 1, &network);
  ck_assert_int_eq(network.memory.width, _i == CO_PPO_NO_MEMORY ? 0 : 9);
  ck_assert_int_eq(co_tree_parse("memory = \"lstm\"; memory_width = 3;", "t", &root), CO_OK);
  ck_assert_int_eq(co_ppo.take_network(&network, root), CO_OK);
  ck_assert_int_eq(co_schema_read(&co_ppo_schema, root, &arena, &got), CO_OK);
  co_ppo.network(&got, PENDULUM_OBS, 1, &again);
  ck_assert_int_eq(again.memory.width, network.memory.width);
  ck_assert_int_eq(again.memory.cell, network.memory.cell);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_memory");
  TCase *tcase = tcase_create("ppo_memory");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, gradients_are_those_of_the_loss_through_time, 0, NUM_GRADIENTS);
  tcase_add_loop_test(tcase, a_still_policy_has_ratios_of_one, 0, 4);
  tcase_add_loop_test(tcase, values_go_on_from_rollout_to_rollout, 0, 2);
  tcase_add_loop_test(tcase, value_at_a_time_limit_is_from_the_rows_state, 0, 2);
  tcase_add_loop_test(tcase, threads_change_nothing, 0, NUM_VARIANTS);
  tcase_add_loop_test(tcase, training_allocates_nothing, 0, NUM_VARIANTS);
  tcase_add_test(tcase, the_deepest_critic_is_learned_from);
  tcase_add_test(tcase, parts_can_be_held);
  tcase_add_loop_test(tcase, results_are_bit_identical, 0, 6);
  tcase_add_loop_test(tcase, only_memory_learns_what_is_not_seen, 0, 2);
  tcase_add_loop_test(tcase, settings_that_memory_does_without_are_refused, 0,
                      sizeof refused / sizeof *refused);
  tcase_add_loop_test(tcase, settings_follow_from_a_network, CO_PPO_NO_MEMORY, CO_PPO_GRU + 1);
  suite_add_tcase(suite, tcase);
  return suite;
}
