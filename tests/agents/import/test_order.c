// Orders of joints: a small tree by hand, ties, a part of the joints, and the robots of the
// reference data.

#include "agents/import/facts.h"
#include "agents/import/order.h"
#include "envs/draft/robot_read.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

// waist, then two legs; actuators have the right one first
static const char *names[] = {"waist", "left_hip", "left_knee", "right_hip", "right_knee"};
static int parents[] = {-1, 0, 1, 0, 3}, driven[] = {3, 4, 1, 2, 0};
static const co_joint_tree tree = {5, 5, names, parents, driven};

static const int wanted[CO_NUM_ORDERS][5] = {{0, 1, 2, 3, 4}, {0, 1, 3, 2, 4}, {0, 1, 2, 3, 4},
                                             {3, 4, 1, 2, 0}, {1, 2, 3, 4, 0}, {0, 1, 3, 2, 4}};

START_TEST(test_orders) {
  int joint[5];
  ck_assert_int_eq(co_order_make(&tree, (co_order)_i, joint), 5);
  for (int i = 0; i < 5; i++) ck_assert_int_eq(joint[i], wanted[_i][i]);
  const char *own[5];
  for (int i = 0; i < 5; i++) own[i] = names[joint[i]];
  co_order_match match;
  ck_assert_int_eq(co_order_find(&tree, own, 5, &match), CO_OK);
  ck_assert(match.matches[_i]);
  for (int k = 0; k < CO_NUM_ORDERS; k++)
    ck_assert_int_eq(match.matches[k], memcmp(wanted[k], wanted[_i], sizeof wanted[k]) == 0);
}
END_TEST

START_TEST(test_part_and_missing) {
  static const char *const part[] = {"right_hip", "left_hip"}, *const other[] = {"waist", "tail"};
  static const char *const none[] = {"left_hip", "waist", "right_hip"};
  co_order_match match;
  ck_assert_int_eq(co_order_find(&tree, part, 2, &match), CO_OK);
  ck_assert_int_eq(match.count, 1);
  ck_assert_int_eq(match.first, CO_ORDER_ACTUATOR);
  ck_assert_int_eq(co_order_find(&tree, other, 2, &match), CO_OK);
  ck_assert_int_eq(match.missing, 1);
  ck_assert_int_eq(match.count, 0);
  ck_assert_int_eq(co_order_find(&tree, none, 3, &match), CO_OK);
  ck_assert_int_eq(match.count, 0);
  ck_assert_int_eq(match.missing, -1);
}
END_TEST

// ---- names that follow from an order

typedef struct naming {
  const char *order;  // stated; NULL: not
  int count;          // of the places among the motors, 0: none
  double place[5];
  int driven;             // actuators of the robot
  const char *wanted[5];  // NULL: no names follow
} naming;

static const naming namings[] = {
    {NULL, 5, {4, 2, 3, 0, 1}, 5, {"waist", "left_hip", "left_knee", "right_hip", "right_knee"}},
    {NULL, 5, {0, 1, 3, 2, 4}, 0, {"waist", "left_hip", "right_hip", "left_knee", "right_knee"}},
    {"breadth_first",
     5,
     {0, 1, 2, 3, 4},
     5,
     {"waist", "left_hip", "right_hip", "left_knee", "right_knee"}},
    {"actuator, left_right",
     0,
     {0},
     5,
     {"right_hip", "right_knee", "left_hip", "left_knee", "waist"}},
    {NULL, 5, {0, 1, 1, 2, 3}, 5, {NULL}},
    {NULL, 4, {0, 1, 2, 3}, 5, {NULL}},
    {NULL, 5, {0, 1, 2, 3, 5}, 5, {NULL}},
    {"as they come", 0, {0}, 5, {NULL}},
    {NULL, 0, {0}, 5, {NULL}},
};

