// Collector: plays a policy in an env and writes a batch.
//
// Rows are rolled in small groups, each through a whole rollout in one visit of a thread:
// statistics are frozen during a rollout, so no group waits for another. What belongs to a row
// (noise, episode, moments) is kept per row and merged in row order afterwards, so the batch does
// not depend on grouping or threads.
//
// A faulty episode (non-finite or diverged physics) is taken out of the batch and out of all
// statistics as far as it lies in this rollout, and counted. Too many of them are an error.

#ifndef AGENTS_LEARN_COLLECTOR_H_
#define AGENTS_LEARN_COLLECTOR_H_

#include "agents/learn/fault_guard.h"
#include "agents/nn/gaussian.h"
#include "agents/policy/actor.h"
#include "core/arena.h"
#include "core/pack.h"
#include "core/pool.h"

// One rollout as a structure of arrays; sample (row, t) has index row x steps + t. Arrays are owned
// by the arena.
typedef struct co_batch {
  int rows, steps, obs_dim, obs_stride, act_dim;
  float *raw_obs;  // (rows x steps x obs_dim)
  float *obs;      // (rows x steps x obs_stride) normalised as the policy saw it, padded with zeros
  float *action;   // (rows x steps x act_dim) as drawn: outputs of the network
  float *log_prob;     // (rows x steps) of `action`
  float *value;        // (rows x steps) of the observation acted on
  float *reward;       // (rows x steps) raw
  float *final_value;  // (rows x steps) value of the final observation where the time limit was
                       // reached, else 0
  uint8_t *done;       // (rows x steps) episode ended with this step, for whatever reason
  uint8_t *valid;      // (rows x steps) 0: part of a faulty episode
  float *last_value;   // (rows) value of the observation after the last step
  // What the critic saw: `obs` itself, or with privileged inputs (rows x steps x critic_stride) an
  // array of its own, in which these stand behind the observation.
  int critic_stride;
  float *critic_obs;
  // What these values are of, normalised, for critics that change; NULL unless asked for.
  uint8_t *cut;      // (rows x steps) the time limit was reached with this step
  float *final_obs;  // (rows x steps x critic_stride), where it was
  float *last_obs;   // (rows x critic_stride)
  // Of actor and critic with memory the states before step 0, interval, 2 interval, ...; where an
  // episode begins, a state is all zeros. NULL unless asked for.
  int interval, num_states;       // a row's
  int state_size[CO_CRITIC + 1];  // floats
  float *state[CO_CRITIC + 1];    // (rows x num_states x state_size)
} co_batch;

co_status co_batch_create(co_arena *arena, int rows, int steps, int obs_dim, int act_dim,
                          co_batch *out);
// Makes the collector keep so many privileged inputs of the critic, before anything else is asked
// for.
co_status co_batch_keep_privileged(co_arena *arena, int count, co_batch *batch);
// Makes it keep final observations too.
co_status co_batch_keep_final_obs(co_arena *arena, co_batch *batch);
// Makes it keep the states of a network with memory.
co_status co_batch_keep_states(co_arena *arena, const co_network *net, int interval,
                               co_batch *batch);
static inline size_t co_batch_size(const co_batch *batch) {
  return (size_t)batch->rows * (size_t)batch->steps;
}

// State of one env row between rollouts, and what it counted in the last one.
typedef struct co_collector_row {
  co_rng noise;
  double episode_return, discounted_return;
  int episode_start;         // step of this rollout at which the running episode began
  double finished_return;    // sum over the episodes that ended without fault in the last rollout
  int64_t finished, faults;  // in the last rollout
  co_moments obs_moments, return_moments;
} co_collector_row;

typedef struct co_collector_group co_collector_group;  // scratch of a group of rows

typedef struct co_collector_def {
  co_env *env;        // borrowed
  co_policy *policy;  // borrowed; its normalisers are updated after a rollout
  co_pool *pool;      // borrowed, may be NULL
  const co_kernels *kernels;
  co_stream stream;
  double gamma;        // of the discounted return behind the reward scale
  const char *faults;  // folder for dumps of faulty rows, borrowed; NULL: none
} co_collector_def;

typedef struct co_collector {
  co_collector_def def;
  int rows, group_rows, num_groups;
  float *obs;                 // (rows x obs_dim) current raw observation
  co_collector_row *row;      // (rows)
  co_collector_group *group;  // (num_groups)
  co_gaussian gaussian;
  co_fault_guard guard;
  co_actor actor;
  void *state;  // (rows x actor.state_bytes) of the actor, begun with each episode
  // Of a critic with memory, begun with each episode: all zeros.
  int critic_state_size;  // floats, 0: none
  float *critic_state;    // (rows x critic_state_size)
  co_batch *batch;        // of the running rollout, borrowed
  co_mlp critic;          // view for the running rollout
  int warmup_steps;
  // totals since create
  int64_t env_steps, episodes, faults;
  double physics_s, inference_s;  // [s] summed over groups
  double episode_return;          // mean of the episodes that ended in the last rollout, NAN: none
} co_collector;

co_status co_collector_create(co_arena *arena, const co_collector_def *def, co_collector *out);

// Plays `steps` random actions in all (rounded up to the same number in each row), from which the
// observation statistics are learned, then starts a new episode in every row. 0: only starts
// episodes.
co_status co_collector_start(co_collector *collector, int64_t steps);

// One rollout of batch->steps steps in each row. CO_INTERNAL when more than 1 % of all episodes
// (and at least 5) were faulty; what the env returns otherwise.
co_status co_collector_run(co_collector *collector, co_batch *batch);

// Merges the statistics of the last rollout into the policy's normalisers, in row order.
void co_collector_merge(co_collector *collector, bool obs, bool reward);

// Rows between two rollouts: noise, running returns, current observations, states of actor and
// critic, and the totals.
co_status co_collector_save(const co_collector *collector, co_buf *pack);
co_status co_collector_load(co_collector *collector, const co_pack *pack);

#endif  // AGENTS_LEARN_COLLECTOR_H_
