// Passes of one multi-layer perceptron or cell, with what they read and write: what bench nn times.

#ifndef CLI_BENCH_NN_PASS_H_
#define CLI_BENCH_NN_PASS_H_

#include "agents/nn/adam.h"
#include "agents/nn/gaussian.h"
#include "agents/nn/network.h"
#include "agents/nn/normalizer.h"
#include "cli/bench/nn_memory.h"

//   latency   from raw observations to sampled actions: normalise, forward, add noise
//   forward   of all layers
//   update    forward, backward (loss = half the sum of squared outputs), gradients, one Adam step
//   backward  of one layer without activation: the derivative by its inputs
//   gradient  of one layer: that of its weight and bias
//   lstm, gru forward and back through time, sequences of NN_STEPS steps, with all gradients
typedef enum nn_case {
  NN_LATENCY,
  NN_FORWARD,
  NN_UPDATE,
  NN_BACKWARD,
  NN_GRADIENT,
  NN_LSTM,
  NN_GRU
} nn_case;
extern const char *const nn_case_names[];  // NULL-terminated

enum { NN_MAX_SHAPE = CO_MAX_HIDDEN + 2, NN_MAX_ROWS = 1 << 16 };

// Inputs, hidden units, outputs; two widths are one layer.
typedef struct nn_shape {
  double width[NN_MAX_SHAPE];
  int count;
} nn_shape;

bool nn_case_is_layer(nn_case which);  // of one layer only
bool nn_case_remembers(nn_case which);

// One network, or one cell, with everything that a pass reads and writes. Two of the same seed are
// equal.
typedef struct nn {
  bool remembers;  // it is a cell, and has nothing of what follows it
  nn_memory memory;
  co_arena arena;  // the arrays
  co_network net;
  co_mlp mlp;
  co_adam adam;
  co_normalizer norm;
  co_gaussian gaussian;
  co_rng noise;
  int rows, x_stride;
  float *obs, *x, *action, *grad;  // (rows x in), (rows x x_stride), (rows x out), (net.size)
  float *output[CO_MAX_LAYERS], *delta[CO_MAX_LAYERS], *transposed[CO_MAX_LAYERS];
  float *dx;  // (rows x x_stride) derivative by x
} nn;

// For passes of `which`, and others of a network, of up to `rows` rows. CO_MEMORY; nn_destroy
// releases what is there then, too.
co_status nn_create(const nn_shape *shape, nn_case which, int rows, const co_kernels *kernels,
                    uint64_t seed, nn *out);
void nn_destroy(nn *n);

// One pass of the first `rows` rows, of a cell of as many sequences; each pass of a case does the
// same with the same numbers. After those of update, backward and gradient need not mean what they
// did before.
void nn_pass(nn *n, nn_case which, int rows);

// Time of one pass [s of processor time], from `seconds` of them.
double nn_time(nn *n, nn_case which, int rows, double seconds);

double nn_flop(const nn *n, nn_case which, int rows);  // floating-point operations of a pass

// Largest error of what a pass computes against double precision, relative to the largest element.
double nn_error(nn *n, nn_case which, int rows);

#endif  // CLI_BENCH_NN_PASS_H_
