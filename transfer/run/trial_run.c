// One trial from definition to done.json.

#include "agents/policy/zoo.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "transfer/run/definition.h"
#include "transfer/run/private/train_log.h"
#include "transfer/run/recording.h"
#include "transfer/run/times.h"
#include "transfer/run/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// everything a running trial holds
typedef struct running {
  const co_trial_context *context;
  const co_trial *trial;
  co_arena arena;
  co_policy *source;  // the policy it starts from, NULL: none
  co_policy *policy;  // the trial's own, NULL: none
  co_data_sets data;  // that it learns from
  bool has_logs;      // it trains
  co_record record;
  co_training_cost cost;
} running;

// ---- inputs ----

static co_status hash_file(const char *path, const char *name, co_file_record *file) {
  char *found;
  CO_TRY(co_zoo_find(path, &found));
  snprintf(file->name, sizeof file->name, "%s", name);
  co_status status = co_file_hash(found, &file->hash);
  free(found);
  return status;
}

static co_status add_input(running *r, const char *name, const char *path) {
  co_record *record = &r->record;
  co_file_record *input =
      co_realloc(record->input, (size_t)record->num_inputs + 1, sizeof *record->input);
  if (!input) return CO_MEMORY;
  record->input = input;
  return hash_file(path, name, &input[record->num_inputs++]);
}

static const char *path_in(running *r, const co_trial *trial, const char *file) {
  char *path = co_trial_path(r->context, trial, file);
  const char *kept = path ? co_arena_strdup(&r->arena, path) : NULL;
  free(path);
  return kept;
}

static const char *own_path(running *r, const char *file) {
  return path_in(r, r->trial, file);
}

static bool is_policy(const co_trial_need *need) {
  return strcmp(need->file, CO_FILE_POLICY) == 0;
}

static co_status take_need(running *r, const co_trial_need *need, const char **path) {
  const co_trial *of = &r->context->trials->trial[need->trial];
  char name[CO_INPUT_NAME];
  *path = path_in(r, of, need->file);
  if (!*path) return CO_MEMORY;
  if (!co_file_exists(*path))
    return co_fail(CO_NO_INPUT, "%s needs the %s of %s, which is not done", r->trial->id,
                   is_policy(need) ? "policy" : "data", of->id);
  if (is_policy(need)) CO_TRY(co_policy_load(*path, &r->source));
  co_record_input_name(of->id, need->file, name);
  return add_input(r, name, *path);
}

// Of a source that diverged at once nothing may have been kept.
static co_status check_data(const co_data_sets *data) {
  for (int i = 0; i < data->count; i++)
    if (!data->set[i].transitions)
      return co_fail(CO_DATA, "%s: there are no transitions to learn from", data->path[i]);
  return CO_OK;
}

// Files may be others than those that were planned with.
static co_status check_world(const running *r, const co_training_def *def) {
  if (!r->data.count) return CO_OK;
  co_world_facts facts;
  CO_TRY(def->worlds->describe(def->worlds->context, &def->world, &facts));
  co_status status = co_data_sets_check(&r->data, facts.info);
  co_world_facts_drop(&facts);
  return status;
}

// What is no policy is data.
static co_status take_needs(running *r) {
  int count = r->trial->num_needs, data = 0;
  const char **path = co_arena_alloc(&r->arena, (size_t)count + 1, sizeof *path);
  if (!path) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    CO_TRY(take_need(r, &r->trial->need[i], &path[data]));
    data += !is_policy(&r->trial->need[i]);
  }
  CO_TRY(co_data_sets_open(path, data, &r->data));
  return check_data(&r->data);
}

static co_status run_training(running *r, co_training_def *def) {
  def->folder = own_path(r, "checkpoint");
  def->logs = own_path(r, "");
  if (!def->folder || !def->logs) return CO_MEMORY;
  if (def->keep_replay && !(def->replay = own_path(r, CO_FILE_REPLAY))) return CO_MEMORY;
  CO_TRY(take_needs(r));
  CO_TRY(check_world(r, def));
  def->source = r->source;
  def->data = r->data.count ? &r->data : NULL;
  r->has_logs = def->steps > 0;
  return co_training_run(def, &r->record, &r->cost, &r->policy);
}

