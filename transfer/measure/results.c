#include "transfer/measure/results.h"

#include "core/file.h"
#include "core/memory.h"
#include "transfer/run/times.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

co_status co_results_load(const co_study_run *run, co_results *out) {
  int count = run->context->trials->count;
  co_results results = {.run = run,
                        .record = co_alloc((size_t)count, sizeof *results.record),
                        .have = co_alloc((size_t)count, sizeof *results.have)};
  co_status status = results.record && results.have ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < count; i++) {
    if (run->state[i] != CO_TRIAL_DONE) continue;
    char *path = co_trial_path(run->context, &run->context->trials->trial[i], "done.json");
    status = path ? co_record_read(path, &results.record[i]) : CO_MEMORY;
    results.have[i] = status == CO_OK;
    free(path);
  }
  if (status != CO_OK) {
    co_results_free(&results);
    return status;
  }
  *out = results;
  return CO_OK;
}

void co_results_free(co_results *results) {
  for (int i = 0; results->record && i < results->run->context->trials->count; i++)
    co_record_free(&results->record[i]);
  free(results->record);
  free(results->have);
  *results = (co_results){0};
}

int co_results_trial(const co_results *results, co_trial_kind kind, int source, int target,
                     int strategy, int seed) {
  const co_trials *trials = results->run->context->trials;
  for (int i = 0; i < trials->count; i++) {
    const co_trial *trial = &trials->trial[i];
    if (trial->kind == kind && trial->source == source && trial->target == target &&
        trial->strategy == strategy && trial->seed == seed)
      return i;
  }
  return -1;
}

const co_record *co_results_find(const co_results *results, co_trial_kind kind, int source,
                                 int target, int strategy, int seed) {
  int trial = co_results_trial(results, kind, source, target, strategy, seed);
  return trial >= 0 && results->have[trial] ? &results->record[trial] : NULL;
}

int co_results_oracle(const co_results *results, int target, const co_algorithm *algorithm,
                      int seed) {
  const co_trials *trials = results->run->context->trials;
  for (int i = 0; i < trials->count; i++) {
    const co_trial *trial = &trials->trial[i];
    if (trial->kind == CO_TRIAL_ORACLE && trial->target == target &&
        trial->algorithm == algorithm && trial->seed == seed)
      return i;
  }
  return -1;
}

// ---- tables ----

// a column; empty when nothing was measured, since no file holds a non-finite number
static void csv_number(double value, co_buf *out) {
  if (isfinite(value))
    co_buf_printf(out, "%.17g,", value);
  else
    co_buf_puts(out, ",");
}

static void csv_rows(const co_study *study, const co_trial *trial, const co_record *record,
                     co_buf *out) {
  for (int i = 0; i < record->num_points; i++) {
    const co_point *point = &record->point[i];
    const co_evaluation *eval = &point->eval;
    char room[CO_NAME];
    const char *strategy = co_trial_strategy(study, trial, room);
    co_buf_printf(out, "%s,%s,%s,%s,%s,%d,%" PRId64 ",%s,%d,", trial->id,
                  co_trial_kind_table[trial->kind].name,
                  trial->source < 0 ? "-" : co_study_source(study, trial->source)->name,
                  trial->target < 0 ? "-" : co_study_target(study, trial->target)->name, strategy,
                  trial->seed, point->step, point->in_source ? "source" : "target", eval->count);
    csv_number(eval->mean, out);
    csv_number(eval->std, out);
    csv_number(eval->length_mean, out);
    csv_number(eval->success_rate, out);
    co_buf_printf(out, "%d,%d\n", eval->faults, point->is_final);
  }
}

typedef struct named_index {
  const char *id;
  int index;
} named_index;

static int by_id(const void *a, const void *b) {
  return strcmp(((const named_index *)a)->id, ((const named_index *)b)->id);
}

// the trials that are done, ordered by id; free it
static named_index *sorted(const co_results *results, int *count) {
  const co_trials *trials = results->run->context->trials;
  named_index *order = co_alloc((size_t)trials->count, sizeof *order);
  *count = 0;
  for (int i = 0; order && i < trials->count; i++)
    if (results->have[i]) order[(*count)++] = (named_index){trials->trial[i].id, i};
  if (order) qsort(order, (size_t)*count, sizeof *order, by_id);
  return order;
}

co_status co_results_csv(const co_results *results, co_buf *out) {
  const co_trial_context *context = results->run->context;
  int count;
  named_index *order = sorted(results, &count);
  if (!order) return CO_MEMORY;
  co_buf_puts(
      out,
      "trial,kind,source,target,strategy,seed,step,evaluated_in,episodes,return_mean,return_std,"
      "length_mean,success_rate,faults,final\n");
  for (int i = 0; i < count; i++)
    csv_rows(context->study, &context->trials->trial[order[i].index],
             &results->record[order[i].index], out);
  free(order);
  return co_buf_status(out);
}

co_status co_results_timing(const co_results *results, const co_cost *pictures, co_buf *out) {
  const co_trial_context *context = results->run->context;
  int count;
  named_index *order = sorted(results, &count);
  if (!order) return CO_MEMORY;
  co_buf_puts(out, CO_TIMING_HEAD);
  if (pictures) co_timing_row("-", "pictures", pictures, out);
  for (int i = 0; i < count; i++) {
    co_buf rows = {0};
    char *path = co_trial_path(context, &context->trials->trial[order[i].index], "timing.csv");
    if (path && co_file_read(path, 0, &rows) == CO_OK) co_buf_add(out, rows.data, rows.size);
    co_buf_free(&rows);
    free(path);
  }
  free(order);
  return co_buf_status(out);
}
