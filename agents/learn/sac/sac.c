#include "agents/learn/sac/sac.h"

#include "agents/learn/private/settings_network.h"
#include "agents/learn/sac/private/checkpoint.h"
#include "agents/learn/sac/private/learner.h"
#include "core/clock.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// inputs of a slice: the actor's few are to be shared out evenly
enum { ACTOR_SLICE = 32, CRITIC_SLICE = 64 };
enum { MAX_SLICES = (CO_MAX_OBS + CO_MAX_WIDTH) / ACTOR_SLICE + 1 };  // of a layer

static void describe_network(const void *settings, int obs_dim, int act_dim, co_network_def *out) {
  const co_sac_def *def = settings;
  *out = (co_network_def){.head = CO_HEAD_SQUASHED,
                          .obs_dim = obs_dim,
                          .act_dim = act_dim,
                          .layer_norm = def->layer_norm};
  co_settings_give_layers(&def->hidden, &def->activation, out);
}

static int env_rows(const void *settings) {
  return (int)((const co_sac_def *)settings)->envs;
}

static int64_t steps_per_update(const void *settings) {
  const co_sac_def *def = settings;
  return def->envs * def->horizon;
}

// ---- memory: allocations that follow a failed one are skipped ----

typedef struct allocator {
  co_arena *arena;
  bool failed;
} allocator;

static void *take(allocator *a, size_t count, size_t size) {
  void *memory = a->failed ? NULL : co_arena_alloc(a->arena, count, size);
  if (!memory) a->failed = true;
  return memory;
}

static float *take_floats(allocator *a, size_t rows, size_t cols) {
  return take(a, rows * cols, sizeof(float));
}

static void alloc_rows(allocator *a, co_sac_learner *learner, int obs_dim, int act_dim) {
  size_t rows = (size_t)learner->rows;
  learner->row = take(a, rows, sizeof *learner->row);
  learner->row_obs = take_floats(a, rows, (size_t)obs_dim);
  learner->row_next = take_floats(a, rows, (size_t)obs_dim);
  learner->row_action = take_floats(a, rows, (size_t)act_dim);
  learner->row_command = take_floats(a, rows, (size_t)act_dim);
  learner->row_reward = take_floats(a, rows, 1);
  learner->terminated = take(a, rows, 1);
  learner->truncated = take(a, rows, 1);
  learner->fault = take(a, rows, 1);
  learner->moments.mean = take(a, (size_t)obs_dim, sizeof(double));
  learner->moments.m2 = take(a, (size_t)obs_dim, sizeof(double));
}

static co_squashed_sample alloc_sample(allocator *a, size_t batch, size_t dim) {
  return (co_squashed_sample){.noise = take_floats(a, batch, dim),
                              .action = take_floats(a, batch, dim),
                              .std = take_floats(a, batch, dim),
                              .scratch = take_floats(a, 3 * batch, dim),
                              .log_prob = take_floats(a, batch, 1)};
}

// Blocks of the minibatch's rows: as many for each thread, of at most CO_SAC_BLOCK rows, none
// empty.
static int count_blocks(int batch, int threads) {
  int lines = (batch + CO_LANES - 1) / CO_LANES;
  int blocks = (batch + CO_SAC_BLOCK - 1) / CO_SAC_BLOCK;
  blocks = (blocks + threads - 1) / threads * threads;
  return blocks < lines ? blocks : lines;
}

