// Where the transitions of a file go, one by one: what reads a format does not know who wants them.

#ifndef AGENTS_DATA_SINK_H_
#define AGENTS_DATA_SINK_H_

#include "agents/data/data_set.h"

typedef struct co_data_sink {
  void *context;
  // Once, before all transitions. `about` is lent.
  co_status (*begin)(void *context, const co_data_about *about);
  // As co_data_writer_add.
  co_status (*add)(void *context, const co_data_transition *transition);
} co_data_sink;

// All of a set.
co_status co_data_sink_set(const co_data_set *set, const co_data_sink *sink);

#endif  // AGENTS_DATA_SINK_H_
