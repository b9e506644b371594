#include "envs/task/measured.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- observations

static const char *name_of(const co_model *model, co_element kind, int index) {
  return model->elements[kind].name[index];
}

// What moves a body or site.
static const char *body_of(const co_model *model, const co_measure *measure) {
  double pos[3], quat[4];
  int body = model->engine->facts.frame(model, measure->object, measure->index, pos, quat);
  return name_of(model, CO_BODY, body);
}

// The body or site that a term names as its frame.
static bool find_frame(const co_model *model, const char *frame, co_measure *out) {
  if (!frame) return false;
  out->object = strncmp(frame, "site/", 5) == 0 ? CO_SITE : CO_BODY;
  out->index = co_model_find(model, out->object, frame + 5);
  return out->index >= 0;
}

bool co_measured(const co_model *model, const co_term *term, int i, co_measure *out) {
  *out = (co_measure){0};
  if (!model->engine->facts.measure || co_term_held(term)) return false;
  const char *name = term->class->name;
  bool velocity = strcmp(name, "angular_velocity") == 0 || strcmp(name, "linear_velocity") == 0;
  if (term->def->frame) {
    out->quantity = velocity ? name : NULL;
    out->component = velocity ? term->name[i][0] : 0;
    return find_frame(model, term->def->frame, out);
  }
  if (i >= term->refs) return false;
  return model->engine->facts.measure(model, term->ref[i].group, term->ref[i].index, out);
}

bool co_measured_frame(const co_model *model, const co_measure *measure, char out[CO_NAME]) {
  return snprintf(out, CO_NAME, "%s/%s", co_element_name(measure->object),
                  name_of(model, measure->object, measure->index)) < CO_NAME;
}

void co_measured_value(const co_model *model, const co_term *term, int i, co_obs_element *element) {
  co_measure found;
  if (!co_measured(model, term, i, &found) || !found.quantity) return;
  char frame[CO_NAME] = "world";
  const char *body = body_of(model, &found);
  if (strlen(body) >= CO_NAME || (!found.in_world && !co_measured_frame(model, &found, frame)))
    return;
  snprintf(element->frame, CO_NAME, "%s", frame);
  snprintf(element->of, CO_NAME, "%s", body);
  snprintf(element->quantity, CO_NAME, "%s.%c", found.quantity, found.component);
}

// ---- actions

static double known(double value) {
  return isfinite(value) ? value : (double)NAN;
}

// Torque per length and per velocity of the joint: a gear acts on both sides of a servo.
static void put_numbers(const co_drive *drive, double *unit, double *kp, double *kv) {
  bool position = drive->kind == CO_DRIVE_POSITION, velocity = drive->kind == CO_DRIVE_VELOCITY;
  double ratio = drive->ratio * drive->ratio;
  *unit = velocity ? known(1 / drive->ratio) : co_drive_unit(drive);
  *kp = position ? known(ratio * drive->stiffness) : (double)NAN;
  *kv = position || velocity ? known(ratio * drive->damping) : (double)NAN;
}

co_drive_info co_measured_control(const co_model *model, const co_term *term, int i) {
  co_drive_info info = {.gear = NAN, .unit = NAN, .kp = NAN, .kv = NAN, .shifted = {NAN, NAN, NAN}};
  if (i >= term->refs || term->ref[i].group != CO_CTRL) return info;
  int control = term->ref[i].index;
  co_drive drive = model->drive[control];
  snprintf(info.kind, CO_NAME, "%s", co_drive_name(drive.kind));
  put_numbers(&drive, &info.unit, &info.kp, &info.kv);
  if (drive.qpos >= 0) {
    snprintf(info.joint, CO_NAME, "%.*s", CO_NAME - 1, name_of(model, CO_QPOS, drive.qpos));
    info.gear = known(drive.ratio);
  }
  if (model->engine->facts.drive) model->engine->facts.drive(model, control, &drive);
  put_numbers(&drive, &info.shifted[0], &info.shifted[1], &info.shifted[2]);
  return info;
}
