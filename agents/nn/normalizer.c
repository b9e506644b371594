#include "agents/nn/normalizer.h"

#include "core/memory.h"
#include "core/number.h"

#include <assert.h>
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>

// mean, var and count lie in one block, which `mean` owns
co_status co_normalizer_create(int dim, co_normalizer *out) {
  assert(dim > 0);
  double *block = co_alloc((size_t)(2 * dim + 1), sizeof *block);
  if (!block) return CO_MEMORY;
  *out = (co_normalizer){.dim = dim,
                         .mean = block,
                         .var = block + dim,
                         .count = block + 2 * (ptrdiff_t)dim,
                         .epsilon = 1e-8,
                         .clip = 10};
  co_normalizer_reset(out);
  return CO_OK;
}

void co_normalizer_reset(co_normalizer *norm) {
  for (int i = 0; i < norm->dim; i++) {
    norm->mean[i] = 0;
    norm->var[i] = 1;
  }
  *norm->count = 0;
}

void co_normalizer_free(co_normalizer *norm) {
  free(norm->mean);
  *norm = (co_normalizer){0};
}

// Elements i and i + 1 of all rows; each operation is correctly rounded per element, so the pair
// has the bits of single ones. min and max let NaN through.
static void apply_pair(const co_normalizer *norm, int i, const float *obs, int rows, float *out,
                       int stride) {
  const __m128d mean = _mm_loadu_pd(norm->mean + i), limit = _mm_set1_pd(norm->clip);
  __m128d var = _mm_add_pd(_mm_loadu_pd(norm->var + i), _mm_set1_pd(norm->epsilon));
  __m128d factor = _mm_div_pd(_mm_set1_pd(1), _mm_sqrt_pd(var));
  for (int row = 0; row < rows; row++) {
    const float *from = obs + (ptrdiff_t)row * norm->dim + i;
    __m128d x = _mm_set_pd((double)from[1], (double)from[0]);
    x = _mm_mul_pd(_mm_sub_pd(x, mean), factor);
    x = _mm_max_pd(_mm_sub_pd(_mm_setzero_pd(), limit), _mm_min_pd(limit, x));
    _mm_storel_pi((__m64 *)(void *)(out + (ptrdiff_t)row * stride + i), _mm_cvtpd_ps(x));
  }
}

void co_normalizer_apply(const co_normalizer *norm, const float *obs, int rows, float *out,
                         int stride) {
  assert(rows >= 0 && stride >= norm->dim);
  int i = 0;
  for (; i + 2 <= norm->dim; i += 2) apply_pair(norm, i, obs, rows, out, stride);
  for (; i < norm->dim; i++) {
    double mean = norm->mean[i], factor = 1 / sqrt(norm->var[i] + norm->epsilon);
    for (int row = 0; row < rows; row++) {
      double x = (double)obs[(ptrdiff_t)row * norm->dim + i];
      out[(ptrdiff_t)row * stride + i] =
          (float)co_clamp((x - mean) * factor, -norm->clip, norm->clip);
    }
  }
}

void co_moments_add(co_moments *moments, int dim, const float *obs) {
  moments->count += 1;
  for (int i = 0; i < dim; i++) {
    double delta = (double)obs[i] - moments->mean[i];
    moments->mean[i] += delta / moments->count;
    moments->m2[i] += delta * ((double)obs[i] - moments->mean[i]);
  }
}

// Chan et al. 1979, eq. 2.1
void co_normalizer_merge(co_normalizer *norm, const co_moments *moments) {
  assert(moments->count >= 0);
  double old = *norm->count, more = moments->count, total = old + more;
  if (more == 0) return;
  for (int i = 0; i < norm->dim; i++) {
    double delta = moments->mean[i] - norm->mean[i];
    double m2 = norm->var[i] * old + moments->m2[i] + delta * delta * old * more / total;
    norm->mean[i] = old == 0 ? moments->mean[i] : norm->mean[i] + delta * more / total;
    norm->var[i] = m2 / total;
  }
  *norm->count = total;
}

void co_normalizer_turn_off(co_normalizer *norm) {
  if (*norm->count == 0) norm->clip = INFINITY;
}

void co_normalizer_cap(co_normalizer *norm, double count) {
  assert(count >= 0);
  if (*norm->count > count) *norm->count = count;
}

void co_normalizer_tensors(const co_normalizer *norm, co_tensor_part part, co_tensor out[3]) {
  assert(part == CO_PART_OBS_NORM || part == CO_PART_REWARD_NORM);
  co_tensor_axis elements = part == CO_PART_OBS_NORM ? CO_FACES_OBSERVATION : CO_FACES_VALUE;
  co_tensor_facts facts = {.part = part, .cols_are = elements, .init_row = -1};
  facts.role = CO_TENSOR_MEAN;
  out[0] = co_tensor_view(&facts, CO_F64, 1, norm->dim, norm->dim, norm->mean);
  facts.role = CO_TENSOR_VARIANCE;
  out[1] = co_tensor_view(&facts, CO_F64, 1, norm->dim, norm->dim, norm->var);
  facts.role = CO_TENSOR_COUNT;
  facts.cols_are = CO_FACES_NOTHING;
  out[2] = co_tensor_view(&facts, CO_F64, 1, 1, 1, norm->count);
}
