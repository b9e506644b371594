// bench learn: do the learners reach what others publish? Every case is a study of sources only
// (configs/learn.cfg), run as any study: in worker processes, from checkpoints, skipping what is
// done.

#include "cli/bench/bench.h"
#include "cli/bench/learn.h"
#include "cli/machine.h"
#include "cli/signals.h"
#include "cli/study_run.h"
#include "core/file.h"
#include "core/libc.h"
#include "core/memory.h"
#include "core/text.h"
#include "envs/source/worlds.h"
#include "envs/world/shelf.h"
#include "transfer/measure/results.h"
#include "transfer/run/definition.h"
#include "transfer/run/workers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
  const learn_case *only;  // --case; NULL: all
  int64_t steps, seeds;    // 0: the case's own
  bool other;              // another training than the case says, which must not take its place
  const char *dir;
  char *docs;  // file whose section is written, owned; NULL: none
  int64_t jobs;
  double checkpoint_s;
  co_pool *pool;
  learn_result *result;  // (learn_num_cases)
} state;

// ---- settings ----

static co_status read_case(const cli_args *args, state *s) {
  const char *name = cli_value(args, "case");
  if (!name) return CO_OK;
  s->only = learn_find(name);
  if (s->only) return CO_OK;
  co_buf names = {0};
  for (int i = 0; i < learn_num_cases; i++)
    co_buf_printf(&names, "%s%s", i ? ", " : "", learn_cases[i].name);
  co_status status = co_fail(CO_USAGE, "--case: unknown \"%s\", there are %s", name,
                             names.data ? names.data : "none");
  co_buf_free(&names);
  return status;
}

// A shortened bench proves nothing about the figures in the document, so it must be told where. A
// program without its sources has no document.
static co_status find_docs(const cli_args *args, state *s) {
  const char *given = cli_value(args, "docs");
  if (!given && (s->other || s->seeds)) return CO_OK;
  if (!given && co_data_find("docs/benchmarks.md", &s->docs) != CO_OK) return CO_OK;
  if (given && !(s->docs = co_strdup(given))) return CO_MEMORY;
  return learn_check_section(s->docs);
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  int64_t cores = machine_cores();
  const char *const *set;
  cli_catch_signals(false);
  b->repeats = 1;
  s->result = co_alloc((size_t)learn_num_cases, sizeof *s->result);
  if (!s->result) return CO_MEMORY;
  s->jobs = cores < CO_MAX_WORKERS ? cores : CO_MAX_WORKERS;
  CO_TRY(cli_int(b->args, "jobs", 1, CO_MAX_WORKERS, &s->jobs));
  CO_TRY(cli_int(b->args, "steps", 1, INT64_C(1) << 40, &s->steps));
  CO_TRY(cli_int(b->args, "seeds", 1, LEARN_MAX_SEEDS, &s->seeds));
  CO_TRY(cli_checkpoint_s(b->args, &s->checkpoint_s));
  CO_TRY(read_case(b->args, s));
  if (!cli_flag(b->args, "threads")) b->threads = cores > s->jobs ? cores / s->jobs : 1;
  s->other = s->steps || cli_flag(b->args, "seed") || cli_values(b->args, "set", &set) > 0;
  s->dir = cli_value(b->args, "out") ? cli_value(b->args, "out") : "runs/bench_learn";
  if (!*s->dir) return co_fail(CO_USAGE, "--out: needs the name of a folder");
  CO_TRY(find_docs(b->args, s));
  return co_pool_create((int)s->jobs, &s->pool);
}

// ---- the study of a case ----

enum { MAX_EDITS = 8, EDIT_SIZE = 128 };

