// What a call of `run` would have to do: counts of the whole study, what is left in time and on the
// disk, and what the study will not tell whatever its trials give.

#ifndef TRANSFER_RUN_PLAN_H_
#define TRANSFER_RUN_PLAN_H_

#include "transfer/run/runner.h"
#include "transfer/study/family.h"

typedef struct co_study_plan {
  int trials, done;
  // the whole study's: [env steps] of training, evaluation episodes, episodes of data sets
  int64_t train_steps, episodes, recorded;
  int64_t source_steps;   // [env steps] of co-training in sources' worlds, beside train_steps
  double seconds, bytes;  // of what is left; seconds NAN: not known
  int comparisons;        // planned ones
  co_test_plan test;      // of these, if there are any
  co_buf advice;          // one line each, owned
} co_study_plan;

// Checks the study as a run does before its first training, grades what is done as far as that
// goes, and estimates what is left for so many jobs with so many threads each. `force`: finished
// trials of another definition would be done again. Writes nothing. Failures of co_study_run_begin,
// _look and _survey; CO_INTERRUPTED once the context's `stop` is set. On failure there is nothing
// to be freed.
co_status co_study_plan_make(const co_trial_context *context, int jobs, int threads, bool force,
                             co_study_plan *out);
void co_study_plan_free(co_study_plan *plan);

#endif  // TRANSFER_RUN_PLAN_H_
