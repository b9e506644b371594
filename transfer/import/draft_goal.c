// What a draft wants of the robot: rewards, the end of an episode and how far from the default pose
// it begins.

#include "transfer/import/private/draft_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- rewards

static void put_reward(co_drafting *d, const char *term, const char *frame, double sigma,
                       double weight) {
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", term);
  if (strcmp(term, "gravity_square") == 0) co_draft_key(&d->text, "name", "tilt");
  if (frame) co_draft_key_frame(&d->text, "frame", frame);
  co_draft_key_number(&d->text, "sigma", sigma);
  co_draft_key_number(&d->text, "weight", weight);
  co_draft_close(&d->text);
}

// The first coordinate of a robot that rides along joints.
static const char *way_of(const co_robot *robot) {
  for (int i = 0; i < robot->num_joints; i++) {
    const co_robot_joint *joint = &robot->joint[i];
    bool base = joint->own && robot->base && strcmp(joint->body, robot->base) == 0;
    if (base && joint->slide && joint->actuator < 0) return joint->name;
  }
  return NULL;
}

static void put_tracking(co_drafting *d) {
  put_reward(d, "track_linear", d->frame, 0.5, 1);
  put_reward(d, "track_yaw", d->frame, 0.5, 0.5);
  put_reward(d, "alive", NULL, NAN, 0.2);
  if (d->robot->root) {
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "term", "square");
    co_draft_key(&d->text, "name", "vertical");
    co_draft_key_names(&d->text, "of", "qvel", &d->robot->root, 1, ".z");
    co_draft_key_number(&d->text, "weight", -1);
    co_draft_close(&d->text);
  }
  put_reward(d, "gravity_square", d->frame, NAN, -1);
}

void co_draft_rewards(co_drafting *d) {
  const char *way = d->robot->tied == CO_ROBOT_RIDES ? way_of(d->robot) : NULL;
  co_draft_unsure(d, 2, "reward", "%s",
                  d->walks ? "not stated: following the command, forward as x and up as z of the "
                             "frame have it, upright and without haste; weights are a beginning"
                  : way    ? "not stated: going along the first coordinate"
                           : "what is wanted is not stated: write it, as distance, closeness or "
                             "reached say it");
  co_draft_begin(&d->text, "reward");
  if (d->walks) {
    put_tracking(d);
  } else if (way) {
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "term", "velocity");
    co_draft_key_names(&d->text, "of", NULL, &way, 1, NULL);
    co_draft_close(&d->text);
    put_reward(d, "alive", NULL, NAN, 1);
  } else {
    put_reward(d, "alive", NULL, NAN, 1);
  }
  put_reward(d, "action_rate", NULL, NAN, -0.01);
  co_draft_end(&d->text);
}

// ---- how an episode ends and starts

static void put_low(co_drafting *d, const char *body, double least) {
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", "outside");
  co_draft_key_names(&d->text, "of", "body_pos", &body, 1, ".z");
  co_draft_key_number(&d->text, "min", least);
  co_draft_close(&d->text);
}

static void put_tilt(co_drafting *d, const char *frame, double most) {
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", "tilted");
  co_draft_key_frame(&d->text, "frame", frame);
  co_draft_key_number(&d->text, "max", most);
  co_draft_close(&d->text);
}

co_status co_draft_check_body(const co_drafting *d) {
  const co_fact_text *base = &d->facts->base_body;
  for (int i = 0; base->value && i < d->robot->num_bodies; i++)
    if (strcmp(d->robot->body[i], base->value) == 0) return CO_OK;
  if (!base->value) return CO_OK;
  return co_fail(CO_DATA, "%s: %s has no body \"%s\"", base->at.place, d->robot->file, base->value);
}

static const char *base_of(const co_drafting *d) {
  return d->facts->base_body.value ? d->facts->base_body.value : d->robot->base;
}

const char *co_draft_base_frame(const co_drafting *d) {
  const char *base = base_of(d);
  size_t size = base ? strlen(base) + sizeof "body/" : 1;
  char *text = co_arena_alloc(&d->out->memory, size, 1);
  if (text && base) snprintf(text, size, "body/%s", base);
  return base ? text : NULL;
}

static void put_non_finite(co_drafting *d) {
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", "non_finite");
  co_draft_close(&d->text);
}

static void put_usual_fall(co_drafting *d) {
  const co_robot *robot = d->robot;
  double ground = isnan(robot->ground) ? 0 : robot->ground, lift = co_draft_standing_height(robot);
  double height = (isnan(lift) ? robot->height : lift) - ground;
  bool floats = robot->tied == CO_ROBOT_FREE, upright = robot->up > 0.9;
  bool stands = (floats && robot->num_feet && d->num_joints) ||
                (robot->tied == CO_ROBOT_RIDES && height > 0.5);
  if (stands && height > 0.05)
    co_draft_unsure(d, 2, "terminate", "a fall is not stated: below half the height it starts at%s",
                    floats && upright ? ", or tilted by 1 rad" : "");
  co_draft_begin(&d->text, "terminate");
  if (stands && height > 0.05) put_low(d, robot->base, ground + round(height * 0.5 * 1e3) / 1e3);
  if (floats && upright) put_tilt(d, co_draft_base_frame(d), 1);
  put_non_finite(d);
  co_draft_end(&d->text);
}

void co_draft_end_of(co_drafting *d) {
  const co_facts *f = d->facts;
  bool low = co_draft_has(&f->fall_height), up = co_draft_has(&f->fall_up) && f->fall_up.value > -1;
  if (!d->has_facts || (!f->fall_height.at.stated && !f->fall_up.at.stated && d->walks)) {
    put_usual_fall(d);
    return;
  }
  co_draft_begin(&d->text, "terminate");
  if (low && base_of(d)) put_low(d, base_of(d), f->fall_height.value);
  if (up && base_of(d)) put_tilt(d, co_draft_base_frame(d), acos(fmin(f->fall_up.value, 1 - 1e-9)));
  if (low || up) co_draft_stated(d, "terminate");
  put_non_finite(d);
  co_draft_end(&d->text);
}

void co_draft_start(co_drafting *d) {
  bool floats = d->robot->tied == CO_ROBOT_FREE;
  co_draft_unsure(d, 2, "reset", "not stated: how far episodes start from the default pose");
  co_draft_begin(&d->text, "reset");
  if (d->num_joints) {
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "term", "uniform");
    co_draft_key_names(&d->text, "of", "qpos", d->joint, d->num_joints, NULL);
    co_draft_key_number(&d->text, "scale", d->walks ? 0.1 : 0.02);
    co_draft_close(&d->text);
  }
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", "uniform");
  co_draft_key(&d->text, "of", "qvel");
  co_draft_key_number(&d->text, "scale", d->walks ? 0.1 : 0.02);
  co_draft_close(&d->text);
  if (floats && d->robot->root) {
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "term", "yaw");
    co_draft_key_names(&d->text, "of", NULL, &d->robot->root, 1, ".q*");
    co_draft_close(&d->text);
  }
  co_draft_end(&d->text);
}
