// Layers by their place: what a strategy says of them without naming tensors.
//
// Layers are those of one network, the actor's or a critic's, in the order of the pass: hidden ones
// from the observation on, then the mean or the value. Memory belongs to the lowest, a norm to its
// layer. Spread, temperature and a residual network beside the actor are of none. On a shared trunk
// the hidden layers are the actor's, and the critic has its value alone.

#ifndef TRANSFER_STUDY_DEPTH_H_
#define TRANSFER_STUDY_DEPTH_H_

#include "agents/policy/policy.h"
#include "core/config/schema.h"

// So many layers, counted from one end.
typedef struct co_by_depth {
  int64_t actor, critic;  // of each critic
  const char *from;       // "input" | "output"; NULL: nothing is said
} co_by_depth;

// Gradual unfreezing (Howard & Ruder 2018): a layer d below the output moves from update d x every.
typedef struct co_unfreeze {
  int64_t every;  // updates; 0: nothing is said
  bool critic;    // the critics' layers too
} co_unfreeze;

extern const co_schema co_by_depth_schema, co_unfreeze_schema;

// How many layers the part's first network has; 0: there is none.
int co_depth_layers(const co_tensor *tensor, int count, co_tensor_part part);
// Which layer a tensor is of, from 0 at the input; -1: of none.
int co_depth_of(const co_tensor *tensor, int count, int index);
// Whether a tensor is of the selected layers.
bool co_depth_selects(const co_by_depth *layers, const co_tensor *tensor, int count, int index);

#endif  // TRANSFER_STUDY_DEPTH_H_
