// Source of the kernels, included once per CPU level by kernels_LEVEL.c, which defines before:
//   CO_SIMD_LEVEL  see simd.h
//   TILE_ROWS      rows of a register tile (1, 4 or 8)
//   TILE_VECS      vectors of a register tile (1 or 2)
//   KERNELS, KERNELS_NAME  the table to define
//
// A tile holds TILE_ROWS x TILE_VECS sums in registers while the summation index runs, so that one
// load feeds several multiply-adds. Tiles at the edges are smaller; each sum is the same chain in
// every tile.

#include "agents/kernels.h"
#include "agents/simd.h"

#include <string.h>

// tiles are unrolled into registers; at the scalar level that only makes compilers slow (minutes
// under sanitizers)
#if CO_SIMD_LEVEL == 0
#define INLINE static
#define UNROLL
#else
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
#endif

// tanh x = x P(x^2) / Q(x^2) on [-8, 8], fitted for least relative error (6e-9 before rounding);
// outside it saturates at 1 - 2.3e-7.
INLINE vec tanh_vec(vec x) {
  x = vec_max(vec_set(-8.0f), vec_min(vec_set(8.0f), x));
  vec u = vec_mul(x, x);
  vec p = vec_fma(u, vec_set(1.53044349346e-8f), vec_set(2.19433580634e-5f));
  vec q = vec_fma(u, vec_set(8.55120987669e-7f), vec_set(3.41599138498e-4f));
  p = vec_fma(p, u, vec_set(3.57441772091e-3f));
  q = vec_fma(q, u, vec_set(2.61750605399e-2f));
  p = vec_fma(p, u, vec_set(1.34468384592e-1f));
  q = vec_fma(q, u, vec_set(4.67801661384e-1f));
  p = vec_fma(p, u, vec_set(1.0f));
  q = vec_fma(q, u, vec_set(1.0f));
  return vec_div(vec_mul(x, p), q);
}

// exp x = 2^n exp r, n = round(x / ln 2), |r| <= ln 2 / 2; exp r by its Taylor polynomial of degree
// 7 (error 5e-9)
INLINE vec exp_vec(vec x) {
  const vec magic = vec_set(0x1.8p23f);  // adding and taking it away rounds to a whole number
  x = vec_max(vec_set(-87.0f), vec_min(vec_set(88.0f), x));
  vec n = vec_sub(vec_fma(x, vec_set(1.44269504f), magic), magic);
  vec r = vec_fma(n, vec_set(-0x1.62e4p-1f), x);  // ln 2, upper 16 bits: exact product
  r = vec_fma(n, vec_set(-1.42860677e-6f), r);    // ln 2, the rest
  vec p = vec_set(1.0f / 5040);
  p = vec_fma(p, r, vec_set(1.0f / 720));
  p = vec_fma(p, r, vec_set(1.0f / 120));
  p = vec_fma(p, r, vec_set(1.0f / 24));
  p = vec_fma(p, r, vec_set(1.0f / 6));
  p = vec_fma(p, r, vec_set(0.5f));
  p = vec_fma(p, r, vec_set(1.0f));
  p = vec_fma(p, r, vec_set(1.0f));
  return vec_mul(p, vec_exp2_whole(n));
}

// log x = (e + 1/2) ln 2 + 2 atanh s, s = (m - sqrt 2) / (m + sqrt 2), x = m 2^e with m in [1, 2),
// so |s| < 0.172
INLINE vec log_vec(vec x) {
  vec e, m = vec_split(x, &e);
  vec root = vec_set(1.41421356f);
  vec s = vec_div(vec_sub(m, root), vec_add(m, root));
  vec u = vec_mul(s, s);
  vec p = vec_set(2.0f / 11);
  p = vec_fma(p, u, vec_set(2.0f / 9));
  p = vec_fma(p, u, vec_set(2.0f / 7));
  p = vec_fma(p, u, vec_set(2.0f / 5));
  p = vec_fma(p, u, vec_set(2.0f / 3));
  p = vec_mul(p, u);
  vec low = vec_fma(p, s, vec_add(s, s));
  e = vec_add(e, vec_set(0.5f));
  vec y = vec_fma(e, vec_set(0.693147181f), low);
  return vec_add(y, vec_sub(x, x));  // NaN for what is no number
}

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

