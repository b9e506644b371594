// Records of a TensorBoard event file: Event messages of tensorflow/core/util/event.proto in the
// framing of TensorFlow's record files.
//
// record:  u64 length, u32 masked CRC-32C of these 8 bytes, the message, u32 masked CRC-32C of it
// Event:   1 double wall_time, 2 int64 step, 3 string file_version, 5 Summary
// Summary: 1 repeated Value {1 string tag, 2 float simple_value}
//
// All little-endian. A file begins with an event that holds only file_version.

#ifndef TRANSFER_RUN_PRIVATE_EVENT_FILE_H_
#define TRANSFER_RUN_PRIVATE_EVENT_FILE_H_

#include "core/buf.h"

#include <stdint.h>

typedef struct co_scalar {
  const char *tag;
  float value;
} co_scalar;

// Each appends one record; out of memory shows in co_buf_status.
void co_event_begin(co_buf *out);
void co_event_add(int64_t step, double wall_time, const co_scalar *scalar, int count, co_buf *out);

uint32_t co_crc32c(const void *bytes, size_t size);  // Castagnoli, RFC 3720 appendix B.4
uint32_t co_crc32c_mask(uint32_t crc);               // rotated and offset, as records hold it

#endif  // TRANSFER_RUN_PRIVATE_EVENT_FILE_H_
