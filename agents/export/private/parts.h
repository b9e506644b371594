// What an exported function is made of: a policy's normaliser, memory and layers, as every format
// has them.

#ifndef AGENTS_EXPORT_PRIVATE_PARTS_H_
#define AGENTS_EXPORT_PRIVATE_PARTS_H_

#include "agents/policy/policy.h"

typedef struct co_parts {
  const co_policy *policy;
  const co_network *net;
  bool normalises;             // else it is the identity
  const co_recurrent *memory;  // NULL: none
  const co_dense *layer;       // (num_layers) hidden ones, then the mean; then (num_residual)
  int num_layers, num_residual;
  bool squashed;
} co_parts;

// Whether facts have a word for what the output's -1 and 1 are: the bounds of the actions, all of
// one kind. Else its scale is written as numbers, where there is one.
bool co_parts_says_range(const co_policy *policy);

co_parts co_parts_of(const co_policy *policy);

// What an observation is multiplied with behind the mean, as it acts: 1 / sqrt(var + epsilon).
double co_parts_factor(const co_parts *parts, int element);

// The activation behind a layer, -1: none. Behind the last one of a residual network it is tanh.
int co_parts_activation(const co_parts *parts, int layer);

// (in x out_stride) and (out) of a layer.
static inline const float *co_parts_weight(const co_parts *parts, const co_dense *layer) {
  return parts->net->block + layer->weight;
}
static inline const float *co_parts_bias(const co_parts *parts, const co_dense *layer) {
  return parts->net->block + layer->bias;
}

#endif  // AGENTS_EXPORT_PRIVATE_PARTS_H_
