// What the meaning of a world's numbers depends on: facts of the model, whatever the terms say.

#include "tests/envs/models.h"

#include <math.h>
#include <stdlib.h>

// A free trunk with a sensor board that is turned by a quarter and has a site of its own, and a leg
// whose hip is turned by a half and whose knee thus counts about -y of the trunk.
static const char kRobot[] =
    "<mujoco><worldbody><body name='trunk' pos='0 0 1' euler='0 0 30'><freejoint name='root'/>"
    "<geom size='.1'/><site name='imu' pos='.1 0 0'/>"
    "<body name='board' pos='0 0 .1' euler='0 0 90'><geom size='.01'/>"
    "<site name='chip' pos='.3 0 0'/></body>"
    "<body name='thigh' pos='0 0 -.1' euler='180 0 0'><joint name='hip' axis='0 0 1'/>"
    "<geom size='.1'/><body name='shank' pos='.3 0 0'><joint name='knee' axis='0 1 0'/>"
    "<geom size='.1'/><body name='toe' pos='.3 0 0'><joint name='curl' axis='0 1 0'/>"
    "<geom size='.1'/></body></body></body></body></worldbody>"
    "<actuator><motor name='turn' joint='hip' gear='-3' ctrlrange='-1 1'/>"
    "<position name='bend' joint='knee' gear='2' kp='20' kv='1' ctrlrange='-1 1'/></actuator>"
    "<sensor><gyro name='rate' site='imu'/><framelinvel name='speed' objtype='site' "
    "objname='chip'/><velocimeter name='own' site='chip'/></sensor></mujoco>";

static const char kTerms[] =
    "task = { format = 1; model = \"meaning_robot.xml\"; substeps = 4; horizon = 9;\n"
    "observe = \"fresh\"; observation = (\n"
    "{ term = \"qpos\"; of = \"knee\"; delay = 2; noise = 0.1; history = 2; },\n"
    "{ term = \"qvel\"; of = \"root.*\"; },\n"
    "{ term = \"angular_velocity\"; frame = \"site/imu\"; },\n"
    "{ term = \"sensor\"; },\n"
    "{ term = \"gravity\"; frame = \"body/board\"; },\n"
    "{ term = \"phase\"; name = \"gait\"; frequency = 2.0; angle = ( 0.0, 3.0 ); } );\n"
    "action = ( { term = \"ctrl\"; } ); reward = ( { term = \"alive\"; } ); };\n";

static co_built_world *robot(const char *shifts) {
  free(test_write("meaning_robot.xml", kRobot));
  char *path = test_write("meaning_robot.cfg", kTerms);
  co_built_world *world = test_world(path, shifts, NULL);
  free(path);
  return world;
}

static const co_obs_element *value_of(const co_env_info *info, const char *name) {
  for (int i = 0; i < info->obs_dim; i++)
    if (strcmp(info->obs[i].name, name) == 0) return &info->obs[i];
  ck_abort_msg("no observation %s", name);
}

static void check_value(const co_env_info *info, const char *name, const char *quantity,
                        const char *of, const char *frame) {
  const co_obs_element *value = value_of(info, name);
  ck_assert_str_eq(value->quantity, quantity);
  ck_assert_str_eq(value->of, of);
  ck_assert_str_eq(value->frame, frame);
}

START_TEST(what_is_measured) {
  co_built_world *world = robot(NULL);
  const co_env_info *info = &world->info;
  check_value(info, "qvel/root.x", "linear_velocity.x", "trunk", "world");
  check_value(info, "qvel/root.rz", "angular_velocity.z", "trunk", "body/trunk");
  check_value(info, "angular_velocity/y", "angular_velocity.y", "trunk", "site/imu");
  check_value(info, "sensor/rate.y", "angular_velocity.y", "trunk", "site/imu");
  check_value(info, "sensor/speed.z", "linear_velocity.z", "trunk", "world");
  check_value(info, "sensor/own.x", "linear_velocity.x", "trunk", "site/chip");
  check_value(info, "gravity/x", "", "", "body/board");
  check_value(info, "qpos/knee", "", "", "");
  const co_obs_element *past = value_of(info, "qpos/knee@-1");
  ck_assert(past->delay == 2 && past->noise == 0.1);
  ck_assert(value_of(info, "gravity/x")->delay == 0 && value_of(info, "gravity/x")->noise == 0);
  co_world_free(world);
}
END_TEST

