// Fresh values of weights, of any kind of layer.

#ifndef AGENTS_NN_TENSOR_INIT_H_
#define AGENTS_NN_TENSOR_INIT_H_

#include "agents/nn/tensor.h"
#include "core/rng.h"

// Columns or rows of a weight, whichever are fewer, become random orthogonal vectors of length
// `gain`, drawn from the row of the stream that the tensor's facts name; its padding must be 0.
void co_tensor_init_orthogonal(const co_tensor *weight, double gain, const co_stream *stream);
// Fresh values of a tensor of a dense layer or a norm, by its facts (agents/nn/network.h).
void co_tensor_init(const co_tensor *tensor, const co_stream *stream);
// A column (rows) as one of co_tensor_init's: of random direction, and of the length that those
// have on average.
void co_tensor_draw_column(const co_tensor *weight, co_rng *rng, float *out);

#endif  // AGENTS_NN_TENSOR_INIT_H_