static void activate(int activation, size_t count, float *y) {
  if (activation == CO_TANH) {
    for (size_t i = 0; i < count; i += CO_LANES) vec_store(y + i, tanh_vec(vec_load(y + i)));
  } else if (activation == CO_RELU) {
    for (size_t i = 0; i < count; i += CO_LANES) {
      vec_store(y + i, vec_max(vec_set(0), vec_load(y + i)));
    }
  }
}

// dx *= f'(.), given y = f(.)
static void activate_backward(int activation, size_t count, const float *y, float *dx) {
  for (size_t i = 0; i < count; i += CO_LANES) {
    vec h = vec_load(y + i), d = vec_load(dx + i);
    if (activation == CO_TANH) {
      d = vec_fma(vec_mul(h, vec_sub(vec_set(0), h)), d, d);  // d - h^2 d
    } else if (activation == CO_RELU) {
      d = vec_where_positive(h, d);
    }
    vec_store(dx + i, d);
  }
}

// One product tile: y (R rows x V vectors) = bias + x w over `depth` steps.
INLINE void product_tile(int R, int V, const float *x, int x_stride, const float *w,
                         const float *bias, int depth, int w_stride, float *y) {
  vec sum[TILE_ROWS][TILE_VECS];
  UNROLL for (int r = 0; r < R; r++) {
    UNROLL for (int v = 0; v < V; v++) {
      sum[r][v] = bias ? vec_load(bias + v * CO_LANES) : vec_set(0);
    }
  }
  for (int k = 0; k < depth; k++) {
    vec row[TILE_VECS];
    UNROLL for (int v = 0; v < V; v++) row[v] = vec_load(w + v * CO_LANES);
    w += w_stride;
    UNROLL for (int r = 0; r < R; r++) {
      vec broadcast = vec_set(x[(ptrdiff_t)r * x_stride + k]);
      UNROLL for (int v = 0; v < V; v++) sum[r][v] = vec_fma(broadcast, row[v], sum[r][v]);
    }
  }
  UNROLL for (int r = 0; r < R; r++) {
    UNROLL for (int v = 0; v < V; v++)
        vec_store(y + (ptrdiff_t)r * w_stride + v * CO_LANES, sum[r][v]);
  }
}

// Runs STEP(8), STEP(4), STEP(2), STEP(1) as far as tiles of that size exist: whole tiles, then the
// rest by halving.
#if TILE_ROWS >= 8
#define HALVING(STEP) STEP(8) STEP(4) STEP(2) STEP(1)
#elif TILE_ROWS >= 4
#define HALVING(STEP) STEP(4) STEP(2) STEP(1)
#else
#define HALVING(STEP) STEP(1)
#endif

// All rows of V vectors.
INLINE void product_rows(int V, const float *x, int x_stride, int rows, const float *w,
                         const float *bias, int depth, int w_stride, float *y) {
  int r = 0;
#define ROWS(R)                                                                         \
  for (; r + (R) <= rows; r += (R)) {                                                   \
    product_tile(R, V, x + (ptrdiff_t)r * x_stride, x_stride, w, bias, depth, w_stride, \
                 y + (ptrdiff_t)r * w_stride);                                          \
  }
  HALVING(ROWS)
#undef ROWS
}

