// Vectors of CO_LANES floats for the kernels: one small set of operations, three implementations.
//
// The includer picks one by defining CO_SIMD_LEVEL as 4 (x86-64-v4: one 512-bit register), 3
// (x86-64-v3: two 256-bit registers) or 0 (any CPU: an array and fmaf). Each operation is either
// exact or correctly rounded per lane, so the same kernel source gives the same bits at every
// level. min and max return the second operand when one is NaN, at all levels, as the x86
// instructions do; kernels use that to let NaN through.

#ifndef AGENTS_SIMD_H_
#define AGENTS_SIMD_H_

#include "agents/network.h"

#if CO_SIMD_LEVEL == 4

#include <immintrin.h>

typedef __m512 vec;

static inline vec vec_load(const float *p) {
  return _mm512_loadu_ps(p);
}
static inline void vec_store(float *p, vec a) {
  _mm512_storeu_ps(p, a);
}
static inline vec vec_set(float x) {
  return _mm512_set1_ps(x);
}
static inline vec vec_fma(vec a, vec b, vec c) {
  return _mm512_fmadd_ps(a, b, c);
}  // a b + c
static inline vec vec_add(vec a, vec b) {
  return _mm512_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b) {
  return _mm512_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b) {
  return _mm512_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b) {
  return _mm512_div_ps(a, b);
}
static inline vec vec_sqrt(vec a) {
  return _mm512_sqrt_ps(a);
}
static inline vec vec_min(vec a, vec b) {
  return _mm512_min_ps(a, b);
}
static inline vec vec_max(vec a, vec b) {
  return _mm512_max_ps(a, b);
}

// a where gate > 0, else 0
static inline vec vec_where_positive(vec gate, vec a) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), a);
}

// 2^n for whole n in -126..127
static inline vec vec_exp2_whole(vec n) {
  __m512i bits = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 23));
}

// normal a > 0 as m 2^e with m in [1, 2)
static inline vec vec_split(vec a, vec *e) {
  __m512i bits = _mm512_castps_si512(a);
  *e = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(bits, 23), _mm512_set1_epi32(127)));
  bits = _mm512_and_epi32(bits, _mm512_set1_epi32(0x007fffff));
  return _mm512_castsi512_ps(_mm512_or_epi32(bits, _mm512_set1_epi32(0x3f800000)));
}

#elif CO_SIMD_LEVEL == 3

#include <immintrin.h>

typedef struct vec {
  __m256 low, high;
} vec;

#define VEC_BOTH(call_low, call_high) ((vec){.low = (call_low), .high = (call_high)})

static inline vec vec_load(const float *p) {
  return VEC_BOTH(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8));
}
static inline void vec_store(float *p, vec a) {
  _mm256_storeu_ps(p, a.low);
  _mm256_storeu_ps(p + 8, a.high);
}
static inline vec vec_set(float x) {
  __m256 all = _mm256_set1_ps(x);
  return VEC_BOTH(all, all);
}
static inline vec vec_fma(vec a, vec b, vec c) {  // a b + c
  return VEC_BOTH(_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high));
}
static inline vec vec_add(vec a, vec b) {
  return VEC_BOTH(_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high));
}
static inline vec vec_sub(vec a, vec b) {
  return VEC_BOTH(_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high));
}
static inline vec vec_mul(vec a, vec b) {
  return VEC_BOTH(_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high));
}
static inline vec vec_div(vec a, vec b) {
  return VEC_BOTH(_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high));
}
static inline vec vec_sqrt(vec a) {
  return VEC_BOTH(_mm256_sqrt_ps(a.low), _mm256_sqrt_ps(a.high));
}
static inline vec vec_min(vec a, vec b) {
  return VEC_BOTH(_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high));
}
static inline vec vec_max(vec a, vec b) {
  return VEC_BOTH(_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high));
}

static inline __m256 half_where_positive(__m256 gate, __m256 a) {
  return _mm256_and_ps(_mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ), a);
}
// a where gate > 0, else 0
static inline vec vec_where_positive(vec gate, vec a) {
  return VEC_BOTH(half_where_positive(gate.low, a.low), half_where_positive(gate.high, a.high));
}

static inline __m256 half_exp2_whole(__m256 n) {
  __m256i bits = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 23));
}
// 2^n for whole n in -126..127
static inline vec vec_exp2_whole(vec n) {
  return VEC_BOTH(half_exp2_whole(n.low), half_exp2_whole(n.high));
}

static inline __m256 half_split(__m256 a, __m256 *e) {
  __m256i bits = _mm256_castps_si256(a);
  *e = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(127)));
  bits = _mm256_and_si256(bits, _mm256_set1_epi32(0x007fffff));
  return _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f800000)));
}
// normal a > 0 as m 2^e with m in [1, 2)
static inline vec vec_split(vec a, vec *e) {
  return VEC_BOTH(half_split(a.low, &e->low), half_split(a.high, &e->high));
}

#else

#include <math.h>
#include <string.h>

typedef struct vec {
  float lane[CO_LANES];
} vec;

// Calls, since inlined arrays take compilers minutes; what counts here is fmaf.
#define SCALAR static __attribute__((noinline))

// a vec named `out` whose lane i is `expression`
#define VEC_LANES(expression)                                    \
  vec out;                                                       \
  for (int i = 0; i < CO_LANES; i++) out.lane[i] = (expression); \
  return out

SCALAR vec vec_load(const float *p) {
  VEC_LANES(p[i]);
}
SCALAR void vec_store(float *p, vec a) {
  memcpy(p, a.lane, sizeof a.lane);
}
SCALAR vec vec_set(float x) {
  VEC_LANES(x);
}
SCALAR vec vec_fma(vec a, vec b, vec c) {
  VEC_LANES(fmaf(a.lane[i], b.lane[i], c.lane[i]));
}
SCALAR vec vec_add(vec a, vec b) {
  VEC_LANES(a.lane[i] + b.lane[i]);
}
SCALAR vec vec_sub(vec a, vec b) {
  VEC_LANES(a.lane[i] - b.lane[i]);
}
SCALAR vec vec_mul(vec a, vec b) {
  VEC_LANES(a.lane[i] * b.lane[i]);
}
SCALAR vec vec_div(vec a, vec b) {
  VEC_LANES(a.lane[i] / b.lane[i]);
}
SCALAR vec vec_sqrt(vec a) {
  VEC_LANES(sqrtf(a.lane[i]));
}
SCALAR vec vec_min(vec a, vec b) {
  VEC_LANES(a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}
SCALAR vec vec_max(vec a, vec b) {
  VEC_LANES(a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}

// a where gate > 0, else 0
SCALAR vec vec_where_positive(vec gate, vec a) {
  VEC_LANES(gate.lane[i] > 0 ? a.lane[i] : 0.0f);
}

static inline float lane_from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// 2^n for whole n in -126..127; a NaN gives any number, as at the other levels
SCALAR vec vec_exp2_whole(vec n) {
  VEC_LANES(n.lane[i] >= -126 && n.lane[i] <= 127
                ? lane_from_bits((uint32_t)((int)n.lane[i] + 127) << 23)
                : 0.0f);
}

// normal a > 0 as m 2^e with m in [1, 2)
SCALAR vec vec_split(vec a, vec *e) {
  uint32_t bits[CO_LANES];
  memcpy(bits, a.lane, sizeof bits);
  for (int i = 0; i < CO_LANES; i++) e->lane[i] = (float)((int)(bits[i] >> 23) - 127);
  VEC_LANES(lane_from_bits((bits[i] & 0x007fffffu) | 0x3f800000u));
}

#endif

#endif  // AGENTS_SIMD_H_
