// Acting in one call, for tests: networks and policies with memory of their own each time.

#ifndef TESTS_SUPPORT_ACTING_H_
#define TESTS_SUPPORT_ACTING_H_

#include "agents/policy/actor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// out (rows x out of the last layer), compact
static inline void layers_forward(const co_network *net, const co_dense *layer, const float *obs,
                                  int rows, float *out) {
  float *output[CO_MAX_LAYERS];
  co_mlp mlp = co_mlp_view(co_kernels_get(), net, layer);
  const co_dense *last = &layer[net->num_layers - 1];
  for (int l = 0; l < co_mlp_layers(&mlp); l++)
    output[l] = aligned_alloc(64, (size_t)(rows * layer[l].out_stride) * sizeof **output);
  co_mlp_forward(&mlp, obs, net->def.obs_dim, rows, output);
  for (int r = 0; r < rows; r++)
    memcpy(out + r * last->out, output[net->num_layers - 1] + r * last->out_stride,
           (size_t)last->out * sizeof *out);
  for (int l = 0; l < co_mlp_layers(&mlp); l++) free(output[l]);
}

// mean (rows x act_dim) and value (rows), either may be NULL; obs (rows x obs_dim) normalised. A
// squashed head's mean is that before tanh, and it has no values of observations alone.
static inline void network_forward(const co_network *net, const float *obs, int rows, float *mean,
                                   float *value) {
  assert(!value || net->def.head == CO_HEAD_GAUSSIAN);
  if (mean) layers_forward(net, net->part[CO_ACTOR].layer, obs, rows, mean);
  if (value) layers_forward(net, net->part[CO_CRITIC].layer, obs, rows, value);
}

// log_std (rows x act_dim) of a squashed head, not held in any range
static inline void network_log_std(const co_network *net, const float *obs, int rows,
                                   float *log_std) {
  co_dense layer[CO_MAX_LAYERS];
  memcpy(layer, net->part[CO_ACTOR].layer, sizeof layer);
  layer[net->num_layers - 1] = net->log_std_head;
  if (net->num_residual) layer[net->num_layers].out = 0;  // adds to the mean alone
  layers_forward(net, layer, obs, rows, log_std);
}

// An actor with the memory of `rows` rows.
typedef struct acting {
  co_actor actor;
  co_actor_scratch at;
  float *block;
  void *state;
} acting;

static inline acting acting_begin(const co_policy *policy, int rows) {
  acting a = {.actor = co_actor_view(co_kernels_get(), policy)};
  size_t floats = co_actor_scratch_size(&a.actor, rows), lines = (floats + 15) / 16;
  a.block = aligned_alloc(64, lines * 64);
  memset(a.block, 0, lines * 64);
  a.at = co_actor_scratch_place(&a.actor, rows, a.block);
  a.state = calloc((size_t)rows, a.actor.state_bytes + 1);
  co_actor_begin(&a.actor, rows, a.state);
  return a;
}

static inline void acting_end(acting *a) {
  free(a->block);
  free(a->state);
}

// action (rows x act_dim) at the first observations (rows x obs_dim) of episodes
static inline void policy_act(const co_policy *policy, const float *obs, int rows, float *action) {
  acting a = acting_begin(policy, rows);
  co_actor_act(&a.actor, obs, rows, a.state, &a.at, action);
  acting_end(&a);
}

// [nat] at a first observation
static inline double policy_entropy(const co_policy *policy, const float *obs) {
  acting a = acting_begin(policy, 1);
  if (obs) co_actor_run(&a.actor, obs, 1, a.state, &a.at);
  double entropy = co_actor_entropy(&a.actor, obs ? &a.at : NULL);
  acting_end(&a);
  return entropy;
}

#endif  // TESTS_SUPPORT_ACTING_H_
