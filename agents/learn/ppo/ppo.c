#include "agents/learn/ppo/ppo.h"

#include "agents/learn/ppo/private/checkpoint.h"
#include "agents/learn/ppo/private/learner.h"
#include "agents/learn/private/settings_network.h"
#include "core/clock.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void describe_network(const void *settings, int obs_dim, int act_dim, co_network_def *out) {
  const co_ppo_def *def = settings;
  *out = (co_network_def){.obs_dim = obs_dim,
                          .act_dim = act_dim,
                          .layer_norm = def->layer_norm,
                          .shared_trunk = def->shared_trunk};
  co_settings_give_layers(&def->hidden, &def->activation, out);
}

static int env_rows(const void *settings) {
  return (int)((const co_ppo_def *)settings)->envs;
}

static int64_t steps_per_update(const void *settings) {
  const co_ppo_def *def = settings;
  return def->envs * def->horizon;
}

// ---- create ----

static bool create_task(co_arena *arena, const co_network *net, const co_mlp *mlp, double dropout,
                        int rows, co_ppo_task *task) {
  const co_dense_view *layer = mlp->layer;
  size_t obs_stride = (size_t)co_row_stride(net->def.obs_dim);
  task->x = co_arena_alloc(arena, (size_t)rows * obs_stride, sizeof *task->x);
  bool whole = task->x != NULL;
  for (int l = 0; whole && l < net->num_layers; l++) {
    size_t size = (size_t)rows * (size_t)layer[l].out_stride;
    task->output[l] = co_arena_alloc(arena, size, sizeof(float));
    task->delta[l] = co_arena_alloc(arena, size, sizeof(float));
    whole = task->output[l] && task->delta[l];
  }
  task->taped = co_mlp_needs_tape(mlp, dropout);
  if (!whole || !task->taped) return whole;
  return co_mlp_tape_create(arena, mlp, rows, &task->tape) == CO_OK;
}

// More threads than networks share out blocks of rows, unless there are so few that they would
// mostly wait for each other. Networks that share a trunk are one.
static bool goes_by_lanes(const co_ppo_learner *learner) {
  enum { FEW_BLOCKS = 2 };
  bool few = learner->def.minibatch <= FEW_BLOCKS * CO_BLOCK;
  return !learner->policy->net.def.shared_trunk &&
         (few || co_pool_threads(learner->pool) <= CO_NUM_PARTS);
}

static int num_blocks(const co_ppo_learner *learner) {
  return (int)((learner->def.minibatch + CO_BLOCK - 1) / CO_BLOCK);
}

// A lane takes two blocks at a time: weights and the sum of gradients are read once for both, and
// what lies in between stays in a core's cache beside them.
static void choose_rows(co_ppo_learner *learner) {
  enum { BLOCKS = 2 };
  int blocks = num_blocks(learner);
  learner->task_rows = CO_BLOCK * (blocks < BLOCKS ? blocks : BLOCKS);
  learner->num_tasks = CO_NUM_PARTS;
  learner->num_grads = 1;
}

// As many blocks as have room for their gradients in a core's cache or so, and work for all
// threads.
static void choose_waves(co_ppo_learner *learner) {
  enum { CACHE = 4 << 20 };
  size_t fit = CACHE / (learner->policy->net.size * sizeof(float));
  int blocks = num_blocks(learner);
  int wave = co_pool_threads(learner->pool) * 2;
  if (fit > (size_t)wave) wave = fit < (size_t)blocks ? (int)fit : blocks;
  learner->wave_size = wave < blocks ? wave : blocks;
  learner->task_rows = CO_BLOCK;
  learner->num_tasks = learner->wave_size * CO_NUM_PARTS;
  learner->num_grads = learner->wave_size + (blocks > learner->wave_size);
}

static co_status create_tasks(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  int count = learner->num_tasks;
  learner->task = co_arena_alloc(&learner->arena, (size_t)count, sizeof *learner->task);
  learner->grad =
      co_arena_alloc(&learner->arena, (size_t)learner->num_grads * net->size, sizeof(float));
  bool whole = learner->task && learner->grad;
  for (int i = 0; whole && i < count; i++) {
    whole = create_task(&learner->arena, net, &learner->part[i % CO_NUM_PARTS],
                        learner->def.dropout, learner->task_rows, &learner->task[i]);
  }
  return whole ? CO_OK : CO_MEMORY;
}

