// What `run --dry-run` prints: that a study could run, what it would take, and what it will not
// tell.

#ifndef CLI_STUDY_PLAN_H_
#define CLI_STUDY_PLAN_H_

#include "cli/cli.h"
#include "transfer/study/trial.h"

// Makes the plan for this many jobs with so many threads each (co_study_plan_make) and prints it.
co_status cli_print_plan(const cli_args *args, const co_trial_context *context, int jobs,
                         int threads);

#endif  // CLI_STUDY_PLAN_H_
