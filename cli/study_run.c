#include "cli/study_run.h"

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
  char program[4096];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length < 0) return co_fail(CO_INTERNAL, "cannot find this program's own path");
  program[length] = '\0';
  progress_line line = {.label = work->label,
                        .start = co_clock_wall(),
                        .terminal = isatty(STDERR_FILENO),
                        .quiet = work->quiet,
                        .ended = true};
  line.last = line.start;
  const collecting c = {work, &line};
  const co_folder_work folder = {.options = {.jobs = work->jobs,
                                             .threads = work->threads,
                                             .program = program,
                                             .checkpoint_s = context->checkpoint_s,
                                             .tensorboard = context->tensorboard,
                                             .progress = print_progress,
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
