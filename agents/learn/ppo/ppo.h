// Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347) with the details of Huang
// et al. 2022.

#ifndef AGENTS_LEARN_PPO_PPO_H_
#define AGENTS_LEARN_PPO_PPO_H_

#include "agents/learn/algorithm.h"

typedef enum co_ppo_schedule { CO_PPO_LINEAR, CO_PPO_CONSTANT, CO_PPO_KL } co_ppo_schedule;
typedef enum co_ppo_memory { CO_PPO_NO_MEMORY, CO_PPO_LSTM, CO_PPO_GRU } co_ppo_memory;

// Settings with the defaults of docs/methods.md#learners.
typedef struct co_ppo_def {
  int64_t envs;           // 8 rows
  int64_t horizon;        // 256 steps per row and rollout: 2,048 in all
  int64_t epochs;         // 10
  int64_t minibatch;      // 64
  co_floats hidden;       // (64, 64)
  co_strings activation;  // names of co_activation_names, one for all layers or one for each
  bool layer_norm;        // before the activation of every hidden layer
  bool shared_trunk;      // of actor and critic
  bool privileged;        // the critic sees what rows draw at their resets too
  double dropout;         // 0: none; behind every hidden layer while a minibatch is learned from
  // Actor and critic each see the observations through a cell of their own first. What is learned
  // from are then sequences within an episode, from the states of the rollout on, and minibatches
  // of whole ones (agents/learn/ppo/private/sequences.h).
  int memory;            // co_ppo_memory: none
  int64_t memory_width;  // 64 outputs of a cell
  int64_t sequence;      // 32: most steps that a gradient goes back through time
  double rate;           // 3e-4
  int schedule;          // co_ppo_schedule: "linear" is annealed to 0 over total_steps
  // Schedule "kl" (Rudin et al. 2022, arXiv 2109.11978): before each gradient step the rate
  // is divided by 1.5 when the minibatch's KL divergence from the policy that collected is above
  // twice `desired_kl`, multiplied by 1.5 when it is below half of it and not 0.
  double desired_kl;          // 0.01 [nat]
  double rate_min, rate_max;  // 1e-5, 1e-2: what "kl" keeps the rate within
  double gamma, lambda;       // 0.99, 0.95
  double clip;                // 0.2
  double value_clip;          // 0: off; range of a value around that of the rollout
  double target_kl;  // 0: off; a minibatch above 1.5 times it ends the update, before its step
  double value_coefficient;  // 0.5
  double entropy;            // 0
  double max_grad_norm;      // 0.5
  double adam_epsilon;       // 1e-5
  bool normalize_advantage;  // per minibatch
  bool normalize_obs, normalize_reward;
  // Values and advantages are estimated anew, by the critic as it is by then, before every epoch
  // but the first (Andrychowicz et al. 2021, arXiv 2006.05990, training setup).
  bool recompute_advantages;
  int64_t warmup_steps;  // 1,024 random steps that set the normaliser of a fresh policy
} co_ppo_def;

extern const co_schema co_ppo_schema;

co_cell co_ppo_cell(int memory);  // of a co_ppo_memory that is one

// What the settings say beside their table, members of co_ppo (agents/learn/algorithm.h).
co_status co_ppo_take_network(const co_network_def *network, co_node *into);
// In a target the rate is constant, so that curves can be compared at every step.
co_status co_ppo_in_target(co_node *into);
bool co_ppo_horizon_matters(const void *settings);  // a rate that is annealed over the training

#endif  // AGENTS_LEARN_PPO_PPO_H_
