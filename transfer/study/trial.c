#include "transfer/study/trial.h"

#include "core/file.h"
#include "core/memory.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- expansion ----

const char *co_trial_strategy(const co_study *study, const co_trial *trial, char room[CO_NAME]) {
  if (trial->data >= 0) return co_study_data(study, trial->data)->name;
  if (trial->kind != CO_TRIAL_ORACLE)
    return trial->strategy < 0 ? "-" : study->strategy[trial->strategy].name;
  co_study_scratch_name(study, trial->target, trial->algorithm, room);
  return room;
}

static void put_part(const char *name, char out[CO_NAME]) {
  snprintf(out, CO_NAME, "%s", name);
}

static void name_trial(const co_study *study, co_trial *trial) {
  char room[CO_NAME];
  co_trial_parts parts = {.kind = trial->kind,
                          .seed = trial->seed,
                          .stage = trial->stage,
                          .candidate = trial->candidate};
  put_part(trial->source < 0 ? "-" : co_study_source(study, trial->source)->name, parts.source);
  put_part(trial->target < 0 ? "-" : co_study_target(study, trial->target)->name, parts.target);
  put_part(co_trial_strategy(study, trial, room), parts.strategy);
  co_trial_id_print(&parts, trial->id);
}

// A trial of which `kind`, world and seed are still to be said.
static co_trial none(co_trial_kind kind, int seed) {
  return (co_trial){.kind = kind,
                    .source = -1,
                    .target = -1,
                    .strategy = -1,
                    .data = -1,
                    .seed = seed,
                    .stage = -1,
                    .candidate = -1};
}

// `trial` is of the algorithm that its strategy, target and source say, unless it has one.
static void add(const co_study *study, co_trials *trials, co_trial trial) {
  co_trial *place = &trials->trial[trials->count++];
  *place = trial;
  if (!place->algorithm)
    place->algorithm = co_study_algorithm(study, trial.source, trial.target, trial.strategy);
  name_trial(study, place);
}

// What fails shows in the arena.
static void add_need(co_trials *trials, co_trial *trial, int of, const char *file) {
  size_t count = (size_t)trial->num_needs;
  co_trial_need *need = co_arena_alloc(&trials->arena, count + 1, sizeof *need);
  if (!need) return;
  if (count) memcpy(need, trial->need, count * sizeof *need);
  need[count] = (co_trial_need){of, file};
  trial->need = need;
  trial->num_needs++;
}

static int source_trial(const co_trials *trials, int source, int seed) {
  return trials->first_source[source] + seed;
}

// One oracle of each algorithm that can train in the target alone.
static void add_oracles(const co_study *study, co_trials *trials, int target) {
  co_algorithm_set here;
  if (!co_study_target(study, target)->oracle_steps) return;
  co_study_algorithms_in(study, target, &here);
  for (int i = 0; i < here.count; i++)
    for (int seed = 0; seed < study->def.seeds && co_algorithm_has_scratch(here.item[i]); seed++) {
      co_trial trial = none(CO_TRIAL_ORACLE, seed);
      trial.target = target;
      trial.algorithm = here.item[i];
      add(study, trials, trial);
    }
}

static void add_references(const co_study *study, co_trials *trials) {
  for (int t = 0; t < study->def.targets.count; t++) add_oracles(study, trials, t);
  for (int s = 0; s < study->def.sources.count; s++) {
    co_trial trial = none(CO_TRIAL_RANDOM, 0);
    trial.source = s;
    add(study, trials, trial);
  }
  for (int t = 0; t < study->def.targets.count; t++) {
    co_trial trial = none(CO_TRIAL_RANDOM, 0);
    trial.target = t;
    add(study, trials, trial);
  }
}

// `source`, `target` -1: it depends on none. The algorithm is that of the policy that acts.
static void add_recording(const co_study *study, co_trials *trials, int data, int source,
                          int target) {
  bool acts = co_data_needs_policy(co_study_data(study, data));
  for (int seed = 0; seed < study->def.seeds; seed++) {
    co_trial trial = none(CO_TRIAL_DATA, seed);
    trial.data = data;
    trial.source = source;
    trial.target = target;
    if (acts) trial.algorithm = co_study_algorithm(study, source, -1, -1);
    if (acts) add_need(trials, &trial, source_trial(trials, source, seed), CO_FILE_POLICY);
    add(study, trials, trial);
  }
}

