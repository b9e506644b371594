// The two quadrupeds: they stand, are symmetric, are driven by the torques the task states, and are
// asked for every direction of motion.

#include "tests/envs/worlds.h"

typedef struct body {
  const char *task;
  double mass, height, hip, knee;
  double kp, kd, torque_limit, scale;
  const char *legs[4];
} body;

static const body bodies[] = {
    {"quadruped_flat",
     12.0,
     0.314,
     0.82,
     -1.5,
     40.0,
     1.0,
     25.0,
     0.3,
     {"front_left", "front_right", "rear_left", "rear_right"}},
    {"quadruped_long_flat",
     16.0,
     0.459,
     0.72,
     1.27,
     100.0,
     2.0,
     45.0,
     0.2,
     {"rear_right", "rear_left", "front_right", "front_left"}},
};
enum { BODIES = 2, JOINTS = 12 };
static const char *const parts[] = {"abduction", "hip", "knee"};

static const double *at(const co_row *row, co_element group, const char *name) {
  int index = co_model_find(row->physics->model, group, name);
  ck_assert_msg(index >= 0, "no %s", name);
  return row->physics->field[group] + index;
}

static double joint_at(const co_row *row, const char *leg, const char *part) {
  char name[64];
  snprintf(name, sizeof name, "%s_%s", leg, part);
  return *at(row, CO_QPOS, name);
}

static double tilt(const co_row *row) {
  return acos(fmin(1.0, at(row, CO_BODY_MAT, "trunk.8")[0]));
}

// An episode that starts in the default pose, upright, at rest, 1 mm above the floor.
static co_row standing_row(const co_built_world *world, double height) {
  co_row row = test_row(world, 1);
  ck_ok(co_row_clear(&row));
  row.physics->qpos[2] = height + 1e-3;
  ck_ok(co_row_start(&row));
  for (int i = 0; i < row.binding->num_commands; i++) row.command[i] = 0.0;
  return row;
}

static double mass_of(const co_model *model) {
  double sum = 0.0;
  for (int i = 0; i < model->elements[CO_BODY].count; i++) {
    double mass = 0.0;
    model->engine->get(model, CO_MASS, i, &mass);
    sum += mass;
  }
  return sum;
}

// --- bodies

START_TEST(test_body) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  ck_assert_double_eq_tol(mass_of(world->model), b->mass, 1e-9);
  ck_assert_int_eq(world->info.act_dim, JOINTS);
  ck_assert_int_eq(world->info.obs_dim, 3 + 3 + 3 + 3 * JOINTS);
  ck_assert_double_eq_tol(world->info.timestep * world->info.substeps, 0.02, 1e-12);
  for (int i = 0; i < JOINTS; i++) {
    char name[CO_NAME];
    snprintf(name, sizeof name, "pd/%s_%s", b->legs[i / 3], parts[i % 3]);
    const co_action_element *element = &world->info.action[i];
    ck_assert_str_eq(element->name, name);
    double pose[] = {0.0, b->hip, b->knee};
    ck_assert_double_eq(element->offset, pose[i % 3]);
    ck_assert_double_eq(element->scale, b->scale);
    ck_assert_double_eq(element->kp, b->kp);
    ck_assert_double_eq(element->kd, b->kd);
    ck_assert_double_eq(element->torque_limit, b->torque_limit);
    ck_assert(element->low == -3.0 && element->high == 3.0);
  }
  co_world_free(world);
}
END_TEST

