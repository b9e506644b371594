#include "transfer/run/private/finished.h"

#include "agents/policy/zoo.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "transfer/run/definition.h"
#include "transfer/run/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the evaluations that a definition asks for ----

typedef struct expected_point {
  int64_t step, episodes;
  bool in_source, is_final;
} expected_point;

typedef struct expected {
  expected_point *point;  // (count), in the arena
  int count, curve;       // of these the first are the curve
  bool trains, has_tensors, has_policy;
  const char *set;   // file of the data that it leaves; NULL: there are none
  int64_t recorded;  // episodes of it; 0: as many as a replay holds
} expected;

static void expect(expected *all, int64_t step, bool in_source, bool is_final, int64_t episodes) {
  all->point[all->count++] = (expected_point){step, episodes, in_source, is_final};
  all->curve += !is_final;
}

// the curve of a training; the step after its last update
static co_status expect_curve(const co_study *study, const co_trial *trial, co_arena *arena,
                              expected *all, int64_t *last) {
  int64_t steps = co_trial_train_steps(study, trial), points = study->def.evaluations;
  const co_algorithm *algorithm;
  void *settings;
  CO_TRY(co_trial_settings(study, trial, arena, &algorithm, &settings));
  int64_t per_update = algorithm->steps_per_update(settings);
  int64_t updates = (steps + per_update - 1) / per_update;
  all->trains = steps > 0;
  *last = updates * per_update;
  for (int64_t k = 0, next = 0; k < points && next <= updates; k++) {
    int64_t update = co_training_point(k, updates, points);
    if (update < next) continue;  // of few updates several points are one
    expect(all, update * per_update, trial->target < 0, false, study->def.episodes);
    next = update + 1;
  }
  return CO_OK;
}

static bool is_given(const co_study *study, const co_trial *trial) {
  return trial->kind == CO_TRIAL_SOURCE && co_study_source(study, trial->source)->policy.count > 0;
}

static co_status expect_all(const co_study *study, const co_trial *trial, co_arena *arena,
                            expected *out) {
  const co_study_def *def = &study->def;
  bool in_source = trial->target < 0;
  *out =
      (expected){.point = co_arena_alloc(arena, (size_t)def->evaluations + 3, sizeof *out->point)};
  if (!out->point) return CO_MEMORY;
  int64_t last = 0;
  if (trial->data >= 0) {
    out->set = CO_FILE_DATA;
    out->recorded = co_study_data(study, trial->data)->episodes;
    return CO_OK;
  }
  if (trial->kind == CO_TRIAL_RANDOM) {
    expect(out, 0, in_source, true, def->random_episodes);
    return CO_OK;
  }
  if (co_trial_keeps_replay(study, trial)) out->set = CO_FILE_REPLAY;
  out->has_policy = true;
  out->has_tensors = !is_given(study, trial);
  if (out->has_tensors)
    CO_TRY(expect_curve(study, trial, arena, out, &last));
  else
    expect(out, 0, in_source, false, def->episodes);
  expect(out, last, in_source, true, def->final_episodes);
  if (co_trial_home(study, trial) >= 0) expect(out, last, true, true, def->final_episodes);
  return CO_OK;
}

// ---- the record against them ----

static co_status check_point(int index, const co_point *found, const expected_point *want) {
  static const char *const world[] = {"target", "source"};
  if (found->step != want->step || found->in_source != want->in_source ||
      found->is_final != want->is_final)
    return co_fail(CO_DATA,
                   "evaluation %d is %sof step %" PRId64 " in the %s, where %sstep %" PRId64
                   " in the %s belongs",
                   index, found->is_final ? "the final one " : "", found->step,
                   world[found->in_source], want->is_final ? "the final one of " : "", want->step,
                   world[want->in_source]);
  if (found->eval.count != want->episodes)
    return co_fail(CO_DATA, "evaluation %d has %d episodes instead of %" PRId64, index,
                   found->eval.count, want->episodes);
  return CO_OK;
}

