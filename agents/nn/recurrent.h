// Layers with memory: LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al.
// 2000) and GRU (Cho et al. 2014), by the formulas of PyTorch.
//
//   LSTM: i, f, o = sigmoid(x W + h U + b), g = tanh(x W + h U + b), c' = f c + i g,
//         h' = o tanh c'; PyTorch's two biases are one, their sum
//   GRU:  r, u = sigmoid(x W + b + h U + b'), n = tanh(x W + b + r (h U + b')),
//         h' = (1 - u) n + u h
//
// A layer has three or four tensors: weight (in x gates width), bias (gates width),
// recurrent.weight (width x gates width), and of a GRU recurrent.bias (gates width); gates in the
// order of co_cell_args. Fresh ones are orthogonal, biases 0 (Huang et al. 2022, "37 details", LSTM
// 1), but for `forget_bias`.
//
// A pass is over sequences side by side, the longest first: step t has the rows 0 .. active[t] - 1,
// which stand in every array right behind those of step t - 1, so there is no padding that would
// have to be masked, and layers without memory take the same arrays as so many rows. A step of
// acting is sequences of length 1. A row's numbers have the same bits whatever stands beside it.
//
// The view is const during a pass; passes with their own work may run at once. Nothing is allocated
// after co_recurrent_work_create.

#ifndef AGENTS_NN_RECURRENT_H_
#define AGENTS_NN_RECURRENT_H_

#include "agents/nn/dense.h"
#include "agents/nn/kernels/kernels.h"
#include "core/arena.h"
#include "core/rng.h"

typedef struct co_recurrent_def {
  co_cell cell;
  int in, width;
  double forget_bias;  // of a fresh LSTM's forget gate
} co_recurrent_def;

// A layer's place in the block.
typedef struct co_recurrent {
  co_recurrent_def def;
  co_dense input, recurrent;  // of an LSTM the second has no bias of its own: its place is unused
} co_recurrent;

// Gives a layer its place from `offset` on; returns the offset behind it.
size_t co_recurrent_place(const co_recurrent_def *def, size_t offset, co_recurrent *out);
// Its tensors, in the order of the top, as views into the block; returns how many. `facts` are
// those of `weight` but for its columns, init_row that of the first of as many rows.
enum { CO_RECURRENT_TENSORS = 4 };
int co_recurrent_tensors(const co_recurrent *layer, const co_tensor_facts *facts, float *block,
                         co_tensor out[CO_RECURRENT_TENSORS]);
// Fresh values of one of them.
void co_recurrent_init(const co_recurrent_def *def, const co_stream *stream,
                       const co_tensor *tensor);
// Floats of a row's state: h, of an LSTM then c, each padded. All 0: nothing remembered.
int co_recurrent_state(const co_recurrent_def *def);

typedef struct co_sequences {
  int steps;
  const int *active;  // (steps) rows of each step, at least one, never more than of the one before
} co_sequences;

// From the lengths (at least 1) of `rows` sequences, the longest first, to active (length[0]);
// returns the steps.
int co_sequences_pack(const int *length, int rows, int *active);
int co_sequences_total(const co_sequences *sequences);  // rows of all steps

// A layer as passes see it. Without transposed weights: forward only.
typedef struct co_recurrent_view {
  const co_kernels *kernels;
  co_recurrent layer;
  co_dense_view input, recurrent;
} co_recurrent_view;

co_recurrent_view co_recurrent_make_view(const co_kernels *kernels, const co_recurrent *layer,
                                         const float *block);

// What a forward pass leaves for one backward pass, and scratch of both.
typedef struct co_recurrent_work {
  int total, rows;  // there is room for so many rows of all steps, and of one
  float *input;     // (total x gate stride) x W + b; the backward pass leaves the derivative by it
  float *tape;      // (total x CO_CELL_TAPE padded width) of the gates
  float *before;    // (total x state) of each row before its step
  float *product;   // (rows x gate stride) h U + b
  float *drecurrent;  // (total x gate stride) derivative by h U + b; of an LSTM `input`
  float *through;     // (rows x stride of width) derivative by h through the product
} co_recurrent_work;

// With `backward` also what the backward pass needs. CO_MEMORY.
co_status co_recurrent_work_create(co_arena *arena, const co_recurrent_def *def, int total,
                                   int rows, bool backward, co_recurrent_work *out);

// For acting, in memory of the caller: floats of a work without backward pass for one step of
// `rows` rows, and that work in such a block, which is aligned to 64 bytes and zero.
size_t co_recurrent_step_size(const co_recurrent_def *def, int rows);
co_recurrent_work co_recurrent_step_place(const co_recurrent_def *def, int rows, float *block);

// y (total x stride of width) from x (total x x_stride). state (rows of the first step x
// state_stride): each row's before its first step, and then behind its last. y's padding must be 0
// and stays 0; so do those of the states.
void co_recurrent_forward(const co_recurrent_view *view, const co_sequences *sequences,
                          const float *x, int x_stride, co_recurrent_work *work, float *state,
                          int state_stride, float *y);

typedef struct co_recurrent_backward_args {
  const co_sequences *sequences;
  const float *x;  // as in the forward pass
  int x_stride;
  const float *dy;  // (total x stride of width) derivative by y
  // (rows of the first step x state_stride) derivative by the states behind the last steps, and
  // then by those before the first
  float *dstate;
  int state_stride;
  float *dx;    // (total x stride of in) derivative by x; NULL: not wanted
  float *grad;  // laid out like the block, only the layer's is written; NULL: not wanted
} co_recurrent_backward_args;

// Back through time, once per forward pass.
void co_recurrent_backward(const co_recurrent_view *view, const co_recurrent_backward_args *args,
                           co_recurrent_work *work);

// Floating-point operations of one row of one step: forward, and backward with or without the
// gradient of the tensors and the derivative by x.
double co_recurrent_forward_flop(const co_recurrent_def *def);
double co_recurrent_backward_flop(const co_recurrent_def *def, bool moves, bool dx);

#endif  // AGENTS_NN_RECURRENT_H_
