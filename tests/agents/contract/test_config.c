// Config text of facts: whole, in the syntax of tasks and domains, or not at all.

#include "agents/contract/private/config.h"
#include "core/config/tree.h"
#include "tests/support/leg_contract.h"

#include <stdio.h>
#include <stdlib.h>

static const bool straight[8];

// The text, which must read as config.
static void check_text(char *text, const char *want) {
  ck_assert_msg((text != NULL) == (want != NULL), "%s, want %s", text ? text : "none",
                want ? want : "none");
  if (!want) return;
  ck_assert_str_eq(text, want);
  char source[2048];
  snprintf(source, sizeof source, want[0] == '{' ? "x = ( %s );" : "%s", want);
  co_node *root;
  ck_assert_msg(co_tree_parse(source, "config", &root) == CO_OK, "%s", co_error_text());
  co_node_free(root);
  free(text);
}

static void check_obs(const co_contract *a, const co_contract *b, int first, const char *want) {
  check_text(co_config_obs(a, b, straight, co_obs_run(a, first)), want);
}

START_TEST(runs_of_elements) {
  co_contract leg = make_leg();
  static const int first[] = {0, 3, 6, 9, 10}, count[] = {3, 3, 3, 1, 3};
  for (int i = 0; i < 5; i++) ck_assert_int_eq(co_obs_run(&leg, first[i]).count, count[i]);
  ck_assert_int_eq(co_action_run(&leg, 0).count, 3);
  put_text(leg.obs[1].name, "other/knee");
  put_text(leg.action[2].name, "ctrl/foot");
  ck_assert_int_eq(co_obs_run(&leg, 0).count, 1);
  ck_assert_int_eq(co_action_run(&leg, 0).count, 2);
  co_contract_free(&leg);
}
END_TEST

