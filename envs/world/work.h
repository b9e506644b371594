// How much work worlds are, counted and not timed: measurements end early in worlds that are too
// large for them, at the same step on every machine.

#ifndef ENVS_WORLD_WORK_H_
#define ENVS_WORLD_WORK_H_

#include "envs/world/row.h"

// What one test or one episode may take: about a second. Shipped tasks take less than a tenth.
enum { CO_MOST_WORK = 2000000 };

// Units of a control step of the row, as it lies: degrees of freedom and bodies, the square of the
// constraints of its contacts, and long chains of joints, for every physics step. Ant in the air
// has about 150.
double co_row_work(const co_row *row);

#endif  // ENVS_WORLD_WORK_H_