static int numbers(const co_network *net, int tensor) {
  return net->tensor[tensor].rows * net->tensor[tensor].stride;
}

// Deals tensors out to one task per thread, evenly and in their order: with two threads, a network
// to each, which has the same thread for its blocks.
static co_status create_shares(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  int64_t all = 0, before = 0;
  learner->num_shares = co_pool_threads(learner->pool);
  learner->share = co_arena_alloc(&learner->arena, (size_t)net->num_tensors, sizeof(int));
  if (!learner->share) return CO_MEMORY;
  for (int t = 0; t < net->num_tensors; t++) all += numbers(net, t);
  for (int t = 0; t < net->num_tensors; t++) {
    int64_t middle = 2 * before + numbers(net, t);
    learner->share[t] = (int)(middle * learner->num_shares / (2 * all));
    before += numbers(net, t);
  }
  return CO_OK;
}

// the actor's tensors come first
static void find_parts(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  int t = 0;
  while (net->tensor[t].facts.part == CO_PART_ACTOR) t++;
  learner->tensor0[CO_CRITIC] = t;
  learner->tensor0[CO_NUM_PARTS] = net->num_tensors;
}

// views of both networks, with room for transposed weights behind all layers but the first
static co_status create_parts(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    co_mlp *mlp = &learner->part[part];
    *mlp = co_mlp_view(learner->kernels, net, net->part[part].layer);
    for (int l = 1; l < net->num_layers; l++) {
      size_t size = (size_t)mlp->layer[l].out * (size_t)mlp->layer[l].in_stride;
      float *transposed = co_arena_alloc(&learner->arena, size, sizeof *transposed);
      if (!transposed) return CO_MEMORY;
      learner->transposed[part][l] = transposed;
      mlp->layer[l].transposed = transposed;
    }
  }
  find_parts(learner);
  co_ppo_transpose_all(learner);
  return CO_OK;
}

static co_status create_arrays(co_ppo_learner *learner) {
  const co_network *net = &learner->policy->net;
  int rows = (int)learner->def.envs, steps = (int)learner->def.horizon;
  size_t size = (size_t)rows * (size_t)steps;
  CO_TRY(co_batch_create(&learner->arena, rows, steps, net->def.obs_dim, net->def.act_dim,
                         &learner->batch));
  if (learner->def.recompute_advantages)
    CO_TRY(co_batch_keep_final_obs(&learner->arena, &learner->batch));
  learner->advantage = co_arena_alloc(&learner->arena, size, sizeof(float));
  learner->target = co_arena_alloc(&learner->arena, size, sizeof(float));
  learner->sample = co_arena_alloc(&learner->arena, size, sizeof(uint32_t));
  learner->minibatch_advantage =
      co_arena_alloc(&learner->arena, (size_t)learner->def.minibatch, sizeof(float));
  learner->tensor_moves = co_arena_alloc(&learner->arena, (size_t)net->num_tensors, sizeof(bool));
  learner->square = co_arena_alloc(&learner->arena, (size_t)net->num_tensors, sizeof(double));
  bool whole = learner->advantage && learner->target && learner->sample &&
               learner->minibatch_advantage && learner->tensor_moves && learner->square;
  return whole ? CO_OK : CO_MEMORY;
}

static co_status create_members(co_ppo_learner *learner, const co_learner_def *def) {
  co_policy *policy = def->policy;
  co_collector_def collector = {.env = def->env,
                                .policy = policy,
                                .pool = def->pool,
                                .kernels = learner->kernels,
                                .stream = def->stream,
                                .gamma = learner->def.gamma,
                                .faults = def->faults};
  CO_TRY(create_arrays(learner));
  CO_TRY(co_collector_create(&learner->arena, &collector, &learner->collector));
  CO_TRY(co_adam_create(&learner->arena, learner->kernels, &policy->net, def->rule, &def->stream,
                        learner->def.adam_epsilon, &learner->adam));
  CO_TRY(co_gaussian_create(&learner->arena, policy->net.def.act_dim, &learner->gaussian));
  CO_TRY(create_parts(learner));
  CO_TRY(create_shares(learner));
  learner->by_lanes = goes_by_lanes(learner);
  if (learner->by_lanes) {
    choose_rows(learner);
  } else {
    choose_waves(learner);
  }
  return create_tasks(learner);
}

