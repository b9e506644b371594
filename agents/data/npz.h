// Data sets as NumPy's .npz: a zip archive of arrays .npy (numpy.lib.format), with the columns of
// D4RL.
//
// Read are members that are stored or deflated, of float32 and float64, whole numbers of any size
// and bool, little-endian, row after row. Written are float32, bool, uint32, and the set's own text
// as bytes, so that what comes back is the same set, byte for byte. Memory is that of one step.

#ifndef AGENTS_DATA_NPZ_H_
#define AGENTS_DATA_NPZ_H_

#include "agents/data/sink.h"

co_status co_data_npz_read(const char *path, const co_data_sink *sink, co_data_problems *problems);
// The same of bytes.
co_status co_data_npz_parse(const void *bytes, size_t size, const char *file,
                            const co_data_sink *sink, co_data_problems *problems);
co_status co_data_npz_write(const co_data_set *set, const char *path);

#endif  // AGENTS_DATA_NPZ_H_
