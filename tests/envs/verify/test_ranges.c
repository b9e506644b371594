// Ranges of the model that cut what actions command.

#include "envs/verify/private/ranges.h"
#include "tests/envs/robot.h"

typedef struct range_case {
  const char *actuators, *action;
  double action_value;  // of all actions, for a few steps
  const char *text;
} range_case;

#define PD "{term=\"pd\";kp=100.0;kd=0.0;clip=(-9.0,9.0);"

static const range_case kCases[] = {
    {"", "{term=\"ctrl\";actuators=\"knee\";}", 20, "none cuts what actions command"},
    {"", "{term=\"ctrl\";actuators=\"knee\";clip=(-30.0,7.0);}", 7,
     "ctrl \"knee\": ctrlrange cuts controls to +-20, actions reach -30..7"},
    {"", "{term=\"ctrl\";actuators=\"knee\";clip=\"none\";}", -30,
     "ctrl \"knee\": ctrlrange cuts controls to +-20, actions are not clipped, in 100 % of random "
     "steps"},
    {"", "{term=\"position\";actuators=\"servo\";scale=2.0;clip=(-0.25,1.0);}", 0,
     "position \"servo\": ctrlrange cuts targets to -0.5..0.7, actions reach -0.5..2"},
    {"<position name='turned' joint='hip' kp='5' gear='-2' ctrlrange='-1 .5'/>",
     "{term=\"position\";actuators=\"turned\";clip=(-0.5,0.5);}", 0.5,
     "position \"turned\": ctrlrange cuts targets to -0.25..0.5, actions reach +-0.5"},
    {"", "{term=\"increment\";actuators=\"servo\";clip=\"none\";}", 9,
     "none cuts what actions command"},
    {"<motor name='strong' joint='hip' gear='10' ctrlrange='-1 1'/>",
     PD "actuators=\"strong\";torque_limit=160.0;}", 0,
     "pd \"strong\": ctrlrange cuts torques to +-10 N m, torque_limit is 160"},
    {"<motor name='strong' joint='hip' gear='10' ctrlrange='-1 1'/>", PD "actuators=\"strong\";}",
     9,
     "pd \"strong\": ctrlrange cuts torques to +-10 N m, there is no torque_limit, in 100 % of "
     "random "
     "steps"},
    {"<motor name='strong' joint='hip' gear='10' ctrlrange='-1 1'/>",
     PD "actuators=\"strong\";torque_limit=10.0;}", 9, "none cuts what actions command"},
    {"<motor name='strong' joint='hip' gear='-10' forcerange='-2 .5'/>",
     PD "actuators=\"strong\";torque_limit=16.0;}", 9,
     "pd \"strong\": forcerange cuts torques to -5..20 N m, torque_limit is 16"},
    {"<motor name='strong' joint='hip' gear='-10' forcerange='-2 .5'/>",
     PD "actuators=\"strong\";torque_limit=16.0;}", -9,
     "pd \"strong\": forcerange cuts torques to -5..20 N m, torque_limit is 16, in 100 % of random "
     "steps"},
    {"<position name='weak' joint='hip' kp='50' gear='2' forcerange='-3 3'/>",
     "{term=\"position\";actuators=\"weak\";clip=(-2.0,2.0);}", 2,
     "position \"weak\": forcerange cuts forces at the joint to +-6 in 100 % of random steps"},
    {"<motor name='string' tendon='held' gear='-4'/>", PD "actuators=\"string\";}", -9,
     "pd \"string\": actuatorfrcrange cuts torques to -24..12 N m, there is no torque_limit, in "
     "100 "
     "% of "
     "random steps"},
    {"<motor name='m1' joint='hip' ctrlrange='-1 1'/><motor name='m2' joint='hip' ctrlrange='-2 "
     "1'/>"
     "<motor name='m3' joint='hip' ctrlrange='-1 1'/><motor name='m4' joint='hip' ctrlrange='-1 "
     "1'/>"
     "<motor name='m5' joint='hip' ctrlrange='-1 1'/>",
     PD "actuators=\"m*\";torque_limit=3.0;}", 0,
     "pd \"m1\": ctrlrange cuts torques to +-1 N m, torque_limit is 3; pd \"m2\": ctrlrange cuts "
     "torques to -2..1 N m, torque_limit is 3; pd \"m3\": ctrlrange cuts torques to +-1 N m, "
     "torque_limit is 3; and 2 more"},
};

START_TEST(test_text) {
  const range_case *c = &kCases[_i];
  co_built_world *world =
      robot_world(&(robot_task){.action = c->action, .actuators = c->actuators});
  co_row row = test_row(world, 1);
  co_range_count count[8] = {0};
  double action[8];
  for (int i = 0; i < 8; i++) action[i] = c->action_value;
  for (int step = 0; step < 3; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&row, action, &result));
    row.physics->qpos[7] = 0;  // the hip; far from its targets
    co_ranges_count(&row, count);
  }
  char text[512];
  co_ranges_text(&world->binding, count, 3, text, sizeof text);
  ck_assert_str_eq(text, c->text);
  char small[16];  // cut, and still text
  co_ranges_text(&world->binding, count, 3, small, sizeof small);
  ck_assert_int_eq(strncmp(small, text, 15), 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// A shift of a range is told as the world has it; an actuator that is gone acts no more.
START_TEST(test_shifted) {
  static const char set[] =
      "{parameter=\"actuator.ctrlrange\"; select=\"thigh_joint\"; set=(-0.5,0.5);}";
  co_built_world *world = test_world("hopper", set, NULL);
  co_range_count count[3] = {0};
  char text[512];
  co_ranges_text(&world->binding, count, 1, text, sizeof text);
  ck_assert_str_eq(text, "none cuts what actions command");  // its own range bounds an action
  co_world_free(world);
  world =
      test_world("hopper", "{parameter=\"joint.lock\"; select=\"thigh_joint\"; set=0.0;}", NULL);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){1, 1, 1}, &result));
  co_ranges_count(&row, count);
  for (int i = 0; i < 3; i++) ck_assert_int_eq(count[i].control + count[i].force, 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The closed-form engine has no forces.
START_TEST(test_pendulum) {
  co_built_world *world = test_world("pendulum", NULL, "task.action.0.clip=\"none\"");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  co_range_count count = {0};
  ck_ok(co_row_step(&row, (double[]){7}, &result));
  co_ranges_count(&row, &count);
  ck_assert_int_eq(count.control, 1);
  ck_assert_int_eq(count.force + count.total, 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ranges");
  TCase *tcase = tcase_create("ranges");
  tcase_add_loop_test(tcase, test_text, 0, (int)(sizeof kCases / sizeof *kCases));
  tcase_add_test(tcase, test_shifted);
  tcase_add_test(tcase, test_pendulum);
  suite_add_tcase(suite, tcase);
  return suite;
}
