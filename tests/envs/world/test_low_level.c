// What lies below the actions: signals of the last control step, and inverse dynamics.

#include "envs/physics/mujoco/engine.h"
#include "envs/world/low_level.h"
#include "tests/envs/robot.h"

#include <float.h>
#include <mujoco/mujoco.h>

enum { kMost = 128 };

static int find_value(const co_value_element *element, int count, const char *name) {
  int i = 0;
  while (i < count && strcmp(element[i].name, name) != 0) i++;
  ck_assert_msg(i < count, "no value \"%s\"", name);
  return i;
}

static double signal_of(const co_built_world *world, const co_row *row, const char *name) {
  double value[kMost];
  ck_assert_int_le(world->info.num_signals, kMost);
  ck_ok(co_low_level_read(&world->low_level, row, value));
  return value[find_value(world->info.signal, world->info.num_signals, name)];
}

static void step(co_row *row, const double *action) {
  co_row_result result = {0};
  ck_ok(co_row_step(row, action, &result));
  ck_assert(!result.fault);
}

// ---- what there is

typedef struct listed {
  const char *task;
  int signals;
  const char *name, *unit;
} listed;

static const listed kListed[] = {
    {"pendulum", 1, "torque/hinge", "N m"},
    {"hopper", 3, "torque/foot_joint", "N m"},
    {"inverted_pendulum", 1, "torque/slider", "N"},
    {"quadruped_flat", 24, "target/front_left_hip", "rad"},
    {"quadruped_flat", 24, "torque/front_left_hip", "N m"},
};

START_TEST(test_listed) {
  const listed *c = &kListed[_i];
  co_built_world *world = test_world(c->task, NULL, NULL);
  const co_env_info *info = &world->info;
  ck_assert_int_eq(info->num_signals, c->signals);
  int at = find_value(info->signal, info->num_signals, c->name);
  ck_assert_str_eq(info->signal[at].unit, c->unit);
  ck_assert_int_eq(info->num_forces, world->model->nv);
  co_world_free(world);
}
END_TEST

// ---- values

