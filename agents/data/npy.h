// One array of a .npz (numpy.lib.format): rows of numbers, read one after another.
//
// Read are float32 and float64, whole numbers of any size and bool, little-endian, of shape (rows)
// or (rows, numbers), row after row, at most a million numbers in one. Errors are CO_DATA with
// "FILE: offset N: NAME: text". One thread per array.

#ifndef AGENTS_DATA_NPY_H_
#define AGENTS_DATA_NPY_H_

#include "agents/data/zip.h"

typedef struct co_npy {
  co_zip_stream stream;
  char kind;  // 'f' | 'i' | 'u' | 'b' | '\0': there is no such array
  int bytes;  // of an element
  int64_t rows;
  int width;
  unsigned char *row;  // (width x bytes), owned
} co_npy;

// The member "NAME.npy" of an archive, which must outlive it; a missing one has no kind. What
// failed is closed like the rest.
co_status co_npy_open(const co_zip *zip, const char *name, co_npy *out);
// The next row (width) of `rows`.
co_status co_npy_next(co_npy *array, double *out);
void co_npy_close(co_npy *array);  // also of zeros

#endif  // AGENTS_DATA_NPY_H_