// The edits that make configs/learn.cfg the case's study; what the command line says comes last.
// The name keeps trainings with other settings out of the case's own folder.
static int write_edits(const bench *b, const learn_case *which, char edit[MAX_EDITS][EDIT_SIZE]) {
  const state *s = b->state;
  int count = 0;
  snprintf(edit[count++], EDIT_SIZE, "name=\"%s%s\"", which->name, s->other ? "_other" : "");
  snprintf(edit[count++], EDIT_SIZE, "seed=%" PRIu64 "L", cli_seed(b->args));
  snprintf(edit[count++], EDIT_SIZE, "seeds=%" PRId64, s->seeds ? s->seeds : which->seeds);
  snprintf(edit[count++], EDIT_SIZE, "sources.0.name=\"%s\"", which->task);
  snprintf(edit[count++], EDIT_SIZE, "sources.0.task=\"%s\"", which->task);
  snprintf(edit[count++], EDIT_SIZE, "sources.0.algorithm=\"%s\"", which->algorithm);
  snprintf(edit[count++], EDIT_SIZE, "sources.0.steps=%" PRId64 "L",
           s->steps ? s->steps : which->steps);
  snprintf(edit[count++], EDIT_SIZE, "sources.0.learning={ %s }", which->learning);
  return count;
}

static co_status read_study(const bench *b, const learn_case *which, co_study **out) {
  char edit[MAX_EDITS][EDIT_SIZE];
  const char *const *given, *set[MAX_EDITS + 64 /* values of one option */];
  int count = write_edits(b, which, edit), more = cli_values(b->args, "set", &given);
  for (int i = 0; i < count; i++) set[i] = edit[i];
  for (int i = 0; i < more; i++) set[count++] = given[i];
  char *path;
  CO_TRY(co_data_find("configs/learn.cfg", &path));
  co_status status = co_study_read(path, set, count, out);
  free(path);
  return status;
}

// ---- what came out ----

// Rows of timing.csv: trial,phase,wall_s,cpu_s,env_steps,...
static void add_times(const char *timing, learn_result *out) {
  static const char phase[] = ",train,";
  for (const char *row = strstr(timing, phase); row; row = strstr(row + 1, phase)) {
    double wall, cpu, steps;
    if (sscanf(row + strlen(phase), "%lf,%lf,%lf", &wall, &cpu, &steps) != 3) continue;
    out->train_s += wall;
    out->train_steps += steps;
  }
}

static void take_returns(const co_results *results, learn_result *out) {
  int random = co_results_trial(results, CO_TRIAL_RANDOM, 0, -1, -1, 0);
  out->random = co_results_final(results, random, true, NAN);
  for (int i = 0; i < out->seeds; i++) {
    int trial = co_results_trial(results, CO_TRIAL_SOURCE, 0, -1, -1, i);
    out->final[i] = co_results_final(results, trial, true, out->random);
  }
}

// cli_study_work.collect
static co_status collect(const void *context, const co_study_run *run) {
  learn_result *out = *(learn_result *const *)context;
  const co_study *study = run->context->study;
  *out = (learn_result){.steps = co_study_source(study, 0)->steps, .seeds = (int)study->def.seeds};
  out->final = co_alloc((size_t)out->seeds, sizeof *out->final);
  if (!out->final) return CO_MEMORY;
  co_results results;
  co_buf timing = {0};
  CO_TRY(co_results_load(run, &results));
  take_returns(&results, out);
  learn_read_learner(run->context->dir, out->learner);
  co_status status = co_results_timing(&results, NULL, &timing);
  if (status == CO_OK) add_times(timing.data, out);
  co_buf_free(&timing);
  co_results_free(&results);
  return status == CO_OK ? learn_summarise(out, (uint64_t)study->def.seed) : status;
}

// ---- running ----

static co_status run_study(const bench *b, const co_study *study, const char *dir, bool survey,
                           learn_result *out) {
  const state *s = b->state;
  co_trials trials;
  CO_TRY(co_trials_expand(study, &trials));
  co_world_shelf *shelf = NULL;
  co_status status = co_world_shelf_create(&shelf);
  co_world_source worlds = co_worlds(shelf);
  co_trial_context context = {.study = study,
                              .trials = &trials,
                              .worlds = &worlds,
                              .dir = dir,
                              .build = cli_build_text(),
                              .libc = co_libc_text(),
                              .pool = s->pool,
                              .checkpoint_s = s->checkpoint_s,
                              .stop = survey ? NULL : cli_stop};
  cli_study_work work = {.jobs = (int)s->jobs,
                         .threads = (int)b->threads,
                         .survey = survey,
                         .may_be_empty = true,
                         .force = survey || cli_flag(b->args, "force"),
                         .quiet = cli_flag(b->args, "quiet"),
                         .label = study->def.name,
                         .collect = collect,
                         .collect_context = &out};
  if (status == CO_OK) status = cli_study_run(&context, &work);
  co_world_shelf_free(shelf);
  co_trials_free(&trials);
  return status;
}

