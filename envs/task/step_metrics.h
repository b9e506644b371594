// What evaluations show of a step beside its rewards, bound to a model: the metrics of envs/env.h.
//
// Where they come from is found in the task's own terms, so that no task has to list them. Part of
// a binding: constant for its life, and measured for different rows at once.

#ifndef ENVS_TASK_STEP_METRICS_H_
#define ENVS_TASK_STEP_METRICS_H_

#include "envs/task/terms/space.h"

typedef struct co_step_metrics {
  bool has[CO_NUM_STEP_METRICS];
  co_frame frame;        // whose velocity follows the commands, where there is tracking
  int vx, vy;            // indices of those commands
  const co_term *speed;  // reward term about a speed along x, where there is no tracking; else NULL
} co_step_metrics;

// Of a task's terms, all of which are bound: terms[kind] of each kind. The frame is that of the
// first term that looks from one: rewards for tracking before observations.
co_step_metrics co_step_metrics_bind(const co_model *model,
                                     const co_terms_bound terms[CO_NUM_TERM_KINDS],
                                     const co_command_element *command, int num_commands);

// Of the control step that is over, before commands are drawn anew; 0 where the task has none.
// `state` is that of all terms of the row.
void co_step_metrics_measure(const co_step_metrics *metrics, const co_moment *moment,
                             const double *state, double value[CO_NUM_STEP_METRICS]);

#endif  // ENVS_TASK_STEP_METRICS_H_
