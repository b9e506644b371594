// What values of bound terms measure, and what stands between controls and joints. Facts of the
// nominal model.

#ifndef ENVS_TASK_MEASURED_H_
#define ENVS_TASK_MEASURED_H_

#include "envs/task/terms/terms.h"

// What value i of an observation term is about; false: nothing is known but what the term's name
// tells.
bool co_measured(const co_model *model, const co_term *term, int i, co_measure *out);

// "site/imu" of what is measured; false: the name does not fit.
bool co_measured_frame(const co_model *model, const co_measure *measure, char out[CO_NAME]);

// Puts it into an element: what it measures of what, and from where it is seen.
void co_measured_value(const co_model *model, const co_term *term, int i, co_obs_element *element);

// What stands between an action element's control and its joint, with the domain's fixed shifts
// where they have been put into the model.
co_drive_info co_measured_control(const co_model *model, const co_term *term, int i);

#endif  // ENVS_TASK_MEASURED_H_
