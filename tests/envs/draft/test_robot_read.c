// What stands in a model, as a value: how it is tied, what drives it, what measures, where it
// stands.

#include "envs/draft/place.h"
#include "envs/draft/robot_read.h"
#include "tests/envs/models.h"

#include <stdlib.h>
#include <string.h>

static co_robot read_text(const char *name, const char *text) {
  char *path = test_write(name, text);
  co_robot robot;
  ck_ok(co_robot_read(path, &robot));
  free(path);
  return robot;
}

static co_robot read_shipped(const char *name) {
  char path[200];
  co_robot robot;
  snprintf(path, sizeof path, "%s/envs/models/%s.xml", getenv("CARRYOVER_SOURCE"), name);
  ck_ok(co_robot_read(path, &robot));
  return robot;
}

START_TEST(test_quadruped) {
  co_robot robot = read_shipped("quadruped");
  ck_assert_int_eq(robot.tied, CO_ROBOT_FREE);
  ck_assert_str_eq(robot.base, "trunk");
  ck_assert_str_eq(robot.root, "root");
  ck_assert_str_eq(robot.imu, "site/imu");
  ck_assert_int_eq(robot.num_joints, 12);
  ck_assert_int_eq(robot.num_feet, 4);
  ck_assert(robot.within && !robot.keyframe && !robot.urdf);
  ck_assert_double_eq(robot.ground, 0);
  ck_assert_double_eq_tol(robot.up, 1, 1e-12);
  for (int i = 0; i < 12; i++) {
    const co_robot_joint *joint = &robot.joint[i];
    ck_assert(joint->own && !joint->slide && joint->inertia > 0 && joint->actuator == i);
    ck_assert_double_eq(joint->effort, i % 3 == 2 ? 35 : 25);
    ck_assert_int_eq(robot.actuator[i].drive, CO_ROBOT_MOTOR);
    ck_assert_int_eq(robot.actuator[i].joint, i);
    ck_assert(robot.pose[joint->qpos] >= joint->low && robot.pose[joint->qpos] <= joint->high);
  }
  co_robot_free(&robot);
}
END_TEST

// Which of the three a shipped robot is.
START_TEST(test_ties) {
  static const struct {
    const char *model;
    co_robot_base tied;
    const char *base;
  } ties[] = {{"ant", CO_ROBOT_FREE, "torso"},       {"hopper", CO_ROBOT_RIDES, "torso"},
              {"walker2d", CO_ROBOT_RIDES, "torso"}, {"inverted_pendulum", CO_ROBOT_FIXED, "cart"},
              {"humanoid", CO_ROBOT_FREE, "torso"},  {"reacher", CO_ROBOT_FIXED, "body0"}};
  for (size_t i = 0; i < sizeof ties / sizeof *ties; i++) {
    co_robot robot = read_shipped(ties[i].model);
    ck_assert_msg(robot.tied == ties[i].tied, "%s", ties[i].model);
    ck_assert_str_eq(robot.base, ties[i].base);
    co_robot_free(&robot);
  }
}
END_TEST

#define MODEL(inside) "<mujoco><worldbody>" inside "</worldbody>"
#define LEG                                                                                 \
  "<body name='trunk' pos='0 0 1'><freejoint name='f'/><geom size='.1'/><site name='imu'/>" \
  "<site name='turned' euler='90 0 0'/><body name='leg' pos='0 0 -.3'><joint name='hip' "   \
  "range='-90 90' limited='true' armature='.01'/><geom size='.05'/></body></body>"

START_TEST(test_sensors_and_keys) {
  co_robot robot = read_text(
      "keys.xml",
      MODEL(LEG "<body name='goal' mocap='true' quat='0 1 0 0'/>"
                "<body name='ball' pos='2 0 1'><freejoint/><geom size='.1'/></body>") "<actuator>"
      "<position joint='hip' kp='7' forcerange='-3 3'/></actuator>"
      "<sensor><gyro name='turn' site='turned'/><framepos name='at' objtype='body' objname='ball'/>"
      "<velocimeter name='v' site='imu'/><jointpos joint='hip'/></sensor>"
      "<keyframe><key name='first'/><key name='home' qpos='0 0 .8 1 0 0 0 .5 2 0 1 1 0 0 0'/>"
      "</keyframe></mujoco>");
  ck_assert_str_eq(robot.keyframe, "home");
  ck_assert_double_eq(robot.pose[7], 0.5);
  ck_assert_double_eq(robot.height, 0.8);
  ck_assert_double_eq_tol(robot.lowest, 0.8 - 0.3 - 0.05, 1e-12);
  ck_assert(isnan(robot.ground));
  ck_assert_str_eq(robot.imu, "site/imu");  // the gyro's site does not have the base's axes
  ck_assert_str_eq(robot.sensor[0].frame, "site/turned");
  ck_assert_str_eq(robot.sensor[1].quantity, "position");
  ck_assert_str_eq(robot.sensor[1].frame, "body/ball");
  ck_assert(robot.sensor[1].in_world && !robot.sensor[2].in_world);
  ck_assert_ptr_null(robot.sensor[3].quantity);
  ck_assert_int_eq(robot.num_objects, 1);
  ck_assert_str_eq(robot.object[0], "ball");
  ck_assert(robot.goal_turned && !robot.hand);
  ck_assert_int_eq(robot.actuator[0].drive, CO_ROBOT_SERVO);
  ck_assert_double_eq(robot.joint[0].effort, 3);
  co_robot_free(&robot);
}
END_TEST

