// URDF as text: the tree of its joints, without the meshes that it names.

#include "envs/draft/urdf_read.h"
#include "tests/support/support.h"

#include <string.h>

static const char text[] =
    "<?xml version=\"1.0\"?><robot name=\"r\">"
    "<link name=\"base\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" iyy=\"1\" izz=\"1\" "
    "ixy=\"0\" ixz=\"0\" iyz=\"0\"/></inertial><visual><geometry><mesh "
    "filename=\"package://r/not_there.stl\"/></geometry></visual></link>"
    "<link name=\"thigh\"/><link name=\"shin\"/><link name=\"arm\"/>"
    "<joint name=\"hip\" type=\"revolute\"><parent link=\"base\"/><child link=\"thigh\"/>"
    "<axis xyz=\"0 1 0\"/><limit lower=\"-1\" upper=\"1\" effort=\"1\" velocity=\"1\"/></joint>"
    "<joint name=\"knee\" type=\"continuous\"><parent link=\"thigh\"/><child link=\"shin\"/>"
    "<axis xyz=\"0 1 0\"/></joint>"
    "<joint name=\"lift\" type=\"prismatic\"><parent link=\"base\"/><child link=\"arm\"/>"
    "<axis xyz=\"0 0 1\"/><limit lower=\"0\" upper=\"1\" effort=\"1\" velocity=\"1\"/></joint>"
    "</robot>";

START_TEST(test_tree) {
  co_robot robot;
  ck_assert_msg(co_urdf_read(text, "policy.onnx", &robot) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(robot.num_joints, 3);
  ck_assert_str_eq(robot.joint[0].name, "hip");
  ck_assert_int_eq(robot.joint[0].parent, -1);
  ck_assert_str_eq(robot.joint[1].name, "knee");
  ck_assert_int_eq(robot.joint[1].parent, 0);
  ck_assert_str_eq(robot.joint[2].name, "lift");
  ck_assert_int_eq(robot.joint[2].parent, -1);
  ck_assert(robot.joint[2].slide);
  co_arena_free(&robot.memory);
}
END_TEST

START_TEST(test_wrong) {
  static const char *const wrong[] = {"", "<robot", "<robot name=\"r\"/>", "text", "<a/>"};
  co_robot robot;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    co_status status = co_urdf_read(wrong[i], "policy.onnx", &robot);
    ck_assert(status == CO_DATA || (status == CO_OK && robot.num_joints == 0));
    if (status == CO_DATA)
      ck_assert_msg(strstr(co_error_text(), "policy.onnx: ") != NULL, "%s", co_error_text());
    co_arena_free(&robot.memory);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("urdf_read");
  TCase *tests = tcase_create("urdf");
  tcase_add_test(tests, test_tree);
  tcase_add_test(tests, test_wrong);
  suite_add_tcase(suite, tests);
  return suite;
}
