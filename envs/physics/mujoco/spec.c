// MuJoCo behind the physics seam: shapes, limbs and locks as edits of a spec. What goes is in
// gone.c.

#include "envs/physics/mujoco/private/spec.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <string.h>

// Number of sizes of a geom type, 0: its shape is a file's.
static int sizes_of(int type) {
  switch (type) {
    case mjGEOM_SPHERE: return 1;
    case mjGEOM_CAPSULE:
    case mjGEOM_CYLINDER: return 2;
    case mjGEOM_PLANE:
    case mjGEOM_ELLIPSOID:
    case mjGEOM_BOX: return 3;
    default: return 0;
  }
}

static double volume(int type, const double *size) {
  double a = size[0], b = size[1], c = size[2];
  switch (type) {
    case mjGEOM_SPHERE: return 4 * mjPI / 3 * a * a * a;
    case mjGEOM_CAPSULE: return 2 * mjPI * a * a * b + 4 * mjPI / 3 * a * a * a;
    case mjGEOM_CYLINDER: return 2 * mjPI * a * a * b;
    case mjGEOM_ELLIPSOID: return 4 * mjPI / 3 * a * b * c;
    case mjGEOM_BOX: return 8 * a * b * c;
    default: return 0.0;
  }
}

// Index of the size along which a geom is long, -1: none.
static int long_side(int type, const double *size) {
  if (type == mjGEOM_CAPSULE || type == mjGEOM_CYLINDER) return 1;
  if (type != mjGEOM_BOX && type != mjGEOM_ELLIPSOID) return -1;
  int side = size[1] > size[0] ? 1 : 0;
  return size[2] > size[side] ? 2 : side;
}

// ---- elements in numbers

static void set_pose(double pos[3], double quat[4], mjsOrientation *other, const double *new_pos,
                     const double *new_quat) {
  mju_copy3(pos, new_pos);
  mju_copy4(quat, new_quat);
  mjs_defaultOrientation(other);
}

// A shape that was fitted to a mesh is a shape of its own from now on.
static co_status number_geom(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit, int id) {
  mjsGeom *geom = mjs_asGeom(co_mujoco_element(spec, mjOBJ_GEOM, id));
  if (!sizes_of(mj->geom_type[id])) return CO_OK;
  CO_TRY(co_mujoco_leave_frame(mj, edit, geom->element));
  mjs_setString(geom->meshname, "");
  set_pose(geom->pos, geom->quat, &geom->alt, mj->geom_pos + 3 * id, mj->geom_quat + 4 * id);
  mju_copy3(geom->size, mj->geom_size + 3 * id);
  geom->fromto[0] = NAN;  // not given
  return CO_OK;
}

static co_status number_body(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit, int id) {
  mjsBody *body = mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, id));
  CO_TRY(co_mujoco_leave_frame(mj, edit, body->element));
  set_pose(body->pos, body->quat, &body->alt, mj->body_pos + 3 * id, mj->body_quat + 4 * id);
  return CO_OK;
}

static co_status number_site(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit, int id) {
  mjsSite *site = mjs_asSite(co_mujoco_element(spec, mjOBJ_SITE, id));
  CO_TRY(co_mujoco_leave_frame(mj, edit, site->element));
  set_pose(site->pos, site->quat, &site->alt, mj->site_pos + 3 * id, mj->site_quat + 4 * id);
  mju_copy3(site->size, mj->site_size + 3 * id);
  site->fromto[0] = NAN;  // not given
  return CO_OK;
}

// The given inertia of a body; compiled masses may be scaled to a total.
static void number_inertia(const mjModel *mj, mjsBody *body, int id) {
  mju_scl3(body->inertia, mj->body_inertia + 3 * id, body->mass / mj->body_mass[id]);
  set_pose(body->ipos, body->iquat, &body->ialt, mj->body_ipos + 3 * id, mj->body_iquat + 4 * id);
  body->fullinertia[0] = NAN;  // not given
}

static bool has_given_inertia(const mjSpec *spec, const mjsBody *body) {
  return body->explicitinertial && spec->compiler.inertiafromgeom != mjINERTIAFROMGEOM_TRUE;
}

