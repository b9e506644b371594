#include "viz/play/history.h"

#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct co_history {
  co_instant_layout layout;
  size_t slot;           // bytes of an instant's arrays
  int64_t capacity;      // instants
  int64_t first, count;  // step of the oldest, instants kept
  co_instant *instant;   // (capacity) that of step k at k % capacity, owned
  unsigned char *block;  // (capacity x slot) owned
};

// ---- instants

static size_t row_room(const co_instant_layout *layout) {
  return (layout->row_bytes + 7) / 8 * 8;
}

static size_t num_floats(const co_instant_layout *layout) {
  return (size_t)(layout->obs_dim + layout->act_dim + layout->num_terms);
}

size_t co_instant_bytes(const co_instant_layout *layout) {
  size_t states = 2 * layout->state_bytes;
  return (row_room(layout) + states + num_floats(layout) * sizeof(float) + 7) / 8 * 8;
}

co_instant_arrays co_instant_place(const co_instant_layout *layout, void *block) {
  unsigned char *state = (unsigned char *)block + row_room(layout);
  float *floats = (float *)(void *)(state + 2 * layout->state_bytes);
  return (co_instant_arrays){.row = block,
                             .state = state,
                             .after = state + layout->state_bytes,
                             .obs = floats,
                             .action = floats + layout->obs_dim,
                             .terms = floats + layout->obs_dim + layout->act_dim};
}

void co_instant_show(const co_instant_arrays *arrays, co_instant *instant) {
  instant->row = arrays->row;
  instant->state = arrays->state;
  instant->after = arrays->after;
  instant->obs = arrays->obs;
  instant->action = arrays->action;
  instant->terms = arrays->terms;
}

void co_instant_copy(const co_instant_layout *layout, const co_instant *from,
                     const co_instant_arrays *arrays, co_instant *to) {
  memmove(arrays->row, from->row, layout->row_bytes);
  memmove(arrays->state, from->state, layout->state_bytes);
  memmove(arrays->after, from->after, layout->state_bytes);
  memmove(arrays->obs, from->obs, (size_t)layout->obs_dim * sizeof(float));
  memmove(arrays->action, from->action, (size_t)layout->act_dim * sizeof(float));
  memmove(arrays->terms, from->terms, (size_t)layout->num_terms * sizeof(float));
  *to = *from;
  co_instant_show(arrays, to);
}

// ---- the ring

co_status co_history_create(const co_instant_layout *layout, size_t bytes, co_history **out) {
  co_history *history = co_alloc(1, sizeof *history);
  if (!history) return CO_MEMORY;
  history->layout = *layout;
  history->slot = co_instant_bytes(layout);
  size_t fit = bytes / (history->slot + sizeof *history->instant);
  history->capacity = fit > CO_HISTORY_LEAST ? (int64_t)fit : CO_HISTORY_LEAST;
  // zeroed memory of this size is not there until it is written
  history->instant = co_alloc((size_t)history->capacity, sizeof *history->instant);
  history->block = co_alloc((size_t)history->capacity, history->slot);
  if (!history->instant || !history->block) {
    co_history_free(history);
    return CO_MEMORY;
  }
  *out = history;
  return CO_OK;
}

void co_history_free(co_history *history) {
  if (!history) return;
  free(history->instant);
  free(history->block);
  free(history);
}

// Copies an instant behind the last one, of its arrays what is in this layout.
static co_instant *put_next(co_history *history, const co_instant_layout *copied,
                            const co_instant *instant) {
  int64_t step = instant->step;
  assert(step >= 0);
  assert(!history->count || step == co_history_last(history) + 1);
  if (!history->count) history->first = step;
  if (history->count == history->capacity) {
    history->first++;
    history->count--;
  }
  int64_t at = step % history->capacity;
  const co_instant_arrays arrays =
      co_instant_place(&history->layout, history->block + (size_t)at * history->slot);
  co_instant_copy(copied, instant, &arrays, &history->instant[at]);
  history->count++;
  return &history->instant[at];
}

void co_history_add(co_history *history, const co_instant *instant) {
  put_next(history, &history->layout, instant);
}

void co_history_take_over(co_history *history, const co_history *from, int64_t last) {
  co_instant_layout layout = history->layout;
  layout.state_bytes = 0;
  for (int64_t step = co_history_first(from); step <= co_history_last(from) && step <= last;
       step++) {
    put_next(history, &layout, co_history_at(from, step))->owner = NULL;
  }
}

void co_history_drop_from(co_history *history, int64_t step) {
  int64_t kept = step - history->first;
  if (kept < history->count) history->count = kept > 0 ? kept : 0;
}

int64_t co_history_first(const co_history *history) {
  return history->count ? history->first : 0;
}

int64_t co_history_last(const co_history *history) {
  return history->count ? history->first + history->count - 1 : -1;
}

const co_instant *co_history_at(const co_history *history, int64_t step) {
  bool kept = step >= history->first && step - history->first < history->count;
  return kept ? &history->instant[step % history->capacity] : NULL;
}

int64_t co_history_capacity(const co_history *history) {
  return history->capacity;
}
