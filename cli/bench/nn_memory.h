// A cell with memory, LSTM or GRU, learned from through time: what bench nn times beside passes of
// perceptrons.

#ifndef CLI_BENCH_NN_MEMORY_H_
#define CLI_BENCH_NN_MEMORY_H_

#include "agents/nn/recurrent.h"

enum { NN_STEPS = 32 };  // of a sequence, as long as PPO's are at most

// One cell with everything that a pass reads and writes. Two of the same seed are equal.
typedef struct nn_memory {
  co_arena arena;
  co_recurrent layer;
  co_recurrent_view view;
  co_recurrent_work work;
  int active[NN_STEPS];  // sequences of each step: all of them
  int rows, size;        // sequences at most; of the block [floats]
  int x_stride, y_stride, state_stride;
  float *block, *grad;  // (size)
  float *transposed[2];
  float *x, *y;           // (NN_STEPS x rows x x_stride), (NN_STEPS x rows x y_stride)
  float *state, *dstate;  // (rows x state_stride)
} nn_memory;

// For up to `rows` sequences. CO_MEMORY; nn_memory_destroy releases what is there then, too.
co_status nn_memory_create(const co_recurrent_def *def, int rows, const co_kernels *kernels,
                           uint64_t seed, nn_memory *out);
void nn_memory_destroy(nn_memory *n);

// Forward from empty states and back through time, with the loss half the sum of squared outputs
// and the gradients of all tensors, of the first `rows` sequences.
void nn_memory_pass(nn_memory *n, int rows);

double nn_memory_flop(const nn_memory *n, int rows);  // floating-point operations of a pass

// Largest error of a pass against double precision, of the outputs relative to the largest, or of
// the gradient along a drawn direction, there by differences of the loss.
double nn_memory_error(nn_memory *n, int rows);

#endif  // CLI_BENCH_NN_MEMORY_H_
