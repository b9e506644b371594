// The inner loops of learning, compiled once per CPU level with the same bits at every level.
//
// All matrices are float, row-major, their rows padded with zeros to a multiple of CO_LANES. Each
// output element is one chain of fused multiply-adds in a fixed order of the summation index,
// started from the bias (or 0); in the forward pass of a layer with at most CO_LANES outputs, bias
// + CO_LANES interleaved chains added as a tree. So its bits do not depend on the number of rows,
// on the lanes of the CPU or on the tiling. Nothing here allocates or fails; all functions are pure
// in their arguments and may run on several threads at once.

#ifndef AGENTS_NN_KERNELS_KERNELS_H_
#define AGENTS_NN_KERNELS_KERNELS_H_

#include "agents/nn/kernels/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Rows whose gradients are summed in row order before blocks are added in block order.
enum { CO_BLOCK = 32 };

// How a gradient is summed over its rows.
typedef enum co_row_sum {
  CO_SUM_CHAIN,      // in one chain
  CO_SUM_BLOCKS,     // a chain per CO_BLOCK rows; blocks are added in their order
  CO_SUM_BLOCKS_ON,  // the same, blocks are added to what is there
} co_row_sum;

// One dense layer, as the kernels see it.
typedef struct co_dense_view {
  int in, out, in_stride, out_stride;  // strides: co_row_stride
  const float *weight;                 // (in x out_stride)
  const float *bias;                   // (out_stride)
  const float *transposed;  // (out x in_stride): of `weight`; backward only, may be NULL otherwise
} co_dense_view;

// One layer normalisation over `width` numbers.
typedef struct co_norm_view {
  int width, stride;
  const float *weight, *bias;  // (stride)
} co_norm_view;

// One row of one step of a recurrent cell. Gates, without padding between them, in the order and by
// the formulas of PyTorch: LSTM input, forget, cell, output; GRU reset, update, new. The state is
// (states x padded width): h, of an LSTM then c; its padding is 0 and stays 0.
typedef struct co_cell_args {
  int width;
  const float *input;      // (gates x width) x W + b
  const float *recurrent;  // (gates x width) h U, + b of a GRU
  float *tape;             // (CO_CELL_TAPE x padded width) for the backward pass
  float *state;            // before, and then after the step
} co_cell_args;

typedef struct co_cell_backward_args {
  int width;
  const float *tape, *before;  // as the step left them, the state before it
  // The derivative by the state after the step becomes that by the state before it, but for what
  // goes through the recurrent product.
  float *dstate;
  float *dinput;      // (gates x width) derivative by args.input
  float *drecurrent;  // and by args.recurrent; an LSTM's is the same and not written
} co_cell_backward_args;

// What dropout does with one row of a layer; its random words are those of core/rng.h.
typedef struct co_drop_args {
  uint32_t key[2], counter[4];  // of a co_rng at the start of a block of four words
  uint32_t threshold;           // elements whose word is below it are dropped
  float kept;                   // factor of the others
} co_drop_args;

typedef struct co_adam_args {
  float beta1, beta2;
  float step;             // rate / (1 - beta1^t)
  float root_correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float decay;  // rate x decoupled weight decay
  float scale;  // of the gradient: global norm clipping
} co_adam_args;

