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

static void describe_network(const void *settings, int obs_dim, int act_dim, co_network_def *out) {
  const co_sac_def *def = settings;
  *out = (co_network_def){.head = CO_HEAD_SQUASHED,
                          .obs_dim = obs_dim,
                          .act_dim = act_dim,
                          .layer_norm = def->layer_norm,
                          .num_critics = (int)def->critics};
  co_settings_give_layers(&def->hidden, &def->activation, out);
}

static int env_rows(const void *settings) {
  return (int)((const co_sac_def *)settings)->envs;
}

static int64_t steps_per_update(const void *settings) {
  const co_sac_def *def = settings;
  return def->envs * def->horizon;
}

// ---- create ----

static int64_t at_most_a_tenth(int64_t steps, int64_t total) {
  return total > 0 && steps > total / 10 ? total / 10 : steps;
}

// Blocks of the minibatch's rows: as many for each thread, of at most CO_SAC_BLOCK rows, none
// empty.
static int count_blocks(int batch, int threads) {
  int lines = (batch + CO_LANES - 1) / CO_LANES;
  int blocks = (batch + CO_SAC_BLOCK - 1) / CO_SAC_BLOCK;
  blocks = (blocks + threads - 1) / threads * threads;
  return blocks < lines ? blocks : lines;
}

// The settings as this learner takes them. Lists are borrowed until here; the network knows its
// own.
static co_sac_def settle(const co_sac_def *settings, const co_network_def *net) {
  co_sac_def def = *settings;
  def.hidden = (co_floats){0};
  def.activation = (co_strings){0};
  if (isnan(def.target_entropy)) def.target_entropy = -(double)net->act_dim;
  return def;
}

static co_tensor_rule rule_of_norm(const co_learner_def *def) {
  const co_policy *policy = def->policy;
  int norm = co_tensor_find_role(policy->tensor, policy->num_tensors, CO_PART_OBS_NORM,
                                 CO_LAYER_NONE, CO_TENSOR_MEAN);
  return def->rule ? def->rule[norm] : (co_tensor_rule){.rate = 1};
}

static co_sac_spec make_spec(const co_learner_def *def) {
  const co_network_def *net = &def->policy->net.def;
  co_sac_spec spec = {.def = settle(def->settings, net),
                      .policy = def->policy,
                      .env = {def->env[CO_ENV_TARGET], def->env[CO_ENV_SOURCE]},
                      .data = def->data && def->data->count ? def->data : NULL,
                      .pool = def->pool,
                      .kernels = co_kernels_get(),
                      .obs_rule = rule_of_norm(def),
                      .from_source = def->from_source,
                      .rollout_warmup = def->rollout_warmup,
                      .rows = co_env_rows(def->env[CO_ENV_TARGET]),
                      .num_critics = co_network_critics(net),
                      .obs_stride = co_row_stride(net->obs_dim),
                      .pair_stride = (net->obs_dim + net->act_dim + 3) / 4 * 4,
                      .action_stride = co_row_stride(net->act_dim),
                      .dropout = def->stream};
  spec.dropout.purpose = CO_PURPOSE_DROPOUT;
  if (def->redo) spec.redo = *def->redo;
  if (spec.data && isnan(spec.def.data_share)) spec.def.data_share = 0.5;
  if (def->env[CO_ENV_SOURCE]) spec.source = *def->source_env;
  spec.batch = (int)spec.def.batch;
  spec.num_blocks = count_blocks(spec.batch, co_pool_threads(def->pool));
  spec.squashed = (co_squashed_def){
      .kernels = spec.kernels, .dim = net->act_dim, .log_std_min = (float)spec.def.log_std_min};
  spec.start_steps = at_most_a_tenth(spec.def.start_steps, def->total_steps);
  if (!def->from_source)
    spec.random_steps = at_most_a_tenth(spec.def.random_steps, def->total_steps);
  return spec;
}

static void destroy(co_learner *base) {
  if (!base) return;
  co_sac_learner *learner = co_sac_of(base);
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++) {
    co_replay_buffer *replay = learner->state.player[role].replay;
    if (replay) co_replay_buffer_free(replay);
  }
  co_arena_free(&learner->arena);
  free(learner);
}

static co_status create(const co_learner_def *def, co_learner **out) {
  *out = NULL;
  assert(def->policy->net.def.head == CO_HEAD_SQUASHED && def->policy->net.def.num_hidden > 0);
  assert(def->rollout_warmup == 0 || def->from_source);
  assert(!def->data ||
         co_data_sets_fit(def->data, def->policy->net.def.obs_dim, def->policy->net.def.act_dim));
  assert(!def->env[CO_ENV_SOURCE] || (def->source_env && co_env_rows(def->env[CO_ENV_SOURCE]) ==
                                                             co_env_rows(def->env[CO_ENV_TARGET])));
  co_sac_learner *learner = co_alloc(1, sizeof *learner);
  if (!learner) return CO_MEMORY;
  learner->base.algorithm = &co_sac;
  learner->spec = make_spec(def);
  if (!learner->spec.def.normalize_obs) co_normalizer_turn_off(&def->policy->obs_norm);
  co_status status = co_sac_make_memory(learner, def);
  if (status != CO_OK) {
    destroy(&learner->base);
    return status;
  }
  *out = &learner->base;
  return CO_OK;
}

// ---- collect and update ----

// One step of all rows of the target, and in the source as many times that as its def says.
static co_status play(co_sac_learner *learner) {
  CO_TRY(co_sac_play(learner, CO_ENV_TARGET));
  for (int64_t i = 0; i < learner->spec.source.steps_per_step; i++)
    CO_TRY(co_sac_play(learner, CO_ENV_SOURCE));
  return CO_OK;
}

