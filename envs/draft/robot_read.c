#include "envs/draft/robot_read.h"

#include "core/file.h"
#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/physics/scene.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One reading: the loaded model and what is filled.
typedef struct look {
  const co_model *model;
  const mjModel *mj;
  mjData *data;  // in the robot's pose, positions computed
  int base;      // body, -1: nothing moves
  co_robot *out;
} look;

static void *allocate(const look *l, int count, size_t size) {
  return co_arena_alloc(&l->out->memory, (size_t)count, size);
}

static const char *copy(const look *l, const char *text) {
  return text ? co_arena_strdup(&l->out->memory, text) : NULL;
}

static const char *name_of(const look *l, co_element kind, int index) {
  return copy(l, l->model->elements[kind].name[index]);
}

static const char **names_of(const look *l, co_element kind, int *count) {
  const co_elements *elements = &l->model->elements[kind];
  const char **name = allocate(l, elements->count, sizeof *name);
  for (int i = 0; name && i < elements->count; i++) name[i] = name_of(l, kind, i);
  *count = elements->count;
  return name;
}

static bool has_role(const look *l, co_role role, co_element kind, int index) {
  return l->model->engine->role(l->model, role, kind, index);
}

// ---- the base

// The first body of the tree that actuators drive most; where nothing is driven, as in URDF, the
// first body of the tree with most joints.
static int find_base(const look *l) {
  const mjModel *mj = l->mj;
  int most = 0, best = -1;
  for (int i = 0; i < mj->nbody; i++)
    if (has_role(l, CO_ROLE_BASE, CO_BODY, i)) return i;
  for (int tree = 0; tree < mj->ntree; tree++) {
    int dofs = 0, first = -1;
    for (int i = 1; i < mj->nbody; i++) {
      if (mj->body_treeid[i] != tree) continue;
      if (first < 0) first = i;
      dofs += mj->body_dofnum[i];
    }
    if (dofs <= most) continue;
    most = dofs;
    best = first;
  }
  return best;
}

// A file whose bodies hang at the world each on their own, as URDF has them before its root link is
// free, is one robot; so are the bodies of one tree.
static bool is_own(const look *l, int body) {
  const mjModel *mj = l->mj;
  if (l->base < 0 || mj->body_treeid[body] < 0) return false;
  return l->out->urdf || mj->body_treeid[body] == mj->body_treeid[l->base];
}

static bool is_driven(const look *l, int joint) {
  return has_role(l, CO_ROLE_ACTUATED, CO_JOINT, joint);
}

static co_robot_base tie_of(const look *l) {
  const mjModel *mj = l->mj;
  int first = l->base >= 0 ? mj->body_jntadr[l->base] : -1;
  for (int i = first; first >= 0 && i < first + mj->body_jntnum[l->base]; i++) {
    if (mj->jnt_type[i] == mjJNT_FREE) return CO_ROBOT_FREE;
    if (mj->nu && !is_driven(l, i)) return CO_ROBOT_RIDES;
  }
  return CO_ROBOT_FIXED;
}

static void look_at_base(look *l) {
  const mjModel *mj = l->mj;
  co_robot *out = l->out;
  out->tied = tie_of(l);
  if (l->base < 0) return;
  out->base = name_of(l, CO_BODY, l->base);
  out->height = l->data->xpos[3 * l->base + 2];
  out->up = l->data->xmat[9 * l->base + 8];
  if (out->tied == CO_ROBOT_FREE) out->root = name_of(l, CO_JOINT, mj->body_jntadr[l->base]);
}

// ---- joints and actuators

static int control_of(const look *l, int qpos) {
  for (int i = 0; i < l->model->nu; i++)
    if (l->model->drive[i].qpos == qpos) return i;
  return -1;
}

// What lets least through: the joint's own range, the actuator's, and of motors the control's.
static double effort_of(const look *l, int joint, int control) {
  const mjModel *mj = l->mj;
  double effort = INFINITY;
  if (mj->jnt_actfrclimited[joint]) effort = mj->jnt_actfrcrange[2 * joint + 1];
  if (control < 0) return effort;
  const co_force_range *range = &l->model->force_range[control];
  effort = fmin(effort, fmin(range->high, range->total_high));
  double most = l->model->ctrl_high[control];
  bool motor = l->model->drive[control].kind == CO_DRIVE_MOTOR;
  if (motor) effort = fmin(effort, fabs(most * co_drive_unit(&l->model->drive[control])));
  return effort > 0 ? effort : (double)INFINITY;
}