// the rule of a normaliser's statistics, which stand behind the network's tensors
static co_tensor_rule normalizer_rule(const co_learner_def *def, co_tensor_part part) {
  int tensor = co_tensor_find_role(def->policy->tensor, def->policy->num_tensors, part,
                                   CO_LAYER_NONE, CO_TENSOR_MEAN);
  assert(tensor >= 0);
  return def->rule ? def->rule[tensor] : (co_tensor_rule){.rate = 1};
}

static void destroy(co_learner *base) {
  if (!base) return;
  co_ppo_learner *learner = co_ppo_of(base);
  co_arena_free(&learner->arena);
  free(learner);
}

static co_status create(const co_learner_def *def, co_learner **out) {
  *out = NULL;
  co_ppo_learner *learner = co_alloc_aligned(1, sizeof *learner);
  if (!learner) return CO_MEMORY;
  co_stream shuffle = def->stream;
  shuffle.purpose = CO_PURPOSE_SHUFFLE;
  learner->base.algorithm = &co_ppo;
  learner->def = *(const co_ppo_def *)def->settings;
  learner->dropout = def->stream;
  learner->dropout.purpose = CO_PURPOSE_DROPOUT;
  learner->def.hidden = (co_floats){0};  // borrowed until here; the network knows its own
  learner->def.activation = (co_strings){0};
  learner->policy = def->policy;
  learner->pool = def->pool;
  learner->raw_values = def->raw_values;
  learner->kernels = co_kernels_get();
  learner->obs_rule = normalizer_rule(def, CO_PART_OBS_NORM);
  learner->reward_rule = normalizer_rule(def, CO_PART_REWARD_NORM);
  learner->shuffle = co_rng_make(&shuffle, 0);
  if (!learner->def.normalize_obs) co_normalizer_turn_off(&def->policy->obs_norm);
  int64_t per_update = steps_per_update(&learner->def);
  learner->planned_updates =
      def->total_steps > per_update ? (def->total_steps + per_update - 1) / per_update : 1;
  co_status status = create_members(learner, def);
  if (status != CO_OK) {
    destroy(&learner->base);
    return status;
  }
  *out = &learner->base;
  return CO_OK;
}

// ---- collect and update ----

static bool statistics_learn(const co_ppo_learner *learner, const co_tensor_rule *rule) {
  return rule->rate > 0 && learner->updates >= rule->from_update;
}

static co_status start(co_ppo_learner *learner) {
  bool fresh = *learner->policy->obs_norm.count == 0;
  bool warm_up =
      fresh && learner->def.normalize_obs && statistics_learn(learner, &learner->obs_rule);
  CO_TRY(co_collector_start(&learner->collector, warm_up ? learner->def.warmup_steps : 0));
  learner->started = true;
  return CO_OK;
}

static void scale(float *x, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) x[i] *= factor;
}

// Weight and bias of the critic's last layer, and the point that L2-SP pulls them to.
static void rescale_critic(co_ppo_learner *learner, float factor) {
  const co_network *net = &learner->policy->net;
  const co_dense *last = &net->part[CO_CRITIC].layer[net->num_layers - 1];
  co_adam_rescale(&learner->adam, last->tensor, factor);
  co_adam_rescale(&learner->adam, last->tensor + 1, factor);  // the bias
  co_ppo_transpose_all(learner);
}

// of the critic's last layer
static bool is_frozen(const co_ppo_learner *learner, co_tensor_role role) {
  const co_network *net = &learner->policy->net;
  int tensor =
      co_tensor_find_role(net->tensor, net->num_tensors, CO_PART_CRITIC, CO_LAYER_VALUE, role);
  return learner->adam.rule[tensor].rate == 0;
}

