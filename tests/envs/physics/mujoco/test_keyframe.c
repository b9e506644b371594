// Episodes that start from a keyframe of the model: everything that it holds, with and without
// shifts that take elements away.

#include "tests/envs/worlds.h"

#include <unistd.h>

static const char kModel[] =
    "<mujoco model=\"keys\"><option timestep=\"0.01\"/><worldbody>"
    "<body name=\"trunk\" pos=\"0 0 2\"><freejoint name=\"root\"/><geom size=\".1\"/>"
    "<body name=\"arm\"><joint name=\"a\"/><geom size=\".1\" pos=\".2 0 0\"/>"
    "<body name=\"hand\"><joint name=\"b\"/><geom size=\".1\" pos=\".4 0 0\"/></body></body></body>"
    "<body name=\"g\" mocap=\"true\"/></worldbody>"
    "<actuator>"
    "<general name=\"slow_a\" joint=\"a\" dyntype=\"filter\" dynprm=\"0.1\" ctrlrange=\"-1 1\"/>"
    "<motor name=\"b\" joint=\"b\" ctrlrange=\"-1 1\"/>"
    "<general name=\"slow_b\" joint=\"b\" dyntype=\"filter\" dynprm=\"0.1\" ctrlrange=\"-1 1\"/>"
    "</actuator>"
    "<keyframe><key name=\"home\" qpos=\"1 2 3 0 1 0 0 .4 .5\" qvel=\"1 2 3 4 5 6 7 8\" "
    "act=\".1 .2\" ctrl=\".3 .4 .5\" mpos=\"7 8 9\" mquat=\"0 0 1 0\"/>"
    "<key qpos=\"0 0 1 1 0 0 0 0 0\"/></keyframe></mujoco>";

static co_status try_keys(const char *members, const char *shifts, co_built_world **out) {
  char text[1500], name[64];
  snprintf(name, sizeof name, "keys_%d.xml", (int)getpid());
  char *model = test_write(name, kModel);
  snprintf(text, sizeof text,
           "task = { format = 1; model = \"%s\"; substeps = 1; horizon = 9; %s\n"
           "observation = ( { term = \"joint_pos\"; of = \"a|b\"; } );\n"
           "action = ( { term = \"ctrl\"; actuators = \"b\"; } );\n"
           "reward = ( { term = \"alive\"; } ); };",
           name, members);
  snprintf(name, sizeof name, "keys_%d.cfg", (int)getpid());
  char *path = test_write(name, text);
  co_status status = test_try_world(path, shifts, NULL, out);
  remove(model), remove(path);
  free(model), free(path);
  return status;
}

static double field(const co_row *row, co_element kind, const char *name) {
  int index = co_model_find(row->physics->model, kind, name);
  ck_assert_int_ge(index, 0);
  return row->physics->field[kind][co_model_at(row->physics->model, kind, index)];
}

// Numbers of the signal path (2) place the start themselves; the lock (1) takes a joint, its
// actuator and its activation away.
static const char *const kShifts[] = {
    NULL, "{ parameter = \"joint.lock\"; select = \"a\"; set = 0.0; }",
    "{ parameter = \"action.gain\"; select = \"*\"; scale = 0.5; }"};

START_TEST(test_start) {
  co_built_world *world = NULL;
  ck_ok(try_keys("start = \"keyframe home\"; default_pose = ( { of = \"b\"; value = -0.25; } );",
                 kShifts[_i], &world));
  co_row row = test_row(world, 1);
  for (int episode = 0; episode < 2; episode++) {
    ck_assert_double_eq(field(&row, CO_QPOS, "root.y"), 2);
    ck_assert_double_eq(field(&row, CO_QPOS, "root.qx"), 1);
    ck_assert_double_eq(field(&row, CO_QPOS, "b"), -0.25);  // the pose stands on the keyframe
    ck_assert_double_eq(field(&row, CO_QVEL, "root.rz"), 6);
    ck_assert_double_eq(field(&row, CO_QVEL, "b"), 8);
    ck_assert_double_eq(field(&row, CO_CTRL, "b"), 0.4);
    ck_assert_double_eq(field(&row, CO_CTRL, "slow_b"), 0.5);
    ck_assert_double_eq(field(&row, CO_MOCAP_POS, "g.y"), 8);
    ck_assert_double_eq(field(&row, CO_BODY_QUAT, "g.y"), 1);
    // of the activations nothing shows but the force: gain 1, no bias
    ck_assert_double_eq(field(&row, CO_ACTUATOR_FORCE, "slow_b"), 0.2);
    if (_i != 1) ck_assert_double_eq(field(&row, CO_ACTUATOR_FORCE, "slow_a"), 0.1);
    if (_i != 1) ck_assert_double_eq(field(&row, CO_QPOS, "a"), 0.4);
    ck_assert_double_eq(row.obs[1], 0);
    co_row_result result = {0};
    ck_ok(co_row_step(&row, (double[]){-1}, &result));
    ck_ok(co_row_reset(&row));
  }
  ck_assert_int_eq(world->info.num_pose, 9);
  ck_assert_str_eq(world->info.pose[7].joint, "a");
  ck_assert_double_eq(world->info.pose[7].value, 0.4);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_unnamed) {
  co_built_world *world = NULL;
  ck_ok(try_keys("start = \"keyframe #1\";", NULL, &world));
  co_row row = test_row(world, 1);
  ck_assert_double_eq(field(&row, CO_QPOS, "root.z"), 1);
  ck_assert_double_eq(field(&row, CO_QVEL, "b"), 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_mistakes) {
  static const char *const cases[][2] = {
      {"start = \"keyframe hone\";", "start: \"hone\" is no keyframe of keys_"},
      {"start = \"keyframe hone\";", "there are: home, #1; did you mean \"home\"?"},
      {"start = \"home\";", "start: \"home\" must be \"keyframe NAME\""},
      {"start = \"\";", "must be \"keyframe NAME\""}};
  co_built_world *world = NULL;
  ck_fails(try_keys(cases[_i][0], NULL, &world), CO_CONFIG, cases[_i][1]);
  ck_fails(test_try_world("pendulum", NULL, "task.start=\"keyframe home\"", &world), CO_CONFIG,
           "is no keyframe of pendulum; there are: none");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("physics_mujoco_keyframe");
  TCase *tcase = tcase_create("keyframe");
  tcase_add_loop_test(tcase, test_start, 0, 3);
  tcase_add_test(tcase, test_unnamed);
  tcase_add_loop_test(tcase, test_mistakes, 0, 4);
  suite_add_tcase(suite, tcase);
  return suite;
}
