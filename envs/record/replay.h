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

#include "core/json.h"
#include "envs/record/comparison.h"
#include "envs/world/world.h"

// Recommended tolerances of the reference data.
co_tolerance co_replay_tolerance(const char *task, const char *kind);

// Plays a file of either kind in a row of its own. Errors: CO_NO_INPUT, CO_DATA with "FILE: FIELD:
// text"; nothing is left to free then. A difference above the tolerance, or a fault, is not an
// error, but `ok`. Thread-safe for different results: the world is only read.
co_status co_replay_file(const co_built_world *world, const char *path,
                         const co_replay_options *options, co_replay *out);
// The same with what was read of it, or made of a recording in another format; `path` names it.
co_status co_replay_json(const co_built_world *world, const co_json *file, const char *path,
                         const co_replay_options *options, co_replay *out);
void co_replay_free(co_replay *replay);

#endif  // ENVS_RECORD_REPLAY_H_
