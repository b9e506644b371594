// Dense layers: their places in a block of parameters, and their tensors.
//
// A layer has a weight (in x out) and a bias, with layer norm also the norm's weight and bias. Each
// row is padded (co_row_stride) with zeros that stay zero under every update, so kernels need no
// masks.

#ifndef AGENTS_NN_DENSE_H_
#define AGENTS_NN_DENSE_H_

#include "agents/nn/kernels/layout.h"
#include "agents/nn/tensor.h"

enum {
  CO_MAX_HIDDEN = 64,
  CO_MAX_LAYERS = CO_MAX_HIDDEN + 1,  // hidden layers, then the head
  CO_MAX_WIDTH = 1024,
  CO_MAX_OBS = 4096
};

// One layer's place in the block.
typedef struct co_dense {
  int in, out, out_stride;  // out_stride = co_row_stride(out)
  size_t weight, bias;      // offsets in the block: (in x out_stride), (out_stride)
  size_t norm;              // of its layer norm: weight and bias, each (out_stride); 0: none
  int tensor;               // index of its weight among the tensors; the bias is the next one, then
                            // those of the norm
} co_dense;

// Gives a layer its place from `offset` on; returns the offset behind it.
size_t co_dense_place(int in, int out, size_t offset, co_dense *layer);
// The same for its norm, at an offset that is not 0.
size_t co_dense_place_norm(co_dense *layer, size_t offset);

// Its tensors, as views into the block; returns how many. `facts` are those of the weight.
enum { CO_DENSE_TENSORS = 4 };
int co_dense_tensors(const co_dense *layer, const co_tensor_facts *facts, float *block,
                     co_tensor out[CO_DENSE_TENSORS]);
// Index of the tensor behind those of a layer.
int co_dense_tensors_end(const co_dense *layer);

#endif  // AGENTS_NN_DENSE_H_
