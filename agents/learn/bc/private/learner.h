// The state of a cloning learner: what bc.c creates and update.c learns with.

#ifndef AGENTS_LEARN_BC_PRIVATE_LEARNER_H_
#define AGENTS_LEARN_BC_PRIVATE_LEARNER_H_

#include "agents/data/minibatch.h"
#include "agents/data/part.h"
#include "agents/learn/bc/bc.h"
#include "agents/nn/adam.h"
#include "agents/nn/mlp_pass.h"

#include <assert.h>

// A minibatch is cut into slots of whole blocks, one each or so many that there are no more slots,
// whose gradients are added in their order: as many for any number of threads. A slot goes through
// its rows in passes, so that what lies between the layers stays in a core's cache.
enum { CO_BC_SLOTS = 16, CO_BC_PASS = 2 * CO_BLOCK };

// Sums over rows.
typedef struct co_bc_sums {
  double loss;     // of a row the mean over its elements, weighted
  double *square;  // (act_dim) squared errors, weighted
} co_bc_sums;

// What one thread works on.
typedef struct co_bc_slot {
  _Alignas(64) co_bc_sums sums;
  float *obs;        // (CO_BC_PASS x obs_dim) as the set has them
  float *x;          // (CO_BC_PASS x x_stride) normalised
  float *target;     // (CO_BC_PASS x act_dim) outputs that give the set's actions
  float *weight;     // (CO_BC_PASS)
  co_mlp_pass pass;  // of CO_BC_PASS rows
} co_bc_slot;

// Constant since create.
typedef struct co_bc_spec {
  co_bc_def def;
  co_policy *policy;  // borrowed, and so is the pool
  co_pool *pool;
  const co_kernels *kernels;
  co_tensor_rule obs_rule;
  const co_data_sets *data;  // borrowed
  int num_sets;
  co_data_part *kept, *held;    // (num_sets) what is learned from, what is held out
  co_minibatch_source *source;  // (num_sets) of the kept ones: every transition is as likely
  int64_t held_transitions;
  int num_tensors;   // the actor's are the first of the network's
  size_t grad_size;  // floats that they take of the network's block
  int x_stride;
} co_bc_spec;

// What decides what comes next, and figures: all of a checkpoint beside the policy.
typedef struct co_bc_state {
  co_adam adam;
  co_rng sampler;
  bool normalised;  // the data's moments are in the policy's normaliser
  int64_t updates, gradient_steps;
  double flop, update_s, wall_s;
  double loss, norm, held_loss;  // of the last update; NAN: there is none
} co_bc_state;

// Of the running update.
typedef struct co_bc_scratch {
  co_mlp actor;                      // with transposed weights
  float *transposed[CO_MAX_LAYERS];  // (out x in_stride), NULL for the first layer
  bool moves[CO_MAX_LAYERS];         // layers
  bool *tensor_moves;                // (num_tensors)
  co_minibatch_row *row;             // (minibatch)
  co_bc_slot *slot;                  // (CO_BC_SLOTS)
  float *grad;                       // (CO_BC_SLOTS x grad_size)
  double *tensor_square;             // (num_tensors) of the minibatch's gradient
  co_bc_sums total;                  // of the update
  double norm_sum;                   // of its gradients
} co_bc_scratch;

typedef struct co_bc_learner {
  co_learner base;
  co_arena arena;  // all memory below
  co_bc_spec spec;
  co_bc_state state;
  co_bc_scratch scratch;
} co_bc_learner;

static inline co_bc_learner *co_bc_of(co_learner *base) {
  assert(base->algorithm == &co_bc);
  return (co_bc_learner *)base;
}
static inline const co_bc_learner *co_bc_of_const(const co_learner *base) {
  assert(base->algorithm == &co_bc);
  return (const co_bc_learner *)base;
}

// `interval` gradient steps, the spread, and the loss on what was held out. CO_DIVERGED takes the
// update back.
co_status co_bc_update(co_bc_learner *learner);

// One gradient step on the rows that the scratch holds.
co_status co_bc_step(co_bc_learner *learner);

// Brings the transposed copies of all weights up to date; after parameters were changed from
// outside.
void co_bc_transpose_all(co_bc_learner *learner);

#endif  // AGENTS_LEARN_BC_PRIVATE_LEARNER_H_
