// Action terms: what becomes of the policy's output. `control` gets scale * action + offset, the
// action clipped to its bounds.

#include "core/number.h"
#include "envs/task/terms/terms.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Bounds in units of the action: those of what is commanded, seen through scale and offset. `clip`
// comes first.
static void bound(co_action_element *element, double low, double high) {
  double first = (low - element->offset) / element->scale;
  double second = (high - element->offset) / element->scale;
  if (isnan(element->low)) element->low = fmin(first, second);
  if (isnan(element->high)) element->high = fmax(first, second);
}

// ---- ctrl

static void write_ctrl(const co_term *term, const co_moment *moment, double *state,
                       const double *action) {
  (void)state;
  for (int i = 0; i < term->size; i++) co_ref_write(moment->physics, term->ref[i], action[i]);
}

static void describe_ctrl(const co_term *term, const co_term_binder *binder, int i,
                          co_action_element *element) {
  int control = term->ref[i].index;
  bound(element, binder->model->ctrl_low[control], binder->model->ctrl_high[control]);
}

// ---- targets of joints: position, increment, pd

// The joint that a control drives.
typedef struct joint {
  co_ref position, velocity;
  double low, high;  // of a target: the control's range, else the joint's
  double unit;       // what one unit of control commands: target or torque
} joint;

// A target beyond either range could not be reached.
static joint joint_of(const co_model *model, int control) {
  const co_drive *drive = &model->drive[control];
  int qpos = drive->qpos, qvel = drive->qvel;
  double unit = co_drive_unit(drive);
  double first = model->ctrl_low[control] * unit, second = model->ctrl_high[control] * unit;
  double low = fmin(first, second), high = fmax(first, second);
  return (joint){.position = {CO_QPOS, qpos, co_model_at(model, CO_QPOS, qpos)},
                 .velocity = {CO_QVEL, qvel, co_model_at(model, CO_QVEL, qvel)},
                 .low = isfinite(low) ? low : model->qpos_low[qpos],
                 .high = isfinite(high) ? high : model->qpos_high[qpos],
                 .unit = unit};
}

// Says why what the term commands is not one number times the control.
static void report_drive(const co_term *term, const co_term_binder *binder, co_drive_kind needed,
                         co_ref control) {
  const co_drive *drive = &binder->model->drive[control.index];
  const char *name = co_ref_name(binder->model, control), *class = term->class->name;
  char why[128];
  if (drive->qpos < 0) {
    snprintf(why, sizeof why, "drives no single joint, as \"%s\" needs", class);
  } else if (drive->kind != needed) {
    snprintf(why, sizeof why, "is %s: \"%s\" needs %s", co_drive_name(drive->kind), class,
             co_drive_name(needed));
  } else if (drive->bias != 0) {
    snprintf(why, sizeof why, "has a constant force of %g: \"%s\" needs none", drive->bias, class);
  } else {
    snprintf(why, sizeof why, "has a gear of %g: \"%s\" cannot move its joint", drive->ratio,
             class);
  }
  co_schema_error(binder->errors, binder->node, "actuators", "\"%s\" %s", name, why);
}

static void bind_joints(co_term *term, const co_term_binder *binder, co_drive_kind needed) {
  const co_model *model = binder->model;
  joint *joints = co_term_alloc(binder, term->refs, sizeof *joints);
  term->data = joints;
  for (int i = 0; joints && i < term->refs; i++) {
    const co_drive *drive = &model->drive[term->ref[i].index];
    if (drive->kind == needed && isfinite(co_drive_unit(drive))) {
      joints[i] = joint_of(model, term->ref[i].index);
    } else {
      report_drive(term, binder, needed, term->ref[i]);
    }
  }
}

static void bind_servos(co_term *term, const co_term_binder *binder) {
  bind_joints(term, binder, CO_DRIVE_POSITION);
}

// These remember a target per control.
static void bind_moved_servos(co_term *term, const co_term_binder *binder) {
  bind_servos(term, binder);
  term->states = term->size;
}

static void bind_motors(co_term *term, const co_term_binder *binder) {
  bind_joints(term, binder, CO_DRIVE_MOTOR);
  term->states = term->size;
}

// What the control must be so that this is commanded.
static void command(co_physics *physics, const co_term *term, int i, double commanded) {
  const joint *joints = term->data;
  co_ref_write(physics, term->ref[i], commanded / joints[i].unit);
}

static void describe_joint(const co_term *term, const co_term_binder *binder, int i,
                           const char *kind, co_action_element *element) {
  const co_elements *positions = &binder->model->elements[CO_QPOS];
  const joint *own = (const joint *)term->data + i;
  snprintf(element->kind, sizeof element->kind, "%s", kind);
  snprintf(element->unit, sizeof element->unit, "%s", positions->unit[own->position.index]);
}

static void describe_position(const co_term *term, const co_term_binder *binder, int i,
                              co_action_element *element) {
  const joint *own = (const joint *)term->data + i;
  describe_joint(term, binder, i, "position", element);
  element->offset = binder->pose[own->position.index] + element->offset;
  bound(element, own->low, own->high);
}

// The action is a speed, not a place: its bounds have nothing to do with the joint's or the
// place's.
static void describe_speed(const co_term *term, const co_term_binder *binder, int i,
                           co_action_element *element) {
  (void)term, (void)binder, (void)i;
  if (isnan(element->low)) element->low = -1.0;
  if (isnan(element->high)) element->high = 1.0;
}

static void describe_increment(const co_term *term, const co_term_binder *binder, int i,
                               co_action_element *element) {
  describe_joint(term, binder, i, "increment", element);
  describe_speed(term, binder, i, element);
}

