// Checkpoints of one training, in a folder of their own: `checkpoint.0` and `checkpoint.1`, written
// in turn, so that a whole one is there at every instant.
//
// A checkpoint is a pack (core/pack.h) that says which number it has and whose it is; one of
// another definition is not used. A damaged one is left out with a warning, and the other one
// serves. One owner, one thread; two processes must not share a folder.

#ifndef TRANSFER_RUN_PRIVATE_GENERATIONS_H_
#define TRANSFER_RUN_PRIVATE_GENERATIONS_H_

#include "core/pack.h"

enum { CO_GENERATIONS = 2 };

typedef struct co_generation {
  int64_t number;  // from 1; 0: there is none
  char *path;      // owned, the pack's file
  co_buf bytes;
  co_pack pack;
} co_generation;

typedef struct co_generations {
  const char *folder, *name;                 // borrowed; `name` of the training, for messages
  uint64_t identity;                         // hash of all that decides the training's bytes
  double period;                             // [s] between two checkpoints
  co_generation generation[CO_GENERATIONS];  // what was found and is not dropped yet
  int64_t next;                              // number of the next one
  int slot;                                  // file that it goes into
  bool damaged, foreign;                     // one was left out: not whole, of another definition
  double tried, cost;  // [s] when one was last begun or written, how long the last took
} co_generations;

// Reads what is there; the first one that is written makes the folder. `period` 0: due after every
// update. CO_CREATE, CO_IO, CO_MEMORY.
co_status co_generations_open(const char *folder, const char *name, uint64_t identity,
                              double period, co_generations *out);
void co_generations_close(co_generations *generations);

// The newest that was not dropped, NULL when none is left. The next one written replaces the other.
co_generation *co_generations_newest(co_generations *generations);
void co_generation_drop(co_generation *generation);

// Empties the folder but for a file "lock": the training starts from the beginning.
co_status co_generations_clear(co_generations *generations);

// Whether it is time for one: a period has passed, and writing takes at most 2 % of the time.
bool co_generations_are_due(const co_generations *generations);

// Writing: begin, add entries to the pack, commit, which writes atomically. When it fails, or is
// given up before, the checkpoints before it are as they were, and the next is due after a period.
// What is done between the two counts as writing. `pack` may be used again and again; the caller
// frees it. CO_CREATE, CO_MEMORY where the folder cannot be made.
co_status co_generations_begin(co_generations *generations, co_buf *pack);
co_status co_generations_commit(co_generations *generations, co_buf *pack);

#endif  // TRANSFER_RUN_PRIVATE_GENERATIONS_H_
