// One training from start to finish: a policy prepared by a strategy (or fresh), shown at step 0,
// trained, evaluated on the way and at the end. Trials of a study and `carryover train` both are
// this.

#ifndef TRANSFER_RUN_TRAINING_H_
#define TRANSFER_RUN_TRAINING_H_

#include "transfer/run/record.h"

#include <signal.h>

// Trainings in a target draw from streams of their own (seed number + this): what is fresh there
// must not be what the source started from, or a new head would only be rewound.
enum { CO_TARGET_STREAMS = 1 << 20 };

typedef struct co_training_def {
  const char *name;  // for messages
  const char *kind;  // of trial, for its definition; NULL: "train"
  bool quiet;        // says nothing of points of the curve
  const co_world_source *worlds;
  co_world world;  // where it trains and is evaluated
  // Where the source policy and, at the end, the trained one are evaluated, and where it takes
  // steps on the way if its strategy says so; NULL: nowhere.
  const co_world *home;
  const co_algorithm *algorithm;  // NULL: random actions are evaluated
  const void *settings;
  const co_strategy *strategy;   // NULL: everything fresh and trained
  const co_policy *source;       // policy it starts from, or that acts; NULL: none
  const co_data_def *recording;  // set that is recorded, and nothing trained; NULL: none
  const co_data_sets *data;      // that it learns from, which fit the world; NULL: none
  uint64_t seed;
  uint32_t number;  // of the seed, < CO_TARGET_STREAMS
  int64_t steps;    // of training (co_algorithm_steps), 0: evaluation only
  int64_t evaluations, episodes, final_episodes;
  bool in_source;  // the world is a study's source: where evaluations are said to be
  bool in_target;  // the training belongs to a target: streams of its own
  co_pool *pool;
  // Where its checkpoints lie, made when missing, and the least time between two of them [s], 0:
  // one after every update. NULL: none are written, and it starts from the beginning.
  const char *folder;
  double checkpoint_s;
  // Where its logs (transfer/run/private/train_log.h) and, in `faults`, the last states of faulty
  // rows go, made when missing; with events for TensorBoard. NULL: nowhere. Who keeps the result
  // sees to it that they are on the disk (co_train_log_keep).
  const char *logs;
  bool tensorboard;
  // What its learner still has at the end is kept as data, in this file; only of an algorithm that
  // has add_data. A definition alone needs no file.
  bool keep_replay;
  const char *replay;
  const char *build, *libc;           // of the program: others start from the beginning
  const volatile sig_atomic_t *stop;  // non-zero: checkpoint, CO_INTERRUPTED; NULL: never
  // Steps of training and env steps of evaluations so far; NULL: nobody is told.
  void (*progress)(void *context, int64_t steps);
  void *progress_context;
  double began;      // co_clock_wall when it was asked for, 0: the start's time is not told
  double began_cpu;  // co_clock_cpu of its process then
} co_training_def;

// Cost of a phase, for timing.csv. After a kill it goes on from the checkpoint's: work that was
// lost is not in it.
typedef struct co_cost {
  double wall_s, cpu_s, flop;
  int64_t env_steps, gradient_steps;
} co_cost;

typedef struct co_training_cost {
  co_cost start;  // until the first evaluation: its process, its worlds, its policy
  co_cost train, evaluate;
} co_training_cost;

// Fills record (points, tensors, step 0, counts) and gives the policy, which the caller frees.
// A training that diverges is a result: record->status and ->failed say so, the policy is the last
// finite one, NULL where not even that has a return, and the status is CO_OK (docs/methods.md rule
// 18).
//
// With a folder it goes on from the newest whole checkpoint of the same definition, inputs,
// build and C library, to the same record and policy as without a stop, on any number of threads.
// Checkpoints are written between updates, behind the point of the curve; the caller removes the
// folder when it has kept the result. One that cannot be written is a warning; when `stop` asked
// for it, an error.
co_status co_training_run(const co_training_def *def, co_record *record, co_training_cost *cost,
                          co_policy **policy);

// Updates of a training behind which point k of its curve lies, k from 0 to points - 1, points at
// least 2: round(k updates / (points - 1)). Of few updates several points are one.
int64_t co_training_point(int64_t k, int64_t updates, int64_t points);

// What has passed since it was asked for, as the start's time.
void co_training_account_start(const co_training_def *def, co_training_cost *cost);

// The evaluations alone, of a finished policy: step 0 of the curve and the final one.
co_status co_training_evaluate(const co_training_def *def, co_policy *policy, co_record *record,
                               co_training_cost *cost);

// Final evaluation of uniform random actions over `final_episodes`.
co_status co_training_random(const co_training_def *def, co_record *record, co_training_cost *cost);

#endif  // TRANSFER_RUN_TRAINING_H_
