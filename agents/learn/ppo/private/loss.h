// The losses of PPO on one block of rows and their derivatives by what the networks put out.

#ifndef AGENTS_LEARN_PPO_PRIVATE_LOSS_H_
#define AGENTS_LEARN_PPO_PRIVATE_LOSS_H_

#include "agents/learn/collector.h"
#include "agents/learn/loss/loss.h"

// One block of a minibatch.
typedef struct co_ppo_rows {
  const co_batch *batch;
  const uint32_t *sample;  // (count) indices into the batch
  int count;               // <= CO_BLOCK
  double weight;           // 1 / rows of the minibatch: losses are means over it
} co_ppo_rows;

// Sums over rows; a minibatch adds its blocks in order.
typedef struct co_ppo_sums {
  double policy_loss, value_loss, approx_kl;
  int64_t clipped;
  double term[CO_MAX_LOSSES];  // of loss terms, without their weights
} co_ppo_sums;

typedef struct co_policy_loss_def {
  const co_kernels *kernels;
  const co_gaussian *gaussian;
  float clip, entropy;  // clip range, entropy coefficient
} co_policy_loss_def;

// Clipped surrogate (Schulman et al. 2017, eq. 7) minus entropy. mean, dmean (count x stride);
// advantage (count); dlog_std (act_dim) is set, not added to. Adds to `sums` the unweighted policy
// loss, approx_kl = E[r - 1 - log r] (Schulman 2020, k3) and the number of clipped rows.
void co_policy_loss(const co_policy_loss_def *def, const co_ppo_rows *rows, const float *advantage,
                    const float *mean, int stride, float *dmean, float *dlog_std,
                    co_ppo_sums *sums);

typedef struct co_value_loss_def {
  float coefficient;
  float clip;  // 0: none
} co_value_loss_def;

// coefficient (value - target)^2; value, dvalue (count x stride), of which column 0 counts; target
// (batch). With a clip range the larger one of this and the same with the value held within it
// around batch->value (detail 9 of Huang et al. 2022).
void co_value_loss(const co_value_loss_def *def, const co_ppo_rows *rows, const float *target,
                   const float *value, int stride, float *dvalue, co_ppo_sums *sums);

#endif  // AGENTS_LEARN_PPO_PRIVATE_LOSS_H_
