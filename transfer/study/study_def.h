// A study as a value: what its file says, and the strategies that it resolves to. Types only;
// transfer/study/study.h reads them.

#ifndef TRANSFER_STUDY_STUDY_DEF_H_
#define TRANSFER_STUDY_STUDY_DEF_H_

#include "transfer/study/strategy.h"

// The world a policy comes from.
typedef struct co_source_def {
  const char *name, *task;
  const co_node *domain;    // list of shifts or NULL
  const char *map;          // as co_world.map
  const char *algorithm;    // of its training, and of transfers that name no other
  int64_t steps;            // of training [env steps; gradient steps from data]; 0 with `policy`
  co_strings policy;        // files instead of training: one per seed, or one for all
  const co_node *learning;  // settings by algorithm, over the study's, or NULL
  bool keep_replay;         // what its learner's replay holds at the end is kept as data
  co_strings data;          // sets of the study that it learns from
} co_source_def;

typedef enum co_if_not_live { CO_NOT_LIVE_STOP, CO_NOT_LIVE_SKIP, CO_NOT_LIVE_RUN } co_if_not_live;

// The world it goes to.
typedef struct co_target_def {
  const char *name, *task;
  const co_node *domain;
  const char *map;       // as co_world.map: every policy there sees the task behind it
  int64_t steps;         // [env steps] of every strategy that trains
  int64_t oracle_steps;  // [env steps] of the long scratch run; 0: none
  double threshold;  // return that counts as learned; NAN: from random and oracle (docs/methods.md
                     // rule 13)
  int if_not_live;   // co_if_not_live
  const char *algorithm;  // of strategies without their own, NULL: the source's
  const co_node *learning;
} co_target_def;

// Who acts in the episodes of a data set, and whose world they are played in.
typedef enum co_data_actions {
  CO_ACTIONS_POLICY,   // of a source, as in evaluations
  CO_ACTIONS_SAMPLED,  // drawn from its distribution, as in training
  CO_ACTIONS_RANDOM,   // uniform within their bounds
  CO_ACTIONS_KEPT,     // those of its training: its kept replay, and nothing is played
} co_data_actions;
typedef enum co_data_place { CO_IN_SOURCE, CO_IN_TARGET } co_data_place;

// A data set that is recorded, or was kept (transfer/study/data.h).
typedef struct co_data_def {
  const char *name;
  int64_t episodes;    // 0: it was kept
  int actions, in;     // co_data_actions, co_data_place
  const char *source;  // NULL: one of each
} co_data_def;

// A planned comparison of final returns; NULL source or target: from or in each of them.
typedef struct co_comparison_def {
  const char *strategy;
  const char *against;  // NULL: scratch of the strategy's algorithm
  const char *source, *target;
} co_comparison_def;

typedef struct co_study_def {
  int64_t format;
  const char *name;     // of the study; a folder belongs to one name
  int64_t seed, seeds;  // of all streams; number of source seeds
  int64_t episodes, final_episodes, random_episodes;
  int64_t evaluations;      // points of a curve, step 0 and the last included
  int64_t bootstrap;        // repetitions of every interval
  const co_node *learning;  // settings by algorithm, or NULL (learning.h)
  co_list sources;          // of co_source_def
  co_list targets;          // of co_target_def
  co_list strategies;       // of co_strategy_def
  co_list data;             // of co_data_def
  co_list comparisons;      // of co_comparison_def, the planned family (transfer/study/family.h)
} co_study_def;

typedef struct co_study {
  co_study_def def;
  co_list builtin;  // built-in strategies
  // the study's, zero_shot added in front when it is not among them, scratches of other algorithms
  // behind them
  int num_strategies;
  co_strategy *strategy;   // (num_strategies), resolved
  int zero_shot, scratch;  // indices; scratch -1: none
  co_node *root;           // the file with its edits, owned
  co_arena arena;
} co_study;

static inline const co_source_def *co_study_source(const co_study *study, int index) {
  return (const co_source_def *)study->def.sources.item + index;
}
static inline const co_target_def *co_study_target(const co_study *study, int index) {
  return (const co_target_def *)study->def.targets.item + index;
}
static inline const co_data_def *co_study_data(const co_study *study, int index) {
  return (const co_data_def *)study->def.data.item + index;
}

#endif  // TRANSFER_STUDY_STUDY_DEF_H_
