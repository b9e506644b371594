#include "agents/learn/private/replay_buffer.h"

#include "core/arena.h"
#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_SEGMENT = 1 << 8, MAX_SEGMENT = 1 << 16, SEGMENT_BYTES = 1 << 24 };

// of some 16 MiB, since one is read as a whole
static int64_t segment_of(int obs_dim, int act_dim) {
  int64_t count = SEGMENT_BYTES / (4 * (2 * obs_dim + act_dim + 2));
  return count < MIN_SEGMENT ? MIN_SEGMENT : count > MAX_SEGMENT ? MAX_SEGMENT : count;
}

static size_t transition_bytes(int obs_dim, int act_dim) {
  return sizeof(float) * (2 * (size_t)obs_dim + (size_t)act_dim + 1) + sizeof(uint8_t);
}

static co_status no_memory(int64_t capacity) {
  return co_fail(CO_MEMORY, "out of memory for a replay of %lld transitions", (long long)capacity);
}

co_status co_replay_buffer_create(int obs_dim, int act_dim, int64_t capacity, const char *folder,
                                  const char *name, co_replay_buffer *out) {
  assert(obs_dim > 0 && act_dim > 0 && capacity > 0 && capacity <= UINT32_MAX);
  size_t count = (size_t)capacity;
  co_replay_buffer buffer = {.obs_dim = obs_dim,
                             .act_dim = act_dim,
                             .capacity = capacity,
                             .segment = segment_of(obs_dim, act_dim),
                             .name = name,
                             .open = -1};
  if (!co_memory_exists(count * transition_bytes(obs_dim, act_dim))) return no_memory(capacity);
  // calloc leaves large blocks to the system, which gives pages when they are first touched
  buffer.obs = co_alloc(count, (size_t)obs_dim * sizeof *buffer.obs);
  buffer.action = co_alloc(count, (size_t)act_dim * sizeof *buffer.action);
  buffer.next_obs = co_alloc(count, (size_t)obs_dim * sizeof *buffer.next_obs);
  buffer.reward = co_alloc(count, sizeof *buffer.reward);
  buffer.terminated = co_alloc(count, sizeof *buffer.terminated);
  buffer.folder = folder ? co_strdup(folder) : NULL;
  bool whole = buffer.obs && buffer.action && buffer.next_obs && buffer.reward &&
               buffer.terminated && (!folder || buffer.folder);
  if (!whole) {
    co_replay_buffer_free(&buffer);
    return no_memory(capacity);
  }
  *out = buffer;
  return CO_OK;
}

void co_replay_buffer_free(co_replay_buffer *buffer) {
  free(buffer->obs);
  free(buffer->action);
  free(buffer->next_obs);
  free(buffer->reward);
  free(buffer->terminated);
  free(buffer->mark);
  free(buffer->folder);
  *buffer = (co_replay_buffer){0};
}

void co_replay_buffer_add(co_replay_buffer *buffer, const co_transition *transition) {
  assert(transition->obs && transition->action && transition->next_obs);
  size_t i = (size_t)(buffer->added % buffer->capacity), obs = (size_t)buffer->obs_dim,
         act = (size_t)buffer->act_dim;
  memcpy(buffer->obs + i * obs, transition->obs, obs * sizeof(float));
  memcpy(buffer->action + i * act, transition->action, act * sizeof(float));
  memcpy(buffer->next_obs + i * obs, transition->next_obs, obs * sizeof(float));
  buffer->reward[i] = transition->reward;
  buffer->terminated[i] = transition->terminated;
  buffer->added++;
}

co_status co_replay_buffer_keep_marks(co_replay_buffer *buffer) {
  size_t count = (size_t)buffer->capacity;
  assert(buffer->added == 0 && !buffer->mark);
  if (!co_memory_exists(count * sizeof *buffer->mark)) return no_memory(buffer->capacity);
  buffer->mark = co_alloc(count, sizeof *buffer->mark);
  return buffer->mark ? CO_OK : no_memory(buffer->capacity);
}

void co_replay_buffer_mark(co_replay_buffer *buffer, int row, bool first) {
  assert(buffer->mark && buffer->added > 0);
  buffer->mark[(buffer->added - 1) % buffer->capacity] = co_replay_mark_of(row, first);
}

int64_t co_replay_buffer_count(const co_replay_buffer *buffer) {
  return buffer->added < buffer->capacity ? buffer->added : buffer->capacity;
}

static void prefetch_row(const float *row, int dim) {
  for (int i = 0; i < dim; i += 16) __builtin_prefetch(row + i);
}

void co_replay_buffer_prefetch(const co_replay_buffer *buffer, uint32_t index) {
  assert(index < co_replay_buffer_count(buffer));
  prefetch_row(buffer->obs + (size_t)index * (size_t)buffer->obs_dim, buffer->obs_dim);
  prefetch_row(buffer->next_obs + (size_t)index * (size_t)buffer->obs_dim, buffer->obs_dim);
  prefetch_row(buffer->action + (size_t)index * (size_t)buffer->act_dim, buffer->act_dim);
  __builtin_prefetch(buffer->reward + index);
  __builtin_prefetch(buffer->terminated + index);
}
