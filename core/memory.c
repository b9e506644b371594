#include "core/memory.h"

#include "core/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALIGN = 64 };

bool co_memory_exists(size_t bytes) {
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages <= 0 || page <= 0 || bytes / (size_t)page < (size_t)pages;
}

static void *no_memory(size_t count, size_t size) {
  (void)co_fail(CO_MEMORY, "out of memory for %zu x %zu bytes", count, size);
  return NULL;
}

// The product as bytes, or SIZE_MAX, which nobody has.
static size_t bytes_of(size_t count, size_t size) {
  size_t bytes;
  return __builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2 ? SIZE_MAX : bytes;
}

void *co_alloc(size_t count, size_t size) {
  bool empty = count == 0 || size == 0;
  void *block = empty ? calloc(1, 1) : calloc(count, size);
  return block ? block : no_memory(count, size);
}

void *co_alloc_aligned(size_t count, size_t size) {
  size_t bytes = bytes_of(count, size);
  if (bytes == SIZE_MAX) return no_memory(count, size);
  size_t whole = bytes / ALIGN * ALIGN + ALIGN;
  void *block = aligned_alloc(ALIGN, whole);
  return block ? memset(block, 0, whole) : no_memory(count, size);
}

void *co_realloc(void *block, size_t count, size_t size) {
  size_t bytes = bytes_of(count, size);
  void *moved = bytes == SIZE_MAX ? NULL : realloc(block, bytes ? bytes : 1);
  return moved ? moved : no_memory(count, size);
}

char *co_strndup(const char *text, size_t size) {
  size_t length = strnlen(text, size);
  char *copy = co_alloc(length + 1, 1);
  return copy ? memcpy(copy, text, length) : NULL;
}

char *co_strdup(const char *text) {
  return co_strndup(text, strlen(text));
}
