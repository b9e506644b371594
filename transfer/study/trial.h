// Trials: what a study consists of, and how one is run.
//
// A trial's id never changes when the study grows (transfer/study/trial_id.h). Its folder holds
// policy.safetensors, of a set of data data.codata instead, timing.csv, log.txt and, written last,
// done.json; before that checkpoints in a folder `checkpoint`, from which it goes on
// (transfer/run/training.h). A trial is done when done.json carries the hash of its own effective
// definition and of its inputs, and the file that it leaves still has the recorded hash; anything
// else starts over. Bytes of done.json and that file depend on the definition and the inputs only.

#ifndef TRANSFER_STUDY_TRIAL_H_
#define TRANSFER_STUDY_TRIAL_H_

#include "agents/policy/evaluate.h"
#include "core/json.h"
#include "transfer/study/study.h"
#include "transfer/study/trial_id.h"

#include <signal.h>

// Files that trials leave to other trials.
#define CO_FILE_POLICY "policy.safetensors"
#define CO_FILE_DATA "data.codata"
#define CO_FILE_REPLAY "replay.codata"  // of a source that keeps its replay

// A file of another trial, which has to be done before.
typedef struct co_trial_need {
  int trial;         // index
  const char *file;  // CO_FILE_POLICY, ...
} co_trial_need;

typedef struct co_trial {
  char id[CO_TRIAL_ID];
  co_trial_kind kind;
  // indices in the study, -1 where they don't apply; data: the set that is recorded
  int source, target, strategy, data;
  int seed, stage, candidate;  // stage, candidate -1: none
  const co_trial_need *need;   // (num_needs), in the arena of its list; at most one policy
  int num_needs;
  const co_algorithm *algorithm;  // that trains it, or trains in its world where nothing is trained
} co_trial;

typedef struct co_trials {
  co_trial *trial;  // (count) in the order of their needs, owned
  int count;
  // (data sets of the study) index of the first trial of each; of one that was kept there is none
  int *first_set;     // in the arena
  int *first_source;  // (sources) the same of each source, in the arena
  co_arena arena;     // of the needs
} co_trials;

co_status co_trials_expand(const co_study *study, co_trials *out);
void co_trials_free(co_trials *trials);
// Name of the strategy: for oracles that of the scratch of their algorithm, of recorded data that
// of the set, "-" where there is none.
const char *co_trial_strategy(const co_study *study, const co_trial *trial, char room[CO_NAME]);
int co_trials_find(const co_trials *trials, const char *id);  // -1 when missing
// Index of the trial whose policy it needs, -1: none.
int co_trial_policy_of(const co_trial *trial);

// Whether its episodes are those of random actions.
bool co_trial_acts_at_random(const co_study *study, const co_trial *trial);

// Whether it leaves what its learner's replay holds at the end, CO_FILE_REPLAY.
bool co_trial_keeps_replay(const co_study *study, const co_trial *trial);

// What it does in its source's world on the way; NULL: nothing.
const co_source_env *co_trial_source_env(const co_study *study, const co_trial *trial);

// Planned env steps of training, of what learns from data alone gradient steps, and episodes of
// evaluations or of the set that is recorded.
int64_t co_trial_train_steps(const co_study *study, const co_trial *trial);
int64_t co_trial_eval_episodes(const co_study *study, const co_trial *trial);

// What trials are run with; constant during a run.
typedef struct co_trial_context {
  const co_study *study;
  const co_trials *trials;
  const co_world_source *worlds;
  const char *dir;    // of the study
  const char *build;  // what the program was built from, goes into records
  const char *libc;   // C library (core/libc.h), goes into records
  co_pool *pool;
  bool tensorboard;                   // event files too
  double checkpoint_s;                // least time between two checkpoints [s]; 0: every update
  const volatile sig_atomic_t *stop;  // non-zero: CO_INTERRUPTED between two updates; may be NULL
  // called with the env steps of the trial so far, now and then; may be NULL
  void (*progress)(void *context, int64_t env_steps);
  void (*writes)(void *context);  // called once nothing but files is left of a trial; may be NULL
  void *progress_context;
  double began;      // co_clock_wall when the trial was asked for of this process; 0: nobody did
  double began_cpu;  // its co_clock_cpu then
} co_trial_context;

// CO_INTERRUPTED, which the same command goes on from; the other one once `stop` is set.
co_status co_trial_interrupted(void);
co_status co_trial_check_stop(const co_trial_context *context);

// Runs one trial into its folder, from its newest checkpoint or from the beginning. CO_NO_INPUT
// when the trial it needs is not done; CO_INTERRUPTED.
co_status co_trial_run(const co_trial_context *context, const co_trial *trial);

// Whether the trial is done with its present definition. Reads files; errors of reading count as
// not done.
co_status co_trial_is_done(const co_trial_context *context, const co_trial *trial, bool *out);

// What a call leaves to do where a trial is done: removes checkpoints that a kill has left, and
// with `tensorboard` writes an event file that is lost, or is not what the trial's log says.
co_status co_trial_refresh(const co_trial_context *context, const co_trial *trial);

// Path of a file in the trial's folder, malloc'd; NULL when out of memory.
char *co_trial_path(const co_trial_context *context, const co_trial *trial, const char *file);

#endif  // TRANSFER_STUDY_TRIAL_H_
