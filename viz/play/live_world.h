// A world whose domain is changed by hand: the list of shifts, and the world built anew from it.
//
// The list is that of the world it begins with; a shift of the same parameter and pattern takes the
// place of the one before it. What is built is what a study with that list would run. Not
// thread-safe. Errors leave it as it was.

#ifndef VIZ_PLAY_LIVE_WORLD_H_
#define VIZ_PLAY_LIVE_WORLD_H_

#include "envs/world/shelf.h"

typedef struct co_live_world {
  char *task;
  char *text, *folder, *model;  // as in co_world.held, NULL where that has none
  char *map;                    // as in co_world.map
  char **set;                   // (num_set) edits of the task
  int num_set;
  co_draws draws;
  co_shift_info *original;  // (num_original) of the world it began with
  int num_original;
  co_shift_info *shift;  // (num_shifts) now
  int num_shifts;
} co_live_world;

// The world to begin with, from a shelf (NULL: built anew); the caller drops *first. Errors leave
// *first NULL.
co_status co_live_world_create(co_world_shelf *shelf, const co_world *world, co_live_world *out,
                               co_shared_world **first);
void co_live_world_free(co_live_world *live);

// A change that is not made yet: the list and its world.
typedef struct co_live_change {
  co_shift_info *shift;  // (num_shifts)
  int num_shifts;
  co_shared_world *world;
} co_live_change;

// With this shift (NULL: with all made by hand taken back). CO_CONFIG with what is wrong with it.
co_status co_live_world_try(const co_live_world *live, const co_shift_info *shift,
                            co_live_change *out);
void co_live_world_accept(co_live_world *live, co_live_change *change);  // takes the list over
void co_live_change_free(co_live_change *change);

#endif  // VIZ_PLAY_LIVE_WORLD_H_