static bool ends_chain(const look *l, int body) {
  const mjModel *mj = l->mj;
  for (int i = 1; i < mj->nbody; i++) {
    bool moves = mj->body_weldid[i] == i && mj->body_treeid[i] >= 0;
    if (moves && mj->body_weldid[mj->body_parentid[i]] == mj->body_weldid[body]) return false;
  }
  return true;
}

// What a torque moves where all other joints are free, at most what the joint carries.
static double inertia_of(const mjModel *mj, int dof) {
  double inverse = mj->dof_invweight0[dof];
  return inverse > 0 ? fmin(mj->dof_M0[dof], 1 / inverse) : mj->dof_M0[dof];
}

static co_robot_joint joint_at(const look *l, int joint) {
  const mjModel *mj = l->mj;
  int qpos = mj->jnt_qposadr[joint], qvel = mj->jnt_dofadr[joint], body = mj->jnt_bodyid[joint];
  int control = control_of(l, qpos);
  return (co_robot_joint){.name = name_of(l, CO_QPOS, qpos),
                          .body = name_of(l, CO_BODY, body),
                          .slide = mj->jnt_type[joint] == mjJNT_SLIDE,
                          .own = is_own(l, body),
                          .ends = ends_chain(l, body),
                          .qpos = qpos,
                          .qvel = qvel,
                          .low = l->model->qpos_low[qpos],
                          .high = l->model->qpos_high[qpos],
                          .damping = mj->dof_damping[qvel],
                          .friction = mj->dof_frictionloss[qvel],
                          .armature = mj->dof_armature[qvel],
                          .inertia = inertia_of(mj, qvel),
                          .effort = effort_of(l, joint, control),
                          .actuator = control};
}

// The last hinge or slide before joint `joint` on the way to the world, as an index of what is
// listed so far.
static int parent_of(const look *l, int joint) {
  const mjModel *mj = l->mj;
  for (int body = mj->jnt_bodyid[joint]; body > 0; body = mj->body_parentid[body])
    for (int i = l->out->num_joints - 1; i >= 0; i--) {
      int other = mj->dof_jntid[l->out->joint[i].qvel];
      if (mj->jnt_bodyid[other] == body && other < joint) return i;
    }
  return -1;
}

static void look_at_joints(look *l) {
  const mjModel *mj = l->mj;
  co_robot *out = l->out;
  out->joint = allocate(l, (int)mj->njnt, sizeof *out->joint);
  for (int i = 0; out->joint && i < mj->njnt; i++) {
    if (mj->jnt_type[i] != mjJNT_HINGE && mj->jnt_type[i] != mjJNT_SLIDE) continue;
    int parent = parent_of(l, i);
    co_robot_joint *joint = &out->joint[out->num_joints++];
    *joint = joint_at(l, i);
    joint->parent = parent;
  }
}

static void look_at_actuators(look *l) {
  co_robot *out = l->out;
  out->num_actuators = l->model->nu;
  out->actuator = allocate(l, l->model->nu, sizeof *out->actuator);
  for (int i = 0; out->actuator && i < l->model->nu; i++) {
    const co_drive *drive = &l->model->drive[i];
    co_robot_actuator *actuator = &out->actuator[i];
    bool plain = drive->qpos >= 0 && isfinite(co_drive_unit(drive));
    *actuator = (co_robot_actuator){.name = name_of(l, CO_CTRL, i),
                                    .drive = CO_ROBOT_OTHER,
                                    .joint = -1,
                                    .low = l->model->ctrl_low[i],
                                    .high = l->model->ctrl_high[i]};
    if (plain && drive->kind == CO_DRIVE_MOTOR) actuator->drive = CO_ROBOT_MOTOR;
    if (plain && drive->kind == CO_DRIVE_POSITION) actuator->drive = CO_ROBOT_SERVO;
    for (int k = 0; k < out->num_joints; k++)
      if (out->joint[k].qpos == drive->qpos) actuator->joint = k;
  }
}

// ---- what measures

static const char *frame_of(const look *l, co_element kind, int index) {
  const char *name = l->model->elements[kind].name[index];
  size_t size = strlen(name) + sizeof "site/";
  char *text = allocate(l, (int)size, 1);
  if (text) snprintf(text, size, "%s/%s", kind == CO_SITE ? "site" : "body", name);
  return text;
}

