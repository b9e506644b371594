// What trials have taken, from their timing.csv. For people and estimates only: no result depends
// on it.

#ifndef TRANSFER_RUN_TIMES_H_
#define TRANSFER_RUN_TIMES_H_

#include "transfer/run/training.h"

// The head of every timing.csv.
#define CO_TIMING_HEAD "trial,phase,wall_s,cpu_s,env_steps,gradient_steps,flop\n"

// Appends a row.
void co_timing_row(const char *trial, const char *phase, const co_cost *cost, co_buf *out);

// Adds wall time and env steps of each phase that a trial's timing.csv tells. A damaged one tells
// nothing.
void co_times_add(const co_trial_context *context, const co_trial *trial, co_training_cost *sum);

#endif  // TRANSFER_RUN_TIMES_H_
