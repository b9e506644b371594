// The safetensors file format (huggingface.co/docs/safetensors): named arrays behind a JSON header.
//
//   8 bytes     length of the header, little-endian
//   header      {"__metadata__": {KEY: TEXT, ...}, NAME: {"dtype", "shape", "data_offsets": [begin,
//   end]}, ...} data        little-endian arrays in row-major order; offsets count from here
//
// The reader trusts nothing: every length is checked before use, names are unique, and the arrays
// cover the data without holes, overlaps or rest. The writer is canonical: the same input gives the
// same bytes. Errors are CO_DATA with "file: offset N: text". Thread-safe for different objects.

#ifndef AGENTS_FORMATS_SAFETENSORS_H_
#define AGENTS_FORMATS_SAFETENSORS_H_

#include "core/buf.h"
#include "core/json.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

// Element types: name in the file, bytes per element.
#define CO_SAFETENSORS_TYPES(X) \
  X(BOOL, 1)                    \
  X(U8, 1)                      \
  X(I8, 1)                      \
  X(F8_E5M2, 1)                 \
  X(F8_E4M3, 1)                 \
  X(I16, 2)                     \
  X(U16, 2)                     \
  X(F16, 2)                     \
  X(BF16, 2)                    \
  X(I32, 4)                     \
  X(U32, 4)                     \
  X(F32, 4)                     \
  X(F64, 8)                     \
  X(I64, 8)                     \
  X(U64, 8)

typedef enum co_safetensors_type {
#define X(name, bytes) CO_SAFETENSORS_##name,
  CO_SAFETENSORS_TYPES(X)
#undef X
      CO_NUM_SAFETENSORS_TYPES
} co_safetensors_type;

extern const char *const co_safetensors_type_names[CO_NUM_SAFETENSORS_TYPES];
extern const size_t co_safetensors_type_bytes[CO_NUM_SAFETENSORS_TYPES];

enum {
  CO_SAFETENSORS_RANK = 8,               // most dimensions of an array
  CO_SAFETENSORS_NAME = 256,             // most bytes of a name, with NUL
  CO_SAFETENSORS_HEADER_MAX = 16 << 20,  // most bytes of a header
  CO_SAFETENSORS_ENTRIES_MAX = 4096,     // most arrays, and most entries of the metadata
};

// One array. `data` has no alignment: copy the elements out.
typedef struct co_safetensor {
  const char *name;  // borrowed
  co_safetensors_type element;
  int rank;
  size_t shape[CO_SAFETENSORS_RANK];
  const void *data;  // (bytes), borrowed
  size_t bytes;
} co_safetensor;

typedef struct co_safetensors {
  int count;
  co_safetensor *tensor;  // (count) in the order of their data, owned; data points into the bytes
                          // that were parsed
  size_t data_offset;     // of the first data byte in the file
  co_json *header;        // owned; names point into it
} co_safetensors;

// One entry of the metadata.
typedef struct co_metadata {
  const char *key, *value;
} co_metadata;

// `bytes` are borrowed for the life of `out`, which co_safetensors_free releases.
co_status co_safetensors_parse(const void *bytes, size_t size, const char *file,
                               co_safetensors *out);
void co_safetensors_free(co_safetensors *tensors);

const co_safetensor *co_safetensors_find(const co_safetensors *tensors,
                                         const char *name);  // NULL when missing
const char *co_safetensors_metadata(const co_safetensors *tensors,
                                    const char *key);  // NULL when missing

// Appends a file: metadata first and in the given order, then the arrays, wider elements first so
// that all are aligned, else in the given order; the header is padded with spaces to a multiple
// of 8.
co_status co_safetensors_write(const co_metadata *metadata, int num_metadata,
                               const co_safetensor *tensor, int count, co_buf *out);

#endif  // AGENTS_FORMATS_SAFETENSORS_H_
