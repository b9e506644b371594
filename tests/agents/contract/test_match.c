// Which element of one contract is which of another.

#include "agents/contract/match.h"
#include "tests/support/leg_contract.h"

#include <stdio.h>

typedef struct sides {
  co_contract a, b;
} sides;

static sides make_sides(void) {
  return (sides){make_leg(), make_leg()};
}

static void free_sides(sides *both) {
  co_contract_free(&both->a);
  co_contract_free(&both->b);
}

// Partners of A's observations, and that those of B are the same pairs.
static void check_pairs(const co_match *match, const int *want) {
  for (int i = 0; i < match->num_a; i++) {
    ck_assert_msg(match->b_of_a[i] == want[i], "%d has %d, not %d", i, match->b_of_a[i], want[i]);
    if (want[i] >= 0) ck_assert_int_eq(match->a_of_b[want[i]], i);
  }
  int left = 0, right = 0;
  for (int i = 0; i < match->num_a; i++) left += match->b_of_a[i] >= 0;
  for (int j = 0; j < match->num_b; j++) right += match->a_of_b[j] >= 0;
  ck_assert_int_eq(left, right);
}

static void check_observation(const sides *both, const int *want) {
  co_match match;
  ck_assert_int_eq(co_match_observation(&both->a, &both->b, &match), CO_OK);
  check_pairs(&match, want);
  co_match_free(&match);
  ck_assert_ptr_null(match.b_of_a);
}

START_TEST(by_name_wherever_it_stands) {
  sides both = make_sides();
  co_obs_element first = both.b.obs[0];
  memmove(both.b.obs, both.b.obs + 1, (LEG_OBS - 1) * sizeof first);
  both.b.obs[LEG_OBS - 1] = first;
  check_observation(&both, (int[]){12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  free_sides(&both);
}
END_TEST

// An angle is the same one from the default pose on; a speed of that name is not.
START_TEST(by_the_last_part_of_the_name) {
  sides both = make_sides();
  put_text(both.b.obs[1].term, "qpos");
  put_text(both.b.obs[1].name, "angle/knee");
  put_text(both.b.obs[5].term, "sensor");
  put_text(both.b.obs[5].name, "sensor/foot");
  check_observation(&both, (int[]){0, 1, 2, 3, 4, -1, 6, 7, 8, 9, 10, 11, 12});
  free_sides(&both);
}
END_TEST

// Names of another robot: by place, but only where as many things of the same kind are meant.
START_TEST(by_place) {
  static const int same[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  sides both = make_sides();
  put_text(both.b.obs[2].name, "joint_pos/toe");
  check_observation(&both, same);
  both.b.num_obs--;
  static const int fewer[] = {0, 1, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1};
  check_observation(&both, fewer);
  both.b.num_obs++;
  put_text(both.b.obs[2].unit, "m");
  static const int other_unit[] = {0, 1, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  check_observation(&both, other_unit);
  free_sides(&both);
}
END_TEST

// Contracts of files may hold a name twice: each has a partner of its own.
START_TEST(doubled_names) {
  sides both = make_sides();
  both.a.obs[1] = both.a.obs[0];
  both.b.obs[1] = both.b.obs[0];
  check_observation(&both, (int[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  free_sides(&both);
}
END_TEST

START_TEST(actions_by_name_joint_and_place) {
  sides both = make_sides();
  co_action_element first = both.b.action[0];
  both.b.action[0] = both.b.action[2];
  both.b.action[2] = first;
  put_text(both.b.action[0].name, "position/foot");
  put_text(both.b.action[0].kind, "position");
  put_text(both.b.action[1].name, "pd/middle");
  co_match match;
  ck_assert_int_eq(co_match_action(&both.a, &both.b, &match), CO_OK);
  check_pairs(&match, (int[]){2, 1, 0});
  co_match_free(&match);
  both.b.num_action = 0;
  ck_assert_int_eq(co_match_action(&both.a, &both.b, &match), CO_OK);
  check_pairs(&match, (int[]){-1, -1, -1});
  co_match_free(&match);
  free_sides(&both);
}
END_TEST

// Actuators are often called like their joint without its last word.
START_TEST(joints_of_elements) {
  static const struct {
    const char *name;
    int joint;
  } cases[] = {{"joint_pos/knee", 1}, {"joint_pos/knee@-2", 1}, {"last_action/pd/foot", 2},
               {"ctrl/kne", -1},      {"gravity/x", -1},        {"root.z", 3}};
  co_contract leg = make_leg();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_int_eq(co_element_joint(&leg, cases[i].name), cases[i].joint);
  put_text(leg.pose[0].joint, "FR_hip_joint");
  ck_assert_int_eq(co_element_joint(&leg, "position/FR_hip"), 0);
  put_text(leg.pose[2].joint, "FR_hip_roll");  // either could be meant
  ck_assert_int_eq(co_element_joint(&leg, "position/FR_hip"), -1);
  ck_assert_str_eq(co_element_tail("a/b/c@-1"), "c@-1");
  ck_assert_str_eq(co_element_tail("plain"), "plain");
  co_contract_free(&leg);
}
END_TEST

START_TEST(names_of_one_element) {
  static const struct {
    const char *a, *b;
    bool same;
  } cases[] = {{"pd/knee", "position/knee", true},
               {"last_action/position/knee@-1", "last_action/pd/knee@-1", true},
               {"pd/knee", "position/hip", false},
               {"pd/knee", "last_action/position/knee", false},
               {"ctrl/knee", "position/knee", false},
               {"increment/knee", "ctrl/knee", false},
               {"last_action/pd/knee@-1", "last_action/pd/knee", false},
               {"qpos/knee", "qpos/knee", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ck_assert_int_eq(co_element_same_name(cases[i].a, cases[i].b), cases[i].same);
    ck_assert_int_eq(co_element_same_name(cases[i].b, cases[i].a), cases[i].same);
  }
}
END_TEST

// Actuators are called anything; facts may name the joints that they drive.
START_TEST(names_by_joint) {
  static const co_action_element motor[] = {{.name = "pd/#0", .drive.joint = "hip"},
                                            {.name = "pd/k", .drive.joint = "knee"}};
  static const co_action_element joint[] = {{.name = "position/knee"}, {.name = "pd/hip"}};
  static const struct {
    const char *a, *b;
    bool same;
  } cases[] = {{"pd/#0", "pd/hip", true},
               {"pd/k", "position/knee", true},
               {"last_action/pd/k@-1", "last_action/position/knee@-1", true},
               {"last_action/pd/k@-1", "last_action/position/knee", false},
               {"pd/k", "last_action/position/knee", false},
               {"pd/k", "pd/hip", false},
               {"pd/none", "pd/hip", false},
               {"ctrl/k", "position/knee", false}};
  const co_action_list motors = {motor, 2}, joints = {joint, 2};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ck_assert_int_eq(co_action_same_name(motors, cases[i].a, joints, cases[i].b), cases[i].same);
    ck_assert_int_eq(co_action_same_name(joints, cases[i].b, motors, cases[i].a), cases[i].same);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_match");
  TCase *tcase = tcase_create("match");
  tcase_add_test(tcase, by_name_wherever_it_stands);
  tcase_add_test(tcase, by_the_last_part_of_the_name);
  tcase_add_test(tcase, by_place);
  tcase_add_test(tcase, doubled_names);
  tcase_add_test(tcase, actions_by_name_joint_and_place);
  tcase_add_test(tcase, joints_of_elements);
  tcase_add_test(tcase, names_of_one_element);
  tcase_add_test(tcase, names_by_joint);
  suite_add_tcase(suite, tcase);
  return suite;
}
