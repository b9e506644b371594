#include "agents/nn/squashed.h"

#include <assert.h>
#include <math.h>

static const float half_log_2pi = 0.918938533f, log_2 = 0.693147181f;

static float hold(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

// std = exp(log_std), u = mean + std x noise
static void spread(const co_squashed_def *def, const float *head, int stride, int rows,
                   const co_squashed_sample *sample, float *log_std, float *u) {
  int dim = def->dim;
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < dim; j++)
      log_std[r * dim + j] =
          hold(head[(ptrdiff_t)r * stride + dim + j], def->log_std_min, CO_SQUASHED_MAX);
  }
  def->kernels->exp(log_std, rows * dim, sample->std);
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < dim; j++) {
      int i = r * dim + j;
      u[i] = head[(ptrdiff_t)r * stride + j] + sample->std[i] * sample->noise[i];
    }
  }
}

void co_squashed_draw(const co_squashed_def *def, const float *head, int stride, int rows,
                      const co_squashed_sample *sample) {
  assert(def->dim > 0 && rows >= 0 && stride >= 2 * def->dim);
  int dim = def->dim, count = rows * dim;
  float *log_std = sample->scratch, *u = log_std + count, *soft = u + count;
  spread(def, head, stride, rows, sample, log_std, u);
  def->kernels->tanh(u, count, sample->action);
  for (int i = 0; i < count; i++) soft[i] = -2 * (u[i] < 0 ? -u[i] : u[i]);
  def->kernels->exp(soft, count, soft);
  for (int i = 0; i < count; i++) soft[i] += 1;
  def->kernels->log(soft, count, soft);
  for (int r = 0; r < rows; r++) {
    float sum = 0;
    for (int i = r * dim; i < (r + 1) * dim; i++) {
      float size = u[i] < 0 ? -u[i] : u[i], noise = sample->noise[i];
      sum += -0.5f * noise * noise - log_std[i] - half_log_2pi - 2 * (log_2 - size - soft[i]);
    }
    sample->log_prob[r] = sum;
  }
}

void co_squashed_backward(const co_squashed_def *def, const float *head, int stride, int rows,
                          const co_squashed_sample *sample, const float *daction,
                          int daction_stride, float alpha, float weight, float *dhead) {
  assert(rows >= 0 && stride >= 2 * def->dim && daction_stride >= def->dim);
  int dim = def->dim;
  for (int r = 0; r < rows; r++) {
    const float *log_std = head + (ptrdiff_t)r * stride + dim;
    float *dmean = dhead + (ptrdiff_t)r * stride, *dlog_std = dmean + dim;
    for (int j = 0; j < dim; j++) {
      int i = r * dim + j;
      float a = sample->action[i];
      // d log pi / du = 2 tanh u, da/du = 1 - a^2
      float du = 2 * alpha * a - daction[(ptrdiff_t)r * daction_stride + j] * (1 - a * a);
      bool held = log_std[j] < def->log_std_min || log_std[j] > CO_SQUASHED_MAX;
      dmean[j] = weight * du;
      dlog_std[j] = held ? 0 : weight * (du * sample->std[i] * sample->noise[i] - alpha);
    }
    for (int j = 2 * dim; j < stride; j++) dmean[j] = 0;
  }
}
