// What passes through a perceptron leave and need, over as many rows as there is room for, and
// views of some of these rows: blocks that different threads work on.
//
// Thread safety: passes over rows apart may run at once; nothing is allocated after the creation.

#ifndef AGENTS_NN_MLP_PASS_H_
#define AGENTS_NN_MLP_PASS_H_

#include "agents/nn/mlp.h"

typedef struct co_mlp_pass {
  float *output[CO_MAX_LAYERS];  // per layer (rows x out_stride)
  float *delta[CO_MAX_LAYERS];   // the derivatives by it, of the last layer the caller's
  co_mlp_tape tape;
  bool taped;  // activation, norm or dropout need it
  // With layer norm, the gradients of its weight and bias from CO_LANES rows each, per hidden layer
  // (rows / CO_LANES, rounded up, x 2 out_stride): a sum over rows that does not depend on how
  // blocks are cut.
  float *norm_lines[CO_MAX_HIDDEN];
} co_mlp_pass;

// Memory for `rows` rows, for hidden layers with this dropout at most. CO_MEMORY.
co_status co_mlp_pass_create(co_arena *arena, const co_mlp *mlp, int rows, double dropout,
                             co_mlp_pass *out);
// Those of row `first` and behind it, a multiple of CO_LANES where there is a layer norm. Writes
// what the perceptron has, and nothing of what it has not: there is room for many layers.
void co_mlp_pass_view(const co_mlp_pass *pass, const co_mlp *mlp, int first, co_mlp_pass *out);

// x (rows x x_stride); with a tape the dropout that it names.
void co_mlp_pass_forward(const co_mlp_pass *pass, const co_mlp *mlp, const float *x, int x_stride,
                         int rows);
// Derivatives by the outputs of all layers from delta of the last one on, down to the lowest that
// moves (`moves`: co_mlp_layers, NULL: all); gradients of norms into norm_lines where they are
// wanted.
void co_mlp_pass_deltas(const co_mlp_pass *pass, const co_mlp *mlp, int rows, const bool *moves,
                        bool norms);

#endif  // AGENTS_NN_MLP_PASS_H_
