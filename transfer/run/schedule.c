#include "transfer/run/private/schedule.h"

static bool is_zero_shot(const co_study *study, const co_trial *trial) {
  return trial->kind == CO_TRIAL_TRANSFER && trial->strategy == study->zero_shot;
}

bool co_schedule_can_grade(const co_trial_context *context, const co_trial_state *state,
                           int target) {
  const co_trials *trials = context->trials;
  for (int i = 0; i < trials->count; i++)
    if (trials->trial[i].target == target && is_zero_shot(context->study, &trials->trial[i]) &&
        (state[i] == CO_TRIAL_PENDING || state[i] == CO_TRIAL_RUNNING))
      return false;
  return true;
}

// zero-shot first, since grading waits for it; then sources and data, since others need them; then
// the longest
static int rank(const co_study *study, const co_trial *trial) {
  if (is_zero_shot(study, trial)) return 0;
  switch (trial->kind) {
    case CO_TRIAL_SOURCE:
    case CO_TRIAL_DATA: return 1;
    case CO_TRIAL_ORACLE: return 2;
    case CO_TRIAL_TRANSFER: return 3;
    case CO_TRIAL_RANDOM: return 4;
    default: return 5;
  }
}

static bool is_ready(const co_trial_context *context, const co_trial_state *state,
                     const bool *graded, int i) {
  const co_trial *trial = &context->trials->trial[i];
  if (state[i] != CO_TRIAL_PENDING) return false;
  for (int k = 0; k < trial->num_needs; k++)
    if (state[trial->need[k].trial] != CO_TRIAL_DONE) return false;
  if (is_zero_shot(context->study, trial) || trial->target < 0) return true;
  // what does not depend on a source may run before the grading, unless the target may be left out
  bool waits = trial->num_needs > 0 ||
               co_study_target(context->study, trial->target)->if_not_live == CO_NOT_LIVE_SKIP;
  return graded[trial->target] || !waits;
}

int co_schedule_next(const co_trial_context *context, const co_trial_state *state,
                     const bool *graded) {
  const co_trials *trials = context->trials;
  int best = -1;
  for (int i = 0; i < trials->count; i++)
    if (is_ready(context, state, graded, i) &&
        (best < 0 ||
         rank(context->study, &trials->trial[i]) < rank(context->study, &trials->trial[best])))
      best = i;
  return best;
}
