// MuJoCo behind the physics seam: what the elements of a model are called, with units.

#include "envs/physics/mujoco/engine.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

// Puts "base", "base.suffix" or "#index" into the arena.
static const char *make_name(co_arena *arena, const char *base, int index, const char *suffix) {
  char text[256];
  if (base && *base) {
    snprintf(text, sizeof text, "%s%s%s", base, suffix ? "." : "", suffix ? suffix : "");
  } else {
    snprintf(text, sizeof text, "#%d%s%s", index, suffix ? "." : "", suffix ? suffix : "");
  }
  return co_arena_strdup(arena, text);
}

static bool make_table(co_model *model, co_element kind, int count, bool units) {
  co_elements *elements = &model->elements[kind];
  size_t rows = (size_t)count;
  *elements = (co_elements){.count = count};
  elements->name = co_arena_alloc(&model->arena, rows, sizeof *elements->name);
  if (units) elements->unit = co_arena_alloc(&model->arena, rows, sizeof *elements->unit);
  return elements->name && (elements->unit || !units);
}

static bool name_objects(co_model *model, co_element kind, mjtObj type, int count) {
  if (!make_table(model, kind, count, false)) return false;
  for (int i = 0; i < count; i++) {
    const char *name = mj_id2name(mj_of(model), type, i);
    model->elements[kind].name[i] = make_name(&model->arena, name, i, NULL);
    if (!model->elements[kind].name[i]) return false;
  }
  return true;
}

// Pairs seldom have names: "floor/foot" then.
static bool name_pairs(co_model *model) {
  const mjModel *mj = mj_of(model);
  const char *const *geom = model->elements[CO_GEOM].name;
  if (!name_objects(model, CO_PAIR, mjOBJ_PAIR, (int)mj->npair)) return false;
  for (int i = 0; i < mj->npair; i++) {
    const char *name = mj_id2name(mj, mjOBJ_PAIR, i);
    char text[400];
    if (name && *name) continue;
    snprintf(text, sizeof text, "%s/%s", geom[mj->pair_geom1[i]], geom[mj->pair_geom2[i]]);
    model->elements[CO_PAIR].name[i] = co_arena_strdup(&model->arena, text);
    if (!model->elements[CO_PAIR].name[i]) return false;
  }
  return true;
}

// How the coordinates of one joint type are called: suffix (NULL: the joint's own name) and unit.
typedef struct coordinate {
  const char *suffix, *unit;
} coordinate;

static int coordinates(int type, bool position, const coordinate **out) {
  static const coordinate hinge[] = {{NULL, "rad"}, {NULL, "rad/s"}};
  static const coordinate slide[] = {{NULL, "m"}, {NULL, "m/s"}};
  static const coordinate pose[] = {{"x", "m"},  {"y", "m"},  {"z", "m"}, {"qw", "1"},
                                    {"qx", "1"}, {"qy", "1"}, {"qz", "1"}};
  static const coordinate twist[] = {{"x", "m/s"},    {"y", "m/s"},    {"z", "m/s"},
                                     {"rx", "rad/s"}, {"ry", "rad/s"}, {"rz", "rad/s"}};
  if (type == mjJNT_HINGE || type == mjJNT_SLIDE) {
    *out = (type == mjJNT_HINGE ? hinge : slide) + !position;
    return 1;
  }
  bool ball = type == mjJNT_BALL;
  *out = (position ? pose : twist) + (ball ? 3 : 0);
  return (position ? 7 : 6) - (ball ? 3 : 0);
}

// qpos or qvel: by joint, in the order of their addresses.
static bool name_coordinates(co_model *model, co_element kind, int count) {
  const mjModel *mj = mj_of(model);
  if (!make_table(model, kind, count, true)) return false;
  co_elements *elements = &model->elements[kind];
  int at = 0;
  for (int joint = 0; joint < mj->njnt; joint++) {
    const coordinate *part;
    int parts = coordinates(mj->jnt_type[joint], kind == CO_QPOS, &part);
    for (int i = 0; i < parts && at < count; i++, at++) {
      const char *base = mj_id2name(mj, mjOBJ_JOINT, joint);
      elements->name[at] = make_name(&model->arena, base, joint, part[i].suffix);
      elements->unit[at] = part[i].unit;
      if (!elements->name[at]) return false;
    }
  }
  assert(at == count);  // see joints_hold_all
  return true;
}

// Flexible bodies have coordinates without joints, and thus without names.
static bool joints_hold_all(const mjModel *mj) {
  const coordinate *part;
  int positions = 0, velocities = 0;
  for (int joint = 0; joint < mj->njnt; joint++) {
    positions += coordinates(mj->jnt_type[joint], true, &part);
    velocities += coordinates(mj->jnt_type[joint], false, &part);
  }
  return positions == mj->nq && velocities == mj->nv;
}

