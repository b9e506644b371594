#include "transfer/study/algorithms.h"

#include "transfer/study/data.h"

#include <stdio.h>

bool co_algorithm_set_has(const co_algorithm_set *set, const co_algorithm *algorithm) {
  for (int i = 0; i < set->count; i++)
    if (set->item[i] == algorithm) return true;
  return false;
}

static void add(const co_algorithm *algorithm, co_algorithm_set *set) {
  if (!co_algorithm_set_has(set, algorithm)) set->item[set->count++] = algorithm;
}

// `strategy` NULL: none
static const char *name_of(const co_study *study, int source, int target,
                           const co_strategy *strategy) {
  const char *sources = co_study_source(study, source < 0 ? 0 : source)->algorithm;
  if (target < 0) return sources;
  if (strategy && strategy->algorithm) return strategy->algorithm;
  if (strategy && source >= 0 && !co_strategy_trains(strategy)) return sources;
  const char *targets = co_study_target(study, target)->algorithm;
  return targets ? targets : sources;
}

const co_algorithm *co_study_algorithm(const co_study *study, int source, int target,
                                       int strategy) {
  if (strategy < 0) strategy = study->scratch;
  const co_strategy *of = strategy < 0 ? NULL : &study->strategy[strategy];
  return co_algorithm_find(name_of(study, source, target, of));
}

void co_study_algorithms_in(const co_study *study, int target, co_algorithm_set *out) {
  *out = (co_algorithm_set){0};
  add(co_study_algorithm(study, -1, target, -1), out);
  for (int k = 0; k < study->num_strategies; k++) {
    const co_strategy *strategy = &study->strategy[k];
    if (strategy->added || !co_strategy_trains(strategy)) continue;
    bool of_each = co_study_has_source(study, k);
    for (int s = 0; s < (of_each ? study->def.sources.count : 1); s++)
      add(co_study_algorithm(study, of_each ? s : -1, target, k), out);
  }
}

static void add_sources(const co_study *study, co_algorithm_set *out) {
  for (int s = 0; s < study->def.sources.count; s++) add(co_study_algorithm(study, s, -1, -1), out);
}

void co_study_algorithms_met(const co_study *study, int target, co_algorithm_set *out) {
  co_study_algorithms_in(study, target, out);
  add_sources(study, out);
}

void co_study_algorithms(const co_study *study, co_algorithm_set *out) {
  *out = (co_algorithm_set){0};
  add_sources(study, out);
  for (int t = 0; t < study->def.targets.count; t++) {
    co_algorithm_set here;
    co_study_algorithms_in(study, t, &here);
    for (int i = 0; i < here.count; i++) add(here.item[i], out);
  }
}

bool co_algorithm_has_scratch(const co_algorithm *algorithm) {
  return !(algorithm->needs & CO_NEEDS_DATA);
}

int64_t co_source_env_steps(const co_source_def *source) {
  return co_algorithm_steps(co_algorithm_find(source->algorithm), source->steps, 0);
}

bool co_study_has_strategy(const co_study *study, int target, int strategy) {
  if (!study->strategy[strategy].added) return true;
  co_algorithm_set here;
  co_study_algorithms_in(study, target, &here);
  const co_algorithm *own = co_study_algorithm(study, -1, target, strategy);
  return own != here.item[0] && co_algorithm_set_has(&here, own);
}

int co_study_scratch(const co_study *study, int target, const co_algorithm *algorithm) {
  if (study->scratch < 0 || algorithm == co_study_algorithm(study, -1, target, study->scratch))
    return study->scratch;
  for (int k = 0; k < study->num_strategies; k++)
    if (study->strategy[k].added && co_study_algorithm(study, -1, target, k) == algorithm &&
        co_study_has_strategy(study, target, k))
      return k;
  return -1;
}

void co_study_scratch_name(const co_study *study, int target, const co_algorithm *algorithm,
                           char out[CO_NAME]) {
  bool first = algorithm == co_study_algorithm(study, -1, target, -1);
  snprintf(out, CO_NAME, "scratch%s%s", first ? "" : "_", first ? "" : algorithm->name);
}