// Runs the case, or looks at what an earlier call has left of it.
static co_status run_case(const bench *b, const learn_case *which, bool survey) {
  state *s = b->state;
  co_study *study;
  CO_TRY(read_study(b, which, &study));
  char *dir = co_path_join(s->dir, study->def.name);
  co_status status = dir ? CO_OK : CO_MEMORY;
  if (status == CO_OK && (!survey || co_dir_exists(dir)))
    status = run_study(b, study, dir, survey, &s->result[which - learn_cases]);
  free(dir);
  co_study_free(study);
  return status;
}

// Stopped, it still looks at what the case has reached.
static co_status run_or_survey(const bench *b, const learn_case *which) {
  co_status status = run_case(b, which, false);
  if (status != CO_INTERRUPTED) return status;
  CO_TRY(run_case(b, which, true));
  return co_trial_interrupted();
}

static co_status run_cases(const bench *b) {
  const state *s = b->state;
  for (int i = 0; i < learn_num_cases; i++)
    if (!s->only || s->only == &learn_cases[i]) CO_TRY(run_or_survey(b, &learn_cases[i]));
  return CO_OK;
}

// What this call has not run may be there from earlier ones; of trainings other than the cases'
// only this call's own are meant.
static co_status write_docs(const bench *b) {
  state *s = b->state;
  if (!s->docs) return CO_OK;
  for (int i = 0; i < learn_num_cases && !s->other; i++)
    if (!s->result[i].seeds) CO_TRY(run_case(b, &learn_cases[i], true));
  return learn_write_section(s->docs, s->result);
}

static double steps_per_s(const state *s) {
  double steps = 0, seconds = 0;
  for (int i = 0; i < learn_num_cases; i++) {
    steps += s->result[i].train_steps;
    seconds += s->result[i].train_s;
  }
  return seconds > 0 ? steps / seconds : (double)NAN;
}

// An interrupted call shows in the document what is measured so far.
static co_status measure(bench *b, double *value, double *limit) {
  co_status status = run_cases(b);
  if (status != CO_OK && status != CO_INTERRUPTED) return status;
  CO_TRY(write_docs(b));
  if (status == CO_INTERRUPTED) return co_trial_interrupted();
  *value = steps_per_s(b->state);
  *limit = NAN;
  return CO_OK;
}

// ---- printing ----

static co_json *case_json(const learn_case *which, const learn_result *result) {
  co_json *object = co_json_object();
  co_json_set_string(object, "name", which->name);
  co_json_set_string(object, "task", which->task);
  co_json_set_string(object, "algorithm", which->algorithm);
  co_json_set_int(object, "steps", result->steps);
  co_json_set_int(object, "seeds_done", result->done);
  co_json_set_int(object, "seeds", result->seeds);
  co_json_set_number(object, "iqm", result->iqm);
  co_json_set_number(object, "lo", result->lo);
  co_json_set_number(object, "hi", result->hi);
  co_json_set(object, "returns", co_json_numbers(result->final, result->seeds));
  co_json_set_number(object, "random", result->random);
  co_json_set_string(object, "learner", *result->learner ? result->learner : NULL);
  co_json_set_string(object, "published", which->published);
  return object;
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json *cases = co_json_array();
  for (int i = 0; i < learn_num_cases; i++)
    if (s->result[i].seeds) co_json_add(cases, case_json(&learn_cases[i], &s->result[i]));
  co_json_set(object, "cases", cases);
  co_json_set_string(object, "docs", s->docs);
}

static void describe(const bench *b, co_buf *out) {
  const state *s = b->state;
  for (int i = 0; i < learn_num_cases; i++)
    if (s->result[i].seeds) learn_row(&learn_cases[i], &s->result[i], out);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  for (int i = 0; s->result && i < learn_num_cases; i++) free(s->result[i].final);
  free(s->result);
  free(s->docs);
  co_pool_free(s->pool);
  free(s);
}

const bench_kind bench_learn = {"learn", "env steps/s", NULL,   prepare,
                                measure, add_json,      finish, describe};
