// One simulated robot, in double: what a vectorised env does once per row, and what replay and
// checks use directly.
//
// Reset: nominal state, reset terms, derived quantities; step: action, physics, termination,
// reward, observation. After mj_step no further forward pass is made unless the task observes
// "fresh". Not thread-safe per row.

#ifndef ENVS_ROW_H_
#define ENVS_ROW_H_

#include "envs/binding.h"

typedef struct co_row {
  const co_binding *binding;
  co_physics *physics;  // owned
  co_rng rng;           // of resets
  co_rng signal;        // of commands, noise and pushes within an episode
  int64_t episode;      // resets so far
  int64_t faults;       // so far
  int64_t step;         // control steps of this episode
  bool fault;           // must be reset before anything else
  double *obs;          // (obs_dim) last observation, owned block
  double *state;        // (state_size) of terms
  double *command;      // (num_commands)
  double *action;       // (act_dim) of the last step, zeros after a reset
  double *previous;     // (act_dim) of the step before
  double *raw;          // (raw_dim) scratch
  double *clipped;      // (act_dim) scratch
  double *control;      // (act_dim) scratch
} co_row;

typedef struct co_row_result {
  double reward;
  double *terms;  // (num_rewards) weighted, or NULL; the caller's
  bool terminated, truncated, success, fault;
} co_row_result;

co_status co_row_create(const co_binding *binding, const co_stream *stream, uint32_t index,
                        co_row *out);
void co_row_free(co_row *row);

// Starts an episode from the row's stream and observes.
co_status co_row_reset(co_row *row);

// The two halves of it: nominal state with everything else zero; then, after qpos and qvel were
// written, derived quantities and the observation.
co_status co_row_clear(co_row *row);
co_status co_row_start(co_row *row);

// One control step. A non-finite action, state, observation or reward is a fault: observation and
// reward are then 0.
co_status co_row_step(co_row *row, const double *action, co_row_result *result);

// A row as bytes. Restoring computes nothing; CO_DATA when the bytes cannot be a row of this
// binding.
size_t co_row_size(const co_binding *binding);
void co_row_save(const co_row *row, void *bytes);
co_status co_row_load(co_row *row, const void *bytes);

#endif  // ENVS_ROW_H_
