// A built world as a counted reference: envs, viewers and those who only read its facts have one
// and the same, and it lives as long as the last of them.
//
// Thread safety: keep and drop may be called on any thread at once; the world itself is constant.

#ifndef ENVS_WORLD_SHARED_WORLD_H_
#define ENVS_WORLD_SHARED_WORLD_H_

#include "envs/world/world.h"

typedef struct co_shared_world co_shared_world;

// Errors as co_world_build. One reference is the caller's.
co_status co_shared_world_build(const co_world *world, co_shared_world **out);
// Takes over a built world, also on failure. CO_MEMORY.
co_status co_shared_world_take(co_built_world *built, co_shared_world **out);
co_shared_world *co_shared_world_keep(co_shared_world *world);  // returns it
void co_shared_world_drop(co_shared_world *world);              // NULL: nothing
const co_built_world *co_shared_world_get(const co_shared_world *world);
double co_shared_world_build_s(const co_shared_world *world);  // [s] that building took; 0: taken

// Appends the shifts of a world in config syntax, as a study file takes them ("domain = ( ... );").
co_status co_shared_world_config(const co_shared_world *world, co_buf *out);

#endif  // ENVS_WORLD_SHARED_WORLD_H_
