// In what a target differs from a source, in the terms of transfer learning (Pan & Yang 2010, IEEE
// TKDE 22(10)): a domain is a space X with a distribution P(X), a task is a space Y with a function
// f.

#ifndef TRANSFER_MEASURE_PRIVATE_DIFFERS_H_
#define TRANSFER_MEASURE_PRIVATE_DIFFERS_H_

#include "core/json.h"
#include "transfer/run/study_run.h"

// A new object {observation{source, target, same}, action{source, target, same}, reward}: numbers
// of elements, and whether their names and order are the same; whether the tasks pay for the same
// ("same" or "other"). The caller owns it. CO_MEMORY, or what describing a world says.
co_status co_differs_json(const co_trial_context *context, int source, int target, co_json **out);

#endif  // TRANSFER_MEASURE_PRIVATE_DIFFERS_H_
