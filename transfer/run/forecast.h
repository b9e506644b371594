// How long what is left of a study takes: each pending trial's seconds, from finished trials of the
// same study where there are some, else from a calibration, played through the order in which
// trials run.

#ifndef TRANSFER_RUN_FORECAST_H_
#define TRANSFER_RUN_FORECAST_H_

#include "transfer/run/calibrate.h"
#include "transfer/run/study_run.h"

// What finished trials of one place have taken: a world, and the algorithm that trains in it.
typedef struct co_spent {
  double train_s, evaluate_s, train_steps, evaluate_steps;
  double episodes;      // evaluated, of policies
  double policy_steps;  // in them
} co_spent;

typedef struct co_forecast {
  const co_study_run *run;  // borrowed, with its states
  int jobs, threads;
  int variants;       // of a training: with none, the first, ... of the study's `source_env`
  int places;         // worlds, sources before targets, by variants and algorithms
  int *like;          // (places) the first place with the same task and settings, owned
  co_spent *spent;    // (places), owned
  co_pace *measured;  // (places) by calibration, at `like`; owned
} co_forecast;

// Reads what the finished trials of the run have taken. CO_MEMORY, or the settings' own errors.
co_status co_forecast_open(const co_study_run *run, int jobs, int threads, co_forecast *out);
void co_forecast_close(co_forecast *e);

// Adds a trial that has just been done. A damaged timing.csv tells nothing.
void co_forecast_add(co_forecast *e, int trial);

// Measures the places of pending trials of which no finished trial tells.
void co_forecast_calibrate(co_forecast *e);

// [s] until all that is pending or running is done. `steps` (trials) are env steps that running
// trials have made, NULL: none runs. NAN: not known.
double co_forecast_left(const co_forecast *e, const int64_t *steps);

#endif  // TRANSFER_RUN_FORECAST_H_