// The pair for transfer: the same names in another order, knees that count the other way.
START_TEST(test_bodies_differ) {
  co_built_world *world[BODIES];
  for (int i = 0; i < BODIES; i++) world[i] = test_world(bodies[i].task, NULL, NULL);
  int moved = 0;
  for (int i = 0; i < JOINTS; i++) {
    int other = 0;
    while (other < JOINTS &&
           strcmp(world[0]->info.action[i].name, world[1]->info.action[other].name))
      other++;
    ck_assert_msg(other < JOINTS, "%s is missing", world[0]->info.action[i].name);
    moved += other != i;
    bool knee = i % 3 == 2;
    ck_assert_int_eq(knee,
                     world[0]->info.action[i].offset * world[1]->info.action[other].offset < 0);
  }
  ck_assert_int_eq(moved, JOINTS);
  for (int i = 0; i < BODIES; i++) co_world_free(world[i]);
}
END_TEST

// Feet below the hips, left and right mirrored, all on the floor.
START_TEST(test_default_pose) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  co_row row = standing_row(world, b->height);
  for (int leg = 0; leg < 4; leg++) {
    char foot[64], twin[64];
    const char *end = strchr(b->legs[leg], '_');
    bool left = strcmp(end, "_left") == 0;
    snprintf(foot, sizeof foot, "%s_foot.x", b->legs[leg]);
    snprintf(twin, sizeof twin, "%.*s_%s_foot.x", (int)(end - b->legs[leg]), b->legs[leg],
             left ? "right" : "left");
    const double *place = at(&row, CO_SITE_POS, foot), *other = at(&row, CO_SITE_POS, twin);
    ck_assert_double_eq_tol(place[0], other[0], 1e-9);
    ck_assert_double_eq_tol(place[1], -other[1], 1e-9);
    ck_assert_int_eq(place[1] > 0, left);
    ck_assert_int_eq(place[0] > 0, strncmp(b->legs[leg], "front", 5) == 0);
    ck_assert_double_eq_tol(place[2], 0.025, 0.005);  // the radius of a foot
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// --- standing

// With zero action for 5 s: the height stays within 2.5 cm, the tilt within 3 degrees, the place
// within 5 cm, and it comes to rest.
START_TEST(test_stands) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, "command.0.every=0");
  co_row row = standing_row(world, b->height);
  const double action[JOINTS] = {0}, *trunk = at(&row, CO_BODY_POS, "trunk.x");
  for (int step = 0; step < 250; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&row, action, &result));
    ck_assert(!result.terminated && !result.fault);
    ck_assert_double_eq_tol(trunk[2], b->height, 0.025);
    ck_assert_double_lt(tilt(&row), 0.053);
  }
  ck_assert_double_lt(hypot(trunk[0], trunk[1]), 0.05);
  for (int i = 0; i < row.physics->model->nv; i++)
    ck_assert_double_lt(fabs(row.physics->qvel[i]), 0.02);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// From the noise of every reset it stands too.
START_TEST(test_stands_from_any_reset) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  co_row row = test_row(world, 9);
  const double action[JOINTS] = {0};
  for (int episode = 0; episode < 20; episode++) {
    ck_ok(co_row_reset(&row));
    for (int step = 0; step < 100; step++) {
      co_row_result result = {0};
      ck_ok(co_row_step(&row, action, &result));
      ck_assert_msg(!result.terminated && !result.fault, "episode %d, step %d", episode, step);
    }
    ck_assert_double_lt(tilt(&row), 0.15);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// On rough ground it starts on the flat disc and stays on its feet.
START_TEST(test_stands_on_rough_ground) {
  co_built_world *world = test_world("quadruped_rough", NULL, NULL);
  co_row row = test_row(world, 2);
  const double action[JOINTS] = {0}, *trunk = at(&row, CO_BODY_POS, "trunk.x");
  for (int step = 0; step < 100; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&row, action, &result));
    ck_assert(!result.terminated && !result.fault);
  }
  ck_assert_double_gt(trunk[2], 0.25);
  // put down on the hills, it stands higher than it could on the floor
  ck_ok(co_row_clear(&row));
  row.physics->qpos[0] = 3.0, row.physics->qpos[1] = 2.0, row.physics->qpos[2] = 0.45;
  ck_ok(co_row_start(&row));
  for (int step = 0; step < 50; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&row, action, &result));
  }
  ck_assert_double_gt(trunk[2], bodies[0].height + 0.005);
  ck_assert_double_lt(trunk[2], bodies[0].height + 0.12);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// --- symmetry