// y (rows x w_stride) = bias + x w, w (depth x w_stride); bias NULL is 0
static void product(const float *x, int x_stride, int rows, const float *w, const float *bias,
                    int depth, int w_stride, float *y) {
  int c = 0;
#if TILE_VECS == 2
  for (; c + 2 * CO_LANES <= w_stride; c += 2 * CO_LANES) {
    product_rows(2, x, x_stride, rows, w + c, bias ? bias + c : NULL, depth, w_stride, y + c);
  }
#endif
  for (; c < w_stride; c += CO_LANES) {
    product_rows(1, x, x_stride, rows, w + c, bias ? bias + c : NULL, depth, w_stride, y + c);
  }
}

static void kernel_forward(const co_dense_view *layer, const float *x, int x_stride, int rows,
                           int activation, float *y) {
  product(x, x_stride, rows, layer->weight, layer->bias, layer->in, layer->out_stride, y);
  activate(activation, (size_t)rows * (size_t)layer->out_stride, y);
}

static void kernel_backward(const co_dense_view *layer, const float *dy, const float *x, int rows,
                            int activation, float *dx) {
  product(dy, layer->out_stride, rows, layer->transposed, NULL, layer->out, layer->in_stride, dx);
  activate_backward(activation, (size_t)rows * (size_t)layer->in_stride, x, dx);
}

// One gradient tile: dw (I inputs x V vectors) = sum over rows of x^T dy.
INLINE void gradient_tile(int I, int V, const float *x, int x_stride, const float *dy, int rows,
                          int stride, float *dw) {
  vec sum[TILE_ROWS][TILE_VECS];
  UNROLL for (int i = 0; i < I; i++) {
    UNROLL for (int v = 0; v < V; v++) sum[i][v] = vec_set(0);
  }
  for (int r = 0; r < rows; r++) {
    vec d[TILE_VECS];
    UNROLL for (int v = 0; v < V; v++) d[v] = vec_load(dy + v * CO_LANES);
    UNROLL for (int i = 0; i < I; i++) {
      vec broadcast = vec_set(x[i]);
      UNROLL for (int v = 0; v < V; v++) sum[i][v] = vec_fma(broadcast, d[v], sum[i][v]);
    }
    x += x_stride;
    dy += stride;
  }
  UNROLL for (int i = 0; i < I; i++) {
    UNROLL for (int v = 0; v < V; v++)
        vec_store(dw + (ptrdiff_t)i * stride + v * CO_LANES, sum[i][v]);
  }
}

INLINE void gradient_inputs(int V, const float *x, int x_stride, int in, const float *dy, int rows,
                            int stride, float *dw) {
  int i = 0;
#define INPUTS(I)                                                                       \
  for (; i + (I) <= in; i += (I)) {                                                     \
    gradient_tile(I, V, x + i, x_stride, dy, rows, stride, dw + (ptrdiff_t)i * stride); \
  }
  HALVING(INPUTS)
#undef INPUTS
}

static void kernel_gradient(const co_dense_view *layer, const float *x, int x_stride,
                            const float *dy, int rows, float *dweight, float *dbias) {
  int stride = layer->out_stride, c = 0;
#if TILE_VECS == 2
  for (; c + 2 * CO_LANES <= stride; c += 2 * CO_LANES) {
    gradient_inputs(2, x, x_stride, layer->in, dy + c, rows, stride, dweight + c);
  }
#endif
  for (; c < stride; c += CO_LANES) {
    gradient_inputs(1, x, x_stride, layer->in, dy + c, rows, stride, dweight + c);
  }
  for (c = 0; c < stride; c += CO_LANES) {
    vec sum = vec_set(0);
    for (int r = 0; r < rows; r++) sum = vec_add(sum, vec_load(dy + (ptrdiff_t)r * stride + c));
    vec_store(dbias + c, sum);
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
    vec_store(grad + i, sum);
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

const co_kernels KERNELS = {
    .name = KERNELS_NAME,
    .forward = kernel_forward,
    .backward = kernel_backward,
    .gradient = kernel_gradient,
    .reduce = kernel_reduce,
    .adam = kernel_adam,
    .follow = kernel_follow,
    .tanh = kernel_tanh,
    .exp = kernel_exp,
    .log = kernel_log,
};
