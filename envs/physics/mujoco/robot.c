// MuJoCo behind the physics seam: what a task adds to a model that says less than MJCF can, as URDF
// does: actuators, a free base, a floor.

#include "core/text.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/physics/scene.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <string.h>

enum { kNames = 500 };  // most that are looked at for a suggestion

static co_status no_such(mjSpec *spec, const char *key, const char *kind, mjtObj type,
                         const char *name) {
  const char *known[kNames];
  int count = 0;
  mjsElement *element = mjs_firstElement(spec, type);
  for (; element && count < kNames; element = mjs_nextElement(spec, element)) {
    known[count++] = mjs_getString(mjs_getName(element));
  }
  const char *near = co_suggest(name, known, count);
  return co_fail(CO_DATA, "%s: no %s \"%s\"%s%s%s", key, kind, name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void set_range(const co_floats *from, double to[2], mjtLimited *limited) {
  to[0] = from->count ? from->value[0] : 0.0;
  to[1] = from->count ? from->value[1] : 0.0;
  *limited = from->count ? mjLIMITED_TRUE : mjLIMITED_FALSE;
}

static co_status add_actuator(mjSpec *spec, const co_actuator_def *def) {
  double kd = isnan(def->kd) ? 0.0 : def->kd;
  const char *name = def->name ? def->name : def->joint, *wrong = NULL;
  if (!mjs_findElement(spec, mjOBJ_JOINT, def->joint)) {
    return no_such(spec, "actuators", "joint", mjOBJ_JOINT, def->joint);
  }
  mjsActuator *actuator = mjs_addActuator(spec, NULL);
  if (strcmp(def->kind, "motor") == 0) wrong = mjs_setToMotor(actuator);
  if (strcmp(def->kind, "velocity") == 0) wrong = mjs_setToVelocity(actuator, kd);
  if (strcmp(def->kind, "position") == 0) {
    wrong = mjs_setToPosition(actuator, def->kp, &kd, NULL, NULL, 0.0);
  }
  if (wrong && *wrong) return co_fail(CO_DATA, "actuators: \"%s\": %s", name, wrong);
  actuator->trntype = mjTRN_JOINT;
  mjs_setString(actuator->target, def->joint);
  mju_zero(actuator->gear, 6);  // defaults of the model's actuators are not the task's
  actuator->gear[0] = isnan(def->gear) ? 1.0 : def->gear;
  set_range(&def->ctrlrange, actuator->ctrlrange, &actuator->ctrllimited);
  set_range(&def->forcerange, actuator->forcerange, &actuator->forcelimited);
  if (mjs_setName(actuator->element, name) == 0) return CO_OK;
  return co_fail(CO_DATA, "actuators: there is an actuator \"%s\" already", name);
}

// Its coordinates are called root.x, root.y, ...
static co_status add_free_joint(mjSpec *spec, const char *name) {
  mjsBody *body = mjs_findBody(spec, name);
  if (!body) return no_such(spec, "free", "body", mjOBJ_BODY, name);
  mjsBody *parent = mjs_getParent(body->element);
  if (!parent || strcmp(mjs_getString(mjs_getName(parent->element)), "world") != 0) {
    return co_fail(CO_DATA, "free: body \"%s\" is %s: only a child of the world can be free", name,
                   parent ? "inside another body" : "the world");
  }
  if (mjs_firstChild(body, mjOBJ_JOINT, 0)) {
    return co_fail(CO_DATA, "free: body \"%s\" has a joint already", name);
  }
  mjsJoint *joint = mjs_addFreeJoint(body);
  if (joint && mjs_setName(joint->element, "root") == 0) return CO_OK;
  return co_fail(CO_DATA, "free: the model has a joint \"root\" already");
}

static co_status add_floor(mjSpec *spec, double height) {
  mjsGeom *geom = mjs_addGeom(mjs_findBody(spec, "world"), NULL);
  geom->type = mjGEOM_PLANE;
  geom->size[0] = geom->size[1] = 40.0, geom->size[2] = 1.0;  // [m] what is drawn; it has no end
  geom->pos[2] = height;
  if (mjs_setName(geom->element, "floor") == 0) return CO_OK;
  return co_fail(CO_DATA, "floor: the model has a geom \"floor\" already");
}

static co_status add_all(mjSpec *spec, const co_scene *scene) {
  if (scene->free) CO_TRY(add_free_joint(spec, scene->free));
  if (scene->floor.count) CO_TRY(add_floor(spec, scene->floor.value[0]));
  for (int i = 0; i < scene->actuators.count; i++) {
    CO_TRY(add_actuator(spec, (const co_actuator_def *)scene->actuators.item + i));
  }
  return CO_OK;
}

co_status co_mujoco_add_robot(mjSpec *spec, const co_scene *scene) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjSpec");
  co_status status = add_all(spec, scene);
  co_mujoco_done();
  return status;
}
