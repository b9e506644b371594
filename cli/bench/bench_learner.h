// What benches of learners share.

#ifndef CLI_BENCH_BENCH_LEARNER_H_
#define CLI_BENCH_BENCH_LEARNER_H_

#include "agents/learn/algorithm.h"
#include "agents/learn/ppo/ppo.h"
#include "agents/policy/evaluate.h"
#include "agents/policy/interval.h"
#include "cli/args.h"
#include "cli/bench/bench.h"
#include "cli/worlds.h"
#include "core/config/schema.h"

// --hidden "64,64" into `width`, which `out` borrows; without the option `out` stays as it is.
co_status bench_hidden(const cli_args *args, double width[CO_MAX_HIDDEN], co_floats *out);

// PPO's settings as --envs, --horizon, --hidden, --epochs and --minibatch give them over those that
// `def` holds, and the members that print them.
co_status bench_ppo_settings(const cli_args *args, double width[CO_MAX_HIDDEN], co_ppo_def *def);
void bench_add_ppo_settings(const co_ppo_def *def, co_json *object);

// One training: its times, and `speed` as the kind counts it.
typedef struct bench_cost {
  double wall_s, cpu_s, speed;
  co_learner_stats stats;
} bench_cost;

// A training under way: its rows, its policy, its learner.
typedef struct bench_training {
  cli_env env;
  co_policy *policy;
  co_learner *learner;
  double final_return;  // of the last rollout that ended an episode; NAN: none did
  int64_t allocations;
} bench_training;

// The same training, once per repeat: all end with the same numbers.
typedef struct bench_trainings {
  const co_algorithm *algorithm;
  const void *settings;  // of the algorithm, borrowed
  int64_t steps;         // env steps of each
  co_world world;
  const char *set[CLI_MAX_VALUES];  // edits of the world
  co_arena arena;                   // what edits of the settings need
  co_pool *pool;                    // owned
  bench_cost *cost;                 // (repeats) owned
  int count;                        // done
  int64_t allocations;
  double final_return;
  uint64_t params_hash;
  // Called with each learner before and after its training; NULL: not.
  co_status (*begin)(co_learner *learner);
  void (*end)(void *context, const co_learner *learner);
  void *context;
  int64_t episodes;      // that the trained policy is evaluated on
  co_evaluation result;  // of it
  co_interval interval;  // of the interquartile mean
} bench_trainings;

// Reads --steps (`steps` unless given), --episodes, --task (`task`) and --set, and starts the pool.
// Edits that begin with "learning." change `settings`, which hold what the options of the kind say,
// and are checked as those of a study; all others edit the task. CO_CONFIG names an edit that is
// wrong.
co_status bench_trainings_prepare(const bench *b, const co_algorithm *algorithm, void *settings,
                                  const char *task, int64_t steps, bench_trainings *out);
void bench_trainings_free(bench_trainings *trainings);

// Opens the training of a seed: a fresh policy, and a learner for it. To be closed, also after a
// failure; `out` is zero before.
co_status bench_training_open(const bench_trainings *all, uint64_t seed, bench_training *out);
void bench_training_close(const bench_trainings *all, bench_training *training);

// Trains once; *out is the next of `cost`. Opening the world is not timed: a study opens it once
// and trains for minutes. Nor is the evaluation of the policy, which follows the first training,
// since all end with the same one.
co_status bench_train(const bench *b, bench_trainings *trainings, bench_cost **out);

// The repeat whose speed is the median, or next to it.
const bench_cost *bench_median_cost(const bench *b, const bench_trainings *trainings);

// The edits as they were given.
co_json *bench_set_json(const bench *b);

// Members that all learners have: before and after those of the kind.
void bench_add_times(const bench *b, const bench_trainings *trainings, co_json *object);
void bench_add_outcome(const bench_trainings *trainings, co_json *object);

// Multiply-adds in registers on all threads of the pool at once, for `seconds`: what no product can
// beat [floating-point operations/s].
double bench_fma_peak(co_pool *pool, double seconds);

#endif  // CLI_BENCH_BENCH_LEARNER_H_