// An actuator may take several controls; most take one, which has the actuator's name.
static bool name_controls(co_model *model) {
  const mjModel *mj = mj_of(model);
  if (!make_table(model, CO_CTRL, (int)mj->nu, true)) return false;
  co_elements *elements = &model->elements[CO_CTRL];
  for (int actuator = 0; actuator < mj->nactuator; actuator++) {
    for (int i = 0; i < mj->actuator_ctrlnum[actuator]; i++) {
      char suffix[16];
      snprintf(suffix, sizeof suffix, "%d", i);
      int at = mj->actuator_ctrladr[actuator] + i;
      const char *base = mj_id2name(mj, mjOBJ_ACTUATOR, actuator);
      bool single = mj->actuator_ctrlnum[actuator] == 1;
      elements->name[at] = make_name(&model->arena, base, actuator, single ? NULL : suffix);
      elements->unit[at] = "1";
      if (!elements->name[at]) return false;
    }
  }
  return true;
}

// ---- quantities of bodies, geoms and sites: one element per component

typedef struct quantity {
  co_element kind;
  mjtObj type;
  int width;
  const char *component;  // one character each; NULL: numbers
  const char *unit[3];    // of the first half, of the second half, NULL: as the first
} quantity;

static const quantity kQuantities[] = {
    {CO_BODY_POS, mjOBJ_BODY, 3, "xyz", {"m", NULL}},
    {CO_BODY_QUAT, mjOBJ_BODY, 4, "wxyz", {"1", NULL}},
    {CO_BODY_MAT, mjOBJ_BODY, 9, NULL, {"1", NULL}},
    {CO_BODY_COM, mjOBJ_BODY, 3, "xyz", {"m", NULL}},
    {CO_BODY_INERTIA, mjOBJ_BODY, 10, NULL, {"kg m^2", NULL}},
    {CO_BODY_VELOCITY, mjOBJ_BODY, 6, NULL, {"rad/s", "m/s"}},
    {CO_BODY_FORCE, mjOBJ_BODY, 6, NULL, {"N m", "N"}},
    {CO_GEOM_POSITION, mjOBJ_GEOM, 3, "xyz", {"m", NULL}},
    {CO_SITE_POS, mjOBJ_SITE, 3, "xyz", {"m", NULL}},
    {CO_SITE_MAT, mjOBJ_SITE, 9, NULL, {"1", NULL}},
};

static const char *unit_of(const quantity *q, int component) {
  // inertia about the tree's centre: six moments, three times mass and distance, mass
  if (q->kind == CO_BODY_INERTIA) return component < 6 ? "kg m^2" : component < 9 ? "kg m" : "kg";
  return q->unit[1] && component >= q->width / 2 ? q->unit[1] : q->unit[0];
}

static bool name_components(co_model *model, co_element kind, int at, const char *base, int index,
                            int width, const char *letters) {
  for (int i = 0; i < width; i++) {
    char suffix[16];
    if (letters) {
      snprintf(suffix, sizeof suffix, "%c", letters[i]);
    } else {
      snprintf(suffix, sizeof suffix, "%d", i);
    }
    const char *name = make_name(&model->arena, base, index, width > 1 ? suffix : NULL);
    if (!name) return false;
    model->elements[kind].name[at + i] = name;
  }
  return true;
}

static int objects_of(const mjModel *mj, mjtObj type) {
  return (int)(type == mjOBJ_BODY ? mj->nbody : type == mjOBJ_GEOM ? mj->ngeom : mj->nsite);
}

static bool name_quantity(co_model *model, const quantity *q) {
  const mjModel *mj = mj_of(model);
  int count = objects_of(mj, q->type);
  if (!make_table(model, q->kind, count * q->width, true)) return false;
  for (int i = 0; i < count; i++) {
    const char *base = mj_id2name(mj, q->type, i);
    if (!name_components(model, q->kind, i * q->width, base, i, q->width, q->component)) {
      return false;
    }
    for (int j = 0; j < q->width; j++) {
      model->elements[q->kind].unit[i * q->width + j] = unit_of(q, j);
    }
  }
  return true;
}

// Forces per degree of freedom have the names of velocities.
static bool name_forces(co_model *model, co_element kind) {
  const co_elements *rates = &model->elements[CO_QVEL];
  if (!make_table(model, kind, rates->count, true)) return false;
  for (int i = 0; i < rates->count; i++) {
    bool angular = rates->unit[i][0] == 'r';
    model->elements[kind].name[i] = rates->name[i];
    model->elements[kind].unit[i] = angular ? "N m" : "N";
  }
  return true;
}

