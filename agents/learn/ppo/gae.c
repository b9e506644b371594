#include "agents/learn/ppo/gae.h"

#include "core/number.h"

#include <assert.h>

// eq. 16, from the last step backwards: A_t = delta_t + gamma lambda A_{t+1} within an episode
static void row_advantages(const co_gae_def *def, const co_batch *batch, size_t first,
                           double next_value, float *advantage, float *target) {
  double next_advantage = 0;
  for (int t = batch->steps - 1; t >= 0; t--) {
    size_t sample = first + (size_t)t;
    if (batch->done[sample]) next_value = next_advantage = 0;
    double reward = co_clamp((double)batch->reward[sample] * def->reward_factor, -def->reward_clip,
                             def->reward_clip) +
                    def->gamma * (double)batch->final_value[sample];
    double value = (double)batch->value[sample];
    double delta = reward + def->gamma * next_value - value;
    next_advantage = delta + def->gamma * def->lambda * next_advantage;
    next_value = value;
    advantage[sample] = (float)next_advantage;
    target[sample] = (float)(next_advantage + value);
  }
}

void co_gae(const co_gae_def *def, const co_batch *batch, float *advantage, float *target) {
  assert(batch->rows > 0 && batch->steps > 0 && def->reward_clip >= 0);
  for (int row = 0; row < batch->rows; row++) {
    row_advantages(def, batch, (size_t)row * (size_t)batch->steps, (double)batch->last_value[row],
                   advantage, target);
  }
}

typedef struct spread {
  double count, mean, m2;
} spread;

static void spread_add(spread *s, double x) {
  s->count += 1;
  double delta = x - s->mean;
  s->mean += delta / s->count;
  s->m2 += delta * (x - s->mean);
}

double co_explained_variance(const co_batch *batch, const float *target) {
  spread of_target = {0}, of_error = {0};
  for (size_t i = 0; i < co_batch_size(batch); i++) {
    if (!batch->valid[i]) continue;
    spread_add(&of_target, (double)target[i]);
    spread_add(&of_error, (double)target[i] - (double)batch->value[i]);
  }
  return of_target.m2 > 0 ? 1 - of_error.m2 / of_target.m2 : 0;
}
