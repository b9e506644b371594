// Elementary functions and activations of one vector, part of the source of the kernels
// (body.h).

#ifndef AGENTS_NN_KERNELS_PRIVATE_MATH_H_
#define AGENTS_NN_KERNELS_PRIVATE_MATH_H_

#include "agents/nn/kernels/private/simd.h"

#include <stdbool.h>
#include <stddef.h>

// tiles are unrolled into registers; at the scalar level that only makes compilers slow (minutes
// under sanitizers)
#if CO_SIMD_LEVEL == 0
#define INLINE static
#define UNROLL
#else
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
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

// 1 / (1 + exp -x)
INLINE vec sigmoid_vec(vec x) {
  vec one = vec_set(1.0f);
  return vec_div(one, vec_add(one, exp_vec(vec_sub(vec_set(0), x))));
}

// exp x - 1 below 0 (Clevert et al. 2016, arXiv 1511.07289, alpha = 1); NaN stays NaN
INLINE vec elu_vec(vec x) {
  vec below = vec_sub(exp_vec(vec_min(vec_set(0), x)), vec_set(1.0f));
  return vec_add(vec_max(vec_set(0), x), vec_where_positive(x, vec_set(0), below));
}

// x sigmoid x (Ramachandran et al. 2017, arXiv 1710.05941)
INLINE vec swish_vec(vec x) {
  return vec_mul(x, sigmoid_vec(x));
}

INLINE vec relu_vec(vec x) {
  return vec_max(vec_set(0), x);
}

// d f'(.) for each activation, where h = f(.), but the argument itself for swish, whose derivative
// is no function of f(.)
INLINE vec tanh_slope(vec h, vec d) {
  return vec_fma(vec_mul(h, vec_sub(vec_set(0), h)), d, d);  // d - h^2 d
}

INLINE vec relu_slope(vec h, vec d) {
  return vec_where_positive(h, d, vec_set(0));
}

INLINE vec elu_slope(vec h, vec d) {
  return vec_where_positive(h, d, vec_fma(h, d, d));
}

INLINE vec swish_slope(vec x, vec d) {
  vec s = sigmoid_vec(x);
  vec y = vec_mul(x, s);
  return vec_mul(d, vec_fma(s, vec_sub(vec_set(1.0f), y), y));  // s + x s (1 - s)
}

// Runs STATEMENT(f) for the activation's own functions f_vec and f_slope; none is nothing to do.
#define FOR_ACTIVATION(activation, STATEMENT) \
  switch (activation) {                       \
    case CO_TANH: STATEMENT(tanh); break;     \
    case CO_RELU: STATEMENT(relu); break;     \
    case CO_ELU: STATEMENT(elu); break;       \
    case CO_SWISH: STATEMENT(swish); break;   \
    default: break;                           \
  }

// y = f(y) on a tile of rows x (vecs vectors)
static void activate(int activation, int rows, int vecs, ptrdiff_t stride, float *y) {
#define ACTIVATE(f)                                     \
  for (int r = 0; r < rows; r++, y += stride) {         \
    for (int c = 0; c < vecs * CO_LANES; c += CO_LANES) \
      vec_store(y + c, f##_vec(vec_load(y + c)));       \
  }
  FOR_ACTIVATION(activation, ACTIVATE)
#undef ACTIVATE
}

// dx *= f'(.) on such a tile; h as in *_slope
static void activate_backward(int activation, int rows, int vecs, ptrdiff_t stride, const float *h,
                              float *dx) {
#define BACKWARD(f)                                                    \
  for (int r = 0; r < rows; r++, h += stride, dx += stride) {          \
    for (int c = 0; c < vecs * CO_LANES; c += CO_LANES)                \
      vec_store(dx + c, f##_slope(vec_load(h + c), vec_load(dx + c))); \
  }
  FOR_ACTIVATION(activation, BACKWARD)
#undef BACKWARD
}

// y = f(y), slope = f'(.)
static void activate_with_slope(int activation, size_t count, float *y, float *slope) {
#define SLOPE(f)                                                     \
  for (size_t i = 0; i < count; i += CO_LANES) {                     \
    vec x = vec_load(y + i), h = f##_vec(x);                         \
    vec_store(slope + i, f##_slope(SLOPE_OF_##f(x, h), vec_set(1))); \
    vec_store(y + i, h);                                             \
  }
#define SLOPE_OF_tanh(x, h) h
#define SLOPE_OF_relu(x, h) h
#define SLOPE_OF_elu(x, h) h
#define SLOPE_OF_swish(x, h) x
  FOR_ACTIVATION(activation, SLOPE)
#undef SLOPE
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_MATH_H_
