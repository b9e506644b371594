#include "transfer/run/runner.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/run/forecast.h"
#include "transfer/run/private/schedule.h"
#include "transfer/run/times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ATTEMPTS = 2, LOG_TAIL = 800 /* bytes of a failed trial's log that are shown */ };

#define ESTIMATE_S 1.0         // [s] between two estimates of what is left
enum { LONG_STEPS = 300000 };  // env steps of trainings from which on a calibration is worth it

// a run while workers are at it
typedef struct running {
  co_study_run *run;
  const co_run_options *options;
  const co_study *study;
  const co_trials *trials;
  co_worker worker[CO_MAX_SLOTS + 1];
  int slots;    // in use of these; behind them stands the one that works aside
  bool *aside;  // (trials) for which it is to
  bool aside_failed;
  int *attempts;             // (trials)
  bool *graded;              // (targets)
  co_forecast forecast;      // where progress is told
  int64_t *steps;            // (trials) that running ones have made
  double left_s, estimated;  // the last estimate [s], and when it was made
} running;

// ---- grading under the policies ----

static co_status read_done(const co_study_run *run, int trial, co_record *out,
                           const co_record **view) {
  *view = NULL;
  if (trial < 0 || run->state[trial] != CO_TRIAL_DONE) return CO_OK;
  char *path = co_trial_path(run->context, &run->context->trials->trial[trial], "done.json");
  if (!path) return CO_MEMORY;
  co_status status = co_record_read(path, out);
  free(path);
  if (status == CO_OK) *view = out;
  return status;
}

static int find_zero_shot(const co_study_run *run, int source, int target, int seed) {
  const co_trials *trials = run->context->trials;
  for (int i = 0; i < trials->count; i++) {
    const co_trial *trial = &trials->trial[i];
    if (trial->kind == CO_TRIAL_TRANSFER && trial->strategy == run->context->study->zero_shot &&
        trial->source == source && trial->target == target && trial->seed == seed)
      return i;
  }
  return -1;
}

static co_status grade_pair(co_study_run *run, co_shift_grade *grade) {
  int seeds = (int)run->context->study->def.seeds;
  co_record *records = co_alloc(2 * (size_t)seeds, sizeof *records);
  const co_record **view = co_alloc(2 * (size_t)seeds, sizeof *view);
  co_status status = records && view ? CO_OK : CO_MEMORY;
  for (int s = 0; s < seeds && status == CO_OK; s++) {
    int away = find_zero_shot(run, grade->source, grade->target, s);
    int home = away < 0 ? -1 : co_trial_policy_of(&run->context->trials->trial[away]);
    status = read_done(run, home, &records[s], &view[s]);
    if (status == CO_OK) status = read_done(run, away, &records[seeds + s], &view[seeds + s]);
  }
  if (status == CO_OK) status = co_grade_policies(view, view + seeds, seeds, grade);
  for (int i = 0; records && i < 2 * seeds; i++) co_record_free(&records[i]);
  free(records);
  free(view);
  return status;
}

// grades a target under the policies of every source; refuses it, or stops the study, when one is
// not live
static co_status grade_target(co_study_run *run, int target) {
  const co_study *study = run->context->study;
  const co_target_def *def = co_study_target(study, target);
  for (int s = 0; s < study->def.sources.count; s++) {
    co_shift_grade *grade = &run->grade[s * study->def.targets.count + target];
    CO_TRY(grade_pair(run, grade));
    bool is_live = grade->grade == CO_GRADE_LIVE || !grade->graded;
    if (is_live && !grade->faulty_policies) continue;
    co_buf text = {0};
    co_grade_explain(study, grade, &text);
    CO_TRY(co_buf_status(&text));
    co_status status = CO_OK;
    if (is_live) {
      co_log(CO_LOG_WARNING, "%s", text.data);
      co_buf_free(&text);
      continue;
    }
    if (def->if_not_live == CO_NOT_LIVE_STOP)
      status = co_fail(CO_CONFIG, "%s (if_not_live = \"skip\" or \"run\" goes on)", text.data);
    else if (def->if_not_live == CO_NOT_LIVE_SKIP)
      co_log(CO_LOG_WARNING, "refused: %s", text.data);
    else
      co_log(CO_LOG_WARNING, "run all the same: %s", text.data);
    run->refused[target] |= def->if_not_live == CO_NOT_LIVE_SKIP;
    co_buf_free(&text);
    CO_TRY(status);
  }
  return CO_OK;
}

