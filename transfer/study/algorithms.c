#include "transfer/study/algorithms.h"

bool co_algorithm_set_has(const co_algorithm_set *set, const co_algorithm *algorithm) {
  for (int i = 0; i < set->count; i++)
    if (set->item[i] == algorithm) return true;
  return false;
}

static void add(const co_algorithm *algorithm, co_algorithm_set *set) {
  if (!co_algorithm_set_has(set, algorithm)) set->item[set->count++] = algorithm;
}

const co_algorithm *co_study_algorithm(const co_study *study, int source) {
  return co_algorithm_find(co_study_source(study, source)->algorithm);
}

void co_study_algorithms(const co_study *study, co_algorithm_set *out) {
  *out = (co_algorithm_set){0};
  for (int i = 0; i < study->def.sources.count; i++) add(co_study_algorithm(study, i), out);
}
