// Units of a hidden layer that hardly answer, and how they begin anew (ReDo, Sokar et al. 2023,
// arXiv 2302.12902, algorithm 1).
//
// A unit's score is its mean absolute output over the rows at hand, divided by the mean of that
// over its layer; up to `threshold` it is dormant. Then its incoming weights become a random
// direction of the length that a fresh unit has on average, its bias 0, the gain and offset of its
// norm 1 and 0, its outgoing weights 0, and all their moments 0. So without a norm a unit that
// gives 0 everywhere changes nothing of what the network computes.

#ifndef AGENTS_NN_DORMANT_H_
#define AGENTS_NN_DORMANT_H_

#include "agents/nn/adam.h"

// A hidden layer and who reads its outputs.
typedef struct co_hidden_layer {
  const co_dense *layer;
  const co_dense *above[2];  // NULL behind the last
} co_hidden_layer;

// Hidden layer `layer` of a part: on the last of an actor stand mean and spread, and on a shared
// trunk the value.
co_hidden_layer co_hidden_layer_of(const co_network *net, int part, int layer);

// Whether all tensors of a layer and the weights above it move in the update, numbers of their own.
bool co_hidden_layer_renews(const co_adam *adam, const co_hidden_layer *layer, int64_t update);

// Adds the absolute outputs of so many rows, in their order, to activity (out of the layer).
void co_hidden_layer_add(const co_dense *layer, const float *output, int rows, double *activity);

// Begins dormant units anew, with numbers of `rng`; returns how many.
int co_hidden_layer_renew(co_adam *adam, const co_hidden_layer *layer, const double *activity,
                          double threshold, co_rng *rng);

// The stream of what is drawn for a layer the `event`-th time.
co_rng co_hidden_layer_draws(const co_adam *adam, const co_hidden_layer *layer,
                             const co_stream *stream, int64_t event);

#endif  // AGENTS_NN_DORMANT_H_
