// Vectors of CO_LANES floats for the kernels: one small set of operations, three implementations.
//
// The includer picks one by defining CO_SIMD_LEVEL as 4 (x86-64-v4: one 512-bit register), 3
// (x86-64-v3: two 256-bit registers) or 0 (any CPU: an array and fmaf). Each operation is either
// exact or correctly rounded per lane, so the same kernel source gives the same bits at every
// level. min and max return the second operand when one is NaN, at all levels, as the x86
// instructions do; kernels use that to let NaN through.

#ifndef AGENTS_NN_KERNELS_PRIVATE_SIMD_H_
#define AGENTS_NN_KERNELS_PRIVATE_SIMD_H_

#include "agents/nn/kernels/layout.h"

#if CO_SIMD_LEVEL > 0

#include <immintrin.h>

static inline __m128 quarter_of(__m256 a) {
  return _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
}

static inline float half_sum(__m256 a) {
  __m128 quarter = quarter_of(a);
  quarter = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_movehdup_ps(quarter)));
}

// half_sum of four vectors
static inline void half_sum4(__m256 a, __m256 b, __m256 c, __m256 d, float *out) {
  __m128 qa = quarter_of(a), qb = quarter_of(b), qc = quarter_of(c), qd = quarter_of(d);
  __m128 ab = _mm_add_ps(_mm_movelh_ps(qa, qb), _mm_movehl_ps(qb, qa));
  __m128 cd = _mm_add_ps(_mm_movelh_ps(qc, qd), _mm_movehl_ps(qd, qc));
  _mm_storeu_ps(out, _mm_add_ps(_mm_shuffle_ps(ab, cd, _MM_SHUFFLE(2, 0, 2, 0)),
                                _mm_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 1, 3, 1))));
}

#endif

#if CO_SIMD_LEVEL == 4

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

// a where gate > 0, else b
static inline vec vec_where_positive(vec gate, vec a, vec b) {
  return _mm512_mask_mov_ps(b, _mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), a);
}
// a in the first `count` lanes, 0 in the others
static inline vec vec_keep(vec a, int count) {
  return count >= CO_LANES ? a : _mm512_maskz_mov_ps((__mmask16)((1u << count) - 1), a);
}
static inline __m256 half_of(vec a) {
  return _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
}
// sum of all lanes: the upper half is added to the lower one, and so on
static inline float vec_sum(vec a) {
  return half_sum(half_of(a));
}
// vec_sum of four vectors
static inline void vec_sum4(const vec *a, float *out) {
  half_sum4(half_of(a[0]), half_of(a[1]), half_of(a[2]), half_of(a[3]), out);
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

static inline __m256 half_where_positive(__m256 gate, __m256 a, __m256 b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ));
}
// a where gate > 0, else b
static inline vec vec_where_positive(vec gate, vec a, vec b) {
  return VEC_BOTH(half_where_positive(gate.low, a.low, b.low),
                  half_where_positive(gate.high, a.high, b.high));
}

static inline __m256 half_keep(__m256 a, int count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_and_ps(a, _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane)));
}
// a in the first `count` lanes, 0 in the others
static inline vec vec_keep(vec a, int count) {
  return VEC_BOTH(half_keep(a.low, count), half_keep(a.high, count - 8));
}
// sum of all lanes: the upper half is added to the lower one, and so on
static inline float vec_sum(vec a) {
  return half_sum(_mm256_add_ps(a.low, a.high));
}
// vec_sum of four vectors
static inline void vec_sum4(const vec *a, float *out) {
  half_sum4(_mm256_add_ps(a[0].low, a[0].high), _mm256_add_ps(a[1].low, a[1].high),
            _mm256_add_ps(a[2].low, a[2].high), _mm256_add_ps(a[3].low, a[3].high), out);
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

// a where gate > 0, else b
SCALAR vec vec_where_positive(vec gate, vec a, vec b) {
  VEC_LANES(gate.lane[i] > 0 ? a.lane[i] : b.lane[i]);
}
// a in the first `count` lanes, 0 in the others
SCALAR vec vec_keep(vec a, int count) {
  VEC_LANES(i < count ? a.lane[i] : 0.0f);
}
// sum of all lanes: the upper half is added to the lower one, and so on
SCALAR float vec_sum(vec a) {
  for (int half = CO_LANES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) a.lane[i] += a.lane[i + half];
  }
  return a.lane[0];
}
// vec_sum of four vectors
SCALAR void vec_sum4(const vec *a, float *out) {
  for (int i = 0; i < 4; i++) out[i] = vec_sum(a[i]);
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

#endif  // AGENTS_NN_KERNELS_PRIVATE_SIMD_H_