const char *co_mujoco_states_inertia(const co_model *base, int geom) {
  const co_mujoco_model *model = (const co_mujoco_model *)base;
  int id = model->nominal->geom_bodyid[geom];
  const mjsBody *body = mjs_asBody(co_mujoco_element(model->spec, mjOBJ_BODY, id));
  bool given = id > 0 && has_given_inertia(model->spec, body);
  return given ? base->elements[CO_BODY].name[id] : NULL;
}

static bool is_limb(const co_mujoco_edit *edit) {
  return edit->parameter == CO_LIMB_LENGTH || edit->parameter == CO_LIMB_STRETCH;
}

static bool is_shape(const co_mujoco_edit *edit) {
  return edit->parameter == CO_GEOM_SIZE || edit->parameter == CO_GEOM_POS ||
         edit->parameter == CO_GEOM_QUAT;
}

static bool moves_body(const mjModel *mj, const co_mujoco_edit *edit, int body) {
  if (is_limb(edit)) return mj->body_parentid[body] == edit->element;
  return edit->parameter == CO_LOCK && mj->jnt_bodyid[edit->element] == body;
}

static bool changes_geom(const mjModel *mj, const co_mujoco_edit *edit, int geom) {
  return is_limb(edit) ? mj->geom_bodyid[geom] == edit->element
                       : is_shape(edit) && geom == edit->element;
}

// Everything that the edit will change, in numbers.
static co_status number_elements(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit) {
  for (int i = 1; i < mj->nbody; i++) {
    if (moves_body(mj, edit, i)) CO_TRY(number_body(mj, spec, edit, i));
  }
  for (int i = 0; i < mj->ngeom; i++) {
    if (changes_geom(mj, edit, i)) CO_TRY(number_geom(mj, spec, edit, i));
  }
  for (int i = 0; i < mj->nsite; i++) {
    if (!is_limb(edit) || mj->site_bodyid[i] != edit->element) continue;
    CO_TRY(number_site(mj, spec, edit, i));
  }
  if (!is_limb(edit)) return CO_OK;
  mjsBody *body = mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, edit->element));
  if (has_given_inertia(spec, body)) number_inertia(mj, body, edit->element);
  return CO_OK;
}

// ---- shapes

static void edit_geom(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit) {
  int id = edit->element;
  mjsGeom *geom = mjs_asGeom(co_mujoco_element(spec, mjOBJ_GEOM, id));
  if (edit->parameter == CO_GEOM_POS) mju_copy3(geom->pos, edit->value);
  if (edit->parameter == CO_GEOM_QUAT) mju_copy4(geom->quat, edit->value);
  if (edit->parameter != CO_GEOM_SIZE) return;
  int type = mj->geom_type[id];
  double before = volume(type, geom->size);
  mju_copy3(geom->size, edit->value);
  if (!isnan(geom->mass) && before > 0) geom->mass *= volume(type, geom->size) / before;
}

// ---- limbs

static void move_from(double *position, const double *anchor, double factor) {
  for (int k = 0; k < 3; k++) position[k] = anchor[k] + factor * (position[k] - anchor[k]);
}

// Where a body hangs on its parent, in its own frame.
static void anchor_of(const mjModel *mj, int body, double out[3]) {
  bool jointed = mj->body_jntnum[body] && mj->jnt_type[mj->body_jntadr[body]] != mjJNT_FREE;
  if (jointed) {
    mju_copy3(out, mj->jnt_pos + 3 * mj->body_jntadr[body]);
  } else {
    mju_zero3(out);
  }
}

// Where a child hangs on its parent, in the parent's frame.
static void hanging_point(const mjModel *mj, int child, const double *pos, const double *quat,
                          double out[3]) {
  anchor_of(mj, child, out);
  mju_rotVecQuat(out, out, quat);
  mju_addTo3(out, pos);
}

