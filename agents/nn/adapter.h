// A tensor that moves by a product of two factors, of which one or both are trained.
//
//   W = W0 + s A B,  W (rows x cols), A (rows x inner), B (inner x cols)
//
//   low rank (LoRA, Hu et al. 2021, eq. 3): A and B are trained, s = alpha / inner. A begins with
//     normal numbers of variance 1 / rows, B with zeros.
//   input: a linear layer in front of the weight's, x' = x (I + A) + a, which begins as the
//     identity: A of the weight and a of its bias are trained from zero, B is W0 of the weight:
//     x' W0 + b0 = x (W0 + A W0) + (b0 + a W0)
//   output: a linear layer behind it, y' = y + (y - b0) B, from zero; A is W0: x (W0 + W0 B) + b0.
//     What the layer behind adds to its output is the bias, which moves as ever.
//
// W0 is the tensor at the start and stays, so that W begins as W0, bit for bit. From dW, which
// every network computes as ever, follow dA = s dW B' and dB = s A' dW. After each step W is
// written anew, so whoever reads it (rollouts, evaluation, files) sees the merged one and knows
// nothing of adapters. Rows here are inputs; the paper's B is our A transposed, its A our B.
//
// Products are those of the kernels: the same bits on every CPU level. Not thread-safe per adapter.

#ifndef AGENTS_NN_ADAPTER_H_
#define AGENTS_NN_ADAPTER_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/tensor.h"
#include "core/arena.h"
#include "core/rng.h"
#include "core/status.h"

// What an adapter is made of. A bias takes one of kind input only.
typedef struct co_adapter_def {
  const co_tensor *tensor;     // that moves by it
  const co_tensor_rule *rule;  // whose lora or adapter it is
  const co_tensor *weight;     // of the layer: the tensor itself, or that of its bias
  const float *weight_start;   // W0 of this weight, laid out like it; borrowed
  const co_stream *stream;     // of A of low rank, by the facts of the tensor; else unused
} co_adapter_def;

typedef struct co_adapter {
  int rows, inner, cols;  // inner 0: there is no adapter
  int inner_stride, stride;
  float scale;            // s
  size_t size;            // floats of what is trained, with their padding
  float *value;           // (size) A, then B, those of them that are trained; borrowed
  float *m, *v;           // (size) moments; borrowed
  float *grad;            // (size) of the last co_adapter_gradient
  const float *left;      // A (rows x inner_stride)
  const float *right;     // B (inner x stride)
  float *dleft, *dright;  // their gradients in `grad`; NULL: that factor stays
  float *transposed;      // (cols x inner_stride) scratch: of B
  float *product;         // (rows x stride) scratch: A B
  float *zeros;           // (stride) stay zero
} co_adapter;

// Floats of what is trained, with their padding.
size_t co_adapter_size(const co_adapter_def *def);

// `numbers` (3 size) gets value and moments, borrowed, zero before. CO_MEMORY.
co_status co_adapter_create(co_arena *arena, const co_adapter_def *def, float *numbers,
                            co_adapter *out);

// Gradients of what is trained from that of the tensor, dtensor (rows x stride); their sum of
// squares.
double co_adapter_gradient(const co_adapter *adapter, const co_kernels *kernels,
                           const float *dtensor);

// A step of what is trained by its gradients, and the tensor (rows x stride) from it and from
// `start`.
void co_adapter_step(const co_adapter *adapter, const co_kernels *kernels, const co_adam_args *args,
                     const float *start, float *tensor);

// As if the tensor had been multiplied by a factor from the start, and W0 of the weight with it.
void co_adapter_rescale(const co_adapter *adapter, float factor);

// Floating-point operations of a gradient and a step beside those of Adam.
double co_adapter_flop(const co_adapter *adapter);

#endif  // AGENTS_NN_ADAPTER_H_
