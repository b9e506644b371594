// The state of a PPO learner: what ppo.c creates, ppo_update.c (an update) and ppo_step.c (one of
// its gradient steps) work on.

#ifndef AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_
#define AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_

#include "agents/learn/collector.h"
#include "agents/learn/ppo/ppo.h"
#include "agents/learn/ppo/private/loss.h"
#include "agents/nn/adam.h"

#include <assert.h>

enum { CO_NUM_PARTS = CO_CRITIC + 1 };  // the two networks

// One network over one block of a minibatch: what one thread works on.
typedef struct co_ppo_task {
  _Alignas(64) co_ppo_sums sums;  // in a cache line that no other thread writes
  float *x;                       // (CO_BLOCK x obs_stride)
  float *output[CO_MAX_LAYERS];   // (CO_BLOCK x out_stride) per layer
  float *delta[CO_MAX_LAYERS];    // (CO_BLOCK x out_stride) per layer
  co_mlp_tape tape;
  bool taped;  // the layers are not plain
} co_ppo_task;

typedef struct co_ppo_learner {
  co_learner base;
  co_ppo_def def;
  co_policy *policy;  // borrowed
  co_pool *pool;      // borrowed
  const co_kernels *kernels;
  co_arena arena;  // all memory below
  co_tensor_rule obs_rule, reward_rule;
  int64_t planned_updates;  // of the rate schedule
  co_collector collector;
  bool started, raw_values;
  co_batch batch;
  co_adam adam;
  co_gaussian gaussian;
  co_mlp part[CO_NUM_PARTS];
  // (out x in_stride) per layer, NULL for the first
  float *transposed[CO_NUM_PARTS][CO_MAX_LAYERS];
  bool moves[CO_NUM_PARTS][CO_MAX_LAYERS];  // layers that move in this update
  bool *tensor_moves;                       // (net.num_tensors)
  int num_shares, *share;     // (net.num_tensors) the task that adds up and steps each tensor
  float *advantage, *target;  // (rows x steps)
  co_rng shuffle;
  co_stream dropout;
  uint32_t *sample;  // (rows x steps) valid samples in the order of this epoch
  uint32_t num_samples;
  // the running minibatch
  const uint32_t *minibatch;  // (minibatch_rows) into `sample`
  int minibatch_rows;
  float *minibatch_advantage;  // (def.minibatch)
  double scale, rate;          // of the gradient, of the step
  bool stopped;                // the update has gone as far as target_kl allows
  // A minibatch is learned from in waves of blocks, whose gradients stay in the cache.
  int wave_size;              // blocks, at most
  int first_block, in_wave;   // of the running wave
  int num_grads, grads_used;  // slot 0 holds the sum of the waves before
  co_ppo_task *task;          // (wave_size x CO_NUM_PARTS)
  float *grad;                // (num_grads x net.size)
  double *square;             // (net.num_tensors) sums of squares
  // figures
  int64_t updates, gradient_steps;
  double flop, update_s, wall_s;
  double norm_sum, explained_variance;
  co_ppo_sums sums;               // of the running or last update
  int64_t rows_seen, steps_done;  // rows and gradient steps behind `sums`, `norm_sum`
} co_ppo_learner;

static inline co_ppo_learner *co_ppo_of(co_learner *base) {
  assert(base->algorithm == &co_ppo);
  return (co_ppo_learner *)base;
}
static inline const co_ppo_learner *co_ppo_of_const(const co_learner *base) {
  assert(base->algorithm == &co_ppo);
  return (const co_ppo_learner *)base;
}

// Learns from the batch that the collector wrote last.
co_status co_ppo_update(co_ppo_learner *learner);

// One gradient step on the running minibatch: none, and `stopped`, when its divergence is above
// what target_kl allows. CO_INTERNAL when a loss or the gradient is not finite.
co_status co_ppo_step(co_ppo_learner *learner);

// Brings the transposed copies of all weights up to date; after parameters were changed from
// outside.
void co_ppo_transpose_all(co_ppo_learner *learner);

#endif  // AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_
