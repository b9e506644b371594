#include "agents/nn/gaussian.h"

#include "core/number.h"

#include <assert.h>

static const float half_log_2pi = 0.918938533f;

co_status co_gaussian_create(co_arena *arena, int dim, co_gaussian *out) {
  assert(dim > 0);
  float *std = co_arena_alloc(arena, 2 * (size_t)dim, sizeof *std);
  if (!std) return CO_MEMORY;
  *out = (co_gaussian){.dim = dim, .std = std, .inverse_std = std + dim};
  return CO_OK;
}

void co_gaussian_set(co_gaussian *gaussian, const co_kernels *kernels, const float *log_std) {
  float sum = 0;
  for (int j = 0; j < gaussian->dim; j++) {
    gaussian->std[j] = co_clamp_float(log_std[j], CO_LOG_STD_MIN, CO_LOG_STD_MAX);
    sum += gaussian->std[j];
  }
  kernels->exp(gaussian->std, gaussian->dim, gaussian->std);
  for (int j = 0; j < gaussian->dim; j++) gaussian->inverse_std[j] = 1 / gaussian->std[j];
  gaussian->log_norm = sum + (float)gaussian->dim * half_log_2pi;
  gaussian->entropy = gaussian->log_norm + 0.5f * (float)gaussian->dim;
}

void co_gaussian_sample(const co_gaussian *gaussian, const float *mean, co_rng *rng,
                        float *action) {
  co_rng_normals(rng, action, gaussian->dim);
  for (int j = 0; j < gaussian->dim; j++) action[j] = mean[j] + gaussian->std[j] * action[j];
}

float co_gaussian_log_prob(const co_gaussian *gaussian, const float *mean, const float *action) {
  float square = 0;
  for (int j = 0; j < gaussian->dim; j++) {
    float z = (action[j] - mean[j]) * gaussian->inverse_std[j];
    square += z * z;
  }
  return -0.5f * square - gaussian->log_norm;
}
