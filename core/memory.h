// Memory from the system. Who asks and gets NULL returns CO_MEMORY: the sentence that names the
// bytes is set here, for every structure of the program, and an arena's failure stays with it.
//
// Blocks are released by free(). Thread-safe.

#ifndef CORE_MEMORY_H_
#define CORE_MEMORY_H_

#include <stdbool.h>
#include <stddef.h>

// Whether the machine has that many bytes at all. The system promises more than it has and kills
// who takes it at its word, so what is large is asked about before.
bool co_memory_exists(size_t bytes);

// Zeroed memory for `count` elements of `size` bytes; never NULL for 0 bytes.
void *co_alloc(size_t count, size_t size);
// The same, aligned to 64 bytes.
void *co_alloc_aligned(size_t count, size_t size);
// Grows or shrinks like realloc: new bytes are not set, and on NULL the old block is still there.
void *co_realloc(void *block, size_t count, size_t size);
char *co_strdup(const char *text);
char *co_strndup(const char *text, size_t size);  // at most `size` bytes of it

#endif  // CORE_MEMORY_H_
