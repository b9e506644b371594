// A copy of what a session shows, for whoever draws: no pointer into the session but counted worlds
// and the policies that can be chosen, which outlive both.
//
// Not thread-safe per snapshot; different snapshots of one session may be on different threads.

#ifndef VIZ_PLAY_SNAPSHOT_H_
#define VIZ_PLAY_SNAPSHOT_H_

#include "viz/play/session.h"

enum { CO_SNAPSHOT_ERROR = 1024 };

// Instants around the present one, for plots: those that are kept of the `count` - 1 before and the
// `count` - 1 behind it, oldest first. Their rows and states are left out (NULL); all else is the
// snapshot's.
typedef struct co_series {
  int64_t first;  // step of the oldest
  int count;
  co_instant *instant;  // (count) owned
  float *block;         // their arrays, owned
  int capacity;         // instants there is room for
  size_t floats;        // of the block
} co_series;

typedef struct co_stage_view {
  co_shared_world *world;  // kept by the snapshot; co_shared_world_config is "copy as config"
  co_instant_layout layout;
  co_instant now;           // its arrays are the snapshot's
  int choice;               // index of the policy that is to act from here on, -1: none
  const co_policy *policy;  // that answers at the present instant, NULL: none
  int acting, before;       // index of it, and of the one it took over from; -1: none
  co_policy_trace trace;    // of the policy at now.obs; block NULL: no policy
  uint32_t episode;
  int64_t first, last;  // steps that are kept
  uint64_t changes;     // grows whenever steps that were kept have become others
  bool over;            // the present instant is the end of the episode
  co_series series;
  void *block;  // of `now`, owned
} co_stage_view;

typedef struct co_snapshot {
  uint64_t number;  // of the snapshots of a playback; 0: nothing was copied yet
  int num_stages;
  co_stage_view stage[CO_SESSION_STAGES];
  int64_t step, first, last;  // of the session
  int64_t parting;            // step, -1: not (yet)
  int64_t searching;          // episode that is searched, -1: no search
  bool running, over;
  int speed;
  double true_speed;
  uint64_t commands;  // executed so far, or replaced by one that says the same thing anew
  uint64_t errors;    // failures so far: when it grows, `error` is a new one
  co_status status;   // of the last failure
  char error[CO_SNAPSHOT_ERROR];
} co_snapshot;

// Copies what the session shows, with series of `series` instants either way (0: none); leaves
// number, commands and errors alone. CO_MEMORY, and then the snapshot is only good for taking again
// or freeing.
co_status co_snapshot_take(co_snapshot *snapshot, const co_session *session, int series);
void co_snapshot_free(co_snapshot *snapshot);  // a zeroed one, too

#endif  // VIZ_PLAY_SNAPSHOT_H_
