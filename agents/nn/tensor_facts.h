// Facts of a tensor: where it stands in a policy and what it does there.
//
// Strategies, copying, mapping, reports and panels ask these. Names are made from them by
// co_tensor_name and by nothing else; users write globs over names, and no code looks into one.
// (part, member, layer, depth, role) belong to one tensor of a policy at most.

#ifndef AGENTS_NN_TENSOR_FACTS_H_
#define AGENTS_NN_TENSOR_FACTS_H_

#include "envs/env.h"

// "extra": what a method adds to a policy, such as a classifier; no network has such tensors yet.
typedef enum co_tensor_part {
  CO_PART_ACTOR,
  CO_PART_CRITIC,
  CO_PART_OBS_NORM,
  CO_PART_REWARD_NORM,
  CO_PART_EXTRA,
} co_tensor_part;

// Layers that compute something: a hidden one of the trunk, an output on the last of these, or the
// memory in front of the first.
typedef enum co_tensor_layer {
  CO_LAYER_NONE,
  CO_LAYER_TRUNK,
  CO_LAYER_MEAN,
  CO_LAYER_SPREAD,  // logarithm of the standard deviation, of the state
  CO_LAYER_VALUE,
  CO_LAYER_RESIDUAL,  // of the residual network beside the actor
  CO_LAYER_MEMORY,    // LSTM or GRU; a part of the trunk in names, so that globs over it take it in
} co_tensor_layer;

typedef enum co_tensor_role {
  CO_TENSOR_WEIGHT,
  CO_TENSOR_BIAS,
  CO_TENSOR_GAIN,       // weight of a layer norm, one number per unit
  CO_TENSOR_OFFSET,     // bias of a layer norm
  CO_TENSOR_RECURRENT,  // weight of a recurrent layer's own output of the step before
  CO_TENSOR_RECURRENT_BIAS,
  CO_TENSOR_SPREAD,       // logarithm of the standard deviation, the same in every state
  CO_TENSOR_TEMPERATURE,  // logarithm of the entropy's weight
  CO_TENSOR_MEAN,         // statistics of a normaliser
  CO_TENSOR_VARIANCE,
  CO_TENSOR_COUNT,
} co_tensor_role;

// Numbers that the rows or columns of a tensor stand for, one each, in their order.
typedef enum co_tensor_axis {
  CO_FACES_NOTHING,  // the rows of a vector
  CO_FACES_OBSERVATION,
  CO_FACES_ACTION,
  CO_FACES_BOTH,        // elements of the observation, then of the action
  CO_FACES_PRIVILEGED,  // elements of the observation, then what only the critic sees
  CO_FACES_HIDDEN,
  CO_FACES_VALUE,  // values and returns
} co_tensor_axis;

typedef struct co_tensor_facts {
  co_tensor_part part;
  int member;  // of several equal networks, from 0: critic number `member`
  co_tensor_layer layer;
  int depth;  // of the trunk's and a residual network's layers, 0 at the observation; of memory
              // that of the layer behind it
  co_tensor_role role;
  co_tensor_axis rows_are, cols_are;
  int init_row;  // of the stream of purpose INIT, for the fresh values; -1: none is drawn
} co_tensor_facts;

// The only function that knows how tensors are called (names: tensor.h).
void co_tensor_name(const co_tensor_facts *facts, char out[CO_NAME]);
// What the names of a layer's tensors have in common: "actor.trunk.0", "critic.1.value".
void co_tensor_layer_name(const co_tensor_facts *facts, char out[CO_NAME]);
bool co_tensor_same_layer(const co_tensor_facts *a, const co_tensor_facts *b);
// A weight of a layer's inputs, or of its own output of the step before.
bool co_tensor_is_weight(const co_tensor_facts *facts);
bool co_tensor_is_statistic(const co_tensor_facts *facts);
// Only a learner needs it: of critics, the reward normaliser, the temperature. A policy may be
// without.
bool co_tensor_is_learners(const co_tensor_facts *facts);
// Rows or columns stand for the elements of the observation, or the action, perhaps among others.
bool co_tensor_faces_observation(const co_tensor_facts *facts);
bool co_tensor_faces_action(const co_tensor_facts *facts);

#endif  // AGENTS_NN_TENSOR_FACTS_H_
