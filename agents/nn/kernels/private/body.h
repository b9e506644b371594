// Source of the kernels, included once per CPU level by LEVEL.c, which defines before:
//   CO_SIMD_LEVEL  see simd.h
//   TILE_ROWS, TILE_VECS  rows (1, 6 or 8) and vectors (1 or 2) of a register tile
//   FEW_VECS, FEW_TILES   vectors of the widest tile; tiles (rows, vectors) for products of few
//   rows HEAD_ROWS, HEAD_CHAINS, HEAD_VECS  heads: rows at once (1, 2 or 4), rows x chains under
//   way (a
//                  multiple of HEAD_ROWS that divides CO_LANES), vectors of inputs in a gradient
//   DOT_ROWS, DOT_OUTS  rows and outputs of a tile of dot products (1, 2 or 4)
//   PEAK_CHAINS    independent multiply-adds that fit into the registers
//   KERNELS, KERNELS_NAME  the table to define
//
// A tile holds rows x vectors of sums in registers while the summation index runs, so that one load
// feeds several multiply-adds. Tiles at the edges are smaller; each sum is the same chain in every
// tile.

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/cells.h"
#include "agents/nn/kernels/private/drop.h"
#include "agents/nn/kernels/private/math.h"
#include "agents/nn/kernels/private/norm.h"
#include "agents/nn/kernels/private/product.h"

#include <string.h>

// y[i] = op(x[i]); the tail goes through a padded copy
#define ELEMENTWISE(name, op, pad)                                                      \
  static void name(const float *x, int count, float *y) {                               \
    int i = 0;                                                                          \
    for (; i + CO_LANES <= count; i += CO_LANES) vec_store(y + i, op(vec_load(x + i))); \
    if (i == count) return;                                                             \
    float tail[CO_LANES];                                                               \
    for (int j = 0; j < CO_LANES; j++) tail[j] = i + j < count ? x[i + j] : (pad);      \
    vec_store(tail, op(vec_load(tail)));                                                \
    memcpy(y + i, tail, (size_t)(count - i) * sizeof *y);                               \
  }

ELEMENTWISE(kernel_tanh, tanh_vec, 0.0f)
ELEMENTWISE(kernel_exp, exp_vec, 0.0f)
ELEMENTWISE(kernel_log, log_vec, 1.0f)

static void kernel_forward(const co_dense_view *layer, const float *x, int x_stride, int rows,
                           int activation, float *y) {
  if (layer->out_stride == CO_LANES) {
    head_forward(layer, x, x_stride, rows, activation, y);
    return;
  }
  multiply(&(product){.x = x,
                      .x_stride = x_stride,
                      .rows = rows,
                      .w = layer->weight,
                      .bias = layer->bias,
                      .depth = layer->in,
                      .columns = co_padded(layer->out),
                      .stride = layer->out_stride,
                      .activation = activation,
                      .y = y});
}

static void kernel_backward(const co_dense_view *layer, const float *dy, const float *x, int rows,
                            int activation, float *dx) {
  multiply(&(product){.x = dy,
                      .x_stride = layer->out_stride,
                      .rows = rows,
                      .w = layer->transposed,
                      .depth = layer->out,
                      .columns = co_padded(layer->in),
                      .stride = layer->in_stride,
                      .activation = activation,
                      .gate = x,
                      .y = dx});
}

static void kernel_gradient(const co_dense_view *layer, const float *x, int x_stride,
                            const float *dy, int rows, co_row_sum over, float *dweight,
                            float *dbias) {
  row_sum sum = {.x = x,
                 .x_stride = x_stride,
                 .dy = dy,
                 .dy_stride = layer->out_stride,
                 .rows = rows,
                 .chain = over == CO_SUM_CHAIN ? rows : CO_BLOCK,
                 .adds = over == CO_SUM_BLOCKS_ON};
  int first = 0;
  // the way by outputs ends with a transposition, which few rows do not pay for
  for (int r = 0; layer->out <= CO_LANES / 2 && rows >= 8 && r < rows; r += sum.chain) {
    int now = rows - r < sum.chain ? rows - r : sum.chain;
    first = head_gradient(layer, x + (ptrdiff_t)r * x_stride, x_stride,
                          dy + (ptrdiff_t)r * layer->out_stride, now, sum.adds || r > 0, dweight);
  }
  dense_gradient(layer, first, sum, dweight);
  if (dbias) bias_gradient(&sum, layer->out_stride, dbias);
}

static void kernel_activate(int activation, size_t count, float *y, float *slope) {
  if (slope) {
    activate_with_slope(activation, count, y, slope);
  } else {
    activate(activation, (int)(count / CO_LANES), 1, CO_LANES, y);
  }
}