// The action of the same part on the other side; abduction counts the other way there.
static void mirror(const body *b, const double *action, double *out) {
  for (int i = 0; i < JOINTS; i++) {
    int other = 0;
    size_t end = strcspn(b->legs[i / 3], "_");
    while (other == i / 3 || strncmp(b->legs[other], b->legs[i / 3], end) != 0) other++;
    out[3 * other + i % 3] = i % 3 == 0 ? -action[i] : action[i];
  }
}

// Mirrored actions give mirrored motion.
START_TEST(test_symmetry) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  co_row left = standing_row(world, b->height), right = standing_row(world, b->height);
  const double *a = at(&left, CO_BODY_POS, "trunk.x"), *c = at(&right, CO_BODY_POS, "trunk.x");
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_ACTION}, 0);
  double action[JOINTS], mirrored[JOINTS], sideways = 0.0;
  for (int i = 0; i < JOINTS; i++) action[i] = 0.6 * (co_rng_uniform(&rng) - 0.5);
  mirror(b, action, mirrored);
  for (int step = 0; step < 25; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&left, action, &result));
    ck_ok(co_row_step(&right, mirrored, &result));
    ck_assert_double_eq_tol(a[0], c[0], 1e-6);
    ck_assert_double_eq_tol(a[1], -c[1], 1e-6);
    ck_assert_double_eq_tol(a[2], c[2], 1e-6);
    sideways = fmax(sideways, fabs(a[1]));
  }
  ck_assert_double_gt(sideways, 1e-3);  // not trivially the same
  co_row_free(&left);
  co_row_free(&right);
  co_world_free(world);
}
END_TEST

// --- torques

static double clamp(double x, double limit) {
  return fmin(fmax(x, -limit), limit);
}

// The same control step by hand: the formula before each physics step gives the same bits.
static void step_by_formula(const body *b, co_physics *physics, const double *action) {
  const double pose[] = {0.0, b->hip, b->knee};
  for (int substep = 0; substep < 4; substep++) {
    for (int i = 0; i < JOINTS; i++) {  // joints are in the order of actuators
      double target = b->scale * fmin(fmax(action[i], -3.0), 3.0) + pose[i % 3];
      double torque = b->kp * (target - physics->qpos[7 + i]) - b->kd * physics->qvel[6 + i];
      physics->ctrl[i] = clamp(torque, b->torque_limit);
    }
    ck_ok(co_physics_step(physics, 1));
  }
}

START_TEST(test_torque_at_every_substep) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  co_row row = standing_row(world, b->height), twin = standing_row(world, b->height);
  co_rng rng = co_rng_make(&(co_stream){6, 0, CO_PURPOSE_ACTION}, 0);
  const co_model *model = world->model;
  int at_limit = 0;
  for (int step = 0; step < 60; step++) {
    double action[JOINTS];
    co_row_result result = {0};
    for (int i = 0; i < JOINTS; i++) action[i] = 8.0 * (co_rng_uniform(&rng) - 0.5);
    ck_ok(co_row_step(&row, action, &result));
    step_by_formula(b, twin.physics, action);
    ck_assert_mem_eq(row.physics->qpos, twin.physics->qpos, (size_t)model->nq * sizeof(double));
    ck_assert_mem_eq(row.physics->qvel, twin.physics->qvel, (size_t)model->nv * sizeof(double));
    for (int i = 0; i < JOINTS; i++) at_limit += fabs(row.physics->ctrl[i]) == b->torque_limit;
  }
  ck_assert_int_gt(at_limit, 10);  // the limit was tested too
  co_row_free(&row);
  co_row_free(&twin);
  co_world_free(world);
}
END_TEST

// --- commands