static void alloc_minibatch(allocator *a, co_sac_learner *learner, int obs_dim, int act_dim) {
  int rows = learner->batch > learner->rows ? learner->batch : learner->rows;  // acting uses it too
  size_t batch = (size_t)rows;
  learner->obs_stride = co_row_stride(obs_dim);
  learner->pair_stride = (obs_dim + act_dim + 3) / 4 * 4;
  learner->action_stride = co_row_stride(act_dim);
  learner->row_noise = take(a, batch, sizeof *learner->row_noise);
  learner->index = take(a, batch, sizeof *learner->index);
  learner->raw = take_floats(a, batch, (size_t)obs_dim);
  learner->obs = take_floats(a, batch, (size_t)learner->obs_stride);
  learner->next_obs = take_floats(a, batch, (size_t)learner->obs_stride);
  learner->pair = take_floats(a, batch, (size_t)learner->pair_stride);
  learner->next_pair = take_floats(a, batch, (size_t)learner->pair_stride);
  learner->acted_pair = take_floats(a, batch, (size_t)learner->pair_stride);
  learner->daction = take_floats(a, batch, (size_t)act_dim);
  learner->reward = take_floats(a, batch, 1);
  learner->discount = take_floats(a, batch, 1);
  for (int k = 0; k < CO_CRITICS; k++) {
    learner->next_value[k] = take_floats(a, batch, 1);
    learner->value[k] = take_floats(a, batch, 1);
    learner->acted_value[k] = take_floats(a, batch, 1);
    learner->picked[k] = take_floats(a, batch, (size_t)learner->action_stride);
    learner->dvalue[k] = take_floats(a, batch, (size_t)act_dim);
  }
  learner->sample = alloc_sample(a, batch, (size_t)act_dim);
  learner->next = alloc_sample(a, batch, (size_t)act_dim);
  learner->num_blocks = count_blocks(learner->batch, co_pool_threads(learner->pool));
  learner->side = take(a, CO_CRITICS, sizeof *learner->side);
}

// ---- networks ----

// `dropout` of its hidden layers
static void alloc_pass(allocator *a, const co_mlp *mlp, size_t batch, double dropout,
                       co_sac_pass *pass) {
  for (int l = 0; l < mlp->num_layers; l++) {
    pass->output[l] = take_floats(a, batch, (size_t)mlp->layer[l].out_stride);
    pass->delta[l] = take_floats(a, batch, (size_t)mlp->layer[l].out_stride);
  }
  pass->taped = co_mlp_needs_tape(mlp, dropout);
  if (a->failed || !pass->taped) return;
  a->failed = co_mlp_tape_create(a->arena, mlp, (int)batch, &pass->tape) != CO_OK;
  for (int l = 0; l < mlp->num_layers - 1; l++) {
    size_t lines = (batch + CO_LANES - 1) / CO_LANES;
    if (mlp->norm[l].weight)
      pass->norm_lines[l] = take_floats(a, lines, 2 * (size_t)mlp->norm[l].stride);
  }
}

static void alloc_transposed(allocator *a, co_sac_net *net) {
  for (int l = 1; l < net->mlp.num_layers; l++) {
    co_dense_view *layer = &net->mlp.layer[l];
    net->transposed[l] = take_floats(a, (size_t)layer->out, (size_t)layer->in_stride);
    layer->transposed = net->transposed[l];
  }
}

static void alloc_slices(allocator *a, co_sac_learner *learner, int part, co_sac_net *net) {
  const co_mlp *mlp = &net->mlp;
  net->slice = take(a, (size_t)mlp->num_layers * MAX_SLICES, sizeof *net->slice);
  int size = part == CO_ACTOR ? ACTOR_SLICE : CRITIC_SLICE;
  for (int l = 0; !a->failed && l < mlp->num_layers; l++) {
    const co_dense_view *layer = &mlp->layer[l];
    // the joint head is taken apart as a whole, an adapter needs all rows of its weight
    bool whole = (l == mlp->num_layers - 1 && part == CO_ACTOR) ||
                 learner->adam.rule[mlp->dense[l].tensor].lora > 0;
    for (int in0 = 0; in0 < layer->in; in0 += size) {
      if (whole && in0 > 0) break;
      int left = layer->in - in0;
      net->slice[net->num_slices++] =
          (co_sac_slice){.part = part,
                         .layer = l,
                         .in0 = in0,
                         .count = left < size || whole ? left : size,
                         .bias_grad = in0 == 0 ? learner->grad + mlp->dense[l].bias : NULL};
    }
  }
}

static void alloc_net(allocator *a, co_sac_learner *learner, int part, co_sac_net *net) {
  int rows = learner->batch > learner->rows ? learner->batch : learner->rows;
  double dropout = part == CO_ACTOR ? 0 : learner->def.dropout;
  alloc_pass(a, &net->mlp, (size_t)rows, dropout, &net->pass);
  alloc_transposed(a, net);
  if (!a->failed) alloc_slices(a, learner, part, net);
}

