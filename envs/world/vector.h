// A vectorised env (envs/env.h) over a built world: one row after another on the caller's thread,
// no locks, nothing shared between rows but constant data.

#ifndef ENVS_WORLD_VECTOR_H_
#define ENVS_WORLD_VECTOR_H_

#include "envs/world/shelf.h"

// The env keeps a reference of the world. Row r draws its resets from stream (stream, r).
// CO_MEMORY, or CO_INTERNAL from the engine.
co_status co_vector_share(co_shared_world *world, int rows, const co_stream *stream, co_env **out);

// The same of a world that nobody else has: takes it over, on failure too.
co_status co_vector_create(co_built_world *world, int rows, const co_stream *stream, co_env **out);

// The same of a world as it is named, from a shelf (NULL: built anew); it is lent while the env
// lives (`built` may be NULL). Errors of co_world_build too.
co_status co_vector_open(co_world_shelf *shelf, const co_world *world, int rows,
                         const co_stream *stream, co_env **out, const co_built_world **built);

// The row behind an env of this module, for viewers and tests.
struct co_row *co_vector_row(co_env *env, int row);

#endif  // ENVS_WORLD_VECTOR_H_