// Unit vector along a limb: from its anchor to the mean of where its children hang, without
// children to its centre of mass, and where that is the anchor, along the axis of its smallest
// moment.
static void axis_of(const mjModel *mj, int body, const double *anchor, double out[3]) {
  static const double first[3] = {1, 0, 0};
  int children = 0, least = 0;
  mju_zero3(out);
  for (int i = body + 1; i < mj->nbody; i++) {
    double at[3];
    if (mj->body_parentid[i] != body) continue;
    hanging_point(mj, i, mj->body_pos + 3 * i, mj->body_quat + 4 * i, at);
    mju_addTo3(out, at);
    mju_subFrom3(out, anchor);
    children++;
  }
  if (!children) mju_sub3(out, mj->body_ipos + 3 * body, anchor);
  const double *inertia = mj->body_inertia + 3 * body;
  for (int k = 1; k < 3; k++) least = inertia[k] < inertia[least] ? k : least;
  if (mju_norm3(out) < 1e-6) {
    for (int k = 0; k < 3; k++) out[k] = first[(k + 3 - least) % 3];
    mju_rotVecQuat(out, out, mj->body_iquat + 4 * body);
  }
  mju_normalize3(out);
}

static co_status stretch_geom(const mjModel *mj, mjsGeom *geom, const co_mujoco_edit *edit,
                              const double *anchor) {
  int type = mj->geom_type[mjs_getId(geom->element)];
  double factor = *edit->value, before = volume(type, geom->size);
  if (!sizes_of(type) || type == mjGEOM_PLANE) {
    return co_mujoco_refuse(
        mj, edit->parameter, edit->element,
        "it has a geom that has no length: a plane, a height field or a distance field");
  }
  int side = long_side(type, geom->size);
  if (side >= 0) geom->size[side] *= factor;
  move_from(geom->pos, anchor, factor);
  if (edit->parameter == CO_LIMB_STRETCH) {
    if (isnan(geom->mass)) geom->mass = geom->density * before;
  } else if (!isnan(geom->mass) && before > 0) {
    geom->mass *= volume(type, geom->size) / before;
  }
  return CO_OK;
}

// Second moments of mass along the principal axes from the moments of inertia, and back.
static void exchange_moments(const double *in, bool back, double out[3]) {
  for (int k = 0; k < 3; k++) {
    double others = in[(k + 1) % 3] + in[(k + 2) % 3];
    out[k] = back ? others : (others - in[k]) / 2;
  }
}

// The given inertia of a body whose matter is stretched along the axis of the smallest moment.
static void stretch_inertia(mjsBody *body, const co_mujoco_edit *edit, const double *anchor) {
  double factor = *edit->value, second[3];
  int axis = 0;
  for (int k = 1; k < 3; k++) axis = body->inertia[k] < body->inertia[axis] ? k : axis;
  exchange_moments(body->inertia, false, second);
  second[axis] *= factor * factor;
  double mass = edit->parameter == CO_LIMB_LENGTH ? factor : 1.0;
  mju_scl3(second, second, mass);
  body->mass *= mass;
  exchange_moments(second, true, body->inertia);
  move_from(body->ipos, anchor, factor);
}

static void move_children(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit,
                          const double *anchor) {
  for (int i = edit->element + 1; i < mj->nbody; i++) {
    if (mj->body_parentid[i] != edit->element) continue;
    mjsBody *child = mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, i));
    double hangs[3], moved[3];
    hanging_point(mj, i, child->pos, child->quat, hangs);
    mju_copy3(moved, hangs);
    move_from(moved, anchor, *edit->value);
    for (int k = 0; k < 3; k++) child->pos[k] += moved[k] - hangs[k];
  }
}