static void add_data(const co_study *study, co_trials *trials, int data) {
  const co_data_def *def = co_study_data(study, data);
  bool in_target = def->in == CO_IN_TARGET;
  trials->first_set[data] = trials->count;
  if (co_data_is_kept(def)) return;
  for (int s = -1; s < study->def.sources.count; s++)
    for (int t = 0; t < (in_target ? study->def.targets.count : 1); t++)
      if (co_data_is_of(study, def, s)) add_recording(study, trials, data, s, in_target ? t : -1);
}

// The trial of a set that a transfer takes: sets lie source by source, target by target.
static int data_trial(const co_study *study, const co_trials *trials, int data,
                      const co_trial *of) {
  const co_data_def *def = co_study_data(study, data);
  bool in_target = def->in == CO_IN_TARGET, of_each = co_data_has_source(def) && !def->source;
  int targets = in_target ? study->def.targets.count : 1;
  int place = (of_each ? of->source : 0) * targets + (in_target ? of->target : 0);
  return trials->first_set[data] + place * (int)study->def.seeds + of->seed;
}

// The trial of a source whose replay a transfer takes.
static int keeping_trial(const co_study *study, const co_trials *trials, int data,
                         const co_trial *of) {
  const char *named = co_study_data(study, data)->source;
  return source_trial(trials, named ? co_study_find_source(study, named) : of->source, of->seed);
}

static void add_data_needs(const co_study *study, co_trials *trials, const co_strings *names,
                           co_trial *trial) {
  for (int i = 0; i < names->count; i++) {
    int data = co_study_find_data(study, names->value[i]);
    if (co_data_is_kept(co_study_data(study, data)))
      add_need(trials, trial, keeping_trial(study, trials, data, trial), CO_FILE_REPLAY);
    else
      add_need(trials, trial, data_trial(study, trials, data, trial), CO_FILE_DATA);
  }
}

// Those that learn from their worlds alone, or those that learn from data; source-major.
static void add_sources(const co_study *study, co_trials *trials, bool from_data) {
  for (int s = 0; s < study->def.sources.count; s++) {
    const co_strings *names = &co_study_source(study, s)->data;
    if ((names->count > 0) != from_data) continue;
    trials->first_source[s] = trials->count;
    for (int seed = 0; seed < study->def.seeds; seed++) {
      co_trial trial = none(CO_TRIAL_SOURCE, seed);
      trial.source = s;
      add_data_needs(study, trials, names, &trial);
      add(study, trials, trial);
    }
  }
}

// Whether a source learns from the set, which then comes before that source.
static bool is_of_a_source(const co_study *study, int data) {
  const char *name = co_study_data(study, data)->name;
  for (int s = 0; s < study->def.sources.count; s++) {
    const co_strings *names = &co_study_source(study, s)->data;
    for (int i = 0; i < names->count; i++)
      if (strcmp(names->value[i], name) == 0) return true;
  }
  return false;
}

static void add_sets(const co_study *study, co_trials *trials, bool of_sources) {
  for (int d = 0; d < study->def.data.count; d++)
    if (is_of_a_source(study, d) == of_sources) add_data(study, trials, d);
}

// From source `source`, -1: of a strategy that has none.
static void add_transfer(const co_study *study, co_trials *trials, int strategy, int source,
                         int target, int seed) {
  co_trial trial = none(CO_TRIAL_TRANSFER, seed);
  trial.source = source;
  trial.target = target;
  trial.strategy = strategy;
  if (source >= 0 && !co_strategy_copies_nothing(&study->strategy[strategy]))
    add_need(trials, &trial, source_trial(trials, source, seed), CO_FILE_POLICY);
  add_data_needs(study, trials, &study->strategy[strategy].data, &trial);
  add(study, trials, trial);
}