static void kernel_activate_backward(int activation, size_t count, const float *y, float *dy) {
  activate_backward(activation, (int)(count / CO_LANES), 1, CO_LANES, y, dy);
}

static void kernel_scale(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i += CO_LANES) {
    vec_store(y + i, vec_mul(vec_load(y + i), vec_load(x + i)));
  }
}

static double kernel_reduce(float *grad, size_t stride, int blocks, size_t count, float pull,
                            const float *value, const float *start) {
  vec square = vec_set(0);
  for (size_t i = 0; i < count; i += CO_LANES) {
    vec sum = vec_load(grad + i);
    for (int b = 1; b < blocks; b++) sum = vec_add(sum, vec_load(grad + (size_t)b * stride + i));
    if (pull != 0) {
      sum = vec_fma(vec_set(pull), vec_sub(vec_load(value + i), vec_load(start + i)), sum);
    }
    if (blocks > 1 || pull != 0) vec_store(grad + i, sum);
    square = vec_fma(sum, sum, square);
  }
  float lane[CO_LANES];
  vec_store(lane, square);
  double total = 0;
  for (int i = 0; i < CO_LANES; i++) total += (double)lane[i];
  return total;
}

static void kernel_adam(const co_adam_args *args, size_t count, const float *grad, float *m,
                        float *v, float *value) {
  const vec beta1 = vec_set(args->beta1), rest1 = vec_set(1 - args->beta1);
  const vec beta2 = vec_set(args->beta2), rest2 = vec_set(1 - args->beta2);
  const vec epsilon = vec_set(args->epsilon), correction = vec_set(args->root_correction);
  const vec step = vec_set(-args->step), decay = vec_set(-args->decay),
            scale = vec_set(args->scale);
  for (size_t i = 0; i < count; i += CO_LANES) {
    vec g = vec_mul(scale, vec_load(grad + i));
    vec first = vec_fma(beta1, vec_load(m + i), vec_mul(rest1, g));
    vec second = vec_fma(beta2, vec_load(v + i), vec_mul(rest2, vec_mul(g, g)));
    vec w = vec_load(value + i);
    w = vec_fma(decay, w, w);
    vec direction = vec_div(first, vec_fma(vec_sqrt(second), correction, epsilon));
    vec_store(value + i, vec_fma(step, direction, w));
    vec_store(m + i, first);
    vec_store(v + i, second);
  }
}

static void kernel_follow(float rate, size_t count, const float *x, float *y) {
  const vec part = vec_set(rate);
  for (size_t i = 0; i < count; i += CO_LANES) {
    vec old = vec_load(y + i);
    vec_store(y + i, vec_fma(part, vec_sub(vec_load(x + i), old), old));
  }
}

static double kernel_peak(int64_t rounds, float *sink) {
  const vec factor = vec_set(0.999f), term = vec_set(1e-3f);
  // all lanes differ, or a compiler would see that halves of a vector are the same work
  float first[PEAK_CHAINS * CO_LANES];
  for (int i = 0; i < PEAK_CHAINS * CO_LANES; i++) first[i] = (float)i;
  vec sum[PEAK_CHAINS];
  UNROLL for (int j = 0; j < PEAK_CHAINS; j++) sum[j] = vec_load(first + j * CO_LANES);
  for (int64_t i = 0; i < rounds; i++) {
    UNROLL for (int j = 0; j < PEAK_CHAINS; j++) sum[j] = vec_fma(sum[j], factor, term);
  }
  *sink = 0;
  for (int j = 0; j < PEAK_CHAINS; j++) *sink += vec_sum(sum[j]);
  return 2.0 * PEAK_CHAINS * CO_LANES * (double)rounds;
}

const co_kernels KERNELS = {
    .name = KERNELS_NAME,
    .forward = kernel_forward,
    .backward = kernel_backward,
    .gradient = kernel_gradient,
    .transpose = kernel_transpose,
    .activate = kernel_activate,
    .activate_backward = kernel_activate_backward,
    .scale = kernel_scale,
    .drop = kernel_drop,
    .norm = kernel_norm,
    .norm_backward = kernel_norm_backward,
    .cell = {[CO_LSTM] = kernel_lstm, [CO_GRU] = kernel_gru},
    .cell_backward = {[CO_LSTM] = kernel_lstm_backward, [CO_GRU] = kernel_gru_backward},
    .reduce = kernel_reduce,
    .adam = kernel_adam,
    .follow = kernel_follow,
    .peak = kernel_peak,
    .tanh = kernel_tanh,
    .exp = kernel_exp,
    .log = kernel_log,
};
