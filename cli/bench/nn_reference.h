// A multi-layer perceptron with tanh in double precision, written as the formulas are: what bench
// nn compares with.

#ifndef CLI_BENCH_NN_REFERENCE_H_
#define CLI_BENCH_NN_REFERENCE_H_

#include "agents/nn/network.h"

// Largest difference of `output` (rows x stride of the last layer), in units of the largest output
// or of 1. `block` holds the parameters.
double nn_forward_error(const co_mlp *mlp, const float *block, const float *x, int x_stride,
                        int rows, const float *output);

// Largest difference of `grad`, laid out like the block, to the derivative of half the sum of
// squared outputs, in units of the largest derivative.
double nn_gradient_error(const co_mlp *mlp, const float *block, const float *x, int x_stride,
                         int rows, const float *grad);

// Largest difference of `dx` (rows x dx_stride) to delta W^T, the derivative by the inputs of one
// layer from that by its outputs (rows x out_stride), in units of the largest.
double nn_backward_error(const co_dense *dense, const float *block, const float *delta, int rows,
                         const float *dx, int dx_stride);

#endif  // CLI_BENCH_NN_REFERENCE_H_
