// Settings of algorithms as studies write them.
//
// `learning = { ppo = { rate = 1e-4; }; sac = { ... }; }` of a study, a source or a target holds
// them by algorithm. Keys that stand directly in it belong to the only algorithm of a study that
// has one.

#ifndef TRANSFER_STUDY_LEARNING_H_
#define TRANSFER_STUDY_LEARNING_H_

#include "agents/learn/algorithm.h"
#include "transfer/study/study_def.h"

// Settings of the algorithm in a training: its defaults, then the study's `learning`, then the
// world's own. In targets some defaults are others (co_algorithm.in_target: the rate is constant
// unless the target says otherwise, docs/methods.md rule 3). `settings` has the schema's size;
// arrays in `arena`.
co_status co_study_settings(const co_study *study, const co_algorithm *algorithm,
                            const co_node *own, bool in_target, co_arena *arena, void *settings);

// Checks every `learning` of a study, each mistake at its line.
void co_learning_check(const co_study *study, co_schema_errors *errors);

#endif  // TRANSFER_STUDY_LEARNING_H_
