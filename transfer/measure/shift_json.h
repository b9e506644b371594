// What is measured of a shift, as JSON: one layout for `check` and for results.json.

#ifndef TRANSFER_MEASURE_SHIFT_JSON_H_
#define TRANSFER_MEASURE_SHIFT_JSON_H_

#include "core/json.h"
#include "envs/env.h"

// Adds live, first_step (null: none), rms{"1", "10", "100"}, effective_friction[{pair, source,
// target}], limit_share, visited_share, reason, moved[{parameter, element, source[], target[]}],
// num_moved and kept to an object.
void co_shift_add_json(const co_shift *shift, co_json *object);

#endif  // TRANSFER_MEASURE_SHIFT_JSON_H_
