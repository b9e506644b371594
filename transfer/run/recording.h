// Records a data set: what a trial of kind `data` does.

#ifndef TRANSFER_RUN_RECORDING_H_
#define TRANSFER_RUN_RECORDING_H_

#include "transfer/run/training.h"

// Episodes of sets are other ones than those of evaluations and trainings: their streams have this
// much more in their number.
enum { CO_DATA_STREAMS = 1 << 21 };

// Plays the episodes of def->recording into the file, and notes it in the record. The policy that
// acts is def->source. Bytes depend on the definition and that policy only. CO_INTERRUPTED when
// def->stop is set, which leaves nothing.
co_status co_recording_run(const co_training_def *def, const char *path, co_record *record,
                           co_training_cost *cost);

#endif  // TRANSFER_RUN_RECORDING_H_
