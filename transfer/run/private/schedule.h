// The order in which a study's trials run. The runner and the estimate of what is left share it.

#ifndef TRANSFER_RUN_PRIVATE_SCHEDULE_H_
#define TRANSFER_RUN_PRIVATE_SCHEDULE_H_

#include "transfer/run/study_run.h"

// The trial to start next: pending, with what it needs done, not waiting for a target's grading;
// -1: none now. `state` (trials), `graded` (targets).
int co_schedule_next(const co_trial_context *context, const co_trial_state *state,
                     const bool *graded);

// Whether all zero-shot trials in the target are over, so that its shift can be graded.
bool co_schedule_can_grade(const co_trial_context *context, const co_trial_state *state,
                           int target);

#endif  // TRANSFER_RUN_PRIVATE_SCHEDULE_H_
