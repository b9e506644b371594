// Vectors of 32-bit words, one in the lower half of each of CO_LANES / 2 lanes of 64 bits, whose
// upper halves are anything: beside simd.h, whose levels they have, and as exact.

#ifndef AGENTS_NN_KERNELS_PRIVATE_SIMD_WORDS_H_
#define AGENTS_NN_KERNELS_PRIVATE_SIMD_WORDS_H_

#include "agents/nn/kernels/private/simd.h"

enum { CO_WORDS = CO_LANES / 2 };

#if CO_SIMD_LEVEL == 4

typedef __m512i words;

static inline words words_set(uint32_t x) {
  return _mm512_set1_epi64(x);
}
// first, first + 1, ...
static inline words words_from(uint32_t first) {
  return _mm512_add_epi32(words_set(first), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
}
static inline words words_xor(words a, words b) {
  return _mm512_xor_si512(a, b);
}
// whole products
static inline words words_mul(words a, words b) {
  return _mm512_mul_epu32(a, b);
}
// upper halves
static inline words words_high(words a) {
  return _mm512_srli_epi64(a, 32);
}
// the words of a and b, one after the other in each lane
static inline __m512i words_pairs(words a, words b) {
  return _mm512_mask_mov_epi32(a, 0xaaaa, _mm512_slli_epi64(b, 32));
}
// to (4 CO_WORDS): the first word of w[0] .. w[3], their second ones, and so on
static inline void words_store(uint32_t *to, const words w[4]) {
  __m512i a = words_pairs(w[0], w[1]), b = words_pairs(w[2], w[3]);
  __m512i lower = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  __m512i upper = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  _mm512_storeu_si512(to, _mm512_permutex2var_epi64(a, lower, b));
  _mm512_storeu_si512(to + CO_LANES, _mm512_permutex2var_epi64(a, upper, b));
}
// 0 where word (CO_LANES) is below the threshold, else x
static inline vec words_gate(const uint32_t *word, uint32_t threshold, float x) {
  __m512i limit = _mm512_set1_epi32((int)threshold);
  __mmask16 kept = _mm512_cmpge_epu32_mask(_mm512_loadu_si512(word), limit);
  return _mm512_maskz_mov_ps(kept, vec_set(x));
}

#elif CO_SIMD_LEVEL == 3

typedef struct words {
  __m256i low, high;
} words;

static inline words words_set(uint32_t x) {
  __m256i half = _mm256_set1_epi64x(x);
  return (words){half, half};
}
static inline words words_from(uint32_t first) {
  __m256i half = _mm256_set1_epi64x(first);
  return (words){_mm256_add_epi32(half, _mm256_set_epi64x(3, 2, 1, 0)),
                 _mm256_add_epi32(half, _mm256_set_epi64x(7, 6, 5, 4))};
}
static inline words words_xor(words a, words b) {
  return (words){_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
}
static inline words words_mul(words a, words b) {
  return (words){_mm256_mul_epu32(a.low, b.low), _mm256_mul_epu32(a.high, b.high)};
}
static inline words words_high(words a) {
  return (words){_mm256_srli_epi64(a.low, 32), _mm256_srli_epi64(a.high, 32)};
}
static inline __m256i words_pairs(__m256i a, __m256i b) {
  return _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xaa);
}
static inline void words_store_half(uint32_t *to, __m256i a, __m256i b) {
  __m256i even = _mm256_unpacklo_epi64(a, b), odd = _mm256_unpackhi_epi64(a, b);
  _mm256_storeu_si256((__m256i *)to, _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256((__m256i *)(to + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}
static inline void words_store(uint32_t *to, const words w[4]) {
  words_store_half(to, words_pairs(w[0].low, w[1].low), words_pairs(w[2].low, w[3].low));
  words_store_half(to + CO_LANES, words_pairs(w[0].high, w[1].high),
                   words_pairs(w[2].high, w[3].high));
}
static inline __m256 words_gate_half(const uint32_t *word, uint32_t threshold, float x) {
  __m256i w = _mm256_loadu_si256((const __m256i *)word);
  __m256i kept = _mm256_cmpeq_epi32(_mm256_max_epu32(w, _mm256_set1_epi32((int)threshold)), w);
  return _mm256_and_ps(_mm256_castsi256_ps(kept), _mm256_set1_ps(x));
}
static inline vec words_gate(const uint32_t *word, uint32_t threshold, float x) {
  return VEC_BOTH(words_gate_half(word, threshold, x), words_gate_half(word + 8, threshold, x));
}

#else

typedef struct words {
  uint64_t lane[CO_WORDS];
} words;

static inline words words_set(uint32_t x) {
  words out;
  for (int i = 0; i < CO_WORDS; i++) out.lane[i] = x;
  return out;
}
static inline words words_from(uint32_t first) {
  words out;
  for (int i = 0; i < CO_WORDS; i++) out.lane[i] = first + (uint32_t)i;
  return out;
}
static inline words words_xor(words a, words b) {
  for (int i = 0; i < CO_WORDS; i++) a.lane[i] ^= b.lane[i];
  return a;
}
static inline words words_mul(words a, words b) {
  for (int i = 0; i < CO_WORDS; i++)
    a.lane[i] = (a.lane[i] & UINT32_MAX) * (b.lane[i] & UINT32_MAX);
  return a;
}
static inline words words_high(words a) {
  for (int i = 0; i < CO_WORDS; i++) a.lane[i] >>= 32;
  return a;
}
static inline void words_store(uint32_t *to, const words w[4]) {
  for (int i = 0; i < CO_WORDS; i++)
    for (int j = 0; j < 4; j++) to[4 * i + j] = (uint32_t)w[j].lane[i];
}
static inline vec words_gate(const uint32_t *word, uint32_t threshold, float x) {
  float lane[CO_LANES];
  for (int i = 0; i < CO_LANES; i++) lane[i] = word[i] < threshold ? 0 : x;
  return vec_load(lane);
}

#endif

#endif  // AGENTS_NN_KERNELS_PRIVATE_SIMD_WORDS_H_
