// A multi-layer perceptron: its passes over a block of rows.
//
// A hidden layer is activation(x W + b), or with layer norm activation(norm(x W + b)), and while it
// learns, dropout behind that. The plain kind, without norm and with an activation whose derivative
// follows from its output, needs no tape.
//
// An actor's perceptron may have a residual network beside it: layers num_layers, ..., from the
// same input, whose last outputs, tanh behind them, are added to its own, times `scale`. To whoever
// keeps buffers they are layers like the others (co_mlp_layers); num_layers - 1 stays the output.
//
// All buffers are the caller's, those of layers with rows of co_row_stride floats whose padding is
// 0. A pass is const in the network; passes with different buffers may run at once.

#ifndef AGENTS_NN_MLP_H_
#define AGENTS_NN_MLP_H_

#include "agents/nn/dense.h"
#include "agents/nn/kernels/kernels.h"
#include "core/arena.h"
#include "core/rng.h"

#include <stdbool.h>

// Dropout (Srivastava et al. 2014): elements of hidden layers are 0 with probability `rate`, the
// others are divided by 1 - rate. What is dropped is named by the stream, the row, the step, part,
// pass and layer, and by nothing else.
typedef struct co_dropout {
  double rate;       // 0 <= rate < 1; 0: none
  co_stream stream;  // purpose DROPOUT
  uint64_t step;     // gradient step, < 2^48
  int part;          // of the network, < 1024
  int pass;          // of several over the same rows in one step, < 4
  uint32_t row0;     // number of the first row within the minibatch; rows stay below 2^24 where
                     // there are more than four parts
} co_dropout;

// What a forward pass keeps for the backward pass besides the outputs, per hidden layer.
typedef struct co_mlp_tape {
  float *slope[CO_MAX_HIDDEN];  // (rows x out_stride) derivative by the argument of the activation
  float *standard[CO_MAX_HIDDEN];  // (rows x out_stride) with layer norm: standardised
  float *inverse[CO_MAX_HIDDEN];   // (rows) with layer norm: 1 / deviation
  co_dropout dropout;
} co_mlp_tape;

typedef struct co_mlp {
  const co_kernels *kernels;
  int num_layers;
  int num_residual;       // layers of the residual network behind them, 0: none
  float scale;            // of what that adds
  const co_dense *dense;  // (co_mlp_layers) places in the block, borrowed
  co_dense_view layer[CO_MAX_LAYERS];
  co_norm_view norm[CO_MAX_HIDDEN];  // weight NULL: none
  int activation[CO_MAX_HIDDEN];     // co_activation
} co_mlp;

// Layers that there are buffers for.
static inline int co_mlp_layers(const co_mlp *mlp) {
  return mlp->num_layers + mlp->num_residual;
}

// Of layers that have their places in a block; activation (num_layers - 1) behind each but the
// last. Without transposed weights: forward only. (Of a network: co_mlp_view in network.h.)
co_mlp co_mlp_of_layers(const co_kernels *kernels, const float *block, const co_dense *layers,
                        int num_layers, const co_activation *activation);

// Puts a residual network of so many layers beside it, which follow those of mlp->dense; all are
// at most CO_MAX_HIDDEN. `activation` behind its hidden layers.
void co_mlp_put_residual(co_mlp *mlp, const float *block, int num_layers, co_activation activation,
                         double scale);

// Whether a backward pass needs a tape, with dropout of this rate.
bool co_mlp_needs_tape(const co_mlp *mlp, double dropout);

// Memory of a tape for `rows` rows. CO_MEMORY.
co_status co_mlp_tape_create(co_arena *arena, const co_mlp *mlp, int rows, co_mlp_tape *out);

// output[l] (rows x out_stride of layer l) from x (rows x x_stride). output[l] may equal output[l -
// 2], without a residual network.
void co_mlp_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    float *const *output);

// The same with dropout, and with everything that the backward pass wants on the tape.
void co_mlp_forward_tape(const co_mlp *mlp, const float *x, int x_stride, int rows,
                         float *const *output, const co_mlp_tape *tape);

// What a backward pass reads and writes besides the network.
typedef struct co_mlp_backward_args {
  const float *x;  // (rows x x_stride) as in the forward pass
  int x_stride, rows;
  float *const *output;  // of the forward pass, all layers kept apart
  float *const
      *delta;  // per layer (rows x out_stride): the last is the input, the others are scratch
  const co_mlp_tape *tape;  // of the forward pass, NULL: plain
  // (num_layers - 1) per hidden layer (rows x out_stride) the derivative by its output that comes
  // from elsewhere than the layer above, NULL: none; NULL instead of all: none anywhere
  const float *const *extra;
  const bool *moves;  // (co_mlp_layers) which layers need a gradient; NULL: all
  float *grad;        // laid out like the network's block; only layers that move are written
  co_row_sum over;    // how gradients are summed over rows
  // Per hidden layer with layer norm (rows / CO_LANES, rounded up, x 2 out_stride): the gradient of
  // the norm's weight and bias from CO_LANES rows each, instead of their sum in `grad`, for callers
  // that add up over other rows too. NULL: none.
  float *const *norm_lines;
} co_mlp_backward_args;

// Gradients of a loss whose derivative by the last layer's output is delta[num_layers - 1].
void co_mlp_backward(const co_mlp *mlp, const co_mlp_backward_args *args);

// The two halves of it, for callers that spread them over threads in other ways: the derivatives by
// the outputs of all layers from the lowest that moves on, and the gradient of inputs in0 .. in0 +
// count - 1 of one layer's weight into args->grad, and of its bias into `dbias`.
void co_mlp_deltas(const co_mlp *mlp, const co_mlp_backward_args *args);
void co_mlp_gradient(const co_mlp *mlp, const co_mlp_backward_args *args, int layer, int in0,
                     int count, float *dbias);

// Floating-point operations of one row: forward, and backward with the layers that move
// (co_mlp_layers), NULL: all.
double co_mlp_forward_flop(const co_mlp *mlp);
double co_mlp_backward_flop(const co_mlp *mlp, const bool *moves);

#endif  // AGENTS_NN_MLP_H_
