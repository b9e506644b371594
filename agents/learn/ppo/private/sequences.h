// The samples of a rollout as sequences, which networks with memory are learned from.
//
// A sequence is a stretch of a row within one episode. It begins where the rollout or the episode
// does, and every `interval` steps of the rollout, before which the collector keeps states: that
// is how far gradients go back through time. States stay those of the rollout while parameters
// change (Kapturowski et al. 2019, "stored state").
//
// An epoch takes the sequences in a random order. A minibatch is made of whole ones, of as many as
// reach its number of samples, the last one of what is left. It is learned from in blocks of up to
// CO_PPO_ABREAST sequences side by side, the longest first (agents/nn/recurrent.h), so that there
// is no padding. The samples of a minibatch stand in the order in which its blocks take them.

#ifndef AGENTS_LEARN_PPO_PRIVATE_SEQUENCES_H_
#define AGENTS_LEARN_PPO_PRIVATE_SEQUENCES_H_

#include "agents/learn/collector.h"

enum { CO_PPO_ABREAST = 32 };

typedef struct co_ppo_sequence {
  uint32_t first;  // sample
  int length;      // steps, of samples that follow each other
  int state;       // which of the batch's states stands before it; -1: an episode begins
} co_ppo_sequence;

typedef struct co_ppo_block {
  const uint32_t *sequence;  // (count) the longest first
  int count;
  co_sequences steps;
  int first, rows;  // of the minibatch
} co_ppo_block;

typedef struct co_ppo_minibatch {
  const uint32_t *sample;  // (rows) indices into the batch
  int rows;
  const co_ppo_block *block;  // (num_blocks) with memory
  int num_blocks;
} co_ppo_minibatch;

typedef struct co_ppo_plan {
  co_ppo_sequence *sequence;  // (num_sequences) in the order of their samples
  uint32_t num_sequences;
  uint32_t *order;  // (num_sequences) of this epoch
  co_ppo_block *block;
  int num_blocks;
  co_ppo_minibatch *minibatch;
  int num_minibatches;
  int *active;  // (samples) of the blocks' steps
} co_ppo_plan;

// For rollouts of `samples` and minibatches of at least `size`. CO_MEMORY.
co_status co_ppo_plan_create(co_arena *arena, size_t samples, int size, co_ppo_plan *out);
// Finds the sequences of a batch that keeps states; those of faulty episodes are left out.
void co_ppo_plan_list(const co_batch *batch, co_ppo_plan *plan);
// Minibatches of at least `size` samples from the sequences as they stand in `order`, which blocks
// sort; writes `sample`.
void co_ppo_plan_cut(int size, co_ppo_plan *plan, uint32_t *sample);

#endif  // AGENTS_LEARN_PPO_PRIVATE_SEQUENCES_H_
