// Growable byte buffer for text and binary output. Zero-initialise; co_buf_free releases.
//
// Errors are sticky: when memory runs out (or a text is longer than INT_MAX), `failed` is set,
// further writes do nothing, and the one who hands the buffer on checks co_buf_status() once. Not
// thread-safe.

#ifndef CORE_BUF_H_
#define CORE_BUF_H_

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct co_buf {
  char *data;   // always NUL-terminated once something was written, owned
  size_t size;  // bytes, without the NUL
  size_t capacity;
  bool failed;
} co_buf;

void co_buf_add(co_buf *buf, const void *bytes, size_t size);
void co_buf_puts(co_buf *buf, const char *text);
void co_buf_printf(co_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
co_status co_buf_status(const co_buf *buf);  // CO_OK or CO_MEMORY
void co_buf_free(co_buf *buf);

#endif  // CORE_BUF_H_
