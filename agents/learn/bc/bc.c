#include "agents/learn/bc/bc.h"

#include "agents/learn/bc/private/checkpoint.h"
#include "agents/learn/bc/private/learner.h"
#include "agents/learn/private/settings_network.h"
#include "agents/policy/actor.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void describe_network(const void *settings, int obs_dim, int act_dim, co_network_def *out) {
  const co_bc_def *def = settings;
  *out = (co_network_def){.obs_dim = obs_dim, .act_dim = act_dim, .layer_norm = def->layer_norm};
  co_settings_give_layers(&def->hidden, &def->activation, out);
}

static int64_t steps_per_update(const void *settings) {
  return ((const co_bc_def *)settings)->interval;
}

// ---- create: spec ----

static co_tensor_rule rule_of(const co_learner_def *def, const void *data) {
  const co_policy *policy = def->policy;
  for (int t = 0; t < policy->num_tensors; t++)
    if (policy->tensor[t].data == data)
      return def->rule ? def->rule[t] : (co_tensor_rule){.rate = 1};
  return (co_tensor_rule){.rate = 0};
}

// Every transition that is learned from is as likely as any other.
static co_status deal_data(co_bc_learner *learner, const co_learner_def *def) {
  co_bc_spec *spec = &learner->spec;
  co_stream stream = def->stream;
  stream.purpose = CO_PURPOSE_SHUFFLE;
  size_t count = (size_t)def->data->count;
  spec->data = def->data;
  spec->num_sets = def->data->count;
  spec->kept = co_arena_alloc(&learner->arena, count, sizeof *spec->kept);
  spec->held = co_arena_alloc(&learner->arena, count, sizeof *spec->held);
  spec->source = co_arena_alloc(&learner->arena, count, sizeof *spec->source);
  CO_TRY(co_arena_status(&learner->arena));
  for (int i = 0; i < spec->num_sets; i++) {
    co_rng rng = co_rng_make_lane(&stream, (uint32_t)i, 1);
    CO_TRY(co_data_split(&def->data->set[i], spec->def.holdout, &rng, &learner->arena,
                         &spec->kept[i], &spec->held[i]));
    int64_t transitions = spec->kept[i].transitions;
    spec->source[i] = (co_minibatch_source){transitions, (double)transitions};
    spec->held_transitions += spec->held[i].transitions;
  }
  return CO_OK;
}

static co_status create_spec(co_bc_learner *learner, const co_learner_def *def) {
  co_bc_spec *spec = &learner->spec;
  const co_network *net = &def->policy->net;
  if (def->policy->contract.output == CO_OUTPUT_TANH)
    return co_fail(CO_CONFIG,
                   "bc compares outputs with actions, and the output of this policy goes "
                   "through tanh: copy its trunk alone, as new_head does");
  spec->def = *(const co_bc_def *)def->settings;
  spec->def.hidden = (co_floats){0};  // borrowed until here; the network knows its own
  spec->def.activation = (co_strings){0};
  spec->policy = def->policy;
  spec->pool = def->pool;
  spec->kernels = co_kernels_get();
  spec->obs_rule = rule_of(def, def->policy->obs_norm.mean);
  while (net->tensor[spec->num_tensors].facts.part == CO_PART_ACTOR) spec->num_tensors++;
  spec->grad_size = net->part[CO_CRITIC].layer[0].weight;  // lies right behind the actor
  spec->x_stride = co_row_stride(net->def.obs_dim);
  return deal_data(learner, def);
}

// ---- create: state and scratch ----

static co_status create_adam(co_bc_learner *learner, const co_learner_def *def) {
  co_network *net = &def->policy->net;
  co_tensor_rule *rule = co_alloc((size_t)net->num_tensors, sizeof *rule);
  if (!rule) return CO_MEMORY;
  for (int t = 0; t < learner->spec.num_tensors; t++) {
    rule[t] = rule_of(def, net->tensor[t].data);
    if (net->tensor[t].facts.role == CO_TENSOR_WEIGHT) rule[t].decay += learner->spec.def.decay;
  }
  co_status status = co_adam_create(&learner->arena, learner->spec.kernels, net, rule, &def->stream,
                                    learner->spec.def.adam_epsilon, &learner->state.adam);
  free(rule);
  return status;
}

