// Closed-form pendulum of Gymnasium's Pendulum-v1. It clips its rate inside the integration, so it
// cannot be an MJCF; it proves the physics seam and is the test engine of everything above it. Own
// arithmetic only: the same bits everywhere. Angle 0 is upright, positive counter-clockwise; a
// uniform rod of mass m and length l about its end, so
//   w1 = clip(w + (3 g / (2 l) sin(theta) + 3 u / (m l^2)) dt),   theta1 = theta + w1 dt.

#include "core/hash.h"
#include "core/memory.h"
#include "core/number.h"
#include "envs/physics/physics.h"
#include "envs/physics/trig.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kLength = 1.0;     // [m]
static const double kTimestep = 0.05;  // [s] nominal
static const double kMaxRate = 8.0;    // [rad/s]
static const double kMaxTorque = 2.0;  // [N m]

// What a domain may change; the time step is the same for all rows.
typedef struct numbers {
  double gravity[3];  // [m/s^2] only z acts
  double mass;        // [kg]
  double gear;        // torque per unit of ctrl
} numbers;

typedef struct pendulum_model {
  co_model base;
  numbers numbers;
} pendulum_model;

typedef struct pendulum {
  co_physics base;
  double state[3];  // theta [rad], rate [rad/s], ctrl [N m]
  numbers own;      // the row's, where `owns`
  bool owns;        // else those of the model act
  bool begun;       // numbers were put since the last settle_row
} pendulum;

static const double kNominalAngle = 0.0;

static const char *version(void) {
  return "closed form";
}

static void set_names(co_model *model) {
  static const char *body[] = {"pole"}, *joint[] = {"hinge"};
  static const char *angle[] = {"rad"}, *rate[] = {"rad/s"}, *torque[] = {"N m"};
  model->elements[CO_BODY] = (co_elements){1, body, NULL, NULL};
  model->elements[CO_JOINT] = (co_elements){1, joint, NULL, NULL};
  model->elements[CO_ACTUATOR] = (co_elements){1, joint, NULL, NULL};
  model->elements[CO_QPOS] = (co_elements){1, joint, angle, NULL};
  model->elements[CO_QVEL] = (co_elements){1, joint, rate, NULL};
  model->elements[CO_CTRL] = (co_elements){1, joint, torque, NULL};
}

static void unload(co_model *model) {
  co_arena_free(&model->arena);
  free(model);
}

static co_status load(const char *path, const struct co_scene *scene, co_model **out) {
  (void)path, (void)scene;
  pendulum_model *model = co_alloc(1, sizeof *model);
  if (!model) return CO_MEMORY;
  co_model *base = &model->base;
  *model = (pendulum_model){.numbers = {.gravity = {0, 0, -10.0}, .mass = 1.0, .gear = 1.0}};
  *base = (co_model){.engine = &co_engine_pendulum, .name = "pendulum", .timestep = kTimestep};
  base->nq = base->nv = base->nu = 1;
  base->qpos0 = &kNominalAngle;
  base->ctrl_low = co_arena_alloc(&base->arena, 4, sizeof(double));
  base->drive = co_arena_alloc(&base->arena, 1, sizeof *base->drive);
  base->force_range = co_arena_alloc(&base->arena, 1, sizeof *base->force_range);
  if (!base->ctrl_low || !base->drive || !base->force_range) {
    unload(base);
    return CO_MEMORY;
  }
  base->ctrl_high = base->ctrl_low + 1;
  base->qpos_low = base->ctrl_low + 2;
  base->qpos_high = base->ctrl_low + 3;
  *base->force_range = (co_force_range){-INFINITY, INFINITY, -INFINITY, INFINITY, false};
  *base->drive = (co_drive){.kind = CO_DRIVE_MOTOR, .ratio = 1.0, .gain = 1.0};
  *base->ctrl_low = -kMaxTorque;
  *base->ctrl_high = kMaxTorque;
  *base->qpos_low = -INFINITY;
  *base->qpos_high = INFINITY;
  set_names(base);
  const numbers *own = &model->numbers;
  double number[] = {own->gravity[2], own->mass, own->gear, kLength, kTimestep, kMaxRate};
  base->hash = base->hash_1 = co_hash(number, sizeof number);
  *out = base;
  return CO_OK;
}

static bool has(co_parameter_id parameter) {
  return parameter == CO_GRAVITY || parameter == CO_TIMESTEP || parameter == CO_MASS ||
         parameter == CO_GEAR;
}

static double *field(numbers *in, co_parameter_id parameter) {
  switch (parameter) {
    case CO_GRAVITY: return in->gravity;
    case CO_MASS: return &in->mass;
    default: assert(parameter == CO_GEAR); return &in->gear;
  }
}

static void get(const co_model *base, co_parameter_id parameter, int element, double *value) {
  (void)element;
  numbers now = ((const pendulum_model *)base)->numbers;
  const double *from = parameter == CO_TIMESTEP ? &base->timestep : field(&now, parameter);
  memcpy(value, from, (size_t)co_parameters[parameter].width * sizeof *value);
}

static co_status write(numbers *to, co_parameter_id parameter, const double *value) {
  if (parameter == CO_GRAVITY && (value[0] != 0 || value[1] != 0)) {
    return co_fail(CO_CONFIG, "the closed-form pendulum knows vertical gravity only");
  }
  memcpy(field(to, parameter), value, (size_t)co_parameters[parameter].width * sizeof *value);
  return CO_OK;
}

