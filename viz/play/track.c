#include "viz/play/track.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void co_track_init(int obs_dim, int act_dim, int num_terms, co_track *out) {
  assert(obs_dim >= 0 && act_dim >= 0 && num_terms >= 0);
  *out = (co_track){.obs = 0, .action = obs_dim, .terms = obs_dim + act_dim};
  out->reward = out->terms + num_terms;
  out->value = out->reward + 1;
  out->ret = out->reward + 2;
  out->width = out->reward + 3;
}

void co_track_free(co_track *track) {
  free(track->row);
  free(track->mark);
  memset(track, 0, sizeof *track);
}

void co_track_clear(co_track *track) {
  track->first = track->count = 0;
}

// Both arrays or neither counts as grown; the larger one of the two may stay, which harms nothing.
static co_status grow(co_track *track) {
  int capacity = track->capacity ? 2 * track->capacity : 256;
  float *row = co_realloc(track->row, (size_t)capacity * (size_t)track->width, sizeof *row);
  if (row) track->row = row;
  uint8_t *mark = row ? co_realloc(track->mark, (size_t)capacity, 1) : NULL;
  if (!mark) return CO_MEMORY;
  track->mark = mark;
  track->capacity = capacity;
  return CO_OK;
}

// Half, not one row: moving the rest has to be rare.
static void drop_older_half(co_track *track) {
  int gone = track->count / 2, left = track->count - gone;
  size_t width = (size_t)track->width;
  memmove(track->row, track->row + (size_t)gone * width, (size_t)left * width * sizeof(float));
  memmove(track->mark, track->mark + gone, (size_t)left);
  track->first += gone;
  track->count = left;
}

// Grows up to the limit, then forgets.
static co_status make_room(co_track *track) {
  if (track->count < track->capacity) return CO_OK;
  size_t bytes = 2 * (size_t)track->capacity * ((size_t)track->width * sizeof(float) + 1);
  if (bytes <= CO_TRACK_BYTES || track->count < 2) return grow(track);
  drop_older_half(track);
  return CO_OK;
}

// One byte per step in place of five flags: the time line walks over all of them.
static uint8_t marks_of(const co_instant *now) {
  return (uint8_t)((now->pushed ? CO_MARK_PUSHED : 0) | (now->terminated ? CO_MARK_TERMINATED : 0) |
                   (now->truncated ? CO_MARK_TRUNCATED : 0) | (now->success ? CO_MARK_SUCCESS : 0) |
                   (now->fault ? CO_MARK_FAULT : 0));
}

static void write_row(const co_track *track, const co_instant *now, int at) {
  float *row = track->row + (size_t)at * (size_t)track->width;
  memcpy(row + track->obs, now->obs, (size_t)(track->action - track->obs) * sizeof *row);
  memcpy(row + track->action, now->action, (size_t)(track->terms - track->action) * sizeof *row);
  memcpy(row + track->terms, now->terms, (size_t)(track->reward - track->terms) * sizeof *row);
  row[track->reward] = now->reward;
  row[track->value] = now->value;
  row[track->ret] = (float)now->ret;
  // no step led to the first instant: its zeros are no rewards, and would stretch every range
  for (int i = track->terms; now->step == 0 && i <= track->reward; i++) row[i] = NAN;
  track->mark[at] = marks_of(now);
}

co_status co_track_put(co_track *track, const co_instant *now) {
  bool follows =
      track->count > 0 && now->step >= track->first && now->step <= co_track_last(track) + 1;
  if (!follows) {
    if (track->capacity == 0) CO_TRY(grow(track));
    track->first = now->step;
    track->count = 0;
  }
  track->count = (int)(now->step - track->first);
  CO_TRY(make_room(track));
  write_row(track, now, track->count);
  track->count++;
  return CO_OK;
}

const float *co_track_row(const co_track *track, int64_t step) {
  if (step < track->first || step > co_track_last(track)) return NULL;
  return track->row + (size_t)(step - track->first) * (size_t)track->width;
}

bool co_track_fits(const co_track *track, const co_instant_layout *layout) {
  return track->action - track->obs == layout->obs_dim &&
         track->terms - track->action == layout->act_dim &&
         track->reward - track->terms == layout->num_terms;
}

// Steps that the stage has dropped.
static void forget_after(co_track *track, int64_t last) {
  if (track->count > 0 && co_track_last(track) > last)
    track->count = last < track->first ? 0 : (int)(last - track->first + 1);
}

// A step that is there has not changed since: then all would have been dropped.
static co_status put_missing(co_track *track, const co_instant *now) {
  return co_track_row(track, now->step) ? CO_OK : co_track_put(track, now);
}

co_status co_track_follow(co_track *track, const co_stage_view *view) {
  assert(co_track_fits(track, &view->layout));
  if (track->episode != view->episode || track->changes != view->changes) co_track_clear(track);
  track->episode = view->episode;
  track->changes = view->changes;
  forget_after(track, view->last);
  for (int i = 0; i < view->series.count; i++) CO_TRY(put_missing(track, &view->series.instant[i]));
  return put_missing(track, &view->now);
}
