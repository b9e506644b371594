#include "envs/source/worlds.h"

#include "envs/verify/shift.h"
#include "envs/world/shelf.h"
#include "envs/world/vector.h"

static void drop(void *world) {
  co_shared_world_drop(world);
}

static co_status describe(void *context, const co_world *world, co_world_facts *out) {
  co_shared_world *shared;
  CO_TRY(co_world_shelf_take(context, world, &shared));
  *out = (co_world_facts){.info = &co_shared_world_get(shared)->info,
                          .build_s = co_shared_world_build_s(shared),
                          .world = shared,
                          .drop = drop};
  return CO_OK;
}

static co_status create(void *context, const co_world *world, int rows, const co_stream *stream,
                        co_env **out) {
  return co_vector_open(context, world, rows, stream, out, NULL);
}

static co_status compare(void *context, const co_world *source, const co_world *target,
                         uint64_t seed, co_shift *out) {
  return co_shift_compare(context, source, target, seed, out);
}

co_world_source co_worlds(co_world_shelf *shelf) {
  return (co_world_source){shelf, describe, create, compare};
}