// What a training that diverged asks for: the points before that and, if the last finite policy has
// a return, its final evaluations. Records of older versions have none.
static void expect_diverged(const co_record *record, const co_algorithm *algorithm,
                            expected *want) {
  int curve = 0, finals = 0;
  for (int i = 0; i < record->num_points; i++) record->point[i].is_final ? finals++ : curve++;
  if (curve > want->curve) curve = want->curve;
  int rest = finals ? want->count - want->curve : 0;
  for (int i = 0; i < rest; i++) {
    want->point[curve + i] = want->point[want->curve + i];
    want->point[curve + i].step = co_record_steps(record, algorithm);
  }
  want->curve = curve;
  want->count = curve + rest;
  want->has_policy = finals > 0;
}

static co_status check_points(const co_record *record, const expected *want) {
  for (int i = 0; i < record->num_points && i < want->count; i++)
    CO_TRY(check_point(i, &record->point[i], &want->point[i]));
  if (record->num_points != want->count)
    return co_fail(CO_DATA, "has %d evaluations instead of %d", record->num_points, want->count);
  return CO_OK;
}

static co_status check_tensor(const co_record *record, int index) {
  static const char *const known[] = {"copied", "shrunk", "mapped", "resized", "fresh", "zero"};
  const co_tensor_record *tensor = &record->tensor[index];
  bool is_known = false;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    is_known |= strcmp(tensor->status, known[i]) == 0;
  if (!is_known)
    return co_fail(CO_DATA, "tensor %s has an unknown status, %s", tensor->name, tensor->status);
  for (int i = 0; i < index; i++)
    if (strcmp(record->tensor[i].name, tensor->name) == 0)
      return co_fail(CO_DATA, "tensor %s is there twice", tensor->name);
  if (tensor->before == tensor->after && tensor->moved > 0)
    return co_fail(CO_DATA, "tensor %s moved by %g, and its hashes say otherwise", tensor->name,
                   tensor->moved);
  return CO_OK;
}

static co_status check_counts(const co_record *record, const co_algorithm *algorithm,
                              const expected *want) {
  int faults = 0;
  for (int i = 0; i < record->num_points; i++) faults += record->point[i].eval.faults;
  if (record->faults < faults)
    return co_fail(CO_DATA, "has %d faults, and %d in its evaluations", record->faults, faults);
  bool whole = record->status == CO_RECORD_DONE;
  int64_t last = want->count ? want->point[want->count - 1].step : 0;
  int64_t steps = co_record_steps(record, algorithm);
  if (whole && steps != last)
    return co_fail(CO_DATA, "has %" PRId64 " steps of training instead of %" PRId64, steps, last);
  if ((record->num_tensors > 0) != want->has_tensors)
    return co_fail(CO_DATA, "has %d tensors", record->num_tensors);
  if ((record->policy_hash != 0) != want->has_policy)
    return co_fail(CO_DATA, "%s a policy", record->policy_hash ? "has" : "lacks");
  return CO_OK;
}

static co_status check_sets(const co_record *record, const expected *want) {
  int sets = want->set != NULL;
  if (record->num_sets != sets)
    return co_fail(CO_DATA, "has %d data sets instead of %d", record->num_sets, sets);
  if (!sets) return CO_OK;
  const co_set_record *set = record->set;
  if (strcmp(set->file, want->set) != 0)
    return co_fail(CO_DATA, "has a data set %s instead of %s", set->file, want->set);
  // the update that diverged is not among the record's steps
  if (!want->recorded && record->status == CO_RECORD_DONE && set->transitions > record->env_steps)
    return co_fail(CO_DATA, "has kept %" PRId64 " transitions of %" PRId64 " steps",
                   set->transitions, record->env_steps);
  if (!want->recorded || set->episodes + record->faults == want->recorded) return CO_OK;
  return co_fail(CO_DATA, "has %" PRId64 " episodes of data and %d faults instead of %" PRId64,
                 set->episodes, record->faults, want->recorded);
}

static co_status check_inputs(const co_trial_context *context, const co_trial *trial,
                              const co_record *record) {
  int inputs = trial->num_needs + is_given(context->study, trial);
  if (record->num_inputs != inputs)
    return co_fail(CO_DATA, "has %d inputs instead of %d", record->num_inputs, inputs);
  for (int i = 0; i < trial->num_needs; i++) {
    const co_trial_need *need = &trial->need[i];
    const char *needed = context->trials->trial[need->trial].id;
    if (co_record_input_is(&record->input[i], needed, need->file)) continue;
    return co_fail(CO_DATA, "starts from %s instead of %s/%s", record->input[i].name, needed,
                   need->file);
  }
  return CO_OK;
}

