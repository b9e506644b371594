// Replays a recorded trajectory in double and says by how much every field differs.
//
// File: JSON with init_qpos, init_qvel, init_obs, action[n], obs[n], reward[n], terminated[n],
// truncated[n], info.NAME[n], checkpoints[{after_step, qpos, qvel, qacc_warmstart}], final_qpos,
// final_qvel; the pendulum has state[n] (angle, rate). Info is compared where NAME is a reward term
// of the task. Parameters of the recorded task (kwargs) must be those of the task here. Steps count
// from 1; 0 is the initial observation. Windows restart at each checkpoint and run to the next,
// which separates wrong physics from the growth of rounding errors.
//
// A file with data[{obs, action, qpos, qvel}] is a log of a policy instead: each entry is what was
// before its action, final_qpos and final_qvel come last. Fields are then obs (1e-5: recorded as
// float32) and state (qpos and qvel; exact: 0), and windows start at every step.

#ifndef ENVS_RECORD_REPLAY_H_
#define ENVS_RECORD_REPLAY_H_

#include "envs/world/world.h"

typedef struct co_replay_options {
  bool windows;
  double tolerance;  // of observations; NAN: that of the task (co_replay_tolerance)
  bool exact;        // tolerance of the same library and processor kind, every step
} co_replay_options;

typedef struct co_replay_field {
  char name[CO_NAME + 8];  // "obs", "reward", "info.NAME", "final_qpos", "final_qvel", "state"
  double tolerance;
  double max_abs;
  int at_step;      // of max_abs
  int first_above;  // -1: none
} co_replay_field;

typedef struct co_replay_flags {
  int mismatches;
  int first;  // -1: none
} co_replay_flags;

typedef struct co_replay_windows {
  int count;
  int *restart;  // (count) after which step each starts, owned
  double max_abs;
  int first_above;  // -1: none
} co_replay_windows;

enum { CO_REPLAY_FIELDS = 32, CO_REPLAY_WORST = 10, CO_REPLAY_CLAIMS = 8 };

// An element of the observation, or of a log's state, where it differs most.
typedef struct co_replay_worst {
  char element[CO_NAME];
  int step;
  double recorded, computed;
} co_replay_worst;

// A member of the file about the world that is not what the task has, both as text for people.
typedef struct co_replay_claim {
  char member[16];  // "control_dt", "timestep", "substeps", "command", "mujoco"
  char recorded[96], here[96];
} co_replay_claim;

typedef struct co_replay {
  int steps;
  double tolerance;  // of observations
  int judged_steps;  // differences after this step are shown but do not count against `ok`
  int fault;         // first step after which the row was not finite, and so read 0; -1: none
  bool is_dump;      // a fault is what the file is about: its field `fault` judges it
  bool ok;
  int num_fields;
  co_replay_field field[CO_REPLAY_FIELDS];
  co_replay_flags terminated, truncated;
  bool has_windows;
  co_replay_windows windows;
  int num_worst;  // elements that differ at all, the largest difference first: of the observation,
                  // then of the state
  co_replay_worst worst[CO_REPLAY_WORST];
  int num_claims;  // they do not count against `ok`: what they change shows in the numbers
  co_replay_claim claim[CO_REPLAY_CLAIMS];
} co_replay;

// Recommended tolerances of the reference data: for another processor, math library or order of
// summation, and for windows of 10 steps. The kind of a recording is its `action_kind` ("uniform",
// "smooth", ...), or "beyond" when it goes on after a termination.
typedef struct co_tolerance {
  const char *task, *kind;  // NULL: any
  double obs, state, window;
  int steps;  // judged; 0: all
  int late;   // judged up to here by a hundred times as much; 0: none
} co_tolerance;
co_tolerance co_replay_tolerance(const char *task, const char *kind);

// Plays a file of either kind in a row of its own. Errors: CO_NO_INPUT, CO_DATA with "FILE: FIELD:
// text"; nothing is left to free then. A difference above the tolerance, or a fault, is not an
// error, but `ok`. Thread-safe for different results: the world is only read.
co_status co_replay_file(const co_built_world *world, const char *path,
                         const co_replay_options *options, co_replay *out);
void co_replay_free(co_replay *replay);

#endif  // ENVS_RECORD_REPLAY_H_