// A body's frame of inertia, which MuJoCo calls the body's, is at its origin often enough.
static bool measures_origin(const look *l, int sensor, co_measure *out) {
  const mjModel *mj = l->mj;
  int body = mj->sensor_objid[sensor];
  if (mj->sensor_type[sensor] != mjSENS_FRAMEPOS || mj->sensor_refid[sensor] >= 0) return false;
  if (mj->sensor_objtype[sensor] != mjOBJ_BODY) return false;
  *out = (co_measure){.quantity = "position", .object = CO_BODY, .index = body, .in_world = true};
  return mju_norm3(mj->body_ipos + 3 * body) < 1e-12;
}

static void look_at_sensors(look *l) {
  const mjModel *mj = l->mj;
  co_robot *out = l->out;
  out->num_sensors = (int)mj->nsensor;
  out->sensor = allocate(l, (int)mj->nsensor, sizeof *out->sensor);
  for (int i = 0; out->sensor && i < mj->nsensor; i++) {
    co_robot_sensor *sensor = &out->sensor[i];
    const char *name = mj_id2name(mj, mjOBJ_SENSOR, i);
    co_measure measure;
    sensor->name = copy(l, name ? name : "");
    bool told = l->model->engine->facts.measure(l->model, CO_SENSOR, mj->sensor_adr[i], &measure);
    if (!told) told = measures_origin(l, i, &measure);
    if (!told || !measure.quantity) continue;
    sensor->quantity = copy(l, measure.quantity);
    sensor->frame = frame_of(l, measure.object, measure.index);
    sensor->in_world = measure.in_world;
  }
}

// Whether a site is part of the base, and turned as it is.
static bool is_at_base(const look *l, int site) {
  const mjModel *mj = l->mj;
  const double *a = l->data->site_xmat + 9 * site, *b = l->data->xmat + 9 * l->base;
  if (mj->body_weldid[mj->site_bodyid[site]] != mj->body_weldid[l->base]) return false;
  for (int i = 0; i < 9; i++)
    if (fabs(a[i] - b[i]) > 1e-6) return false;
  return true;
}

// The site of a gyro, else one that is called after an inertial unit.
static const char *find_imu(const look *l) {
  const mjModel *mj = l->mj;
  for (int i = 0; l->base >= 0 && i < mj->nsensor; i++) {
    if (mj->sensor_type[i] == mjSENS_GYRO && is_at_base(l, mj->sensor_objid[i]))
      return frame_of(l, CO_SITE, mj->sensor_objid[i]);
  }
  for (int i = 0; l->base >= 0 && i < mj->nsite; i++) {
    if (strstr(l->model->elements[CO_SITE].name[i], "imu") && is_at_base(l, i))
      return frame_of(l, CO_SITE, i);
  }
  return NULL;
}

// ---- bodies

// A body that is placed by hand and welded to one that moves.
static const char *find_hand(const look *l) {
  const mjModel *mj = l->mj;
  for (int i = 0; i < mj->neq; i++) {
    if (mj->eq_type[i] != mjEQ_WELD || mj->eq_objtype[i] != mjOBJ_BODY) continue;
    int a = mj->eq_obj1id[i], b = mj->eq_obj2id[i];
    if (mj->body_mocapid[a] >= 0 && mj->body_treeid[b] >= 0) return name_of(l, CO_BODY, a);
    if (mj->body_mocapid[b] >= 0 && mj->body_treeid[a] >= 0) return name_of(l, CO_BODY, b);
  }
  return NULL;
}

static void look_at_bodies(look *l) {
  const mjModel *mj = l->mj;
  co_robot *out = l->out;
  out->body = names_of(l, CO_BODY, &out->num_bodies);
  out->site = names_of(l, CO_SITE, &out->num_sites);
  out->foot = allocate(l, (int)mj->nbody, sizeof *out->foot);
  out->object = allocate(l, (int)mj->nbody, sizeof *out->object);
  for (int i = 1; out->foot && out->object && i < mj->nbody; i++) {
    bool free = mj->body_jntnum[i] && mj->jnt_type[mj->body_jntadr[i]] == mjJNT_FREE;
    if (is_own(l, i) && i != l->base && mj->body_weldid[i] == i && ends_chain(l, i))
      out->foot[out->num_feet++] = name_of(l, CO_BODY, i);
    if (free && !is_own(l, i)) out->object[out->num_objects++] = name_of(l, CO_BODY, i);
    if (mj->body_mocapid[i] >= 0) out->goal_turned |= mj->body_quat[4 * i] != 1.0;
  }
}

