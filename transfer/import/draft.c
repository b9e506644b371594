#include "transfer/import/draft.h"

#include "core/text.h"
#include "transfer/import/private/draft_state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double kControl = 0.02;  // [s] of a control step, where none is stated

// ---- what is told

void co_draft_stated(co_drafting *d, const char *key) {
  co_draft *out = d->out;
  for (int i = 0; i < out->num_stated; i++)
    if (strcmp(out->stated[i], key) == 0) return;
  if (out->num_stated < CO_DRAFT_ITEMS)
    out->stated[out->num_stated++] = co_arena_strdup(&out->memory, key);
}

void co_draft_unsure(co_drafting *d, int indent, const char *key, const char *format, ...) {
  char text[512], line[640];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  co_draft *out = d->out;
  for (int i = 0; i < out->num_open; i++)
    if (strcmp(out->open[i].key, key) == 0 && strcmp(out->open[i].text, text) == 0) return;
  if (out->num_open < CO_DRAFT_ITEMS)
    out->open[out->num_open++] =
        (co_draft_item){co_arena_strdup(&out->memory, key), co_arena_strdup(&out->memory, text)};
  if (indent < 0) return;
  snprintf(line, sizeof line, "open: %s: %s", key, text);
  co_draft_comment(&d->text, indent, line);
}

// ---- joints

const co_robot_joint *co_draft_joint(const co_drafting *d, const char *name) {
  for (int i = 0; i < d->robot->num_joints; i++)
    if (strcmp(d->robot->joint[i].name, name) == 0) return &d->robot->joint[i];
  return NULL;
}

