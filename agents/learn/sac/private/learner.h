// A SAC learner in three: the spec, which stays; the state, which decides what comes next and is
// what a checkpoint holds; the scratch, which is made of both and holds nothing between two
// updates. memory.c makes it, collect.c plays with it, learn.c learns.

#ifndef AGENTS_LEARN_SAC_PRIVATE_LEARNER_H_
#define AGENTS_LEARN_SAC_PRIVATE_LEARNER_H_

#include "agents/data/minibatch.h"
#include "agents/learn/fault_guard.h"
#include "agents/learn/loss/loss.h"
#include "agents/learn/private/replay_buffer.h"
#include "agents/learn/sac/sac.h"
#include "agents/nn/adam.h"
#include "agents/nn/ensemble.h"
#include "agents/nn/mlp_pass.h"
#include "agents/nn/squashed.h"
#include "agents/policy/actor.h"
#include "core/clock.h"
#include "core/strands.h"

#include <assert.h>

enum { CO_SAC_SIDES = 2, CO_SAC_BLOCK = 64 };  // sides of an update; most rows of a block

// Passes through a critic in one update, whose dropout is drawn apart.
enum { CO_SAC_PASS_NEXT, CO_SAC_PASS_REPLAY, CO_SAC_PASS_ACTED };

// ---- spec ----

typedef struct co_sac_spec {
  co_sac_def def;                 // without its lists; target_entropy is a number
  co_policy *policy;              // borrowed; its tensors are state
  co_env *env[CO_NUM_ENV_ROLES];  // borrowed, NULL: not there; their rows are state
  co_source_env source;           // 0 steps where there is no source's env
  // Sets that rows of minibatches are drawn from beside the replay, borrowed; NULL: none.
  const co_data_sets *data;
  co_pool *pool;  // borrowed
  const co_kernels *kernels;
  co_tensor_rule obs_rule;
  bool from_source;
  int64_t random_steps, start_steps, rollout_warmup;
  int rows;  // of each env
  int num_critics;
  int batch, num_blocks;  // a minibatch's rows are cut into blocks, at whole cache lines of floats
  int obs_stride, pair_stride, action_stride;  // of rows of observations, pairs, actions [floats]
  co_squashed_def squashed;
  co_stream dropout;
  co_redo redo;
} co_sac_spec;

// ---- state ----

// One env row between steps.
typedef struct co_sac_row {
  co_rng random, noise;  // of random actions, of the policy's
  double episode_return;
} co_sac_row;

// What plays in one env, and what came of it.
typedef struct co_sac_player {
  bool started;
  co_sac_row *row;   // (rows)
  void *actor_rows;  // (rows x state of an actor) how the policy remembers each row's episode
  float *obs;        // (rows x obs_dim) raw, what the next actions answer
  co_fault_guard guard;
  co_replay_buffer *replay;
  uint8_t *begins;  // (rows) the next transition begins an episode; NULL: no data are kept
  // totals since create
  int64_t env_steps, episodes, faults;
  int64_t finished;  // episodes without fault since the last collect
  double finished_return;
} co_sac_player;

// Sums over the rows of a minibatch.
typedef struct co_sac_sums {
  double critic_loss, actor_loss, log_prob, value;
  double term[CO_MAX_LOSSES];  // of loss terms, without their weights
} co_sac_sums;

typedef struct co_sac_state {
  co_sac_player player[CO_NUM_ENV_ROLES];  // in each env that is there
  co_adam adam;
  co_ensemble target;          // target critics
  co_rng sampler, *row_noise;  // of indices; (batch) noise of a row of the minibatch
  co_losses losses;
  // totals since create
  int64_t updates, gradient_steps, recycled_units;
  double flop, physics_s, inference_s, update_s, wall_s;
  // figures of the latest update, summed over its gradient updates
  co_sac_sums total;
  double norm_sum;
  int64_t steps_done, actor_steps_done;
} co_sac_state;

// ---- scratch ----

