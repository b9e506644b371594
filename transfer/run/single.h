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
  const char *map;         // file of the map that the policy sees the task behind, or NULL
  const char *const *set;  // (num_set) edits: "learning." ones of the algorithm's settings, all
                           // others of the world
  int num_set;
  const char *algorithm;    // NULL: the source policy's, or that of its head; else "ppo"
  const char *const *data;  // (num_data) files of sets to learn from
  int num_data;
  uint64_t seed;
  int64_t steps;  // < 0: 300,000 env steps; 20,000 gradient steps where there are no others
  int64_t evaluations, final_episodes;
  // the policy to start from, NULL: none, and then nothing below counts
  const co_policy *source;
  const char *source_path;     // of its file, for messages
  const co_node *source_home;  // shifts that it was trained with, or NULL
  const char *strategy;        // a name, or "{ base = ...; train = ...; }"; NULL: "full", and of a
                               // source of another program, without critics, "critic_warmup"
} co_single_def;

// Must stay where it was opened: its training points into it.
typedef struct co_single {
  const co_single_def *def;
  co_training_def training;
  co_strategy strategy;       // of training.strategy
  co_data_sets data;          // of training.data, owned
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
// (co_home_source); it may be moved to this task (co_home_enforce). Data are opened, and compared
// with the world. CO_USAGE for an unknown algorithm, or data that it needs or has no use for;
// CO_CONFIG for settings and strategies and for data of another world; errors of the world and of
// the files. On failure there is nothing to be freed.
co_status co_single_open(const co_single_def *def, co_single *out);
void co_single_free(co_single *single);

// Trains, and writes the policy to `path`, and what is kept of a replay to training.replay, also
// where the training diverged. Before anything is begun: CO_CREATE where one of them cannot be
// written or another one trains into it, CO_INTERRUPTED where `stop` is set already. A call that
// fails later keeps its checkpoints, from which the next one goes on, unless the training itself
// diverged (CO_DIVERGED, with the place of what it left); a file that was there stays. With a
// policy written there are no checkpoints any more.
co_status co_single_run(co_single *single, const char *path);

#endif  // TRANSFER_RUN_SINGLE_H_
