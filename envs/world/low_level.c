#include "envs/world/low_level.h"

#include "core/number.h"
#include "envs/world/private/row.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// --- names

typedef struct builder {
  const co_binding *binding;
  co_arena *arena;
  co_low_level *out;
} builder;

static co_value_element element_of(builder *b, const char *kind, const char *name,
                                   const char *unit) {
  size_t size = strlen(kind) + strlen(name) + 2;
  char *text = co_arena_alloc(b->arena, size, 1);
  if (text) snprintf(text, size, "%s/%s", kind, name);
  return (co_value_element){text, unit};
}

static void add_signal(builder *b, const char *kind, const char *name, const char *unit,
                       co_tap tap) {
  int at = b->out->num_signals++;
  b->out->signal[at] = element_of(b, kind, name, unit);
  b->out->tap[at] = tap;
}

// What a force along a coordinate is measured in.
static const char *force_unit(const co_model *model, int qvel) {
  return model->elements[CO_QVEL].unit[qvel][0] == 'r' ? "N m" : "N";
}

// --- targets

// Where a pd action keeps the target of a control; false: none drives it.
static bool find_pd(const co_binding *binding, int control, co_tap *out) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  for (int k = 0, first = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    if (!term->class->substep) continue;
    for (int i = 0; i < term->size; i++) {
      if (term->ref[i].index != control) continue;
      *out = (co_tap){
          .source = CO_FROM_PD, .index = control, .state = term->state_at + i, .pd = first + i};
      return true;
    }
    first += term->size;
  }
  return false;
}

static bool find_servo(const co_model *model, int control, co_tap *out) {
  const co_drive *drive = &model->drive[control];
  double unit = co_drive_unit(drive);
  if (drive->kind != CO_DRIVE_POSITION || !isfinite(unit)) return false;
  *out = (co_tap){.source = CO_FROM_SERVO, .index = control, .unit = unit};
  return true;
}

static void add_targets(builder *b) {
  const co_model *model = b->binding->model;
  for (int i = 0; i < model->nu; i++) {
    co_tap tap;
    if (!find_pd(b->binding, i, &tap) && !find_servo(model, i, &tap)) continue;
    const char *unit = model->elements[CO_QPOS].unit[model->drive[i].qpos];
    add_signal(b, "target", model->elements[CO_CTRL].name[i], unit, tap);
  }
}

// --- torques and forces

static void add_torques(builder *b) {
  const co_model *model = b->binding->model;
  for (int qvel = 0; qvel < model->nv; qvel++) {
    bool driven = false;
    for (int i = 0; i < model->nu; i++) driven = driven || model->drive[i].qvel == qvel;
    if (!driven) continue;
    add_signal(b, "torque", model->elements[CO_QVEL].name[qvel], force_unit(model, qvel),
               (co_tap){.source = CO_FROM_TORQUE, .index = qvel});
  }
}

// An actuator may have several controls, which stand together.
static void add_forces(builder *b) {
  const co_model *model = b->binding->model;
  const co_elements *forces = &model->elements[CO_ACTUATOR_FORCE];
  for (int i = 0; forces->count && i < model->nu; i++) {
    int actuator = model->drive[i].actuator;
    if (model->drive[i].qvel >= 0 || (i && model->drive[i - 1].actuator == actuator)) continue;
    add_signal(b, "force", forces->name[actuator], forces->unit[actuator],
               (co_tap){.source = CO_FROM_FORCE, .index = actuator});
  }
}

co_status co_low_level_create(const co_binding *binding, co_arena *arena, co_low_level *out) {
  const co_model *model = binding->model;
  size_t most = 2 * (size_t)model->nu + (size_t)model->nv, coordinates = (size_t)model->nv;
  *out = (co_low_level){.tap = co_arena_alloc(arena, most, sizeof *out->tap),
                        .signal = co_arena_alloc(arena, most, sizeof *out->signal),
                        .force = co_arena_alloc(arena, coordinates, sizeof *out->force),
                        .num_forces = model->nv};
  CO_TRY(co_arena_status(arena));
  builder b = {.binding = binding, .arena = arena, .out = out};
  add_targets(&b);
  if (model->engine->torques) add_torques(&b);
  add_forces(&b);
  for (int i = 0; i < model->nv; i++) {
    const char *name = model->elements[CO_QVEL].name[i];
    out->force[i] = element_of(&b, "torque", name, force_unit(model, i));
  }
  return co_arena_status(arena);
}

// --- values

static double servo_target(const co_row *row, const co_tap *tap) {
  const co_model *model = row->binding->model;
  co_ref control = {CO_CTRL, tap->index, co_model_at(model, CO_CTRL, tap->index)};
  double low = model->ctrl_low[tap->index], high = model->ctrl_high[tap->index];
  return tap->unit * co_clamp(co_ref_value(row->physics, control), low, high);
}

static double force_of(const co_row *row, int actuator) {
  const co_model *model = row->binding->model;
  int at = co_model_at(model, CO_ACTUATOR_FORCE, actuator);
  return co_ref_value(row->physics, (co_ref){CO_ACTUATOR_FORCE, actuator, at});
}

// Torques of all coordinates come from the engine together, through the row's scratch.
co_status co_low_level_read(const co_low_level *level, const co_row *row, double *value) {
  const co_engine *engine = row->binding->model->engine;
  if (!row->acted)
    return co_fail(CO_DATA, "the row has made no sound control step since it was reset or loaded");
  bool late = co_row_plan(row)->signal.active;
  if (engine->torques) engine->torques(row->physics, row->force);
  for (int i = 0; i < level->num_signals; i++) {
    const co_tap *tap = &level->tap[i];
    switch (tap->source) {
      case CO_FROM_PD: value[i] = late ? row->late[tap->pd] : row->state[tap->state]; break;
      case CO_FROM_SERVO: value[i] = servo_target(row, tap); break;
      case CO_FROM_TORQUE: value[i] = row->force[tap->index]; break;
      case CO_FROM_FORCE: value[i] = force_of(row, tap->index); break;
    }
  }
  return CO_OK;
}

co_status co_row_inverse(const co_row *row, const double *qacc, double *force) {
  const co_model *model = row->binding->model;
  assert(row->episode > 0);  // a row is reset before it is in any state
  if (!model->engine->inverse)
    return co_fail(CO_CONFIG, "engine \"%s\" has no inverse dynamics", model->engine->name);
  for (int i = 0; qacc && i < model->nv; i++) {
    if (isfinite(qacc[i])) continue;
    return co_fail(CO_DATA, "the acceleration of %s is %g", model->elements[CO_QVEL].name[i],
                   qacc[i]);
  }
  return model->engine->inverse(row->physics, qacc, force);
}
