// How much work worlds are, counted and not timed: measurements end early in worlds that are too
// large for them, at the same step on every machine.

#ifndef ENVS_WORK_H_
#define ENVS_WORK_H_

#include "envs/row.h"

// Units of a control step of the row, as it lies: degrees of freedom and bodies, and the square of
// the constraints of its contacts, for every physics step. Ant in the air has about 150.
double co_row_work(const co_row *row);

#endif  // ENVS_WORK_H_
