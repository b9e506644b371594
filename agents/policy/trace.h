// What a policy does with one observation, layer by layer, for people to look at.
//
// Acting itself is co_policy_act; a trace computes the same action with the same bits and keeps
// what lies between. Thread safety: as acting, for different traces.

#ifndef AGENTS_POLICY_TRACE_H_
#define AGENTS_POLICY_TRACE_H_

#include "agents/policy/policy.h"

typedef struct co_policy_trace {
  int num_layers;                    // hidden layers of the actor
  int width[CO_MAX_HIDDEN];          // of each
  float *activation[CO_MAX_HIDDEN];  // (width) outputs of the hidden layers
  float *input;                      // (obs_dim) normalised observation
  float *action;                     // (act_dim) as co_policy_act gives it
  float *deviation;                  // (act_dim) of the Gaussian, before tanh where squashed
  float value;   // what the critic expects, in units of raw reward; NAN: there is none
  float *block;  // owned; all arrays above are in it
} co_policy_trace;

// Memory for one trace of this policy. CO_MEMORY.
co_status co_policy_trace_create(const co_policy *policy, co_policy_trace *out);
void co_policy_trace_free(co_policy_trace *trace);

// obs (obs_dim) raw. Writes what the arrays point to and the value. With twin critics the value is
// the smaller one at the deterministic action.
void co_policy_trace_run(const co_policy *policy, const float *obs, co_policy_trace *trace);

#endif  // AGENTS_POLICY_TRACE_H_
