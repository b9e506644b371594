// What is drawn over the robot: contacts, limits, centre of mass, velocities. Lengths go with the
// robot's size, so that an ant and a humanoid look alike.

#include "core/unconst.h"
#include "viz/draw/drawing_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float kContact[] = {0.95f, 0.6f, 0.1f, 1}, kForce[] = {0.9f, 0.25f, 0.2f, 0.9f},
                   kLimit[] = {0.9f, 0.1f, 0.3f, 1}, kMass[] = {0.95f, 0.9f, 0.2f, 1},
                   kCommanded[] = {0.15f, 0.7f, 0.3f, 1}, kActual[] = {0.2f, 0.45f, 0.9f, 1};

static void add_ball(co_drawing *drawing, const double pos[3], double radius, const float *rgba) {
  const double size[3] = {radius, radius, radius};
  co_drawing_add(drawing, mjGEOM_SPHERE, size, pos, NULL, rgba);
}

static void add_arrow(co_drawing *drawing, const double from[3], const double along[3],
                      double width, const float *rgba) {
  double to[3];
  if (mju_norm3(along) < 1e-3 * drawing->size) return;
  mju_add3(to, from, along);
  mjvGeom *geom = co_drawing_add(drawing, mjGEOM_ARROW, NULL, NULL, NULL, rgba);
  if (geom) mjv_connector(geom, mjGEOM_ARROW, width, from, to);
}

// --- contacts

// Force on the second geom, world frame. MuJoCo's contact frame has the normal first.
static void force_of(const co_drawing *drawing, int contact, double out[3]) {
  const mjData *data = co_drawing_data(co_unconst(drawing));
  double wrench[6];
  mj_contactForce(co_drawing_model(drawing), data, contact, wrench);
  mju_mulMatTVec3(out, data->contact[contact].frame, wrench);
}

// Upwards, whichever of the two geoms is the floor.
static void add_force(co_drawing *drawing, int contact, const double pos[3]) {
  double force[3];
  force_of(drawing, contact, force);
  if (force[2] < 0) mju_scl3(force, force, -1);
  double unit = drawing->weight > 0 ? drawing->weight : 1;
  mju_scl3(force, force, 0.5 * drawing->size / unit);
  double length = mju_norm3(force), most = 1.5 * drawing->size;
  if (length > most) mju_scl3(force, force, most / length);
  add_arrow(drawing, pos, force, 0.012 * drawing->size, kForce);
}

static void add_point(co_drawing *drawing, const mjContact *contact, bool friction) {
  const double size[3] = {0.02 * drawing->size, 0.02 * drawing->size, 0.02 * drawing->size};
  mjvGeom *geom = co_drawing_add(drawing, mjGEOM_SPHERE, size, contact->pos, NULL, kContact);
  if (geom && friction)
    snprintf(geom->label, sizeof geom->label, "%.2g",
             contact->dim > 1 ? contact->friction[0] : 0.0);
}

static void add_contacts(co_drawing *drawing, unsigned overlays) {
  const mjData *data = co_drawing_data(drawing);
  bool friction = overlays & CO_OVERLAY_FRICTION;
  for (int i = 0; i < data->ncon; i++) {
    const mjContact *contact = &data->contact[i];
    if (contact->exclude) continue;
    if (friction || (overlays & CO_OVERLAY_CONTACTS)) add_point(drawing, contact, friction);
    if (overlays & CO_OVERLAY_FORCES) add_force(drawing, i, contact->pos);
  }
}

// --- limits

static void add_limits(co_drawing *drawing) {
  const mjData *data = co_drawing_data(drawing);
  for (int i = 0; i < data->nefc; i++) {
    if (data->efc_type[i] != mjCNSTR_LIMIT_JOINT || data->efc_force[i] <= 0) continue;
    int joint = data->efc_id[i];
    double frame[9], quat[4];
    const double size[3] = {0.04 * drawing->size, 0.04 * drawing->size, 0.03 * drawing->size};
    mju_quatZ2Vec(quat, &data->xaxis[3 * joint]);
    mju_quat2Mat(frame, quat);
    co_drawing_add(drawing, mjGEOM_CYLINDER, size, &data->xanchor[3 * joint], frame, kLimit);
  }
}

// --- centre of mass

// The floor below is that of the flat world: terrain has none that could be named.
static void add_mass(co_drawing *drawing) {
  const mjData *data = co_drawing_data(drawing);
  const double *center = &data->subtree_com[3 * drawing->root];
  double below[3] = {center[0], center[1], 0};
  add_ball(drawing, center, 0.03 * drawing->size, kMass);
  if (center[2] <= 0) return;
  add_ball(drawing, below, 0.02 * drawing->size, kMass);
  mjvGeom *line = co_drawing_add(drawing, mjGEOM_CAPSULE, NULL, NULL, NULL, kMass);
  if (line) mjv_connector(line, mjGEOM_CAPSULE, 0.004 * drawing->size, center, below);
}

// --- velocities

static double command_of(const co_drawing *drawing, const char *name, bool *known) {
  const co_binding *binding = &drawing->world->binding;
  for (int i = 0; i < binding->num_commands; i++) {
    if (strcmp(binding->command[i].name, name) != 0) continue;
    *known = true;
    return drawing->row.command[i];
  }
  return 0;
}

// One metre per second is as long as half the robot. Commands count in the robot's heading.
static void add_velocity(co_drawing *drawing) {
  const mjModel *mj = co_drawing_model(drawing);
  const mjData *data = co_drawing_data(drawing);
  double velocity[6], from[3], scale = 0.5 * drawing->size, width = 0.015 * drawing->size;
  int root = drawing->root;
  bool known = false;
  if (drawing->resting) return;
  mj_objectVelocity(mj, data, mjOBJ_XBODY, root, velocity, 0);
  mju_copy3(from, &data->subtree_com[3 * root]);
  from[2] += 0.45 * drawing->size;
  double actual[3] = {scale * velocity[3], scale * velocity[4], 0};
  add_arrow(drawing, from, actual, width, kActual);
  double forward = command_of(drawing, "vx", &known), left = command_of(drawing, "vy", &known);
  if (!known) return;
  const double *turn = &data->xmat[9 * root];
  double heading = atan2(turn[3], turn[0]), c = cos(heading), s = sin(heading);
  double wanted[3] = {scale * (c * forward - s * left), scale * (s * forward + c * left), 0};
  from[2] += 0.05 * drawing->size;
  add_arrow(drawing, from, wanted, width, kCommanded);
}

void co_drawing_overlay(co_drawing *drawing, unsigned overlays) {
  const unsigned contacts = CO_OVERLAY_CONTACTS | CO_OVERLAY_FORCES | CO_OVERLAY_FRICTION;
  if (overlays & contacts) add_contacts(drawing, overlays);
  if (overlays & CO_OVERLAY_LIMITS) add_limits(drawing);
  if (overlays & CO_OVERLAY_MASS) add_mass(drawing);
  if (overlays & CO_OVERLAY_VELOCITY) add_velocity(drawing);
}