co_status co_trial_check_record(const co_trial_context *context, const co_trial *trial,
                                const co_record *record) {
  co_arena arena = {0};
  expected want;
  co_status status = expect_all(context->study, trial, &arena, &want);
  bool diverged = status == CO_OK && record->status == CO_RECORD_DIVERGED;
  if (diverged && !want.trains) status = co_fail(CO_DATA, "says that a training diverged");
  if (diverged) expect_diverged(record, trial->algorithm, &want);
  if (status == CO_OK) status = check_points(record, &want);
  if (status == CO_OK) status = check_counts(record, trial->algorithm, &want);
  if (status == CO_OK) status = check_sets(record, &want);
  if (status == CO_OK) status = check_inputs(context, trial, record);
  for (int i = 0; status == CO_OK && i < record->num_tensors; i++) status = check_tensor(record, i);
  co_arena_free(&arena);
  return status;
}

// ---- the files ----

static co_status check_hash(const char *path, uint64_t hash) {
  uint64_t found;
  CO_TRY(co_file_hash(path, &found));
  return found == hash ? CO_OK : co_fail(CO_DATA, "%s: is not what the trial wrote", path);
}

static co_status check_file(const co_trial_context *context, const co_trial *trial,
                            const char *name, uint64_t hash) {
  char *path = co_trial_path(context, trial, name);
  co_status status = path ? check_hash(path, hash) : CO_MEMORY;
  free(path);
  return status;
}

// Times differ from run to run; that they are the trial's own shows in their rows.
static co_status check_timing(const co_trial_context *context, const co_trial *trial,
                              const co_record *record) {
  char row[CO_TRIAL_ID + 16];
  co_buf text = {0};
  char *path = co_trial_path(context, trial, "timing.csv");
  if (!path) return CO_MEMORY;
  co_status status = co_file_read(path, 0, &text);
  const char *const phase[] = {"evaluate",
                               record->env_steps + record->gradient_steps > 0 ? "train" : NULL};
  for (int i = 0; status == CO_OK && i < 2 && phase[i]; i++) {
    snprintf(row, sizeof row, "%s,%s,", trial->id, phase[i]);
    if (!text.size || !strstr(text.data, row))
      status = co_fail(CO_DATA, "%s: lacks the times of phase %s", path, phase[i]);
  }
  co_buf_free(&text);
  free(path);
  return status;
}

// Records of an older version name no logs.
static co_status check_files(const co_trial_context *context, const co_trial *trial,
                             const co_record *record) {
  if (record->policy_hash)
    CO_TRY(check_file(context, trial, "policy.safetensors", record->policy_hash));
  for (int i = 0; i < record->num_logs; i++)
    CO_TRY(check_file(context, trial, record->log[i].name, record->log[i].hash));
  for (int i = 0; i < record->num_sets; i++)
    CO_TRY(check_file(context, trial, record->set[i].file, record->set[i].hash));
  return check_timing(context, trial, record);
}

// ---- the inputs: what it started from still is what it was ----

// malloc'd
static co_status input_path(const co_trial_context *context, const co_trial *trial, int index,
                            char **out) {
  if (index < trial->num_needs) {
    const co_trial_need *need = &trial->need[index];
    *out = co_trial_path(context, &context->trials->trial[need->trial], need->file);
    return *out ? CO_OK : CO_MEMORY;
  }
  const co_source_def *source = co_study_source(context->study, trial->source);
  return co_zoo_find(source->policy.value[source->policy.count > 1 ? trial->seed : 0], out);
}

static const char *input_kind(const co_trial *trial, int index) {
  bool is_given = index >= trial->num_needs;
  return is_given || strcmp(trial->need[index].file, CO_FILE_POLICY) == 0 ? "policy" : "data set";
}

