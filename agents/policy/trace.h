// What a policy does with one observation, layer by layer, for people to look at.
//
// A trace acts as everything does (agents/policy/actor.h), in memory of its own that keeps what
// lies between. Its state of a row is the actor's and then that of a critic with memory, which has
// to see every observation of the episode too. Thread safety: as acting, for different traces.

#ifndef AGENTS_POLICY_TRACE_H_
#define AGENTS_POLICY_TRACE_H_

#include "agents/policy/actor.h"

typedef struct co_policy_trace {
  co_actor actor;                    // of the policy that it was made for
  int num_critics;                   // of the policy
  co_mlp *critic;                    // (num_critics)
  co_graph_work critic_graph;        // of a critic with memory
  size_t state_bytes;                // of a row: the actor's, then the critic's
  co_actor_scratch at;               // of one row
  int num_layers;                    // hidden layers of the actor
  int width[CO_MAX_HIDDEN];          // of each
  float *activation[CO_MAX_HIDDEN];  // (width) outputs of the hidden layers
  int num_remembered, memory_width;  // vectors that a network's memory keeps, their width
  const float *remembered[2];        // (memory_width) of an LSTM h and c, of a GRU h: afterwards
  float *input;                      // (obs_dim) normalised observation
  float *action;                     // (act_dim) as co_actor_act gives it
  float *deviation;                  // (act_dim) of the Gaussian, before tanh where squashed
  void *after;                       // (state_bytes) the state when it has answered
  float value;     // what the critic expects, in units of raw reward; NAN: there is none
  float *block;    // owned; all arrays above are in it
  co_arena arena;  // of the critics, owned
} co_policy_trace;

// Memory for one trace of this policy. CO_MEMORY.
co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out);
void co_policy_trace_free(co_policy_trace *trace);

// The state at the beginning of an episode.
void co_policy_trace_begin(const co_policy_trace *trace, void *state);

// obs (obs_dim) raw, seen in this state, which stays as it is; NULL: at the beginning of an
// episode. Writes what the arrays point to and the value. Of several critics the value is the
// smallest one at the deterministic action.
void co_policy_trace_run(co_policy_trace *trace, const float *obs, const void *state);

#endif  // AGENTS_POLICY_TRACE_H_
