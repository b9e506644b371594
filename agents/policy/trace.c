#include "agents/policy/trace.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Where the critics of a trace compute, behind its own arrays in the block.
typedef struct workplace {
  float *pair;       // (obs_dim + act_dim) what the critics of a squashed head see
  float *critic[2];  // (stride of CO_MAX_WIDTH) outputs of its layers in turn
} workplace;

static float *take(float *block, size_t *at, size_t count) {
  float *part = block ? block + *at : NULL;
  *at += (size_t)co_padded((int)count);
  return part;
}

// Places all arrays; returns how many floats they take. `block` NULL: only that.
static size_t lay_out(float *block, co_policy_trace *trace, workplace *work) {
  const co_network_def *def = &trace->actor.policy->net.def;
  size_t at = 0, act_dim = (size_t)def->act_dim;
  float *scratch = take(block, &at, co_actor_scratch_size(&trace->actor, 1));
  if (block) trace->at = co_actor_scratch_place(&trace->actor, 1, scratch);
  trace->action = take(block, &at, act_dim);
  trace->deviation = take(block, &at, act_dim);
  trace->after = take(block, &at, trace->actor.state_bytes / sizeof *block);
  work->pair = take(block, &at, (size_t)def->obs_dim + act_dim);
  for (int i = 0; i < 2; i++)
    work->critic[i] = take(block, &at, (size_t)co_row_stride(CO_MAX_WIDTH));
  return at;
}

static void name_layers(co_policy_trace *trace) {
  const co_network_def *def = &trace->actor.policy->net.def;
  trace->input = trace->at.input;
  trace->num_layers = def->num_hidden;
  for (int l = 0; l < def->num_hidden; l++) {
    trace->width[l] = def->hidden[l];
    trace->activation[l] = trace->at.output[l];
  }
}

co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out) {
  workplace work;
  *out = (co_policy_trace){.actor = co_actor_view(co_kernels_get(), policy), .value = NAN};
  const co_network *net = &policy->net;
  out->num_critics = net->num_parts - CO_CRITIC;
  out->critic = co_alloc((size_t)out->num_critics, sizeof *out->critic);
  size_t floats = lay_out(NULL, out, &work);
  out->block = co_alloc_aligned(floats, sizeof *out->block);
  if (!out->critic || !out->block) {
    co_policy_trace_free(out);
    return CO_MEMORY;
  }
  for (int k = 0; k < out->num_critics; k++)
    out->critic[k] = co_mlp_view(co_kernels_get(), net, net->part[CO_CRITIC + k].layer);
  lay_out(out->block, out, &work);
  name_layers(out);
  return CO_OK;
}

void co_policy_trace_free(co_policy_trace *trace) {
  free(trace->critic);
  free(trace->block);
  *trace = (co_policy_trace){0};
}

static float critic_value(const co_mlp *critic, const float *x, int dim, const workplace *work) {
  float *output[CO_MAX_LAYERS];
  for (int l = 0; l < critic->num_layers; l++) output[l] = work->critic[l % 2];
  co_mlp_forward(critic, x, dim, 1, output);
  return output[critic->num_layers - 1][0];
}

// Critics of a squashed head see the action before it is brought to the bounds.
static float find_value(const co_policy_trace *trace, const workplace *work) {
  const co_network *net = &trace->actor.policy->net;
  int obs_dim = net->def.obs_dim, act_dim = net->def.act_dim;
  if (net->def.head == CO_HEAD_GAUSSIAN)
    return critic_value(&trace->critic[0], trace->input, obs_dim, work);
  memcpy(work->pair, trace->input, (size_t)obs_dim * sizeof *work->pair);
  co_kernels_get()->tanh(trace->at.output[net->num_layers - 1], act_dim, work->pair + obs_dim);
  float least = INFINITY;
  for (int k = 0; k < trace->num_critics; k++)
    least = fminf(least, critic_value(&trace->critic[k], work->pair, obs_dim + act_dim, work));
  return least;
}

void co_policy_trace_run(co_policy_trace *trace, const float *obs, const void *state) {
  assert(trace->block && obs);
  workplace work;
  const co_actor *actor = &trace->actor;
  lay_out(trace->block, trace, &work);
  if (state)
    memcpy(trace->after, state, actor->state_bytes);
  else
    co_actor_begin(actor, 1, trace->after);
  co_actor_act(actor, obs, 1, trace->after, &trace->at, trace->action);
  co_actor_log_std(actor, &trace->at, 1, trace->deviation);
  actor->mlp.kernels->exp(trace->deviation, actor->policy->net.def.act_dim, trace->deviation);
  trace->value = co_policy_has_critics(actor->policy) ? find_value(trace, &work) : NAN;
  const co_normalizer *scale = &actor->policy->reward_norm;
  if (*scale->count > 0) trace->value *= sqrtf((float)(scale->var[0] + scale->epsilon));
}
