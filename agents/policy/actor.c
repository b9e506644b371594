#include "agents/policy/actor.h"

#include "agents/nn/gaussian.h"
#include "core/number.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

// ---- a perceptron

static size_t no_state(const co_policy *policy) {
  (void)policy;
  return 0;
}

static void begin_nothing(const co_policy *policy, void *state) {
  (void)policy, (void)state;
}

static void act_plainly(const co_actor *actor, int rows, void *state, const co_actor_scratch *at) {
  (void)state;
  co_mlp_forward(&actor->mlp, at->input, at->input_stride, rows, at->output);
}

static const co_actor_class plain = {no_state, begin_nothing, act_plainly, NULL};

// ---- a network with memory

static const co_recurrent *memory_of(const co_policy *policy) {
  return &policy->net.part[CO_ACTOR].graph->node[CO_NODE_MEMORY].cell;
}

static size_t memory_bytes(const co_policy *policy) {
  return (size_t)policy->net.part[CO_ACTOR].graph->state_size * sizeof(float);
}

static void begin_with_zeros(const co_policy *policy, void *state) {
  memset(state, 0, memory_bytes(policy));
}

// The graph of the actor, whose layers in between can be looked at: rows are sequences of one step.
static void act_remembering(const co_actor *actor, int rows, void *state,
                            const co_actor_scratch *at) {
  if (rows == 0) return;
  const co_sequences step = {1, &rows};
  co_recurrent_work work = at->work;
  co_recurrent_forward(&actor->memory, &step, at->input, at->input_stride, &work, state,
                       (int)(actor->state_bytes / sizeof(float)), at->memory);
  co_mlp_forward(&actor->mlp, at->memory, actor->mlp.layer[0].in_stride, rows, at->output);
}

static const co_actor_class remembering = {memory_bytes, begin_with_zeros, act_remembering, NULL};

// ---- a program

static int block_of(int rows) {
  return rows < CO_PROGRAM_ROWS ? rows : CO_PROGRAM_ROWS;
}

// Whole multiples of 8 bytes.
static size_t program_bytes(const co_policy *policy) {
  return (size_t)((policy->program->program.state_dim + 1) / 2 * 2) * sizeof(float);
}

static void begin_program(const co_policy *policy, void *state) {
  memset(state, 0, program_bytes(policy));
}

static size_t program_size(const co_policy *policy, int rows) {
  return co_program_work_size(&policy->program->program, block_of(rows));
}

static void act_program(const co_actor *actor, int rows, void *state, const co_actor_scratch *at) {
  co_program_rows block = {.obs_stride = at->input_stride,
                           .state_stride = (int)(actor->state_bytes / sizeof(float)),
                           .action_stride = actor->mlp.layer[0].out_stride};
  for (int r = 0; r < rows; r += block.count) {
    block.count = block_of(rows - r);
    block.obs = at->input + (ptrdiff_t)r * block.obs_stride;
    block.state = co_actor_state_at(actor, state, r);
    block.action = at->output[0] + (ptrdiff_t)r * block.action_stride;
    co_program_run_rows(&actor->policy->program->program, &block, at->own);
  }
}

static const co_actor_class programmed = {program_bytes, begin_program, act_program, program_size};

// ---- where it computes

static const co_actor_class *class_of(const co_policy *policy) {
  if (policy->acts) return policy->acts;
  if (policy->program) return &programmed;
  return policy->net.part[CO_ACTOR].graph ? &remembering : &plain;
}

co_actor co_actor_view(const co_kernels *kernels, const co_policy *policy) {
  assert(kernels && policy->net.block);
  const co_network *net = &policy->net;
  const co_actor_class *class = class_of(policy);
  co_actor actor = {.class = class,
                    .policy = policy,
                    .mlp = co_mlp_view(kernels, net, net->part[CO_ACTOR].layer),
                    .state_bytes = class->state_bytes(policy)};
  assert(actor.state_bytes % 8 == 0);
  if (net->part[CO_ACTOR].graph)
    actor.memory = co_recurrent_make_view(kernels, memory_of(policy), net->block);
  return actor;
}

static int input_stride(const co_actor *actor) {
  return co_row_stride(actor->policy->net.def.obs_dim);
}

// Of the memory: floats of its output and of its work.
static size_t memory_size(const co_actor *actor, int rows) {
  if (!actor->policy->net.part[CO_ACTOR].graph) return 0;
  const co_recurrent_def *def = &memory_of(actor->policy)->def;
  return (size_t)rows * (size_t)co_row_stride(def->width) + co_recurrent_step_size(def, rows);
}

// Of the class, in whole lines.
static size_t own_size(const co_actor *actor, int rows) {
  size_t floats = actor->class->own_size ? actor->class->own_size(actor->policy, rows) : 0;
  return (floats + CO_LANES - 1) / CO_LANES * CO_LANES;
}

