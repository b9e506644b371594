// One training of its own, outside of any study: the policy's file, with checkpoints in
// FILE.checkpoint and logs in FILE.log beside it.
//
// Two steps, since what the first reads decides what the caller may still want to say: open, then
// fill what is left of `training` (pool, budget of checkpoints, build, progress, stop), then run.

#ifndef TRANSFER_RUN_SINGLE_H_
#define TRANSFER_RUN_SINGLE_H_

#include "agents/policy/home.h"
#include "transfer/run/training.h"

// Constant while the training lives; all of it is borrowed.
typedef struct co_single_def {
  const co_world_source *worlds;
  const char *task;
  const co_node *domain;   // list of shifts, or NULL
  const char *const *set;  // (num_set) edits: "learning." ones of the algorithm's settings, all
                           // others of the world
  int num_set;
  const char *algorithm;  // NULL: the source policy's, else "ppo"
  uint64_t seed;
  int64_t steps, evaluations, final_episodes;
  // the policy to start from, NULL: none, and then nothing below counts
  const co_policy *source;
  const char *source_path;     // of its file, for messages
  const co_node *source_home;  // shifts that it was trained with, or NULL
  const char *strategy;        // a name, or "{ base = ...; train = ...; }"; NULL: "full"
} co_single_def;

// Must stay where it was opened: its training points into it.
typedef struct co_single {
  const co_single_def *def;
  co_training_def training;
  co_strategy strategy;       // of training.strategy
  co_world home;              // of training.home
  co_found_task source_task;  // that of the policy to start from
  co_arena arena;             // owns settings, edits and the strategy
  // what came out of it
  co_record record;
  co_training_cost cost;
  co_policy *policy;  // owned; NULL: there is none
} co_single;

// Reads algorithm, settings and strategy. A source policy brings its network, which edits may
// change, and is shown in its own world at step 0 and at the end where that is found here
// (co_home_source). CO_USAGE for an unknown algorithm, CO_CONFIG for settings and strategies,
// errors of the world. On failure there is nothing to be freed.
co_status co_single_open(const co_single_def *def, co_single *out);
void co_single_free(co_single *single);

// Trains, and writes the policy to `path`. Before anything is begun: CO_CREATE where that cannot be
// written or another one trains into it, CO_INTERRUPTED where `stop` is set already. A call that
// fails later keeps its checkpoints, from which the next one goes on, unless the training itself
// diverged (CO_DIVERGED, with the place of what it left); a file that was there stays. With a
// policy written there are no checkpoints any more.
co_status co_single_run(co_single *single, const char *path);

#endif  // TRANSFER_RUN_SINGLE_H_
