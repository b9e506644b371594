// What happened before a fault: the last 100 states of a row whose episode became non-finite or
// diverged, as a file that `carryover replay TASK FILE` plays again to the same fault.
//
// Each row keeps its bytes and observation at every 100th control step and the actions since (two
// of the former, 200 of the latter), which costs a copy of the action per step. When an episode is
// faulty, the row's memory stands still until co_fault_guard_dump plays the states again from there
// and writes FOLDER/PREFIXNNN.json, with the row's bytes at the first of them. At most 10 files are
// written; then nothing is kept any more. Which faults are written does not depend on threads: the
// first of each row between two dumps, in row order.
//
// File: {"task", "reason", "seed", "seed_number", "row", "step": of the episode, "first": step of
// data[0], "row_state", "row_hash", "data": [{"obs", "action", "qpos", "qvel"}]}, each entry before
// its action; after the last the env said fault. qpos and qvel are empty where the env has none.
//
// Thread safety: calls for different rows may run at once, except dump, save and load.

#ifndef AGENTS_LEARN_FAULT_GUARD_H_
#define AGENTS_LEARN_FAULT_GUARD_H_

#include "core/arena.h"
#include "core/pack.h"
#include "core/rng.h"
#include "envs/env.h"

enum {
  CO_FAULT_STATES = 100,                   // of a dump at most
  CO_FAULT_ACTIONS = 2 * CO_FAULT_STATES,  // kept per row
  CO_FAULT_FILES = 10,                     // at most, per training
};

typedef struct co_fault_row co_fault_row;

typedef struct co_fault_guard {
  co_env *env;         // borrowed
  const char *folder;  // borrowed; NULL: nothing is kept
  const char *prefix;  // borrowed, of names of files and entries
  co_stream stream;    // of the training, named in the files
  int rows;
  size_t row_size;
  co_fault_row *row;     // (rows)
  unsigned char *bytes;  // (rows x 2 x row_size) snapshots, then one row_size of scratch
  float *obs;            // (rows x 2 x obs_dim) with them, then one obs_dim of scratch
  float *action;         // (rows x CO_FAULT_ACTIONS x act_dim)
  int64_t files;         // written
} co_fault_guard;

// Memory is the arena's. `folder` is made with the first file; `prefix` sets apart the guards that
// a learner has of several envs.
co_status co_fault_guard_create(co_arena *arena, co_env *env, const co_stream *stream,
                                const char *folder, const char *prefix, co_fault_guard *out);

void co_fault_guard_reset(co_fault_guard *guard, int row);  // a new episode has begun
// Before a control step: the observation (obs_dim) acted on, the action (act_dim) as given to the
// env.
void co_fault_guard_step(co_fault_guard *guard, int row, const float *obs, const float *action);
void co_fault_guard_fault(co_fault_guard *guard, int row);  // the step was a fault, before a reset

// Writes a file for each row with a fault since the last call. Rows are as before afterwards. A
// file that cannot be written is a warning. What the env returns when it cannot play.
co_status co_fault_guard_dump(co_fault_guard *guard);

// CO_INTERNAL, which says so, when more than 1 % of all episodes (and at least 5) were faulty.
co_status co_fault_guard_judge(int64_t faults, int64_t episodes);

// What rows keep, and the number of files, as entries of a pack, after a dump. Loading removes
// files from that number on.
void co_fault_guard_save(const co_fault_guard *guard, co_buf *pack);
co_status co_fault_guard_load(co_fault_guard *guard, const co_pack *pack);

#endif  // AGENTS_LEARN_FAULT_GUARD_H_