co_status co_draft_need_joint(const co_drafting *d, const co_fact *at, const char *name) {
  const char *known[CO_DRAFT_ITEMS];
  int count = 0;
  if (co_draft_joint(d, name)) return CO_OK;
  for (; count < d->robot->num_joints && count < CO_DRAFT_ITEMS; count++)
    known[count] = d->robot->joint[count].name;
  const char *near = co_suggest(name, known, count);
  return co_fail(CO_DATA, "%s: %s has no joint \"%s\"%s%s%s", at->place, d->robot->file, name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool co_draft_in_order(const co_drafting *d, const char *const *name, int count) {
  int before = -1;
  for (int i = 0; i < count; i++) {
    const co_robot_joint *joint = co_draft_joint(d, name[i]);
    if (!joint || joint->qpos <= before) return false;
    before = joint->qpos;
  }
  return true;
}

static co_status take_joints(co_drafting *d) {
  const co_robot *robot = d->robot;
  const co_fact_names *stated = &d->facts->joints;
  size_t most = (size_t)(robot->num_joints + stated->count);
  d->joint = co_arena_alloc(&d->out->memory, most, sizeof *d->joint);
  d->wheel = co_arena_alloc(&d->out->memory, most, sizeof *d->wheel);
  CO_TRY(co_arena_status(&d->out->memory));
  for (int i = 0; i < stated->count; i++) {
    CO_TRY(co_draft_need_joint(d, &stated->at, stated->name[i]));
    d->joint[d->num_joints++] = stated->name[i];
  }
  if (stated->count && stated->at.from == CO_FROM_INFERRED)
    co_draft_unsure(d, -1, "joints", "not named: the policy's order is that of %s: %s, ...",
                    stated->at.place, stated->name[0]);
  if (stated->count) return CO_OK;
  for (int i = 0; i < robot->num_joints; i++) {
    const co_robot_joint *joint = &robot->joint[i];
    bool driven = joint->actuator >= 0 || !robot->num_actuators || robot->hand;
    if (!joint->own || !driven) continue;
    bool wheel = robot->tied == CO_ROBOT_FREE && joint->ends && !joint->slide && isinf(joint->low);
    if (wheel)
      d->wheel[d->num_wheels++] = joint->name;
    else
      d->joint[d->num_joints++] = joint->name;
  }
  return CO_OK;
}

// ---- commands

static bool is_observed(const co_facts *facts, const char *term) {
  for (int i = 0; i < facts->num_terms; i++)
    if (strcmp(facts->term[i].term, term) == 0) return true;
  return false;
}

static co_status take_commands(co_drafting *d) {
  static const char *const usual[] = {"vx", "vy", "yaw"};
  const co_facts *facts = d->facts;
  bool seen = facts->num_terms == 0 || is_observed(facts, "command");
  int count = facts->num_commands ? facts->num_commands : d->robot->tied == CO_ROBOT_FREE ? 3 : 0;
  if (!seen || (facts->num_terms && !facts->num_commands)) return CO_OK;
  d->command = co_arena_alloc(&d->out->memory, (size_t)count, sizeof *d->command);
  CO_TRY(co_arena_status(&d->out->memory));
  for (int i = 0; i < count; i++)
    d->command[i] = facts->num_commands ? facts->command[i].name : usual[i];
  d->num_commands = count;
  bool named[3] = {false};
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 3; k++) named[k] |= strcmp(d->command[i], usual[k]) == 0;
  d->walks = d->frame && d->robot->tied == CO_ROBOT_FREE && named[0] && named[1] && named[2];
  return CO_OK;
}

// What is stated, else wide enough for the value that was used, and for what such robots do.
static void range_of(const co_drafting *d, int i, double *low, double *high, bool *stated) {
  const co_facts *facts = d->facts;
  bool forward = strcmp(d->command[i], "vx") == 0, turn = strcmp(d->command[i], "yaw") == 0;
  double value = facts->num_commands ? facts->command[i].value : (double)NAN;
  *low = facts->num_commands ? facts->command[i].low : (double)NAN;
  *high = facts->num_commands ? facts->command[i].high : (double)NAN;
  *stated = !isnan(*low) && !isnan(*high);
  bool known = forward || turn || strcmp(d->command[i], "vy") == 0;
  if (isnan(*low)) *low = known ? (turn ? -1 : -0.5) : fmin(value, 0);
  if (isnan(*high)) *high = known ? (turn || forward ? 1 : 0.5) : fmax(value, 0);
  if (isnan(*low)) *low = 0;
  if (isnan(*high)) *high = fmax(*low, 0);
  *low = fmin(*low, isnan(value) ? *low : value);
  *high = fmax(*high, isnan(value) ? *high : value);
}

static void put_commands(co_drafting *d) {
  if (!d->num_commands) return;
  long every = lround(5 / (d->timestep * d->substeps));
  co_draft_begin(&d->text, "command");
  for (int i = 0; i < d->num_commands; i++) {
    double low, high;
    bool stated;
    char key[CO_NAME + 16];
    range_of(d, i, &low, &high, &stated);
    snprintf(key, sizeof key, "command.%s", d->command[i]);
    co_draft_open(&d->text, NULL);
    double value = d->facts->num_commands ? d->facts->command[i].value : (double)NAN;
    if (stated)
      co_draft_stated(d, key);
    else if (isnan(value))
      co_draft_unsure(d, 4, key, "its range is not stated");
    else
      co_draft_unsure(d, 4, key, "its range is not stated; it was used with %g", value);
    co_draft_key(&d->text, "term", "uniform");
    co_draft_key(&d->text, "name", d->command[i]);
    co_draft_key_number(&d->text, "low", low);
    co_draft_key_number(&d->text, "high", high);
    co_draft_key_int(&d->text, "every", every > 0 ? every : 1);
    if (low <= 0 && high >= 0 && low < high) co_draft_key_number(&d->text, "zero", 0.5);
    co_draft_close(&d->text);
  }
  co_draft_end(&d->text);
}

// ---- time

static co_status take_time(co_drafting *d) {
  const co_facts *f = d->facts;
  d->timestep = co_draft_has(&f->timestep) ? f->timestep.value : d->robot->timestep;
  double control = co_draft_has(&f->control_dt) ? f->control_dt.value : kControl;
  d->substeps =
      co_draft_has(&f->substeps) ? (int)f->substeps.value : (int)lround(control / d->timestep);
  if (d->substeps < 1) d->substeps = 1;
  if (d->substeps > CO_MAX_SUBSTEPS) d->substeps = CO_MAX_SUBSTEPS;
  if (!co_draft_has(&f->control_dt)) return CO_OK;
  double made = d->timestep * d->substeps;
  if (fabs(made - control) <= 1e-6 * control) return CO_OK;
  return co_fail(CO_DATA,
                 "%s: a control step of %g s is no whole number of physics steps of %g s: state "
                 "sim.timestep",
                 f->control_dt.at.place, control, d->timestep);
}

static void put_time(co_drafting *d) {
  const co_facts *f = d->facts;
  const co_robot *robot = d->robot;
  char rate[64];
  if (d->timestep != robot->timestep) {
    co_draft_comment(&d->text, 2, "the model's own time step is another one");
    co_draft_number(&d->text, "timestep", d->timestep);
  }
  if (co_draft_has(&f->timestep) || !robot->urdf) co_draft_stated(d, "timestep");
  if (f->integrator.value || !robot->urdf) co_draft_stated(d, "integrator");
  if (!co_draft_has(&f->timestep) && robot->urdf)
    co_draft_unsure(d, 2, "timestep", "URDF states none: MuJoCo's, %g s, with its %s integrator",
                    robot->timestep, robot->integrator);
  if (f->integrator.value && strcmp(f->integrator.value, robot->integrator) != 0)
    co_draft_string(&d->text, "integrator", f->integrator.value);
  if (co_draft_has(&f->substeps) || co_draft_has(&f->control_dt))
    co_draft_stated(d, "substeps");
  else
    co_draft_unsure(d, 2, "substeps", "the rate of control is not stated");
  snprintf(rate, sizeof rate, "a control step is %g s", d->timestep * d->substeps);
  co_draft_int(&d->text, "substeps", d->substeps, rate);
  if (co_draft_has(&f->horizon)) co_draft_stated(d, "horizon");
  co_draft_int(&d->text, "horizon", co_draft_has(&f->horizon) ? (long)f->horizon.value : 1000,
               NULL);
  co_draft_string(&d->text, "observe", "fresh");
}

// ---- what the model lacks

static void put_scene(co_drafting *d) {
  const co_robot *robot = d->robot;
  if (robot->link) {
    co_draft_unsure(d, 2, "free",
                    "URDF does not say whether the robot is fixed: several chains of joints hang "
                    "at \"%s\", so that it is free",
                    robot->link);
    co_draft_string(&d->text, "free", robot->link);
  }
  if (robot->tied == CO_ROBOT_FREE && isnan(robot->ground)) {
    co_draft_unsure(d, 2, "floor", "%s has no ground", robot->file);
    co_draft_number(&d->text, "floor", 0);
  }
  co_draft_drive(d);
}

// ---- the default pose

static void put_pose(co_drafting *d, const char *const *name, const double *value, int count) {
  co_draft_open(&d->text, NULL);
  if (name) {
    co_draft_key_names(&d->text, "of", NULL, name, count, NULL);
    if (!co_draft_in_order(d, name, count)) co_draft_key(&d->text, "order", "given");
  } else {
    co_draft_key(&d->text, "of", "qpos");
  }
  co_draft_key_numbers(&d->text, "value", value, count);
  co_draft_close(&d->text);
}

// Whether actions or observations are relative to the default pose.
static bool is_relative(const co_facts *facts) {
  const char *kind = facts->action_kind.value;
  bool target = kind && !strstr(kind, "increment") && !strstr(kind, "ctrl");
  return target || is_observed(facts, "joint_pos_rel") || !kind;
}

double co_draft_pose_of(const co_drafting *d, const co_robot_joint *joint) {
  const co_facts *f = d->facts;
  for (int i = 0; i < f->default_pose.count && i < f->joints.count; i++)
    if (strcmp(f->joints.name[i], joint->name) == 0) return f->default_pose.value[i];
  return f->init_qpos.count ? f->init_qpos.value[joint->qpos] : d->robot->pose[joint->qpos];
}

static co_status put_stated_pose(co_drafting *d) {
  const co_facts *f = d->facts;
  if (f->init_qpos.count && f->init_qpos.count != d->robot->nq)
    return co_fail(CO_DATA, "%s: %d positions, %s has %d", f->init_qpos.at.place,
                   f->init_qpos.count, d->robot->file, d->robot->nq);
  if (f->default_pose.count && !f->joints.count)
    return co_fail(CO_DATA,
                   "%s: %d joints whose order nobody states: add --facts with {\"joints\": [their "
                   "names]} or, where they are in an order of the robot's %d, \"order\" "
                   "(docs/formats.md)",
                   f->default_pose.at.place, f->default_pose.count, d->robot->num_joints);
  if (f->default_pose.count && f->default_pose.count != f->joints.count)
    return co_fail(CO_DATA, "%s: %d positions for %d joints", f->default_pose.at.place,
                   f->default_pose.count, f->joints.count);
  co_draft_begin(&d->text, "default_pose");
  if (f->init_qpos.count) put_pose(d, NULL, f->init_qpos.value, f->init_qpos.count);
  bool differs = !f->init_qpos.count;
  for (int i = 0; i < f->default_pose.count && !differs; i++) {
    const co_robot_joint *joint = co_draft_joint(d, f->joints.name[i]);
    double start = f->init_qpos.value[joint->qpos];
    differs = fabs(start - f->default_pose.value[i]) > f->default_pose.at.resolution + 1e-12;
  }
  if (f->default_pose.count && differs && is_relative(f))
    put_pose(d, f->joints.name, f->default_pose.value, f->default_pose.count);
  co_draft_end(&d->text);
  co_draft_stated(d, "default_pose");
  return CO_OK;
}

double co_draft_standing_height(const co_robot *robot) {
  double ground = isnan(robot->ground) ? 0 : robot->ground;
  if (isnan(robot->lowest) || robot->tied != CO_ROBOT_FREE || robot->keyframe) return NAN;
  double height = robot->height - robot->lowest + ground;
  return fabs(height - robot->height) > 0.02 ? height : (double)NAN;
}

static void put_usual_pose(co_drafting *d) {
  const co_robot *robot = d->robot;
  double height = co_draft_standing_height(robot);
  if (robot->keyframe) {
    char start[2 * CO_NAME];
    snprintf(start, sizeof start, "keyframe %s", robot->keyframe);
    co_draft_stated(d, "default_pose");
    co_draft_string(&d->text, "start", start);
    return;
  }
  co_draft_unsure(d, 2, "default_pose",
                  "the model has no keyframe: all joints at 0%s%s; give the pose that episodes "
                  "start in",
                  robot->within ? ", or within their limits" : "",
                  isnan(height) ? "" : ", as high as its lowest point is above the ground");
  if (!robot->within && isnan(height)) return;
  co_draft_begin(&d->text, "default_pose");
  for (int i = 0; i < robot->num_joints; i++) {
    const co_robot_joint *joint = &robot->joint[i];
    if (joint->low <= 0 && joint->high >= 0) continue;
    put_pose(d, &joint->name, &robot->pose[joint->qpos], 1);
  }
  if (!isnan(height)) {
    co_draft_open(&d->text, NULL);
    co_draft_key_names(&d->text, "of", NULL, &robot->root, 1, ".z");
    co_draft_key_number(&d->text, "value", round(height * 1e4) / 1e4);
    co_draft_close(&d->text);
  }
  co_draft_end(&d->text);
}

// ---- what no task says of the model

static void tell_of_joints(co_drafting *d) {
  bool friction = false, armature = false, damping = false;
  int own = 0;
  for (int i = 0; i < d->robot->num_joints; i++) {
    const co_robot_joint *joint = &d->robot->joint[i];
    if (!joint->own) continue;
    own++;
    friction = friction || joint->friction > 0;
    armature = armature || joint->armature > 0;
    damping = damping || joint->damping > 0;
  }
  if (!own) return;
  if (!friction)
    co_draft_unsure(d, 0, "joint.frictionloss", "no joint of the model has friction; drives do");
  if (!armature)
    co_draft_unsure(d, 0, "joint.armature",
                    "no joint of the model has the inertia of a rotor; geared drives do");
  if (!damping) co_draft_unsure(d, 0, "joint.damping", "no joint of the model is damped");
}

// ---- the whole

static void put_head(co_drafting *d, const char *model) {
  char line[512];
  const char *name = d->facts->name.value;
  snprintf(line, sizeof line, "A draft of a task for %s%s%s.", d->robot->file,
           name ? ", from the facts of " : "", name ? name : "");
  co_draft_comment(&d->text, 0, line);
  co_draft_comment(&d->text, 0,
                   "What is marked \"open\" was not stated anywhere: look at it before you train.");
  tell_of_joints(d);
  co_buf_puts(d->text.out, "task = {\n");
  co_draft_int(&d->text, "format", 1, NULL);
  co_draft_string(&d->text, "model", model);
}

static co_status check_history(const co_facts *facts) {
  const co_fact_text *order = &facts->history_order;
  if (!order->value || strcmp(order->value, "newest_first") != 0) return CO_OK;
  if (!(facts->history.value > 1)) return CO_OK;
  return co_fail(CO_DATA, "%s: a task shows the past oldest first, and no other way",
                 order->at.place);
}

// What the parts of the file need of each other.
static co_status plan(co_drafting *d) {
  const co_facts *f = d->facts;
  CO_TRY(co_draft_check_body(d));
  CO_TRY(check_history(f));
  d->frame = d->has_facts && f->base_body.value ? co_draft_base_frame(d)
             : d->robot->imu                    ? d->robot->imu
                                                : co_draft_base_frame(d);
  CO_TRY(take_time(d));
  CO_TRY(take_joints(d));
  CO_TRY(take_commands(d));
  d->num_actions = f->actuators.count ? f->actuators.count
                   : f->joints.count  ? f->joints.count
                                      : d->robot->num_actuators;
  return CO_OK;
}

static co_status write(co_drafting *d, const char *model) {
  const co_facts *f = d->facts;
  const char *layout = f->history_layout.value;
  CO_TRY(plan(d));
  put_head(d, model);
  put_time(d);
  if (layout && strstr(layout, "frame") && f->history.value > 1)
    co_draft_int(&d->text, "stack", (long)f->history.value, NULL);
  put_scene(d);
  if (f->init_qpos.count || f->default_pose.count)
    CO_TRY(put_stated_pose(d));
  else
    put_usual_pose(d);
  put_commands(d);
  CO_TRY(co_draft_observe(d));
  CO_TRY(co_draft_act(d));
  co_draft_rewards(d);
  co_draft_end_of(d);
  co_draft_start(d);
  co_buf_puts(d->text.out, "};\n");
  return CO_OK;
}

co_status co_draft_make(const co_robot *robot, const co_facts *facts, const char *model,
                        co_draft *out) {
  static const co_facts none;
  *out = (co_draft){0};
  co_drafting d = {.robot = robot,
                   .facts = facts ? facts : &none,
                   .has_facts = facts != NULL,
                   .out = out,
                   .text = {.out = &out->text}};
  out->stated = co_arena_alloc(&out->memory, CO_DRAFT_ITEMS, sizeof *out->stated);
  out->open = co_arena_alloc(&out->memory, CO_DRAFT_ITEMS, sizeof *out->open);
  co_status status = co_arena_status(&out->memory);
  if (status == CO_OK) status = write(&d, model);
  co_buf_free(&d.text.pieces);
  if (status == CO_OK) status = co_arena_status(&out->memory);
  if (status == CO_OK) status = co_buf_status(&out->text);
  if (status != CO_OK) co_draft_free(out);
  return status;
}

void co_draft_free(co_draft *draft) {
  co_buf_free(&draft->text);
  co_arena_free(&draft->memory);
  *draft = (co_draft){0};
}
