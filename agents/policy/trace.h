// What a policy does with one observation, layer by layer, for people to look at.
//
// A trace acts as everything does (agents/policy/actor.h), in memory of its own that keeps what
// lies between. Thread safety: as acting, for different traces.

#ifndef AGENTS_POLICY_TRACE_H_
#define AGENTS_POLICY_TRACE_H_

#include "agents/policy/actor.h"

typedef struct co_policy_trace {
  co_actor actor;  // of the policy that it was made for
  int num_critics;
  co_mlp *critic;                    // (num_critics), owned
  co_actor_scratch at;               // of one row
  int num_layers;                    // hidden layers of the actor
  int width[CO_MAX_HIDDEN];          // of each
  float *activation[CO_MAX_HIDDEN];  // (width) outputs of the hidden layers
  float *input;                      // (obs_dim) normalised observation
  float *action;                     // (act_dim) as co_actor_act gives it
  float *deviation;                  // (act_dim) of the Gaussian, before tanh where squashed
  void *after;                       // (actor.state_bytes) the actor's state when it has answered
  float value;   // what the critic expects, in units of raw reward; NAN: there is none
  float *block;  // owned; all arrays above are in it
} co_policy_trace;

// Memory for one trace of this policy. CO_MEMORY.
co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out);
void co_policy_trace_free(co_policy_trace *trace);

// obs (obs_dim) raw, seen in this state of the actor, which stays as it is; NULL: at the beginning
// of an episode. Writes what the arrays point to and the value. Of several critics the value is the
// smallest one at the deterministic action.
void co_policy_trace_run(co_policy_trace *trace, const float *obs, const void *state);

#endif  // AGENTS_POLICY_TRACE_H_
