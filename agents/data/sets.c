#include "agents/data/sets.h"

#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static co_status open_next(const char *path, co_data_sets *out) {
  CO_TRY(co_data_set_open(path, &out->set[out->count]));
  out->path[out->count] = co_strdup(path);
  return out->path[out->count++] ? CO_OK : CO_MEMORY;
}

co_status co_data_sets_open(const char *const *path, int count, co_data_sets *out) {
  assert(count >= 0);
  *out = (co_data_sets){0};
  if (!count) return CO_OK;
  out->set = co_alloc((size_t)count, sizeof *out->set);
  out->path = co_alloc((size_t)count, sizeof *out->path);
  co_status status = out->set && out->path ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < count; i++) status = open_next(path[i], out);
  if (status != CO_OK) co_data_sets_close(out);
  return status;
}

void co_data_sets_close(co_data_sets *sets) {
  for (int i = 0; i < sets->count; i++) {
    co_data_set_close(&sets->set[i]);
    free(sets->path[i]);
  }
  free(sets->set);
  free(sets->path);
  *sets = (co_data_sets){0};
}

// ---- against a world

// The elements of a side, "observation" or "action".
typedef struct element_list {
  int count, known;          // of these the first `known` have names: all, or none
  const co_data_name *name;  // (known)
} element_list;

static co_status check_elements(const char *path, const char *side, element_list own,
                                element_list world) {
  if (own.count != world.count)
    return co_fail(CO_CONFIG, "%s: it has %d %s elements, the task has %d", path, own.count, side,
                   world.count);
  for (int i = 0; i < own.known; i++)
    if (strcmp(own.name[i].name, world.name[i].name) != 0)
      return co_fail(CO_CONFIG, "%s: its %s element %d is \"%s\", that of the task is \"%s\"", path,
                     side, i, own.name[i].name, world.name[i].name);
  return CO_OK;
}

static co_status check_set(const co_data_set *set, const char *path, const co_data_about *world) {
  const co_data_about *own = &set->about;
  if (!set->transitions) return co_fail(CO_CONFIG, "%s: it has no transitions to learn from", path);
  CO_TRY(check_elements(path, "observation", (element_list){own->obs_dim, own->num_obs, own->obs},
                        (element_list){world->obs_dim, world->num_obs, world->obs}));
  return check_elements(path, "action", (element_list){own->act_dim, own->num_action, own->action},
                        (element_list){world->act_dim, world->num_action, world->action});
}

co_status co_data_sets_check(const co_data_sets *sets, const co_env_info *world) {
  co_data_about about;
  CO_TRY(co_data_about_world(world, &about));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < sets->count; i++)
    status = check_set(&sets->set[i], sets->path[i], &about);
  co_data_about_free(&about);
  return status;
}

bool co_data_sets_fit(const co_data_sets *sets, int obs_dim, int act_dim) {
  bool fit = true;
  for (int i = 0; i < sets->count; i++)
    fit = fit && sets->set[i].about.obs_dim == obs_dim && sets->set[i].about.act_dim == act_dim;
  return fit;
}

int64_t co_data_sets_transitions(const co_data_sets *sets) {
  int64_t sum = 0;
  for (int i = 0; i < sets->count; i++) sum += sets->set[i].transitions;
  return sum;
}
