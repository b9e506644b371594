// Generalised advantage estimation (Schulman et al. 2016, arXiv 1506.02438).

#ifndef AGENTS_LEARN_PPO_GAE_H_
#define AGENTS_LEARN_PPO_GAE_H_

#include "agents/learn/collector.h"

typedef struct co_gae_def {
  double gamma, lambda;
  double reward_factor;  // rewards are multiplied by it, then
  double reward_clip;    // held in +-reward_clip; INFINITY: not
} co_gae_def;

// advantage and target = advantage + value, both (rows x steps). Where an episode was cut by the
// time limit the value of its final observation stands for what would have come (Pardo et al. 2018,
// arXiv 1712.00378); where it terminated, nothing does.
void co_gae(const co_gae_def *def, const co_batch *batch, float *advantage, float *target);

// 1 - Var(target - value) / Var(target) over valid samples; 0 when the targets do not vary.
double co_explained_variance(const co_batch *batch, const float *target);

#endif  // AGENTS_LEARN_PPO_GAE_H_
