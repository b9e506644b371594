// Linear allocator. Two uses: memory of a definition (freed as a whole), and scratch of a loop,
// where co_arena_get_mark / co_arena_release bracket each use and `used` is 0 again at the end.
//
// Grows by chunks, so pointers stay valid; memory comes zeroed and aligned to 64 bytes. Not
// thread-safe.

#ifndef CORE_ARENA_H_
#define CORE_ARENA_H_

#include <stdbool.h>
#include <stddef.h>

typedef struct co_arena_chunk co_arena_chunk;

typedef struct co_arena {
  co_arena_chunk *chunk;  // newest first, owned
  size_t used;            // bytes handed out
} co_arena;

typedef struct co_arena_mark {
  co_arena_chunk *chunk;
  size_t chunk_used, used;
} co_arena_mark;

// Whether the machine has that many bytes at all. The system promises more than it has and kills
// who takes it at its word, so what is large is asked about before.
bool co_memory_exists(size_t bytes);

// Zeroed memory, or NULL when there is none left or the arena would outgrow the machine. `size` 0
// gives a valid pointer.
void *co_arena_alloc(co_arena *arena, size_t count, size_t size);
char *co_arena_strdup(co_arena *arena, const char *text);  // NULL when there is no memory left
co_arena_mark co_arena_get_mark(const co_arena *arena);
// Gives back what was handed out since the mark; marks nest.
void co_arena_release(co_arena *arena, co_arena_mark mark);
void co_arena_free(co_arena *arena);  // everything; the arena can be used again

#endif  // CORE_ARENA_H_
