#include "envs/source/worlds.h"

#include "envs/verify/shift.h"
#include "envs/world/vector.h"
#include "envs/world/world.h"

static co_status create(void *context, const co_world *world, int rows, const co_stream *stream,
                        co_env **out) {
  (void)context;
  return co_vector_open(world, rows, stream, out, NULL);
}

static co_status compare(void *context, const co_world *source, const co_world *target,
                         uint64_t seed, co_shift *out) {
  (void)context;
  return co_shift_compare(source, target, seed, out);
}

co_world_source co_worlds(void) {
  return (co_world_source){NULL, create, compare};
}
