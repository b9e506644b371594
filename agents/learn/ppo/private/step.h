// What a gradient step is made of, however it is spread over threads.

#ifndef AGENTS_LEARN_PPO_PRIVATE_STEP_H_
#define AGENTS_LEARN_PPO_PRIVATE_STEP_H_

#include "agents/learn/ppo/private/learner.h"

// Some rows of a minibatch, and where their gradient goes.
typedef struct co_ppo_pass {
  const co_ppo_minibatch *minibatch;
  int first, rows;  // without memory `first` is a multiple of CO_BLOCK; rows <= task_rows
  int64_t step;     // of the learner, names what dropout drops
  co_row_sum over;
  float *grad;  // laid out like the network's block
} co_ppo_pass;

// Sets the distribution of actions and the minibatch's advantages, with mean 0 and standard
// deviation 1 when asked: what the actor's loss needs.
void co_ppo_prepare_actor(co_ppo_learner *learner, const co_ppo_minibatch *minibatch);

// Floats from row to row of what a network sees.
static inline int co_ppo_stride(const co_batch *batch, int part) {
  return part == CO_ACTOR ? batch->obs_stride : batch->critic_stride;
}
// What one network sees in a pass into task->x.
void co_ppo_gather(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                   const co_ppo_task *task);
// The losses of one network's outputs, block by block, added to task->sums; the derivatives by the
// outputs go to task->dy, that by log_std to pass->grad.
void co_ppo_add_losses(const co_ppo_learner *learner, int part, const co_ppo_pass *pass,
                       co_ppo_task *task);

// Forward, loss and backward of one network; the losses are added to task->sums.
void co_ppo_run_pass(co_ppo_learner *learner, int part, const co_ppo_pass *pass, co_ppo_task *task);
// The same of both networks, on a shared trunk; one block.
void co_ppo_run_shared_pass(co_ppo_learner *learner, const co_ppo_pass *pass, co_ppo_task *actor,
                            co_ppo_task *critic);

static inline void co_ppo_add_sums(co_ppo_sums *total, const co_ppo_sums *sums) {
  total->policy_loss += sums->policy_loss;
  total->value_loss += sums->value_loss;
  total->approx_kl += sums->approx_kl;
  total->clipped += sums->clipped;
  for (int i = 0; i < CO_MAX_LOSSES; i++) total->term[i] += sums->term[i];
}

// What follows from a minibatch's losses and the square of its gradient's norm. True: rate and
// scale of its step are set, and it is counted. False: the update ends before this step.
bool co_ppo_judge(const co_ppo_def *def, const co_ppo_sums *sums, double square, int rows,
                  co_ppo_progress *progress);

// The step of one tensor, if it moves, and of its transposed copy where the network has no memory.
void co_ppo_step_tensor(co_ppo_learner *learner, int tensor, const co_ppo_progress *progress);
// With memory, once all tensors of a network were stepped: their transposed copies.
void co_ppo_transpose_part(co_ppo_learner *learner, int part);

#endif  // AGENTS_LEARN_PPO_PRIVATE_STEP_H_