static bool name_actuator_forces(co_model *model) {
  const co_elements *actuators = &model->elements[CO_ACTUATOR];
  if (!make_table(model, CO_ACTUATOR_FORCE, actuators->count, true)) return false;
  for (int i = 0; i < actuators->count; i++) {
    model->elements[CO_ACTUATOR_FORCE].name[i] = actuators->name[i];
    model->elements[CO_ACTUATOR_FORCE].unit[i] = "N or N m";
  }
  return true;
}

static const char *sensor_unit(int type) {
  switch (type) {
    case mjSENS_ACCELEROMETER:
    case mjSENS_FRAMELINACC: return "m/s^2";
    case mjSENS_VELOCIMETER:
    case mjSENS_FRAMELINVEL: return "m/s";
    case mjSENS_GYRO:
    case mjSENS_FRAMEANGVEL: return "rad/s";
    case mjSENS_FRAMEPOS:
    case mjSENS_SUBTREECOM: return "m";
    case mjSENS_FORCE:
    case mjSENS_TOUCH: return "N";
    case mjSENS_TORQUE: return "N m";
    default: return "1";
  }
}

// Letters of what is a quaternion or one vector of space; NULL: numbers.
static const char *sensor_letters(const mjModel *mj, int sensor) {
  const int *about = mj->sensor_intprm + mjNSENS * sensor;  // of contacts: fields, order, how many
  int width = mj->sensor_dim[sensor];
  switch (mj->sensor_type[sensor]) {
    case mjSENS_BALLQUAT:
    case mjSENS_FRAMEQUAT: return "wxyz";
    case mjSENS_CONTACT: {
      bool one_field = (about[0] & (about[0] - 1)) == 0;
      return one_field && about[2] == 1 && width == 3 ? "xyz" : NULL;
    }
    default: return width == 3 ? "xyz" : NULL;
  }
}

static bool name_sensors(co_model *model) {
  const mjModel *mj = mj_of(model);
  if (!make_table(model, CO_SENSOR, (int)mj->nsensordata, true)) return false;
  for (int i = 0; i < mj->nsensor; i++) {
    int at = mj->sensor_adr[i], width = mj->sensor_dim[i];
    const char *base = mj_id2name(mj, mjOBJ_SENSOR, i);
    const char *letters = sensor_letters(mj, i);
    if (!name_components(model, CO_SENSOR, at, base, i, width, letters)) return false;
    for (int j = 0; j < width; j++) {
      model->elements[CO_SENSOR].unit[at + j] = sensor_unit(mj->sensor_type[i]);
    }
  }
  return true;
}

// Bodies placed by hand are addressed by body name.
static bool name_mocap(co_model *model) {
  const mjModel *mj = mj_of(model);
  if (!make_table(model, CO_MOCAP_POS, 3 * (int)mj->nmocap, true)) return false;
  for (int body = 0; body < mj->nbody; body++) {
    int mocap = mj->body_mocapid[body];
    if (mocap < 0) continue;
    const char *base = mj_id2name(mj, mjOBJ_BODY, body);
    if (!name_components(model, CO_MOCAP_POS, 3 * mocap, base, body, 3, "xyz")) return false;
    for (int j = 0; j < 3; j++) model->elements[CO_MOCAP_POS].unit[3 * mocap + j] = "m";
  }
  return true;
}

bool co_mujoco_name_elements(co_model *model) {
  const mjModel *mj = mj_of(model);
  bool whole = name_objects(model, CO_BODY, mjOBJ_BODY, (int)mj->nbody) &&
               name_objects(model, CO_GEOM, mjOBJ_GEOM, (int)mj->ngeom) &&
               name_objects(model, CO_JOINT, mjOBJ_JOINT, (int)mj->njnt) &&
               name_objects(model, CO_ACTUATOR, mjOBJ_ACTUATOR, (int)mj->nactuator) &&
               name_objects(model, CO_SITE, mjOBJ_SITE, (int)mj->nsite) && name_pairs(model) &&
               name_objects(model, CO_CAMERA, mjOBJ_CAMERA, (int)mj->ncam) &&
               name_objects(model, CO_KEYFRAME, mjOBJ_KEY, (int)mj->nkey) &&
               name_coordinates(model, CO_QPOS, model->nq) &&
               name_coordinates(model, CO_QVEL, model->nv) && name_controls(model) &&
               name_forces(model, CO_JOINT_TORQUE) && name_forces(model, CO_CONSTRAINT_FORCE) &&
               name_actuator_forces(model) && name_sensors(model) && name_mocap(model);
  for (size_t i = 0; whole && i < sizeof kQuantities / sizeof *kQuantities; i++) {
    whole = name_quantity(model, &kQuantities[i]);
  }
  return whole;
}

int co_mujoco_geom_group(const co_model *model, int geom) {
  return ((const co_mujoco_model *)model)->nominal->geom_group[geom];
}

bool co_mujoco_joints_hold_all(const co_model *model) {
  return joints_hold_all(mj_of(model));
}
