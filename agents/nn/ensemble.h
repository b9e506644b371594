// Ensembles: equal perceptrons beside each other in one parameter block, from different fresh
// values. Critics, dynamics models, classifiers and encoders come in several, so that what they
// differ by tells what they do not know.
//
// A member is a perceptron (agents/nn/mlp.h) with its passes (agents/nn/mlp_pass.h), over all rows
// or over some of them, and its tensors' facts name it. The block belongs to the ensemble, or it is
// that of a network's critics, which are seen as one. All memory is the arena's. Thread
// safety: functions that only read; the others for members or rows of weights apart.

#ifndef AGENTS_NN_ENSEMBLE_H_
#define AGENTS_NN_ENSEMBLE_H_

#include "agents/nn/network.h"

typedef struct co_ensemble_def {
  int num_members;  // >= 1
  int in, num_hidden, hidden[CO_MAX_HIDDEN], out;
  co_activation activation[CO_MAX_HIDDEN];  // (num_hidden)
  bool layer_norm;                          // before the activation of every hidden layer
  // Of a member's tensors: their part, what the rows of the first weight and the columns of the
  // last one face, the kind of the last layer (`layer`), and the row of the stream that the first
  // member's first weight is drawn from (`init_row`). Those behind it follow as in a network
  // (agents/nn/network.h): one row per tensor, in their order.
  co_tensor_facts facts;
} co_ensemble_def;

typedef struct co_ensemble {
  co_ensemble_def def;
  const co_kernels *kernels;
  int num_layers;   // of a member: num_hidden + 1
  co_dense *dense;  // (num_members x num_layers) places in the block
  co_mlp *mlp;      // (num_members) views of it, without transposed weights
  float *block;     // (size); of a network's critics the network's
  size_t size;
  int num_tensors;    // of all members
  co_tensor *tensor;  // (num_tensors) member by member, views of the block
} co_ensemble;

// Block zeroed. CO_MEMORY.
co_status co_ensemble_create(co_arena *arena, const co_kernels *kernels, const co_ensemble_def *def,
                             co_ensemble *out);
// The critics of a network, in its block, which is borrowed as its tensors are; none may stand on
// the actor's trunk or have memory. CO_MEMORY.
co_status co_ensemble_of_critics(co_arena *arena, const co_kernels *kernels, const co_network *net,
                                 co_ensemble *out);

// Fresh values of all tensors: of critics those that their network would have.
void co_ensemble_init(const co_ensemble *ensemble, const co_stream *stream);

// Parameters of an ensemble of the same definition.
void co_ensemble_copy(const co_ensemble *from, const co_ensemble *to);

static inline const co_dense *co_ensemble_dense(const co_ensemble *ensemble, int member,
                                                int layer) {
  return &ensemble->dense[member * ensemble->num_layers + layer];
}

// An ensemble that follows another slowly, of the same definition: to += tau (from - to) for rows
// in0 .. in0 + count - 1 of a layer's weight, and with the first rows for its bias and norm.
void co_ensemble_follow(const co_ensemble *from, const co_ensemble *to, float tau, int member,
                        int layer, int in0, int count);

// Floating-point operations of one row through all members.
double co_ensemble_forward_flop(const co_ensemble *ensemble);

#endif  // AGENTS_NN_ENSEMBLE_H_