static void refuse_trials(co_study_run *run, int target) {
  const co_trials *trials = run->context->trials;
  for (int i = 0; i < trials->count; i++)
    if (trials->trial[i].target == target && run->state[i] == CO_TRIAL_PENDING)
      run->state[i] = CO_TRIAL_REFUSED;
}

static co_status grade_what_is_ready(co_study_run *run, bool *graded) {
  for (int t = 0; t < run->context->study->def.targets.count; t++) {
    if (graded[t] || !co_schedule_can_grade(run->context, run->state, t)) continue;
    graded[t] = true;
    CO_TRY(grade_target(run, t));
    if (run->refused[t]) refuse_trials(run, t);
  }
  return CO_OK;
}

// ---- scheduling ----

static co_status start_trial(running *r, int index, co_worker *slot) {
  const co_trial_context *context = r->run->context;
  const co_trial *trial = &r->trials->trial[index];
  char *folder = co_trial_path(context, trial, ""), *log = co_trial_path(context, trial, "log.txt");
  co_status status = folder && log ? co_dir_create(folder) : CO_MEMORY;
  if (status == CO_OK) status = co_worker_start(&r->options->work, index, log, slot);
  if (status == CO_OK) {
    r->run->state[index] = CO_TRIAL_RUNNING;
    r->attempts[index]++;
    co_log(CO_LOG_DETAIL, "%s: started", trial->id);
  }
  free(folder);
  free(log);
  return status;
}

// One that is idle, else one that is to be; with as many slots as twice the jobs there is one.
static co_worker *free_slot(running *r) {
  co_worker *found = NULL;
  for (int i = 0; i < r->slots; i++)
    if (!r->worker[i].busy && (!found || (r->worker[i].pid && !found->pid))) found = &r->worker[i];
  return found;
}

// A worker that waits for the disk has left its processor to the next one.
static co_status fill_slots(running *r) {
  int computing = 0;
  for (int i = 0; i < r->slots; i++) computing += r->worker[i].busy && !r->worker[i].writes;
  for (co_worker *slot; computing < r->options->jobs && (slot = free_slot(r)); computing++) {
    int trial = co_schedule_next(r->run->context, r->run->state, r->graded);
    if (trial < 0) return CO_OK;
    CO_TRY(start_trial(r, trial, slot));
  }
  return CO_OK;
}

// the end of a log as text for one message; empty when there is none
static void read_tail(const running *r, const co_trial *trial, char *tail, size_t size) {
  co_buf log = {0};
  char *path = co_trial_path(r->run->context, trial, "log.txt");
  tail[0] = '\0';
  if (path && co_file_read(path, 0, &log) == CO_OK && log.size) {
    size_t from = log.size > size - 1 ? log.size - (size - 1) : 0;
    snprintf(tail, size, "%s", log.data + from);
    while (*tail && tail[strlen(tail) - 1] == '\n') tail[strlen(tail) - 1] = '\0';
  }
  co_buf_free(&log);
  free(path);
}

// What can't work is not tried again: no space, no permission, no memory, a damaged or missing
// input. Only a crash and an error of the engine are an accident of one trial.
static bool is_hopeless(int code) {
  switch (code) {
    case CO_DATA:
    case CO_NO_INPUT:
    case CO_MEMORY:
    case CO_CREATE:
    case CO_IO:
    case CO_CONFIG: return true;
    default: return false;
  }
}

// the worker's own sentence, or what its exit code means where it left none
static co_status explain_hopeless(const co_trial *trial, const co_worker_end *end) {
  co_status code = (co_status)end->exit_code;
  const char *reason = *end->error ? end->error : co_status_text(code);
  return co_fail(code, "trial %s cannot go on: %s", trial->id, reason);
}

static void describe_end(const co_worker_end *end, char *out, size_t size) {
  if (end->signal)
    snprintf(out, size, "was killed by signal %d", end->signal);
  else if (end->exit_code == 0)
    snprintf(out, size, "ended without its files: somebody else changes the folder");
  else
    snprintf(out, size, "ended with code %d", end->exit_code);
}

// A trial that is given up keeps the reason for the end of the run.
static co_status note_failure(running *r, const co_worker_end *end, bool again) {
  char how[96], tail[LOG_TAIL];
  co_buf text = {0};
  describe_end(end, how, sizeof how);
  read_tail(r, &r->trials->trial[end->trial], tail, sizeof tail);
  co_buf_printf(&text, "trial %s %s, %s", r->trials->trial[end->trial].id, how,
                again ? "tried once more" : "given up");
  if (*end->error)
    co_buf_printf(&text, ": %s", end->error);
  else
    co_buf_printf(&text, "; its last lines: %s", *tail ? tail : "none");
  co_status status = co_buf_status(&text);
  if (status == CO_OK) co_log(CO_LOG_WARNING, "%s", text.data);
  if (status == CO_OK && !again && !r->run->failure) r->run->failure = co_strdup(text.data);
  co_buf_free(&text);
  return status;
}

