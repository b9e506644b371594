#include "core/arena.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64, CHUNK = 1 << 16 };

struct co_arena_chunk {
  co_arena_chunk *older;
  size_t used, capacity;  // bytes after the header
  _Alignas(ALIGN) unsigned char data[];
};

static co_arena_chunk *add_chunk(co_arena *arena, size_t size) {
  if (size > CHUNK && !co_memory_exists(arena->used + size)) return NULL;
  size_t capacity = size > CHUNK ? size : CHUNK;
  co_arena_chunk *chunk = aligned_alloc(ALIGN, sizeof *chunk + capacity);
  if (!chunk) return NULL;
  *chunk = (co_arena_chunk){.older = arena->chunk, .capacity = capacity};
  arena->chunk = chunk;
  return chunk;
}

co_status co_arena_status(const co_arena *arena) {
  if (!arena->failed) return CO_OK;
  return co_fail(CO_MEMORY, "out of memory beside %zu bytes in use", arena->used);
}

static void *fail(co_arena *arena) {
  arena->failed = true;
  (void)co_arena_status(arena);  // sets its sentence, for who asks each pointer
  return NULL;
}

void *co_arena_alloc(co_arena *arena, size_t count, size_t size) {
  if (arena->failed || (size && count > (SIZE_MAX / 2) / size)) return fail(arena);
  size_t bytes = (count * size + ALIGN - 1) / ALIGN * ALIGN;
  co_arena_chunk *chunk = arena->chunk;
  if (!chunk || bytes > chunk->capacity - chunk->used) chunk = add_chunk(arena, bytes);
  if (!chunk) return fail(arena);
  void *memory = chunk->data + chunk->used;
  memset(memory, 0, bytes);
  chunk->used += bytes;
  arena->used += bytes;
  return memory;
}

char *co_arena_strdup(co_arena *arena, const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = co_arena_alloc(arena, size, 1);
  if (copy) memcpy(copy, text, size);
  return copy;
}

co_arena_mark co_arena_get_mark(const co_arena *arena) {
  return (co_arena_mark){arena->chunk, arena->chunk ? arena->chunk->used : 0, arena->used,
                         arena->failed};
}

void co_arena_release(co_arena *arena, co_arena_mark mark) {
  while (arena->chunk != mark.chunk) {
    co_arena_chunk *older = arena->chunk->older;
    free(arena->chunk);
    arena->chunk = older;
  }
  if (arena->chunk) arena->chunk->used = mark.chunk_used;
  arena->used = mark.used;
  arena->failed = mark.failed;
}

void co_arena_free(co_arena *arena) {
  while (arena->chunk) {
    co_arena_chunk *older = arena->chunk->older;
    free(arena->chunk);
    arena->chunk = older;
  }
  *arena = (co_arena){0};
}
