// Instants of one stage: what happened at each control step, in a ring of a fixed number of bytes.
//
// Steps that are kept follow each other without gaps. A new instant goes behind the last one and
// takes the place of the oldest when the ring is full. Memory is reserved at once and used as it
// fills.
//
// Not thread-safe. Adding does not fail.

#ifndef VIZ_PLAY_HISTORY_H_
#define VIZ_PLAY_HISTORY_H_

#include "agents/policy/policy.h"
#include "core/status.h"
#include "viz/play/stand_in.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Who acts: a policy, or where there is none a recording or a stand-in.
typedef struct co_who {
  const co_policy *policy;  // NULL: none
  bool recorded;
  co_stand_in stand_in;
} co_who;

static inline bool co_who_is(const co_who *a, const co_who *b) {
  if (a->policy || b->policy) return a->policy == b->policy;
  return a->recorded == b->recorded && (a->recorded || a->stand_in == b->stand_in);
}

// Who answers at an instant, and since when: they may take over from each other within an episode.
typedef struct co_stint {
  co_who who;
  int64_t since;      // step from which on it answers
  bool branched;      // somebody else had answered before
  co_who before;      // who that was
  double ret_before;  // sum of rewards up to `since`
} co_stint;

// What a reader sees. Pointers are the history's until the instant is overwritten or dropped.
typedef struct co_instant {
  int64_t step;     // control steps of the episode so far
  const void *row;  // (co_row_size) bytes
  // Of the policy's actor (agents/policy/actor.h), with which it sees this state, and which it has
  // when it has answered: (state_bytes) each. `owner` is that policy; another one begins anew.
  const void *state, *after;
  const void *owner;
  const float *obs;  // (obs_dim) raw, of this state
  const float
      *action;         // (act_dim) the answer to it: of the policy, or as recorded; before clipping
  const float *terms;  // (num_terms) weighted rewards of the step that led here; 0 at step 0
  float reward;        // their sum
  float value;         // the critic's in units of reward, NAN: none
  double ret;          // sum of rewards so far
  co_stint stint;
  bool terminated, truncated, success, fault;
  bool pushed;  // the step that led here was disturbed by hand, or the world or the policy was
                // changed here
} co_instant;

// Whether the world has nothing more to play here.
static inline bool co_instant_ends(const co_instant *instant) {
  return instant->fault || instant->terminated || instant->truncated;
}

// The same arrays for who fills them.
typedef struct co_instant_arrays {
  void *row, *state, *after;
  float *obs, *action, *terms;
} co_instant_arrays;

typedef struct co_instant_layout {
  size_t row_bytes;
  int obs_dim, act_dim, num_terms;
  size_t state_bytes;  // of the policy (co_policy_trace), a multiple of 8; 0: none
} co_instant_layout;

// Bytes of an instant's arrays, which lie in one block.
size_t co_instant_bytes(const co_instant_layout *layout);
// Where the arrays of an instant lie in `block` (co_instant_bytes), aligned to 8 bytes.
co_instant_arrays co_instant_place(const co_instant_layout *layout, void *block);
// Makes `instant` show these arrays.
void co_instant_show(const co_instant_arrays *arrays, co_instant *instant);
// Copies the arrays of `from` into `arrays`, and its scalars to `to`, which shows them. They may be
// those of `from`.
void co_instant_copy(const co_instant_layout *layout, const co_instant *from,
                     const co_instant_arrays *arrays, co_instant *to);

typedef struct co_history co_history;

enum { CO_HISTORY_LEAST = 2 };  // instants that are kept in any case

// A ring of as many instants as fit into `bytes`, at least CO_HISTORY_LEAST. CO_MEMORY.
co_status co_history_create(const co_instant_layout *layout, size_t bytes, co_history **out);
void co_history_free(co_history *history);
// Adds what another one keeps up to step `last`, as far as it fits. The layouts may differ in
// state_bytes: states are left behind, and nobody owns them.
void co_history_take_over(co_history *history, const co_history *from, int64_t last);

// Copies an instant behind the last one: its step is that of the last one and 1, any if there is
// none.
void co_history_add(co_history *history, const co_instant *instant);
// Forgets instants from this step on.
void co_history_drop_from(co_history *history, int64_t step);

int64_t co_history_first(const co_history *history);  // step of the oldest; 0 when empty
int64_t co_history_last(const co_history *history);   // step of the newest; -1 when empty
const co_instant *co_history_at(const co_history *history, int64_t step);  // NULL: not kept
int64_t co_history_capacity(const co_history *history);                    // instants

#endif  // VIZ_PLAY_HISTORY_H_