static co_status run_recording(running *r, co_training_def *def) {
  const char *path = own_path(r, CO_FILE_DATA);
  if (!path) return CO_MEMORY;
  CO_TRY(take_needs(r));
  def->source = r->source;
  return co_recording_run(def, path, &r->record, &r->cost);
}

// a source given as files: loaded, checked against its world, evaluated
static co_status run_given_policy(running *r, const co_training_def *def) {
  const co_source_def *source = co_study_source(r->context->study, r->trial->source);
  const char *path = source->policy.value[source->policy.count > 1 ? r->trial->seed : 0];
  CO_TRY(add_input(r, co_path_base(path), path));
  CO_TRY(co_policy_load(path, &r->policy));
  co_status status = co_training_evaluate(def, r->policy, &r->record, &r->cost);
  return status == CO_CONFIG ? co_fail_context(status, "%s", path) : status;
}

static co_status run_kind(running *r, co_training_def *def) {
  if (r->trial->kind == CO_TRIAL_RANDOM) return co_training_random(def, &r->record, &r->cost);
  if (r->trial->kind == CO_TRIAL_DATA) return run_recording(r, def);
  if (r->trial->kind == CO_TRIAL_SOURCE &&
      co_study_source(r->context->study, r->trial->source)->policy.count)
    return run_given_policy(r, def);
  return run_training(r, def);
}

// ---- files ----

// Files that the record speaks of are on the disk before it is, and only then: together that takes
// a part of what it takes one by one.
static co_status put_file(const running *r, const char *name, const co_buf *text) {
  CO_TRY(co_buf_status(text));
  char *path = co_trial_path(r->context, r->trial, name);
  if (!path) return CO_MEMORY;
  co_status status = co_file_put(path, text->data, text->size);
  free(path);
  return status;
}

static co_status write_policy(running *r) {
  if (!r->policy) return CO_OK;
  co_buf bytes = {0};
  co_status status = co_policy_write(r->policy, &bytes);
  if (status == CO_OK) status = put_file(r, "policy.safetensors", &bytes);
  if (status == CO_OK) r->record.policy_hash = co_hash(bytes.data, bytes.size);
  co_buf_free(&bytes);
  return status;
}

static co_status write_timing(const running *r) {
  co_buf text = {0};
  if (r->cost.start.wall_s > 0) co_timing_row(r->trial->id, "start", &r->cost.start, &text);
  if (r->cost.train.env_steps + r->cost.train.gradient_steps)
    co_timing_row(r->trial->id, "train", &r->cost.train, &text);
  co_timing_row(r->trial->id, "evaluate", &r->cost.evaluate, &text);
  co_status status = put_file(r, "timing.csv", &text);
  co_buf_free(&text);
  return status;
}

// What trains has logs, and they are results: their hashes show when one was lost or changed. Event
// files are there when asked for, and only repeat what the others say.
static co_status note_logs(running *r) {
  static const int kept[CO_MAX_LOGS] = {CO_LOG_JSONL, CO_LOG_CSV};
  for (int i = 0; r->has_logs && i < CO_MAX_LOGS; i++) {
    const char *name = co_train_log_names[kept[i]];
    char *path = co_trial_path(r->context, r->trial, name);
    if (!path) return CO_MEMORY;
    co_status status = hash_file(path, name, &r->record.log[r->record.num_logs++]);
    free(path);
    CO_TRY(status);
  }
  return CO_OK;
}

static co_status sync_files(const running *r) {
  const char *name[2 + CO_NUM_LOGS] = {"policy.safetensors", "timing.csv"};
  char *path[2 + CO_NUM_LOGS];
  co_status status = CO_OK;
  for (int i = 0; i < CO_NUM_LOGS; i++) name[2 + i] = co_train_log_names[i];
  for (int i = 0; i < 2 + CO_NUM_LOGS; i++) {
    path[i] = co_trial_path(r->context, r->trial, name[i]);
    if (!path[i]) status = CO_MEMORY;
    if (path[i]) co_file_begin_sync(path[i]);
  }
  for (int i = 0; i < 2 + CO_NUM_LOGS; i++) {
    if (status == CO_OK && co_file_exists(path[i])) status = co_file_sync(path[i]);
    free(path[i]);
  }
  return status;
}

