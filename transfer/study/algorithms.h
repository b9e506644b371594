// Which algorithm trains where in a study: a strategy's own, else the target's, else the source's.
//
// A strategy that trains nothing shows what the source's training made, so it stays with that one's
// algorithm. `scratch` has, unless it names its own, the target's or that of the first source; for
// every other algorithm that a strategy trains with in the target there is another one,
// scratch_NAME, and so it is with oracles.

#ifndef TRANSFER_STUDY_ALGORITHMS_H_
#define TRANSFER_STUDY_ALGORITHMS_H_

#include "agents/learn/algorithm.h"
#include "transfer/study/study_def.h"

// Each algorithm once, in the order in which they were found.
typedef struct co_algorithm_set {
  const co_algorithm *item[CO_NUM_ALGORITHMS];
  int count;
} co_algorithm_set;

bool co_algorithm_set_has(const co_algorithm_set *set, const co_algorithm *algorithm);

// Of a trial. `target` -1: in the source; `source` -1: from none; `strategy` -1: the first
// reference.
const co_algorithm *co_study_algorithm(const co_study *study, int source, int target, int strategy);

// What the strategies of a target train with, that of `scratch` and of the first oracle in front.
void co_study_algorithms_in(const co_study *study, int target, co_algorithm_set *out);
// The same and the sources' own: of all policies that are evaluated there.
void co_study_algorithms_met(const co_study *study, int target, co_algorithm_set *out);
void co_study_algorithms(const co_study *study, co_algorithm_set *out);  // of all policies

// Whether trials of the strategy exist in the target: not of a scratch_NAME whose algorithm is not
// needed there.
bool co_study_has_strategy(const co_study *study, int target, int strategy);

// Whether an algorithm can learn in a target alone: not from data only.
bool co_algorithm_has_scratch(const co_algorithm *algorithm);

// [env steps] of a source's training: none of a policy's file, nor of what learns from data alone.
int64_t co_source_env_steps(const co_source_def *source);

// Index of the strategy that is an algorithm's scratch in the target; -1: the study has none.
int co_study_scratch(const co_study *study, int target, const co_algorithm *algorithm);

// "scratch" of the first algorithm of the target, "scratch_sac" of another one.
void co_study_scratch_name(const co_study *study, int target, const co_algorithm *algorithm,
                           char out[CO_NAME]);

#endif  // TRANSFER_STUDY_ALGORITHMS_H_
