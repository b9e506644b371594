// Writes a data set, transition by transition, in memory for one piece of records.
//
// The same transitions give the same bytes: no time, host or path is in the file. It is there whole
// once the writer is done, and not before. One thread at a time.

#ifndef AGENTS_DATA_WRITER_H_
#define AGENTS_DATA_WRITER_H_

#include "agents/data/data_set.h"

typedef struct co_data_writer co_data_writer;

// `about` is copied. CO_CREATE, CO_IO, CO_CONFIG for sizes that no set has.
co_status co_data_writer_create(const char *path, const co_data_about *about, co_data_writer **out);

// A transition begins an episode where it is the first, or where the last one ended; its flag
// CO_DATA_FIRST is not looked at. It is the caller's bug when an episode changes before it has
// ended. CO_DATA where a number is not finite, or numbers of episodes do not rise or those of rows
// fall; CO_IO. After a failure the writer can only be destroyed.
co_status co_data_writer_add(co_data_writer *writer, const co_data_transition *transition);

// Makes the file what was written; the last episode must have ended. The writer stays the caller's.
co_status co_data_writer_commit(co_data_writer *writer);
// Without a commit nothing is left of what was written. NULL is fine.
void co_data_writer_destroy(co_data_writer *writer);

#endif  // AGENTS_DATA_WRITER_H_