static co_status write_record(const running *r) {
  co_buf text = {0};
  char *path = co_trial_path(r->context, r->trial, "done.json");
  co_status status = path ? co_record_write(&r->record, &text) : CO_MEMORY;
  if (status == CO_OK) status = co_file_write(path, text.data, text.size);
  co_buf_free(&text);
  free(path);
  return status;
}

static co_status remove_in(const char *folder, const char *name) {
  char *path = co_path_join(folder, name);
  if (!path) return CO_MEMORY;
  bool failed = co_file_exists(path) && remove(path) != 0;
  free(path);
  return failed ? co_fail(CO_IO, "%s: cannot remove %s", folder, name) : CO_OK;
}

// Only done.json makes a trial finished, so it goes first when one starts over; then what a killed
// worker left. Its output and the lock are open already; checkpoints and dumps of faults lie in
// folders, and logs belong to checkpoints: what goes on from one, or starts over, sees to them.
static bool stays(const char *name) {
  if (strcmp(name, "log.txt") == 0 || strcmp(name, "lock") == 0) return true;
  for (int i = 0; i < CO_NUM_LOGS; i++)
    if (strcmp(name, co_train_log_names[i]) == 0) return true;
  return false;
}

static co_status clear_folder(const running *r) {
  char *folder = co_trial_path(r->context, r->trial, "");
  if (!folder) return CO_MEMORY;
  co_names names = {0};
  co_status status = co_dir_create(folder);
  if (status == CO_OK) status = remove_in(folder, "done.json");
  if (status == CO_OK) status = co_dir_list(folder, &names);
  for (int i = 0; i < names.count && status == CO_OK; i++)
    if (!stays(names.name[i])) status = remove_in(folder, names.name[i]);
  co_names_free(&names);
  free(folder);
  return status;
}

static co_status clear_checkpoints(const co_trial_context *context, const co_trial *trial) {
  char *folder = co_trial_path(context, trial, "checkpoint");
  if (!folder) return CO_MEMORY;
  co_status status = co_dir_remove(folder);
  free(folder);
  return status;
}

static co_status restore_events(const co_trial_context *context, const co_trial *trial) {
  char *folder = co_trial_path(context, trial, ""),
       *log = co_trial_path(context, trial, co_train_log_names[CO_LOG_JSONL]);
  co_status status = folder && log ? CO_OK : CO_MEMORY;
  if (status == CO_OK && co_file_exists(log)) status = co_train_log_restore_events(folder);
  free(folder);
  free(log);
  return status;
}

co_status co_trial_refresh(const co_trial_context *context, const co_trial *trial) {
  CO_TRY(clear_checkpoints(context, trial));
  return context->tensorboard ? restore_events(context, trial) : CO_OK;
}

static co_status note_definition(running *r, const co_training_def *def) {
  co_buf text = {0};
  co_status status = co_training_definition(def, &text);
  if (status != CO_OK) return co_buf_free(&text), status;
  r->record.definition_hash = co_hash(text.data, text.size);
  r->record.definition = text.data;
  return CO_OK;
}

co_status co_trial_run(const co_trial_context *context, const co_trial *trial) {
  running r = {.context = context, .trial = trial};
  r.record.action_difference = r.record.entropy = r.record.explained_variance = NAN;
  snprintf(r.record.id, sizeof r.record.id, "%s", trial->id);
  snprintf(r.record.build, sizeof r.record.build, "%s", context->build);
  snprintf(r.record.libc, sizeof r.record.libc, "%s", context->libc);
  co_training_def def;
  co_status status = clear_folder(&r);
  if (status == CO_OK) status = co_trial_training(context, trial, &r.arena, &def);
  if (status == CO_OK) status = note_definition(&r, &def);
  if (status == CO_OK) status = run_kind(&r, &def);
  if (status == CO_OK && context->writes) context->writes(context->progress_context);
  if (status == CO_OK) status = write_policy(&r);
  if (status == CO_OK) status = note_logs(&r);
  if (status == CO_OK) status = write_timing(&r);
  if (status == CO_OK) status = sync_files(&r);
  if (status == CO_OK) status = write_record(&r);
  if (status == CO_OK) status = clear_checkpoints(context, trial);
  co_record_free(&r.record);
  co_data_sets_close(&r.data);
  co_policy_free(r.source);
  co_policy_free(r.policy);
  co_arena_free(&r.arena);
  return status;
}
