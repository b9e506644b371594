// MuJoCo behind the physics seam: what the numbers of a model mean, as facts of the nominal one.

#include "envs/physics/mujoco/engine.h"

#include <mujoco/mujoco.h>
#include <string.h>

static const mjModel *nominal_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->nominal;
}

// ---- what is measured

// Of a point or frame, seen from itself or from the world.
static const struct {
  int type;
  const char *quantity;
  bool in_world;
} sensed[] = {
    {mjSENS_GYRO, "angular_velocity", false},
    {mjSENS_VELOCIMETER, "linear_velocity", false},
    {mjSENS_ACCELEROMETER, "proper_acceleration", false},
    {mjSENS_FORCE, "force", false},
    {mjSENS_TORQUE, "torque", false},
    {mjSENS_MAGNETOMETER, "magnetic_field", false},
    {mjSENS_FRAMEPOS, "position", true},
    {mjSENS_FRAMEQUAT, "orientation", true},
    {mjSENS_FRAMELINVEL, "linear_velocity", true},
    {mjSENS_FRAMEANGVEL, "angular_velocity", true},
    {mjSENS_FRAMELINACC, "linear_acceleration", true},
};

// The frame of a body that MuJoCo calls its own is that of its inertia; the other one is meant
// here.
static bool object_of(int type, int id, co_measure *out) {
  out->object = type == mjOBJ_SITE ? CO_SITE : CO_BODY;
  out->index = id;
  return type == mjOBJ_SITE || type == mjOBJ_XBODY;
}

// Relative to something else they mean something of their own.
static bool measure_sensor(const mjModel *mj, int element, co_measure *out) {
  int id = 0;
  while (id + 1 < mj->nsensor && mj->sensor_adr[id + 1] <= element) id++;
  if (mj->sensor_objtype[id] == mjOBJ_JOINT) {
    *out = (co_measure){.object = CO_JOINT, .index = mj->sensor_objid[id]};
    return true;
  }
  if (mj->sensor_refid[id] >= 0) return false;
  int part = element - mj->sensor_adr[id];
  for (size_t i = 0; i < sizeof sensed / sizeof *sensed; i++) {
    if (sensed[i].type != mj->sensor_type[id]) continue;
    out->quantity = sensed[i].quantity;
    out->in_world = sensed[i].in_world;
    out->component = (mj->sensor_dim[id] == 4 ? "wxyz" : "xyz")[part];
    return object_of(mj->sensor_objtype[id], mj->sensor_objid[id], out);
  }
  return false;
}

static int joint_at(const mjModel *mj, const int *address, int element) {
  int joint = 0;
  while (joint + 1 < mj->njnt && address[joint + 1] <= element) joint++;
  return joint;
}

// A free body goes along the world's axes and turns about its own.
static bool measure_twist(const mjModel *mj, int joint, int part, co_measure *out) {
  bool turns = mj->jnt_type[joint] == mjJNT_BALL || part >= 3;
  *out = (co_measure){.quantity = turns ? "angular_velocity" : "linear_velocity",
                      .component = "xyz"[part % 3],
                      .object = CO_BODY,
                      .index = mj->jnt_bodyid[joint],
                      .in_world = !turns};
  return true;
}

static bool measure_coordinate(const mjModel *mj, co_element group, int element, co_measure *out) {
  const int *address = group == CO_QPOS ? mj->jnt_qposadr : mj->jnt_dofadr;
  int joint = joint_at(mj, address, element), type = mj->jnt_type[joint];
  if (type == mjJNT_HINGE || type == mjJNT_SLIDE) {
    *out = (co_measure){.object = CO_JOINT, .index = joint};
    return true;
  }
  return group == CO_QVEL && measure_twist(mj, joint, element - address[joint], out);
}

bool co_mujoco_measure(const co_model *model, co_element group, int element, co_measure *out) {
  const mjModel *mj = nominal_of(model);
  *out = (co_measure){0};
  switch (group) {
    case CO_SENSOR: return measure_sensor(mj, element, out);
    case CO_QPOS:
    case CO_QVEL: return measure_coordinate(mj, group, element, out);
    case CO_SITE_POS: return object_of(mjOBJ_SITE, element / 3, out);
    case CO_SITE_MAT: return object_of(mjOBJ_SITE, element / 9, out);
    default: return false;
  }
}

// ---- where things are

bool co_mujoco_joint_axis(const co_model *model, int joint, double axis[3]) {
  const mjModel *mj = nominal_of(model);
  int type = mj->jnt_type[joint], body = mj->jnt_bodyid[joint];
  if (type != mjJNT_HINGE && type != mjJNT_SLIDE) return false;
  memcpy(axis, mj->jnt_axis + 3 * joint, 3 * sizeof *axis);
  for (; body != mj->body_rootid[body]; body = mj->body_parentid[body])
    mju_rotVecQuat(axis, axis, mj->body_quat + 4 * body);
  return true;
}

// From a body's frame to its parent's.
static void step_out(const mjModel *mj, int body, double pos[3], double quat[4]) {
  const double *turn = mj->body_quat + 4 * body;
  mju_rotVecQuat(pos, pos, turn);
  mju_addTo3(pos, mj->body_pos + 3 * body);
  mju_mulQuat(quat, turn, quat);
}

int co_mujoco_frame(const co_model *model, co_element object, int index, double pos[3],
                    double quat[4]) {
  const mjModel *mj = nominal_of(model);
  bool site = object == CO_SITE;
  static const double here[3] = {0, 0, 0}, straight[4] = {1, 0, 0, 0};
  int body = site ? mj->site_bodyid[index] : index, whole = mj->body_weldid[body];
  memcpy(pos, site ? mj->site_pos + 3 * index : here, 3 * sizeof *pos);
  memcpy(quat, site ? mj->site_quat + 4 * index : straight, 4 * sizeof *quat);
  for (; body != whole; body = mj->body_parentid[body]) step_out(mj, body, pos, quat);
  return whole;
}
