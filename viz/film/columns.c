#include "viz/film/private/columns.h"

#include "core/format.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

int32_t co_column_number(double value, double step) {
  double whole = nearbyint(value / step);
  if (!isfinite(value)) return CO_COLUMN_NONE;
  if (whole > INT32_MAX) return INT32_MAX;
  return whole < -INT32_MAX ? -INT32_MAX : (int32_t)whole;
}

static void add_number(co_buf *out, uint32_t before, uint32_t now) {
  uint32_t difference = now - before;
  uint32_t rest = difference << 1 ^ (difference >> 31 ? UINT32_MAX : 0);
  unsigned char bytes[5];
  size_t count = 0;
  for (; rest > 127; rest >>= 7) bytes[count++] = (unsigned char)(rest | 128);
  bytes[count++] = (unsigned char)rest;
  co_buf_add(out, bytes, count);
}

void co_columns_add(co_buf *out, const int32_t *number, size_t count, size_t stride) {
  uint32_t before = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t now = (uint32_t)number[i * stride];
    add_number(out, before, now);
    before = now;
  }
}

void co_columns_add_doubles(co_buf *out, const double *value, size_t count, size_t stride,
                            double step) {
  uint32_t before = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t now = (uint32_t)co_column_number(value[i * stride], step);
    add_number(out, before, now);
    before = now;
  }
}

co_status co_columns_pack(const co_buf *head, const co_buf *columns, co_buf *out) {
  co_buf whole = {0};
  for (int i = 0; i < 4; i++) {
    unsigned char byte = (unsigned char)(head->size >> 8 * i);
    co_buf_add(&whole, &byte, 1);
  }
  co_buf_add(&whole, head->data, head->size);
  co_buf_add(&whole, columns->data, columns->size);
  uLongf size = compressBound(whole.size);
  unsigned char *packed = co_alloc(size, 1);
  bool done = packed && !whole.failed &&
              compress2(packed, &size, (const unsigned char *)whole.data, whole.size,
                        Z_BEST_COMPRESSION) == Z_OK;
  if (done) co_put_base64(out, packed, size);
  free(packed);
  co_buf_free(&whole);
  return done ? co_buf_status(out) : CO_MEMORY;
}
