// What happened on one stage, step by step, in plain rows of numbers: what strips and the time line
// show. The drawing side's own copy, so that nothing waits for who simulates. Thread safety: none.

#ifndef VIZ_PLAY_TRACK_H_
#define VIZ_PLAY_TRACK_H_

#include "viz/play/snapshot.h"

enum { CO_TRACK_BYTES = 64 << 20 };  // beyond it the older half is dropped

enum {  // of a step
  CO_MARK_PUSHED = 1,
  CO_MARK_TERMINATED = 2,
  CO_MARK_TRUNCATED = 4,
  CO_MARK_SUCCESS = 8,
  CO_MARK_FAULT = 16,
};

typedef struct co_track {
  int obs, action, terms;  // first column of each
  int reward, value, ret;  // columns; terms and reward are NAN at step 0, to which no step led
  int width;               // of a row
  int64_t first;           // step of row 0
  int count, capacity;     // rows
  uint32_t episode;        // and
  uint64_t changes;        // of the last view that was followed
  float *row;              // (capacity x width) owned
  uint8_t *mark;           // (capacity) CO_MARK_*, owned
} co_track;

void co_track_init(int obs_dim, int act_dim, int num_terms, co_track *out);
void co_track_free(co_track *track);
void co_track_clear(co_track *track);

// Adds the step behind the last one; a step that is there already is replaced and all later ones
// are dropped, any other begins anew. CO_MEMORY: the track is as before.
co_status co_track_put(co_track *track, const co_instant *now);

// Takes over what a snapshot knows of a stage: its series, the present instant, and that later
// steps are gone. Steps of another episode are dropped, and all when some have become others. The
// track must have been made for the dimensions of the view's layout. CO_MEMORY.
co_status co_track_follow(co_track *track, const co_stage_view *view);
// Whether it was made for such instants.
bool co_track_fits(const co_track *track, const co_instant_layout *layout);

// Row of a step, NULL: not kept.
const float *co_track_row(const co_track *track, int64_t step);
static inline int64_t co_track_last(const co_track *track) {  // first - 1: nothing kept
  return track->first + track->count - 1;
}

#endif  // VIZ_PLAY_TRACK_H_
