#include "envs/world/shared_world.h"

#include "core/clock.h"
#include "core/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct co_shared_world {
  co_built_world *built;  // owned
  double build_s;
  atomic_int references;
};

co_status co_shared_world_take(co_built_world *built, co_shared_world **out) {
  assert(built && out);
  co_shared_world *world = co_alloc(1, sizeof *world);
  if (!world) {
    co_world_free(built);
    return CO_MEMORY;
  }
  world->built = built;
  world->build_s = 0;
  atomic_init(&world->references, 1);
  *out = world;
  return CO_OK;
}

co_status co_shared_world_build(const co_world *world, co_shared_world **out) {
  assert(world && out);
  co_built_world *built = NULL;
  double start = co_clock_wall();
  CO_TRY(co_world_build(world, &built));
  CO_TRY(co_shared_world_take(built, out));
  (*out)->build_s = co_clock_wall() - start;
  return CO_OK;
}

co_shared_world *co_shared_world_keep(co_shared_world *world) {
  atomic_fetch_add(&world->references, 1);
  return world;
}

void co_shared_world_drop(co_shared_world *world) {
  if (!world) return;
  int before = atomic_fetch_sub(&world->references, 1);
  assert(before > 0);
  if (before > 1) return;
  co_world_free(world->built);
  free(world);
}

const co_built_world *co_shared_world_get(const co_shared_world *world) {
  assert(world);
  return world->built;
}

double co_shared_world_build_s(const co_shared_world *world) {
  return world->build_s;
}

co_status co_shared_world_config(const co_shared_world *world, co_buf *out) {
  return co_domain_write(&world->built->def.domain, out);
}
