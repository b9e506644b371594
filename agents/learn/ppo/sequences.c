#include "agents/learn/ppo/private/sequences.h"

#include <assert.h>

co_status co_ppo_plan_create(co_arena *arena, size_t samples, int size, co_ppo_plan *out) {
  size_t minibatches = samples / (size_t)size + 1, blocks = samples / CO_PPO_ABREAST + minibatches;
  co_ppo_plan plan = {.num_sequences = 0};
  plan.sequence = co_arena_alloc(arena, samples, sizeof *plan.sequence);
  plan.order = co_arena_alloc(arena, samples, sizeof *plan.order);
  plan.block = co_arena_alloc(arena, blocks, sizeof *plan.block);
  plan.minibatch = co_arena_alloc(arena, minibatches, sizeof *plan.minibatch);
  plan.active = co_arena_alloc(arena, samples, sizeof *plan.active);
  *out = plan;
  return co_arena_status(arena);
}

// ---- sequences ----

static bool begins(const co_batch *batch, size_t first, int t) {
  return t % batch->interval == 0 || batch->done[first + (size_t)t - 1];
}

static void list_row(const co_batch *batch, int row, co_ppo_plan *plan) {
  size_t first = (size_t)row * (size_t)batch->steps;
  for (int t = 0, end; t < batch->steps; t = end) {
    end = t + 1;
    while (end < batch->steps && !begins(batch, first, end)) end++;
    if (!batch->valid[first + (size_t)t]) continue;
    bool kept = t % batch->interval == 0;
    plan->sequence[plan->num_sequences] =
        (co_ppo_sequence){.first = (uint32_t)first + (uint32_t)t,
                          .length = end - t,
                          .state = kept ? row * batch->num_states + t / batch->interval : -1};
    plan->order[plan->num_sequences] = plan->num_sequences;
    plan->num_sequences++;
  }
}

void co_ppo_plan_list(const co_batch *batch, co_ppo_plan *plan) {
  assert(batch->interval > 0);
  plan->num_sequences = 0;
  for (int row = 0; row < batch->rows; row++) list_row(batch, row, plan);
}

// ---- minibatches ----

// the longest first, those of the same length as they are
static void sort(const co_ppo_sequence *sequence, uint32_t *order, int count) {
  for (int i = 1; i < count; i++) {
    uint32_t moved = order[i];
    int at = i;
    for (; at > 0 && sequence[order[at - 1]].length < sequence[moved].length; at--)
      order[at] = order[at - 1];
    order[at] = moved;
  }
}

// Where a cut is.
typedef struct cut {
  uint32_t done;  // sequences
  int *active;    // of the next block
  uint32_t *sample;
} cut;

// the samples of a block, step by step
static void place(const co_ppo_plan *plan, const co_ppo_block *block, uint32_t *sample) {
  for (int t = 0; t < block->steps.steps; t++) {
    for (int i = 0; i < block->steps.active[t]; i++)
      *sample++ = plan->sequence[block->sequence[i]].first + (uint32_t)t;
  }
}

// a block of the sequences that follow, up to those that make the minibatch whole
static void add_block(int size, co_ppo_plan *plan, co_ppo_minibatch *minibatch, cut *at) {
  uint32_t *order = plan->order + at->done;
  co_ppo_block *block = &plan->block[plan->num_blocks++];
  *block = (co_ppo_block){.sequence = order, .first = minibatch->rows};
  while (block->count < CO_PPO_ABREAST && block->first + block->rows < size &&
         at->done < plan->num_sequences) {
    block->rows += plan->sequence[order[block->count++]].length;
    at->done++;
  }
  int length[CO_PPO_ABREAST];
  sort(plan->sequence, order, block->count);
  for (int i = 0; i < block->count; i++) length[i] = plan->sequence[order[i]].length;
  block->steps.steps = co_sequences_pack(length, block->count, at->active);
  block->steps.active = at->active;
  place(plan, block, at->sample);
  at->active += block->steps.steps;
  at->sample += block->rows;
  minibatch->rows += block->rows;
  minibatch->num_blocks++;
}

void co_ppo_plan_cut(int size, co_ppo_plan *plan, uint32_t *sample) {
  assert(size > 0);
  cut at = {.active = plan->active, .sample = sample};
  plan->num_blocks = plan->num_minibatches = 0;
  while (at.done < plan->num_sequences) {
    co_ppo_minibatch *minibatch = &plan->minibatch[plan->num_minibatches++];
    *minibatch = (co_ppo_minibatch){.sample = at.sample, .block = &plan->block[plan->num_blocks]};
    while (minibatch->rows < size && at.done < plan->num_sequences)
      add_block(size, plan, minibatch, &at);
  }
}
