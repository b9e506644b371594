// Linear allocator. Two uses: memory of a definition (freed as a whole), and scratch of a loop,
// where co_arena_get_mark / co_arena_release bracket each use and `used` is 0 again at the end.
//
// Grows by chunks, so pointers stay valid; memory comes zeroed and aligned to 64 bytes. An arena
// remembers that it failed, and gives nothing more: a sequence of allocations that do not need each
// other's memory asks co_arena_status once, at its end. Not thread-safe.

#ifndef CORE_ARENA_H_
#define CORE_ARENA_H_

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct co_arena_chunk co_arena_chunk;

typedef struct co_arena {
  co_arena_chunk *chunk;  // newest first, owned
  size_t used;            // bytes handed out
  bool failed;            // since it was made, or since the mark that was released
} co_arena;

typedef struct co_arena_mark {
  co_arena_chunk *chunk;
  size_t chunk_used, used;
  bool failed;
} co_arena_mark;

// Zeroed memory, or NULL when there is none left or the arena would outgrow the machine. `size` 0
// gives a valid pointer.
void *co_arena_alloc(co_arena *arena, size_t count, size_t size);
char *co_arena_strdup(co_arena *arena, const char *text);  // NULL when there is no memory left
// CO_OK, or CO_MEMORY and its sentence when an allocation has failed.
co_status co_arena_status(const co_arena *arena);
co_arena_mark co_arena_get_mark(const co_arena *arena);
// Gives back what was handed out since the mark, and forgets failures since; marks nest.
void co_arena_release(co_arena *arena, co_arena_mark mark);
void co_arena_free(co_arena *arena);  // everything; the arena can be used again

#endif  // CORE_ARENA_H_
