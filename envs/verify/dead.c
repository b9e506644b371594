#include "envs/verify/dead.h"

#include "core/memory.h"
#include "envs/verify/shift.h"

#include <stdio.h>
#include <stdlib.h>

// The domain without one of its shifts; -1: all of them.
static co_status leave_out(const co_node *domain, int index, co_node **out) {
  co_node *list = co_node_new(CO_NODE_LIST, "domain", "--domain", 0);
  co_status status = list ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < domain->count; i++) {
    if (i == index) continue;
    co_node *shift = co_node_copy(domain->child[i]);
    status = shift ? co_node_add(list, shift) : CO_MEMORY;
  }
  if (status == CO_OK)
    *out = list;
  else
    co_node_free(list);
  return status;
}

static co_status try_without(co_world_shelf *shelf, const co_world *nominal, const co_node *domain,
                             int index, uint64_t seed, co_dead_shifts *out) {
  co_node *list = NULL, *whole = NULL;
  co_world without = *nominal, with = *nominal;
  co_shift found = {.live = true};
  CO_TRY(leave_out(domain, index, &list));
  co_status status = leave_out(domain, -1, &whole);
  without.domain = list;
  with.domain = whole;
  if (status == CO_OK) status = co_shift_compare(shelf, &without, &with, seed, &found);
  out->dead[index] = status == CO_OK && !found.live;
  if (out->dead[index] && !*out->reason)
    snprintf(out->reason, sizeof out->reason, "%s", found.reason);
  co_node_free(list);
  co_node_free(whole);
  return status;
}

// Edits of the task are kept; those of the domain are in its list already.
static co_status try_each(co_world_shelf *shelf, const co_world *world, const co_node *domain,
                          uint64_t seed, co_dead_shifts *out) {
  const char **set = co_alloc((size_t)world->num_set + 1, sizeof *set);
  if (!set) return CO_MEMORY;
  co_world nominal = co_world_elsewhere(world, NULL, set);
  co_status status = CO_OK;
  for (; status == CO_OK && out->count < domain->count && out->count < CO_DEAD_SHIFTS; out->count++)
    status = try_without(shelf, &nominal, domain, out->count, seed, out);
  free(set);
  return status;
}

co_status co_shifts_find_dead(co_world_shelf *shelf, const co_world *world, uint64_t seed,
                              co_dead_shifts *out) {
  *out = (co_dead_shifts){0};
  co_world_def def;
  CO_TRY(co_world_read(world, &def));
  co_status status = try_each(shelf, world, co_node_get(def.tree, "domain"), seed, out);
  co_world_def_free(&def);
  return status;
}
