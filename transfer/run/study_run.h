// How far a study is: the state of its trials and the grades of its shifts. Types only;
// transfer/run/runner.h fills them.

#ifndef TRANSFER_RUN_STUDY_RUN_H_
#define TRANSFER_RUN_STUDY_RUN_H_

#include "transfer/run/grade.h"
#include "transfer/run/training.h"
#include "transfer/study/trial.h"

typedef enum co_trial_state {
  CO_TRIAL_PENDING,
  CO_TRIAL_RUNNING,
  CO_TRIAL_DONE,
  CO_TRIAL_FAILED,   // twice, or the trial it needs failed
  CO_TRIAL_REFUSED,  // its target's shift is not live
} co_trial_state;

// What the trials that a call has run took, summed over its workers, and the call's own time with
// them [s].
typedef struct co_run_times {
  double wall_s;
  co_training_cost sum;
  int trials, jobs;
  co_cost aside;  // of what was done beside them
  int asides;     // how often
} co_run_times;

// State of a study's trials and shifts, for the collection of results.
typedef struct co_study_run {
  const co_trial_context *context;
  co_trial_state *state;  // (trials.count), owned
  int num_grades;         // sources x targets
  co_shift_grade *grade;  // (num_grades) source-major, owned
  bool *refused;          // (targets), owned
  co_run_times times;
  char *failure;  // of the first trial that was given up, owned; NULL: there is none
} co_study_run;

#endif  // TRANSFER_RUN_STUDY_RUN_H_
