// A PPO learner: a constant spec, its state, which is what checkpoints hold, and scratch. create.c
// creates it, update.c works on it. A minibatch is learned from by lanes (lanes.c) or in sections
// (sections.c), with the same bits.

#ifndef AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_
#define AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_

#include "agents/learn/collector.h"
#include "agents/learn/ppo/ppo.h"
#include "agents/learn/ppo/private/loss.h"
#include "agents/learn/ppo/private/sequences.h"
#include "agents/nn/adam.h"
#include "core/strands.h"

#include <assert.h>

enum { CO_NUM_PARTS = CO_CRITIC + 1 };  // the two networks

// Scratch of one network over some rows of a minibatch: what one thread works on.
typedef struct co_ppo_task {
  _Alignas(64) co_ppo_sums sums;  // in a cache line that no other thread writes
  float *x;                       // (task_rows x stride) what the network sees
  float *y, *dy;                  // (task_rows x out_stride) last output, derivative by it
  float *output[CO_MAX_LAYERS];   // (task_rows x out_stride) per layer
  float *delta[CO_MAX_LAYERS];    // (task_rows x out_stride) per layer
  co_mlp_tape tape;
  bool taped;  // the layers are not plain
  // With memory, in place of layers.
  co_graph_work graph;
  float *state, *dstate;  // (CO_PPO_ABREAST x state_size) of a block's sequences; derivative by it
} co_ppo_task;

// How far an update is, and what its next step is made with. Lanes have a copy each, whose bytes
// are the same.
typedef struct co_ppo_progress {
  double rate, scale;  // of the step, of its gradient
  bool stopped;        // the update has gone as far as target_kl allows
  const char *wrong;   // what is not finite and ends it, NULL: nothing
  co_ppo_sums sums;    // of the running or last update
  double norm_sum;
  int64_t rows_seen, steps_done;  // rows and gradient steps behind `sums`, `norm_sum`
} co_ppo_progress;

// What a lane tells the others of its network's part of a minibatch. For a plain network of two
// layers that is one line of the cache.
enum { CO_PPO_SQUARES = CO_RECURRENT_TENSORS + 4 * CO_MAX_HIDDEN + 2 };  // most tensors of a critic
typedef struct co_ppo_report {
  _Alignas(64) double loss;  // summed over the rows
  union {
    struct {
      double square, approx_kl;  // of the gradient of all tensors, in their order
      int64_t clipped;
      double term[CO_MAX_LOSSES];
    } actor;
    double critic_square[CO_PPO_SQUARES];  // per tensor, since they are added behind the actor's
  } of;
} co_ppo_report;

// What a learner is, from its creation on; nothing below changes.
typedef struct co_ppo_spec {
  co_ppo_def def;
  co_policy *policy;  // borrowed; its numbers are what is learned
  co_pool *pool;      // borrowed
  const co_kernels *kernels;
  co_tensor_rule obs_rule, reward_rule;
  int64_t planned_updates;  // of the rate schedule
  co_stream dropout;
  co_redo redo;
  int tensor0[CO_NUM_PARTS + 1];  // first tensor of each part, number of all
  bool remembers;                 // the networks have memory
  // How work is cut.
  bool by_lanes;             // each network is learned from in a strand of its own; or in sections
  int num_tasks, task_rows;  // a task has scratch for so many rows
  int num_grads;
  int wave_size;           // sections: blocks, at most
  int num_shares, *share;  // sections: (net.num_tensors) the task that adds up and steps each
} co_ppo_spec;

// What decides what comes next, beside the policy's numbers, and figures of what was.
typedef struct co_ppo_state {
  bool started, raw_values;
  int64_t updates;
  co_collector collector;
  co_adam adam;
  co_rng shuffle;
  co_losses losses;
  co_ppo_progress progress;
  // figures
  int64_t gradient_steps, recycled_units;
  double flop, update_s, wall_s;
  double explained_variance;
} co_ppo_state;

// What an update is made with: begun anew by each, or derived from parameters.
typedef struct co_ppo_scratch {
  co_batch batch;
  _Alignas(64) co_gaussian gaussian;  // written by the actor's lane
  _Alignas(64) co_mlp part[CO_NUM_PARTS];
  // (out x in_stride) per layer, NULL for the first and with memory
  float *transposed[CO_NUM_PARTS][CO_MAX_LAYERS];
  bool moves[CO_NUM_PARTS][CO_MAX_LAYERS];  // layers that move in this update
  bool *tensor_moves;                       // (net.num_tensors)
  float *advantage, *target;                // (rows x steps)
  float *label;                             // (rows x steps x losses.num_labels)
  uint32_t *sample;  // (rows x steps) valid samples in the order of this epoch
  uint32_t num_samples;
  co_ppo_plan plan;            // with memory
  float *minibatch_advantage;  // (most rows of a minibatch)
  co_ppo_task *task;           // (num_tasks)
  float *grad;                 // (num_grads x net.size), the first is the minibatch's
  // Lanes.
  co_strand lane[CO_NUM_PARTS];
  co_ppo_report report[CO_NUM_PARTS][2];  // of the last two minibatches
  // Sections: a minibatch is learned from in waves of blocks, whose gradients stay in the cache.
  co_ppo_minibatch minibatch;  // the running one
  int first_block, in_wave;    // of the running wave
  int grads_used;              // the first holds the sum of the waves before
  double *square;              // (net.num_tensors) sums of squares
  double *activity;            // (units of all hidden layers of a network) NULL: nobody asks
} co_ppo_scratch;

typedef struct co_ppo_learner {
  co_learner base;
  co_arena arena;  // all memory below
  co_ppo_spec spec;
  co_ppo_state state;
  co_ppo_scratch scratch;
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

// Learns from all minibatches of an epoch, up to one whose divergence is above what target_kl
// allows or whose loss or gradient is not finite: what ends the update is left in `progress`.
void co_ppo_learn_by_lanes(co_ppo_learner *learner);
void co_ppo_learn_in_sections(co_ppo_learner *learner);

// The minibatches of this epoch.
static inline int co_ppo_minibatches(const co_ppo_learner *learner) {
  uint32_t size = (uint32_t)learner->spec.def.minibatch;
  if (learner->spec.remembers) return learner->scratch.plan.num_minibatches;
  return (int)((learner->scratch.num_samples + size - 1) / size);
}
static inline co_ppo_minibatch co_ppo_minibatch_at(const co_ppo_learner *learner, int number) {
  const co_ppo_scratch *scratch = &learner->scratch;
  if (learner->spec.remembers) return scratch->plan.minibatch[number];
  uint32_t size = (uint32_t)learner->spec.def.minibatch, first = (uint32_t)number * size;
  uint32_t left = scratch->num_samples - first;
  return (co_ppo_minibatch){.sample = scratch->sample + first,
                            .rows = (int)(left < size ? left : size)};
}

// Memory of the search for dormant units, where there is one. CO_MEMORY.
co_status co_ppo_create_redo(co_arena *arena, co_ppo_learner *learner);
// Dormant units begin anew where the steps taken so far say so, judged by a minibatch of this
// epoch.
void co_ppo_redo(co_ppo_learner *learner, int number);

// Brings the transposed copies of all weights up to date; after parameters were changed from
// outside.
void co_ppo_transpose_all(co_ppo_learner *learner);

#endif  // AGENTS_LEARN_PPO_PRIVATE_LEARNER_H_
