// Mistakes in the data sets of a study, in who learns from which, and in who steps a source's
// world, before any world is built.

#ifndef TRANSFER_STUDY_DATA_CHECK_H_
#define TRANSFER_STUDY_DATA_CHECK_H_

#include "core/config/schema.h"
#include "transfer/study/study_def.h"

// Checks all of them, each mistake at its line. Strategies are resolved by then; scratches of other
// algorithms are not among them yet.
void co_data_check(const co_study *study, co_schema_errors *errors);

#endif  // TRANSFER_STUDY_DATA_CHECK_H_
