// A replay buffer as a data set.

#include "agents/learn/private/replay_buffer.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// What is held, sorted.
typedef struct held {
  const co_replay_buffer *buffer;
  uint32_t *index;  // (count) in the buffer: row by row, in the order of steps; owned
  int64_t count;
  float *action;  // (act_dim) as the env got it, owned
} held;

static uint32_t mark_at(const held *h, int64_t i) {
  return h->buffer->mark[h->index[i]];
}

// ---- sorting

static uint32_t count_rows(const co_replay_buffer *buffer, int64_t count) {
  uint32_t rows = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t row = co_replay_row_of(buffer->mark[i]);
    rows = row < rows ? rows : row + 1;
  }
  return rows;
}

// By counting; `start` (rows + 1), zero, becomes where each row's begin and then where they end.
static void sort_into(held *h, uint32_t rows, int64_t *start) {
  const co_replay_buffer *buffer = h->buffer;
  for (int64_t i = 0; i < h->count; i++) start[co_replay_row_of(buffer->mark[i]) + 1]++;
  for (uint32_t r = 0; r < rows; r++) start[r + 1] += start[r];
  for (int64_t n = buffer->added - h->count; n < buffer->added; n++) {
    int64_t index = n % buffer->capacity;
    h->index[start[co_replay_row_of(buffer->mark[index])]++] = (uint32_t)index;
  }
}

static co_status sort(held *h) {
  uint32_t rows = count_rows(h->buffer, h->count);
  int64_t *start = co_alloc((size_t)rows + 1, sizeof *start);
  if (!start) return CO_MEMORY;
  sort_into(h, rows, start);
  free(start);
  return CO_OK;
}

// ---- writing

static bool all_finite(const float *x, int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

static bool is_finite(const held *h, int64_t i) {
  const co_replay_buffer *buffer = h->buffer;
  size_t at = h->index[i], obs = (size_t)buffer->obs_dim, act = (size_t)buffer->act_dim;
  return all_finite(buffer->obs + at * obs, buffer->obs_dim) &&
         all_finite(buffer->action + at * act, buffer->act_dim) &&
         all_finite(buffer->next_obs + at * obs, buffer->obs_dim) && isfinite(buffer->reward[at]);
}

static bool goes_on(const held *h, int64_t i) {
  if (i + 1 == h->count) return false;
  uint32_t next = mark_at(h, i + 1);
  return co_replay_row_of(next) == co_replay_row_of(mark_at(h, i)) && !co_replay_is_first(next) &&
         is_finite(h, i + 1);
}

static unsigned flags_of(const held *h, int64_t i) {
  if (h->buffer->terminated[h->index[i]]) return CO_DATA_TERMINATED;
  return goes_on(h, i) ? 0 : CO_DATA_TRUNCATED;
}

static co_status add(const held *h, int64_t i, const co_output_map *map, uint32_t episode,
                     unsigned flags, co_data_writer *writer) {
  const co_replay_buffer *buffer = h->buffer;
  size_t at = h->index[i], obs = (size_t)buffer->obs_dim, act = (size_t)buffer->act_dim;
  co_output_actions(map, buffer->act_dim, 1, buffer->action + at * act, h->action);
  return co_data_writer_add(writer, &(co_data_transition){.obs = buffer->obs + at * obs,
                                                          .action = h->action,
                                                          .next_obs = buffer->next_obs + at * obs,
                                                          .reward = buffer->reward[at],
                                                          .flags = flags,
                                                          .episode = episode,
                                                          .row = co_replay_row_of(mark_at(h, i))});
}

static co_status add_all(const held *h, const co_output_map *map, co_data_writer *writer) {
  uint32_t episode = 0;
  for (int64_t i = 0; i < h->count; i++) {
    if (!is_finite(h, i)) continue;
    unsigned flags = flags_of(h, i);
    CO_TRY(add(h, i, map, episode, flags, writer));
    episode += flags != 0;
  }
  return CO_OK;
}

co_status co_replay_buffer_add_to(const co_replay_buffer *buffer, const co_output_map *map,
                                  co_data_writer *writer) {
  assert(buffer->mark);
  held h = {.buffer = buffer, .count = co_replay_buffer_count(buffer)};
  h.index = co_alloc((size_t)h.count + 1, sizeof *h.index);
  h.action = co_alloc((size_t)buffer->act_dim, sizeof *h.action);
  co_status status = h.index && h.action ? sort(&h) : CO_MEMORY;
  if (status == CO_OK) status = add_all(&h, map, writer);
  free(h.index);
  free(h.action);
  return status;
}
