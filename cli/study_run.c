#include "cli/study_run.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "transfer/study/study_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- progress ----

typedef struct progress_line {
  const char *label;
  double start, last;  // [s]
  bool terminal, quiet;
} progress_line;

void cli_format_time(double seconds, char *out, size_t size) {
  if (!isfinite(seconds) || seconds > 359999)
    snprintf(out, size, "?");
  else if (seconds >= 3600)
    snprintf(out, size, "%d h %02d min", (int)seconds / 3600, (int)seconds / 60 % 60);
  else if (seconds >= 60)
    snprintf(out, size, "%d min %02d s", (int)seconds / 60, (int)seconds % 60);
  else
    snprintf(out, size, "%d s", (int)seconds);
}

static void print_progress(void *context, const co_run_progress *progress) {
  progress_line *line = context;
  double now = co_clock_wall(), elapsed = now - line->start;
  if (line->quiet || now - line->last < (line->terminal ? 0.2 : 10)) return;
  line->last = now;
  double left = progress->left_s < 0 ? 0 : progress->left_s;  // NAN stays
  char spent[32], rest[32], part[16] = "";
  cli_format_time(elapsed, spent, sizeof spent);
  cli_format_time(left, rest, sizeof rest);
  if (isfinite(left)) snprintf(part, sizeof part, "%3.0f %%, ", 100 * elapsed / (elapsed + left));
  fprintf(stderr, "%s%s%s%d of %d trials, %s%d running, %s, about %s left%s",
          line->terminal ? "\r\033[K" : "", line->label ? line->label : "", line->label ? ": " : "",
          progress->done, progress->total, part, progress->running, spent, rest,
          line->terminal ? "" : "\n");
  fflush(stderr);
}

// ---- the study ----

static co_status run_trials(co_study_run *run, const cli_study_work *work) {
  char program[4096];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length < 0) return co_fail(CO_INTERNAL, "cannot find this program's own path");
  program[length] = '\0';
  progress_line line = {.label = work->label,
                        .start = co_clock_wall(),
                        .terminal = isatty(STDERR_FILENO),
                        .quiet = work->quiet};
  line.last = line.start;
  co_run_options options = {.jobs = work->jobs,
                            .threads = work->threads,
                            .program = program,
                            .checkpoint_s = run->context->checkpoint_s,
                            .tensorboard = run->context->tensorboard,
                            .progress = print_progress,
                            .progress_context = &line};
  co_status status = co_study_run_trials(run, &options);
  if (line.terminal && !line.quiet) fputs("\r\033[K", stderr);
  return status;
}

static co_status nothing_to_collect(const char *dir) {
  return co_fail(CO_NO_INPUT, "%s: nothing to collect: no trial of the study is done there", dir);
}

static co_status survey(co_study_run *run, const cli_study_work *work) {
  int done = 0;
  for (int i = 0; i < run->context->trials->count; i++) done += run->state[i] == CO_TRIAL_DONE;
  if (!done && !work->may_be_empty) return nothing_to_collect(run->context->dir);
  CO_TRY(co_study_run_survey(run));
  CO_TRY(co_trial_check_stop(run->context));
  return co_study_run_claim(run->context);
}

static co_status run_claimed(co_study_run *run, const cli_study_work *work) {
  co_look look = {.trial = -1, .force = work->force, .collect = work->survey};
  CO_TRY(co_study_look(run->context, &look, run->state));
  if (work->survey) {
    CO_TRY(survey(run, work));
  } else {
    CO_TRY(co_study_run_claim(run->context));
    CO_TRY(run_trials(run, work));
  }
  return work->collect(work->collect_context, run);
}

co_status cli_lock(const char *path, co_lock *lock) {
  co_status status = co_lock_take(path, lock);
  for (int i = 0; i < 20 && status == CO_CREATE && co_file_exists(path); i++) {
    usleep(100000);
    status = co_lock_take(path, lock);
  }
  return status;
}

// A folder without trials is left without a lock too.
static bool has_trials(const char *dir) {
  char *path = co_path_join(dir, "trials");
  bool found = path && co_dir_exists(path);
  free(path);
  return found;
}

static co_status run_locked(co_study_run *run, const cli_study_work *work) {
  const char *dir = run->context->dir;
  if (work->survey && !work->may_be_empty && !has_trials(dir)) return nothing_to_collect(dir);
  CO_TRY(co_dir_create(dir));
  char *path = co_path_join(dir, "lock");
  if (!path) return co_fail(CO_MEMORY, "out of memory for a path");
  co_lock lock;
  co_status status = cli_lock(path, &lock);
  if (status == CO_OK) {
    status = run_claimed(run, work);
    co_lock_release(&lock);
  }
  free(path);
  return status;
}

// one warning a line
static void warn(const co_buf *advice) {
  for (const char *line = advice->data; line && *line;) {
    int length = (int)strcspn(line, "\n");
    co_log(CO_LOG_WARNING, "%.*s", length, line);
    line += length + (line[length] == '\n');
  }
}

co_status cli_study_advise(const co_trial_context *context, co_buf *out) {
  co_status status = co_study_advise(context, out);
  if (status == CO_OK) warn(out);
  return status;
}

co_status cli_study_run(const co_trial_context *context, const cli_study_work *work) {
  co_study_run run;
  CO_TRY(co_study_run_begin(context, &run));
  co_buf advice = {0};
  co_status status = work->survey ? CO_OK : cli_study_advise(context, &advice);
  co_buf_free(&advice);
  if (status == CO_OK) status = run_locked(&run, work);
  co_study_run_free(&run);
  return status;
}
