#include "viz/play/private/carry.h"

#include "core/memory.h"
#include "core/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- the same layout

static bool same_elements(const co_model *a, const co_model *b, co_element kind) {
  const co_elements *from = &a->elements[kind], *to = &b->elements[kind];
  if (from->count != to->count) return false;
  for (int i = 0; i < from->count; i++) {
    if (strcmp(from->name[i], to->name[i]) != 0) return false;
    if (co_model_at(a, kind, i) != co_model_at(b, kind, i)) return false;
  }
  return true;
}

static bool same_terms(const co_binding *a, const co_binding *b) {
  return a->obs_dim == b->obs_dim && a->act_dim == b->act_dim && a->state_size == b->state_size &&
         a->num_commands == b->num_commands && a->num_rewards == b->num_rewards;
}

bool co_carry_same_layout(const co_built_world *from, const co_built_world *to) {
  return from->model->engine == to->model->engine &&
         same_elements(from->model, to->model, CO_QPOS) &&
         same_elements(from->model, to->model, CO_QVEL) &&
         same_elements(from->model, to->model, CO_CTRL) &&
         same_terms(&from->binding, &to->binding) && from->plan.drawn == to->plan.drawn &&
         co_row_size(&from->binding) == co_row_size(&to->binding);
}

static co_status carry_bytes(const co_row *from, co_row *to) {
  void *bytes = co_alloc(co_row_size(from->binding), 1);
  if (!bytes) return CO_MEMORY;
  co_row_save(from, bytes);
  co_status status = co_row_load(to, bytes);
  free(bytes);
  return status;
}

// ---- by name

// Limits are soft, and a pose beyond them is kept; but not beyond those that were drawn tighter.
static double within_limits(const co_model *a, int other, const co_model *b, int i, double value) {
  bool same = a->qpos_low[other] == b->qpos_low[i] && a->qpos_high[other] == b->qpos_high[i];
  return same ? value : co_clamp(value, b->qpos_low[i], b->qpos_high[i]);
}

// Coordinates that both have.
static void carry_coordinates(const co_row *from, co_row *to, co_element kind) {
  const co_model *a = from->physics->model, *b = to->physics->model;
  for (int i = 0; i < b->elements[kind].count; i++) {
    int other = co_model_find(a, kind, b->elements[kind].name[i]);
    int at = co_model_at(b, kind, i), from_at = other < 0 ? -1 : co_model_at(a, kind, other);
    if (at < 0 || from_at < 0) continue;
    double value = from->physics->field[kind][from_at];
    if (kind == CO_QPOS) value = within_limits(a, other, b, i, value);
    to->physics->field[kind][at] = value;
  }
}

// What an episode is beside where the robot is, as far as the sizes agree.
static void carry_episode(const co_row *from, co_row *to) {
  const co_binding *a = from->binding, *b = to->binding;
  to->rng = from->rng;
  to->signal = from->signal;
  to->noise = from->noise;
  to->step = from->step;
  to->age = from->age;
  if (a->num_commands == b->num_commands)
    memcpy(to->command, from->command, (size_t)a->num_commands * sizeof *to->command);
  if (a->act_dim != b->act_dim) return;
  memcpy(to->action, from->action, (size_t)a->act_dim * sizeof *to->action);
  memcpy(to->previous, from->previous, (size_t)a->act_dim * sizeof *to->previous);
}

// Commands that are due in this step were drawn already, hence the second time.
static co_status carry_pose(const co_row *from, co_row *to) {
  CO_TRY(co_row_clear(to));
  carry_coordinates(from, to, CO_QPOS);
  carry_coordinates(from, to, CO_QVEL);
  carry_episode(from, to);
  CO_TRY(co_row_start(to));
  carry_episode(from, to);
  return CO_OK;
}

co_status co_carry(const co_row *from, const co_built_world *from_world,
                   const co_built_world *to_world, co_row *to, bool *exact) {
  *exact = co_carry_same_layout(from_world, to_world) && carry_bytes(from, to) == CO_OK;
  return *exact ? CO_OK : carry_pose(from, to);
}