// ---- the pose

static int find_key(const mjModel *mj) {
  static const char *const wanted[] = {"home", "stand", "standing", "default"};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    int key = mj_name2id(mj, mjOBJ_KEY, wanted[i]);
    if (key >= 0) return key;
  }
  return mj->nkey ? 0 : -1;
}

static void look_at_keys(look *l) {
  const mjModel *mj = l->mj;
  co_robot *out = l->out;
  out->key = allocate(l, (int)mj->nkey, sizeof *out->key);
  for (int i = 0; out->key && i < mj->nkey; i++) {
    double *qpos = allocate(l, (int)mj->nq, sizeof *qpos);
    if (!qpos) return;
    memcpy(qpos, mj->key_qpos + i * mj->nq, (size_t)mj->nq * sizeof *qpos);
    out->key[out->num_keys++] = (co_robot_key){name_of(l, CO_KEYFRAME, i), qpos};
  }
}

// A joint whose zero lies outside of its limits stands a tenth of its range inside.
static void bring_within(const look *l, double *qpos) {
  for (int i = 0; i < l->model->nq; i++) {
    double low = l->model->qpos_low[i], high = l->model->qpos_high[i];
    if (qpos[i] >= low && qpos[i] <= high) continue;
    qpos[i] = qpos[i] < low ? low + 0.1 * (high - low) : high - 0.1 * (high - low);
    l->out->within = true;
  }
}

static co_status take_pose(look *l) {
  const mjModel *mj = l->mj;
  int key = find_key(mj);
  double *pose = l->out->pose = allocate(l, (int)mj->nq, sizeof *pose);
  if (!pose) return CO_MEMORY;
  memcpy(pose, key >= 0 ? mj->key_qpos + key * mj->nq : mj->qpos0, (size_t)mj->nq * sizeof *pose);
  l->out->keyframe = key >= 0 ? name_of(l, CO_KEYFRAME, key) : NULL;
  if (key < 0) bring_within(l, pose);
  memcpy(l->data->qpos, pose, (size_t)mj->nq * sizeof *pose);
  mj_kinematics(l->mj, l->data);
  return CO_OK;
}

// Lowest point of a geom: exact for spheres and capsules, of their boxes for all others.
static double lowest_of(const look *l, int geom) {
  const mjModel *mj = l->mj;
  const double *size = mj->geom_size + 3 * geom, *box = mj->geom_aabb + 6 * geom;
  const double *turn = l->data->geom_xmat + 9 * geom + 6;  // its third row
  double z = l->data->geom_xpos[3 * geom + 2];
  if (mj->geom_type[geom] == mjGEOM_SPHERE) return z - size[0];
  if (mj->geom_type[geom] == mjGEOM_CAPSULE) return z - size[0] - fabs(turn[2]) * size[1];
  for (int i = 0; i < 3; i++) z += turn[i] * box[i] - fabs(turn[i]) * box[3 + i];
  return z;
}

static void measure_height(look *l) {
  const mjModel *mj = l->mj;
  double touching = INFINITY, all = INFINITY;
  l->out->ground = NAN;
  for (int i = 0; i < mj->ngeom; i++) {
    int body = mj->geom_bodyid[i];
    if (has_role(l, CO_ROLE_FLOOR, CO_GEOM, i) && isnan(l->out->ground))
      l->out->ground = l->data->geom_xpos[3 * i + 2];
    // of a URDF whose root link is a part of the world so are its geoms
    if (!is_own(l, body) && !(l->out->urdf && mj->geom_type[i] != mjGEOM_PLANE)) continue;
    double lowest = lowest_of(l, i);
    all = fmin(all, lowest);
    if (mj->geom_contype[i] || mj->geom_conaffinity[i]) touching = fmin(touching, lowest);
  }
  l->out->lowest = isfinite(touching) ? touching : isfinite(all) ? all : (double)NAN;
}

// ---- the whole

static const char *integrator_of(const mjModel *mj) {
  switch (mj->opt.integrator) {
    case mjINT_RK4: return "RK4";
    case mjINT_IMPLICIT: return "implicit";
    case mjINT_IMPLICITFAST: return "implicitfast";
    default: return "Euler";
  }
}

