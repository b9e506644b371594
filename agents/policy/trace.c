#include "agents/policy/trace.h"

#include "agents/nn/gaussian.h"
#include "agents/nn/mlp.h"
#include "core/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Where a trace computes: its own arrays, and what lies behind them in the block.
typedef struct workplace {
  float *mean, *log_std;  // (act_dim)
  float *pair;            // (obs_dim + act_dim) what the critics of a squashed head see
  float *critic[2];       // (CO_MAX_WIDTH) outputs of its layers in turn
} workplace;

static float *take(float *block, size_t *at, int count) {
  float *part = block ? block + *at : NULL;
  *at += (size_t)co_padded(count);
  return part;
}

// Places all arrays; returns how many floats they take. `block` NULL: only that.
static size_t lay_out(const co_network_def *def, float *block, co_policy_trace *trace,
                      workplace *work) {
  size_t at = 0;
  trace->num_layers = def->num_hidden;
  trace->input = take(block, &at, def->obs_dim);
  for (int l = 0; l < def->num_hidden; l++) {
    trace->width[l] = def->hidden[l];
    trace->activation[l] = take(block, &at, def->hidden[l]);
  }
  trace->action = take(block, &at, def->act_dim);
  trace->deviation = take(block, &at, def->act_dim);
  work->mean = take(block, &at, def->act_dim);
  work->log_std = take(block, &at, def->act_dim);
  work->pair = take(block, &at, def->obs_dim + def->act_dim);
  for (int i = 0; i < 2; i++) work->critic[i] = take(block, &at, CO_MAX_WIDTH);
  return at;
}

co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out) {
  workplace work;
  const co_network_def *def = &policy->net.def;
  *out = (co_policy_trace){0};
  size_t floats = lay_out(def, NULL, out, &work);
  float *block = aligned_alloc(64, floats * sizeof *block);
  if (!block) return co_fail(CO_MEMORY, "out of memory for a trace of %zu numbers", floats);
  memset(block, 0, floats * sizeof *block);
  lay_out(def, block, out, &work);
  out->block = block;
  out->value = NAN;
  return CO_OK;
}

void co_policy_trace_free(co_policy_trace *trace) {
  free(trace->block);
  *trace = (co_policy_trace){0};
}

// The product of one row has the same bits as that of many, so this is what co_policy_act computes.
static void run_actor(const co_network *net, const co_policy_trace *trace, const workplace *work) {
  float *output[CO_MAX_LAYERS];
  const co_dense *layer = net->part[CO_ACTOR].layer;
  for (int l = 0; l < trace->num_layers; l++) output[l] = trace->activation[l];
  output[trace->num_layers] = work->mean;
  co_mlp mlp = co_mlp_view(co_kernels_get(), net, layer);
  co_mlp_forward(&mlp, trace->input, net->def.obs_dim, 1, output);
}

static void find_deviation(const co_network *net, const co_policy_trace *trace,
                           const workplace *work) {
  int dim = net->def.act_dim;
  const float *log_std = net->block + net->log_std;
  if (net->def.head == CO_HEAD_SQUASHED) {
    co_network_log_std(net, trace->input, 1, work->log_std);
    log_std = work->log_std;
  }
  for (int i = 0; i < dim; i++) {
    trace->deviation[i] = co_clamp_float(log_std[i], CO_LOG_STD_MIN, CO_LOG_STD_MAX);
  }
  co_kernels_get()->exp(trace->deviation, dim, trace->deviation);
}

static float critic_value(const co_network *net, int part, const float *x, int dim,
                          const workplace *work) {
  float *output[CO_MAX_LAYERS];
  for (int l = 0; l < net->num_layers; l++) output[l] = work->critic[l % 2];
  co_mlp mlp = co_mlp_view(co_kernels_get(), net, net->part[part].layer);
  co_mlp_forward(&mlp, x, dim, 1, output);
  return output[net->num_layers - 1][0];
}

// Critics of a squashed head see the action before it is brought to the bounds.
static float find_value(const co_network *net, const co_policy_trace *trace,
                        const workplace *work) {
  int obs_dim = net->def.obs_dim, act_dim = net->def.act_dim;
  if (net->def.head == CO_HEAD_GAUSSIAN)
    return critic_value(net, CO_CRITIC, trace->input, obs_dim, work);
  memcpy(work->pair, trace->input, (size_t)obs_dim * sizeof *work->pair);
  co_kernels_get()->tanh(work->mean, act_dim, work->pair + obs_dim);
  float value = critic_value(net, CO_CRITIC, work->pair, obs_dim + act_dim, work);
  float twin = critic_value(net, CO_CRITIC_TWIN, work->pair, obs_dim + act_dim, work);
  return fminf(value, twin);
}

void co_policy_trace_run(const co_policy *policy, const float *obs, co_policy_trace *trace) {
  workplace work;
  const co_network *net = &policy->net;
  lay_out(&net->def, trace->block, trace, &work);
  co_normalizer_apply(&policy->obs_norm, obs, 1, trace->input, net->def.obs_dim);
  run_actor(net, trace, &work);
  find_deviation(net, trace, &work);
  memcpy(trace->action, work.mean, (size_t)net->def.act_dim * sizeof *trace->action);
  co_policy_finish(policy, 1, trace->action);
  trace->value = co_policy_has_critics(policy) ? find_value(net, trace, &work) : NAN;
  const co_normalizer *scale = &policy->reward_norm;
  if (*scale->count > 0) trace->value *= sqrtf((float)(scale->var[0] + scale->epsilon));
}