static co_status collect(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  double began = co_clock_wall();
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++) {
    learner->state.player[role].finished = 0;
    learner->state.player[role].finished_return = 0;
  }
  co_status status = play(learner);
  learner->state.wall_s += co_clock_wall() - began;
  return status;
}

// Each env that is there has left something to learn from.
static bool has_transitions(const co_sac_learner *learner) {
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    if (learner->spec.env[role] && co_replay_buffer_count(learner->state.player[role].replay) == 0)
      return false;
  return true;
}

// the gradient updates that one env step of all rows is followed by
static co_status learn(co_sac_learner *learner) {
  int64_t env_steps = learner->state.player[CO_ENV_TARGET].env_steps;
  if (env_steps < learner->spec.start_steps || co_sac_warms_up(learner) ||
      !has_transitions(learner))
    return CO_OK;
  double began = co_clock_wall();
  co_status status = CO_OK;
  int64_t updates = learner->spec.def.updates_per_step * learner->spec.rows;
  for (int64_t i = 0; i < updates && status == CO_OK; i++) status = co_sac_learn(learner);
  learner->state.update_s += co_clock_wall() - began;
  return status;
}

static co_status run_rounds(co_sac_learner *learner) {
  CO_TRY(learn(learner));
  for (int64_t round = 1; round < learner->spec.def.horizon; round++) {
    CO_TRY(play(learner));
    CO_TRY(learn(learner));
  }
  return CO_OK;
}

static void merge_statistics(co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  const co_tensor_rule *rule = &spec->obs_rule;
  co_moments *moments = &learner->scratch.play.moments;
  if (spec->def.normalize_obs && rule->rate > 0 && learner->state.updates >= rule->from_update)
    co_normalizer_merge(&spec->policy->obs_norm, moments);
  size_t bytes = (size_t)spec->policy->net.def.obs_dim * sizeof(double);
  moments->count = 0;
  memset(moments->mean, 0, bytes);
  memset(moments->m2, 0, bytes);
}

static co_status update(co_learner *base) {
  co_sac_learner *learner = co_sac_of(base);
  co_sac_state *state = &learner->state;
  double began = co_clock_wall();
  state->total = (co_sac_sums){0};
  state->norm_sum = 0;
  state->steps_done = state->actor_steps_done = 0;
  co_sac_choose_moving(learner);
  co_losses_begin(&state->losses, state->updates * steps_per_update(&learner->spec.def));
  co_adam_save(&state->adam);
  co_status status = run_rounds(learner);
  if (status == CO_OK) status = co_policy_check_finite(learner->spec.policy);
  if (status != CO_OK) {
    co_adam_restore(&state->adam);
    co_sac_pack_all(learner);
    return status;
  }
  merge_statistics(learner);
  co_losses_end(&state->losses, state->total.term, state->actor_steps_done);
  state->updates++;
  state->wall_s += co_clock_wall() - began;
  return CO_OK;
}

static void source_stats(const co_sac_player *player, co_learner_stats *out) {
  out->source_env_steps = player->env_steps;
  out->source_episodes = player->episodes;
  out->source_faults = player->faults;
  out->source_return = co_learner_mean(player->finished_return, player->finished);
}

static void stats(const co_learner *base, co_learner_stats *out) {
  const co_sac_learner *learner = co_sac_of_const(base);
  const co_sac_state *state = &learner->state;
  const co_network *net = &learner->spec.policy->net;
  float alpha;
  learner->spec.kernels->exp(net->block + net->log_alpha, 1, &alpha);
  *out = co_learner_stats_none;
  const co_sac_player *player = &state->player[CO_ENV_TARGET];
  out->env_steps = player->env_steps;
  out->gradient_steps = state->gradient_steps;
  out->recycled_units = state->recycled_units;
  out->updates = state->updates;
  out->episodes = player->episodes;
  out->faults = player->faults;
  out->flop = state->flop;
  out->episode_return = co_learner_mean(player->finished_return, player->finished);
  if (learner->spec.env[CO_ENV_SOURCE]) source_stats(&state->player[CO_ENV_SOURCE], out);
  out->policy_loss = co_learner_mean(state->total.actor_loss, state->actor_steps_done);
  out->value_loss = co_learner_mean(state->total.critic_loss, state->steps_done);
  out->entropy = -co_learner_mean(state->total.log_prob, state->actor_steps_done);
  out->alpha = (double)alpha;
  out->mean_value = co_learner_mean(state->total.value, state->steps_done);
  out->grad_norm = co_learner_mean(state->norm_sum, state->steps_done);
  out->rate = learner->spec.def.rate;
  co_losses_stats(&state->losses, out);
  out->physics_s = state->physics_s;
  out->inference_s = state->inference_s;
  out->update_s = state->update_s;
  out->wall_s = state->wall_s;
}

static co_status add_data(const co_learner *base, co_data_writer *writer) {
  const co_sac_learner *learner = co_sac_of_const(base);
  return co_replay_buffer_add_to(learner->state.player[CO_ENV_TARGET].replay,
                                 learner->spec.policy->output, writer);
}

const co_algorithm co_sac = {
    .name = "sac",
    .schema = &co_sac_schema,
    .needs = CO_NEEDS_BOUNDS | CO_NEEDS_ENV,
    .uses = CO_NEEDS_DATA | CO_NEEDS_SOURCE_ENV,
    .recycles = true,
    .warms_up = true,
    .takes_losses = true,
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
    .add_data = add_data,
    .destroy = destroy,
};
