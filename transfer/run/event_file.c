#include "transfer/run/private/event_file.h"

#include <string.h>

// ---- checksum ----

// Half a byte at a time: 16 remainders of the reflected polynomial 0x82f63b78. Rows are short.
uint32_t co_crc32c(const void *bytes, size_t size) {
  static const uint32_t remainder[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                         0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                         0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                         0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
  const unsigned char *at = bytes;
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; i++) {
    crc ^= at[i];
    crc = crc >> 4 ^ remainder[crc & 15];
    crc = crc >> 4 ^ remainder[crc & 15];
  }
  return ~crc;
}

uint32_t co_crc32c_mask(uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

// ---- protocol buffers: the wire types that an Event needs ----

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void put_varint(uint64_t value, co_buf *out) {
  unsigned char byte[10];
  size_t size = 0;
  for (; value > 127; value >>= 7) byte[size++] = (unsigned char)(value | 128);
  byte[size++] = (unsigned char)value;
  co_buf_add(out, byte, size);
}

static void put_key(int field, enum wire wire, co_buf *out) {
  put_varint((uint64_t)field << 3 | (uint64_t)wire, out);
}

static void put_bytes(int field, const void *bytes, size_t size, co_buf *out) {
  put_key(field, BYTES, out);
  put_varint(size, out);
  co_buf_add(out, bytes, size);
}

static size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value > 127; value >>= 7) size++;
  return size;
}

// keys of all fields here are one byte
static size_t value_size(const co_scalar *scalar) {
  size_t tag = strlen(scalar->tag);
  return 1 + varint_size(tag) + tag + 1 + sizeof scalar->value;
}

static void put_value(const co_scalar *scalar, co_buf *out) {
  put_key(1, BYTES, out);
  put_varint(value_size(scalar), out);
  put_bytes(1, scalar->tag, strlen(scalar->tag), out);
  put_key(2, FIXED32, out);
  co_buf_add(out, &scalar->value, sizeof scalar->value);
}

static void put_summary(const co_scalar *scalar, int count, co_buf *out) {
  size_t size = 0;
  for (int i = 0; i < count; i++) {
    size_t value = value_size(&scalar[i]);
    size += 1 + varint_size(value) + value;
  }
  put_key(5, BYTES, out);
  put_varint(size, out);
  for (int i = 0; i < count; i++) put_value(&scalar[i], out);
}

static void put_wall_time(double wall_time, co_buf *out) {
  put_key(1, FIXED64, out);
  co_buf_add(out, &wall_time, sizeof wall_time);
}

// ---- records ----

static void put_crc(const void *bytes, size_t size, co_buf *out) {
  uint32_t crc = co_crc32c_mask(co_crc32c(bytes, size));
  co_buf_add(out, &crc, sizeof crc);
}

// room for the length and its checksum, which end_record fills in
enum { RECORD_HEAD = sizeof(uint64_t) + sizeof(uint32_t) };

static size_t begin_record(co_buf *out) {
  co_buf_add(out, (char[RECORD_HEAD]){0}, RECORD_HEAD);
  return out->size;
}

static void end_record(size_t message, co_buf *out) {
  if (out->failed) return;
  uint64_t length = out->size - message;
  uint32_t crc = co_crc32c_mask(co_crc32c(&length, sizeof length));
  char *head = out->data + message - RECORD_HEAD;
  memcpy(head, &length, sizeof length);
  memcpy(head + sizeof length, &crc, sizeof crc);
  put_crc(out->data + message, length, out);
}

void co_event_begin(co_buf *out) {
  static const char version[] = "brain.Event:2";
  size_t message = begin_record(out);
  put_wall_time(0, out);
  put_bytes(3, version, sizeof version - 1, out);
  end_record(message, out);
}

void co_event_add(int64_t step, double wall_time, const co_scalar *scalar, int count, co_buf *out) {
  size_t message = begin_record(out);
  put_wall_time(wall_time, out);
  put_key(2, VARINT, out);
  put_varint((uint64_t)step, out);
  put_summary(scalar, count, out);
  end_record(message, out);
}
