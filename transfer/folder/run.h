// A study's folder in one call: locked, looked at, claimed, its trials run, or what is done of them
// surveyed, and results collected while nobody else can change it.

#ifndef TRANSFER_FOLDER_RUN_H_
#define TRANSFER_FOLDER_RUN_H_

#include "transfer/run/runner.h"

typedef struct co_folder_work {
  co_run_options options;  // of the workers
  bool survey;             // run nothing, look at what is done
  bool may_be_empty;       // of a survey: nothing done is fine too
  bool force;              // finished trials of another definition are done again, or left out
  // Called while the folder is still locked, when everything has run.
  co_status (*collect)(const void *context, const co_study_run *run);
  const void *collect_context;
} co_folder_work;

// Checks the worlds, warns of what the study will not tell, locks the folder and looks at it,
// claims it, runs (or surveys) all trials, collects. Failures of co_study_run_begin, co_study_look,
// co_study_run_claim, _trials and of `collect`; CO_CREATE when the folder is in use, CO_NO_INPUT
// when there is nothing to survey.
co_status co_folder_run(const co_trial_context *context, const co_folder_work *work);

// One trial by its index, in the lock of its own folder: an element of a job array, which claims
// the study's folder itself, or a worker, whose parent did. What is done is only refreshed.
// Failures of co_study_look, co_study_run_claim and co_trial_run; CO_CREATE when the trial is in
// use.
co_status co_folder_run_trial(const co_trial_context *context, int trial, bool is_worker,
                              bool force);

#endif  // TRANSFER_FOLDER_RUN_H_
