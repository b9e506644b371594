#include "viz/play/live_world.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

// ---- life

static co_status copy_shifts(const co_shift_info *from, int count, co_shift_info **out) {
  *out = co_alloc((size_t)count + 1, sizeof **out);  // room for one more
  if (!*out) return CO_MEMORY;
  if (count) memcpy(*out, from, (size_t)count * sizeof **out);
  return CO_OK;
}

// Edits of the domain are in the list of shifts already.
static co_status copy_edits(const co_world *world, co_live_world *live) {
  const char **edit = co_alloc((size_t)world->num_set + 1, sizeof *edit);
  live->set = co_alloc((size_t)world->num_set + 1, sizeof *live->set);
  int count = edit && live->set ? co_world_task_edits(world, edit) : 0;
  bool ok = edit && live->set;
  for (int i = 0; ok && i < count; i++) {
    live->set[i] = co_strdup(edit[i]);
    ok = live->set[i] != NULL;
    live->num_set += ok;
  }
  free(edit);
  return ok ? CO_OK : CO_MEMORY;
}

// False: out of memory.
static bool copy_text(const char *from, char **to) {
  *to = from ? co_strdup(from) : NULL;
  return *to || !from;
}

static co_status fill(const co_world *world, const co_env_info *info, co_live_world *live) {
  live->draws = world->draws;
  live->task = co_strdup(world->task);
  bool whole = live->task && copy_text(world->held.text, &live->text) &&
               copy_text(world->held.folder, &live->folder) &&
               copy_text(world->held.model, &live->model) && copy_text(world->map, &live->map);
  if (!whole) return CO_MEMORY;
  CO_TRY(copy_edits(world, live));
  live->num_original = live->num_shifts = info->num_shifts;
  CO_TRY(copy_shifts(info->shift, info->num_shifts, &live->original));
  return copy_shifts(info->shift, info->num_shifts, &live->shift);
}

co_status co_live_world_create(co_world_shelf *shelf, const co_world *world, co_live_world *out,
                               co_shared_world **first) {
  *out = (co_live_world){0};
  *first = NULL;
  CO_TRY(co_world_shelf_take(shelf, world, first));
  co_status status = fill(world, &co_shared_world_get(*first)->info, out);
  if (status == CO_OK) return CO_OK;
  co_live_world_free(out);
  co_shared_world_drop(*first);
  *first = NULL;
  return status;
}

void co_live_world_free(co_live_world *live) {
  for (int i = 0; i < live->num_set; i++) free(live->set[i]);
  free(live->set);
  free(live->task);
  free(live->text);
  free(live->folder);
  free(live->model);
  free(live->map);
  free(live->original);
  free(live->shift);
  *live = (co_live_world){0};
}

// ---- changes

static bool same_elements(const co_shift_info *a, const co_shift_info *b) {
  return strcmp(a->parameter, b->parameter) == 0 && strcmp(a->select, b->select) == 0;
}

// Changes no number whatever they are.
static bool is_nothing(const co_shift_info *shift) {
  bool scale = strcmp(shift->operation, "scale") == 0, add = strcmp(shift->operation, "add") == 0;
  for (int i = 0; i < shift->num_values; i++) {
    if (shift->value[i] != (scale ? 1 : 0)) return false;
  }
  return (scale || add) && !*shift->distribution && shift->num_values > 0;
}

static void put(const co_shift_info *shift, co_live_change *change) {
  int at = 0;
  while (at < change->num_shifts && !same_elements(&change->shift[at], shift)) at++;
  bool had = at < change->num_shifts;
  if (!is_nothing(shift)) {
    change->shift[at] = *shift;
    change->num_shifts += !had;
  } else if (had) {
    change->num_shifts--;
    memmove(&change->shift[at], &change->shift[at + 1],
            (size_t)(change->num_shifts - at) * sizeof *shift);
  }
}

static co_status build(const co_live_world *live, co_live_change *change) {
  co_node *domain = NULL;
  CO_TRY(co_shifts_to_tree(change->shift, change->num_shifts, "", &domain));
  const co_world world = {.task = live->task,
                          .held = {live->text, live->folder, live->model},
                          .domain = domain,
                          .set = (const char *const *)live->set,
                          .num_set = live->num_set,
                          .map = live->map,
                          .draws = live->draws};
  co_status status = co_shared_world_build(&world, &change->world);
  co_node_free(domain);
  return status;
}

co_status co_live_world_try(const co_live_world *live, const co_shift_info *shift,
                            co_live_change *out) {
  const co_shift_info *from = shift ? live->shift : live->original;
  *out = (co_live_change){.num_shifts = shift ? live->num_shifts : live->num_original};
  CO_TRY(copy_shifts(from, out->num_shifts, &out->shift));
  if (shift) put(shift, out);
  co_status status = build(live, out);
  if (status != CO_OK) co_live_change_free(out);
  return status;
}

void co_live_world_accept(co_live_world *live, co_live_change *change) {
  free(live->shift);
  live->shift = change->shift;
  live->num_shifts = change->num_shifts;
  change->shift = NULL;
}

void co_live_change_free(co_live_change *change) {
  free(change->shift);
  co_shared_world_drop(change->world);
  *change = (co_live_change){0};
}
