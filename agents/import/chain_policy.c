// From a chain to a policy: its numbers at the places that they have here.

#include "agents/import/chain.h"
#include "agents/import/private/chain_layers.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double of(const double *number, int i, double missing) {
  return number ? number[i] : missing;
}

// Row `row` of the product that a stage computes, input i.
static double weight_at(const chain_stage *dense, int row, int i) {
  ptrdiff_t at =
      dense->by_output ? (ptrdiff_t)row * dense->in + i : (ptrdiff_t)i * dense->width + row;
  return dense->alpha * (double)dense->weight[at];
}

static double bias_at(const chain_stage *dense, int row) {
  if (!dense->bias) return 0;
  return dense->beta * (double)dense->bias[dense->bias_count == 1 ? 0 : row];
}

static void fill_dense(const chain_layer *layer, const co_dense *to, float *block) {
  const chain_stage *dense = layer->dense;
  assert(to->in == dense->in && to->out == layer->width);
  for (int o = 0; o < layer->width; o++) {
    int row = layer->index ? layer->index[o] : o;
    double scale = of(layer->out.scale, o, 1), bias = bias_at(dense, row);
    for (int i = 0; i < dense->in; i++) {
      double weight = weight_at(dense, row, i);
      bias += weight * of(layer->in.shift, i, 0);
      block[to->weight + (size_t)i * (size_t)to->out_stride + (size_t)o] =
          (float)(scale * weight * of(layer->in.scale, i, 1));
    }
    block[to->bias + (size_t)o] = (float)(scale * bias + of(layer->out.shift, o, 0));
  }
}

static void fill_norm(const chain_layer *layer, const co_dense *to, float *block) {
  for (int o = 0; o < layer->width; o++) {
    block[to->norm + (size_t)o] = (float)of(layer->norm.scale, o, 1);
    block[to->norm + (size_t)(to->out_stride + o)] = (float)of(layer->norm.shift, o, 0);
  }
}

// Gate k of a cell here (input, forget, cell, output; reset, update, new) in the file, which has
// input, output, forget, cell; update, reset, hidden (onnx.ai, LSTM and GRU).
static const int onnx_gate[CO_NUM_CELLS][4] = {[CO_LSTM] = {0, 2, 3, 1}, [CO_GRU] = {1, 0, 2}};

static void fill_gates(const float *weight, const chain_stage *cell, int in, const co_dense *to,
                       float *block) {
  int width = cell->width;
  for (int gate = 0; gate < co_cell_gates(cell->cell); gate++) {
    const float *from = weight + (ptrdiff_t)onnx_gate[cell->cell][gate] * width * in;
    for (int u = 0; u < width; u++)
      for (int i = 0; i < in; i++)
        block[to->weight + (size_t)i * (size_t)to->out_stride + (size_t)(gate * width + u)] =
            from[(ptrdiff_t)u * in + i];
  }
}

// Both biases of an LSTM are one here.
static void fill_cell(const chain_stage *cell, const co_recurrent *to, float *block) {
  int width = cell->width, gates = co_cell_gates(cell->cell);
  fill_gates(cell->weight, cell, cell->in, &to->input, block);
  fill_gates(cell->recurrent, cell, width, &to->recurrent, block);
  for (int k = 0; cell->bias && k < gates * width; k++) {
    int from = onnx_gate[cell->cell][k / width] * width + k % width;
    float input = cell->bias[from], recurrent = cell->bias[gates * width + from];
    block[to->input.bias + (size_t)k] = cell->cell == CO_LSTM ? input + recurrent : input;
    if (cell->cell == CO_GRU) block[to->recurrent.bias + (size_t)k] = recurrent;
  }
}

static void fill_actor(const chain_layers *layers, co_network *net) {
  const co_part *actor = &net->part[CO_ACTOR];
  if (layers->memory)
    fill_cell(layers->memory, &actor->graph->node[CO_NODE_MEMORY].cell, net->block);
  for (int l = 0; l < layers->count; l++) {
    fill_dense(&layers->layer[l], &actor->layer[l], net->block);
    if (layers->layer[l].has_norm) fill_norm(&layers->layer[l], &actor->layer[l], net->block);
  }
}

