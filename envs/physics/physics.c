#include "envs/physics/physics.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const co_parameter co_parameters[CO_NUM_PARAMETERS] = {
#define X(id, name, element, width, least, min, max, unit, how, doc) \
  [id] = {name, element, width, least, min, max, unit, how, doc},
    CO_PARAMETER_LIST(X)
#undef X
};

const char *const co_engine_names[] = {"mujoco", "pendulum", NULL};

const co_engine *co_engine_at(int index) {
  static const co_engine *const engine[] = {&co_engine_mujoco, &co_engine_pendulum};
  assert(index >= 0 && index < (int)(sizeof engine / sizeof *engine));
  return engine[index];
}

const char *co_element_name(co_element kind) {
  static const char *const name[] = {
#define X(id, text) [id] = text,
      CO_ELEMENT_LIST(X)
#undef X
  };
  assert(kind < CO_NUM_ELEMENTS);
  return name[kind];
}

co_status co_model_load(const co_engine *engine, const char *path, const struct co_scene *scene,
                        co_model **out) {
  assert(path || !engine->needs_file);
  return engine->load(path, scene, out);
}

void co_model_free(co_model *model) {
  if (model) model->engine->unload(model);
}

int co_model_find(const co_model *model, co_element kind, const char *name) {
  assert(kind < CO_NUM_ELEMENTS);
  const co_elements *elements = &model->elements[kind];
  for (int i = 0; i < elements->count; i++) {
    if (strcmp(elements->name[i], name) == 0) return i;
  }
  return -1;
}

const char *co_drive_name(co_drive_kind kind) {
  static const char *const name[] = {
#define X(id, text) [id] = text,
      CO_DRIVE_LIST(X)
#undef X
  };
  assert(kind < sizeof name / sizeof *name);
  return name[kind];
}

double co_drive_unit(const co_drive *drive) {
  double unit = drive->ratio * drive->gain;
  if (drive->kind == CO_DRIVE_POSITION) unit = drive->gain / (drive->ratio * drive->stiffness);
  bool single = drive->qpos >= 0 && drive->bias == 0 &&
                (drive->kind == CO_DRIVE_POSITION || drive->kind == CO_DRIVE_MOTOR);
  return single && isfinite(unit) && unit != 0 ? unit : (double)NAN;
}

co_status co_physics_create(const co_model *model, co_physics **out) {
  return model->engine->create(model, out);
}

void co_physics_free(co_physics *row) {
  if (row) row->model->engine->destroy(row);
}

co_status co_physics_step(co_physics *row, int steps) {
  assert(steps > 0);
  return row->model->engine->step(row, steps);
}