START_TEST(terms_of_observations) {
  co_contract a = make_leg(), b = make_leg();
  check_obs(&a, &b, 3,
            "{ term = \"qvel\"; of = \"hip|knee|foot\"; order = \"given\"; scale = 0.05; "
            "clip = ( -10.0, 10.0 ); }");
  check_obs(&a, &b, 6, "{ term = \"gravity\"; frame = \"site/imu\"; }");
  check_obs(&a, &b, 9, "{ term = \"command\"; scale = 2.0; }");
  check_obs(&a, &b, 10, "{ term = \"last_action\"; }");
  a.obs[4].scale = 1e-9;
  a.obs[4].offset = 1.0 / 3;
  check_obs(&a, &b, 3,
            "{ term = \"qvel\"; of = \"hip|knee|foot\"; order = \"given\"; "
            "scale = ( 0.05, 1e-09, 0.05 ); offset = ( 0.0, 0.3333333333333333, 0.0 ); "
            "clip = ( -10.0, 10.0 ); }");
  put_text(a.obs[9].name, "wish/vx");
  check_obs(&a, &b, 9, "{ term = \"command\"; name = \"wish\"; scale = 2.0; }");
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// A term has one clip and one frame: elements with others make another one.
START_TEST(terms_are_split) {
  co_contract a = make_leg(), b = make_leg();
  a.obs[4].clip_high = 5;
  put_text(a.obs[8].frame, "");
  check_obs(&a, &b, 3,
            "{ term = \"qvel\"; of = \"hip\"; scale = 0.05; clip = ( -10.0, 10.0 ); }, "
            "{ term = \"qvel\"; of = \"knee\"; scale = 0.05; clip = ( -10.0, 5.0 ); }, "
            "{ term = \"qvel\"; of = \"foot\"; scale = 0.05; clip = ( -10.0, 10.0 ); }");
  check_obs(&a, &b, 6, NULL);  // z is seen from nowhere
  put_text(a.obs[8].frame, "site/imu");
  put_text(b.obs[0].frame, "body/trunk");
  put_text(a.obs[6].frame, "body/trunk");
  check_obs(&a, &b, 6,
            "{ term = \"gravity\"; from = 0; count = 1; frame = \"body/trunk\"; }, "
            "{ term = \"gravity\"; from = 1; count = 2; frame = \"site/imu\"; }");
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

static void name_star(co_contract *a, co_contract *b) {
  put_text(a->obs[0].name, "joint_pos/h*");
  put_text(b->obs[0].name, "joint_pos/h*");
}

static void untold_term(co_contract *a, co_contract *b) {
  (void)b;
  for (int i = 0; i < 3; i++) put_text(a->obs[i].term, "relative");
}

static void other_joint(co_contract *a, co_contract *b) {
  (void)b;
  put_text(a->obs[0].name, "joint_pos/tail");
}

static void half_clip(co_contract *a, co_contract *b) {
  (void)b;
  for (int i = 0; i < 3; i++) a->obs[i].clip_high = 3;
}

static void broken_history(co_contract *a, co_contract *b) {
  (void)b;
  put_text(a->obs[0].name, "joint_pos/knee@-3");
}

START_TEST(what_is_not_known) {
  static void (*const change[])(co_contract *, co_contract *) = {
      name_star, untold_term, other_joint, half_clip, broken_history};
  co_contract a = make_leg(), b = make_leg();
  change[_i](&a, &b);
  check_obs(&a, &b, 0, NULL);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

START_TEST(commands_in_the_order_of_the_task) {
  co_contract a = make_leg(), b = make_leg();
  put_text(b.command[0].name, "vy");
  check_obs(&a, &b, 9, NULL);
  co_command_element *both = calloc(2, sizeof *both);
  both[0] = b.command[0];
  both[1] = a.command[0];
  free(b.command);
  b.command = both;
  b.num_commands = 2;
  check_obs(&a, &b, 9, "{ term = \"command\"; of = \"vx\"; scale = 2.0; }");
  check_text(co_config_command(&a.command[0]),
             "{ term = \"uniform\"; name = \"vx\"; low = -0.5; high = 1.0; }");
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

static void check_action(const co_contract *a, const co_contract *b, const bool *flipped,
                         const char *want) {
  check_text(co_config_action(a, b, flipped, co_action_run(a, 0)), want);
}

START_TEST(terms_of_actions) {
  co_contract a = make_leg(), b = make_leg();
  a.num_action = 2;
  check_action(&a, &b, straight,
               "{ term = \"pd\"; actuators = \"hip|knee\"; order = \"given\"; scale = 0.3; "
               "clip = ( -3.0, 3.0 ); kp = 40.0; kd = 1.0; torque_limit = 25.0; }");
  a.action[1].low = -1;
  a.action[1].kp = 20;
  a.action[1].torque_limit = NAN;
  check_action(&a, &b, (bool[]){false, true, false, false},
               "{ term = \"pd\"; actuators = \"hip\"; scale = 0.3; clip = ( -3.0, 3.0 ); "
               "kp = 40.0; kd = 1.0; torque_limit = 25.0; }, "
               "{ term = \"pd\"; actuators = \"knee\"; scale = -0.3; clip = ( -1.0, 3.0 ); "
               "kp = 20.0; kd = 1.0; }");
  for (int i = 0; i < 2; i++) {
    snprintf(a.action[i].name, CO_NAME, "ctrl/%s", i ? "knee" : "hip");
    a.action[i].kp = a.action[i].kd = a.action[i].torque_limit = NAN;
    a.action[i].low = -INFINITY;
  }
  check_action(&a, &b, straight,
               "{ term = \"ctrl\"; actuators = \"hip|knee\"; order = \"given\"; scale = 0.3; "
               "offset = ( 0.8, -1.5 ); }");
  for (int i = 0; i < 2; i++) a.action[i].high = INFINITY;
  check_action(&a, &b, straight,
               "{ term = \"ctrl\"; actuators = \"hip|knee\"; order = \"given\"; scale = 0.3; "
               "offset = ( 0.8, -1.5 ); clip = \"none\"; }");
  put_text(a.action[0].name, "muscle/hip");
  put_text(a.action[1].name, "muscle/knee");
  check_action(&a, &b, straight, NULL);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// A target stands on its joint's default angle; without it, its own offset is not known.
START_TEST(targets_without_a_pose) {
  co_contract a = make_leg(), b = make_leg();
  a.num_action = 1;
  put_text(a.pose[0].joint, "other");
  check_action(&a, &b, straight, NULL);
  a.action[0].offset = 0;
  check_action(&a, &b, straight,
               "{ term = \"pd\"; actuators = \"hip\"; scale = 0.3; clip = ( -3.0, 3.0 ); "
               "kp = 40.0; kd = 1.0; torque_limit = 25.0; }");
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

START_TEST(shifts) {
  static const struct {
    co_shift_info shift;
    const char *text;
  } cases[] = {
      {{.parameter = "option.gravity", .operation = "set", .value = {0, 0, -4.9}, .num_values = 3},
       "{ parameter = \"option.gravity\"; set = ( 0.0, 0.0, -4.9 ); }"},
      {{.parameter = "body.mass",
        .select = "torso|thigh",
        .operation = "scale",
        .distribution = "uniform",
        .value = {0.7, 1.3},
        .num_values = 2,
        .each = true},
       "{ parameter = \"body.mass\"; select = \"torso|thigh\"; scale = { uniform = ( 0.7, 1.3 ); "
       "each = true; }; }"},
      {{.parameter = "geom.friction",
        .select = "floor",
        .operation = "add",
        .distribution = "normal",
        .value = {0, 0.1},
        .num_values = 2,
        .clip = {-0.2, 0.2},
        .num_clip = 2,
        .from = 0.5,
        .over = 1000},
       "{ parameter = \"geom.friction\"; select = \"floor\"; add = { normal = ( 0.0, 0.1 ); "
       "clip = ( -0.2, 0.2 ); from = 0.5; over = 1000; }; }"},
      {{.parameter = "body.mass",
        .select = "a\"b",
        .operation = "set",
        .value = {1},
        .num_values = 1},
       NULL},
  };
  check_text(co_config_shift(&cases[_i].shift), cases[_i].text);
}
END_TEST

START_TEST(steps_and_poses) {
  co_contract a = make_leg(), b = make_leg();
  check_text(co_config_substeps(&a, &b), "substeps = 4;");
  b.timestep = 0.002;
  check_text(co_config_substeps(&a, &b), "substeps = 10;");
  b.timestep = 0.003;
  check_text(co_config_substeps(&a, &b), NULL);
  b.timestep = 0.05;
  check_text(co_config_substeps(&a, &b), NULL);
  check_text(co_config_pose(&b, &a.pose[1]), "{ of = \"knee\"; value = -1.5; }");
  put_text(a.pose[1].joint, "tail");
  check_text(co_config_pose(&b, &a.pose[1]), NULL);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_config");
  TCase *tcase = tcase_create("text");
  tcase_add_test(tcase, runs_of_elements);
  tcase_add_test(tcase, terms_of_observations);
  tcase_add_test(tcase, terms_are_split);
  tcase_add_loop_test(tcase, what_is_not_known, 0, 5);
  tcase_add_test(tcase, commands_in_the_order_of_the_task);
  tcase_add_test(tcase, terms_of_actions);
  tcase_add_test(tcase, targets_without_a_pose);
  tcase_add_loop_test(tcase, shifts, 0, 4);
  tcase_add_test(tcase, steps_and_poses);
  suite_add_tcase(suite, tcase);
  return suite;
}
