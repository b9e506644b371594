// Data sets as CSV (RFC 4180): a line of names, then a line per transition.
//
//   episode, row, terminated, truncated, reward, obs/NAME ..., action/NAME ..., next_obs/NAME ...
//
// next_obs is empty but where an episode ends. Numbers have as many digits as float32 needs to come
// back. Columns may stand in any order; all but reward, terminated, obs and action may be missing,
// and then agents/data/link.h says what is done. The contract is lost.

#ifndef AGENTS_DATA_CSV_H_
#define AGENTS_DATA_CSV_H_

#include "agents/data/sink.h"

// CO_DATA with "FILE:LINE: text".
co_status co_data_csv_read(const char *path, const co_data_sink *sink, co_data_problems *problems);
co_status co_data_csv_write(const co_data_set *set, const char *path);

#endif  // AGENTS_DATA_CSV_H_
