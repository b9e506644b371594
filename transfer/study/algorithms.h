// Which algorithm trains where in a study.

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

// Of a training from or in this source.
const co_algorithm *co_study_algorithm(const co_study *study, int source);
void co_study_algorithms(const co_study *study, co_algorithm_set *out);  // of all trainings

#endif  // TRANSFER_STUDY_ALGORITHMS_H_
