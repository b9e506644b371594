// How fast a study's trials are here: a moment of real training and real evaluation, measured.

#ifndef TRANSFER_RUN_CALIBRATE_H_
#define TRANSFER_RUN_CALIBRATE_H_

#include "transfer/study/trial.h"

// What one worker takes, NAN where it is not known.
typedef struct co_pace {
  double train_s, evaluate_s;  // [s] per env step
  double episode;              // [env steps] of an evaluated episode
  double build_s;              // [s] until the world stands
} co_pace;

// The pace of trials of this kind, settings and world, while `jobs` workers with `threads` threads
// each are at it at once (on the context's pool). Takes some updates of the learner, at least about
// 0.3 s; writes nothing. All NAN where a worker fails or memory is short: it is no more than an
// estimate.
co_pace co_calibrate(const co_trial_context *context, const co_trial *trial, int jobs, int threads);

#endif  // TRANSFER_RUN_CALIBRATE_H_
