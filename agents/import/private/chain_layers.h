// Stages brought to the network that is trained here: which of them are its normaliser, its memory,
// its layers, its head. What only scales or shifts is a part of the layer beside it.

#ifndef AGENTS_IMPORT_PRIVATE_CHAIN_LAYERS_H_
#define AGENTS_IMPORT_PRIVATE_CHAIN_LAYERS_H_

#include "agents/import/chain.h"
#include "agents/import/private/chain_stages.h"

// y = scale x + shift, per element.
typedef struct chain_affine {
  double *scale, *shift;  // NULL: the identity
} chain_affine;

typedef struct chain_layer {
  const chain_stage *dense;
  int width;         // of its output
  const int *index;  // (width) rows of `dense` that are used; NULL: all
  chain_affine in;   // (dense->in) of its input
  chain_affine out;  // (width) of its product
  bool has_norm;
  chain_affine norm;  // (width) gain and offset
  bool is_active;
  co_activation activation;
} chain_layer;

typedef struct chain_layers {
  const chain_stage *memory;  // NULL: none
  int count;
  chain_layer *layer;  // (count) the last one is the mean
} chain_layers;

// Brings the stages of a walk to layers and to what `chain` shows of them, in its memory; false
// with `walk->reason`, or without where memory ran out.
bool co_chain_assemble(const chain_walk *walk, co_chain *chain, chain_layers *out);

#endif  // AGENTS_IMPORT_PRIVATE_CHAIN_LAYERS_H_
