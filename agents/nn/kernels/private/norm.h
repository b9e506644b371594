// Layer normalisation (Ba et al. 2016, arXiv 1607.06450), part of the source of the kernels
// (body.h). Sums over a row are CO_LANES interleaved ones, added as a tree.

#ifndef AGENTS_NN_KERNELS_PRIVATE_NORM_H_
#define AGENTS_NN_KERNELS_PRIVATE_NORM_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/math.h"

static const float norm_epsilon = 1e-5f;  // added to the variance

// one row: z becomes (z - mean) / deviation, padding 0; returns 1 / deviation
static float standardize(int width, float *z) {
  vec sum = vec_set(0), square = vec_set(0);
  for (int c = 0; c < width; c += CO_LANES) sum = vec_add(sum, vec_load(z + c));
  vec mean = vec_set(vec_sum(sum) / (float)width);
  for (int c = 0; c < width; c += CO_LANES) {
    vec centered = vec_keep(vec_sub(vec_load(z + c), mean), width - c);
    square = vec_fma(centered, centered, square);
    vec_store(z + c, centered);
  }
  vec variance = vec_set(vec_sum(square) / (float)width + norm_epsilon);
  vec inverse = vec_div(vec_set(1), vec_sqrt(variance));
  for (int c = 0; c < width; c += CO_LANES) vec_store(z + c, vec_mul(inverse, vec_load(z + c)));
  float lane[CO_LANES];
  vec_store(lane, inverse);
  return lane[0];
}

static void kernel_norm(const co_norm_view *norm, int rows, float *z, float *inverse, float *y) {
  for (int r = 0; r < rows; r++, z += norm->stride, y += norm->stride) {
    inverse[r] = standardize(norm->width, z);
    for (int c = 0; c < norm->stride; c += CO_LANES) {
      vec gain = vec_load(norm->weight + c), bias = vec_load(norm->bias + c);
      vec_store(y + c, vec_fma(gain, vec_load(z + c), bias));
    }
  }
}

// one row of dz = (g dy - mean(g dy) - z mean(g dy z)) / deviation, in place of dy
static void norm_row_backward(const co_norm_view *norm, const float *z, float inverse, float *dy) {
  vec sum = vec_set(0), along = vec_set(0);
  for (int c = 0; c < norm->width; c += CO_LANES) {
    vec d = vec_mul(vec_load(norm->weight + c), vec_load(dy + c));
    sum = vec_add(sum, d);
    along = vec_fma(d, vec_load(z + c), along);
    vec_store(dy + c, d);
  }
  vec mean = vec_set(vec_sum(sum) / (float)norm->width);
  vec slope = vec_set(0 - vec_sum(along) / (float)norm->width);
  for (int c = 0; c < norm->width; c += CO_LANES) {
    vec d = vec_fma(slope, vec_load(z + c), vec_sub(vec_load(dy + c), mean));
    vec_store(dy + c, vec_keep(vec_mul(vec_set(inverse), d), norm->width - c));
  }
}

static void kernel_norm_backward(const co_norm_view *norm, const float *z, const float *inverse,
                                 int rows, float *dy, float *dweight, float *dbias) {
  for (int c = 0; dweight && c < norm->stride; c += CO_LANES) {
    vec weight = vec_set(0), bias = vec_set(0);
    for (int r = 0; r < rows; r++) {
      ptrdiff_t at = (ptrdiff_t)r * norm->stride + c;
      vec d = vec_load(dy + at);
      weight = vec_fma(d, vec_load(z + at), weight);
      bias = vec_add(bias, d);
    }
    vec_store(dweight + c, weight);
    vec_store(dbias + c, bias);
  }
  for (int r = 0; r < rows; r++) {
    ptrdiff_t at = (ptrdiff_t)r * norm->stride;
    norm_row_backward(norm, z + at, inverse[r], dy + at);
  }
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_NORM_H_
