// Named tensors: what users address by glob in freezing, rates, copying, and code by facts
// (agents/nn/tensor_facts.h).
//
// A tensor is a view: its numbers lie in the network's parameter block (float32, trainable) or in a
// normaliser (float64). Names: actor.trunk.0.weight, actor.trunk.0.bias, actor.mean.weight,
// actor.mean.bias, actor.log_std, critic.0.trunk.0.weight, ..., critic.0.value.weight,
// critic.0.value.bias, obs_norm.mean, obs_norm.var, obs_norm.count, reward_norm.mean,
// reward_norm.var, reward_norm.count. A squashed head has actor.log_std.weight, actor.log_std.bias,
// actor.log_alpha in place of actor.log_std, and critic.1.* and more behind critic.0.*. Layer norm
// adds NAME.trunk.N.norm.weight and .norm.bias, memory NAME.trunk.0.memory.weight, .bias,
// .recurrent.weight and, of a GRU, .recurrent.bias; a critic on a shared trunk has its value only.
// A residual network adds actor.residual.N.weight and .bias behind those of the mean.

#ifndef AGENTS_NN_TENSOR_H_
#define AGENTS_NN_TENSOR_H_

#include "agents/nn/tensor_facts.h"

#include <stddef.h>
#include <stdint.h>

typedef enum co_dtype { CO_F32, CO_F64 } co_dtype;

typedef struct co_tensor {
  char name[CO_NAME];
  co_dtype dtype;
  int rows, cols;  // weight: (in x out); bias and the like: (1 x size)
  int stride;      // elements from row to row, >= cols; the padding is 0 and stays 0
  void *data;      // borrowed
  co_tensor_facts facts;
} co_tensor;

// A linear layer that a tensor moves by (agents/nn/adapter.h), the identity at the start.
typedef enum co_adapter_kind {
  CO_ADAPTER_NONE,
  CO_ADAPTER_INPUT,   // in front of the layer, of its weight and bias
  CO_ADAPTER_OUTPUT,  // behind it, of its weight
} co_adapter_kind;
extern const char *const co_adapter_names[];  // "none", "input", "output", NULL

// How one tensor is updated. Zero-initialised means frozen: no gradient step, no moment, no decay.
typedef struct co_tensor_rule {
  double rate;  // factor on the learning rate; 0: frozen (normalisers: any positive value = keeps
                // learning)
  int64_t from_update;  // first update in which it moves (critic warm-up, gradual unfreezing)
  double decay;         // decoupled weight decay (Loshchilov & Hutter 2019)
  double l2sp;  // alpha of alpha/2 ||w - w0||^2 towards the value at start (Li et al. 2018, eq. 4)
  double l2init;  // the same towards the tensor's fresh values (Kumar et al. 2023); no l2sp then
  int lora;       // of a weight: rank of its low-rank adapter, at most min(rows, cols); 0: none
  double alpha;   // the adapter's scale is alpha / rank
  double hold;  // share of a tensor's numbers, the largest at the start, that stay; no adapter then
  co_adapter_kind adapter;  // no lora then
} co_tensor_rule;

// Whether a tensor moves by an adapter, as a whole.
static inline bool co_tensor_rule_adapts(const co_tensor_rule *rule) {
  return rule->lora > 0 || rule->adapter != CO_ADAPTER_NONE;
}

// A tensor of these facts, and of the name that they make.
co_tensor co_tensor_view(const co_tensor_facts *facts, co_dtype dtype, int rows, int cols,
                         int stride, void *data);
// Hash of the (rows x cols) elements in row order, padding left out.
uint64_t co_tensor_hash(const co_tensor *tensor);
double co_tensor_get(const co_tensor *tensor, int row, int col);
// Copies the elements; shapes and types must be equal (asserted).
void co_tensor_copy(const co_tensor *to, const co_tensor *from);
// Shape as files and reports have it: a weight is (out x in), all others are vectors, whose rows
// face nothing. Returns the rank, 1 or 2.
int co_tensor_shape(const co_tensor *tensor, int shape[2]);
// Index by name, -1 when missing.
int co_tensor_find(const co_tensor *tensors, int count, const char *name);
// Index by facts: of a part's tensor with this role in this layer, the first critic's and the
// trunk's first layer's where there are several. -1 when missing.
int co_tensor_find_role(const co_tensor *tensors, int count, co_tensor_part part,
                        co_tensor_layer layer, co_tensor_role role);
// Index of the weight of the layer that a tensor is of, -1: it is of none.
int co_tensor_find_weight(const co_tensor *tensors, int count, int tensor);
// Index of the first with a NaN or an infinity in it, -1: all are finite.
int co_tensor_find_non_finite(const co_tensor *tensors, int count);

#endif  // AGENTS_NN_TENSOR_H_
