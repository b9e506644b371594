// Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347) with the details of Huang
// et al. 2022.

#ifndef AGENTS_PPO_H_
#define AGENTS_PPO_H_

#include "agents/algorithm.h"

typedef enum co_ppo_schedule { CO_PPO_LINEAR, CO_PPO_CONSTANT } co_ppo_schedule;

// Settings with the defaults of methods.md section 1.
typedef struct co_ppo_def {
  int64_t envs;              // 8 rows
  int64_t horizon;           // 256 steps per row and rollout: 2,048 in all
  int64_t epochs;            // 10
  int64_t minibatch;         // 64
  co_floats hidden;          // (64, 64)
  int activation;            // co_activation
  double rate;               // 3e-4
  int schedule;              // co_ppo_schedule: "linear" is annealed to 0 over total_steps
  double gamma, lambda;      // 0.99, 0.95
  double clip;               // 0.2
  double value_coefficient;  // 0.5
  double entropy;            // 0
  double max_grad_norm;      // 0.5
  double adam_epsilon;       // 1e-5
  bool normalize_advantage;  // per minibatch
  bool normalize_obs, normalize_reward;
  int64_t warmup_steps;  // 1,024 random steps that set the normaliser of a fresh policy
} co_ppo_def;

extern const co_schema co_ppo_schema;
extern const co_algorithm co_ppo;

#endif  // AGENTS_PPO_H_