static co_status look_at(look *l) {
  co_robot *out = l->out;
  int count;
  l->base = find_base(l);
  out->file = copy(l, l->model->name);
  out->timestep = l->model->timestep;
  out->integrator = integrator_of(l->mj);
  out->nq = l->model->nq;
  out->nv = l->model->nv;
  out->height = out->lowest = out->up = NAN;
  CO_TRY(take_pose(l));
  look_at_base(l);
  look_at_joints(l);
  look_at_actuators(l);
  look_at_sensors(l);
  look_at_bodies(l);
  look_at_keys(l);
  measure_height(l);
  out->imu = find_imu(l);
  out->hand = find_hand(l);
  out->qpos = names_of(l, CO_QPOS, &count);
  out->qvel = names_of(l, CO_QVEL, &count);
  return co_arena_status(&out->memory);
}

// Reads a loaded model, which is given back in any case.
static co_status look_into(co_model *model, const char *path, co_robot *out) {
  look l = {.model = model, .mj = ((co_mujoco_model *)model)->nominal, .out = out};
  mjData *volatile data = NULL;  // read after the jump
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteData(data);
    co_model_free(model);
    return co_fail_context(co_mujoco_failed("mj_kinematics"), "%s", path);
  }
  l.data = data = mj_makeData(l.mj);
  co_status status = data ? look_at(&l) : co_fail(CO_MEMORY, "out of memory for %s", path);
  co_mujoco_done();
  mj_deleteData(data);
  co_model_free(model);
  return status;
}

// ---- URDF

static co_status is_urdf(const char *path, bool *out) {
  co_buf text = {0};
  CO_TRY(co_file_read(path, 0, &text));
  *out = text.data && strstr(text.data, "<robot");
  co_buf_free(&text);
  return CO_OK;
}

// Its root link, which is a part of the world once compiled; NULL: it has none, or stands for the
// world by its name.
static co_status root_link(const char *path, co_arena *arena, const char **out) {
  char error[1000] = "";
  *out = NULL;
  mjSpec *volatile spec = NULL;  // read after the jump
  co_mujoco_install();
  if (setjmp(*co_mujoco_guard())) {
    mj_deleteSpec(spec);
    return co_fail_context(co_mujoco_failed("mj_parseXML"), "%s", path);
  }
  spec = mj_parseXML(path, NULL, error, sizeof error);
  mjsBody *world = spec ? mjs_findBody(spec, "world") : NULL;
  mjsElement *first = world ? mjs_firstChild(world, mjOBJ_BODY, 0) : NULL;
  const char *name = first ? mjs_getString(mjs_getName(first)) : NULL;
  bool only = first && !mjs_nextChild(world, first, 0);
  if (only && !mjs_firstChild(mjs_asBody(first), mjOBJ_JOINT, 0) && *name)
    *out = co_arena_strdup(arena, name);
  co_mujoco_done();
  mj_deleteSpec(spec);
  return co_arena_status(arena);
}

// Several chains of joints, or several wheels: what walks or drives. One chain is an arm.
static bool could_walk(const co_model *model) {
  const mjModel *mj = ((const co_mujoco_model *)model)->nominal;
  int chains = 0;
  for (int tree = 0; tree < mj->ntree; tree++) {
    int dofs = 0;
    bool endless = false;
    for (int i = 0; i < mj->nv; i++) {
      if (mj->body_treeid[mj->dof_bodyid[i]] != tree) continue;
      dofs++;
      endless |= !mj->jnt_limited[mj->dof_jntid[i]];
    }
    chains += dofs >= 2 || endless;
  }
  return chains >= 2;
}

static co_status set_free(const char *path, co_robot *out, co_model **model) {
  co_status status = root_link(path, &out->memory, &out->link);
  if (status == CO_OK && out->link && could_walk(*model)) {
    const co_scene scene = {.terrain.size = NAN, .free = out->link};
    co_model_free(*model);
    *model = NULL;
    return co_model_load(&co_engine_mujoco, path, &scene, model);
  }
  out->link = NULL;
  return status;
}

co_status co_robot_read(const char *path, co_robot *out) {
  co_model *model = NULL;
  *out = (co_robot){0};
  CO_TRY(is_urdf(path, &out->urdf));
  CO_TRY(co_model_load(&co_engine_mujoco, path, NULL, &model));
  co_status status = out->urdf ? set_free(path, out, &model) : CO_OK;
  if (status == CO_OK) return look_into(model, path, out);
  if (model) co_model_free(model);
  return status;
}

void co_robot_free(co_robot *robot) {
  co_arena_free(&robot->memory);
  *robot = (co_robot){0};
}
