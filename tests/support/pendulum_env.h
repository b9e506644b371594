// Gymnasium's Pendulum-v1 in closed form, for tests of learning: no physics engine, basic
// arithmetic only, so that what a learner makes of it is the same bytes everywhere.
//
// observation (3): cos, sin of the angle from upright, angular velocity; action (1): torque within
// +-2 [N m]. It never terminates; time limit 200 steps. Single rows can be told to become faulty.

#ifndef TESTS_SUPPORT_PENDULUM_ENV_H_
#define TESTS_SUPPORT_PENDULUM_ENV_H_

#include "envs/env.h"
#include "envs/physics/trig.h"
#include "tests/support/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PENDULUM_OBS = 3, PENDULUM_HORIZON = 200 };

typedef struct pendulum_row {
  co_rng rng;
  double angle, velocity;  // [rad], [rad/s]
  double load;             // drawn at resets where the env draws, else 0; costs
  int step;
} pendulum_row;

typedef struct pendulum_env {
  co_env base;
  co_env_info info;
  int num_rows;
  int fault_row, fault_step;  // the row's episodes become faulty at this step; -1: none
  bool draws;                 // rows draw their load
  pendulum_row *row;          // (num_rows)
} pendulum_env;

static const co_obs_element pendulum_obs[PENDULUM_OBS] = {
    TEST_OBS("angle/cos", "angle", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("angle/sin", "angle", "1", 1, 0, -INFINITY, INFINITY, "", 0),
    TEST_OBS("qvel/hinge", "qvel", "rad/s", 1, 0, -INFINITY, INFINITY, "", 0),
};
static const co_action_element pendulum_action[1] = {
    TEST_ACTION("ctrl/hinge", "torque", "N m", 1, 0, -2, 2, NAN, NAN, NAN)};
static const char pendulum_terms[1][CO_NAME] = {"cost"};

static inline const co_env_info *pendulum_info(const co_env *env) {
  return &((const pendulum_env *)env)->info;
}

static inline int pendulum_rows(const co_env *env) {
  return ((const pendulum_env *)env)->num_rows;
}

static inline void pendulum_observe(const pendulum_row *row, float *obs) {
  obs[0] = (float)co_cos(row->angle);
  obs[1] = (float)co_sin(row->angle);
  obs[2] = (float)row->velocity;
}

static inline co_status pendulum_reset(co_env *env, int row0, int rows, const co_env_out *out) {
  for (int i = 0; i < rows; i++) {
    pendulum_row *row = &((pendulum_env *)env)->row[row0 + i];
    row->angle = 3.14159265358979324 * (2 * co_rng_uniform(&row->rng) - 1);
    row->velocity = 2 * co_rng_uniform(&row->rng) - 1;
    row->step = 0;
    if (((pendulum_env *)env)->draws) row->load = co_rng_uniform(&row->rng);
    if (out->obs) pendulum_observe(row, out->obs + i * PENDULUM_OBS);
  }
  return CO_OK;
}

static inline double pendulum_clamp(double x, double limit) {
  return x < -limit ? -limit : x > limit ? limit : x;
}

// gravity 10 m/s^2, mass 1 kg, length 1 m, time step 0.05 s; returns the reward
static inline double pendulum_advance(pendulum_row *row, double torque) {
  double angle = co_wrap(row->angle), u = pendulum_clamp(torque, 2);
  double cost = angle * angle + 0.1 * row->velocity * row->velocity + 0.001 * u * u;
  double acceleration = 15 * co_sin(row->angle) + 3 * u;
  row->velocity = pendulum_clamp(row->velocity + 0.05 * acceleration, 8);
  row->angle += 0.05 * row->velocity;
  row->step++;
  return -cost - 4 * row->load;
}

static inline co_status pendulum_step(co_env *base, int row0, int rows, const float *action,
                                      const co_env_out *out) {
  pendulum_env *env = (pendulum_env *)base;
  for (int i = 0; i < rows; i++) {
    pendulum_row *row = &env->row[row0 + i];
    double reward = pendulum_advance(row, (double)action[i]);
    bool fault = row0 + i == env->fault_row && row->step >= env->fault_step;
    if (out->obs) pendulum_observe(row, out->obs + i * PENDULUM_OBS);
    if (out->obs && fault) memset(out->obs + i * PENDULUM_OBS, 0, PENDULUM_OBS * sizeof *out->obs);
    if (out->reward) out->reward[i] = fault ? 0 : (float)reward;
    if (out->terms) out->terms[i] = fault ? 0 : (float)reward;
    if (out->terminated) out->terminated[i] = 0;
    if (out->truncated) out->truncated[i] = row->step >= PENDULUM_HORIZON;
    if (out->success) out->success[i] = 0;
    if (out->fault) out->fault[i] = fault;
  }
  return CO_OK;
}

static inline void pendulum_draws(const co_env *env, int row, double *value) {
  *value = ((const pendulum_env *)env)->row[row].load;
}

static inline size_t pendulum_row_size(const co_env *env) {
  (void)env;
  return sizeof(pendulum_row);
}

static inline void pendulum_save(const co_env *env, int row, void *bytes) {
  memcpy(bytes, &((const pendulum_env *)env)->row[row], sizeof(pendulum_row));
}

static inline co_status pendulum_load(co_env *env, int row, const void *bytes) {
  memcpy(&((pendulum_env *)env)->row[row], bytes, sizeof(pendulum_row));
  return CO_OK;
}

static inline void pendulum_destroy(co_env *base) {
  free(((pendulum_env *)base)->row);
  free(base);
}

static inline void pendulum_state(const co_env *env, int index, co_env_state *out) {
  const pendulum_row *row = &((const pendulum_env *)env)->row[index];
  *out = (co_env_state){&row->angle, &row->velocity, 1, 1};
}

static inline co_status pendulum_begin(co_env *env, int index, const co_stream *stream,
                                       uint32_t episode, const co_env_out *out) {
  ((pendulum_env *)env)->row[index] = (pendulum_row){.rng = co_rng_make(stream, episode)};
  return pendulum_reset(env, index, 1, out);
}

static inline co_status pendulum_place(co_env *env, int index, const co_env_state *start,
                                       const co_env_out *out) {
  pendulum_row *row = &((pendulum_env *)env)->row[index];
  if (start->nq != 1 || start->nv != 1 || !isfinite(*start->qpos) || !isfinite(*start->qvel))
    return co_fail(CO_DATA, "pendulum: no start: one angle and one velocity are a state");
  row->angle = *start->qpos;
  row->velocity = *start->qvel;
  row->step = 0;
  if (out->obs) pendulum_observe(row, out->obs);
  return CO_OK;
}

static const co_env_class pendulum_class = {.info = pendulum_info,
                                            .rows = pendulum_rows,
                                            .reset = pendulum_reset,
                                            .step = pendulum_step,
                                            .row_size = pendulum_row_size,
                                            .save = pendulum_save,
                                            .load = pendulum_load,
                                            .destroy = pendulum_destroy,
                                            .state = pendulum_state,
                                            .begin = pendulum_begin,
                                            .place = pendulum_place};
static const co_env_class pendulum_drawing_class = {.info = pendulum_info,
                                                    .rows = pendulum_rows,
                                                    .reset = pendulum_reset,
                                                    .step = pendulum_step,
                                                    .row_size = pendulum_row_size,
                                                    .save = pendulum_save,
                                                    .load = pendulum_load,
                                                    .destroy = pendulum_destroy,
                                                    .draws = pendulum_draws};
static const co_draw_info pendulum_load_info = {.parameter = "load", .low = 0, .high = 1};

static const co_env_info pendulum_facts = {.task = "pendulum",
                                           .model = "pendulum",
                                           .engine = "closed form",
                                           .observe = "fresh",
                                           .timestep = 0.05,
                                           .substeps = 1,
                                           .horizon = PENDULUM_HORIZON,
                                           .history = 1,
                                           .obs_dim = PENDULUM_OBS,
                                           .act_dim = 1,
                                           .num_terms = 1,
                                           .obs = pendulum_obs,
                                           .action = pendulum_action,
                                           .term = pendulum_terms};

// As a world source has it.
static inline co_status pendulum_describe(void *context, const co_world *world,
                                          co_world_facts *out) {
  (void)context, (void)world;
  *out = (co_world_facts){.info = &pendulum_facts};
  return CO_OK;
}

// Row r draws from (stream, r).
static inline pendulum_env *pendulum_create(int rows, const co_stream *stream) {
  pendulum_env *env = calloc(1, sizeof *env);
  *env = (pendulum_env){.base = {&pendulum_class},
                        .info = pendulum_facts,
                        .num_rows = rows,
                        .fault_row = -1,
                        .row = calloc((size_t)rows, sizeof(pendulum_row))};
  for (int i = 0; i < rows; i++) env->row[i].rng = co_rng_make(stream, (uint32_t)i);
  return env;
}

// The same, each row with a load that it draws at its resets and that nobody observes.
static inline pendulum_env *pendulum_create_drawing(int rows, const co_stream *stream) {
  pendulum_env *env = pendulum_create(rows, stream);
  env->base.class = &pendulum_drawing_class;
  env->draws = true;
  env->info.num_draws = 1;
  env->info.draw = &pendulum_load_info;
  return env;
}

#endif  // TESTS_SUPPORT_PENDULUM_ENV_H_
