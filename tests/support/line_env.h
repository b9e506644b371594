// A small env for tests of what needs any env at all: a point on a line, pushed towards a place
// drawn at reset.
//
// observation (3): x, v, goal; action (2): push, pull; rewards: near = -(x - goal)^2, effort =
// -0.01 |a|^2. The episode ends when |x| > 2 (fallen) or at the horizon; success: within 0.5 of the
// goal. A row can be told to become faulty or to fail at a step, to see what callers do.

#ifndef TESTS_SUPPORT_LINE_ENV_H_
#define TESTS_SUPPORT_LINE_ENV_H_

#include "envs/env.h"
#include "tests/support/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_OBS = 3, LINE_ACTION = 2, LINE_TERMS = 2, LINE_HORIZON = 50 };

typedef struct line_row {
  co_rng rng;
  double x, v, goal;
  int step;
} line_row;

typedef struct line_env {
  co_env base;
  co_env_info info;
  int num_rows;
  int fault_row, fault_step;  // -1: none
  int fail_row, fail_step;    // -1: none
  line_row *row;              // (num_rows)
} line_env;

static const co_obs_element line_obs[LINE_OBS] = {
    TEST_OBS("qpos/x", "qpos", "m", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qvel/x", "qvel", "m/s", 0.5, 0, -10, 10, "", 0),
    TEST_OBS("goal/x", "goal", "m", 1, 0.25, -INFINITY, 3, "", 0),
};
static const co_action_element line_action[LINE_ACTION] = {
    TEST_ACTION("ctrl/push", "ctrl", "N", 1, 0, -1, 1, NAN, NAN, NAN),
    TEST_ACTION("ctrl/pull", "torque", "N", -1, 0, -0.5, 2, 20, 0.5, NAN),
};
static const co_command_element line_command[1] = {{"speed", "m/s", -1, 2}};
static const co_pose_element line_pose[1] = {{"x", 0.25}};
static const char line_terms[LINE_TERMS][CO_NAME] = {"near", "effort"};
static const co_shift_info line_shifts[1] = {
    {.parameter = "option.gravity", .operation = "scale", .value = {1.5}, .num_values = 1}};

static inline const co_env_info *line_info(const co_env *env) {
  return &((const line_env *)env)->info;
}

static inline int line_rows(const co_env *env) {
  return ((const line_env *)env)->num_rows;
}

static inline void line_observe(const line_row *row, float *obs) {
  obs[0] = (float)row->x;
  obs[1] = (float)(0.5 * row->v);
  obs[2] = (float)(row->goal + 0.25);
}

static inline co_status line_reset(co_env *env, int row0, int rows, const co_env_out *out) {
  for (int i = 0; i < rows; i++) {
    line_row *row = &((line_env *)env)->row[row0 + i];
    row->x = co_rng_uniform(&row->rng) - 0.5;
    row->v = 0;
    row->goal = 2 * co_rng_uniform(&row->rng) - 1;
    row->step = 0;
    if (out->obs) line_observe(row, out->obs + i * LINE_OBS);
  }
  return CO_OK;
}

static inline void line_write(const line_env *env, int index, const float *action,
                              const co_env_out *out, int i) {
  const line_row *row = &env->row[index];
  bool fault = index == env->fault_row && row->step >= env->fault_step;
  double near = row->x - row->goal;
  double effort = (double)action[0] * (double)action[0] + (double)action[1] * (double)action[1];
  float terms[LINE_TERMS] = {(float)(-near * near), (float)(-0.01 * effort)};
  if (fault) memset(terms, 0, sizeof terms);
  if (out->obs) line_observe(row, out->obs + i * LINE_OBS);
  if (out->obs && fault) memset(out->obs + i * LINE_OBS, 0, LINE_OBS * sizeof *out->obs);
  if (out->reward) out->reward[i] = terms[0] + terms[1];
  if (out->terms) memcpy(out->terms + i * LINE_TERMS, terms, sizeof terms);
  if (out->metrics) {
    out->metrics[i * CO_NUM_STEP_METRICS + CO_STEP_TRACKING] = 0;
    out->metrics[i * CO_NUM_STEP_METRICS + CO_STEP_VX] = fault ? 0 : (float)row->v;
  }
  if (out->terminated) out->terminated[i] = fabs(row->x) > 2;
  if (out->truncated) out->truncated[i] = row->step >= LINE_HORIZON;
  if (out->success) out->success[i] = fabs(near) < 0.5;
  if (out->fault) out->fault[i] = fault;
}

static inline co_status line_step(co_env *base, int row0, int rows, const float *action,
                                  const co_env_out *out) {
  line_env *env = (line_env *)base;
  for (int i = 0; i < rows; i++, action += LINE_ACTION) {
    line_row *row = &env->row[row0 + i];
    if (row0 + i == env->fail_row && row->step >= env->fail_step)
      return co_fail(CO_INTERNAL, "row %d has lost its engine", row0 + i);
    row->v += 0.1 * ((double)action[0] - (double)action[1]);
    row->x += 0.1 * row->v;
    row->step++;
    line_write(env, row0 + i, action, out, i);
  }
  return CO_OK;
}

static inline size_t line_row_size(const co_env *env) {
  (void)env;
  return sizeof(line_row);
}

static inline void line_save(const co_env *env, int row, void *bytes) {
  memcpy(bytes, &((const line_env *)env)->row[row], sizeof(line_row));
}

static inline co_status line_load(co_env *env, int row, const void *bytes) {
  memcpy(&((line_env *)env)->row[row], bytes, sizeof(line_row));
  return CO_OK;
}

static inline void line_destroy(co_env *base) {
  line_env *env = (line_env *)base;
  free(env->row);
  free(env);
}

static inline void line_state(const co_env *env, int index, co_env_state *out) {
  const line_row *row = &((const line_env *)env)->row[index];
  *out = (co_env_state){&row->x, &row->v, 1, 1};
}

static inline co_status line_begin(co_env *env, int index, const co_stream *stream,
                                   uint32_t episode, const co_env_out *out) {
  ((line_env *)env)->row[index] = (line_row){.rng = co_rng_make(stream, episode)};
  return line_reset(env, index, 1, out);
}

static inline co_status line_place(co_env *env, int index, const co_env_state *start,
                                   const co_env_out *out) {
  line_row *row = &((line_env *)env)->row[index];
  if (start->nq != 1 || start->nv != 1 || !isfinite(*start->qpos) || !isfinite(*start->qvel))
    return co_fail(CO_DATA, "line: no start: one place and one velocity are a state");
  row->x = *start->qpos;
  row->v = *start->qvel;
  row->step = 0;
  if (out->obs) line_observe(row, out->obs);
  return CO_OK;
}

static const co_env_class line_class = {.info = line_info,
                                        .rows = line_rows,
                                        .reset = line_reset,
                                        .step = line_step,
                                        .row_size = line_row_size,
                                        .save = line_save,
                                        .load = line_load,
                                        .destroy = line_destroy,
                                        .state = line_state,
                                        .begin = line_begin,
                                        .place = line_place};

static inline co_env_info line_make_info(void) {
  return (co_env_info){.task = "line",
                       .task_hash = 0x1234abcd,
                       .model = "line",
                       .model_hash = 0x77,
                       .engine = "closed form",
                       .observe = "fresh",
                       .timestep = 0.05,
                       .substeps = 2,
                       .horizon = LINE_HORIZON,
                       .has_success = true,
                       .has_metric = {[CO_STEP_VX] = true},
                       .history = 1,
                       .obs_dim = LINE_OBS,
                       .act_dim = LINE_ACTION,
                       .num_terms = LINE_TERMS,
                       .num_shifts = 1,
                       .num_commands = 1,
                       .num_pose = 1,
                       .obs = line_obs,
                       .action = line_action,
                       .command = line_command,
                       .pose = line_pose,
                       .term = line_terms,
                       .shift = line_shifts};
}

// Row r draws from (stream, r).
static inline line_env *line_create(int rows, const co_stream *stream) {
  line_env *env = calloc(1, sizeof *env);
  *env = (line_env){.base = {&line_class},
                    .info = line_make_info(),
                    .num_rows = rows,
                    .fault_row = -1,
                    .fail_row = -1,
                    .row = calloc((size_t)rows, sizeof(line_row))};
  for (int i = 0; i < rows; i++) env->row[i].rng = co_rng_make(stream, (uint32_t)i);
  return env;
}

#endif  // TESTS_SUPPORT_LINE_ENV_H_
