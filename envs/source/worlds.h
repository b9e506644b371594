// The world source of this module: envs over tasks, domains and engines, and the shift check.
// Thread-safe.

#ifndef ENVS_SOURCE_WORLDS_H_
#define ENVS_SOURCE_WORLDS_H_

#include "envs/env.h"

struct co_world_shelf;  // envs/world/shelf.h

// Over the worlds of a shelf, which must outlive the source and may be gone before its envs. NULL:
// every call builds its worlds anew.
co_world_source co_worlds(struct co_world_shelf *shelf);

#endif  // ENVS_SOURCE_WORLDS_H_
