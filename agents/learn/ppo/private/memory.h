// Gradients of networks with memory: forward and back through time over blocks of sequences.

#ifndef AGENTS_LEARN_PPO_PRIVATE_MEMORY_H_
#define AGENTS_LEARN_PPO_PRIVATE_MEMORY_H_

#include "agents/learn/ppo/private/step.h"

// Where one network computes over a block, with memory of the arena. CO_MEMORY.
co_status co_ppo_memory_create(co_arena *arena, const co_ppo_spec *spec, int part,
                               co_ppo_task *task);
// The gradient of one network over a minibatch into the first gradient block; the losses are added
// to task->sums.
void co_ppo_run_sequences(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                          co_ppo_task *task);

#endif  // AGENTS_LEARN_PPO_PRIVATE_MEMORY_H_
