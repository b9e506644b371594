// Running a study from the command line: its folder locked, a progress line, orderly ends on
// signals. Shared by all commands that run studies.

#ifndef CLI_STUDY_RUN_H_
#define CLI_STUDY_RUN_H_

#include "core/file.h"
#include "transfer/run/runner.h"

typedef struct cli_study_work {
  int jobs, threads;  // worker processes; threads in each
  bool survey;        // run nothing, look at what is done
  bool may_be_empty;  // of a survey: nothing done is fine too
  bool force;         // finished trials of another definition are done again, or left out
  bool quiet;         // no progress line
  const char *label;  // in front of the progress line, NULL: nothing
  // Called while the folder is still locked, when everything has run.
  co_status (*collect)(const void *context, const co_study_run *run);
  const void *collect_context;
} cli_study_work;

// Checks the worlds, locks the folder and looks at it, claims it, runs (or surveys) all trials,
// collects. Failures of co_study_run_begin, co_study_look, co_study_run_claim, _trials and of
// `collect`; CO_CREATE when the folder is in use, CO_NO_INPUT when there is nothing to survey.
co_status cli_study_run(const co_trial_context *context, const cli_study_work *work);

// Warns of everything that a study will not tell (co_study_advise) and appends it, one line each.
co_status cli_study_advise(const co_trial_context *context, co_buf *out);

// Takes the lock of a study or a trial, and waits for 2 s: a killed parent's workers hold theirs
// for a moment longer, and one that is being born still has the parent's.
co_status cli_lock(const char *path, co_lock *lock);

// "2 h 05 min", "3 min 20 s", "12 s"; "?" when it is not finite.
void cli_format_time(double seconds, char *out, size_t size);

#endif  // CLI_STUDY_RUN_H_
