// A toy actor that remembers: its network sees each observation and a part of a leaky sum of those
// before. The sum begins with ones, so that memory that is zero was not begun.

#ifndef TESTS_SUPPORT_LEAKY_ACTOR_H_
#define TESTS_SUPPORT_LEAKY_ACTOR_H_

#include "agents/policy/actor.h"

static inline size_t leaky_state_bytes(const co_policy *policy) {
  return (size_t)policy->net.def.obs_dim * sizeof(double);
}

static inline void leaky_begin(const co_policy *policy, void *state) {
  double *sum = state;
  for (int i = 0; i < policy->net.def.obs_dim; i++) sum[i] = 1;
}

static inline void leaky_act(const co_actor *actor, int rows, void *state,
                             const co_actor_scratch *at) {
  int dim = actor->policy->net.def.obs_dim;
  for (int r = 0; r < rows; r++) {
    double *sum = co_actor_state_at(actor, state, r);
    float *x = at->input + (ptrdiff_t)r * at->input_stride;
    for (int i = 0; i < dim; i++) {
      double now = (double)x[i];
      x[i] = (float)(now + 0.2 * sum[i]);
      sum[i] = 0.7 * sum[i] + now;
    }
  }
  co_mlp_forward(&actor->mlp, at->input, at->input_stride, rows, at->output);
}

static const co_actor_class leaky_actor = {leaky_state_bytes, leaky_begin, leaky_act, NULL};

#endif  // TESTS_SUPPORT_LEAKY_ACTOR_H_
