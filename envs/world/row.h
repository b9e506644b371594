// One simulated robot, in double: what a vectorised env does once per row, and what replay and
// checks use directly.
//
// Reset, in this order: draws from the domain stream, the row's own numbers and derived constants;
// engine reset, nominal start, reset terms, what `reset.noise` leaves of them; derived quantities,
// commands, observation. Step: action, signal path, physics, push, termination, reward, command,
// observation. After mj_step no further forward pass is made unless the task observes "fresh". Not
// thread-safe per row.

#ifndef ENVS_WORLD_ROW_H_
#define ENVS_WORLD_ROW_H_

#include "envs/domain/plan.h"
#include "envs/world/map.h"

// A recorded state that a step is led to, whatever physics makes of it: terms go through the
// recording and remember what they would. Of the caller.
typedef struct co_row_lead {
  const double *qpos, *qvel;  // (nq), (nv); NULL: nowhere
  double *made;               // (nq + nv) gets what physics made
} co_row_lead;

typedef struct co_row {
  const co_binding *binding;
  co_physics *physics;  // owned
  co_rng rng;           // of resets
  co_rng signal;        // of commands within an episode
  co_rng noise;         // of noise, drops and pushes, so that commands stay the same
  co_rng domain;        // of what is drawn at resets
  int64_t episode;      // resets so far
  int64_t faults;       // so far
  int64_t step;         // control steps of this episode
  int64_t age;          // and of those before
  int64_t variant;      // of the pool
  bool fault;           // must be reset before anything else
  bool acted;           // the state is what a control step has left, not a reset or a load
  double *obs;          // (obs_dim) last observation, owned block
  double *state;        // (state_size) of terms
  double *command;      // (num_commands)
  double *held;         // (num_commands) NAN: as the task draws it; of the row, not of its bytes
  double *action;       // (act_dim) of the last step, zeros after a reset
  double *previous;     // (act_dim) of the step before
  double *drawn;        // (plan->drawn) of this episode
  double *ranges;       // (plan->num_ranges) from which the next reset draws
  double *drawn_from;   // (plan->num_ranges) from which `drawn` was drawn
  co_signal_row path;   // of the signal path
  double *loaded;       // (plan->drawn + 2 num_ranges) scratch
  double *raw;          // (raw_dim) scratch
  double *clipped;      // (act_dim) scratch
  double *arrived;      // (act_dim) scratch: what the signal path made of the action
  double *control;      // (act_dim) scratch
  double *late;         // (num_pd) scratch: targets as they reach the motors
  double *force;        // (nv) scratch: torques of actuators
  const double *seen;   // (obs_dim) what the policy gets: obs, or what the map makes of it
  co_map_row map;
  co_row_lead lead;  // of the next step; no part of a saved row
} co_row;

typedef struct co_row_result {
  double reward;
  double *terms;    // (num_rewards) weighted, or NULL; the caller's
  double *metrics;  // (CO_NUM_STEP_METRICS) or NULL; the caller's
  bool terminated, truncated, success, fault;
} co_row_result;

co_status co_row_create(const co_binding *binding, const co_stream *stream, uint32_t index,
                        co_row *out);
void co_row_free(co_row *row);

// Puts a map between task and policy, in place of the one before: takes over the row's part of it,
// which is then empty. The row must be reset afterwards.
void co_row_set_map(co_row *row, co_map_row *part);

// Starts an episode from the row's stream and observes.
co_status co_row_reset(co_row *row);

// The two halves of it: draws and nominal state, everything else zero; then, after qpos and qvel
// were written, derived quantities and the observation.
co_status co_row_clear(co_row *row);
co_status co_row_start(co_row *row);

// Makes the row what row `episode` (below 2^30) of a newly created env with this stream is after
// its first reset, and so forgets everything that it went through: any episode of a stream can be
// played alone, in any row. Later resets go on in that stream.
co_status co_row_begin(co_row *row, const co_stream *stream, uint32_t episode);

// Starts the row's episode anew from these positions (nq) and velocities (nv) of the nominal model:
// everything that is not drawn is as after a reset; numbers of the domain, commands and bodies
// placed by hand stay as they were drawn. The row must have been reset. CO_DATA for other lengths
// and for what is not finite, which change nothing; CO_INTERNAL when the observation there is not
// finite, and then the row must be reset.
co_status co_row_place(co_row *row, const co_env_state *wanted);

// The numbers that the row has drawn, in the order of co_env_info.draw, and putting others in their
// place (row_draws.c): the state stays, they act from the next step on. The row must have been
// reset. CO_DATA for another count and for what no row draws, which change nothing; else what the
// engine says, and then the row must be reset.
void co_row_get_draws(const co_row *row, double *value);
co_status co_row_set_draws(co_row *row, const double *value, int count);

// Commands from the next start on (num_commands), NAN: as the task draws it; NULL: all of them are.
void co_row_hold(co_row *row, const double *command);

// One control step under the policy's action. A non-finite action, state, observation or reward is
// a fault, on either side of a map: observation, reward and metrics are then 0.
co_status co_row_step(co_row *row, const double *action, co_row_result *result);

// A row as bytes. Restoring puts the drawn numbers anew and computes nothing else; CO_DATA when the
// bytes cannot be a row of this binding that was ever reset, and then the row stays as it was. What
// a map keeps (co_map_row_size) stands behind the row's own bytes.
size_t co_row_size(const co_binding *binding);
void co_row_save(const co_row *row, void *bytes);
co_status co_row_load(co_row *row, const void *bytes);

#endif  // ENVS_WORLD_ROW_H_
