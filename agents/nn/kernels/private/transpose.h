// Transposition in blocks of 8 x 8, part of the source of the kernels (body.h).

#ifndef AGENTS_NN_KERNELS_PRIVATE_TRANSPOSE_H_
#define AGENTS_NN_KERNELS_PRIVATE_TRANSPOSE_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/math.h"

#if CO_SIMD_LEVEL > 0

// Pairs of rows are interleaved, pairs of pairs, and then the halves of registers change places.
INLINE void transpose_block(const float *from, ptrdiff_t from_stride, float *to,
                            ptrdiff_t to_stride) {
  __m256 row[8], pair[8], four[8];
  UNROLL for (int i = 0; i < 8; i++) row[i] = _mm256_loadu_ps(from + i * from_stride);
  UNROLL for (int i = 0; i < 8; i += 2) {
    pair[i] = _mm256_unpacklo_ps(row[i], row[i + 1]);
    pair[i + 1] = _mm256_unpackhi_ps(row[i], row[i + 1]);
  }
  UNROLL for (int i = 0; i < 8; i += 4) {
    four[i] = _mm256_shuffle_ps(pair[i], pair[i + 2], _MM_SHUFFLE(1, 0, 1, 0));
    four[i + 1] = _mm256_shuffle_ps(pair[i], pair[i + 2], _MM_SHUFFLE(3, 2, 3, 2));
    four[i + 2] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], _MM_SHUFFLE(1, 0, 1, 0));
    four[i + 3] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], _MM_SHUFFLE(3, 2, 3, 2));
  }
  UNROLL for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(to + i * to_stride, _mm256_permute2f128_ps(four[i], four[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * to_stride, _mm256_permute2f128_ps(four[i], four[i + 4], 0x31));
  }
}

#endif

static void kernel_transpose(const float *from, int rows, int from_stride, int cols, float *to,
                             int to_stride) {
  int r = 0;
#if CO_SIMD_LEVEL > 0
  for (; r + 8 <= rows; r += 8) {
    const float *source = from + (ptrdiff_t)r * from_stride;
    int c = 0;
    for (; c + 8 <= cols; c += 8)
      transpose_block(source + c, from_stride, to + (ptrdiff_t)c * to_stride + r, to_stride);
    co_transpose(source + c, 8, from_stride, cols - c, to + (ptrdiff_t)c * to_stride + r,
                 to_stride);
  }
#endif
  co_transpose(from + (ptrdiff_t)r * from_stride, rows - r, from_stride, cols, to + r, to_stride);
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_TRANSPOSE_H_