// ---- aside ----

static void want_aside(running *r, int trial) {
  const co_aside *aside = &r->options->aside;
  r->aside[trial] = aside->wanted && aside->wanted(aside->work.context, trial);
}

static int next_aside(const running *r) {
  for (int i = 0; i < r->trials->count && !r->aside_failed; i++)
    if (r->aside[i]) return i;
  return -1;
}

// What is done aside is never worth a trial: that it cannot be started is no more than its failure.
static void feed_aside(running *r) {
  int trial = next_aside(r);
  if (trial < 0 || r->worker[r->slots].busy) return;
  r->aside[trial] = false;
  r->aside_failed =
      co_worker_start(&r->options->aside.work, trial, "/dev/null", &r->worker[r->slots]) != CO_OK;
}

static void finish_aside(running *r, const co_worker_end *end) {
  co_run_times *times = &r->run->times;
  r->aside_failed = end->exit_code != 0;
  times->asides += !r->aside_failed;
  times->aside.wall_s += end->wall_s;
  times->aside.cpu_s += end->cpu_s;
}

// ---- how a trial ends ----

static co_status finish_trial(running *r, const co_worker_end *end) {
  const co_trial *trial = &r->trials->trial[end->trial];
  co_trial_state *state = &r->run->state[end->trial];
  bool done = false;
  if (end->exit_code == 0) CO_TRY(co_trial_is_done(r->run->context, trial, &done));
  if (done) {
    *state = CO_TRIAL_DONE;
    co_times_add(r->run->context, trial, &r->run->times.sum);
    r->run->times.trials++;
    want_aside(r, end->trial);
    if (r->options->progress) co_forecast_add(&r->forecast, end->trial);
    co_log(CO_LOG_DETAIL, "%s: done", trial->id);
    return CO_OK;
  }
  if (end->exit_code == CO_INTERRUPTED)  // by a signal that it alone got
    return co_trial_interrupted();
  if (is_hopeless(end->exit_code)) return explain_hopeless(trial, end);
  bool again = r->attempts[end->trial] < MAX_ATTEMPTS;
  *state = again ? CO_TRIAL_PENDING : CO_TRIAL_FAILED;
  return note_failure(r, end, again);
}

// a training that diverged may have left no policy to start from
static bool is_there(const running *r, const co_trial_need *need) {
  char *path = co_trial_path(r->run->context, &r->trials->trial[need->trial], need->file);
  bool there = path && co_file_exists(path);
  free(path);
  return there;
}

// What a need leaves of a trial that waits for it. `ended`: only files of this trial may be
// missing; -1: those of any.
static co_trial_state state_by(const running *r, const co_trial_need *need, int ended) {
  co_trial_state of = r->run->state[need->trial];
  bool looks = of == CO_TRIAL_DONE && (ended < 0 || ended == need->trial);
  if (of == CO_TRIAL_FAILED || of == CO_TRIAL_REFUSED) return of;
  return looks && !is_there(r, need) ? CO_TRIAL_FAILED : CO_TRIAL_PENDING;
}

static void fail_dependents(running *r, int ended) {
  co_trial_state *state = r->run->state;
  for (int i = 0; i < r->trials->count; i++) {
    const co_trial *trial = &r->trials->trial[i];
    for (int k = 0; k < trial->num_needs && state[i] == CO_TRIAL_PENDING; k++)
      state[i] = state_by(r, &trial->need[k], ended);
  }
}

// What the end of a trial, or the beginning of a run (-1), changes for the trials that are left.
static co_status see_what_follows(running *r, int ended) {
  CO_TRY(grade_what_is_ready(r->run, r->graded));
  fail_dependents(r, ended);
  return CO_OK;
}

// ---- progress ----

static void see_running(running *r, co_run_progress *progress) {
  memset(r->steps, 0, (size_t)r->trials->count * sizeof *r->steps);
  for (int i = 0; i < r->slots; i++) {
    if (!r->worker[i].busy) continue;
    progress->running++;
    r->steps[r->worker[i].trial] = r->worker[i].env_steps;
  }
}