static co_status edit_limb(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit,
                           double factor) {
  co_mujoco_limb limb = {.factor = factor};
  const double *anchor = limb.anchor;
  mjsBody *body = mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, edit->element));
  anchor_of(mj, edit->element, limb.anchor);
  axis_of(mj, edit->element, limb.anchor, limb.axis);
  for (int i = 0; i < mj->ngeom; i++) {
    if (mj->geom_bodyid[i] != edit->element) continue;
    mjsGeom *geom = mjs_asGeom(co_mujoco_element(spec, mjOBJ_GEOM, i));
    CO_TRY(mj->geom_type[i] == mjGEOM_MESH ? co_mujoco_stretch_mesh(mj, spec, edit, i, &limb)
                                           : stretch_geom(mj, geom, edit, anchor));
  }
  for (int i = 0; i < mj->nsite; i++) {
    if (mj->site_bodyid[i] != edit->element) continue;
    move_from(mjs_asSite(co_mujoco_element(spec, mjOBJ_SITE, i))->pos, anchor, *edit->value);
  }
  move_children(mj, spec, edit, anchor);
  if (has_given_inertia(spec, body)) stretch_inertia(body, edit, anchor);
  return CO_OK;
}

// ---- locks

// x -> rotation x + shift: what the joint does to its body at a position.
typedef struct motion {
  double quat[4], shift[3];
} motion;

static motion motion_of(const mjModel *mj, const mjsJoint *joint, int id, double position) {
  motion out = {{1, 0, 0, 0}, {0, 0, 0}};
  double by = position - mj->qpos0[mj->jnt_qposadr[id]], axis[3];
  mju_copy3(axis, joint->axis);
  mju_normalize3(axis);
  if (mj->jnt_type[id] == mjJNT_SLIDE) {
    mju_scl3(out.shift, axis, by);
    return out;
  }
  double turned[3];
  mju_axisAngle2Quat(out.quat, axis, by);
  mju_rotVecQuat(turned, joint->pos, out.quat);
  mju_sub3(out.shift, joint->pos, turned);
  return out;
}

// The same joint in the frame that the motion makes of the body's.
static void express_joint(mjsJoint *joint, const motion *m) {
  double back[4];
  mju_negQuat(back, m->quat);
  mju_subFrom3(joint->pos, m->shift);
  mju_rotVecQuat(joint->pos, joint->pos, back);
  mju_rotVecQuat(joint->axis, joint->axis, back);
}

static void edit_lock(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit) {
  int id = edit->element, body_id = mj->jnt_bodyid[id];
  mjsBody *body = mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, body_id));
  mjsJoint *joint = mjs_asJoint(co_mujoco_element(spec, mjOBJ_JOINT, id));
  motion m = motion_of(mj, joint, id, *edit->value);
  body->fuse = 0;  // a body of its own also where nothing moves it now
  double shift[3];
  mju_rotVecQuat(shift, m.shift, body->quat);
  mju_addTo3(body->pos, shift);
  mju_mulQuat(body->quat, body->quat, m.quat);
  for (int i = mj->body_jntadr[body_id]; i < id; i++) {
    express_joint(mjs_asJoint(co_mujoco_element(spec, mjOBJ_JOINT, i)), &m);
  }
}

// Joints of the bodies whose joints are locked, with pose in numbers.
static co_status number_joints(const co_mujoco_model *model, mjSpec *spec) {
  const mjModel *mj = model->nominal;
  for (int i = 0; i < model->num_edits; i++) {
    const co_mujoco_edit *edit = &model->edit[i];
    if (edit->parameter != CO_LOCK) continue;
    int body = mj->jnt_bodyid[edit->element], first = mj->body_jntadr[body];
    for (int k = first; k < first + mj->body_jntnum[body]; k++) {
      mjsJoint *joint = mjs_asJoint(co_mujoco_element(spec, mjOBJ_JOINT, k));
      CO_TRY(co_mujoco_leave_frame(mj, edit, joint->element));
      mju_copy3(joint->pos, mj->jnt_pos + 3 * k);
      mju_copy3(joint->axis, mj->jnt_axis + 3 * k);
      if (k >= edit->element || mj->jnt_type[k] != mjJNT_BALL) continue;
      return co_mujoco_refuse(mj, CO_LOCK, edit->element, "a ball joint comes before it");
    }
  }
  return CO_OK;
}

// ---- all edits

