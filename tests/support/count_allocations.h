// Counts every allocation of the test program that includes it, in one file of it. Sanitizers have
// allocators of their own: with them COUNTS_ALLOCATIONS is 0 and there is no counter.

#ifndef TESTS_SUPPORT_COUNT_ALLOCATIONS_H_
#define TESTS_SUPPORT_COUNT_ALLOCATIONS_H_

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
static _Atomic long allocations;
void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  allocations++;
  return __libc_realloc(memory, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}
#endif

#endif  // TESTS_SUPPORT_COUNT_ALLOCATIONS_H_
