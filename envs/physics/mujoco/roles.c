// MuJoCo behind the physics seam: what elements are to their robot.

#include "envs/physics/mujoco/engine.h"

#include <math.h>
#include <mujoco/mujoco.h>

// Whether an actuator pulls at the joint, by itself or through a tendon.
static bool drives(const mjModel *mj, int actuator, int joint) {
  int id = mj->actuator_trnid[2 * actuator];
  switch (mj->actuator_trntype[actuator]) {
    case mjTRN_JOINT:
    case mjTRN_JOINTINPARENT: return id == joint;
    case mjTRN_TENDON:
      for (int k = mj->tendon_adr[id]; k < mj->tendon_adr[id] + mj->tendon_num[id]; k++) {
        if (mj->wrap_type[k] == mjWRAP_JOINT && mj->wrap_objid[k] == joint) return true;
      }
      return false;
    default: return false;
  }
}

static bool is_actuated(const mjModel *mj, int joint) {
  for (int i = 0; i < mj->nactuator; i++) {
    if (drives(mj, i, joint)) return true;
  }
  return false;
}

// The tree with most joints that are driven, the first of equals; -1: nothing is driven.
static int robot_of(const mjModel *mj) {
  int best = -1, most = 0;
  for (int tree = 0; tree < mj->ntree; tree++) {
    int count = 0;
    for (int joint = 0; joint < mj->njnt; joint++) {
      count += mj->body_treeid[mj->jnt_bodyid[joint]] == tree && is_actuated(mj, joint);
    }
    if (count <= most) continue;
    most = count;
    best = tree;
  }
  return best;
}

static int base_of(const mjModel *mj) {
  int robot = robot_of(mj), body = 0;
  while (body < mj->nbody && (robot < 0 || mj->body_treeid[body] != robot)) body++;
  return body < mj->nbody ? body : -1;
}

// Whether no other moving body of its tree hangs from what it is welded to.
static bool ends_chain(const mjModel *mj, int body) {
  for (int i = 1; i < mj->nbody; i++) {
    int parent = mj->body_parentid[i];
    bool moves = mj->body_weldid[i] == i && mj->body_treeid[i] >= 0;
    if (moves && mj->body_weldid[parent] == mj->body_weldid[body]) return false;
  }
  return true;
}

static bool body_has(const mjModel *mj, co_role role, int body) {
  int base = base_of(mj);
  if (base < 0 || mj->body_treeid[body] != mj->body_treeid[base]) return false;
  switch (role) {
    case CO_ROLE_BASE: return body == base;
    case CO_ROLE_LINKS: return body != base && mj->body_mass[body] > 0;
    case CO_ROLE_FEET:
      return mj->body_weldid[body] != base && mj->body_mass[body] > 0 && ends_chain(mj, body);
    default: return false;
  }
}

static bool geom_has(const mjModel *mj, co_role role, int geom) {
  int body = mj->geom_bodyid[geom], type = mj->geom_type[geom];
  bool touches = mj->geom_contype[geom] || mj->geom_conaffinity[geom];
  if (role != CO_ROLE_FLOOR) return touches && body_has(mj, role, body);
  bool stands = mj->body_treeid[body] < 0 && mj->body_mocapid[body] < 0;
  return touches && stands && (type == mjGEOM_PLANE || type == mjGEOM_HFIELD);
}

static bool joint_has(const mjModel *mj, co_role role, int joint) {
  if (role == CO_ROLE_ACTUATED) return is_actuated(mj, joint);
  return role == CO_ROLE_BASE && mj->jnt_bodyid[joint] == base_of(mj);
}

// Coordinate `part` of a joint of the base: a slide along the ground, or x and y of a free joint.
static bool is_along_ground(const mjModel *mj, int joint, int part) {
  if (mj->jnt_type[joint] == mjJNT_FREE) return part < 2;
  return mj->jnt_type[joint] == mjJNT_SLIDE && fabs(mj->jnt_axis[3 * joint + 2]) < 0.5;
}

static bool coordinate_has(const mjModel *mj, co_role role, const int *address, int index) {
  int joint = (int)mj->njnt - 1;
  while (joint > 0 && address[joint] > index) joint--;
  if (role != CO_ROLE_BASE_XY) return joint_has(mj, role, joint);
  return joint_has(mj, CO_ROLE_BASE, joint) && is_along_ground(mj, joint, index - address[joint]);
}

bool co_mujoco_role(const co_model *model, co_role role, co_element kind, int index) {
  const mjModel *mj = ((const co_mujoco_model *)model)->nominal;
  switch (kind) {
    case CO_BODY: return body_has(mj, role, index);
    case CO_GEOM: return geom_has(mj, role, index);
    case CO_JOINT: return joint_has(mj, role, index);
    case CO_QPOS: return coordinate_has(mj, role, mj->jnt_qposadr, index);
    case CO_QVEL: return coordinate_has(mj, role, mj->jnt_dofadr, index);
    default: return false;
  }
}