// the actor's last layer is the joint one
static void view_actor(co_sac_learner *learner) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1, out = 2 * net->def.act_dim;
  memcpy(learner->actor_dense, net->part[CO_ACTOR].layer, sizeof learner->actor_dense);
  co_dense *dense = &learner->actor_dense[last];
  size_t weight = (size_t)dense->in * (size_t)co_row_stride(out);
  dense->out = out;
  dense->out_stride = co_row_stride(out);
  dense->weight = net->size;
  dense->bias = net->size + weight;
  learner->actor.mlp = co_mlp_view(learner->kernels, net, learner->actor_dense);
  co_dense_view *view = &learner->actor.mlp.layer[last];
  view->weight = learner->head;
  view->bias = learner->head + weight;
  learner->acting = co_actor_view(learner->kernels, learner->policy);
  learner->acting.mlp = learner->actor.mlp;
}

static void view_critic(co_sac_learner *learner, int k) {
  const co_network *net = &learner->policy->net;
  const co_dense *layers = net->part[CO_CRITIC + k].layer;
  learner->critic[k].mlp = co_mlp_view(learner->kernels, net, layers);
  co_mlp *target = &learner->target_mlp[k];
  *target = learner->critic[k].mlp;
  for (int l = 0; l < net->num_layers; l++) {
    target->layer[l].weight = learner->target + layers[l].weight;
    target->layer[l].bias = learner->target + layers[l].bias;
    if (!layers[l].norm) continue;
    target->norm[l].weight = learner->target + layers[l].norm;
    target->norm[l].bias = target->norm[l].weight + layers[l].out_stride;
  }
}

static void alloc_networks(allocator *a, co_sac_learner *learner) {
  const co_network *net = &learner->policy->net;
  int last = net->num_layers - 1, act_dim = net->def.act_dim;
  size_t head =
      ((size_t)net->part[CO_ACTOR].layer[last].in + 1) * (size_t)co_row_stride(2 * act_dim);
  learner->head = take_floats(a, 1, head);
  learner->grad = take_floats(a, 1, net->size + head);
  learner->target = take_floats(a, 1, net->size);
  learner->step = take(a, (size_t)net->num_tensors, sizeof *learner->step);
  if (a->failed) return;
  view_actor(learner);
  learner->row_state = take(a, (size_t)learner->rows, learner->acting.state_bytes);
  alloc_net(a, learner, CO_ACTOR, &learner->actor);
  for (int k = 0; k < CO_CRITICS; k++) {
    view_critic(learner, k);
    alloc_net(a, learner, CO_CRITIC + k, &learner->critic[k]);
    co_dense_view *target = &learner->target_mlp[k].layer[last];
    learner->target_transposed[k] = take_floats(a, (size_t)target->out, (size_t)target->in_stride);
    target->transposed = learner->target_transposed[k];
    co_dense_view *input = &learner->action_input[k];
    *input = learner->critic[k].mlp.layer[0];
    input->in = act_dim;
    input->in_stride = co_row_stride(act_dim);
    learner->action_transposed[k] = take_floats(a, (size_t)input->out, (size_t)input->in_stride);
    input->transposed = learner->action_transposed[k];
  }
}

// ---- create ----

static void seed_streams(co_sac_learner *learner, co_stream stream) {
  for (int r = 0; r < learner->rows; r++) {
    stream.purpose = CO_PURPOSE_WARMUP;
    learner->row[r].random = co_rng_make(&stream, (uint32_t)r);
    stream.purpose = CO_PURPOSE_ACTION;
    learner->row[r].noise = co_rng_make(&stream, (uint32_t)r);
  }
  stream.purpose = CO_PURPOSE_SHUFFLE;
  learner->sampler = co_rng_make(&stream, 0);
  for (int r = 0; r < learner->batch; r++)
    learner->row_noise[r] = co_rng_make_lane(&stream, (uint32_t)r, 1);
  learner->dropout = stream;
  learner->dropout.purpose = CO_PURPOSE_DROPOUT;
}

