#include "cli/bench/nn_reference.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

// inputs of all layers of one row, and behind the last its outputs
typedef double activations[CO_MAX_HIDDEN + 2][CO_MAX_WIDTH];

static void forward(const co_mlp *mlp, const float *block, const float *x, activations y) {
  for (int i = 0; i < mlp->dense[0].in; i++) y[0][i] = (double)x[i];
  for (int l = 0; l < mlp->num_layers; l++) {
    const co_dense *d = &mlp->dense[l];
    for (int o = 0; o < d->out; o++) y[l + 1][o] = (double)block[d->bias + (size_t)o];
    for (int k = 0; k < d->in; k++) {
      const float *w = block + d->weight + (size_t)k * (size_t)d->out_stride;
      for (int o = 0; o < d->out; o++) y[l + 1][o] += y[l][k] * (double)w[o];
    }
    if (l < mlp->num_layers - 1) {
      for (int o = 0; o < d->out; o++) y[l + 1][o] = tanh(y[l + 1][o]);
    }
  }
}

// adds one row's derivatives to grad; delta holds those by the outputs of layer l
static void layer_backward(const co_dense *d, const float *block, const double *y,
                           const double *delta, double *grad, double *below) {
  for (int o = 0; o < d->out; o++) grad[d->bias + (size_t)o] += delta[o];
  for (int k = 0; k < d->in; k++) {
    size_t row = d->weight + (size_t)k * (size_t)d->out_stride;
    below[k] = 0;
    for (int o = 0; o < d->out; o++) {
      grad[row + (size_t)o] += y[k] * delta[o];
      below[k] += delta[o] * (double)block[row + (size_t)o];
    }
    below[k] *= 1 - y[k] * y[k];
  }
}

double nn_forward_error(const co_mlp *mlp, const float *block, const float *x, int x_stride,
                        int rows, const float *output) {
  const co_dense *last = &mlp->dense[mlp->num_layers - 1];
  double error = 0, largest = 1;
  activations *y = co_alloc(1, sizeof *y);
  if (!y) return INFINITY;
  for (int r = 0; r < rows; r++) {
    forward(mlp, block, x + (ptrdiff_t)r * x_stride, *y);
    for (int o = 0; o < last->out; o++) {
      double truth = (*y)[mlp->num_layers][o];
      error = fmax(error, fabs((double)output[(ptrdiff_t)r * last->out_stride + o] - truth));
      largest = fmax(largest, fabs(truth));
    }
  }
  free(y);
  return error / largest;
}

// the whole gradient in double
static void backward(const co_mlp *mlp, const float *block, const float *x, int x_stride, int rows,
                     activations y, double *grad) {
  double delta[2][CO_MAX_WIDTH];
  for (int r = 0; r < rows; r++) {
    forward(mlp, block, x + (ptrdiff_t)r * x_stride, y);
    const double *above = y[mlp->num_layers];
    for (int l = mlp->num_layers - 1; l >= 0; l--) {
      layer_backward(&mlp->dense[l], block, y[l], above, grad, delta[l % 2]);
      above = delta[l % 2];
    }
  }
}

double nn_gradient_error(const co_mlp *mlp, const float *block, const float *x, int x_stride,
                         int rows, const float *grad) {
  const co_dense *last = &mlp->dense[mlp->num_layers - 1];
  size_t size = last->bias + (size_t)last->out_stride;
  double error = 0, largest = 0;
  double *truth = co_alloc(size, sizeof *truth);
  activations *y = co_alloc(1, sizeof *y);
  if (truth && y) {
    backward(mlp, block, x, x_stride, rows, *y, truth);
    for (size_t i = 0; i < size; i++) {
      error = fmax(error, fabs((double)grad[i] - truth[i]));
      largest = fmax(largest, fabs(truth[i]));
    }
  }
  free(y);
  free(truth);
  return largest > 0 ? error / largest : (double)INFINITY;
}

double nn_backward_error(const co_dense *dense, const float *block, const float *delta, int rows,
                         const float *dx, int dx_stride) {
  double error = 0, largest = 0;
  for (int r = 0; r < rows; r++) {
    const float *dy = delta + (ptrdiff_t)r * dense->out_stride;
    for (int k = 0; k < dense->in; k++) {
      const float *w = block + dense->weight + (size_t)k * (size_t)dense->out_stride;
      double truth = 0;
      for (int o = 0; o < dense->out; o++) truth += (double)dy[o] * (double)w[o];
      error = fmax(error, fabs((double)dx[(ptrdiff_t)r * dx_stride + k] - truth));
      largest = fmax(largest, fabs(truth));
    }
  }
  return largest > 0 ? error / largest : (double)INFINITY;
}
