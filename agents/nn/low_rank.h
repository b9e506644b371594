// A weight that moves in few directions only: low-rank adaptation (LoRA, Hu et al. 2021, eq. 3).
//
//   W = W0 + s A B,  A (in x rank), B (rank x out),  s = alpha / rank
//
// W0 is the weight at the start and stays. A begins with normal numbers of variance 1 / in, B with
// zeros, so that W begins as W0, bit for bit. What is trained are A and B: from dW, which every
// network computes as ever, follow dA = s dW B' and dB = s A' dW. After each step W is written
// anew, so whoever reads the weight (rollouts, evaluation, files) sees the merged one and knows
// nothing of adapters. Rows here are inputs; the paper's B is our A transposed, its A our B.
//
// Products are those of the kernels: the same bits on every CPU level. Not thread-safe per adapter.

#ifndef AGENTS_NN_LOW_RANK_H_
#define AGENTS_NN_LOW_RANK_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/tensor.h"
#include "core/arena.h"
#include "core/rng.h"
#include "core/status.h"

typedef struct co_low_rank {
  int in, out, rank;  // rank 0: there is no adapter
  int rank_stride, out_stride;
  float scale;        // s
  size_t size;        // floats of A and B with their padding
  float *value;       // (size) A (in x rank_stride), then B (rank x out_stride); borrowed
  float *m, *v;       // (size) moments; borrowed
  float *grad;        // (size) of the last co_low_rank_gradient
  float *transposed;  // (out x rank_stride) scratch: of B
  float *product;     // (in x out_stride) scratch: A B
  float *zeros;       // (out_stride) stay zero
} co_low_rank;

// Floats of A and B with their padding, for a weight of this rank.
size_t co_low_rank_size(const co_tensor *weight, int rank);

// An adapter of a weight, with A from this stream, by the facts of the tensor, and B zero.
// `numbers` (3 size) gets value and moments, borrowed, zero before. CO_MEMORY.
co_status co_low_rank_create(co_arena *arena, const co_tensor *weight, int rank, double alpha,
                             const co_stream *stream, float *numbers, co_low_rank *out);

// Gradients of A and B from that of the weight, dweight (in x out_stride); their sum of squares.
double co_low_rank_gradient(const co_low_rank *low, const co_kernels *kernels,
                            const float *dweight);

// A step of A and B by their gradients, and the weight (in x out_stride) from them and from
// `start`.
void co_low_rank_step(const co_low_rank *low, const co_kernels *kernels, const co_adam_args *args,
                      const float *start, float *weight);

// Floating-point operations of a gradient and a step beside those of Adam.
double co_low_rank_flop(const co_low_rank *low);

#endif  // AGENTS_NN_LOW_RANK_H_