// Joints that nothing is about are left out.
START_TEST(axes_and_frames) {
  co_built_world *world = robot(NULL);
  const co_env_info *info = &world->info;
  ck_assert_int_eq(info->num_joints, 2);
  ck_assert_str_eq(info->joint[0].name, "hip");
  ck_assert_double_eq_tol(info->joint[0].axis[2], -1, 1e-12);
  ck_assert_double_eq_tol(info->joint[1].axis[1], -1, 1e-12);
  static const struct {
    const char *name;
    double pos[3], turn;
  } frame[] = {{"body/trunk", {0, 0, 0}, 0},
               {"site/imu", {.1, 0, 0}, 0},
               {"site/chip", {0, .3, .1}, 1},
               {"body/board", {0, 0, .1}, 1}};
  ck_assert_int_eq(info->num_frames, 4);
  for (int i = 0; i < 4; i++) {
    const co_frame_info *found = &info->frame[i];
    ck_assert_str_eq(found->name, frame[i].name);
    ck_assert_str_eq(found->body, "trunk");
    for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(found->pos[k], frame[i].pos[k], 1e-12);
    ck_assert_double_eq_tol(found->quat[3], frame[i].turn * sqrt(0.5), 1e-12);
  }
  co_world_free(world);
}
END_TEST

START_TEST(clocks) {
  co_built_world *world = robot(NULL);
  ck_assert_int_eq(world->info.num_clocks, 1);
  const co_clock_info *clock = &world->info.clock[0];
  ck_assert_str_eq(clock->name, "gait");
  ck_assert(clock->period == 0.5 && clock->num_angles == 2 && clock->angle[1] == 3);
  ck_assert(isnan(clock->gain) && isnan(clock->most) && isnan(clock->stop));
  ck_assert_int_eq(clock->num_rest, 0);
  co_world_free(world);
}
END_TEST

// Numbers at the joint; fixed shifts stand beside them.
START_TEST(drives) {
  co_built_world *world = robot(NULL);
  const co_drive_info *turn = &world->info.action[0].drive, *bend = &world->info.action[1].drive;
  ck_assert_str_eq(turn->kind, "a motor");
  ck_assert_str_eq(turn->joint, "hip");
  ck_assert(turn->gear == -3 && turn->unit == -3 && isnan(turn->kp) && isnan(turn->kv));
  ck_assert_str_eq(bend->kind, "a position servo");
  ck_assert(bend->gear == 2 && bend->unit == 0.5 && bend->kp == 80 && bend->kv == 4);
  ck_assert(bend->shifted[0] == 0.5 && bend->shifted[1] == 80 && bend->shifted[2] == 4);
  co_world_free(world);
  world = robot(
      "{ parameter = \"actuator.kp\"; select = \"bend\"; scale = 0.5; },"
      "{ parameter = \"actuator.gear\"; select = \"turn\"; scale = 2.0; }");
  turn = &world->info.action[0].drive, bend = &world->info.action[1].drive;
  ck_assert(turn->unit == -3 && turn->shifted[0] == -6);
  ck_assert(bend->kp == 80 && bend->shifted[1] == 40 && bend->shifted[0] == 0.5);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("meaning");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, what_is_measured);
  tcase_add_test(tcase, axes_and_frames);
  tcase_add_test(tcase, clocks);
  tcase_add_test(tcase, drives);
  suite_add_tcase(suite, tcase);
  return suite;
}