static int64_t at_most_a_tenth(int64_t steps, int64_t total) {
  return total > 0 && steps > total / 10 ? total / 10 : steps;
}

// steps before the first update, random steps, normalisation: what depends on where it starts
static void plan(co_sac_learner *learner, const co_learner_def *def) {
  co_policy *policy = def->policy;
  int norm = co_tensor_find_role(policy->tensor, policy->num_tensors, CO_PART_OBS_NORM,
                                 CO_LAYER_NONE, CO_TENSOR_MEAN);
  learner->obs_rule = def->rule ? def->rule[norm] : (co_tensor_rule){.rate = 1};
  learner->from_source = def->from_source;
  learner->random_steps =
      def->from_source ? 0 : at_most_a_tenth(learner->def.random_steps, def->total_steps);
  learner->start_steps = at_most_a_tenth(learner->def.start_steps, def->total_steps);
  if (isnan(learner->def.target_entropy))
    learner->def.target_entropy = -(double)policy->net.def.act_dim;
  if (!learner->def.normalize_obs) co_normalizer_turn_off(&policy->obs_norm);
}

static co_status create_replay(co_sac_learner *learner, const co_learner_def *def) {
  const co_network_def *net = &def->policy->net.def;
  int64_t capacity = learner->def.replay;
  // rounded up to whole updates, like the training
  int64_t most = def->total_steps + steps_per_update(&learner->def);
  if (def->total_steps > 0 && capacity > most) capacity = most;
  learner->replay = co_arena_alloc(&learner->arena, 1, sizeof *learner->replay);
  if (!learner->replay) return CO_MEMORY;
  return co_replay_buffer_create(net->obs_dim, net->act_dim, capacity, def->folder,
                                 learner->replay);
}

static co_status create_members(co_sac_learner *learner, const co_learner_def *def) {
  co_network *net = &def->policy->net;
  CO_TRY(create_replay(learner, def));
  CO_TRY(
      co_fault_guard_create(&learner->arena, def->env, &def->stream, def->faults, &learner->guard));
  CO_TRY(co_adam_create(&learner->arena, learner->kernels, net, def->rule, &def->stream,
                        learner->def.adam_epsilon, &learner->adam));
  allocator a = {&learner->arena, false};
  alloc_rows(&a, learner, net->def.obs_dim, net->def.act_dim);
  alloc_minibatch(&a, learner, net->def.obs_dim, net->def.act_dim);
  alloc_networks(&a, learner);
  if (a.failed) return CO_MEMORY;
  learner->squashed = (co_squashed_def){.kernels = learner->kernels,
                                        .dim = net->def.act_dim,
                                        .log_std_min = (float)learner->def.log_std_min};
  memcpy(learner->target, net->block, net->size * sizeof *net->block);
  seed_streams(learner, def->stream);
  co_sac_pack_all(learner);
  return CO_OK;
}

static void destroy(co_learner *base) {
  if (!base) return;
  co_sac_learner *learner = co_sac_of(base);
  if (learner->replay) co_replay_buffer_free(learner->replay);
  co_arena_free(&learner->arena);
  free(learner);
}

static co_status create(const co_learner_def *def, co_learner **out) {
  *out = NULL;
  assert(def->policy->net.def.head == CO_HEAD_SQUASHED && def->policy->net.def.num_hidden > 0);
  co_sac_learner *learner = co_alloc(1, sizeof *learner);
  if (!learner) return CO_MEMORY;
  learner->base.algorithm = &co_sac;
  learner->def = *(const co_sac_def *)def->settings;
  learner->def.hidden = (co_floats){0};  // borrowed until here; the network knows its own
  learner->def.activation = (co_strings){0};
  learner->policy = def->policy;
  learner->env = def->env;
  learner->pool = def->pool;
  learner->kernels = co_kernels_get();
  learner->rows = co_env_rows(def->env);
  learner->batch = (int)learner->def.batch;
  plan(learner, def);
  co_status status = create_members(learner, def);
  if (status != CO_OK) {
    destroy(&learner->base);
    return status;
  }
  *out = &learner->base;
  return CO_OK;
}

