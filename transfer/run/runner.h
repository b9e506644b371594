// Runs a study: worlds compared, trials in worker processes in the order of their needs, shifts
// graded under the source policies, results collected. Calling it again continues: finished trials
// are skipped.

#ifndef TRANSFER_RUN_RUNNER_H_
#define TRANSFER_RUN_RUNNER_H_

#include "transfer/run/study_run.h"
#include "transfer/run/workers.h"

// What a progress line can say.
typedef struct co_run_progress {
  int done, total, running;
  double left_s;  // [s] until all is done, trials that were done before not counted; NAN: not known
} co_run_progress;

// What can be done with a trial that is done, such as its pictures, one after the other in a
// process beside the workers: nothing more once that has failed, and what is left when all trials
// are over, or under way then, is the caller's.
typedef struct co_aside {
  bool (*wanted)(void *context, int trial);  // asked when the trial is done; NULL: nothing is
  co_work work;
} co_aside;

typedef struct co_run_options {
  int jobs, threads;  // workers that compute at once; threads in each
  co_work work;       // what a worker does with its trial
  co_aside aside;
  void (*progress)(void *context,
                   const co_run_progress *progress);  // several times a second; may be NULL
  void *progress_context;
} co_run_options;

// Builds every world once and compares every source with every target on an action tape. CO_CONFIG
// naming all mistakes, or all inert targets; CO_INTERRUPTED, as all of these once the context's
// `stop` is set.
co_status co_study_run_begin(const co_trial_context *context, co_study_run *out);

// What a call is about to do with a study's folder.
typedef struct co_look {
  int trial;     // looks at this one only, -1: at all
  bool force;    // finished trials of another definition may be done again
  bool collect;  // nothing will be run, so that what is damaged stays so
} co_look;

// Looks at what the folder holds and changes nothing. `state` (trials.count, may be NULL) gets what
// is done. CO_CONFIG when the folder belongs to a study of another name, or holds finished trials
// of other definitions or inputs and `force` is not said: the text lists which trials and what
// differs. What is damaged is a warning; with `collect` it is CO_DATA.
co_status co_study_look(const co_trial_context *context, const co_look *look,
                        co_trial_state *state);

// Creates DIR and writes the effective study there.
co_status co_study_run_claim(const co_trial_context *context);

// Runs everything that is not done, as co_study_look has told. CO_CONFIG when a shift is not live
// under the policies and its target does not say otherwise; CO_INTERRUPTED; CO_CREATE, CO_IO,
// CO_MEMORY when a worker could not write.
co_status co_study_run_trials(co_study_run *run, const co_run_options *options);

// Grades as far as what is done allows, without running anything, as co_study_look has told.
co_status co_study_run_survey(co_study_run *run);

void co_study_run_free(co_study_run *run);

#endif  // TRANSFER_RUN_RUNNER_H_
