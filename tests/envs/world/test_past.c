// Values of the past in an observation: histories, delays and stacks of whole frames, and what they
// read at the start of an episode, the first value or zeros.

#include "tests/envs/robot.h"

typedef struct past_case {
  const char *more, *keys;  // of the task, and of the term
  double start;             // what lies before the start, in units of the first value
} past_case;

static const past_case kPast[] = {
    {"", "", 1},
    {"", "fill=\"first\";", 1},
    {"", "fill=\"zero\";", 0},
    {"fill=\"zero\";", "", 0},
    {"fill=\"zero\";", "fill=\"first\";", 1},
    {"fill=\"first\";", "fill=\"zero\";", 0},
};

// history = 3 and delay = 2: what the policy sees at step t is what was true at t - 2, t - 3, t
// - 4.
START_TEST(test_fill) {
  const past_case *c = &kPast[_i];
  char list[300];
  snprintf(list, sizeof list,
           "{term=\"joint_pos\";of=\"hip\";scale=2.0;history=3;delay=2;%s},"
           "{term=\"qpos\";of=\"hip\";}",
           c->keys);
  co_built_world *world = robot_world(&(robot_task){
      .observation = list, .more = c->more, .reset = "{term=\"set\";of=\"qpos/hip\";value=0.5;}"});
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  double true_value[8];
  for (int step = 0; step < 8; step++) {
    true_value[step] = 2 * row.obs[3];
    for (int slot = 0; slot < 3; slot++) {
      int then = step - 2 - (2 - slot);
      // the values of the past are those delivered then: the delay's own past, or from before
      double wanted = then >= 0 ? true_value[then] : c->start * true_value[0];
      ck_assert_double_eq(row.obs[slot], wanted);
    }
    ck_ok(co_row_step(&row, (double[]){2, 1}, &result));
  }
  ck_assert_double_ne(true_value[7], true_value[0]);
  ck_assert_int_eq(world->info.obs[0].fill, c->start == 0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Whole frames, oldest first, are the observations without a stack, one after another.
START_TEST(test_stack) {
  static const char list[] =
      "{term=\"qpos\";of=\"hip|knee\";},{term=\"last_action\";scale=3.0;},"
      "{term=\"qvel\";of=\"knee\";}";
  static const char start[] = "{term=\"set\";of=\"qpos/hip\";value=0.5;}";
  bool zero = _i;
  co_built_world *plain = robot_world(&(robot_task){.observation = list, .reset = start});
  co_built_world *stacked = robot_world(&(robot_task){
      .observation = list, .reset = start, .more = zero ? "stack=3;fill=\"zero\";" : "stack=3;"});
  ck_assert_int_eq(stacked->info.obs_dim, 15);
  ck_assert_int_eq(stacked->info.history, 3);
  ck_assert_int_eq(stacked->info.layout, 1);
  ck_assert_int_eq(plain->info.layout, 0);
  ck_assert_str_eq(stacked->info.obs[1].name, "qpos/knee@-2");
  ck_assert_str_eq(stacked->info.obs[9].name, "qvel/knee@-1");
  ck_assert_str_eq(stacked->info.obs[14].name, "qvel/knee");
  ck_assert_double_eq(stacked->info.obs[7].scale, 3.0);
  co_row a = test_row(plain, 1), b = test_row(stacked, 1);
  double frames[8][5] = {{0}};
  for (int step = 0; step < 8; step++) {
    memcpy(frames[step], a.obs, sizeof *frames);
    for (int k = 0; k < 3; k++) {
      int then = step - (2 - k);
      const double nothing[5] = {0};
      const double *wanted = then >= 0 ? frames[then] : zero ? nothing : frames[0];
      ck_assert_mem_eq(b.obs + 5 * k, wanted, sizeof *frames);
    }
    co_row_result result = {0};
    double action[] = {0.5 * step, 1 - step};
    ck_ok(co_row_step(&a, action, &result));
    ck_ok(co_row_step(&b, action, &result));
  }
  co_row_free(&a);
  co_row_free(&b);
  co_world_free(plain);
  co_world_free(stacked);
}
END_TEST

START_TEST(test_stack_mistakes) {
  static const char *const says[] = {"history: the task stacks whole",
                                     "fill: the task stacks whole"};
  co_built_world *world = NULL;
  robot_task task = {
      .more = "stack=2;",
      .observation = _i ? "{term=\"qvel\";fill=\"zero\";}" : "{term=\"qvel\";history=2;}"};
  ck_fails(robot_try(&task, &world), CO_CONFIG, says[_i]);
  task = (robot_task){.more = "stack=65;"};
  ck_fails(robot_try(&task, &world), CO_CONFIG, "stack: 65 is out of range");
  task = (robot_task){.more = "fill=\"last\";"};
  ck_fails(robot_try(&task, &world), CO_CONFIG, "fill: unknown value \"last\"");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("past");
  TCase *tcase = tcase_create("past");
  tcase_add_loop_test(tcase, test_fill, 0, (int)(sizeof kPast / sizeof *kPast));
  tcase_add_loop_test(tcase, test_stack, 0, 2);
  tcase_add_loop_test(tcase, test_stack_mistakes, 0, 2);
  suite_add_tcase(suite, tcase);
  return suite;
}
