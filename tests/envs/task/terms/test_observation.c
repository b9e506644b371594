// Observation terms against positions, quaternions and velocities of the state itself.

#include "envs/physics/trig.h"
#include "tests/envs/robot.h"

static co_row scattered(const co_built_world *world, uint64_t seed) {
  co_row row = test_row(world, seed);
  robot_scatter(&row, seed);
  return row;
}

// ---- plain reads: the quantity's own array, names and units

static const char *const kPlain[] = {
    "qpos",   "qvel",          "body_pos",        "body_quat",      "body_mat", "body_com",
    "cinert", "cvel",          "cfrc_ext",        "geom_pos",       "site_pos", "site_mat",
    "sensor", "qfrc_actuator", "qfrc_constraint", "actuator_force",
};

START_TEST(test_plain) {
  char list[64], name[CO_NAME];
  snprintf(list, sizeof list, "{term=\"%s\";}", kPlain[_i]);
  co_built_world *world = robot_world(&(robot_task){.observation = list});
  co_row row = scattered(world, 5);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){3, -2}, &result));
  int group = CO_FIRST_QUANTITY;
  while (strcmp(co_element_name((co_element)group), kPlain[_i]) != 0) group++;
  const co_elements *elements = &world->model->elements[group];
  ck_assert_int_eq(world->info.obs_dim, elements->count);
  for (int i = 0; i < elements->count; i++) {
    ck_assert_double_eq(row.obs[i], row.physics->field[group][i]);
    snprintf(name, sizeof name, "%s/%s", kPlain[_i], elements->name[i]);
    ck_assert_str_eq(world->info.obs[i].name, name);
    ck_assert_str_eq(world->info.obs[i].unit, elements->unit[i]);
  }
  ck_assert_int_eq(world->binding.contact_forces, group == CO_BODY_FORCE);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_angles) {
  co_built_world *world = robot_world(
      &(robot_task){.pose = "{of=\"hip|knee\";value=(0.25,-0.5);}",
                    .observation = "{term=\"sin\";of=\"hip|knee\";},"
                                   "{term=\"cos\";of=\"hip|knee\";},"
                                   "{term=\"joint_pos\";of=\"knee|hip\";order=\"given\";}"});
  co_row row = scattered(world, (uint64_t)_i);
  double hip = row.physics->qpos[7], knee = row.physics->qpos[8];
  const double wanted[] = {co_sin(hip),  co_sin(knee), co_cos(hip),
                           co_cos(knee), knee + 0.5,   hip - 0.25};
  ck_assert_mem_eq(row.obs, wanted, sizeof wanted);
  ck_assert_str_eq(world->info.obs[4].name, "joint_pos/knee");
  ck_assert_str_eq(world->info.obs[5].unit, "rad");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- frames

START_TEST(test_trunk_frame) {
  co_built_world *world =
      robot_world(&(robot_task){.observation = "{term=\"angular_velocity\";frame=\"body/trunk\";},"
                                               "{term=\"linear_velocity\";frame=\"body/trunk\";},"
                                               "{term=\"gravity\";frame=\"body/trunk\";}"});
  co_row row = scattered(world, (uint64_t)_i);
  double turn[3], move[3], down[3];
  robot_motion(row.physics, turn, move, down);
  for (int i = 0; i < 3; i++) {
    ck_near(row.obs[i], turn[i]);
    ck_near(row.obs[3 + i], move[i]);
    ck_near(row.obs[6 + i], down[i]);
  }
  static const char *const name[] = {"angular_velocity/x", "linear_velocity/y", "gravity/z"};
  static const char *const unit[] = {"rad/s", "m/s", "1"};
  for (int i = 0; i < 3; i++) {
    ck_assert_str_eq(world->info.obs[4 * i].name, name[i]);
    ck_assert_str_eq(world->info.obs[4 * i].unit, unit[i]);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The site is turned by 90 degrees about z and moves with the trunk: v + w x r.
START_TEST(test_site_frame) {
  co_built_world *world =
      robot_world(&(robot_task){.observation = "{term=\"angular_velocity\";frame=\"site/imu\";},"
                                               "{term=\"linear_velocity\";frame=\"site/imu\";},"
                                               "{term=\"gravity\";frame=\"site/imu\";},"
                                               "{term=\"sensor\";of=\"gyro.*\";}"});
  ck_assert_str_eq(world->info.obs[8].frame, "site/imu");
  ck_assert_str_eq(world->info.obs[9].frame, "site/imu");
  co_row row = scattered(world, (uint64_t)_i);
  double w[3], v[3], down[3], obs[9];
  const double r[3] = {0.1, 0.02, 0.03};
  robot_motion(row.physics, w, v, down);
  v[0] += w[1] * r[2] - w[2] * r[1];
  v[1] += w[2] * r[0] - w[0] * r[2];
  v[2] += w[0] * r[1] - w[1] * r[0];
  const double *of[] = {w, v, down};
  for (int i = 0; i < 3; i++) {
    obs[3 * i] = of[i][1];
    obs[3 * i + 1] = -of[i][0];
    obs[3 * i + 2] = of[i][2];
  }
  for (int i = 0; i < 9; i++) ck_near(row.obs[i], obs[i]);
  for (int i = 0; i < 3; i++) ck_near(row.obs[9 + i], row.obs[i]);  // what a gyroscope is
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Rz(yaw) Ry(pitch) Rx(roll) is the orientation again; the angles of a known one, beyond a quarter
// turn and at the ends of the range too.
START_TEST(test_euler) {
  static const double angles[][3] = {{0, 0, 0},        {0.3, 0, 0},      {0, -0.4, 0},
                                     {0, 0, 2.9},      {0.3, -0.4, 2.9}, {-3.1, 1.5, -3.1},
                                     {2.0, -1.5, 0.1}, {1.0, 0.7, -1.6}};
  co_built_world *world = robot_world(&(robot_task){
      .observation = "{term=\"euler\";frame=\"body/trunk\";},"
                     "{term=\"euler\";name=\"lean\";frame=\"body/trunk\";count=2;scale=2.0;}"});
  co_row row = test_row(world, 1);
  const double *a = angles[_i], half[3] = {a[0] / 2, a[1] / 2, a[2] / 2};
  const double c[3] = {cos(half[0]), cos(half[1]), cos(half[2])};
  const double s[3] = {sin(half[0]), sin(half[1]), sin(half[2])};
  ck_ok(co_row_clear(&row));
  double *q = row.physics->qpos + 3;
  q[0] = c[0] * c[1] * c[2] + s[0] * s[1] * s[2];
  q[1] = s[0] * c[1] * c[2] - c[0] * s[1] * s[2];
  q[2] = c[0] * s[1] * c[2] + s[0] * c[1] * s[2];
  q[3] = c[0] * c[1] * s[2] - s[0] * s[1] * c[2];
  ck_ok(co_row_start(&row));
  for (int i = 0; i < 3; i++) ck_near(row.obs[i], a[i]);
  for (int i = 0; i < 2; i++) ck_near(row.obs[3 + i], 2 * a[i]);
  ck_assert_int_eq(world->info.obs_dim, 5);
  ck_assert_str_eq(world->info.obs[0].name, "euler/roll");
  ck_assert_str_eq(world->info.obs[4].name, "lean/pitch");
  ck_assert_str_eq(world->info.obs[2].unit, "rad");
  ck_assert_str_eq(world->info.obs[2].frame, "body/trunk");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_frame_range) {
  co_built_world *world = robot_world(&(robot_task){
      .observation = "{term=\"gravity\";frame=\"body/trunk\";from=1;count=2;scale=(2.0,3.0);},"
                     "{term=\"linear_velocity\";frame=\"body/trunk\";count=1;name=\"speed\";}"});
  co_row row = scattered(world, 4);
  double turn[3], move[3], down[3];
  robot_motion(row.physics, turn, move, down);
  ck_assert_int_eq(world->info.obs_dim, 3);
  ck_near(row.obs[0], 2 * down[1]);
  ck_near(row.obs[1], 3 * down[2]);
  ck_near(row.obs[2], move[0]);
  ck_assert_str_eq(world->info.obs[0].name, "gravity/y");
  ck_assert_str_eq(world->info.obs[2].name, "speed/x");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_relative) {
  co_built_world *world = robot_world(&(robot_task){
      .observation = "{term=\"relative\";of=\"mocap_pos/goal.*\";to=\"body_pos/trunk.*\";},"
                     "{term=\"relative\";name=\"seen\";of=\"mocap_pos/goal.*\";"
                     "to=\"body_pos/trunk.*\";frame=\"body/trunk\";},"
                     "{term=\"relative\";name=\"flat\";of=\"site_pos/foot.x|site_pos/foot.y\";"
                     "to=\"mocap_pos/goal.x|mocap_pos/goal.y\";}"});
  co_row row = scattered(world, (uint64_t)_i);
  const double goal[] = {1, -0.5, 0.4};
  const double *foot = robot_place(row.physics, CO_SITE_POS, "foot.x");
  double to[3], seen[3];
  for (int i = 0; i < 3; i++) to[i] = goal[i] - row.physics->qpos[i];
  robot_unrotate(row.physics->qpos + 3, to, seen);
  for (int i = 0; i < 3; i++) ck_near(row.obs[i], to[i]);
  for (int i = 0; i < 3; i++) ck_near(row.obs[3 + i], seen[i]);
  for (int i = 0; i < 2; i++) ck_near(row.obs[6 + i], foot[i] - goal[i]);
  ck_assert_str_eq(world->info.obs[5].name, "seen/goal.z");
  ck_assert_str_eq(world->info.obs[6].unit, "m");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// How far a joint is behind the target that its actuator has, at the start too.
START_TEST(test_behind_target) {
  co_built_world *world = robot_world(
      &(robot_task){.pose = "{of=\"hip\";value=0.25;}",
                    .action = "{term=\"position\";actuators=\"servo\";offset=0.125;}",
                    .observation = "{term=\"relative\";of=\"ctrl/servo\";to=\"qpos/hip\";}"});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_assert_double_eq(row.obs[0], 0.125);
  ck_ok(co_row_step(&row, (double[]){-0.5}, &result));
  ck_assert_double_eq(row.obs[0], (-0.5 + 0.375) - row.physics->qpos[7]);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- what is no element

START_TEST(test_last_action) {
  co_built_world *world = robot_world(&(robot_task){.observation = "{term=\"last_action\";}"});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_assert_str_eq(world->info.obs[0].name, "last_action/ctrl/hip");
  ck_assert_double_eq(row.obs[0], 0.0);
  ck_ok(co_row_step(&row, (double[]){0.5, -77.0}, &result));  // as given, not as clipped
  ck_assert_double_eq(row.obs[0], 0.5);
  ck_assert_double_eq(row.obs[1], -77.0);
  ck_ok(co_row_reset(&row));
  ck_assert_double_eq(row.obs[1], 0.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_commands) {
  co_built_world *world = robot_world(
      &(robot_task){.command = "{term=\"uniform\";name=\"vx\";low=1.0;high=2.0;},"
                               "{term=\"uniform\";name=\"vy\";low=-3.0;high=-2.0;},"
                               "{term=\"uniform\";name=\"yaw\";low=5.0;high=6.0;}",
                    .observation = "{term=\"command\";},"
                                   "{term=\"command\";name=\"some\";of=\"vy|yaw\";from=1;}"});
  co_row row = test_row(world, (uint64_t)_i);
  ck_assert_int_eq(world->info.obs_dim, 4);
  ck_assert_mem_eq(row.obs, row.command, 3 * sizeof(double));
  ck_assert(row.obs[0] >= 1 && row.obs[0] < 2 && row.obs[2] >= 5 && row.obs[2] < 6);
  ck_assert_double_eq(row.obs[3], row.command[2]);
  ck_assert_str_eq(world->info.obs[2].name, "command/yaw");
  ck_assert_str_eq(world->info.obs[3].name, "some/yaw");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Constants, and elements that keep their names and units but read a number: 0 * raw + offset.
START_TEST(test_held) {
  co_built_world *world = robot_world(&(robot_task){
      .observation =
          "{term=\"constant\";value=(0.5,-2.0);},{term=\"constant\";name=\"scan\";value=1.0;count="
          "3;},"
          "{term=\"linear_velocity\";frame=\"body/trunk\";hold=0.0;scale=2.0;noise=0.5;delay=1;},"
          "{term=\"joint_pos\";of=\"hip|knee\";hold=(0.25,0.75);offset=9.0;clip=(2.0,3.0);},"
          "{term=\"qvel\";of=\"hip\";}"});
  static const double wanted[] = {0.5, -2, 1, 1, 1, 0, 0, 0, 0.25, 0.75};
  static const char *const name[] = {"constant/1", "scan/2", "linear_velocity/z", "joint_pos/knee"};
  static const int at[] = {1, 4, 7, 9};
  ck_assert_int_eq(world->info.obs_dim, 11);
  for (int i = 0; i < 4; i++) ck_assert_str_eq(world->info.obs[at[i]].name, name[i]);
  for (int i = 0; i < 10; i++) {
    ck_assert_str_eq(world->info.obs[i].term, "constant");
    ck_assert_double_eq(world->info.obs[i].scale, 0.0);
    ck_assert_double_eq(world->info.obs[i].offset, wanted[i]);
  }
  ck_assert_str_eq(world->info.obs[6].unit, "m/s");
  ck_assert_str_eq(world->info.obs[6].frame, "body/trunk");
  co_row row = scattered(world, (uint64_t)_i);
  co_row_result result = {0};
  for (int step = 0; step < 4; step++) {
    ck_assert_mem_eq(row.obs, wanted, sizeof wanted);
    ck_assert_double_ne(row.obs[10], 0.0);
    ck_ok(co_row_step(&row, (double[]){3, -2}, &result));
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A control step is 0.02 s, an episode 100 of them.
START_TEST(test_time) {
  co_built_world *world = robot_world(
      &(robot_task){.observation = "{term=\"time_left\";},{term=\"phase\";value=0.5;}"});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_assert_double_eq(row.obs[0], 1.0);
  ck_assert_double_eq(row.obs[1], 0.0);
  ck_assert_double_eq(row.obs[2], 1.0);
  for (int step = 1; step <= 40; step++) {
    ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
    double angle = 2 * M_PI * (step * 0.02) / 0.5;
    ck_near(row.obs[0], 1.0 - step / 100.0);
    ck_near(row.obs[1], sin(angle));
    ck_near(row.obs[2], cos(angle));
  }
  ck_assert_str_eq(world->info.obs[1].name, "phase/sin");
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Two legs, half a turn apart: cosines, then sines, as others order them.
START_TEST(test_phase_of_legs) {
  co_built_world *world = robot_world(
      &(robot_task){.observation = "{term=\"phase\";frequency=1.5;angle=(0.0,3.0);from=2;count=2;},"
                                   "{term=\"phase\";frequency=1.5;angle=(0.0,3.0);count=2;}"});
  static const char *const name[] = {"phase/cos.0", "phase/cos.1", "phase/sin.0", "phase/sin.1"};
  for (int i = 0; i < 4; i++) ck_assert_str_eq(world->info.obs[i].name, name[i]);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  for (int step = 0; step < 50; step++) {
    double angle = 2 * M_PI * 1.5 * step * 0.02;
    for (int leg = 0; leg < 2; leg++) {
      ck_near(row.obs[leg], cos(angle + 3 * leg));
      ck_near(row.obs[2 + leg], sin(angle + 3 * leg));
    }
    ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

typedef struct clock_case {
  const char *keys;
  double vx, vy;
  double rate;  // [Hz] at that command, while the clock moves
  bool rests;   // shows 2.0 and 1.0 [rad]
} clock_case;

static const clock_case kClocks[] = {
    {"stop=0.25;", 0.2, 0.1, 0, false},
    {"stop=0.25;", 0.2, 0.2, 1.25, false},
    {"stop=0.25;of=\"vy\";", 5, 0.2, 0, false},
    {"gain=0.5;", 0.6, -0.8, 1.75, false},
    {"gain=0.5;most=0.4;", 0.6, -0.8, 1.45, false},
    {"gain=0.5;of=\"vx\";", 0.6, -0.8, 1.55, false},
    {"gain=0.5;stop=0.01;rest=(2.0,1.0);", 0.6, -0.8, 1.75, false},
    {"gain=0.5;stop=0.01;rest=(2.0,1.0);", 0, 0.001, 1.25, true},
};

// Clocks that follow commands; then the command changes to a run, and they go on from where they
// were. A saved row has them too.
START_TEST(test_phase_follows_commands) {
  const clock_case *c = &kClocks[_i];
  char list[300], commands[300];
  snprintf(list, sizeof list, "{term=\"phase\";frequency=1.25;angle=(0.0,3.0);%s}", c->keys);
  snprintf(commands, sizeof commands,
           "{term=\"uniform\";name=\"vx\";low=%g;high=%g;},"
           "{term=\"uniform\";name=\"vy\";low=%g;high=%g;}",
           c->vx, c->vx, c->vy, c->vy);
  co_built_world *world = robot_world(&(robot_task){.observation = list, .command = commands});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  for (int step = 0; step <= 60; step++) {
    double turned = 2 * M_PI * c->rate * step * 0.02;
    for (int leg = 0; leg < 2; leg++) {
      double angle = c->rests ? 2.0 - leg : turned + 3.0 * leg;
      ck_near(row.obs[leg], sin(angle));
      ck_near(row.obs[2 + leg], cos(angle));
    }
    ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  }
  row.command[0] = row.command[1] = 100;
  double before = row.state[0];
  void *bytes = malloc(co_row_size(&world->binding));
  co_row_save(&row, bytes);
  ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  double moved = row.state[0] - before, obs[4];
  ck_near(before - floor(before), fmod(c->rate * 61 * 0.02, 1.0));
  ck_assert_double_gt(moved - floor(moved), 0.02);
  memcpy(obs, row.obs, sizeof obs);
  ck_ok(co_row_load(&row, bytes));
  ck_ok(co_row_step(&row, (double[]){0, 0}, &result));
  ck_assert_mem_eq(obs, row.obs, sizeof obs);
  ck_ok(co_row_reset(&row));
  ck_assert_double_eq(row.state[0], 0.0);
  free(bytes);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// What a compilation lacks reads 0, whatever is asked of it.
START_TEST(test_lacking_elements) {
  co_built_world *world = robot_world(
      &(robot_task){.pose = "{of=\"hip|knee\";value=0.25;}",
                    .observation = "{term=\"joint_pos\";of=\"hip\";},{term=\"qvel\";of=\"hip\";}"});
  co_row row = scattered(world, 2);
  co_moment seen = {.physics = row.physics, .pose = world->binding.pose};
  for (int i = 0; i < 2; i++) {
    co_term term = world->binding.terms[CO_TERM_OBSERVATION].term[i];
    co_ref ref = *term.ref;
    ref.at = -1;
    term.ref = &ref;
    double value = 7.0;
    term.class->observe(&term, &seen, NULL, &value);
    ck_assert_double_eq(value, 0.0);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- mistakes

typedef struct mistake {
  const char *command, *observation, *text;
} mistake;

#define LONG "a_name_of_59_letters_that_leaves_no_place_for_any_element_o"

#define LEGS_OF_16 "0.0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0,1.1,1.2,1.3,1.4,1.5"

static const mistake kMistakes[] = {
    {NULL, "{term=\"gravity\";frame=\"trunk\";}", "did you mean \"body/trunk\"?"},
    {NULL, "{term=\"gravity\";frame=\"body/trunck\";}", "did you mean \"body/trunk\"?"},
    {NULL, "{term=\"gravity\";frame=\"site/trunk\";}", "frame: \"site/trunk\" is no frame"},
    {NULL, "{term=\"gravity\";}", "frame: \"gravity\" needs it"},
    {NULL, "{term=\"gravity\";frame=\"body/trunk\";from=3;}",
     "from: must be below 3, as many as there are"},
    {NULL, "{term=\"gravity\";frame=\"body/trunk\";from=1;count=3;}",
     "count: from 1, 3 of them, but there are only 3"},
    {NULL, "{term=\"gravity\";frame=\"body/trunk\";scale=(1.0,2.0);}", "2 numbers for 3 elements"},
    {NULL, "{term=\"relative\";of=\"body_pos/trunk.*\";to=\"site_pos/*\";}",
     "to: must match as many elements as of, 3, not 6"},
    {NULL, "{term=\"relative\";of=\"body_pos/trunk.*\";to=\"site_pos/none.*\";}",
     "to: \"site_pos/none.*\" matches no element"},
    {NULL,
     "{term=\"relative\";of=\"body_pos/trunk.x\";to=\"body_pos/leg.x\";frame=\"body/trunk\";}",
     "of: to be seen from a frame"},
    {NULL, "{term=\"command\";}", "of: \"*\" matches no command"},
    {NULL, "{term=\"qpos\";of=\"hip\";name=\"x" LONG "\";}",
     "name: \"x" LONG "/hip\" is longer than 63"},
    {NULL, "{term=\"qpos\";of=\"hip\";name=\"" LONG "\";history=2;}", LONG "/hip@-1\" is longer"},
    {"{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}", "{term=\"command\";of=\"vy\";}",
     "of: \"vy\" matches no command"},
    {"{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}", "{term=\"command\";of=\"vx|vy\";}",
     "of: \"vy\" of \"vx|vy\" matches no command"},
    {NULL, "{term=\"phase\";value=0.0;}", "value: must be one period above 0"},
    {NULL, "{term=\"phase\";}", "value: \"phase\" needs either value"},
    {NULL, "{term=\"phase\";value=1.0;frequency=1.0;}", "value: \"phase\" needs either value"},
    {NULL, "{term=\"phase\";value=1.0;most=1.0;}", "most: says nothing without gain"},
    {NULL, "{term=\"phase\";value=1.0;rest=1.0;}", "rest: says nothing without stop"},
    {NULL, "{term=\"phase\";value=1.0;of=\"vx\";}", "of: says nothing without gain or stop"},
    {NULL, "{term=\"phase\";value=1.0;stop=0.1;}", "of: \"*\" matches no command"},
    {"{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}",
     "{term=\"phase\";frequency=1.0;angle=(0.0,1.0);stop=0.1;rest=(0.0,1.0,2.0);}",
     "rest: 3 angles for a clock of 2"},
    {NULL, "{term=\"phase\";frequency=1.0;angle=(0.0,1.0);from=4;}", "from: must be below 4"},
    {NULL, "{term=\"phase\";frequency=1.0;angle=(" LEGS_OF_16 ",9.0);}",
     "angle: 17 angles, but a clock has at most 16 legs"},
    {NULL, "{term=\"phase\";value=(1.0,2.0);}", "value: must be one period"},
    {NULL, "{term=\"constant\";}", "value: \"constant\" needs it"},
    {NULL, "{term=\"constant\";value=(1.0,2.0);count=3;}", "2 numbers for 3 elements"},
    {NULL, "{term=\"constant\";value=1.0;count=4097;}", "count: must be at most 4096"},
    {NULL, "{term=\"constant\";value=1.0;scale=2.0;}", "scale: not a key of \"constant\""},
    {NULL, "{term=\"qpos\";of=\"hip|knee\";hold=(1.0,2.0,3.0);}", "3 numbers for 2 elements"},
    {NULL, "{term=\"euler\";}", "frame: \"euler\" needs it"},
    {NULL, "{term=\"euler\";frame=\"body/trunck\";}", "did you mean \"body/trunk\"?"},
    {NULL, "{term=\"sensor\";of=\"giro.x\";}", "did you mean \"gyro.x\"?"},
    {NULL, "{term=\"time_left\";from=1;}", "from: not a key of \"time_left\""},
};

// As many legs as a clock may have are all told, and so part of what policies hold.
START_TEST(test_phase_of_most_legs) {
  co_built_world *world = robot_world(
      &(robot_task){.observation = "{term=\"phase\";frequency=1.0;angle=(" LEGS_OF_16 ");}"});
  ck_assert_int_eq(world->info.clock[0].num_angles, CO_CLOCK_LEGS);
  ck_assert_double_eq(world->info.clock[0].angle[CO_CLOCK_LEGS - 1], 1.5);
  co_world_free(world);
}
END_TEST

START_TEST(test_mistakes) {
  const mistake *c = &kMistakes[_i];
  co_built_world *world = NULL;
  char line[32];
  snprintf(line, sizeof line, ".cfg:%d: ", ROBOT_OBSERVATION);
  robot_task task = {.command = c->command, .observation = c->observation};
  ck_fails(robot_try(&task, &world), CO_CONFIG, c->text);
  ck_assert_msg(strstr(co_error_text(), line), "%s", co_error_text());
}
END_TEST

// Terms that look at actions or commands when those are wrong: one error, of the culprit, and none
// about how many numbers their elements want.
START_TEST(test_wrong_elsewhere) {
  co_built_world *world = NULL;
  ck_fails(robot_try(&(robot_task){.action = "{term=\"ctrl\";actuators=\"hip\";}",
                                   .observation = "{term=\"last_action\";}"},
                     &world),
           CO_CONFIG, "has no range");
  ck_fails(robot_try(&(robot_task){.action = "{term=\"ctrl\";actuators=\"nothing\";}",
                                   .observation = "{term=\"last_action\";},{term=\"command\";}",
                                   .command = "{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}"},
                     &world),
           CO_CONFIG, "matches no element");
  ck_fails(robot_try(&(robot_task){.action = "{term=\"ctrl\";actuators=\"hip|knees\";}",
                                   .observation = "{term=\"last_action\";scale=(1.0,2.0,3.0);}"},
                     &world),
           CO_CONFIG, "\"knees\" of \"hip|knees\" matches no element");
  ck_assert_msg(!strchr(co_error_text(), '\n'), "%s", co_error_text());
}
END_TEST

START_TEST(test_pendulum_has_no_frames) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("pendulum", NULL,
                          "task.observation.0={term=\"gravity\";frame=\"body/hinge\";}", &world),
           CO_CONFIG, "is no frame of");
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("terms_observation");
  TCase *tcase = tcase_create("terms_observation");
  LOOP(test_plain, kPlain);
  tcase_add_loop_test(tcase, test_angles, 0, 5);
  tcase_add_loop_test(tcase, test_trunk_frame, 0, 10);
  tcase_add_loop_test(tcase, test_site_frame, 0, 10);
  tcase_add_loop_test(tcase, test_euler, 0, 8);
  tcase_add_test(tcase, test_frame_range);
  tcase_add_loop_test(tcase, test_relative, 0, 10);
  tcase_add_test(tcase, test_behind_target);
  tcase_add_test(tcase, test_last_action);
  tcase_add_loop_test(tcase, test_commands, 0, 5);
  tcase_add_loop_test(tcase, test_held, 0, 3);
  tcase_add_test(tcase, test_time);
  tcase_add_test(tcase, test_phase_of_legs);
  tcase_add_test(tcase, test_phase_of_most_legs);
  LOOP(test_phase_follows_commands, kClocks);
  tcase_add_test(tcase, test_lacking_elements);
  LOOP(test_mistakes, kMistakes);
  tcase_add_test(tcase, test_wrong_elsewhere);
  tcase_add_test(tcase, test_pendulum_has_no_frames);
  suite_add_tcase(suite, tcase);
  return suite;
}
