// Replay buffer: the last `capacity` transitions of a learner that learns off policy, and their
// copy on disk.
//
// Memory is a structure of arrays in float32, one index per transition; transition number n since
// create lies at index n mod capacity. Observations are raw: whoever samples normalises with the
// statistics of that moment.
//
// Disk: segment k, FOLDER/NAME.K, holds transitions k x segment .. (k + 1) x segment - 1 as
// pieces that are only ever appended, so that a checkpoint writes what is new and not 100 MB again:
//   "COREPLAY", u32 obs_dim, u32 act_dim; pieces of u64 number of the first transition, u64 count,
//   obs, action, next_obs, reward (float32, each array whole), terminated (u8), xxh3-64 of the
//   piece
// Where marks are kept, they (u32) stand behind `terminated`, and the first word is "COREMARK".
// What a checkpoint refers to is `written` transitions. Pieces behind that, of a run that was cut,
// are cut off when loading; they are written again with the same bytes.
//
// Not thread-safe, but gathering is const.

#ifndef AGENTS_LEARN_PRIVATE_REPLAY_BUFFER_H_
#define AGENTS_LEARN_PRIVATE_REPLAY_BUFFER_H_

#include "agents/data/writer.h"
#include "agents/policy/policy.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct co_replay_buffer {
  int obs_dim, act_dim;
  int64_t capacity, segment;  // [transitions]
  int64_t added;              // since create; the last min(added, capacity) are held
  float *obs;                 // (capacity x obs_dim) acted on, owned, like all arrays
  float *action;              // (capacity x act_dim) in -1..1
  float *next_obs;            // (capacity x obs_dim)
  float *reward;              // (capacity)
  uint8_t *terminated;        // (capacity) the task ended the episode; a time limit does not
  uint32_t *mark;             // (capacity) where they came from; NULL: nobody will ask
  char *folder;               // owned, NULL: memory only
  const char *name;           // of its segments, borrowed
  int64_t written;            // transitions on disk
  int64_t open;               // segment written to last, -1: none
  size_t open_bytes;          // that count in it
  int64_t needed;             // first transition that an earlier checkpoint may still need
  int64_t removed;            // segments that are gone
} co_replay_buffer;

typedef struct co_transition {
  const float *obs, *action, *next_obs;  // (obs_dim), (act_dim), (obs_dim)
  float reward;
  bool terminated;
} co_transition;

// `folder` is copied and must exist; NULL: memory only. `name` begins the names of its files there,
// so that several buffers may have one folder. Memory is reserved here and first touched
// where transitions are added. CO_MEMORY, also when the machine does not have as much.
co_status co_replay_buffer_create(int obs_dim, int act_dim, int64_t capacity, const char *folder,
                                  const char *name, co_replay_buffer *out);
void co_replay_buffer_free(co_replay_buffer *buffer);

// A mark: twice the row, and 1 where an episode begins.
static inline uint32_t co_replay_mark_of(int row, bool first) {
  return 2 * (uint32_t)row + first;
}
static inline uint32_t co_replay_row_of(uint32_t mark) {
  return mark / 2;
}
static inline bool co_replay_is_first(uint32_t mark) {
  return mark % 2;
}

// Lets an empty buffer keep a mark of each transition, without which it cannot be written as data.
// CO_MEMORY.
co_status co_replay_buffer_keep_marks(co_replay_buffer *buffer);
// Marks the transition that was added last: of which row of the env, and whether an episode began
// with it.
void co_replay_buffer_mark(co_replay_buffer *buffer, int row, bool first);

void co_replay_buffer_add(co_replay_buffer *buffer, const co_transition *transition);
int64_t co_replay_buffer_count(const co_replay_buffer *buffer);  // held
// Brings the arrays of one index into the cache before it is read.
void co_replay_buffer_prefetch(const co_replay_buffer *buffer, uint32_t index);

// Appends what is not on disk yet, synced when this returns. CO_IO, CO_CREATE; CO_USAGE without a
// folder.
co_status co_replay_buffer_write(co_replay_buffer *buffer);
// A checkpoint that refers to this state is on the disk: removes segments that neither it nor the
// one before needs. Without this call (the checkpoint was not written) all of them stay. CO_IO.
co_status co_replay_buffer_keep(co_replay_buffer *buffer);
// The state after `added` transitions, from the folder, into a buffer that is empty. CO_DATA with
// "file: offset N: text" when a piece is missing, damaged or of other sizes.
co_status co_replay_buffer_read(co_replay_buffer *buffer, int64_t added);

// Adds what is held to a set, row of the env by row, in the order of steps; actions by `map`
// (act_dim), as the env got them. Episodes are numbered as they come: also a rest whose beginning
// is not held any more is one, and what no next transition of its row goes on from (a time limit, a
// fault, the end of the recording) is truncated. What is not finite is left out, as where a
// training diverged. Only with marks. Errors of the writer, CO_MEMORY.
co_status co_replay_buffer_add_to(const co_replay_buffer *buffer, const co_output_map *map,
                                  co_data_writer *writer);

#endif  // AGENTS_LEARN_PRIVATE_REPLAY_BUFFER_H_