START_TEST(test_wheels_and_hands) {
  co_robot robot =
      read_text("wheels.xml", MODEL("<body name='car' pos='0 0 .2'><freejoint name='root'/><geom "
                                    "size='.1'/><body name='w'><joint name='w' axis='0 1 0'/>"
                                    "<geom size='.1'/></body></body>") "<actuator><motor joint='w'/>"
                              "</actuator></mujoco>");
  ck_assert(robot.joint[0].ends && isinf(robot.joint[0].low) && isinf(robot.joint[0].effort));
  co_robot_free(&robot);
  robot = read_text("hand.xml", MODEL("<body name='grip'><joint type='slide'/><geom size='.1'/>"
                                      "</body><body name='pulls' mocap='true'/>") "<equality><weld "
                                "body1='pulls' body2='grip'/></equality></mujoco>");
  ck_assert_str_eq(robot.hand, "pulls");
  ck_assert_str_eq(robot.joint[0].name, "#0");
  co_robot_free(&robot);
}
END_TEST

START_TEST(test_unreadable) {
  co_robot robot;
  char *path = test_write("unreadable.xml", "<mujoco><worldbody>");
  ck_fails(co_robot_read(path, &robot), CO_DATA, "unreadable.xml");
  co_robot_free(&robot);
  free(path);
  path = test_write("still.xml", "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>");
  ck_ok(co_robot_read(path, &robot));
  ck_assert(!robot.base && !robot.num_joints && isnan(robot.height));
  co_robot_free(&robot);
  ck_fails(co_robot_read("/nowhere/robot.xml", &robot), CO_NO_INPUT, "/nowhere/robot.xml");
  co_robot_free(&robot);
  free(path);
}
END_TEST

// A model below the task's folder is named, one elsewhere copied, and taken away again.
START_TEST(test_places) {
  char *model = test_write("placed.xml", "<mujoco/>"), *beside = co_path_dir(model);
  char *folder = co_path_join(beside, "placed_folder"), *task = co_path_join(beside, "t.cfg");
  char *far = co_path_join(folder, "t.cfg");
  co_model_place place;
  ck_ok(co_dir_remove(folder));
  ck_ok(co_dir_create(folder));
  ck_ok(co_model_place_find(model, task, &place));
  ck_assert_str_eq(place.model, "placed.xml");
  ck_assert_int_eq(place.to.count, 0);
  co_model_place_free(&place);
  ck_ok(co_model_place_find(model, far, &place));
  ck_assert_str_eq(place.model, "t.xml");
  ck_assert_int_eq(place.to.count, 1);
  ck_ok(co_model_place_copy(&place));
  ck_assert(co_file_exists(place.to.name[0]));
  co_model_place_remove(&place);
  ck_assert(!co_file_exists(place.to.name[0]) && co_dir_exists(folder));
  ck_ok(co_file_write(place.to.name[0], "other", 5));
  co_model_place_free(&place);
  ck_fails(co_model_place_find(model, far, &place), CO_CREATE, "is not the model's");
  ck_fails(co_model_place_find("/nowhere.xml", task, &place), CO_NO_INPUT, "/nowhere.xml");
  free(model), free(beside), free(folder), free(task), free(far);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("robot_read");
  TCase *tcase = tcase_create("robot_read");
  tcase_add_test(tcase, test_quadruped);
  tcase_add_test(tcase, test_ties);
  tcase_add_test(tcase, test_sensors_and_keys);
  tcase_add_test(tcase, test_wheels_and_hands);
  tcase_add_test(tcase, test_unreadable);
  tcase_add_test(tcase, test_places);
  suite_add_tcase(suite, tcase);
  return suite;
}
