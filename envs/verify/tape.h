// Bounds of random actions for checks and measurements.
//
// A task may clip actions far beyond what its joints can do (imported policies often say +-100);
// uniform actions from there are nothing but violence. A tape stays within the clip bounds and
// where the control, or the joint that it places, has its own range.

#ifndef ENVS_VERIFY_TAPE_H_
#define ENVS_VERIFY_TAPE_H_

#include "envs/task/binding.h"

// Fills low and high (act_dim each), in units of the action: finite, low < high.
void co_tape_bounds(const co_binding *binding, double *low, double *high);

#endif  // ENVS_VERIFY_TAPE_H_
