// MuJoCo behind the physics seam: models, their names, and the numbers a domain may change.

#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "envs/physics_mujoco.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Engine constants. AUTORESET off: otherwise a diverged row is silently reset inside mj_step.
// ISLAND off: our robots are one island, so the bits are the same, and finding it costs 5-20 %
// (measured on hopper and half_cheetah).
enum { kDisabled = mjDSBL_AUTORESET | mjDSBL_ISLAND };

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

// The arrays a simulation depends on, for the model's hash: name, rows, values per row.
#define PHYSICS_ARRAYS(X)       \
  X(qpos0, nq, 1)               \
  X(qpos_spring, nq, 1)         \
  X(body_pos, nbody, 3)         \
  X(body_quat, nbody, 4)        \
  X(body_ipos, nbody, 3)        \
  X(body_iquat, nbody, 4)       \
  X(body_mass, nbody, 1)        \
  X(body_inertia, nbody, 3)     \
  X(jnt_pos, njnt, 3)           \
  X(jnt_axis, njnt, 3)          \
  X(jnt_stiffness, njnt, 1)     \
  X(jnt_range, njnt, 2)         \
  X(jnt_solref, njnt, mjNREF)   \
  X(jnt_solimp, njnt, mjNIMP)   \
  X(dof_armature, nv, 1)        \
  X(dof_damping, nv, 1)         \
  X(dof_frictionloss, nv, 1)    \
  X(geom_size, ngeom, 3)        \
  X(geom_pos, ngeom, 3)         \
  X(geom_quat, ngeom, 4)        \
  X(geom_friction, ngeom, 3)    \
  X(geom_margin, ngeom, 1)      \
  X(geom_solref, ngeom, mjNREF) \
  X(geom_solimp, ngeom, mjNIMP) \
  X(actuator_gear, nout, 6)     \
  X(actuator_ctrlrange, nu, 2)

static co_status hash_numbers(const mjModel *mj, uint64_t *out) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return co_fail(CO_MEMORY, "out of memory");
  co_hasher_add(hasher, &mj->opt.timestep, sizeof mj->opt.timestep);
  co_hasher_add(hasher, mj->opt.gravity, sizeof mj->opt.gravity);
  co_hasher_add(hasher, &mj->opt.integrator, sizeof mj->opt.integrator);
#define X(name, rows, width) \
  co_hasher_add(hasher, mj->name, (size_t)mj->rows *(size_t)(width) * sizeof *mj->name);
  PHYSICS_ARRAYS(X)
#undef X
  *out = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
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

static bool fill_base(co_model *model) {
  const mjModel *mj = mj_of(model);
  model->timestep = mj->opt.timestep;
  model->nq = (int)mj->nq, model->nv = (int)mj->nv, model->nu = (int)mj->nu;
  model->qpos0 = mj->qpos0;
  model->ctrl_low = co_arena_alloc(&model->arena, (size_t)mj->nu, sizeof(double));
  model->ctrl_high = co_arena_alloc(&model->arena, (size_t)mj->nu, sizeof(double));
  if (!model->ctrl_low || !model->ctrl_high) return false;
  for (int i = 0; i < mj->nu; i++) {
    bool limited = mj->actuator_ctrllimited[i];
    model->ctrl_low[i] = limited ? mj->actuator_ctrlrange[2 * i] : -INFINITY;
    model->ctrl_high[i] = limited ? mj->actuator_ctrlrange[2 * i + 1] : INFINITY;
  }
  return name_objects(model, CO_BODY, mjOBJ_BODY, (int)mj->nbody) &&
         name_objects(model, CO_GEOM, mjOBJ_GEOM, (int)mj->ngeom) &&
         name_objects(model, CO_JOINT, mjOBJ_JOINT, (int)mj->njnt) &&
         name_objects(model, CO_ACTUATOR, mjOBJ_ACTUATOR, (int)mj->nactuator) &&
         name_coordinates(model, CO_QPOS, model->nq) &&
         name_coordinates(model, CO_QVEL, model->nv) && name_controls(model);
}