static void report_progress(running *r) {
  if (!r->options->progress) return;
  co_run_progress progress = {.total = r->trials->count};
  for (int i = 0; i < r->trials->count; i++)
    progress.done += r->run->state[i] != CO_TRIAL_PENDING && r->run->state[i] != CO_TRIAL_RUNNING;
  see_running(r, &progress);
  double now = co_clock_wall();
  if (now - r->estimated >= ESTIMATE_S) {
    r->left_s = co_forecast_left(&r->forecast, r->steps);
    r->estimated = now;
  }
  progress.left_s = r->left_s - (now - r->estimated);
  r->options->progress(r->options->progress_context, &progress);
}

static bool is_long(const co_study_run *run) {
  const co_trials *trials = run->context->trials;
  int64_t steps = 0;
  for (int i = 0; i < trials->count; i++)
    if (run->state[i] == CO_TRIAL_PENDING)
      steps += co_trial_train_steps(run->context->study, &trials->trial[i]);
  return steps >= LONG_STEPS;
}

// Of a short study the first finished trials tell soon enough; a long one takes a moment first.
static co_status open_forecast(running *r) {
  if (!r->options->progress) return CO_OK;
  r->steps = co_alloc((size_t)r->trials->count, sizeof *r->steps);
  if (!r->steps) return CO_MEMORY;
  CO_TRY(co_forecast_open(r->run, r->options->jobs, r->options->threads, &r->forecast));
  if (is_long(r->run)) co_forecast_calibrate(&r->forecast);
  return CO_OK;
}

// ---- run ----

static bool any_left(const running *r) {
  for (int i = 0; i < r->trials->count; i++)
    if (r->run->state[i] == CO_TRIAL_PENDING || r->run->state[i] == CO_TRIAL_RUNNING) return true;
  return false;
}

static co_status see_end(running *r, const co_worker_end *end) {
  if (end->slot == r->slots) return finish_aside(r, end), CO_OK;
  CO_TRY(finish_trial(r, end));
  return see_what_follows(r, end->trial);
}

static co_status turn(running *r) {
  CO_TRY(co_trial_check_stop(r->run->context));
  CO_TRY(fill_slots(r));
  feed_aside(r);
  co_worker_end end;
  bool ended = co_workers_wait(r->worker, r->slots + 1, 200, &end);
  // Ctrl-C reaches the workers too: their end is no failure
  CO_TRY(co_trial_check_stop(r->run->context));
  if (ended) CO_TRY(see_end(r, &end));
  report_progress(r);
  return CO_OK;
}

static co_status run_loop(running *r) {
  CO_TRY(see_what_follows(r, -1));
  for (int i = 0; i < r->trials->count; i++)
    if (r->run->state[i] == CO_TRIAL_DONE) want_aside(r, i);
  while (any_left(r)) CO_TRY(turn(r));
  return CO_OK;
}

static co_status refresh_done(const co_study_run *run) {
  for (int i = 0; i < run->context->trials->count; i++)
    if (run->state[i] == CO_TRIAL_DONE)
      CO_TRY(co_trial_refresh(run->context, &run->context->trials->trial[i]));
  return CO_OK;
}

co_status co_study_run_trials(co_study_run *run, const co_run_options *options) {
  running *r = co_alloc(1, sizeof *r);
  if (!r) return CO_MEMORY;
  *r = (running){.run = run,
                 .options = options,
                 .study = run->context->study,
                 .trials = run->context->trials,
                 .slots = 2 * options->jobs};
  r->attempts = co_alloc((size_t)r->trials->count, sizeof *r->attempts);
  r->aside = co_alloc((size_t)r->trials->count, sizeof *r->aside);
  r->graded = co_alloc((size_t)r->study->def.targets.count + 1, sizeof *r->graded);
  co_status status = r->attempts && r->aside && r->graded ? CO_OK : CO_MEMORY;
  if (status == CO_OK) status = refresh_done(run);
  if (status == CO_OK) status = open_forecast(r);
  double began = co_clock_wall();
  if (status == CO_OK) status = run_loop(r);
  run->times.wall_s = co_clock_wall() - began;
  run->times.jobs = options->jobs;
  co_worker_kill(&r->worker[r->slots]);  // with its priority it could go on for any time
  co_workers_stop(r->worker, r->slots);
  co_forecast_close(&r->forecast);
  free(r->steps);
  free(r->attempts);
  free(r->aside);
  free(r->graded);
  free(r);
  return status;
}

co_status co_study_run_survey(co_study_run *run) {
  bool *graded = co_alloc((size_t)run->context->study->def.targets.count + 1, sizeof *graded);
  if (!graded) return CO_MEMORY;
  co_status status = grade_what_is_ready(run, graded);
  free(graded);
  return status;
}
