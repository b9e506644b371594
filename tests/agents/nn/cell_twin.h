// A step of an LSTM or GRU in double precision.

#ifndef TESTS_AGENTS_NN_CELL_TWIN_H_
#define TESTS_AGENTS_NN_CELL_TWIN_H_

#include "agents/nn/recurrent.h"

#include <math.h>

enum { CELL_TWIN_WIDTH = 64 };  // outputs at most

static inline double cell_twin_sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

static inline double cell_twin_gate(const co_dense *dense, const double *block, const double *x,
                                    int o, bool bias) {
  double sum = bias ? block[dense->bias + (size_t)o] : 0;
  for (int k = 0; k < dense->in; k++)
    sum += x[k] * block[dense->weight + (size_t)(k * dense->out_stride + o)];
  return sum;
}

// h, of an LSTM c: (width) before the step, then behind it; block and x in double
static inline void cell_twin_step(const co_recurrent *layer, const double *block, const double *x,
                                  double *h, double *c) {
  int width = layer->def.width;
  bool gru = layer->def.cell == CO_GRU;
  double of_x[4 * CELL_TWIN_WIDTH], of_h[4 * CELL_TWIN_WIDTH];
  for (int o = 0; o < layer->input.out; o++) {
    of_x[o] = cell_twin_gate(&layer->input, block, x, o, true);
    of_h[o] = cell_twin_gate(&layer->recurrent, block, h, o, gru);
  }
  for (int i = 0; i < width; i++) {
    double first = cell_twin_sigmoid(of_x[i] + of_h[i]);
    double second = cell_twin_sigmoid(of_x[width + i] + of_h[width + i]);
    if (gru) {
      double fresh = tanh(of_x[2 * width + i] + first * of_h[2 * width + i]);
      h[i] = (1 - second) * fresh + second * h[i];
    } else {
      double value = tanh(of_x[2 * width + i] + of_h[2 * width + i]);
      c[i] = second * c[i] + first * value;
      h[i] = cell_twin_sigmoid(of_x[3 * width + i] + of_h[3 * width + i]) * tanh(c[i]);
    }
  }
}

#endif  // TESTS_AGENTS_NN_CELL_TWIN_H_
