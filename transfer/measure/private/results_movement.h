// What trainings of a strategy moved, layer by layer, over seeds.

#ifndef TRANSFER_MEASURE_PRIVATE_RESULTS_MOVEMENT_H_
#define TRANSFER_MEASURE_PRIVATE_RESULTS_MOVEMENT_H_

#include "transfer/measure/results.h"

// [{layer, ...}] as in done.json, each number the mean over the seeds that are done (ranks too);
// `source` -1: from none. NULL: nothing was trained, or nothing is known.
co_json *co_results_movement(const co_results *results, int source, int target, int strategy);

#endif  // TRANSFER_MEASURE_PRIVATE_RESULTS_MOVEMENT_H_
