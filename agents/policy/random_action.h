// Uniform random actions: warm-up of a normaliser, and the random reference of an evaluation.

#ifndef AGENTS_POLICY_RANDOM_ACTION_H_
#define AGENTS_POLICY_RANDOM_ACTION_H_

#include "core/rng.h"
#include "envs/env.h"

#include <math.h>

// action (act_dim) uniform within the bounds; an unbounded side is taken as 1 from 0
static inline void co_random_action(const co_env_info *info, co_rng *rng, float *action) {
  for (int i = 0; i < info->act_dim; i++) {
    double low = isfinite(info->action[i].low) ? info->action[i].low : -1;
    double high = isfinite(info->action[i].high) ? info->action[i].high : 1;
    action[i] = (float)(low + (high - low) * co_rng_uniform(rng));
  }
}

#endif  // AGENTS_POLICY_RANDOM_ACTION_H_