static co_status put(co_model *model, co_parameter_id parameter, int element, const double *value) {
  (void)element;
  if (parameter != CO_TIMESTEP) return write(&((pendulum_model *)model)->numbers, parameter, value);
  model->timestep = *value;
  return CO_OK;
}

static co_status settle(co_model *model) {
  (void)model;
  return CO_OK;
}

static co_status create(const co_model *model, co_physics **out) {
  pendulum *row = co_alloc(1, sizeof *row);
  if (!row) return CO_MEMORY;
  row->base = (co_physics){
      .model = model,
      .field = {[CO_QPOS] = &row->state[0], [CO_QVEL] = &row->state[1], [CO_CTRL] = &row->state[2]},
      .qpos = &row->state[0],
      .qvel = &row->state[1],
      .ctrl = &row->state[2]};
  *out = &row->base;
  return CO_OK;
}

static void destroy(co_physics *row) {
  free(row);
}

// ---- numbers of a row's own

static const numbers *numbers_of(const co_physics *row) {
  const pendulum *self = (const pendulum *)row;
  return self->owns ? &self->own : &((const pendulum_model *)row->model)->numbers;
}

static co_status own(co_physics *row, co_parameter_id parameter) {
  pendulum *self = (pendulum *)row;
  assert(has(parameter) && parameter != CO_TIMESTEP);
  (void)parameter;
  self->own = ((const pendulum_model *)row->model)->numbers;
  self->owns = true;
  self->begun = false;
  return CO_OK;
}

static co_status put_row(co_physics *row, co_parameter_id parameter, int element,
                         const double *value) {
  (void)element;
  pendulum *self = (pendulum *)row;
  assert(self->owns);
  if (!self->begun) self->own = ((const pendulum_model *)row->model)->numbers;
  self->begun = true;
  return write(&self->own, parameter, value);
}

static co_status settle_row(co_physics *row) {
  ((pendulum *)row)->begun = false;
  return CO_OK;
}

// ---- time

static co_status reset(co_physics *row) {
  memset(((pendulum *)row)->state, 0, sizeof((pendulum *)row)->state);
  return CO_OK;
}

static co_status nothing(co_physics *row) {
  (void)row;
  return CO_OK;
}

static double torque_of(const co_physics *row) {
  double control = ((const pendulum *)row)->state[2];
  return numbers_of(row)->gear * co_clamp(control, -kMaxTorque, kMaxTorque);
}

static co_status step(co_physics *row, int steps) {
  const numbers *in = numbers_of(row);
  double *state = ((pendulum *)row)->state;
  double g = -in->gravity[2], dt = row->model->timestep;
  double torque = torque_of(row);
  for (int i = 0; i < steps; i++) {
    double acceleration =
        3 * g / (2 * kLength) * co_sin(state[0]) + 3.0 / (in->mass * (kLength * kLength)) * torque;
    state[1] = co_clamp(state[1] + acceleration * dt, -kMaxRate, kMaxRate);
    state[0] = state[0] + state[1] * dt;
  }
  return CO_OK;
}

static void torques(const co_physics *row, double *out) {
  *out = torque_of(row);
}

// The law of step() the other way round, without the bound of the rate.
static co_status inverse(const co_physics *row, const double *qacc, double *out) {
  const numbers *in = numbers_of(row);
  const double *state = ((const pendulum *)row)->state;
  double gravity = 3 * -in->gravity[2] / (2 * kLength) * co_sin(state[0]);
  double inertia = in->mass * (kLength * kLength) / 3.0;
  *out = qacc ? (*qacc - gravity) * inertia : torque_of(row);
  return CO_OK;
}

static bool fault(const co_physics *row) {
  const double *state = ((const pendulum *)row)->state;
  return !isfinite(state[0]) || !isfinite(state[1]);
}

static size_t state_size(const co_model *model) {
  (void)model;
  return sizeof((pendulum *)0)->state;
}

static void save(const co_physics *row, void *bytes) {
  memcpy(bytes, ((const pendulum *)row)->state, sizeof((pendulum *)0)->state);
}

static void restore(co_physics *row, const void *bytes) {
  memcpy(((pendulum *)row)->state, bytes, sizeof((pendulum *)0)->state);
}

static int contacts(const co_physics *row, co_contact *out, int max) {
  (void)row, (void)out, (void)max;
  return 0;
}

static size_t memory(const co_physics *row) {
  (void)row;
  return sizeof(pendulum);
}

static double *warm_start(co_physics *row) {
  (void)row;
  return NULL;
}

static bool limit_active(const co_physics *row) {
  (void)row;
  return false;
}

const co_engine co_engine_pendulum = {.name = "pendulum",
                                      .version = version,
                                      .load = load,
                                      .unload = unload,
                                      .has = has,
                                      .get = get,
                                      .put = put,
                                      .settle = settle,
                                      .create = create,
                                      .destroy = destroy,
                                      .own = own,
                                      .put_row = put_row,
                                      .settle_row = settle_row,
                                      .reset = reset,
                                      .forward = nothing,
                                      .refresh = nothing,
                                      .step = step,
                                      .fault = fault,
                                      .state_size = state_size,
                                      .save = save,
                                      .restore = restore,
                                      .contacts = contacts,
                                      .memory = memory,
                                      .warm_start = warm_start,
                                      .limit_active = limit_active,
                                      .torques = torques,
                                      .inverse = inverse};