static co_status create_state(co_bc_learner *learner, const co_learner_def *def) {
  co_bc_state *state = &learner->state;
  co_stream stream = def->stream;
  stream.purpose = CO_PURPOSE_SHUFFLE;
  state->sampler = co_rng_make(&stream, 0);
  state->loss = state->norm = state->held_loss = (double)NAN;
  return create_adam(learner, def);
}

// The actor with transposed weights behind all layers but the first.
static co_status create_actor(co_bc_learner *learner) {
  const co_network *net = &learner->spec.policy->net;
  co_mlp *actor = &learner->scratch.actor;
  *actor = co_mlp_view(learner->spec.kernels, net, net->part[CO_ACTOR].layer);
  for (int l = 1; l < co_mlp_layers(actor); l++) {
    size_t size = (size_t)actor->layer[l].out * (size_t)actor->layer[l].in_stride;
    float *transposed = co_arena_alloc(&learner->arena, size, sizeof *transposed);
    if (!transposed) return CO_MEMORY;
    learner->scratch.transposed[l] = transposed;
    actor->layer[l].transposed = transposed;
  }
  co_bc_transpose_all(learner);
  return CO_OK;
}

static co_status create_slot(co_bc_learner *learner, co_bc_slot *slot) {
  const co_network_def *net = &learner->spec.policy->net.def;
  co_arena *arena = &learner->arena;
  size_t obs_dim = (size_t)net->obs_dim, act_dim = (size_t)net->act_dim;
  slot->sums.square = co_arena_alloc(arena, act_dim, sizeof(double));
  slot->obs = co_arena_alloc(arena, CO_BC_PASS * obs_dim, sizeof(float));
  slot->x = co_arena_alloc(arena, CO_BC_PASS * (size_t)learner->spec.x_stride, sizeof(float));
  slot->target = co_arena_alloc(arena, CO_BC_PASS * act_dim, sizeof(float));
  slot->weight = co_arena_alloc(arena, CO_BC_PASS, sizeof(float));
  CO_TRY(co_arena_status(arena));
  return co_mlp_pass_create(arena, &learner->scratch.actor, CO_BC_PASS, 0, &slot->pass);
}

static co_status create_scratch(co_bc_learner *learner) {
  co_bc_scratch *scratch = &learner->scratch;
  co_arena *arena = &learner->arena;
  size_t tensors = (size_t)learner->spec.num_tensors;
  size_t act_dim = (size_t)learner->spec.policy->net.def.act_dim;
  CO_TRY(create_actor(learner));
  scratch->tensor_moves = co_arena_alloc(arena, tensors, sizeof(bool));
  scratch->tensor_square = co_arena_alloc(arena, tensors, sizeof(double));
  scratch->total.square = co_arena_alloc(arena, act_dim, sizeof(double));
  scratch->row = co_arena_alloc(arena, (size_t)learner->spec.def.minibatch, sizeof *scratch->row);
  scratch->grad = co_arena_alloc(arena, CO_BC_SLOTS * learner->spec.grad_size, sizeof(float));
  scratch->slot = co_arena_alloc(arena, CO_BC_SLOTS, sizeof *scratch->slot);
  CO_TRY(co_arena_status(arena));
  for (int i = 0; i < CO_BC_SLOTS; i++) CO_TRY(create_slot(learner, &scratch->slot[i]));
  return CO_OK;
}

static void destroy(co_learner *base) {
  if (!base) return;
  co_bc_learner *learner = co_bc_of(base);
  co_arena_free(&learner->arena);
  free(learner);
}

static co_status create(const co_learner_def *def, co_learner **out) {
  *out = NULL;
  assert(def->policy->net.def.head == CO_HEAD_GAUSSIAN && !def->policy->net.def.shared_trunk);
  CO_TRY(co_algorithm_check_data(&co_bc, def->data));
  assert(co_data_sets_fit(def->data, def->policy->net.def.obs_dim, def->policy->net.def.act_dim));
  co_bc_learner *learner = co_alloc(1, sizeof *learner);
  if (!learner) return CO_MEMORY;
  learner->base.algorithm = &co_bc;
  co_status status = create_spec(learner, def);
  if (status == CO_OK) status = create_state(learner, def);
  if (status == CO_OK) status = create_scratch(learner);
  if (status != CO_OK) {
    destroy(&learner->base);
    return status;
  }
  if (!learner->spec.def.normalize_obs) co_normalizer_turn_off(&def->policy->obs_norm);
  *out = &learner->base;
  return CO_OK;
}