static co_status check_shape(const mjModel *mj, co_parameter_id parameter, int geom,
                             const double *value) {
  int sizes = sizes_of(mj->geom_type[geom]);
  if (!sizes) return co_mujoco_refuse(mj, parameter, geom, "its shape is a mesh or height field");
  if (parameter == CO_GEOM_QUAT && mju_norm(value, 4) < 1e-3) {
    return co_mujoco_refuse(mj, parameter, geom, "a quaternion is not zero");
  }
  for (int k = sizes; parameter == CO_GEOM_SIZE && k < 3; k++) {
    if (value[k] == mj->geom_size[3 * geom + k]) continue;
    return co_mujoco_refuse(mj, parameter, geom, "this type has %d size%s", sizes,
                            sizes > 1 ? "s" : "");
  }
  return CO_OK;
}

co_status co_mujoco_check_edit(const co_mujoco_model *model, co_parameter_id parameter, int element,
                               const double *value) {
  const mjModel *mj = model->nominal;
  switch (co_parameters[parameter].element) {
    case CO_GEOM: return check_shape(mj, parameter, element, value);
    case CO_BODY:
      return element ? CO_OK : co_mujoco_refuse(mj, parameter, element, "it is the world");
    default: break;
  }
  int type = mj->jnt_type[element];
  if (type == mjJNT_HINGE || type == mjJNT_SLIDE) return CO_OK;
  return co_mujoco_refuse(mj, parameter, element, "only hinges and slides can be locked");
}

// The compiler shortens the arithmetic of bodies whose frame is that of their inertia; a body whose
// mass is moved must be an ordinary one.
static void make_ordinary(const mjModel *mj, mjSpec *spec, const co_mujoco_edit *edit) {
  if (edit->parameter != CO_COM && edit->parameter != CO_JOINT_POS) return;
  int body = edit->parameter == CO_COM ? edit->element : mj->jnt_bodyid[edit->element];
  if (mj->body_simple[body]) mjs_asBody(co_mujoco_element(spec, mjOBJ_BODY, body))->simple = 0;
}

// What the compiler derives from a gear follows it; the law itself is written afterwards.
static void edit_gear(const co_mujoco_model *model, mjSpec *spec, const co_mujoco_edit *edit) {
  if (edit->parameter != CO_GEAR || !model->automatic_range[edit->element]) return;
  mjsActuator *actuator = mjs_asActuator(co_mujoco_element(spec, mjOBJ_ACTUATOR, edit->element));
  if (*edit->value != 0) actuator->gear[0] = *edit->value;
}

// Each stage reads what the former left: a limb is stretched as it was shaped, and a joint is
// locked where it then is.
static co_status apply(const co_mujoco_model *model, mjSpec *spec) {
  const mjModel *mj = model->nominal;
  const co_mujoco_edit *edit = model->edit;
  for (int i = 0; i < model->num_edits; i++) {
    if (is_shape(&edit[i])) edit_geom(mj, spec, &edit[i]);
    make_ordinary(mj, spec, &edit[i]);
    edit_gear(model, spec, &edit[i]);
  }
  for (int i = 0; i < model->num_edits; i++) {
    double factor = 1.0;
    if (!is_limb(&edit[i])) continue;
    for (int k = 0; k < i; k++) {
      if (is_limb(&edit[k]) && edit[k].element == edit[i].element) factor *= *edit[k].value;
    }
    CO_TRY(edit_limb(mj, spec, &edit[i], factor));
  }
  for (int i = 0; i < model->num_edits; i++) {
    if (edit[i].parameter == CO_LOCK) edit_lock(mj, spec, &edit[i]);
  }
  return CO_OK;
}

co_status co_mujoco_edit_spec(const co_mujoco_model *model, mjSpec *spec, co_mujoco_gone *gone) {
  CO_TRY(co_mujoco_gone_find(model, gone));
  co_mujoco_keep_resolved(model->nominal, spec);
  for (int i = 0; i < model->num_edits; i++) {
    CO_TRY(number_elements(model->nominal, spec, &model->edit[i]));
  }
  CO_TRY(number_joints(model, spec));
  CO_TRY(apply(model, spec));
  return co_mujoco_gone_delete(gone, model->nominal, spec);
}