void co_mujoco_unload(co_model *model) {
  mj_deleteModel(((co_mujoco_model *)model)->mj);
  co_arena_free(&model->arena);
  free(model);
}

// Mean diagonal of the inertia matrix at qpos0, as the compiler has it: the solver's tolerance is
// in units of it.
static double mean_inertia(const mjModel *mj, mjData *scratch) {
  mj_resetData(mj, scratch);
  mj_forward(mj, scratch);
  double sum = 0.0;
  for (int i = 0; i < mj->nv; i++) sum += scratch->M[mj->M_rowadr[i] + mj->M_rownnz[i] - 1];
  return mj->nv ? sum / (double)mj->nv : mj->stat.meaninertia;
}

// What follows from masses and gears, so that a shifted model equals one compiled that way.
static co_status derive_constants(mjModel *mj) {
  mjData *volatile scratch = NULL;  // read after the jump
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteData(scratch);
    return co_mujoco_failed("mj_setConst");
  }
  scratch = mj_makeData(mj);
  if (scratch) {
    mj_setConst(mj, scratch);
    mj->stat.meaninertia = mean_inertia(mj, scratch);
  }
  co_mujoco_done();
  if (!scratch) return co_fail(CO_MEMORY, "out of memory");
  mj_deleteData(scratch);
  return CO_OK;
}

// A model says <custom><numeric name="total_mass" data="14"/></custom> to have all masses and
// inertias scaled to a total, as the deprecated compiler attribute settotalmass does.
static co_status scale_to_total_mass(mjModel *mj) {
  int id = mj_name2id(mj, mjOBJ_NUMERIC, "total_mass");
  if (id < 0) return CO_OK;
  double mass = mj->numeric_data[mj->numeric_adr[id]];
  if (!(mass > 0)) return co_fail(CO_DATA, "total_mass must be above 0, not %g", mass);
  mj_setTotalmass(mj, mass);
  return derive_constants(mj);
}

static co_status compile(const char *path, mjModel **out) {
  char error[1024] = "";
  if (!co_file_exists(path)) return co_fail(CO_NO_INPUT, "%s: no such file", path);
  co_mujoco_install();
  mjModel *mj = mj_loadXML(path, NULL, error, sizeof error);
  if (!mj) {
    co_status status = co_mujoco_lacks_memory(error) ? CO_MEMORY : CO_DATA;
    return co_fail(status, "%s: %s", path, error);
  }
  if (*error) co_log(CO_LOG_WARNING, "%s: %s", path, error);
  mj->opt.disableflags |= kDisabled;
  co_status status = scale_to_total_mass(mj);
  if (status != CO_OK) {
    mj_deleteModel(mj);
    return co_fail_context(status, "%s", path);
  }
  *out = mj;
  return CO_OK;
}

co_status co_mujoco_load(const char *path, co_model **out) {
  mjModel *mj = NULL;
  CO_TRY(compile(path, &mj));
  co_mujoco_model *model = calloc(1, sizeof *model);
  if (!model) {
    mj_deleteModel(mj);
    return co_fail(CO_MEMORY, "out of memory");
  }
  model->mj = mj;
  model->base.engine = &co_engine_mujoco;
  model->base.name = co_arena_strdup(&model->base.arena, co_path_base(path));
  co_status status = hash_numbers(mj, &model->base.hash);
  if (status == CO_OK && !joints_hold_all(mj)) {
    status = co_fail(CO_DATA, "%s: has flexible bodies, which are not supported", path);
  }
  if (status == CO_OK && (!model->base.name || !fill_base(&model->base))) {
    status = co_fail(CO_MEMORY, "out of memory for %s", path);
  }
  if (status != CO_OK) {
    co_mujoco_unload(&model->base);
    return status;
  }
  *out = &model->base;
  return CO_OK;
}

bool co_mujoco_has(co_parameter_id parameter) {
  (void)parameter;
  return true;
}

static int first_dof(const mjModel *mj, int joint) {
  return mj->jnt_dofadr[joint];
}

static int dofs(const mjModel *mj, int joint) {
  int end = joint + 1 < mj->njnt ? mj->jnt_dofadr[joint + 1] : (int)mj->nv;
  return end - mj->jnt_dofadr[joint];
}