// ---- before the first update ----

// In the order of sets and of their records, whatever the number of threads.
static co_status normalise(co_bc_learner *learner) {
  const co_bc_spec *spec = &learner->spec;
  int dim = spec->policy->net.def.obs_dim;
  double *sums = co_alloc(2 * (size_t)dim, sizeof *sums);
  if (!sums) return CO_MEMORY;
  co_moments moments = {.mean = sums, .m2 = sums + dim};
  for (int i = 0; i < spec->num_sets; i++)
    for (int64_t k = 0; k < spec->kept[i].transitions; k++)
      co_moments_add(&moments, dim, co_data_part_at(&spec->kept[i], k).obs);
  co_normalizer_merge(&spec->policy->obs_norm, &moments);
  free(sums);
  learner->state.normalised = true;
  return CO_OK;
}

static void tell_clamped(const co_bc_learner *learner) {
  const co_bc_spec *spec = &learner->spec;
  int dim = spec->policy->net.def.act_dim;
  float *output = learner->scratch.slot->target;
  int64_t clamped = 0, all = 0;
  for (int i = 0; i < spec->num_sets; i++) {
    for (int64_t k = 0; k < spec->kept[i].transitions; k++)
      clamped += co_output_invert(spec->policy->output, dim, 1,
                                  co_data_part_at(&spec->kept[i], k).action, output);
    all += spec->kept[i].transitions;
  }
  if (clamped)
    co_log(CO_LOG_WARNING,
           "%" PRId64 " of %" PRId64
           " actions of the data are beyond what the policy can do: cloned at its bounds",
           clamped, all);
}

// There is no rollout: the data are there already.
static co_status collect(co_learner *base) {
  co_bc_learner *learner = co_bc_of(base);
  const co_bc_spec *spec = &learner->spec;
  double began = co_clock_wall();
  co_status status = CO_OK;
  if (learner->state.updates == 0) tell_clamped(learner);
  if (spec->def.normalize_obs && !learner->state.normalised && spec->obs_rule.rate > 0 &&
      learner->state.updates >= spec->obs_rule.from_update)
    status = normalise(learner);
  learner->state.wall_s += co_clock_wall() - began;
  return status;
}

static co_status update(co_learner *base) {
  co_bc_learner *learner = co_bc_of(base);
  double began = co_clock_wall();
  CO_TRY(co_bc_update(learner));
  double took = co_clock_wall() - began;
  learner->state.update_s += took;
  learner->state.wall_s += took;
  return CO_OK;
}

static void stats(const co_learner *base, co_learner_stats *out) {
  const co_bc_learner *learner = co_bc_of_const(base);
  const co_bc_state *state = &learner->state;
  co_actor actor = co_actor_view(learner->spec.kernels, learner->spec.policy);
  *out = co_learner_stats_none;
  out->updates = state->updates;
  out->gradient_steps = state->gradient_steps;
  out->flop = state->flop;
  out->policy_loss = state->loss;
  out->held_out_loss = state->held_loss;
  out->entropy = co_actor_entropy(&actor, NULL);
  out->grad_norm = state->norm;
  out->rate = learner->spec.def.rate;
  out->update_s = state->update_s;
  out->wall_s = state->wall_s;
}

const co_algorithm co_bc = {
    .name = "bc",
    .schema = &co_bc_schema,
    .needs = CO_NEEDS_DATA,
    .no_critics = true,
    .network = describe_network,
    .take_network = co_bc_take_network,
    .steps_per_update = steps_per_update,
    .create = create,
    .collect = collect,
    .update = update,
    .stats = stats,
    .save = co_bc_save,
    .load = co_bc_load,
    .destroy = destroy,
};
