// How long what is left of a study takes: each pending trial's seconds, from finished trials of the
// same study where there are some, else from a calibration, played through the order in which
// trials run.

#ifndef TRANSFER_ESTIMATE_H_
#define TRANSFER_ESTIMATE_H_

#include "transfer/calibrate.h"
#include "transfer/runner.h"

// What finished trials of one world have taken.
typedef struct co_spent {
  double train_s, evaluate_s, train_steps, evaluate_steps;
  double episodes;      // evaluated, of policies
  double policy_steps;  // in them
} co_spent;

typedef struct co_estimate {
  const co_study_run *run;  // borrowed, with its states
  int jobs, threads;
  int worlds;         // sources, then targets
  int *like;          // (worlds) the first world with the same task and settings, owned
  co_spent *spent;    // (worlds), owned
  co_pace *measured;  // (worlds) by calibration, at `like`; owned
} co_estimate;

// Reads what the finished trials of the run have taken. CO_MEMORY, or the settings' own errors.
co_status co_estimate_open(const co_study_run *run, int jobs, int threads, co_estimate *out);
void co_estimate_close(co_estimate *e);

// Adds a trial that has just been done. A damaged timing.csv tells nothing.
void co_estimate_add(co_estimate *e, int trial);

// Measures the worlds of pending trials of which no finished trial tells.
void co_estimate_calibrate(co_estimate *e);

// [s] until all that is pending or running is done. `steps` (trials) are env steps that running
// trials have made, NULL: none runs. NAN: not known.
double co_estimate_left(const co_estimate *e, const int64_t *steps);

#endif  // TRANSFER_ESTIMATE_H_
