#include "agents/mlp.h"

#include <assert.h>

static int padded(int count) {
  return (count + CO_LANES - 1) / CO_LANES * CO_LANES;
}

co_mlp co_mlp_view(const co_kernels *kernels, const co_network *net, const co_dense *layers) {
  co_mlp mlp = {.kernels = kernels,
                .num_layers = net->num_layers,
                .activation = (int)net->def.activation,
                .dense = layers};
  for (int l = 0; l < mlp.num_layers; l++) {
    mlp.layer[l] = (co_dense_view){.in = layers[l].in,
                                   .out = layers[l].out,
                                   .in_stride = padded(layers[l].in),
                                   .out_stride = layers[l].out_stride,
                                   .weight = net->block + layers[l].weight,
                                   .bias = net->block + layers[l].bias};
  }
  return mlp;
}

void co_mlp_forward(const co_mlp *mlp, const float *x, int x_stride, int rows,
                    float *const *output) {
  for (int l = 0; l < mlp->num_layers; l++) {
    int activation = l < mlp->num_layers - 1 ? mlp->activation : -1;
    mlp->kernels->forward(&mlp->layer[l], x, x_stride, rows, activation, output[l]);
    x = output[l];
    x_stride = mlp->layer[l].out_stride;
  }
}

static int lowest_moving(const co_mlp *mlp, const bool *moves) {
  int l = 0;
  while (l < mlp->num_layers && !moves[l]) l++;
  return l;
}

void co_mlp_backward(const co_mlp *mlp, const co_mlp_backward_args *args) {
  int lowest = lowest_moving(mlp, args->moves);
  for (int l = mlp->num_layers - 1; l >= lowest; l--) {
    const co_dense_view *layer = &mlp->layer[l];
    const float *x = l > 0 ? args->output[l - 1] : args->x;
    if (args->moves[l]) {
      mlp->kernels->gradient(layer, x, l > 0 ? layer->in_stride : args->x_stride, args->delta[l],
                             args->rows, args->grad + mlp->dense[l].weight,
                             args->grad + mlp->dense[l].bias);
    }
    if (l == lowest) break;
    assert(layer->transposed);
    mlp->kernels->backward(layer, args->delta[l], x, args->rows, mlp->activation,
                           args->delta[l - 1]);
  }
}

void co_mlp_deltas(const co_mlp *mlp, const co_mlp_backward_args *args) {
  for (int l = mlp->num_layers - 1; l > lowest_moving(mlp, args->moves); l--) {
    mlp->kernels->backward(&mlp->layer[l], args->delta[l], args->output[l - 1], args->rows,
                           mlp->activation, args->delta[l - 1]);
  }
}

void co_mlp_gradient(const co_mlp *mlp, const co_mlp_backward_args *args, int layer, int in0,
                     int count, float *dbias) {
  co_dense_view part = mlp->layer[layer];
  const float *x = layer > 0 ? args->output[layer - 1] : args->x;
  float *dweight = args->grad + mlp->dense[layer].weight;
  assert(in0 >= 0 && in0 + count <= part.in);
  part.in = count;
  mlp->kernels->gradient(&part, x + in0, layer > 0 ? part.in_stride : args->x_stride,
                         args->delta[layer], args->rows, dweight + (ptrdiff_t)in0 * part.out_stride,
                         dbias);
}

static double product_flop(const co_dense_view *layer) {
  return 2.0 * layer->in * layer->out;
}

double co_mlp_forward_flop(const co_mlp *mlp) {
  double flop = 0;
  for (int l = 0; l < mlp->num_layers; l++) flop += product_flop(&mlp->layer[l]);
  return flop;
}

double co_mlp_backward_flop(const co_mlp *mlp, const bool *moves) {
  double flop = 0;
  int lowest = lowest_moving(mlp, moves);
  for (int l = lowest; l < mlp->num_layers; l++) {
    flop += product_flop(&mlp->layer[l]) * ((moves[l] ? 1 : 0) + (l > lowest ? 1 : 0));
  }
  return flop;
}
