#include "agents/learn/ppo/ppo.h"

#include "agents/learn/ppo/private/checkpoint.h"
#include "agents/learn/ppo/private/create.h"
#include "agents/learn/ppo/private/learner.h"
#include "agents/learn/private/settings_network.h"
#include "core/clock.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static void describe_network(const void *settings, int obs_dim, int act_dim, co_network_def *out) {
  const co_ppo_def *def = settings;
  *out = (co_network_def){.obs_dim = obs_dim,
                          .act_dim = act_dim,
                          .layer_norm = def->layer_norm,
                          .shared_trunk = def->shared_trunk};
  if (def->memory != CO_PPO_NO_MEMORY)
    out->memory =
        (co_memory_def){.cell = co_ppo_cell(def->memory), .width = (int)def->memory_width};
  co_settings_give_layers(&def->hidden, &def->activation, out);
}

static bool privileged(const void *settings) {
  return ((const co_ppo_def *)settings)->privileged;
}

static int env_rows(const void *settings) {
  return (int)((const co_ppo_def *)settings)->envs;
}

static int64_t steps_per_update(const void *settings) {
  const co_ppo_def *def = settings;
  return def->envs * def->horizon;
}

// ---- create ----

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
  learner->base.algorithm = &co_ppo;
  co_status status = co_ppo_create_members(learner, def);
  if (status != CO_OK) {
    destroy(&learner->base);
    return status;
  }
  if (!learner->spec.def.normalize_obs) co_normalizer_turn_off(&def->policy->obs_norm);
  *out = &learner->base;
  return CO_OK;
}

// ---- collect and update ----

static bool statistics_learn(const co_ppo_learner *learner, const co_tensor_rule *rule) {
  return rule->rate > 0 && learner->state.updates >= rule->from_update;
}

static co_status start(co_ppo_learner *learner) {
  const co_ppo_spec *spec = &learner->spec;
  bool fresh = *spec->policy->obs_norm.count == 0;
  bool warm_up = fresh && spec->def.normalize_obs && statistics_learn(learner, &spec->obs_rule);
  CO_TRY(co_collector_start(&learner->state.collector, warm_up ? spec->def.warmup_steps : 0));
  learner->state.started = true;
  return CO_OK;
}

static void scale(float *x, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) x[i] *= factor;
}

// Weight and bias of the critic's last layer, and the point that L2-SP pulls them to.
static void rescale_critic(co_ppo_learner *learner, float factor) {
  const co_network *net = &learner->spec.policy->net;
  const co_dense *last = &net->part[CO_CRITIC].layer[net->num_layers - 1];
  co_adam_rescale(&learner->state.adam, last->tensor, factor);
  co_adam_rescale(&learner->state.adam, last->tensor + 1, factor);  // the bias
  co_ppo_transpose_all(learner);
}

// of the critic's last layer
static bool is_frozen(const co_ppo_learner *learner, co_tensor_role role) {
  const co_network *net = &learner->spec.policy->net;
  int tensor =
      co_tensor_find_role(net->tensor, net->num_tensors, CO_PART_CRITIC, CO_LAYER_VALUE, role);
  return learner->state.adam.rule[tensor].rate == 0;
}

// Values live on the reward scaler's scale (docs/methods.md rule 7): w, b times old sigma / new
// sigma, and with them the values of this rollout. A frozen layer keeps its bytes, whatever it
// predicts.
static void follow_reward_scale(co_ppo_learner *learner, double old_var) {
  const co_normalizer *norm = &learner->spec.policy->reward_norm;
  co_batch *batch = &learner->scratch.batch;
  if (*norm->count == 0) return;
  learner->state.raw_values = false;
  if (is_frozen(learner, CO_TENSOR_WEIGHT) || is_frozen(learner, CO_TENSOR_BIAS)) return;
  float factor = (float)sqrt((old_var + norm->epsilon) / (norm->var[0] + norm->epsilon));
  rescale_critic(learner, factor);
  scale(batch->value, co_batch_size(batch), factor);
  scale(batch->final_value, co_batch_size(batch), factor);
  scale(batch->last_value, (size_t)batch->rows, factor);
}

// of actor and critic at one observation
static double acting_flop(const co_ppo_learner *learner) {
  double flop = 0;
  for (int part = 0; part < CO_NUM_PARTS; part++) {
    const co_graph *graph = learner->spec.policy->net.part[part].graph;
    flop +=
        graph ? co_graph_forward_flop(graph) : co_mlp_forward_flop(&learner->scratch.part[part]);
  }
  return flop;
}

static co_status collect(co_learner *base) {
  co_ppo_learner *learner = co_ppo_of(base);
  const co_ppo_spec *spec = &learner->spec;
  co_ppo_state *state = &learner->state;
  double began = co_clock_wall(), old_var = spec->policy->reward_norm.var[0];
  if (!state->started) CO_TRY(start(learner));
  CO_TRY(co_collector_run(&state->collector, &learner->scratch.batch));
  co_collector_merge(&state->collector,
                     spec->def.normalize_obs && statistics_learn(learner, &spec->obs_rule),
                     spec->def.normalize_reward && statistics_learn(learner, &spec->reward_rule));
  if (state->raw_values) follow_reward_scale(learner, old_var);
  state->flop += acting_flop(learner) * (double)co_batch_size(&learner->scratch.batch);
  state->wall_s += co_clock_wall() - began;
  return CO_OK;
}

static co_status update(co_learner *base) {
  co_ppo_learner *learner = co_ppo_of(base);
  double began = co_clock_wall();
  CO_TRY(co_ppo_update(learner));
  double took = co_clock_wall() - began;
  learner->state.update_s += took;
  learner->state.wall_s += took;
  return CO_OK;
}

static void stats(const co_learner *base, co_learner_stats *out) {
  const co_ppo_learner *learner = co_ppo_of_const(base);
  const co_ppo_state *state = &learner->state;
  const co_collector *collector = &state->collector;
  const co_ppo_progress *progress = &state->progress;
  *out = co_learner_stats_none;
  out->env_steps = collector->env_steps;
  out->warmup_steps = (int64_t)collector->warmup_steps * collector->rows;
  out->gradient_steps = state->gradient_steps;
  out->recycled_units = state->recycled_units;
  out->updates = state->updates;
  out->episodes = collector->episodes;
  out->faults = collector->faults;
  out->flop = state->flop;
  out->episode_return = collector->episode_return;
  out->policy_loss = co_learner_mean(progress->sums.policy_loss, progress->rows_seen);
  out->value_loss = co_learner_mean(progress->sums.value_loss, progress->rows_seen);
  out->entropy = (double)learner->scratch.gaussian.entropy;
  out->approx_kl = co_learner_mean(progress->sums.approx_kl, progress->rows_seen);
  out->clip_fraction = co_learner_mean((double)progress->sums.clipped, progress->rows_seen);
  out->explained_variance = state->explained_variance;
  out->grad_norm = co_learner_mean(progress->norm_sum, progress->steps_done);
  out->rate = progress->rate;
  co_losses_stats(&state->losses, out);
  out->physics_s = collector->physics_s;
  out->inference_s = collector->inference_s;
  out->update_s = state->update_s;
  out->wall_s = state->wall_s;
}

const co_algorithm co_ppo = {
    .name = "ppo",
    .schema = &co_ppo_schema,
    .needs = CO_NEEDS_ENV,
    .recycles = true,
    .takes_losses = true,
    .network = describe_network,
    .privileged = privileged,
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
