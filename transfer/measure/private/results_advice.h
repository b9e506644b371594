// Inside transfer/measure: suggestions from records.

#ifndef TRANSFER_MEASURE_PRIVATE_RESULTS_ADVICE_H_
#define TRANSFER_MEASURE_PRIVATE_RESULTS_ADVICE_H_

#include "transfer/measure/results.h"

// A new array as of co_advice_json; the caller owns it. CO_MEMORY, or what describing a world says.
co_status co_results_advice(const co_results *results, const co_pairs *pairs,
                            const co_metrics *metrics, co_json **out);

#endif  // TRANSFER_MEASURE_PRIVATE_RESULTS_ADVICE_H_
