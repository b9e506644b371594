#include "agents/learn/ppo/private/loss.h"

#include "core/number.h"

#include <assert.h>

static const float *action_of(const co_ppo_rows *rows, int r) {
  return rows->batch->action + (size_t)rows->sample[r] * (size_t)rows->batch->act_dim;
}

// log pi(a|s) - log pi_old(a|s) of each row
static void log_ratios(const co_gaussian *gaussian, const co_ppo_rows *rows, const float *mean,
                       int stride, float *log_ratio) {
  for (int r = 0; r < rows->count; r++) {
    float log_prob =
        co_gaussian_log_prob(gaussian, mean + (ptrdiff_t)r * stride, action_of(rows, r));
    log_ratio[r] = log_prob - rows->batch->log_prob[rows->sample[r]];
  }
}

// Adds one row's surrogate to the sums; returns the derivative of -min(r A, clip(r) A) by log pi,
// which is 0 where the clipped term is the smaller one.
static float surrogate(float ratio, float log_ratio, float advantage, float clip,
                       co_ppo_sums *sums) {
  float free = ratio * advantage;
  float held = co_clamp_float(ratio, 1 - clip, 1 + clip) * advantage;
  sums->policy_loss -= (double)(free <= held ? free : held);
  sums->approx_kl += (double)((ratio - 1) - log_ratio);
  sums->clipped += ratio < 1 - clip || ratio > 1 + clip;
  return free <= held ? -free : 0;
}

void co_policy_loss(const co_policy_loss_def *def, const co_ppo_rows *rows, const float *advantage,
                    const float *mean, int stride, float *dmean, float *dlog_std,
                    co_ppo_sums *sums) {
  assert(rows->count <= CO_BLOCK);
  const co_gaussian *gaussian = def->gaussian;
  float log_ratio[CO_BLOCK], ratio[CO_BLOCK], weight = (float)rows->weight;
  log_ratios(gaussian, rows, mean, stride, log_ratio);
  def->kernels->exp(log_ratio, rows->count, ratio);
  for (int j = 0; j < gaussian->dim; j++) dlog_std[j] = -def->entropy * weight * (float)rows->count;
  for (int r = 0; r < rows->count; r++) {
    float dlog_prob = weight * surrogate(ratio[r], log_ratio[r], advantage[r], def->clip, sums);
    const float *action = action_of(rows, r), *mu = mean + (ptrdiff_t)r * stride;
    for (int j = 0; j < gaussian->dim; j++) {
      float z = (action[j] - mu[j]) * gaussian->inverse_std[j];
      dmean[(ptrdiff_t)r * stride + j] = dlog_prob * z * gaussian->inverse_std[j];
      dlog_std[j] += dlog_prob * (z * z - 1);
    }
  }
}

// The larger one of a row's error and that of its value held at the edge of the clip range, which
// does not change with the value.
static float clipped_error(float value, float old, float clip, float target, bool *held) {
  float error = value - target, moved = value - old;
  *held = false;
  if (moved >= -clip && moved <= clip) return error;
  float edge = old + (moved > 0 ? clip : -clip) - target;
  *held = edge * edge > error * error;
  return *held ? edge : error;
}

void co_value_loss(const co_value_loss_def *def, const co_ppo_rows *rows, const float *target,
                   const float *value, int stride, float *dvalue, co_ppo_sums *sums) {
  float factor = 2 * def->coefficient * (float)rows->weight;
  for (int r = 0; r < rows->count; r++) {
    uint32_t sample = rows->sample[r];
    ptrdiff_t at = (ptrdiff_t)r * stride;
    float error = value[at] - target[sample];
    bool held = false;
    if (def->clip > 0) {
      error =
          clipped_error(value[at], rows->batch->value[sample], def->clip, target[sample], &held);
    }
    dvalue[at] = held ? 0 : factor * error;
    sums->value_loss += (double)def->coefficient * (double)error * (double)error;
  }
}
