#include "core/count_alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static atomic_bool counting;
static _Atomic int64_t calls;

static inline void count(void) {
  if (atomic_load_explicit(&counting, memory_order_relaxed))
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// the sanitizers replace the allocator themselves
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));

static void on_malloc(const volatile void *block, size_t size) {
  (void)block;
  (void)size;
  count();
}

static void on_free(const volatile void *block) {
  (void)block;
}

static bool install(void) {
  static bool installed;
  if (!installed) installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) > 0;
  return installed;
}

#elif defined(__GLIBC__)

// glibc's allocator under its own names; all of it stays one heap, so its free needs no wrapper
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

EXPORTED void *calloc(size_t members, size_t size) {
  count();
  return __libc_calloc(members, size);
}

EXPORTED void *realloc(void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

EXPORTED int posix_memalign(void **out, size_t alignment, size_t size) {
  count();
  if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  void *block = __libc_memalign(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}

static bool install(void) {
  return true;
}

#else

static bool install(void) {
  return false;
}

#endif

// a counter that misses a call of its own is not one
static bool counts_itself(void) {
  int64_t before = atomic_load(&calls);
  void *volatile block = malloc(1);
  free(block);
  return atomic_load(&calls) > before;
}

void co_count_alloc_start(void) {
  atomic_store(&counting, install());
  if (!counts_itself()) atomic_store(&counting, false);
  atomic_store(&calls, 0);
}

int64_t co_count_alloc_stop(void) {
  bool counted = atomic_exchange(&counting, false);
  return counted ? atomic_load(&calls) : -1;
}
