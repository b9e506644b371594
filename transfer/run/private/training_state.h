// A training under way: what training.c prepares and finishes and training_loop.c goes through.
// Private to both.

#ifndef TRANSFER_RUN_PRIVATE_TRAINING_STATE_H_
#define TRANSFER_RUN_PRIVATE_TRAINING_STATE_H_

#include "agents/policy/movement.h"
#include "transfer/run/training.h"

typedef struct co_training_state {
  const co_training_def *def;
  co_record *record;
  co_training_cost *cost;
  co_policy *policy;
  co_policy *start;      // as it was at step 0
  co_tensor_plan *plan;  // (policy->num_tensors), in arena
  co_seen seen;          // by the source policy at home, in arena; none where there is no source
  co_arena arena;
} co_training_state;

co_stream co_training_stream(const co_training_state *t, co_purpose purpose);
co_status co_training_open_env(const co_training_state *t, const co_world *world, int64_t rows,
                               co_stream stream, co_env **out);
// How far it is, in the steps that its budget is counted in.
int64_t co_training_step(const co_training_state *t);
void co_training_report(const co_training_state *t);
co_status co_training_add_point(co_training_state *t, int64_t step);
bool co_training_is_stopped(const co_training_state *t);

// At step 0: the largest difference of deterministic actions between source and prepared policy,
// and the mean entropy of the latter, on the observations of t->seen, which it fills.
co_status co_training_compare(co_training_state *t);

// From step 0, or from a checkpoint, to the last update; all points of the curve.
co_status co_training_loop(co_training_state *t);

#endif  // TRANSFER_RUN_PRIVATE_TRAINING_STATE_H_
