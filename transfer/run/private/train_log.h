// Logs of one training in a folder: a row of all logged metrics (agents/learn/metrics_table.h)
// after every update.
//
// `log.jsonl`: one object per line. `log.csv`: names, then numbers. What a learner does not have is
// null, or an empty cell. `events.out.tfevents.carryover` for TensorBoard: what is null is left
// out. No file holds a time: bytes depend on the training only. TensorBoard wants one with every
// event, and is given the env step as seconds since 1970.
//
// A row is in the files when a write returns. A row that the disk does not take is kept and tried
// again with the next one. A checkpoint holds the lengths that co_train_log_sync gives; opened at
// them, what lies behind is cut off. One owner, one thread.

#ifndef TRANSFER_RUN_PRIVATE_TRAIN_LOG_H_
#define TRANSFER_RUN_PRIVATE_TRAIN_LOG_H_

#include "agents/learn/learner_stats.h"
#include "core/status.h"
#include "transfer/study/strategy.h"

enum { CO_LOG_JSONL, CO_LOG_CSV, CO_LOG_EVENTS, CO_NUM_LOGS };

extern const char *const co_train_log_names[CO_NUM_LOGS];  // of the files

// [bytes] of each file
typedef struct co_train_log_position {
  int64_t size[CO_NUM_LOGS];
} co_train_log_position;

typedef struct co_train_log co_train_log;

// Makes the folder. Loss terms of the strategy (NULL: none) have columns of their own, and so have
// steps in a source's world, and a learner that is given `data`. At `position` (NULL: all zero)
// files are cut, and what a file begins with is written where it is 0. Without `events` a file of
// events that is there is removed; with them, one that is shorter than its position begins anew,
// with a warning. CO_DATA when another file is shorter and CO_CREATE when one cannot be opened;
// then none was changed.
co_status co_train_log_open(const char *folder, bool events, const co_strategy *strategy, bool data,
                            const co_train_log_position *position, co_train_log **out);

// Appends a row. CO_MEMORY only: see co_train_log_sync for the disk.
co_status co_train_log_write(co_train_log *log, const co_learner_stats *stats);

// Everything written is on the disk, and how long the files are. CO_IO when it is not.
co_status co_train_log_sync(co_train_log *log, co_train_log_position *out);

// All rows are in the files, if not yet on the disk. CO_IO when one is not.
co_status co_train_log_finish(co_train_log *log);
// The logs of a training that is over are on the disk. CO_IO when they are not.
co_status co_train_log_keep(const char *folder);

// Writes the event file of a training that is over from its log.jsonl, unless it is there and the
// same. CO_DATA when the log is none; what it lacks, being older, is left out.
co_status co_train_log_restore_events(const char *folder);

void co_train_log_close(co_train_log *log);  // NULL is fine; rows that were not written are lost

#endif  // TRANSFER_RUN_PRIVATE_TRAIN_LOG_H_