static void fill_normaliser(const co_chain *chain, co_normalizer *norm) {
  co_normalizer_turn_off(norm);
  if (!chain->has_normaliser) return;
  for (int i = 0; i < norm->dim; i++) {
    norm->mean[i] = chain->mean[i];
    norm->var[i] = chain->var[i];
  }
  *norm->count = CO_CHAIN_COUNT;
  norm->clip = chain->clip;
  norm->epsilon = 0;
}

// What the graph says of the action: bounds that it keeps, the range that tanh has.
static void say_output(const co_chain *chain, co_contract *contract) {
  contract->network = chain->def;
  for (int i = 0; i < contract->num_action; i++) {
    co_action_element *action = &contract->action[i];
    action->low = fmin(fmax(action->low, chain->low), chain->high);
    action->high = fmin(fmax(action->high, chain->low), chain->high);
  }
  // units of the actions' own range are those of what the chain ends in, which has none then
  bool units = contract->output == CO_OUTPUT_RANGE && !contract->range;
  if (!chain->range) {
    if (!units) contract->output = CO_OUTPUT_RAW;
    return;
  }
  // what SAC trains is squashed; all else was drawn before tanh, as PPO goes on with it
  bool squashed = strcmp(contract->algorithm, "sac") == 0 && chain->def.memory.width == 0;
  if (squashed) contract->network.head = CO_HEAD_SQUASHED;
  contract->output = squashed ? CO_OUTPUT_RANGE : CO_OUTPUT_TANH;
  for (int i = 0; i < contract->num_ranges; i++) contract->range[i] = chain->range[i];
}

// Whether what stands behind tanh says what -1 and 1 are, and not the contract's bounds.
static bool has_range(const co_chain *chain, const co_contract *contract) {
  bool told = chain->range && contract->output != CO_OUTPUT_RANGE;
  for (int i = 0; chain->range && i < contract->num_action; i++)
    told |= chain->range[i].low != -1 || chain->range[i].high != 1;
  return told;
}

static bool is_policys(const co_tensor *tensor, const void *context) {
  (void)context;
  return !co_tensor_is_learners(&tensor->facts);
}

co_status co_chain_policy(const co_chain *chain, const co_program *program,
                          const co_contract *contract, co_policy **out) {
  assert(chain->matches && program->obs_dim == chain->def.obs_dim);
  assert(contract->num_obs == chain->def.obs_dim && contract->num_action == chain->def.act_dim);
  (void)program;  // holds the numbers that the layers point to
  *out = NULL;
  co_contract own;
  CO_TRY(co_contract_copy(contract, &own));
  bool range = has_range(chain, contract);
  if (range && !own.range) {
    own.range = co_alloc((size_t)own.num_action, sizeof *own.range);
    own.num_ranges = own.range ? own.num_action : 0;
  }
  co_status status = range && !own.range ? CO_MEMORY : CO_OK;
  if (status == CO_OK) {
    say_output(chain, &own);
    status = co_policy_from_contract(&own, out);
  }
  co_contract_free(&own);
  if (status != CO_OK) return status;
  fill_actor(chain->layers, &(*out)->net);
  fill_normaliser(chain, &(*out)->obs_norm);
  (*out)->contract.norm_clip = (*out)->obs_norm.clip;
  (*out)->contract.norm_epsilon = (*out)->obs_norm.epsilon;
  (*out)->contract.norm_count = *(*out)->obs_norm.count;
  co_policy_keep_tensors(*out, is_policys, NULL);
  return CO_OK;
}

void co_chain_set_log_std(co_policy *policy, const double *log_std, int count) {
  const co_network *net = &policy->net;
  int act_dim = net->def.act_dim;
  assert(count == 1 || count == act_dim);
  size_t at = net->def.head == CO_HEAD_GAUSSIAN ? net->log_std : net->log_std_head.bias;
  for (int i = 0; i < act_dim; i++) net->block[at + (size_t)i] = (float)log_std[count == 1 ? 0 : i];
}
