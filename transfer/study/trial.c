#include "transfer/study/trial.h"

#include "core/file.h"
#include "core/memory.h"
#include "transfer/study/algorithms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_trial_kind_names[] = {"source", "oracle", "random", "transfer", NULL};

// ---- expansion ----

const char *co_trial_strategy(const co_study *study, const co_trial *trial, char room[CO_NAME]) {
  if (trial->kind != CO_TRIAL_ORACLE)
    return trial->strategy < 0 ? "-" : study->strategy[trial->strategy].name;
  co_study_scratch_name(study, trial->target, trial->algorithm, room);
  return room;
}

static void name_trial(const co_study *study, co_trial *trial) {
  char room[CO_NAME];
  const char *source = trial->source < 0 ? "-" : co_study_source(study, trial->source)->name;
  const char *target = trial->target < 0 ? "-" : co_study_target(study, trial->target)->name;
  snprintf(trial->id, sizeof trial->id, "%s.%s.%s.%s.s%d", co_trial_kind_names[trial->kind], source,
           target, co_trial_strategy(study, trial, room), trial->seed);
}

// `trial` is of the algorithm that its strategy, target and source say, unless it has one.
static void add(const co_study *study, co_trials *trials, co_trial trial) {
  co_trial *place = &trials->trial[trials->count++];
  *place = trial;
  if (!place->algorithm)
    place->algorithm = co_study_algorithm(study, trial.source, trial.target, trial.strategy);
  name_trial(study, place);
}

static void add_sources(const co_study *study, co_trials *trials) {
  for (int s = 0; s < study->def.sources.count; s++)
    for (int seed = 0; seed < study->def.seeds; seed++)
      add(study, trials, (co_trial){{0}, CO_TRIAL_SOURCE, s, -1, -1, seed, -1, NULL});
}

// One oracle of each algorithm that trains in the target.
static void add_oracles(const co_study *study, co_trials *trials, int target) {
  co_algorithm_set here;
  if (!co_study_target(study, target)->oracle_steps) return;
  co_study_algorithms_in(study, target, &here);
  for (int i = 0; i < here.count; i++)
    for (int seed = 0; seed < study->def.seeds; seed++)
      add(study, trials, (co_trial){{0}, CO_TRIAL_ORACLE, -1, target, -1, seed, -1, here.item[i]});
}

static void add_references(const co_study *study, co_trials *trials) {
  for (int t = 0; t < study->def.targets.count; t++) add_oracles(study, trials, t);
  for (int s = 0; s < study->def.sources.count; s++)
    add(study, trials, (co_trial){{0}, CO_TRIAL_RANDOM, s, -1, -1, 0, -1, NULL});
  for (int t = 0; t < study->def.targets.count; t++)
    add(study, trials, (co_trial){{0}, CO_TRIAL_RANDOM, -1, t, -1, 0, -1, NULL});
}

// source trials come first in the list, source-major, so their index follows from source and seed
static void add_transfers(const co_study *study, co_trials *trials, int strategy) {
  bool from_source = !co_strategy_copies_nothing(&study->strategy[strategy]);
  int seeds = (int)study->def.seeds;
  for (int s = 0; s < (from_source ? study->def.sources.count : 1); s++)
    for (int t = 0; t < study->def.targets.count; t++)
      for (int seed = 0; seed < seeds && co_study_has_strategy(study, t, strategy); seed++)
        add(study, trials,
            (co_trial){{0},
                       CO_TRIAL_TRANSFER,
                       from_source ? s : -1,
                       t,
                       strategy,
                       seed,
                       from_source ? s * seeds + seed : -1,
                       NULL});
}

co_status co_trials_expand(const co_study *study, co_trials *out) {
  size_t sources = (size_t)study->def.sources.count, targets = (size_t)study->def.targets.count;
  size_t seeds = (size_t)study->def.seeds, strategies = (size_t)study->num_strategies;
  size_t most = seeds * (sources + CO_NUM_ALGORITHMS * targets + sources * targets * strategies) +
                sources + targets;
  co_trials trials = {.trial = co_alloc(most, sizeof(co_trial))};
  if (!trials.trial) return CO_MEMORY;
  add_sources(study, &trials);
  add_references(study, &trials);
  add_transfers(study, &trials, study->zero_shot);
  for (int i = 0; i < study->num_strategies; i++)
    if (i != study->zero_shot) add_transfers(study, &trials, i);
  *out = trials;
  return CO_OK;
}

void co_trials_free(co_trials *trials) {
  free(trials->trial);
  *trials = (co_trials){0};
}

int co_trials_find(const co_trials *trials, const char *id) {
  for (int i = 0; i < trials->count; i++)
    if (strcmp(trials->trial[i].id, id) == 0) return i;
  return -1;
}

// ---- budgets ----

int64_t co_trial_train_steps(const co_study *study, const co_trial *trial) {
  switch (trial->kind) {
    case CO_TRIAL_SOURCE: return co_study_source(study, trial->source)->steps;
    case CO_TRIAL_ORACLE: return co_study_target(study, trial->target)->oracle_steps;
    case CO_TRIAL_RANDOM: return 0;
    case CO_TRIAL_TRANSFER:
      return co_strategy_trains(&study->strategy[trial->strategy])
                 ? co_study_target(study, trial->target)->steps
                 : 0;
  }
  return 0;
}

int64_t co_trial_eval_episodes(const co_study *study, const co_trial *trial) {
  if (trial->kind == CO_TRIAL_RANDOM) return study->def.random_episodes;
  int64_t points = co_trial_train_steps(study, trial) ? study->def.evaluations : 1;
  int64_t finals = trial->kind == CO_TRIAL_SOURCE ? 1 : 2;
  return points * study->def.episodes + finals * study->def.final_episodes;
}

co_status co_trial_interrupted(void) {
  return co_fail(CO_INTERRUPTED, "interrupted; the same command goes on from here");
}

co_status co_trial_check_stop(const co_trial_context *context) {
  return context->stop && *context->stop ? co_trial_interrupted() : CO_OK;
}

char *co_trial_path(const co_trial_context *context, const co_trial *trial, const char *file) {
  char relative[CO_TRIAL_ID + 64];
  snprintf(relative, sizeof relative, "trials/%s%s%s", trial->id, *file ? "/" : "", file);
  return co_path_join(context->dir, relative);
}
