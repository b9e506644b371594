// What a replay is asked and what it finds. Types only; envs/record/replay.h fills them.

#ifndef ENVS_RECORD_COMPARISON_H_
#define ENVS_RECORD_COMPARISON_H_

#include "core/text.h"

#include <stdbool.h>

typedef struct co_replay_options {
  bool windows;
  double tolerance;  // of observations; NAN: that of the task (co_replay_tolerance)
  bool exact;        // tolerance of the same library and processor kind, every step
  bool led;  // of a log: every step is led to the recorded state, so that the observation is
             // that of recorded states; "state_step" is what one step of physics makes
} co_replay_options;

typedef struct co_replay_field {
  char name[CO_NAME + 8];  // "obs", "reward", "info.NAME", "final_qpos", "final_qvel", "state",
                           // "state_step"
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

#endif  // ENVS_RECORD_COMPARISON_H_