// Values live on the reward scaler's scale (docs/methods.md rule 7): w, b times old sigma / new
// sigma, and with them the values of this rollout. A frozen layer keeps its bytes, whatever it
// predicts.
static void follow_reward_scale(co_ppo_learner *learner, double old_var) {
  const co_normalizer *norm = &learner->policy->reward_norm;
  co_batch *batch = &learner->batch;
  if (*norm->count == 0) return;
  learner->raw_values = false;
  if (is_frozen(learner, CO_TENSOR_WEIGHT) || is_frozen(learner, CO_TENSOR_BIAS)) return;
  float factor = (float)sqrt((old_var + norm->epsilon) / (norm->var[0] + norm->epsilon));
  rescale_critic(learner, factor);
  scale(batch->value, co_batch_size(batch), factor);
  scale(batch->final_value, co_batch_size(batch), factor);
  scale(batch->last_value, (size_t)batch->rows, factor);
}

static co_status collect(co_learner *base) {
  co_ppo_learner *learner = co_ppo_of(base);
  double began = co_clock_wall(), old_var = learner->policy->reward_norm.var[0];
  if (!learner->started) CO_TRY(start(learner));
  CO_TRY(co_collector_run(&learner->collector, &learner->batch));
  co_collector_merge(
      &learner->collector,
      learner->def.normalize_obs && statistics_learn(learner, &learner->obs_rule),
      learner->def.normalize_reward && statistics_learn(learner, &learner->reward_rule));
  if (learner->raw_values) follow_reward_scale(learner, old_var);
  double per_row = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++)
    per_row += co_mlp_forward_flop(&learner->part[part]);
  learner->flop += per_row * (double)co_batch_size(&learner->batch);
  learner->wall_s += co_clock_wall() - began;
  return CO_OK;
}

static co_status update(co_learner *base) {
  co_ppo_learner *learner = co_ppo_of(base);
  double began = co_clock_wall();
  CO_TRY(co_ppo_update(learner));
  double took = co_clock_wall() - began;
  learner->update_s += took;
  learner->wall_s += took;
  return CO_OK;
}

static void stats(const co_learner *base, co_learner_stats *out) {
  const co_ppo_learner *learner = co_ppo_of_const(base);
  const co_collector *collector = &learner->collector;
  int64_t rows = learner->progress.rows_seen;
  *out = co_learner_stats_none;
  out->env_steps = collector->env_steps;
  out->warmup_steps = (int64_t)collector->warmup_steps * collector->rows;
  out->gradient_steps = learner->gradient_steps;
  out->updates = learner->updates;
  out->episodes = collector->episodes;
  out->faults = collector->faults;
  out->flop = learner->flop;
  out->episode_return = collector->episode_return;
  out->policy_loss = co_learner_mean(learner->progress.sums.policy_loss, rows);
  out->value_loss = co_learner_mean(learner->progress.sums.value_loss, rows);
  out->entropy = (double)learner->gaussian.entropy;
  out->approx_kl = co_learner_mean(learner->progress.sums.approx_kl, rows);
  out->clip_fraction = co_learner_mean((double)learner->progress.sums.clipped, rows);
  out->explained_variance = learner->explained_variance;
  out->grad_norm = co_learner_mean(learner->progress.norm_sum, learner->progress.steps_done);
  out->rate = learner->progress.rate;
  out->physics_s = collector->physics_s;
  out->inference_s = collector->inference_s;
  out->update_s = learner->update_s;
  out->wall_s = learner->wall_s;
}

const co_algorithm co_ppo = {
    .name = "ppo",
    .schema = &co_ppo_schema,
    .network = describe_network,
    .take_network = co_ppo_take_network,
    .in_target = co_ppo_in_target,
    .horizon_matters = co_ppo_horizon_matters,
    .env_rows = env_rows,
    .steps_per_update = steps_per_update,
    .create = create,
    .collect = collect,
    .update = update,
    .stats = stats,
    .save = co_ppo_save,
    .load = co_ppo_load,
    .destroy = destroy,
};
