// One multi-layer perceptron of a network (actor or critic): its passes over a block of rows.
//
// All buffers are the caller's, rows padded to CO_LANES with zeros. A pass is const in the network;
// passes with different buffers may run at once.

#ifndef AGENTS_MLP_H_
#define AGENTS_MLP_H_

#include "agents/kernels.h"

#include <stdbool.h>

typedef struct co_mlp {
  const co_kernels *kernels;
  int num_layers, activation;
  const co_dense *dense;  // (num_layers) places in the block, borrowed
  co_dense_view layer[CO_MAX_HIDDEN + 1];
} co_mlp;

// `layers` is net->part[i].layer. Without transposed weights: forward only.
co_mlp co_mlp_view(const co_kernels *kernels, const co_network *net, const co_dense *layers);

// output[l] (rows x out_stride of layer l) from x (rows x x_stride). output[l] may equal output[l -
// 2].
void co_mlp_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    float *const *output);

// What a backward pass reads and writes besides the network.
typedef struct co_mlp_backward_args {
  const float *x;  // (rows x x_stride) as in the forward pass
  int x_stride, rows;
  float *const *output;  // of the forward pass, all layers kept apart
  float *const
      *delta;  // per layer (rows x out_stride): the last is the input, the others are scratch
  const bool *moves;  // (num_layers) which layers need a gradient
  float *grad;        // laid out like the network's block; only layers that move are written
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
// (num_layers).
double co_mlp_forward_flop(const co_mlp *mlp);
double co_mlp_backward_flop(const co_mlp *mlp, const bool *moves);

#endif  // AGENTS_MLP_H_
