// Counts calls of the allocator in the whole process, MuJoCo's included: what proves that a
// training loop allocates nothing.
//
// With glibc the program's own malloc, calloc, realloc and aligned variants count and pass on to
// glibc's; under sanitizers their hook is used. Elsewhere nothing can be counted. It stands in for
// the allocator of a program that links it, so it is an object of its own (CMake: count_alloc) and
// no part of the library. Thread-safe.

#ifndef CORE_COUNT_ALLOC_H_
#define CORE_COUNT_ALLOC_H_

#include <stdint.h>

// Starts at 0 and counts until stopped.
void co_count_alloc_start(void);
// Stops; calls since the start, -1 where nothing can be counted.
int64_t co_count_alloc_stop(void);

#endif  // CORE_COUNT_ALLOC_H_