static co_status check_input(const co_trial_context *context, const co_trial *trial, int index,
                             const co_file_record *input, co_finish *out, co_buf *why) {
  char *path = NULL;
  co_status status = input_path(context, trial, index, &path);
  if (status == CO_OK) status = check_hash(path, input->hash);
  if (status != CO_OK && status != CO_MEMORY) {
    *out = CO_FINISH_INPUTS;
    if (status == CO_DATA)
      co_buf_printf(why, "starts from another %s, %s", input_kind(trial, index), input->name);
    else
      co_buf_puts(why, co_error_text());
    status = CO_OK;
  }
  free(path);
  return status;
}

// The first that is another one is told.
static co_status compare_inputs(const co_trial_context *context, const co_trial *trial,
                                const co_record *record, co_finish *out, co_buf *why) {
  for (int i = 0; i < record->num_inputs && *out == CO_FINISH_DONE; i++)
    CO_TRY(check_input(context, trial, i, &record->input[i], out, why));
  return CO_OK;
}

// ---- all of it ----

static co_status compare_definitions(const co_trial_context *context, const co_trial *trial,
                                     const co_record *record, co_finish *out, co_buf *why) {
  co_buf text = {0};
  co_status status = co_trial_definition(context, trial, &text);
  if (status == CO_OK) co_definition_make_like(record->definition, &text);
  if (status == CO_OK && co_hash(text.data, text.size) != record->definition_hash) {
    *out = CO_FINISH_OTHER;
    if (record->definition)
      status = co_definition_diff(record->definition, text.data, why);
    else
      co_buf_puts(why, "another definition, by an older version that kept its hash only");
  }
  co_buf_free(&text);
  return status;
}

static co_status read_own(const char *path, const co_trial *trial, co_record *out) {
  CO_TRY(co_record_read(path, out));
  if (strcmp(out->id, trial->id) == 0) return CO_OK;
  return co_fail(CO_DATA, "%s: is the record of trial %s", path, out->id);
}

// Of a record of the present definition.
static co_status check_content(const co_trial_context *context, const co_trial *trial,
                               const char *path, const co_record *record) {
  co_status status = co_trial_check_record(context, trial, record);
  return status == CO_DATA ? co_fail_context(status, "%s", path) : status;
}

// What failed for what is in the trial's folder; anything else ends the look.
static co_status note_damage(co_status status, co_finish *out, co_buf *why) {
  if (status != CO_DATA && status != CO_NO_INPUT && status != CO_IO) return status;
  *out = CO_FINISH_DAMAGED;
  co_buf_puts(why, co_error_text());
  return CO_OK;
}

static co_status look_at(const co_trial_context *context, const co_trial *trial, const char *path,
                         co_finish *out, co_buf *why) {
  co_record record = {0};
  *out = CO_FINISH_DONE;
  co_status status = note_damage(read_own(path, trial, &record), out, why);
  if (status == CO_OK && *out == CO_FINISH_DONE)
    status = compare_definitions(context, trial, &record, out, why);
  if (status == CO_OK && *out == CO_FINISH_DONE)
    status = note_damage(check_content(context, trial, path, &record), out, why);
  if (status == CO_OK && *out == CO_FINISH_DONE)
    status = compare_inputs(context, trial, &record, out, why);
  if (status == CO_OK && *out == CO_FINISH_DONE)
    status = note_damage(check_files(context, trial, &record), out, why);
  co_record_free(&record);
  return status == CO_OK ? co_buf_status(why) : status;
}

co_status co_trial_look(const co_trial_context *context, const co_trial *trial, co_finish *out,
                        co_buf *why) {
  *out = CO_FINISH_NONE;
  char *path = co_trial_path(context, trial, "done.json");
  if (!path) return CO_MEMORY;
  co_status status = co_file_exists(path) ? look_at(context, trial, path, out, why) : CO_OK;
  free(path);
  return status;
}

co_status co_trial_is_done(const co_trial_context *context, const co_trial *trial, bool *out) {
  co_finish finish;
  co_buf why = {0};
  co_status status = co_trial_look(context, trial, &finish, &why);
  *out = status == CO_OK && finish == CO_FINISH_DONE;
  co_buf_free(&why);
  return status;
}
