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
  trace->after = take(block, &at, trace->state_bytes / sizeof *block);
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
  bool remembers = def->memory.width > 0 && !trace->actor.policy->acts;
  trace->memory_width = def->memory.width;
  trace->num_remembered = remembers ? co_cell_states(def->memory.cell) : 0;
  for (int s = 0; s < trace->num_remembered; s++)
    trace->remembered[s] = (const float *)trace->after + s * co_padded(trace->memory_width);
}

// The critics as they are seen, and what one with memory needs.
static co_status add_critics(co_policy_trace *trace) {
  const co_network *net = &trace->actor.policy->net;
  const co_kernels *kernels = co_kernels_get();
  trace->state_bytes = trace->actor.state_bytes;
  trace->num_critics = net->num_parts - CO_CRITIC;
  trace->critic = co_arena_alloc(&trace->arena, (size_t)trace->num_critics, sizeof *trace->critic);
  if (!trace->critic) return CO_MEMORY;
  for (int k = 0; k < trace->num_critics; k++)
    trace->critic[k] = co_mlp_view(kernels, net, net->part[CO_CRITIC + k].layer);
  const co_graph *graph = net->part[CO_CRITIC].graph;
  if (!graph) return CO_OK;
  trace->state_bytes += (size_t)graph->state_size * sizeof(float);
  return co_graph_work_create(&trace->arena, kernels, graph, 1, 1, false, &trace->critic_graph);
}

static co_status create(co_policy_trace *trace) {
  workplace work;
  CO_TRY(add_critics(trace));
  size_t floats = lay_out(NULL, trace, &work);
  trace->block = co_alloc_aligned(floats, sizeof *trace->block);
  if (!trace->block) return CO_MEMORY;
  lay_out(trace->block, trace, &work);
  name_layers(trace);
  return CO_OK;
}

co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out) {
  *out = (co_policy_trace){.actor = co_actor_view(co_kernels_get(), policy), .value = NAN};
  co_status status = create(out);
  if (status != CO_OK) co_policy_trace_free(out);
  return status;
}

void co_policy_trace_free(co_policy_trace *trace) {
  free(trace->block);
  co_arena_free(&trace->arena);
  *trace = (co_policy_trace){0};
}

// that the critic has behind the actor's in the state after
static float *critic_state(const co_policy_trace *trace) {
  return (float *)trace->after + trace->actor.state_bytes / sizeof(float);
}

static float value_of_memory(co_policy_trace *trace) {
  const int one = 1;
  co_graph_work *work = &trace->critic_graph;
  int state_size = work->graph->state_size;
  co_graph_forward(work, &(co_sequences){1, &one}, trace->input, critic_state(trace), state_size);
  return work->node[CO_NODE_RUN].y[0];
}

static float critic_value(const co_mlp *critic, const float *x, int dim, const workplace *work) {
  float *output[CO_MAX_LAYERS];
  for (int l = 0; l < critic->num_layers; l++) output[l] = work->critic[l % 2];
  co_mlp_forward(critic, x, dim, 1, output);
  return output[critic->num_layers - 1][0];
}

// Critics of a squashed head see the action before it is brought to the bounds.
static float find_value(co_policy_trace *trace, const workplace *work) {
  const co_network *net = &trace->actor.policy->net;
  int obs_dim = net->def.obs_dim, act_dim = net->def.act_dim;
  if (net->def.num_privileged > 0) return NAN;  // what a row has drawn is not told here
  if (trace->critic_graph.graph) return value_of_memory(trace);
  if (net->def.head == CO_HEAD_GAUSSIAN)
    return critic_value(&trace->critic[0], trace->input, obs_dim, work);
  memcpy(work->pair, trace->input, (size_t)obs_dim * sizeof *work->pair);
  co_kernels_get()->tanh(trace->at.output[net->num_layers - 1], act_dim, work->pair + obs_dim);
  float least = INFINITY;
  for (int k = 0; k < trace->num_critics; k++)
    least = fminf(least, critic_value(&trace->critic[k], work->pair, obs_dim + act_dim, work));
  return least;
}

void co_policy_trace_begin(const co_policy_trace *trace, void *state) {
  size_t actor = trace->actor.state_bytes;
  co_actor_begin(&trace->actor, 1, state);
  if (trace->state_bytes > actor)
    memset((unsigned char *)state + actor, 0, trace->state_bytes - actor);
}

void co_policy_trace_run(co_policy_trace *trace, const float *obs, const void *state) {
  assert(trace->block && obs);
  workplace work;
  const co_actor *actor = &trace->actor;
  lay_out(trace->block, trace, &work);
  if (state)
    memcpy(trace->after, state, trace->state_bytes);
  else
    co_policy_trace_begin(trace, trace->after);
  co_actor_act(actor, obs, 1, trace->after, &trace->at, trace->action);
  co_actor_log_std(actor, &trace->at, 1, trace->deviation);
  actor->mlp.kernels->exp(trace->deviation, actor->policy->net.def.act_dim, trace->deviation);
  trace->value = co_policy_has_critics(actor->policy) ? find_value(trace, &work) : NAN;
  const co_normalizer *scale = &actor->policy->reward_norm;
  if (*scale->count > 0) trace->value *= sqrtf((float)(scale->var[0] + scale->epsilon));
}