// The padding of what a product writes has to be 0 and stays 0.
typedef struct co_kernels {
  const char *name;  // "scalar", "x86-64-v3", "x86-64-v4"
  // y (rows x out_stride) = f(x W + b), x (rows x x_stride), no f when `activation` < 0
  void (*forward)(const co_dense_view *layer, const float *x, int x_stride, int rows,
                  int activation, float *y);
  // dx (rows x in_stride) = (dy W^T) * f'(.), f the activation of the layer below, x (rows x
  // in_stride) its output; none when `activation` < 0. Not swish, whose derivative does not follow
  // from its output.
  void (*backward)(const co_dense_view *layer, const float *dy, const float *x, int rows,
                   int activation, float *dx);
  // dweight (in x out_stride) = x^T dy and dbias (out_stride) = column sums of dy, over `rows`
  // rows, at least one, in row order; dbias may be NULL. Rows of dweight are independent: a range
  // of inputs is a layer of its own.
  void (*gradient)(const co_dense_view *layer, const float *x, int x_stride, const float *dy,
                   int rows, co_row_sum over, float *dweight, float *dbias);
  // to (cols x to_stride) = transpose of from (rows x from_stride). Writes nothing else.
  void (*transpose)(const float *from, int rows, int from_stride, int cols, float *to,
                    int to_stride);
  // The activation where the product is not next to it; `count` is a multiple of CO_LANES. y =
  // f(y), with slope = f'(.) when that is not NULL; dy *= f'(.) given y = f(.), not swish; y *= x.
  void (*activate)(int activation, size_t count, float *y, float *slope);
  void (*activate_backward)(int activation, size_t count, const float *y, float *dy);
  void (*scale)(size_t count, const float *x, float *y);
  // y and slope (count, a multiple of CO_LANES) times 0 or `kept`; word i decides on element i
  void (*drop)(const co_drop_args *args, int count, float *y, float *slope);
  // z (rows x stride) becomes standardised (mean 0, deviation 1 within its row), inverse (rows) = 1
  // / deviation, y = weight z + bias; y may be z, which then is not left for the backward pass
  void (*norm)(const co_norm_view *norm, int rows, float *z, float *inverse, float *y);
  // dy (rows x stride) becomes the derivative by what `norm` was given; z and inverse are as it
  // left them. dweight and dbias (stride) over the rows in their order, both may be NULL.
  void (*norm_backward)(const co_norm_view *norm, const float *z, const float *inverse, int rows,
                        float *dy, float *dweight, float *dbias);
  // by co_cell
  void (*cell[CO_NUM_CELLS])(const co_cell_args *args);
  void (*cell_backward[CO_NUM_CELLS])(const co_cell_backward_args *args);
  // grad[i] = sum over b of grad[b stride + i] in order of b, + pull (value[i] - start[i]); returns
  // the sum of squares
  double (*reduce)(float *grad, size_t stride, int blocks, size_t count, float pull,
                   const float *value, const float *start);
  // Adam (Kingma & Ba 2015, algorithm 1, epsilon outside the root) on `count` numbers, a multiple
  // of CO_LANES
  void (*adam)(const co_adam_args *args, size_t count, const float *grad, float *m, float *v,
               float *value);
  // y += rate (x - y) on `count` numbers, a multiple of CO_LANES
  void (*follow)(float rate, size_t count, const float *x, float *y);
  // Multiply-adds in registers, `rounds` times as many as keep all units busy: what no product can
  // beat. Returns how many floating-point operations that were; *sink gets a number, so that they
  // are done.
  double (*peak)(int64_t rounds, float *sink);
  // element-wise, any count, in place allowed. tanh: error < 3e-7, odd, NaN stays NaN. exp:
  // argument held in -87..88, relative error < 2e-7, NaN stays NaN. log: of normal positive
  // numbers, error < 2e-7 relative or absolute, NaN and infinity give NaN.
  void (*tanh)(const float *x, int count, float *y);
  void (*exp)(const float *x, int count, float *y);
  void (*log)(const float *x, int count, float *y);
} co_kernels;

// The fastest level that this CPU has, or the one that was chosen. Costs a few instructions.
const co_kernels *co_kernels_get(void);
// Makes a level the one that co_kernels_get returns in this process from now on, and in those that
// it forks: for benches that compare levels, whose results are the same. False, and nothing has
// changed, when the level is unknown or this CPU lacks it. Called before any thread is started and
// before any learner is created.
bool co_kernels_choose(const char *name);
// A level by its name, for tests and benches; NULL when unknown or when this CPU lacks it.
const co_kernels *co_kernels_named(const char *name);
extern const char *const co_kernels_names[];  // NULL-terminated, slowest first

// Floating-point operations per second [1/s] of one core at the level of co_kernels_get, from
// `seconds` of multiply-adds and CPU time.
double co_kernels_peak(double seconds);

// co_kernels.transpose on any CPU.
void co_transpose(const float *from, int rows, int from_stride, int cols, float *to, int to_stride);

#endif  // AGENTS_NN_KERNELS_KERNELS_H_