size_t co_actor_scratch_size(const co_actor *actor, int rows) {
  assert(rows >= 0);
  size_t floats = (size_t)input_stride(actor);
  for (int l = 0; l < co_mlp_layers(&actor->mlp); l++)
    floats += (size_t)actor->mlp.layer[l].out_stride;
  return floats * (size_t)rows + own_size(actor, rows) + memory_size(actor, rows);
}

co_actor_scratch co_actor_scratch_place(const co_actor *actor, int rows, float *block) {
  assert(rows >= 0 && (uintptr_t)block % 64 == 0);
  co_actor_scratch at = {.input = block, .input_stride = input_stride(actor)};
  block += (ptrdiff_t)rows * at.input_stride;
  for (int l = 0; l < co_mlp_layers(&actor->mlp); l++) {
    at.output[l] = block;
    block += (ptrdiff_t)rows * actor->mlp.layer[l].out_stride;
  }
  at.own = block;
  block += own_size(actor, rows);
  if (!memory_size(actor, rows)) return at;
  at.memory = block;
  block += (ptrdiff_t)rows * actor->mlp.layer[0].in_stride;
  at.work = co_recurrent_step_place(&memory_of(actor->policy)->def, rows, block);
  return at;
}

// ---- acting

void co_actor_begin(const co_actor *actor, int rows, void *state) {
  assert(rows >= 0 && (uintptr_t)state % 8 == 0);
  assert(state || !actor->state_bytes);
  for (int r = 0; actor->state_bytes && r < rows; r++)
    actor->class->begin(actor->policy, co_actor_state_at(actor, state, r));
}

void co_actor_run(const co_actor *actor, const float *obs, int rows, void *state,
                  const co_actor_scratch *at) {
  assert(rows >= 0 && (state || !actor->state_bytes));
  co_normalizer_apply(&actor->policy->obs_norm, obs, rows, at->input, at->input_stride);
  actor->class->act(actor, rows, state, at);
}

void co_actor_finish(const co_actor *actor, int rows, const float *output, float *action) {
  assert(rows >= 0);
  const co_policy *policy = actor->policy;
  int dim = policy->contract.num_action;
  if (co_output_is_squashed(&policy->contract)) {
    actor->mlp.kernels->tanh(output, rows * dim, action);
    output = action;
  }
  co_output_actions(policy->output, dim, rows, output, action);
}

void co_actor_act(const co_actor *actor, const float *obs, int rows, void *state,
                  const co_actor_scratch *at, float *action) {
  int dim = actor->policy->contract.num_action, last = actor->mlp.num_layers - 1;
  int stride = actor->mlp.layer[last].out_stride;
  co_actor_run(actor, obs, rows, state, at);
  for (int r = 0; r < rows; r++)
    memcpy(action + (ptrdiff_t)r * dim, at->output[last] + (ptrdiff_t)r * stride,
           (size_t)dim * sizeof *action);
  co_actor_finish(actor, rows, action, action);
}

// ---- the spread

// One row of a squashed head's log_std, from the last hidden layer of the run.
static void log_std_of_state(const co_actor *actor, const float *x, float *log_std) {
  const co_network *net = &actor->policy->net;
  const co_dense *head = &net->log_std_head;
  _Alignas(64) float out[CO_MAX_WIDTH];
  co_dense_view layer = {.in = head->in,
                         .out = head->out,
                         .in_stride = actor->mlp.layer[net->num_layers - 1].in_stride,
                         .out_stride = head->out_stride,
                         .weight = net->block + head->weight,
                         .bias = net->block + head->bias};
  actor->mlp.kernels->forward(&layer, x, layer.in_stride, 1, -1, out);
  memcpy(log_std, out, (size_t)head->out * sizeof *log_std);
}

void co_actor_log_std(const co_actor *actor, const co_actor_scratch *at, int rows, float *log_std) {
  assert(rows >= 0);
  const co_network *net = &actor->policy->net;
  int dim = net->def.act_dim, last = net->num_layers - 1;
  bool squashed = net->def.head == CO_HEAD_SQUASHED;
  assert(at || !squashed);
  const float *x = squashed ? last > 0 ? at->output[last - 1] : at->input : NULL;
  for (int r = 0; r < rows; r++, log_std += dim) {
    if (squashed)
      log_std_of_state(actor, x + (ptrdiff_t)r * actor->mlp.layer[last].in_stride, log_std);
    else
      memcpy(log_std, net->block + net->log_std, (size_t)dim * sizeof *log_std);
    // a head may say more than it is taken at (docs/methods.md rule 8)
    for (int i = 0; i < dim; i++)
      log_std[i] = co_clamp_float(log_std[i], CO_LOG_STD_MIN, CO_LOG_STD_MAX);
  }
}

double co_actor_entropy(const co_actor *actor, const co_actor_scratch *at) {
  static const double half_log_2pi_e = 1.4189385332046727;
  float log_std[CO_MAX_WIDTH];
  double sum = 0;
  co_actor_log_std(actor, at, 1, log_std);
  for (int i = 0; i < actor->policy->net.def.act_dim; i++)
    sum += (double)log_std[i] + half_log_2pi_e;
  return sum;
}
