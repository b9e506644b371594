// Stages of a gradient update, index by index: of blocks of a minibatch's rows (rows.c, actor.c),
// of critics x blocks and critics x slices (critics.c), of the actor's slices (actor.c). schedule.c
// puts them in order; all take the learner as their context, and no index of a stage waits for
// another.
//
// A row's forward and backward products have the same bits in blocks of any size, every element of
// a gradient is one chain over all rows of the minibatch in their order, and so are the sums, so
// nothing depends on how blocks and slices are cut.

#ifndef AGENTS_LEARN_SAC_PRIVATE_STAGES_H_
#define AGENTS_LEARN_SAC_PRIVATE_STAGES_H_

#include "agents/learn/sac/private/learner.h"

#include <stddef.h>

// ---- rows.c

// Rows of a block.
typedef struct co_sac_span {
  int first, rows;
} co_sac_span;

co_sac_span co_sac_span_of(const co_sac_learner *learner, int block);

static inline float *co_sac_row_at(float *array, int row, int stride) {
  return array + (ptrdiff_t)row * stride;
}

static inline void co_sac_copy_floats(const float *from, int count, float *to) {
  for (int i = 0; i < count; i++) to[i] = from[i];
}

co_squashed_sample co_sac_sample_of(const co_squashed_sample *sample, const co_sac_span *b,
                                    int dim);
void co_sac_gather_task(void *learner, int block);  // the minibatch's rows out of the replay
void co_sac_next_task(void *learner, int block);    // the actor's next actions
void co_sac_act_task(void *learner, int block);     // the actor's actions

// ---- critics.c: index = critic x blocks + block, or critic x slices + slice

void co_sac_target_task(void *learner, int index);         // values of the next actions
void co_sac_value_task(void *learner, int index);          // values of the replay's actions
void co_sac_criticize_task(void *learner, int index);      // derivatives of the critics' loss
void co_sac_critic_slice_task(void *learner, int index);   // gradient, step and target
void co_sac_acted_task(void *learner, int index);          // values of the actor's actions
void co_sac_differentiate_task(void *learner, int index);  // their derivatives by the actions

// What the critics learn: reward + gamma (1 - terminated) (min Q'(s', a') - alpha log pi(a')), eq.
// 5 and 6, the smallest of all targets.
float co_sac_goal_of(const co_sac_learner *learner, int row);
// The critic whose value of the actor's action is the smallest, the last one of equal ones.
int co_sac_smallest_critic(const co_sac_learner *learner, int row);

// ---- actor.c

void co_sac_actor_task(void *learner, int block);        // derivatives of the actor's loss
void co_sac_actor_slice_task(void *learner, int slice);  // gradient and step
// The temperature's step, from the mean of the actions' log probability.
void co_sac_learn_temperature(co_sac_learner *learner, double log_prob);

// ---- schedule.c

// All stages of an update, in an order that gives each what it needs; those of the actor where it
// moves.
void co_sac_run_stages(co_sac_learner *learner);

// ---- phases.c

// The lap of a critic's block or slice, or behind the last critic of a slice of the actor; blocks
// of rows have the first ones. All are apart, since one thread may be ahead of another.
int co_sac_lap_of(const co_sac_learner *learner, int critic, int piece);

#endif  // AGENTS_LEARN_SAC_PRIVATE_STAGES_H_
