#include "viz/play/history.h"

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

void co_instant_place(const co_instant_layout *layout, void *block, co_instant *instant) {
  unsigned char *state = (unsigned char *)block + row_room(layout);
  float *floats = (float *)(void *)(state + 2 * layout->state_bytes);
  instant->row = block;
  instant->state = state;
  instant->after = state + layout->state_bytes;
  instant->obs = floats;
  instant->action = floats + layout->obs_dim;
  instant->terms = floats + layout->obs_dim + layout->act_dim;
}

void co_instant_copy(const co_instant_layout *layout, const co_instant *from, co_instant *to) {
  co_instant copy = *from;
  // a place was given by the owner of the block, so that it may be written
  memmove((void *)to->row, from->row, layout->row_bytes);
  memmove((void *)to->state, from->state, layout->state_bytes);
  memmove((void *)to->after, from->after, layout->state_bytes);
  memmove((float *)to->obs, from->obs, (size_t)layout->obs_dim * sizeof(float));
  memmove((float *)to->action, from->action, (size_t)layout->act_dim * sizeof(float));
  memmove((float *)to->terms, from->terms, (size_t)layout->num_terms * sizeof(float));
  copy.row = to->row, copy.state = to->state, copy.after = to->after;
  copy.obs = to->obs, copy.action = to->action, copy.terms = to->terms;
  *to = copy;
}

// ---- the ring

co_status co_history_create(const co_instant_layout *layout, size_t bytes, co_history **out) {
  co_history *history = calloc(1, sizeof *history);
  if (!history) return co_fail(CO_MEMORY, "out of memory");
  history->layout = *layout;
  history->slot = co_instant_bytes(layout);
  size_t fit = bytes / (history->slot + sizeof *history->instant);
  history->capacity = fit > CO_HISTORY_LEAST ? (int64_t)fit : CO_HISTORY_LEAST;
  // zeroed memory of this size is not there until it is written
  history->instant = calloc((size_t)history->capacity, sizeof *history->instant);
  history->block = calloc((size_t)history->capacity, history->slot);
  if (!history->instant || !history->block) {
    co_history_free(history);
    return co_fail(CO_MEMORY, "out of memory for a history of %zu bytes", bytes);
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

// Makes room behind the last instant for that of a step.
static co_instant *next_slot(co_history *history, int64_t step) {
  assert(step >= 0);
  assert(!history->count || step == co_history_last(history) + 1);
  if (!history->count) history->first = step;
  if (history->count == history->capacity) {
    history->first++;
    history->count--;
  }
  int64_t at = step % history->capacity;
  co_instant *slot = &history->instant[at];
  co_instant_place(&history->layout, history->block + (size_t)at * history->slot, slot);
  history->count++;
  return slot;
}

void co_history_add(co_history *history, const co_instant *instant) {
  co_instant_copy(&history->layout, instant, next_slot(history, instant->step));
}

void co_history_take_over(co_history *history, const co_history *from, int64_t last) {
  co_instant_layout layout = history->layout;
  layout.state_bytes = 0;
  for (int64_t step = co_history_first(from); step <= co_history_last(from) && step <= last;
       step++) {
    co_instant *slot = next_slot(history, step);
    co_instant_copy(&layout, co_history_at(from, step), slot);
    slot->owner = NULL;
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
