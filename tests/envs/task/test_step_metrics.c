// What evaluations show of a step: from where it is taken in each kind of task, and where there is
// nothing to take.

#include "tests/envs/robot.h"

typedef struct metric_case {
  const char *task, *set;
  bool tracking, vx;
} metric_case;

static const metric_case kCases[] = {
    {"quadruped_flat", NULL, true, true},
    {"quadruped_flat", "reward=( { term=\"alive\"; } )", true, true},  // from what it observes
    {"hopper", NULL, false, true},
    {"half_cheetah_speed", NULL, false, true},
    {"humanoid", NULL, false, true},
    {"humanoid", "reward.0.of=\"y\"", false, false},
    {"ant", NULL, false, true},
    {"ant", "reward.0.of=\"body_pos/torso.z\"", false, false},
    {"hopper", "reward.0.of=\"rooty\"", false, false},  // an angle
    {"pendulum", NULL, false, false},
    {"reacher", NULL, false, false},
};

static void random_step(const co_built_world *world, co_row *row, co_rng *rng,
                        co_row_result *result) {
  double action[32];
  ck_assert_int_le(world->info.act_dim, 32);
  test_random_action(&world->info, rng, action);
  ck_ok(co_row_step(row, action, result));
  ck_assert(!result->fault);
}

START_TEST(test_which_tasks_have_them) {
  const metric_case *c = &kCases[_i];
  co_built_world *world = test_world(c->task, NULL, c->set);
  ck_assert_int_eq(world->info.has_metric[CO_STEP_TRACKING], c->tracking);
  ck_assert_int_eq(world->info.has_metric[CO_STEP_VX], c->vx);
  co_row row = test_row(world, 3);
  co_rng rng = co_rng_make(&(co_stream){3, 0, CO_PURPOSE_TAPE}, 0);
  double value[CO_NUM_STEP_METRICS] = {NAN, NAN};
  random_step(world, &row, &rng, &(co_row_result){.metrics = value});
  ck_assert(c->tracking ? value[CO_STEP_TRACKING] > 0 : value[CO_STEP_TRACKING] == 0);
  ck_assert(c->vx ? value[CO_STEP_VX] != 0 : value[CO_STEP_VX] == 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A reward of that width is the same number; one of another width, or none, changes nothing.
START_TEST(test_tracking) {
  static const char *const edits[] = {NULL, "reward.0.sigma=2.0", "reward=( { term=\"alive\"; } )"};
  double first[2 * 20];
  for (int e = 0; e < 3; e++) {
    co_built_world *world = test_world("quadruped_flat", NULL, edits[e]);
    co_row row = test_row(world, 5);
    co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TAPE}, 0);
    for (int step = 0; step < 20; step++) {
      double value[CO_NUM_STEP_METRICS], terms[16];
      random_step(world, &row, &rng, &(co_row_result){.terms = terms, .metrics = value});
      if (e == 0) ck_assert_double_eq(value[CO_STEP_TRACKING], terms[0]);
      if (e == 0) memcpy(first + 2 * step, value, sizeof value);
      ck_assert_mem_eq(first + 2 * step, value, sizeof value);
    }
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

// Seen from the imu, which is turned by a quarter: forward there is the world's y.
START_TEST(test_forward_is_the_frame_s) {
  const robot_task task = {.command =
                               "{term=\"uniform\";name=\"vy\";low=0.0;high=0.0;},"
                               "{term=\"uniform\";name=\"vx\";low=2.0;high=2.0;}",
                           .observation = "{term=\"qvel\";},{term=\"gravity\";frame=\"site/imu\";}",
                           .action = "{term=\"ctrl\";actuators=\"servo\";}"};
  co_built_world *world = robot_world(&task);
  co_row row = test_row(world, 1);
  row.physics->qvel[0] = 0.3;
  row.physics->qvel[1] = 1.5;
  double value[CO_NUM_STEP_METRICS], action = 0;
  ck_ok(co_row_step(&row, &action, &(co_row_result){.metrics = value}));
  ck_assert_double_eq_tol(value[CO_STEP_VX], 1.5, 0.02);
  ck_assert_double_eq_tol(value[CO_STEP_TRACKING], exp(-(0.5 * 0.5 + 0.3 * 0.3) / 0.25), 0.05);
  action = NAN;
  ck_ok(co_row_step(&row, &action, &(co_row_result){.metrics = value}));
  ck_assert(value[0] == 0 && value[1] == 0);  // a fault
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// One command of the two is no velocity to follow.
START_TEST(test_half_a_command) {
  const robot_task task = {.command = "{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}",
                           .observation = "{term=\"gravity\";frame=\"site/imu\";}",
                           .reward =
                               "{term=\"velocity\";name=\"side\";of=\"qpos/"
                               "root.y\";},{term=\"velocity\";of=\"qpos/root.x\";}"};
  co_built_world *world = robot_world(&task);
  ck_assert(!world->info.has_metric[CO_STEP_TRACKING]);
  ck_assert(world->info.has_metric[CO_STEP_VX]);
  ck_assert_ptr_eq(world->binding.metrics.speed, &world->binding.terms[CO_TERM_REWARD].term[1]);
  co_world_free(world);
}
END_TEST

// What is paid for a speed is not the speed.
START_TEST(test_speed_without_weight) {
  static const char *const tasks[] = {"hopper", "hopper_backward", "hopper_stand"};
  double speed[3];
  for (int i = 0; i < 3; i++) {
    co_built_world *world = test_world(tasks[i], NULL, NULL);
    co_row row = test_row(world, 7);
    double x = row.physics->qpos[0], value[CO_NUM_STEP_METRICS];
    co_rng rng = co_rng_make(&(co_stream){7, 0, CO_PURPOSE_TAPE}, 0);
    random_step(world, &row, &rng, &(co_row_result){.metrics = value});
    speed[i] = value[CO_STEP_VX];
    ck_assert_double_eq(speed[i], (row.physics->qpos[0] - x) / world->binding.dt);
    co_row_free(&row);
    co_world_free(world);
  }
  ck_assert(speed[0] != 0 && speed[0] == speed[1] && speed[0] == speed[2]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("step_metrics");
  TCase *tcase = tcase_create("step_metrics");
  tcase_add_loop_test(tcase, test_which_tasks_have_them, 0, (int)(sizeof kCases / sizeof *kCases));
  tcase_add_test(tcase, test_tracking);
  tcase_add_test(tcase, test_forward_is_the_frame_s);
  tcase_add_test(tcase, test_half_a_command);
  tcase_add_test(tcase, test_speed_without_weight);
  suite_add_tcase(suite, tcase);
  return suite;
}