START_TEST(test_naming) {
  const naming *one = &namings[_i];
  double pose[5] = {0}, place[5];
  memcpy(place, one->place, sizeof place);
  co_joint_tree own = tree;
  own.num_driven = one->driven;
  co_facts facts = {.default_pose = {.at = {.stated = true, .place = "p:1"}, .count = 5}};
  facts.default_pose.value = pose;
  if (one->count)
    facts.joint_order = (co_fact_numbers){
        .at = {.stated = true, .place = "deploy.yaml:3"}, .count = one->count, .value = place};
  if (one->order)
    facts.order = (co_fact_text){.at = {.stated = true, .place = "o:1"}, .value = one->order};
  ck_assert_int_eq(co_facts_name_joints(&facts, &own, "robot.xml"), CO_OK);
  ck_assert_int_eq(facts.joints.count, one->wanted[0] ? 5 : 0);
  ck_assert_int_eq(facts.joints.at.stated, one->wanted[0] != NULL);
  for (int i = 0; i < facts.joints.count; i++)
    ck_assert_str_eq(facts.joints.name[i], one->wanted[i]);
  if (facts.joints.count) {
    ck_assert_int_eq(facts.joints.at.from, CO_FROM_INFERRED);
    ck_assert_str_eq(facts.joints.at.place,
                     one->order ? "o:1, of robot.xml" : "deploy.yaml:3, of robot.xml");
    ck_assert_int_eq(co_facts_name_joints(&facts, &tree, "another.xml"), CO_OK);
    ck_assert_ptr_null(strstr(facts.joints.at.place, "another"));
  }
  co_facts_free(&facts);
}
END_TEST

// breadth first is what its README says of the one; the other has its model's actuators' order
static const struct {
  const char *pair;
  co_order order;
  bool also_declared;
} reference[] = {{"unitree_g1_isaaclab", CO_ORDER_BREADTH_FIRST, false},
                 {"unitree_go2_robotlab", CO_ORDER_ACTUATOR, false},
                 {"unitree_g1_mjlab", CO_ORDER_DECLARATION, true},
                 {"unitree_go1", CO_ORDER_DECLARATION, true},
                 {"apptronik_apollo", CO_ORDER_DECLARATION, true}};

START_TEST(test_reference) {
  if (!test_shared()) return;
  char path[2400];
  co_facts facts = {0};
  co_robot robot;
  co_joint_tree own;
  co_arena arena = {0};
  co_order_match match;
  const char *pair = reference[_i].pair;
  snprintf(path, sizeof path, "%s/sim2sim/%s/facts.json", test_shared(), pair);
  ck_assert_msg(co_facts_read(path, &facts) == CO_OK, "%s", co_error_text());
  snprintf(path, sizeof path, "%s/sim2sim/%s/model.xml", test_shared(), pair);
  ck_assert_msg(co_robot_read(path, &robot) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(co_joint_tree_of(&robot, &arena, &own), CO_OK);
  ck_assert_int_eq(co_order_find(&own, facts.joints.name, facts.joints.count, &match), CO_OK);
  ck_assert_msg(match.missing < 0, "%s: %s", pair,
                match.missing < 0 ? "" : facts.joints.name[match.missing]);
  ck_assert_msg(match.matches[reference[_i].order], "%s", pair);
  ck_assert_int_eq(match.matches[CO_ORDER_DECLARATION], reference[_i].also_declared);
  ck_assert_int_eq(co_facts_name_order(&facts, &own, "model.xml", &match), CO_OK);
  ck_assert_int_eq(facts.order.at.from, CO_FROM_INFERRED);
  ck_assert_ptr_nonnull(strstr(facts.order.value, co_order_names[reference[_i].order]));
  co_arena_free(&arena);
  co_robot_free(&robot);
  co_facts_free(&facts);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("order");
  TCase *tests = tcase_create("order");
  tcase_add_loop_test(tests, test_orders, 0, CO_NUM_ORDERS);
  tcase_add_test(tests, test_part_and_missing);
  tcase_add_loop_test(tests, test_naming, 0, (int)(sizeof namings / sizeof *namings));
  tcase_add_loop_test(tests, test_reference, 0, (int)(sizeof reference / sizeof *reference));
  suite_add_tcase(suite, tests);
  return suite;
}
