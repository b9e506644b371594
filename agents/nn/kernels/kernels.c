#include "agents/nn/kernels/kernels.h"

#include "agents/nn/kernels/private/levels.h"
#include "core/clock.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <xmmintrin.h>

const char *const co_kernels_names[] = {"scalar", "x86-64-v3", "x86-64-v4", NULL};

const char *const co_activation_names[] = {"tanh", "relu", "elu", "swish", NULL};
const char *const co_cell_names[] = {"lstm", "gru", NULL};

static bool has_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_v4(void) {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

// by co_kernels_choose; NULL: the fastest
static const co_kernels *chosen;

const co_kernels *co_kernels_get(void) {
  if (chosen) return chosen;
  return has_v4() ? &co_kernels_v4 : has_v3() ? &co_kernels_v3 : &co_kernels_scalar;
}

const co_kernels *co_kernels_named(const char *name) {
  assert(name);
  if (strcmp(name, co_kernels_scalar.name) == 0) return &co_kernels_scalar;
  if (strcmp(name, co_kernels_v3.name) == 0 && has_v3()) return &co_kernels_v3;
  if (strcmp(name, co_kernels_v4.name) == 0 && has_v4()) return &co_kernels_v4;
  return NULL;
}

bool co_kernels_choose(const char *name) {
  const co_kernels *kernels = co_kernels_named(name);
  if (!kernels) return false;
  chosen = kernels;
  return true;
}

double co_kernels_peak(double seconds) {
  assert(seconds > 0);
  const co_kernels *kernels = co_kernels_get();
  double flop = 0, began = co_clock_cpu(), took = 0;
  float sink;
  while (took < seconds) {
    flop += kernels->peak(1 << 16, &sink);
    took = co_clock_cpu() - began;
  }
  return flop / took;
}

static void transpose_tile(const float *from, int from_stride, float *to, int to_stride) {
  __m128 row[4];
  for (int i = 0; i < 4; i++) row[i] = _mm_loadu_ps(from + (ptrdiff_t)i * from_stride);
  _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
  for (int i = 0; i < 4; i++) _mm_storeu_ps(to + (ptrdiff_t)i * to_stride, row[i]);
}

static void transpose_edge(const float *from, int rows, int from_stride, int cols, float *to,
                           int to_stride) {
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < cols; c++)
      to[(ptrdiff_t)c * to_stride + r] = from[(ptrdiff_t)r * from_stride + c];
  }
}

void co_transpose(const float *from, int rows, int from_stride, int cols, float *to,
                  int to_stride) {
  assert(rows >= 0 && cols >= 0 && from_stride >= cols && to_stride >= rows);
  for (int r = 0; r < rows; r += 4) {
    const float *source = from + (ptrdiff_t)r * from_stride;
    int height = rows - r < 4 ? rows - r : 4, c = 0;
    for (; height == 4 && c + 4 <= cols; c += 4) {
      transpose_tile(source + c, from_stride, to + (ptrdiff_t)c * to_stride + r, to_stride);
    }
    transpose_edge(source + c, height, from_stride, cols - c, to + (ptrdiff_t)c * to_stride + r,
                   to_stride);
  }
}