// A part of a layer's weight, whose gradient and step one thread does: rows in0 .. in0 + count - 1,
// and with the first rows the bias and the layer norm.
typedef struct co_sac_slice {
  int part, layer, in0, count;
  float *bias_grad;            // (out_stride) of the bias, NULL where in0 > 0
  _Alignas(64) double square;  // sum of the squares of the gradient, written by who does the slice
} co_sac_slice;

// A network as the learner sees it: weights as they lie in the policy, and copies in other layouts
// that follow every step.
typedef struct co_sac_net {
  co_mlp *mlp;
  float *transposed[CO_MAX_LAYERS];  // (out x in_stride) per layer, NULL for the first
  co_mlp_pass pass;                  // over the minibatch
  bool moves[CO_MAX_LAYERS];         // layers that move in this update
  co_sac_slice *slice;               // (num_slices)
  int num_slices;                    // the same of all critics
} co_sac_net;

// An env step of all rows of one env.
typedef struct co_sac_play_scratch {
  co_actor actor;                           // the policy's as it plays, with the joint head
  float *next_obs;                          // (rows x obs_dim) raw
  float *action, *command;                  // (rows x act_dim) in -1..1, and brought to the bounds
  float *reward;                            // (rows)
  uint8_t *terminated, *truncated, *fault;  // (rows)
  co_moments moments;  // of the target's observations since they were last merged
} co_sac_play_scratch;

typedef struct co_sac_nets {
  co_adam_args *step;         // (net.num_tensors) of the running update
  co_sac_net actor, *critic;  // (num_critics)
  // The actor's mean and log_std as one layer, columns beside each other: weight, then bias. Its
  // gradient lies behind that of the network.
  float *head;
  co_dense actor_dense[CO_MAX_LAYERS];
  co_mlp actor_mlp;
  co_ensemble critics;                         // of the policy
  float *target_transposed[CO_MAX_CRITICS];    // of its last layer
  co_dense_view action_input[CO_MAX_CRITICS];  // first layer from the action elements alone
  float *action_transposed[CO_MAX_CRITICS];    // (out x in_stride) of it
  float *grad;                                 // (net.size and the size of `head`)
} co_sac_nets;

typedef struct co_sac_minibatch {
  bool acts;    // actor and temperature move in this update
  float alpha;  // temperature in this update
  // (num_sources) the replays by role, then the sets of data
  co_minibatch_source *source;
  int num_sources;
  co_minibatch_row *row;  // (batch)
  co_transition *from;    // (batch) what they are; the action of a set is in units of the env
  float *raw;             // (batch x obs_dim) observations, not normalised
  float *obs, *next_obs;  // (batch x obs_stride) normalised
  // observation and action (batch x pair_stride, as narrow as can be, since these rows go from core
  // to core): of the replay, what came of it with the actor's next action, and the replay's
  // observation with the actor's action
  float *pair, *next_pair, *acted_pair;
  float *discount;  // (batch) gamma, or 0 where the task ended the transition
  // per critic (batch) of next_pair, by targets; of pair; of acted_pair
  float *next_value[CO_MAX_CRITICS], *value[CO_MAX_CRITICS], *acted_value[CO_MAX_CRITICS];
  // derivative of a critic's value by the action: of the rows where it is the smallest one, one
  // after the other (batch x action_stride), the same in their places (batch x act_dim); and of all
  // rows
  float *picked[CO_MAX_CRITICS], *dvalue[CO_MAX_CRITICS], *daction;
  co_squashed_sample sample;  // (batch) of the actor on obs
  co_squashed_sample next;    // (batch) of the actor on next_obs
  float *label, *term_value;  // (batch x losses.num_labels); (losses.count x batch)
} co_sac_minibatch;

// What a task of a section, or the learner's thread outside of them, has spent in each phase.
typedef struct co_sac_lap {
  _Alignas(64) double since;  // when what is done now was begun
  double seconds[CO_SAC_NUM_PHASES];
} co_sac_lap;