// Within their ranges, which include both ways sideways and of turning; drawn anew every 5 s only.
START_TEST(test_commands) {
  static const double low[] = {-0.6, -0.4, -1.0}, high[] = {1.0, 0.4, 1.0};
  static const char *const name[] = {"vx", "vy", "yaw"};
  co_built_world *world = test_world("quadruped_flat", NULL, NULL);
  co_row row = test_row(world, 3);
  double least[3], most[3], kept[3];
  const double action[JOINTS] = {0};
  ck_assert_int_eq(world->info.num_commands, 3);
  for (int k = 0; k < 3; k++) {
    ck_assert_str_eq(world->info.command[k].name, name[k]);
    ck_assert(world->info.command[k].low == low[k] && world->info.command[k].high == high[k]);
    least[k] = most[k] = row.command[k];
  }
  for (int episode = 0; episode < 40; episode++) {
    ck_ok(co_row_reset(&row));
    for (int k = 0; k < 3; k++) {
      ck_assert(row.command[k] >= low[k] && row.command[k] <= high[k]);
      least[k] = fmin(least[k], row.command[k]), most[k] = fmax(most[k], row.command[k]);
    }
  }
  for (int k = 0; k < 3; k++) {
    ck_assert_double_lt(least[k], low[k] + 0.1 * (high[k] - low[k]));
    ck_assert_double_gt(most[k], high[k] - 0.1 * (high[k] - low[k]));
  }
  for (int step = 1, draws = 0; step <= 750; step++) {
    co_row_result result = {0};
    memcpy(kept, row.command, sizeof kept);
    ck_ok(co_row_step(&row, action, &result));
    bool same = memcmp(kept, row.command, sizeof kept) == 0;
    draws += !same;
    ck_assert_int_eq(draws, step / 250);
    for (int k = 0; k < 3; k++) ck_assert_int_eq(row.command[k] == kept[k], same);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// With `zero` as many draws are 0, the others lie in the range as before.
START_TEST(test_zero_commands) {
  co_built_world *world = test_world("quadruped_flat", NULL, "command.2.zero=0.5");
  co_row row = test_row(world, 3);
  int zeros = 0, episodes = 400;
  double least = 0, most = 0;
  for (int episode = 0; episode < episodes; episode++) {
    ck_ok(co_row_reset(&row));
    zeros += row.command[2] == 0;
    least = fmin(least, row.command[2]), most = fmax(most, row.command[2]);
    ck_assert(row.command[0] != 0 && row.command[1] != 0);
  }
  ck_assert_int_gt(zeros, 150);
  ck_assert_int_lt(zeros, 250);
  ck_assert(least >= -1 && least < -0.9 && most <= 1 && most > 0.9);
  co_row_free(&row);
  co_world_free(world);
  ck_fails(
      test_try_world("quadruped_flat", NULL,
                     "command.0={term=\"uniform\";name=\"vx\";low=0.5;high=1.0;zero=0.1;}", &world),
      CO_CONFIG, "zero: 0 is not within low..high");
}
END_TEST

// Standing still is what a command of zero asks for: full marks of the tracking terms.
START_TEST(test_rewards) {
  co_built_world *world = test_world("quadruped_flat", NULL, NULL);
  co_row row = standing_row(world, bodies[0].height);
  double terms[16], still[JOINTS] = {0}, other[JOINTS] = {0.5};
  co_row_result result = {.terms = terms};
  ck_assert_int_eq(world->info.num_terms, 7);
  for (int step = 0; step < 100; step++) ck_ok(co_row_step(&row, still, &result));
  ck_assert_double_eq_tol(terms[0], 1.0, 1e-2);  // track_linear
  ck_assert_double_eq_tol(terms[1], 0.5, 1e-2);  // track_yaw
  ck_assert_double_eq(terms[6], 0.0);            // action_rate
  row.command[0] = 1.0, row.command[2] = -1.0;
  ck_ok(co_row_step(&row, still, &result));
  ck_assert_double_eq_tol(terms[0], exp(-4.0), 1e-2);
  ck_assert_double_eq_tol(terms[1], 0.5 * exp(-4.0), 1e-2);
  ck_ok(co_row_step(&row, other, &result));
  ck_assert_double_eq_tol(terms[6], -0.01 * 0.25, 1e-12);
  for (int i = 3; i < 6; i++) ck_assert_double_le(terms[i], 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// --- observation and end

static int element_at(const co_env_info *info, const char *name) {
  for (int i = 0; i < info->obs_dim; i++)
    if (strcmp(info->obs[i].name, name) == 0) return i;
  ck_abort_msg("no observation %s", name);
}

START_TEST(test_observation) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  co_row row = standing_row(world, b->height);
  char name[CO_NAME];
  double action[JOINTS];
  for (int i = 0; i < JOINTS; i++) action[i] = 0.1 * i - 0.5;
  int down = element_at(&world->info, "gravity/z"),
      command = element_at(&world->info, "command/vx");
  ck_assert_double_eq_tol(row.obs[down], -1.0, 1e-12);
  co_row_result result = {0};
  row.command[0] = 0.75;
  ck_ok(co_row_step(&row, action, &result));
  ck_assert_double_eq(row.obs[command], 0.75);
  for (int i = 0; i < JOINTS; i++) {
    const double pose[] = {0.0, b->hip, b->knee};
    snprintf(name, sizeof name, "joint_pos/%s_%s", b->legs[i / 3], parts[i % 3]);
    double q = joint_at(&row, b->legs[i / 3], parts[i % 3]);
    ck_assert_double_eq_tol(row.obs[element_at(&world->info, name)], q - pose[i % 3], 1e-12);
    ck_assert_double_eq(row.obs[world->info.obs_dim - JOINTS + i], action[i]);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// On its side, or too low, the episode is over.
START_TEST(test_falls) {
  const body *b = &bodies[_i];
  co_built_world *world = test_world(b->task, NULL, NULL);
  const double action[JOINTS] = {0};
  co_row row = standing_row(world, b->height);
  co_row_result result = {0};
  ck_ok(co_row_clear(&row));
  row.physics->qpos[2] = 1.0, row.physics->qpos[3] = row.physics->qpos[4] = sqrt(0.5);
  ck_ok(co_row_start(&row));
  ck_ok(co_row_step(&row, action, &result));
  ck_assert(result.terminated && !result.truncated);
  ck_ok(co_row_clear(&row));
  row.physics->qpos[2] = 0.1;
  ck_ok(co_row_start(&row));
  ck_ok(co_row_step(&row, action, &result));
  ck_assert(result.terminated);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("quadruped");
  TCase *each = tcase_create("each body"), *one = tcase_create("task");
  tcase_add_loop_test(each, test_body, 0, BODIES);
  tcase_add_loop_test(each, test_default_pose, 0, BODIES);
  tcase_add_loop_test(each, test_stands, 0, BODIES);
  tcase_add_loop_test(each, test_stands_from_any_reset, 0, BODIES);
  tcase_add_loop_test(each, test_symmetry, 0, BODIES);
  tcase_add_loop_test(each, test_torque_at_every_substep, 0, BODIES);
  tcase_add_loop_test(each, test_observation, 0, BODIES);
  tcase_add_loop_test(each, test_falls, 0, BODIES);
  tcase_add_test(one, test_bodies_differ);
  tcase_add_test(one, test_stands_on_rough_ground);
  tcase_add_test(one, test_commands);
  tcase_add_test(one, test_zero_commands);
  tcase_add_test(one, test_rewards);
  tcase_set_timeout(each, 60);
  tcase_set_timeout(one, 60);
  suite_add_tcase(suite, each);
  suite_add_tcase(suite, one);
  return suite;
}