// The first observation may look at targets, so they are written before the first action.
static void begin_target(const co_term *term, const co_moment *moment, double *state) {
  (void)state;
  const joint *joints = term->data;
  for (int i = 0; i < term->size; i++) {
    double offset = co_floats_at(&term->def->offset, i, 0.0);
    command(moment->physics, term, i, moment->pose[joints[i].position.index] + offset);
  }
}

static void write_targets(const co_term *term, const co_moment *moment, double *state,
                          const double *action) {
  (void)state;
  for (int i = 0; i < term->size; i++) command(moment->physics, term, i, action[i]);
}

// An increment's offset belongs to its steps, not to where it starts.
static void begin_at_pose(const co_term *term, const co_moment *moment, double *state) {
  const joint *joints = term->data;
  for (int i = 0; i < term->size; i++) {
    state[i] = moment->pose[joints[i].position.index];
    command(moment->physics, term, i, state[i]);
  }
}

static void move_targets(const co_term *term, const co_moment *moment, double *state,
                         const double *action) {
  const joint *joints = term->data;
  for (int i = 0; i < term->size; i++) {
    state[i] = co_clamp(state[i] + action[i], joints[i].low, joints[i].high);
    command(moment->physics, term, i, state[i]);
  }
}

// Bounds of a target are the joint's: the control's range is one of torques.
static void describe_pd(const co_term *term, const co_term_binder *binder, int i,
                        co_action_element *element) {
  const joint *own = (const joint *)term->data + i;
  const co_model *model = binder->model;
  describe_joint(term, binder, i, "torque", element);
  element->offset = binder->pose[own->position.index] + element->offset;
  element->kp = co_floats_at(&term->def->kp, i, NAN);
  element->kd = co_floats_at(&term->def->kd, i, NAN);
  element->torque_limit = co_floats_at(&term->def->torque_limit, i, NAN);
  bound(element, model->qpos_low[own->position.index], model->qpos_high[own->position.index]);
}

// The law itself runs at the rate of physics, see write_torques.
static void keep_targets(const co_term *term, const co_moment *moment, double *state,
                         const double *action) {
  (void)moment;
  memcpy(state, action, (size_t)term->size * sizeof *state);
}

// Evaluated exactly as written: recorded runs of others depend on the last bit.
static void write_torques(const co_term *term, co_physics *physics, const co_pd *law) {
  const joint *joints = term->data;
  for (int i = 0; i < term->size; i++) {
    double q = co_ref_value(physics, joints[i].position);
    double qd = co_ref_value(physics, joints[i].velocity);
    double torque = law->kp[i] * (law->target[i] - q) - law->kd[i] * qd;
    command(physics, term, i, co_clamp(torque, -law->limit[i], law->limit[i]));
  }
}

// ---- places of mocap bodies: bodies that stand where they are put, whatever pushes them

static void move_places(const co_term *term, const co_moment *moment, double *state,
                        const double *action) {
  (void)state;
  for (int i = 0; i < term->size; i++) {
    double low = co_floats_at(&term->def->low, i, -INFINITY);
    double high = co_floats_at(&term->def->high, i, INFINITY);
    double place = co_ref_value(moment->physics, term->ref[i]) + action[i];
    co_ref_write(moment->physics, term->ref[i], co_clamp(place, low, high));
  }
}

#define KEYS "actuators order scale offset clip"

const co_term_class co_action_terms[] = {
    {CO_TERM_ACTION, "ctrl", KEYS, "", CO_BIT(CO_CTRL),
     .doc =
         "scale * action + offset goes to the actuator; bounds are the actuator's unless clip is "
         "given",
     .describe = describe_ctrl, .control = write_ctrl},
    {CO_TERM_ACTION, "position", KEYS, "", CO_BIT(CO_CTRL), .from_pose = true,
     .doc =
         "a joint's target, default pose + scale * action + offset, goes to its position servo, in "
         "the servo's unit; bounds are the servo's or else the joint's unless clip is given",
     .bind = bind_servos, .begin = begin_target, .describe = describe_position,
     .control = write_targets},
    {CO_TERM_ACTION, "increment", KEYS, "", CO_BIT(CO_CTRL),
     .doc = "a joint's target starts at the default pose, moves by scale * action + offset each "
            "control step "
            "within the servo's or else the joint's range, and goes to its position servo, in the "
            "servo's unit; bounds are -1..1 unless clip is given",
     .bind = bind_moved_servos, .begin = begin_at_pose, .describe = describe_increment,
     .control = move_targets},
    {CO_TERM_ACTION, "pd", KEYS " kp kd torque_limit", "kp kd", CO_BIT(CO_CTRL), .from_pose = true,
     .doc =
         "the torque kp * (target - q) - kd * qd at the joint, within +-torque_limit, goes to its "
         "motor, divided by gear and gain, before every physics step; target = default pose + "
         "scale * action + offset; bounds are the joint's unless clip is given",
     .bind = bind_motors, .describe = describe_pd, .control = keep_targets,
     .substep = write_torques},
    {CO_TERM_ACTION, "mocap", "of order scale offset clip", "of", CO_BIT(CO_MOCAP_POS),
     .doc = "a mocap body is put to scale * action + offset in the world [m]; needs clip",
     .control = write_ctrl},
    {CO_TERM_ACTION, "mocap_increment", "of order scale offset clip low high", "of",
     CO_BIT(CO_MOCAP_POS),
     .doc = "a mocap body moves by scale * action + offset each control step [m], from where the "
            "episode starts and within low..high; bounds are -1..1 unless clip is given",
     .describe = describe_speed, .control = move_places},
    {.name = NULL},
};