typedef struct co_sac_scratch {
  co_sac_play_scratch play;
  co_sac_nets nets;
  co_sac_minibatch minibatch;
  co_strand *side;  // (CO_SAC_SIDES) how far each side of a gradient update is
  co_sac_lap *lap;  // (num_laps) per task of a section; NULL: nobody wants to know
  int num_laps;
} co_sac_scratch;

// ---- the learner ----

typedef struct co_sac_learner {
  co_learner base;
  co_sac_spec spec;
  co_sac_state state;
  co_sac_scratch scratch;
  co_arena arena;  // all memory but the replay's
} co_sac_learner;

static inline co_sac_learner *co_sac_of(co_learner *base) {
  assert(base->algorithm == &co_sac);
  return (co_sac_learner *)base;
}
static inline const co_sac_learner *co_sac_of_const(const co_learner *base) {
  assert(base->algorithm == &co_sac);
  return (const co_sac_learner *)base;
}

// State and scratch of a learner whose spec is made, from the arena: `num_blocks` and strides of
// the spec are made here too. CO_MEMORY, or what a replay in the folder of `def` says.
co_status co_sac_make_memory(co_sac_learner *learner, const co_learner_def *def);

// One env step of every row of an env: acts, stores, resets what ended. CO_INTERNAL when more than
// 1 % of all episodes there (and at least 5) were faulty; what the env returns otherwise.
co_status co_sac_play(co_sac_learner *learner, co_env_role role);

// One gradient update of critics, actor and temperature. CO_DIVERGED when a loss is not finite.
co_status co_sac_learn(co_sac_learner *learner);

// Dormant units begin anew where the gradient updates so far say so, judged by the last minibatch.
void co_sac_redo(co_sac_learner *learner);

// Which layers move in the running update of the algorithm table, and whether the actor does.
void co_sac_choose_moving(co_sac_learner *learner);

// Brings all copies of the weights in other layouts up to date; after parameters were changed from
// outside.
void co_sac_pack_all(co_sac_learner *learner);

// The gradient of a slice over all rows of the minibatch, its step, the target's if it is a
// critic's, and the copies in other layouts, while all that is in the cache. Slices may be done at
// once. `x` (batch x x_stride): input of the network; `task`: number of its lap.
void co_sac_step_slice(co_sac_learner *learner, co_sac_net *net, const float *x, int x_stride,
                       co_sac_slice *slice, int task);

// Begins what task `task` of a section does, and ends a piece of it, which was of a phase. They
// cost a comparison where nobody wants to know.
static inline void co_sac_begin_lap(const co_sac_learner *learner, int task) {
  if (learner->scratch.lap) learner->scratch.lap[task].since = co_clock_wall();
}
static inline void co_sac_end_lap(const co_sac_learner *learner, int task, int phase) {
  if (!learner->scratch.lap) return;
  co_sac_lap *lap = &learner->scratch.lap[task];
  double now = co_clock_wall();
  lap->seconds[phase] += now - lap->since;
  lap->since = now;
}

// Whether the copied policy still only plays: asked before a step of the target, of that step.
static inline bool co_sac_warms_up(const co_sac_learner *learner) {
  return learner->state.player[CO_ENV_TARGET].env_steps < learner->spec.rollout_warmup;
}

// Whether a row of a minibatch is of a replay: sets of data stand behind those.
static inline bool co_sac_is_replayed(const co_minibatch_row *row) {
  return row->set < CO_NUM_ENV_ROLES;
}

static inline bool co_sac_tensor_moves(const co_sac_learner *learner, int tensor) {
  return co_adam_moves(&learner->state.adam, tensor, learner->state.updates);
}

static inline int co_sac_alpha_tensor(const co_network *net) {
  return co_tensor_find_role(net->tensor, net->num_tensors, CO_PART_ACTOR, CO_LAYER_NONE,
                             CO_TENSOR_TEMPERATURE);
}

#endif  // AGENTS_LEARN_SAC_PRIVATE_LEARNER_H_
