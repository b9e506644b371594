// What a world consists of: every name, unit and range in the model's order.

#include "envs/world/describe.h"
#include "tests/envs/robot.h"

static const char *name_at(const co_json *object, const char *key, size_t i) {
  const char *name = co_json_get_string(co_json_at(co_json_get(object, key), i), "name");
  ck_assert_ptr_nonnull(name);
  return name;
}

START_TEST(test_robot) {
  co_built_world *world = robot_world(
      &(robot_task){.command = "{term=\"uniform\";name=\"vx\";low=0.0;high=1.0;}",
                    .observation = "{term=\"gravity\";frame=\"site/imu\";},{term=\"command\";}",
                    .action = "{term=\"ctrl\";actuators=\"knee\";}"});
  co_json *object = co_json_object();
  co_world_describe(world, object);
  static const struct {
    const char *key;
    size_t count, at;
    const char *name;
  } wanted[] = {{"elements", 6, 1, "gravity/y"}, {"elements", 6, 4, "ctrl/knee"},
                {"elements", 6, 5, "vx"},        {"joints", 3, 0, "root"},
                {"joints", 3, 2, "knee"},        {"actuators", 5, 2, "servo"},
                {"sensors", 6, 0, "gyro.x"},     {"cameras", 0, 0, NULL},
                {"keyframes", 0, 0, NULL},       {"geom_groups", 1, 0, NULL}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    ck_assert_uint_eq(co_json_count(co_json_get(object, wanted[i].key)), wanted[i].count);
    if (wanted[i].name)
      ck_assert_str_eq(name_at(object, wanted[i].key, wanted[i].at), wanted[i].name);
  }
  const co_json *elements = co_json_get(object, "elements");
  ck_assert_int_eq(co_json_get_int(co_json_at(elements, 4), "index", -1), 0);
  ck_assert_str_eq(co_json_get_string(co_json_at(elements, 4), "block"), "action");
  ck_assert_str_eq(co_json_get_string(co_json_at(elements, 5), "block"), "command");
  const co_json *root = co_json_at(co_json_get(object, "joints"), 0);
  const co_json *hip = co_json_at(co_json_get(object, "joints"), 1);
  ck_assert_uint_eq(co_json_count(co_json_get(root, "coordinates")), 7);
  ck_assert(co_json_is_null(co_json_get(root, "low")));
  ck_assert_str_eq(co_json_get_string(hip, "unit"), "rad");
  ck_near(co_json_get_number(hip, "low", 0), -M_PI / 3);
  const co_json *servo = co_json_at(co_json_get(object, "actuators"), 2);
  const co_json *pull = co_json_at(co_json_get(object, "actuators"), 4);
  ck_assert_str_eq(co_json_get_string(servo, "joint"), "hip");
  ck_assert_double_eq(co_json_get_number(servo, "high", 0), 0.7);
  ck_assert(co_json_is_null(co_json_get(pull, "joint")));
  const co_json *group = co_json_at(co_json_get(object, "geom_groups"), 0);
  ck_assert_int_eq(co_json_get_int(group, "group", -1), 0);
  ck_assert_uint_eq(co_json_count(co_json_get(group, "geoms")), 4);
  co_json_free(object);
  co_world_free(world);
}
END_TEST

// An engine without geoms, and every shipped model: all coordinates belong to a joint.
START_TEST(test_all_tasks) {
  co_built_world *world = test_world(test_tasks[_i], NULL, NULL);
  co_json *object = co_json_object();
  co_world_describe(world, object);
  const co_json *joints = co_json_get(object, "joints");
  size_t coordinates = 0;
  for (size_t i = 0; i < co_json_count(joints); i++)
    coordinates += co_json_count(co_json_get(co_json_at(joints, i), "coordinates"));
  ck_assert_uint_eq(coordinates, (size_t)world->model->nq);
  size_t geoms = 0;
  const co_json *groups = co_json_get(object, "geom_groups");
  for (size_t i = 0; i < co_json_count(groups); i++)
    geoms += co_json_count(co_json_get(co_json_at(groups, i), "geoms"));
  ck_assert_uint_eq(geoms, (size_t)world->model->elements[CO_GEOM].count);
  co_json_free(object);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("describe");
  TCase *tcase = tcase_create("describe");
  tcase_add_test(tcase, test_robot);
  tcase_add_loop_test(tcase, test_all_tasks, 0, TEST_TASKS);
  suite_add_tcase(suite, tcase);
  return suite;
}