static void add_transfers(const co_study *study, co_trials *trials, int strategy) {
  bool from_source = co_study_has_source(study, strategy);
  for (int s = 0; s < (from_source ? study->def.sources.count : 1); s++)
    for (int t = 0; t < study->def.targets.count; t++)
      for (int seed = 0; seed < study->def.seeds && co_study_has_strategy(study, t, strategy);
           seed++)
        add_transfer(study, trials, strategy, from_source ? s : -1, t, seed);
}

co_status co_trials_expand(const co_study *study, co_trials *out) {
  size_t sources = (size_t)study->def.sources.count, targets = (size_t)study->def.targets.count;
  size_t seeds = (size_t)study->def.seeds, strategies = (size_t)study->num_strategies;
  size_t most = seeds * (sources + CO_NUM_ALGORITHMS * targets + sources * targets * strategies) +
                sources + targets +
                seeds * (size_t)study->def.data.count * sources * (targets ? targets : 1);
  co_trials trials = {.trial = co_alloc(most, sizeof(co_trial))};
  trials.first_set =
      co_arena_alloc(&trials.arena, (size_t)study->def.data.count, sizeof *trials.first_set);
  trials.first_source = co_arena_alloc(&trials.arena, sources, sizeof *trials.first_source);
  if (!trials.trial || !trials.first_set || !trials.first_source)
    return co_trials_free(&trials), CO_MEMORY;
  add_sources(study, &trials, false);
  add_sets(study, &trials, true);
  add_sources(study, &trials, true);
  add_references(study, &trials);
  add_sets(study, &trials, false);
  add_transfers(study, &trials, study->zero_shot);
  for (int i = 0; i < study->num_strategies; i++)
    if (i != study->zero_shot) add_transfers(study, &trials, i);
  co_status status = co_arena_status(&trials.arena);
  if (status == CO_OK)
    *out = trials;
  else
    co_trials_free(&trials);
  return status;
}

void co_trials_free(co_trials *trials) {
  free(trials->trial);
  co_arena_free(&trials->arena);
  *trials = (co_trials){0};
}

int co_trials_find(const co_trials *trials, const char *id) {
  for (int i = 0; i < trials->count; i++)
    if (strcmp(trials->trial[i].id, id) == 0) return i;
  return -1;
}

int co_trial_policy_of(const co_trial *trial) {
  for (int i = 0; i < trial->num_needs; i++)
    if (strcmp(trial->need[i].file, CO_FILE_POLICY) == 0) return trial->need[i].trial;
  return -1;
}

bool co_trial_acts_at_random(const co_study *study, const co_trial *trial) {
  return trial->kind == CO_TRIAL_RANDOM ||
         (trial->data >= 0 && !co_data_needs_policy(co_study_data(study, trial->data)));
}

bool co_trial_keeps_replay(const co_study *study, const co_trial *trial) {
  return trial->kind == CO_TRIAL_SOURCE && co_study_source(study, trial->source)->keep_replay;
}

const co_source_env *co_trial_source_env(const co_study *study, const co_trial *trial) {
  return trial->kind == CO_TRIAL_TRANSFER ? study->strategy[trial->strategy].source_env : NULL;
}

// ---- budgets ----

int64_t co_trial_train_steps(const co_study *study, const co_trial *trial) {
  if (!(co_trial_kind_table[trial->kind].leaves & CO_LEAVES_POLICY)) return 0;
  if (trial->kind == CO_TRIAL_SOURCE) return co_study_source(study, trial->source)->steps;
  const co_target_def *target = co_study_target(study, trial->target);
  if (trial->kind == CO_TRIAL_ORACLE) return target->oracle_steps;
  return co_strategy_trains(&study->strategy[trial->strategy]) ? target->steps : 0;
}

int64_t co_trial_eval_episodes(const co_study *study, const co_trial *trial) {
  if (trial->kind == CO_TRIAL_RANDOM) return study->def.random_episodes;
  if (trial->data >= 0) return co_study_data(study, trial->data)->episodes;
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
