#include "transfer/folder/policies.h"

#include "core/config/config_file.h"
#include "core/file.h"
#include "core/memory.h"
#include "transfer/run/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- names

static const char *source_name(const co_study *study, int i) {
  return co_study_source(study, i)->name;
}

static const char *target_name(const co_study *study, int i) {
  return co_study_target(study, i)->name;
}

typedef const char *(*name_of)(const co_study *study, int i);

static co_status find(const co_study *study, const char *what, name_of at, int count,
                      const char *name, int *out) {
  for (*out = 0; name && *out < count && strcmp(at(study, *out), name) != 0;) ++*out;
  if (*out < count) return CO_OK;
  return co_fail(CO_CONFIG, "study \"%s\" has no %s \"%s\"; the first of %d is \"%s\"",
                 study->def.name, what, name, count, at(study, 0));
}

static void name_policy(const co_study *study, const co_trial *trial, char *out) {
  char room[CO_NAME], oracle[CO_NAME + 8];
  const char *what =
      trial->kind == CO_TRIAL_SOURCE ? "source" : co_trial_strategy(study, trial, room);
  if (trial->kind == CO_TRIAL_ORACLE) {  // "oracle", "oracle_sac"
    snprintf(oracle, sizeof oracle, "oracle%s", what + strlen("scratch"));
    what = oracle;
  }
  snprintf(out, CO_NAME, "%.48s, seed %d", what, trial->seed);
}

int co_folder_policies_find(const co_folder_policies *policies, const char *name) {
  for (int i = 0; i < policies->count; i++) {
    if (strcmp(policies->name[i], name) == 0) return i;
  }
  return -1;
}

// ---- reading

// Whether a trial plays in this target, or is what it starts from.
static bool is_wanted(const co_folder_policies *p, const co_trial *trial) {
  switch (trial->kind) {
    case CO_TRIAL_SOURCE: return trial->source == p->source;
    case CO_TRIAL_ORACLE: return trial->target == p->target;
    case CO_TRIAL_TRANSFER:
      return trial->target == p->target && (trial->source < 0 || trial->source == p->source);
    default: return false;
  }
}

static co_status load_policy(const co_trial_context *context, const co_trial *trial,
                             co_policy **out) {
  char *path = co_trial_path(context, trial, "policy.safetensors");
  if (!path) return CO_MEMORY;
  co_status status = co_file_exists(path) ? co_policy_load(path, out) : CO_OK;
  free(path);
  return status;
}

// The policy that a transfer started from, NULL: none, or another trial's than those read so far.
static const co_policy *source_of(const co_folder_policies *p, const co_trial *trial) {
  char name[CO_NAME];
  if (trial->kind != CO_TRIAL_TRANSFER || co_trial_policy_of(trial) < 0) return NULL;
  const co_trial source = {.kind = CO_TRIAL_SOURCE, .seed = trial->seed};
  name_policy(p->study, &source, name);
  int at = co_folder_policies_find(p, name);
  return at >= 0 ? p->policy[at] : NULL;
}

static void take_record(const co_record *record, const co_tensor_fates *fates) {
  for (int i = 0; i < record->num_tensors; i++) {
    const co_tensor_record *from = &record->tensor[i];
    co_tensor_fate *fate = co_tensor_fates_find(fates, from->name);
    if (!fate) continue;
    snprintf(fate->status, sizeof fate->status, "%s", from->status);
    fate->trained = from->trained ? CO_KNOWN_YES : CO_KNOWN_NO;
  }
}

static co_status add_fates(const co_trial_context *context, const co_trial *trial,
                           const co_policy *policy, co_folder_policies *p) {
  co_record record;
  char *path = co_trial_path(context, trial, "done.json");
  if (!path) return CO_MEMORY;
  co_status status = co_record_read(path, &record);
  free(path);
  if (status != CO_OK && status != CO_NO_INPUT) return status;
  co_status made = co_tensor_fates_make(policy, source_of(p, trial), &p->fates[p->count]);
  if (status == CO_OK && made == CO_OK) take_record(&record, &p->fates[p->count]);
  if (status == CO_OK) co_record_free(&record);
  return made;
}

