// Data sets as HDF5, in the layouts of D4RL (arrays at the root) and Minari (a group episode_K per
// episode, with one observation more than actions).
//
// libhdf5 is optional and loaded when it is used: without it one sentence says so. Read are numbers
// of any type, chunked or compressed as the library can; written are D4RL's columns, and with them
// episode, row and the set's text, so that what comes back is the same set, byte for byte.

#ifndef AGENTS_DATA_HDF5_H_
#define AGENTS_DATA_HDF5_H_

#include "agents/data/sink.h"

// CO_CONFIG without the library. One thread at a time.
co_status co_data_hdf5_read(const char *path, const co_data_sink *sink, co_data_problems *problems);
co_status co_data_hdf5_write(const co_data_set *set, const char *path);
// Minari's groups, which hold transitions alone: no numbers of episodes and rows, no text.
co_status co_data_minari_write(const co_data_set *set, const char *path);
// Whether files of this format can be read and written here.
bool co_data_hdf5_is_there(void);

#endif  // AGENTS_DATA_HDF5_H_
