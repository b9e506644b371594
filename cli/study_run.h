// Running a study from the command line: co_folder_run with a progress line on the terminal. Shared
// by all commands that run studies.

#ifndef CLI_STUDY_RUN_H_
#define CLI_STUDY_RUN_H_

#include "transfer/folder/run.h"

typedef struct cli_study_work {
  int jobs, threads;  // worker processes; threads in each
  bool survey;        // run nothing, look at what is done
  bool may_be_empty;  // of a survey: nothing done is fine too
  bool force;         // finished trials of another definition are done again, or left out
  bool quiet;         // no progress line
  co_aside aside;     // what is done beside the workers, {0}: nothing
  const char *label;  // in front of the progress line, NULL: nothing
  // Called while the folder is still locked, when everything has run.
  co_status (*collect)(const void *context, const co_study_run *run);
  const void *collect_context;
} cli_study_work;

co_status cli_study_run(const co_trial_context *context, const cli_study_work *work);

// "2 h 05 min", "3 min 20 s", "12 s"; "?" when it is not finite.
void cli_format_time(double seconds, char *out, size_t size);

#endif  // CLI_STUDY_RUN_H_