static co_status add_policy(const co_trial_context *context, const co_trial *trial,
                            co_folder_policies *p) {
  co_policy *policy = NULL;
  CO_TRY(load_policy(context, trial, &policy));
  if (!policy) return CO_OK;
  co_status status = add_fates(context, trial, policy, p);
  if (status != CO_OK) {
    co_policy_free(policy);
    return status;
  }
  name_policy(p->study, trial, p->name[p->count]);
  p->policy[p->count++] = policy;
  return CO_OK;
}

static co_status add_policies(const char *dir, const co_trials *trials, co_folder_policies *p) {
  const co_trial_context context = {.study = p->study, .trials = trials, .dir = dir};
  p->name = co_alloc((size_t)trials->count + 1, sizeof *p->name);
  p->policy = co_alloc((size_t)trials->count + 1, sizeof(co_policy *));
  p->fates = co_alloc((size_t)trials->count + 1, sizeof *p->fates);
  if (!p->name || !p->policy || !p->fates) return CO_MEMORY;
  for (int i = 0; i < trials->count; i++) {
    if (is_wanted(p, &trials->trial[i])) CO_TRY(add_policy(&context, &trials->trial[i], p));
  }
  if (p->count) return CO_OK;
  return co_fail(CO_NO_INPUT, "%s: no trial of source \"%s\" and target \"%s\" is done", dir,
                 source_name(p->study, p->source), target_name(p->study, p->target));
}

// ---- task files

static co_status take_path(char *path, char **out) {
  if (path && co_file_exists(path)) {
    *out = path;
    return CO_OK;
  }
  free(path);
  return path ? CO_OK : CO_MEMORY;
}

// Here, else in the folders above the study's.
static co_status find_task(const char *dir, const char *task, char **out) {
  char *folder = realpath(dir, NULL);
  co_status status =
      folder ? CO_OK : co_fail(CO_IO, "%s: cannot find the folder: %s", dir, strerror(errno));
  if (status == CO_OK && (!co_config_is_path(task) || co_file_exists(task))) {
    *out = co_strdup(task);
    if (!*out) status = CO_MEMORY;
  }
  bool absolute = *task == '/';
  while (status == CO_OK && !*out && !absolute && strcmp(folder, "/") != 0) {
    char *above = co_path_dir(folder);
    status = above ? take_path(co_path_join(above, task), out) : CO_MEMORY;
    free(folder);
    folder = above;
  }
  free(folder);
  return status;
}

static co_status read_study(const char *dir, co_study **out) {
  char *path = co_path_join(dir, "study.cfg");
  if (!path) return CO_MEMORY;
  co_status status = co_study_read(path, NULL, 0, out);
  free(path);
  return status == CO_NO_INPUT ? co_fail_context(status, "%s is no study's folder", dir) : status;
}

static co_status fill(const char *dir, const char *source, const char *target,
                      co_folder_policies *p) {
  co_trials trials;
  CO_TRY(read_study(dir, &p->study));
  const co_study_def *def = &p->study->def;
  CO_TRY(find(p->study, "source", source_name, def->sources.count, source, &p->source));
  CO_TRY(find(p->study, "target", target_name, def->targets.count, target, &p->target));
  CO_TRY(find_task(dir, co_study_source(p->study, p->source)->task, &p->task[0]));
  CO_TRY(find_task(dir, co_study_target(p->study, p->target)->task, &p->task[1]));
  CO_TRY(co_trials_expand(p->study, &trials));
  co_status status = add_policies(dir, &trials, p);
  co_trials_free(&trials);
  return status;
}

co_status co_folder_policies_read(const char *dir, const char *source, const char *target,
                                  co_folder_policies *out) {
  *out = (co_folder_policies){0};
  co_status status = fill(dir, source, target, out);
  if (status != CO_OK) co_folder_policies_free(out);
  return status;
}

void co_folder_policies_free(co_folder_policies *policies) {
  for (int i = 0; i < policies->count; i++) {
    co_policy_free(policies->policy[i]);
    co_tensor_fates_free(&policies->fates[i]);
  }
  free(policies->name);
  free(policies->policy);
  free(policies->fates);
  for (int i = 0; i < 2; i++) free(policies->task[i]);
  co_study_free(policies->study);
  *policies = (co_folder_policies){0};
}
