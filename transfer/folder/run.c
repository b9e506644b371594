#include "transfer/folder/run.h"

#include "core/file.h"
#include "transfer/study/study_check.h"

#include <stdlib.h>
#include <unistd.h>

// Takes a lock, and waits for 2 s: a killed parent's workers hold theirs for a moment longer, and
// one that is being born still has the parent's.
static co_status take_lock(const char *path, co_lock *lock) {
  co_status status = co_lock_take(path, lock);
  for (int i = 0; i < 20 && status == CO_CREATE && co_file_exists(path); i++) {
    usleep(100000);
    status = co_lock_take(path, lock);
  }
  return status;
}

// ---- the study ----

static co_status nothing_to_collect(const char *dir) {
  return co_fail(CO_NO_INPUT, "%s: nothing to collect: no trial of the study is done there", dir);
}

static co_status survey(co_study_run *run, const co_folder_work *work) {
  int done = 0;
  for (int i = 0; i < run->context->trials->count; i++) done += run->state[i] == CO_TRIAL_DONE;
  if (!done && !work->may_be_empty) return nothing_to_collect(run->context->dir);
  CO_TRY(co_study_run_survey(run));
  CO_TRY(co_trial_check_stop(run->context));
  return co_study_run_claim(run->context);
}

static co_status run_claimed(co_study_run *run, const co_folder_work *work) {
  co_look look = {.trial = -1, .force = work->force, .collect = work->survey};
  CO_TRY(co_study_look(run->context, &look, run->state));
  if (work->survey) {
    CO_TRY(survey(run, work));
  } else {
    CO_TRY(co_study_run_claim(run->context));
    CO_TRY(co_study_run_trials(run, &work->options));
  }
  return work->collect(work->collect_context, run);
}

// A folder without trials is left without a lock too.
static bool has_trials(const char *dir) {
  char *path = co_path_join(dir, "trials");
  bool found = path && co_dir_exists(path);
  free(path);
  return found;
}

static co_status run_locked(co_study_run *run, const co_folder_work *work) {
  const char *dir = run->context->dir;
  if (work->survey && !work->may_be_empty && !has_trials(dir)) return nothing_to_collect(dir);
  CO_TRY(co_dir_create(dir));
  char *path = co_path_join(dir, "lock");
  if (!path) return CO_MEMORY;
  co_lock lock;
  co_status status = take_lock(path, &lock);
  if (status == CO_OK) {
    status = run_claimed(run, work);
    co_lock_release(&lock);
  }
  free(path);
  return status;
}

co_status co_folder_run(const co_trial_context *context, const co_folder_work *work) {
  co_study_run run;
  CO_TRY(co_study_run_begin(context, &run));
  co_buf advice = {0};
  co_status status = work->survey ? CO_OK : co_study_warn(context, &advice);
  co_buf_free(&advice);
  if (status == CO_OK) status = run_locked(&run, work);
  co_study_run_free(&run);
  return status;
}

// ---- one trial ----

static co_status run_or_refresh(const co_trial_context *context, const co_trial *trial) {
  bool done = false;
  CO_TRY(co_trial_is_done(context, trial, &done));
  return done ? co_trial_refresh(context, trial) : co_trial_run(context, trial);
}

static co_status run_locked_trial(const co_trial_context *context, const co_trial *trial) {
  char *folder = co_trial_path(context, trial, ""), *path = co_trial_path(context, trial, "lock");
  co_status status = folder && path ? co_dir_create(folder) : CO_MEMORY;
  co_lock lock;
  if (status == CO_OK) status = take_lock(path, &lock);
  if (status == CO_OK) {
    status = run_or_refresh(context, trial);
    co_lock_release(&lock);
  }
  free(folder);
  free(path);
  return status;
}

co_status co_folder_run_trial(const co_trial_context *context, int trial, bool is_worker,
                              bool force) {
  if (!is_worker) {
    co_look look = {.trial = trial, .force = force};
    CO_TRY(co_study_look(context, &look, NULL));
    CO_TRY(co_study_run_claim(context));
  }
  return run_locked_trial(context, &context->trials->trial[trial]);
}
