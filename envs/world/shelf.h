// Built worlds that are kept for whoever asks for them again: a study describes, checks, compares
// and evaluates in the same few worlds, and building one takes up to 75 ms (a humanoid).
//
// The same world is the same task, edits and shifts, as texts; where nothing is drawn it does not
// matter what becomes of draws. Files are read when a world is built: what is changed in them later
// is not seen by this shelf. The shelf holds the worlds that were asked for last; others live as
// long as somebody has them, and are built anew. Thread-safe; a world is built by one thread at a
// time.

#ifndef ENVS_WORLD_SHELF_H_
#define ENVS_WORLD_SHELF_H_

#include "envs/world/shared_world.h"

enum { CO_SHELF_WORLDS = 32 };  // held at most

typedef struct co_world_shelf co_world_shelf;

co_status co_world_shelf_create(co_world_shelf **out);  // CO_MEMORY
// Worlds that others have stay theirs. NULL: nothing.
void co_world_shelf_free(co_world_shelf *shelf);

// The world, built when it is not there; one reference is the caller's. Errors as co_world_build,
// of which nothing is kept. `shelf` NULL: built anew.
co_status co_world_shelf_take(co_world_shelf *shelf, const co_world *world, co_shared_world **out);

// Worlds built so far.
int64_t co_world_shelf_builds(co_world_shelf *shelf);

#endif  // ENVS_WORLD_SHELF_H_
