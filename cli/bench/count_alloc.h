// Counts calls of the allocator in the whole process, MuJoCo's included: what proves that a
// training loop allocates nothing.
//
// With glibc the program's own malloc, calloc, realloc and aligned variants count and pass on to
// glibc's; under sanitizers their hook is used. Elsewhere nothing can be counted. Thread-safe.

#ifndef CLI_BENCH_COUNT_ALLOC_H_
#define CLI_BENCH_COUNT_ALLOC_H_

#include <stdint.h>

// Starts at 0 and counts until stopped.
void count_alloc_start(void);
// Stops; calls since the start, -1 where nothing can be counted.
int64_t count_alloc_stop(void);

#endif  // CLI_BENCH_COUNT_ALLOC_H_
