#include "cli/study_run.h"

#include "cli/cli.h"
#include "cli/signals.h"
#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

// ---- progress ----

typedef struct progress_line {
  const char *label;
  double start, last;  // [s]
  bool terminal, quiet;
  bool ended;  // nothing of it is left to be wiped out
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
  line->ended = false;
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

// behind which other lines may come
static void end_line(progress_line *line) {
  if (line->terminal && !line->quiet && !line->ended) fputs("\r\033[K", stderr);
  line->ended = true;
}

// ---- one trial, in a worker ----

typedef struct worker_call {
  const co_trial_context *context;
  int threads;
  co_pool *pool;  // of the worker's process, for all its trials; the parent's threads are not there
  double cpu;     // co_clock_cpu behind its trial before
} worker_call;

static void send_count(void *context, int64_t env_steps) {
  (void)context;
  co_worker_count(env_steps);
}

static void send_writes(void *context) {
  (void)context;
  co_worker_writes();
}

// Its log has the same lines whatever the call shows of its own.
static co_status run_trial(void *context, int trial, double asked) {
  worker_call *call = context;
  co_trial_context own = *call->context;
  cli_catch_signals(true);
  cli_begin_log(CO_LOG_INFO);
  own.progress = send_count;
  own.writes = send_writes;
  own.began = asked;
  own.began_cpu = call->cpu;
  co_status status = call->pool ? CO_OK : co_pool_create(call->threads, &call->pool);
  own.pool = call->pool;
  if (status == CO_OK) status = co_folder_run_trial(&own, trial, true, false);
  if (status != CO_OK) cli_tell_error(co_error_text());
  call->cpu = co_clock_cpu();
  return status;
}

// ---- the study ----

// what is collected, when the line has ended
typedef struct collecting {
  const cli_study_work *work;
  progress_line *line;
} collecting;

static co_status collect(const void *context, const co_study_run *run) {
  const collecting *c = context;
  end_line(c->line);
  return c->work->collect(c->work->collect_context, run);
}

co_status cli_study_run(const co_trial_context *context, const cli_study_work *work) {
  progress_line line = {.label = work->label,
                        .start = co_clock_wall(),
                        .terminal = isatty(STDERR_FILENO),
                        .quiet = work->quiet,
                        .ended = true};
  line.last = line.start;
  const collecting c = {work, &line};
  worker_call call = {.context = context, .threads = work->threads};
  const co_folder_work folder = {.options = {.jobs = work->jobs,
                                             .threads = work->threads,
                                             .work = {run_trial, &call},
                                             .aside = work->aside,
                                             .progress = work->quiet ? NULL : print_progress,
                                             .progress_context = &line},
                                 .survey = work->survey,
                                 .may_be_empty = work->may_be_empty,
                                 .force = work->force,
                                 .collect = collect,
                                 .collect_context = &c};
  co_status status = co_folder_run(context, &folder);
  end_line(&line);
  return status;
}