// ---- collect and update ----

static co_status collect(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  double began = co_clock_wall();
  learner->finished = 0;
  learner->finished_return = 0;
  co_status status = co_sac_play(learner);
  learner->wall_s += co_clock_wall() - began;
  return status;
}

// the gradient updates that one env step of all rows is followed by
static co_status learn(co_sac_learner *learner) {
  if (learner->env_steps < learner->start_steps || co_replay_buffer_count(learner->replay) == 0)
    return CO_OK;
  double began = co_clock_wall();
  co_status status = CO_OK;
  int64_t updates = learner->def.updates_per_step * learner->rows;
  for (int64_t i = 0; i < updates && status == CO_OK; i++) status = co_sac_learn(learner);
  learner->update_s += co_clock_wall() - began;
  return status;
}

static co_status run_rounds(co_sac_learner *learner) {
  CO_TRY(learn(learner));
  for (int64_t round = 1; round < learner->def.horizon; round++) {
    CO_TRY(co_sac_play(learner));
    CO_TRY(learn(learner));
  }
  return CO_OK;
}

static void merge_statistics(co_sac_learner *learner) {
  const co_tensor_rule *rule = &learner->obs_rule;
  if (learner->def.normalize_obs && rule->rate > 0 && learner->updates >= rule->from_update)
    co_normalizer_merge(&learner->policy->obs_norm, &learner->moments);
  size_t bytes = (size_t)learner->policy->net.def.obs_dim * sizeof(double);
  learner->moments.count = 0;
  memset(learner->moments.mean, 0, bytes);
  memset(learner->moments.m2, 0, bytes);
}

static co_status update(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  double began = co_clock_wall();
  learner->total = (co_sac_sums){0};
  learner->norm_sum = 0;
  learner->steps_done = learner->actor_steps_done = 0;
  co_sac_choose_moving(learner);
  co_adam_save(&learner->adam);
  co_status status = run_rounds(learner);
  if (status == CO_OK) status = co_policy_check_finite(learner->policy);
  if (status != CO_OK) {
    co_adam_restore(&learner->adam);
    return status;
  }
  merge_statistics(learner);
  learner->updates++;
  learner->wall_s += co_clock_wall() - began;
  return CO_OK;
}

static void stats(const co_learner *base, co_learner_stats *out) {
  const co_sac_learner *learner = co_sac_of_const(base);
  int64_t steps = learner->steps_done, actor_steps = learner->actor_steps_done;
  const co_network *net = &learner->policy->net;
  float alpha;
  learner->kernels->exp(net->block + net->log_alpha, 1, &alpha);
  *out = co_learner_stats_none;
  out->env_steps = learner->env_steps;
  out->gradient_steps = learner->gradient_steps;
  out->updates = learner->updates;
  out->episodes = learner->episodes;
  out->faults = learner->faults;
  out->flop = learner->flop;
  out->episode_return = co_learner_mean(learner->finished_return, learner->finished);
  out->policy_loss = co_learner_mean(learner->total.actor_loss, actor_steps);
  out->value_loss = co_learner_mean(learner->total.critic_loss, steps);
  out->entropy = -co_learner_mean(learner->total.log_prob, actor_steps);
  out->alpha = (double)alpha;
  out->mean_value = co_learner_mean(learner->total.value, steps);
  out->grad_norm = co_learner_mean(learner->norm_sum, steps);
  out->rate = learner->def.rate;
  out->physics_s = learner->physics_s;
  out->inference_s = learner->inference_s;
  out->update_s = learner->update_s;
  out->wall_s = learner->wall_s;
}

const co_algorithm co_sac = {
    .name = "sac",
    .schema = &co_sac_schema,
    .needs = CO_NEEDS_BOUNDS,
    .network = describe_network,
    .take_network = co_sac_take_network,
    .env_rows = env_rows,
    .steps_per_update = steps_per_update,
    .create = create,
    .collect = collect,
    .update = update,
    .stats = stats,
    .save = co_sac_save,
    .keep = co_sac_keep,
    .load = co_sac_load,
    .destroy = destroy,
};