// The engine bounds the control; a gear of the domain acts, and is seen.
START_TEST(test_pendulum) {
  co_built_world *world = test_world(
      "pendulum", _i ? "{parameter=\"actuator.gear\";select=\"*\";scale=1.5;}" : NULL, NULL);
  co_row row = test_row(world, 3);
  step(&row, (double[]){-5});
  ck_assert(signal_of(world, &row, "torque/hinge") == (_i ? -3 : -2));
  step(&row, (double[]){0.5});
  ck_assert(signal_of(world, &row, "torque/hinge") == (_i ? 0.75 : 0.5));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Targets as they reach the motors, late where a domain says so, and the torque that follows them.
START_TEST(test_pd) {
  bool late = _i;
  co_built_world *world = robot_world(&(robot_task){
      .pose = "{of=\"knee\";value=0.25;}",
      .action = "{term=\"pd\";actuators=\"hip|knee\";scale=0.5;clip=(-9.0,9.0);kp=20.0;kd=0.5;"
                "torque_limit=3.0;}",
      .shifts = late ? "{parameter=\"pd.delay\";select=\"*\";set=5;}" : NULL});
  co_row row = test_row(world, 3);
  step(&row, (double[]){0.1, -0.2});
  step(&row, (double[]){0.3, 9});
  // five physics steps late is one control step late
  ck_assert(signal_of(world, &row, "target/hip") == (late ? 0.5 * 0.1 : 0.5 * 0.3));
  ck_assert(signal_of(world, &row, "target/knee") == (late ? 0.25 - 0.1 : 0.25 + 4.5));
  ck_assert(signal_of(world, &row, "torque/knee") == row.physics->ctrl[1]);
  if (!late) ck_assert(signal_of(world, &row, "torque/knee") == 3);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A servo's target ends at its range; an actuator of two joints has a force, which acts at both.
START_TEST(test_servo_and_tendon) {
  co_built_world *world = robot_world(
      &(robot_task){.action = "{term=\"ctrl\";actuators=\"servo|pull\";clip=(-5.0,5.0);}"});
  co_row row = test_row(world, 3);
  step(&row, (double[]){3, 0.5});
  ck_assert(signal_of(world, &row, "target/servo") == 0.7);
  ck_assert(signal_of(world, &row, "force/pull") == 0.5);
  ck_assert(signal_of(world, &row, "torque/knee") == 0.5);
  ck_assert(signal_of(world, &row, "torque/hip") > 0.5);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Only a step of this row in this process has signals.
START_TEST(test_no_step) {
  static const char says[] = "the row has made no sound control step since it was reset or loaded";
  co_env *env = test_env(_i ? "hopper" : "pendulum", NULL, 1, 7);
  const float zero[3] = {0}, bad[3] = {NAN};
  double value[kMost];
  void *bytes = malloc(env->class->row_size(env));
  const co_env_out out = {0};
  ck_ok(co_env_reset(env, 0, 1, &out));
  ck_fails(co_env_signals(env, 0, value), CO_DATA, says);
  ck_ok(co_env_step(env, 0, 1, zero, &out));
  ck_ok(co_env_signals(env, 0, value));
  env->class->save(env, 0, bytes);
  ck_ok(env->class->load(env, 0, bytes));
  ck_fails(co_env_signals(env, 0, value), CO_DATA, says);
  ck_ok(co_env_step(env, 0, 1, zero, &out));
  ck_ok(co_env_signals(env, 0, value));
  ck_ok(co_env_step(env, 0, 1, bad, &out));
  ck_fails(co_env_signals(env, 0, value), CO_DATA, says);
  free(bytes);
  co_env_destroy(env);
}
END_TEST

// What a domain has removed reads 0.
START_TEST(test_removed) {
  co_built_world *world =
      test_world("hopper", "{parameter=\"joint.lock\";select=\"foot_joint\";set=0.0;}", NULL);
  co_row row = test_row(world, 3);
  double force[kMost];
  step(&row, (double[]){1, 1, 1});
  ck_assert(signal_of(world, &row, "torque/foot_joint") == 0);
  ck_assert(signal_of(world, &row, "torque/leg_joint") == 200);
  ck_ok(co_row_inverse(&row, NULL, force));
  ck_assert(force[5] == 0);
  ck_assert(force[4] != 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- inverse dynamics

// Bytes of the row and all that terms read of it are as they were.
static void inverse_of(co_row *row, const double *qacc, double *force) {
  size_t size = co_row_size(row->binding);
  unsigned char *before = malloc(2 * size), *after = before + size;
  const co_model *model = row->binding->model;
  double rest[64] = {0}, *field = row->physics->field[CO_CONSTRAINT_FORCE];
  ck_assert_int_le(model->nv, 64);
  if (field) memcpy(rest, field, (size_t)model->nv * sizeof *field);
  co_row_save(row, before);
  ck_ok(co_row_inverse(row, qacc, force));
  co_row_save(row, after);
  ck_assert_mem_eq(before, after, size);
  if (field) ck_assert_mem_eq(rest, field, (size_t)model->nv * sizeof *field);
  free(before);
}

static double largest(const double *value, int count) {
  double most = 0;
  for (int i = 0; i < count; i++) most = fmax(most, fabs(value[i]));
  return most;
}

// Of the terms of the equation of motion, M qacc + bias = passive + constraint + actuator +
// applied. Each is a sum of at most nv products in either direction, and qacc solves a system of nv
// unknowns whose backward error is as large again: 8 nv units of the last place of the largest is a
// bound.
static double tolerance_of(const mjModel *mj, const mjData *data) {
  double product[64], most = 0;
  mj_mulM(mj, data, product, data->qacc);
  const double *const part[] = {product, data->qfrc_bias, data->qfrc_passive, data->qfrc_constraint,
                                data->qfrc_actuator};
  for (int i = 0; i < 5; i++) most += largest(part[i], (int)mj->nv);
  return 8 * (double)mj->nv * DBL_EPSILON * most;
}

// Forces from outside, seen by the coordinates.
static void project(const mjModel *mj, mjData *data, double *force) {
  const double none[3] = {0};
  memcpy(force, data->qfrc_actuator, (size_t)mj->nv * sizeof *force);
  for (int body = 1; body < mj->nbody; body++)
    mj_applyFT(mj, data, data->xfrc_applied + 6 * body, none, data->xipos + 3 * body, body, force);
}

typedef struct moved {
  const char *task, *shifts;
  int steps;
  bool touches;  // the ground, or a limit
} moved;

static const moved kMoved[] = {
    {"reacher", NULL, 20, false},
    {"swimmer", NULL, 20, false},
    {"inverted_double_pendulum", NULL, 1, false},
    {"half_cheetah", NULL, 25, true},
    {"ant", "{parameter=\"body.force\";select=\"torso\";set=(3.0,-2.0,5.0);}", 60, true},
    {"quadruped_flat", NULL, 40, true},
    {"humanoid", NULL, 30, true},
};

// What drives a robot forward is what inverse dynamics finds behind its acceleration: actuators and
// forces from outside. Springs, dampers and contacts are no part of it.
START_TEST(test_explains) {
  const moved *c = &kMoved[_i];
  co_built_world *world = test_world(c->task, c->shifts, NULL);
  mjModel *mj = ((co_mujoco_model *)world->model)->mj;
  mj->opt.tolerance = 0;  // solvers go on until nothing moves
  mj->opt.iterations = 200;
  co_row row = test_row(world, 3);
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  double action[32], force[64], wanted[64] = {0};
  for (int i = 0; i < c->steps; i++) {
    test_random_action(&world->info, &rng, action);
    step(&row, action);
  }
  inverse_of(&row, NULL, force);
  mjData *data = mj_copyData(NULL, mj, ((co_mujoco_row *)row.physics)->data);
  mj_forward(mj, data);
  project(mj, data, wanted);
  double tolerance = tolerance_of(mj, data), most = 0;
  for (int i = 0; i < mj->nv; i++) most = fmax(most, fabs(force[i] - wanted[i]));
  printf("%s: differs by %.1e of %.1e, allowed %.1e, contacts %d\n", c->task, most,
         largest(wanted, (int)mj->nv), tolerance, data->ncon);
  ck_assert(largest(wanted, (int)mj->nv) > 1e-3);
  ck_assert_int_eq(data->nefc > 0, c->touches);
  ck_assert_double_le(most, tolerance);
  // the same acceleration, given
  double given[64], again[64];
  memcpy(given, data->qacc, (size_t)mj->nv * sizeof *given);
  inverse_of(&row, given, again);
  ck_assert_mem_eq(again, force, (size_t)mj->nv * sizeof *force);
  mj_deleteData(data);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// In the air and at rest, what holds the robot is its weight; twice the acceleration of gravity
// upwards takes three times that.
START_TEST(test_weight) {
  co_built_world *world = robot_world(&(robot_task){0});
  co_row row = test_row(world, 3);
  double qacc[8] = {0}, force[8];
  qacc[2] = 9.81 * 2 * _i;
  inverse_of(&row, qacc, force);
  int up = find_value(world->info.force, world->info.num_forces, "torque/root.z");
  ck_assert_str_eq(world->info.force[up].unit, "N");
  ck_near(force[up], 3.8 * 9.81 * (1 + 2 * _i));
  ck_near(force[0], 0);
  qacc[1] = INFINITY;
  ck_fails(co_row_inverse(&row, qacc, force), CO_DATA, "the acceleration of root.y is inf");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The pendulum's torque, found again from two rates a time step apart.
START_TEST(test_pendulum_inverse) {
  co_built_world *world = test_world(
      "pendulum",
      "{parameter=\"body.mass\";select=\"*\";scale=1.7;},{parameter=\"option.gravity\";scale=0.5;}",
      NULL);
  co_row row = test_row(world, 3);
  unsigned char bytes[4096];
  double force, before;
  ck_assert_uint_le(co_row_size(&world->binding), sizeof bytes);
  step(&row, (double[]){0.0});
  co_row_save(&row, bytes);
  before = row.physics->qvel[0];
  step(&row, (double[]){1.25});
  ck_assert(fabs(row.physics->qvel[0]) < 8);  // where the rate is cut, no torque explains it
  double qacc = (row.physics->qvel[0] - before) / 0.05;
  inverse_of(&row, NULL, &force);
  ck_assert(force == 1.25);
  ck_ok(co_row_load(&row, bytes));
  inverse_of(&row, &qacc, &force);
  // the difference of two rates below 8 rad/s, over the time step, times the inertia
  ck_assert_double_eq_tol(force, 1.25, 4 * 8 * DBL_EPSILON / 0.05 * 1.7);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- envs that have none of it

static const co_env_info *no_info(const co_env *env) {
  static const co_env_info info = {.task = "toy"};
  (void)env;
  return &info;
}

START_TEST(test_toy) {
  const co_env_class class = {.info = no_info};
  co_env env = {&class};
  double value;
  ck_fails(co_env_signals(&env, 0, &value), CO_CONFIG, "toy tells no signals");
  ck_fails(co_env_inverse(&env, 0, NULL, &value), CO_CONFIG, "toy has no inverse dynamics");
  ck_fails(co_env_map(&env, 0, 1, NULL), CO_CONFIG, "toy takes no maps");
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("low_level");
  TCase *tcase = tcase_create("low_level");
  LOOP(test_listed, kListed);
  tcase_add_loop_test(tcase, test_pendulum, 0, 2);
  tcase_add_loop_test(tcase, test_pd, 0, 2);
  tcase_add_test(tcase, test_servo_and_tendon);
  tcase_add_loop_test(tcase, test_no_step, 0, 2);
  tcase_add_test(tcase, test_removed);
  LOOP(test_explains, kMoved);
  tcase_add_loop_test(tcase, test_weight, 0, 2);
  tcase_add_test(tcase, test_pendulum_inverse);
  tcase_add_test(tcase, test_toy);
  suite_add_tcase(suite, tcase);
  return suite;
}
