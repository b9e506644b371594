#include "core/buf.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// makes room for `more` bytes and a NUL
static bool reserve(co_buf *buf, size_t more) {
  if (buf->failed) return false;
  if (more >= (size_t)-1 - buf->size - 1) {
    buf->failed = true;
    return false;
  }
  size_t need = buf->size + more + 1;
  if (need <= buf->capacity) return true;
  size_t capacity = buf->capacity ? buf->capacity : 256;
  while (capacity < need) capacity = capacity > (size_t)-1 / 2 ? need : 2 * capacity;
  char *data = co_realloc(buf->data, capacity, 1);
  if (!data) {
    buf->failed = true;
    return false;
  }
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

void co_buf_add(co_buf *buf, const void *bytes, size_t size) {
  if (!reserve(buf, size)) return;
  if (size) memcpy(buf->data + buf->size, bytes, size);
  buf->size += size;
  buf->data[buf->size] = '\0';
}

void co_buf_puts(co_buf *buf, const char *text) {
  co_buf_add(buf, text, strlen(text));
}

void co_buf_printf(co_buf *buf, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length < 0) buf->failed = true;
  if (length >= 0 && reserve(buf, (size_t)length)) {
    vsnprintf(buf->data + buf->size, (size_t)length + 1, format, again);
    buf->size += (size_t)length;
  }
  va_end(again);
}

co_status co_buf_status(const co_buf *buf) {
  return buf->failed ? co_fail(CO_MEMORY, "out of memory for a text of %zu bytes", buf->size)
                     : CO_OK;
}

void co_buf_free(co_buf *buf) {
  free(buf->data);
  *buf = (co_buf){0};
}