void co_mujoco_get(const co_model *model, co_parameter_id parameter, int element, double *value) {
  const mjModel *mj = mj_of(model);
  const co_element kind = co_parameters[parameter].element;
  assert(kind == CO_NO_ELEMENT || (element >= 0 && element < model->elements[kind].count));
  (void)kind;
  switch (parameter) {
    case CO_GRAVITY: memcpy(value, mj->opt.gravity, sizeof mj->opt.gravity); break;
    case CO_FRICTION: memcpy(value, mj->geom_friction + 3 * element, 3 * sizeof *value); break;
    case CO_MASS: *value = mj->body_mass[element]; break;
    case CO_DAMPING: *value = mj->dof_damping[first_dof(mj, element)]; break;
    case CO_GEAR: *value = mj->actuator_gear[6 * element]; break;
    case CO_NUM_PARAMETERS: break;
  }
}

// The inertia is scaled along, as if the density had changed.
static co_status put_mass(co_model *model, int body, double mass) {
  mjModel *mj = ((co_mujoco_model *)model)->mj;
  if (mj->body_mass[body] <= 0) {
    return co_fail(CO_CONFIG, "body \"%s\" has no mass from which its inertia could be scaled",
                   model->elements[CO_BODY].name[body]);
  }
  double factor = mass / mj->body_mass[body];
  mj->body_mass[body] = mass;
  for (int i = 0; i < 3; i++) mj->body_inertia[3 * body + i] *= factor;
  return CO_OK;
}

// Joint and tendon transmissions have one gear; sites and free joints have six, for which one
// number has no meaning.
static co_status put_gear(mjModel *mj, int actuator, double gear) {
  for (int i = 1; i < 6; i++) {
    if (mj->actuator_gear[6 * actuator + i] != 0) {
      return co_fail(CO_CONFIG, "actuator %d drives several components at once", actuator);
    }
  }
  mj->actuator_gear[6 * actuator] = gear;
  return CO_OK;
}

co_status co_mujoco_put(co_model *model, co_parameter_id parameter, int element,
                        const double *value) {
  mjModel *mj = ((co_mujoco_model *)model)->mj;
  switch (parameter) {
    case CO_GRAVITY: memcpy(mj->opt.gravity, value, sizeof mj->opt.gravity); break;
    case CO_FRICTION: memcpy(mj->geom_friction + 3 * element, value, 3 * sizeof *value); break;
    case CO_MASS: return put_mass(model, element, *value);
    case CO_DAMPING:
      for (int i = 0; i < dofs(mj, element); i++) {
        mj->dof_damping[first_dof(mj, element) + i] = *value;
      }
      break;
    case CO_GEAR: return put_gear(mj, element, *value);
    case CO_NUM_PARAMETERS: break;
  }
  return CO_OK;
}

co_status co_mujoco_settle(co_model *model) {
  return derive_constants(((co_mujoco_model *)model)->mj);
}

// MuJoCo's rule: the geom of higher priority decides; at equal priority the larger friction acts.
// Contacts of dimension 1 have none. Explicit pairs come first.
double co_mujoco_pair_friction(const co_model *model, int geom1, int geom2) {
  const mjModel *mj = mj_of(model);
  for (int i = 0; i < mj->npair; i++) {
    int a = mj->pair_geom1[i], b = mj->pair_geom2[i];
    if ((a == geom1 && b == geom2) || (a == geom2 && b == geom1)) return mj->pair_friction[5 * i];
  }
  double friction1 = mj->geom_friction[3 * geom1], friction2 = mj->geom_friction[3 * geom2];
  int first = mj->geom_priority[geom1] - mj->geom_priority[geom2];
  int dim1 = mj->geom_condim[geom1], dim2 = mj->geom_condim[geom2];
  int dim = first > 0 ? dim1 : first < 0 ? dim2 : dim1 > dim2 ? dim1 : dim2;
  if (dim == 1) return 0.0;
  return first > 0 ? friction1 : first < 0 ? friction2 : fmax(friction1, friction2);
}
