// What somebody recorded of a policy: per control step the observation that it got, the action that
// it gave, and where they are kept, positions and velocities before the action.
//
// Formats, by what lies in the file (docs/formats.md, recordings):
//   JSON  a log {"data": [{obs, action, qpos, qvel}]}, a list of such steps alone or under "steps",
//         "frames", "rollout" or "trajectory", or columns {"obs": [[...]], "action": [[...]], ...}
//   npz   arrays obs (steps x numbers), action, qpos, qvel; reset or episode_step where episodes
//         begin. A folder is that of its golden.npz
//   CSV   a line of names, obs_0 ... action_0 ... qpos_0 ... qvel_0 ..., perhaps episode or reset
// obs may be called observation or observations, action actions; what else there is, is skipped.
//
// Every length is checked before use, and all numbers are finite. Errors are CO_DATA with "FILE:
// what[step]: text" or "FILE:LINE: text"; CO_NO_INPUT. Thread-safe for different rollouts.

#ifndef TRANSFER_IMPORT_ROLLOUT_H_
#define TRANSFER_IMPORT_ROLLOUT_H_

#include "core/json.h"
#include "core/status.h"

#include <stdbool.h>

typedef struct co_rollout {
  int steps, episodes;
  int obs_dim, act_dim;
  int nq, nv;           // 0: no states were recorded
  double *obs;          // (steps x obs_dim), owned
  bool *has_obs;        // (steps) those of later steps may have been left out, owned
  double *action;       // (steps x act_dim), owned
  double *qpos, *qvel;  // (steps x nq), (steps x nv), owned; NULL without states
  bool *begins;         // (steps) an episode begins with this step, owned
  bool is_log;          // the file is a log as envs/record/replay.h reads it
} co_rollout;

co_status co_rollout_read(const char *path, co_rollout *out);
// The same of bytes; `path` names them.
co_status co_rollout_parse(const void *bytes, size_t size, const char *path, co_rollout *out);
void co_rollout_free(co_rollout *rollout);

// Its first episode as a log for replay, a new object. CO_DATA where there are no states, or more
// numbers than a log should hold.
co_status co_rollout_log(const co_rollout *rollout, const char *path, co_json **out);

// A recording of any format as replay takes it: an object of JSON as it is, which may be a
// trajectory or a dump, all others as above.
co_status co_rollout_read_log(const char *path, co_json **out);

#endif  // TRANSFER_IMPORT_ROLLOUT_H_
