// Two made-up worlds and what happened in them: input for panels, without physics or policies.

#ifndef TESTS_VIZ_PANEL_FIXTURE_H_
#define TESTS_VIZ_PANEL_FIXTURE_H_

#include "viz/show/strips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIXTURE_ACTIONS = 3, FIXTURE_TERMS = 3, FIXTURE_OBS = 3 + 3 + 1, FIXTURE_STEPS = 200 };

typedef struct panel_world {
  co_env_info info;
  co_obs_element obs[FIXTURE_OBS];
  co_action_element action[FIXTURE_ACTIONS];
  char term[FIXTURE_TERMS][CO_NAME];
} panel_world;

// Joints hip, knee, ankle; the second world calls the last one "foot" and has no height.
static inline void panel_world_make(int side, panel_world *w) {
  static const char *const joint[2][3] = {{"hip", "knee", "ankle"}, {"hip", "knee", "foot"}};
  static const char *const term[2][3] = {{"forward", "alive", "control"},
                                         {"forward", "alive", "slip"}};
  memset(w, 0, sizeof *w);
  for (int i = 0; i < FIXTURE_ACTIONS; i++) {
    co_obs_element *pos = &w->obs[i], *vel = &w->obs[3 + i];
    snprintf(pos->name, CO_NAME, "joint_pos/%s", joint[side][i]);
    snprintf(pos->term, CO_NAME, "joint_pos");
    snprintf(pos->unit, sizeof pos->unit, "rad");
    snprintf(vel->name, CO_NAME, "joint_vel/%s", joint[side][i]);
    snprintf(vel->term, CO_NAME, "joint_vel");
    snprintf(vel->unit, sizeof vel->unit, "rad/s");
    snprintf(w->action[i].name, CO_NAME, "ctrl/%s", joint[side][i]);
    snprintf(w->action[i].kind, sizeof w->action[i].kind, "ctrl");
    snprintf(w->action[i].unit, sizeof w->action[i].unit, "N m");
    w->action[i].low = i == 2 ? -INFINITY : -1;
    w->action[i].high = i == 2 ? INFINITY : 1;
    w->action[i].scale = pos->scale = vel->scale = 1;
    w->action[i].kp = w->action[i].kd = w->action[i].torque_limit = NAN;
    snprintf(w->term[i], CO_NAME, "%s", term[side][i]);
  }
  snprintf(w->obs[6].name, CO_NAME, side == 0 ? "height/torso" : "slope/floor");
  snprintf(w->obs[6].term, CO_NAME, side == 0 ? "height" : "slope");
  snprintf(w->obs[6].unit, sizeof w->obs[6].unit, side == 0 ? "m" : "1");
  w->info = (co_env_info){.task = "walker",
                          .timestep = 0.005,
                          .substeps = 4,
                          .horizon = 1000,
                          .obs_dim = FIXTURE_OBS,
                          .act_dim = FIXTURE_ACTIONS,
                          .num_terms = FIXTURE_TERMS,
                          .obs = w->obs,
                          .action = w->action,
                          .term = (const char(*)[CO_NAME])w->term};
}

// Something like a gait; the second side loses it from step 60 on.
static inline co_status panel_track_put(co_track *track, int side, int64_t step) {
  float obs[FIXTURE_OBS], action[FIXTURE_ACTIONS], terms[FIXTURE_TERMS];
  double off = side == 1 && step > 60 ? (double)(step - 60) * 0.02 : 0, phase = 0.2 * (double)step;
  for (int i = 0; i < FIXTURE_ACTIONS; i++) {
    double swing = sin(phase + i + off);
    obs[i] = (float)swing;
    obs[3 + i] = (float)(5 * cos(phase + i + off));
    action[i] = (float)fmin(fmax(1.3 * swing, -1), 1);
    terms[i] = (float)(i == 1 ? 1 : cos(phase * 0.1) * (1 - 0.1 * off));
  }
  obs[6] = (float)(1.2 - 0.1 * off);
  co_instant now = {.step = step,
                    .obs = obs,
                    .action = action,
                    .terms = terms,
                    .reward = terms[0] + terms[1] + terms[2],
                    .value = side == 1 ? NAN : (float)(150 - 0.3 * (double)step),
                    .ret = 2.0 * (double)step,
                    .pushed = step == 60,
                    .terminated = side == 1 && step == FIXTURE_STEPS - 1};
  return co_track_put(track, &now);
}

static inline co_status panel_track_make(int side, int steps, co_track *out) {
  co_track_init(FIXTURE_OBS, FIXTURE_ACTIONS, FIXTURE_TERMS, out);
  for (int step = 0; step < steps; step++) CO_TRY(panel_track_put(out, side, step));
  return CO_OK;
}

// ---- reading lists

static inline int panel_find_text(const co_paint *paint, int from, const char *text) {
  for (int i = from; i < paint->num_ops; i++) {
    const co_paint_op *op = &paint->op[i];
    if (op->kind == CO_PAINT_TEXT && op->count == (int)strlen(text) &&
        memcmp(paint->text + op->first, text, strlen(text)) == 0)
      return i;
  }
  return -1;
}

static inline int panel_count(const co_paint *paint, co_paint_kind kind, co_color color) {
  int count = 0;
  for (int i = 0; i < paint->num_ops; i++)
    count += paint->op[i].kind == kind && paint->op[i].color == color;
  return count;
}

// Everything lies within its surface.
static inline bool panel_inside(const co_paint *paint) {
  co_box surface = {0};
  for (int i = 0; i < paint->num_ops; i++) {
    co_box box = paint->op[i].box;
    if (paint->op[i].kind == CO_PAINT_SURFACE) surface = box;
    co_box inside = co_box_cut(box, surface);
    if (box.w <= 0 || box.h <= 0 || memcmp(&inside, &box, sizeof box) != 0) return false;
  }
  return true;
}

#endif  // TESTS_VIZ_PANEL_FIXTURE_H_
