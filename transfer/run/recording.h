// Records a data set: what a trial of kind `data` does, and what a training keeps of its replay.

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

// Writes what the learner of a training still has into def->replay, and notes it in the record.
// Errors of files.
co_status co_recording_keep(const co_training_def *def, const co_learner *learner,
                            co_record *record);

#endif  // TRANSFER_RUN_RECORDING_H_
