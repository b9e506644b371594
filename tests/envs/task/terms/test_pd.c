// Gains, limit and delay of `pd` actions under a domain: the same as a task that says so, and drawn
// for every episode.

#include "tests/envs/robot.h"

#define PD(keys) "{term=\"pd\";actuators=\"hip|knee\";clip=(-1.0,1.0);" keys "}"

static co_built_world *world_of(const char *action, const char *shifts) {
  return robot_world(&(robot_task){
      .action = action, .shifts = shifts, .observation = "{term=\"qpos\";},{term=\"qvel\";}"});
}

// Both rows do the same for 20 steps; `b` gets the action of `late` steps before.
static bool same_runs(co_row *a, co_row *b, int late) {
  double action[20][2];
  bool same = true;
  for (int step = 0; step < 20; step++) {
    co_row_result result = {0};
    action[step][0] = sin(step), action[step][1] = cos(2.0 * step);
    ck_ok(co_row_step(a, action[step], &result));
    ck_ok(co_row_step(b, action[step > late ? step - late : 0], &result));
    same = same && memcmp(a->obs, b->obs, 17 * sizeof *a->obs) == 0;
  }
  return same;
}

typedef struct number_case {
  const char *task, *shifts, *told;
} number_case;

static const number_case kNumbers[] = {
    {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kp\";select=\"hip\";scale=2.0;}",
     PD("kp=(40.0,20.0);kd=0.5;")},
    {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kd\";select=\"pd\";set=1.5;}", PD("kp=20.0;kd=1.5;")},
    {PD("kp=20.0;kd=0.5;torque_limit=3.0;"),
     "{parameter=\"pd.torque_limit\";select=\"pd/knee\";scale=0.25;}",
     PD("kp=20.0;kd=0.5;torque_limit=(3.0,0.75);")},
    {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.torque_limit\";select=\"*\";set=1.0;}",
     PD("kp=20.0;kd=0.5;torque_limit=1.0;")},
    {"{term=\"pd\";actuators=\"knee\";clip=(-1.0,1.0);kp=20.0;kd=0.5;},"
     "{term=\"pd\";actuators=\"hip\";clip=(-1.0,1.0);kp=5.0;kd=0.5;}",
     "{parameter=\"pd.kp\";select=\"hip\";set=9.0;}",
     "{term=\"pd\";actuators=\"knee\";clip=(-1.0,1.0);kp=20.0;kd=0.5;},"
     "{term=\"pd\";actuators=\"hip\";clip=(-1.0,1.0);kp=9.0;kd=0.5;}"},
};

START_TEST(test_numbers) {
  const number_case *c = &kNumbers[_i];
  co_built_world *nominal = world_of(c->task, NULL), *shifted = world_of(c->task, c->shifts),
                 *told = world_of(c->told, NULL);
  co_row a = test_row(shifted, 1), b = test_row(told, 1);
  ck_assert(same_runs(&a, &b, 0));
  ck_ok(co_row_reset(&a));
  co_row plain = test_row(nominal, 1);
  ck_assert(!same_runs(&a, &plain, 0));
  // a contract tells what the controller was built for
  ck_assert_double_eq(shifted->info.action[0].kp, nominal->info.action[0].kp);
  co_row_free(&a), co_row_free(&b), co_row_free(&plain);
  co_world_free(nominal), co_world_free(shifted), co_world_free(told);
}
END_TEST

// Five physics steps are a control step: as long a delay is the action of the step before.
START_TEST(test_delay) {
  co_built_world *plain = world_of(PD("kp=20.0;kd=0.5;"), NULL);
  co_built_world *late =
      world_of(PD("kp=20.0;kd=0.5;"), _i ? "{parameter=\"pd.delay\";select=\"*\";set=10;}"
                                         : "{parameter=\"pd.delay\";select=\"*\";set=5;}");
  co_row a = test_row(late, 1), b = test_row(plain, 1);
  ck_assert(same_runs(&a, &b, _i ? 2 : 1));
  ck_ok(co_row_reset(&a)), ck_ok(co_row_reset(&b));
  ck_assert(same_runs(&a, &b, _i ? 2 : 1));
  co_row_free(&a), co_row_free(&b);
  co_world_free(plain), co_world_free(late);
}
END_TEST

// A part of a control step: against a world that acts before every physics step.
START_TEST(test_part_of_a_step) {
  co_built_world *late =
      world_of(PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.delay\";select=\"hip\";set=3;}");
  co_built_world *fine = world_of(PD("kp=20.0;kd=0.5;"), "{parameter=\"control.substeps\";set=1;}");
  co_row a = test_row(late, 1), b = test_row(fine, 1);
  co_row_result result = {0};
  for (int step = 0; step < 10; step++) {
    ck_ok(co_row_step(&a, (double[]){sin(step), cos(step)}, &result));
    for (int k = 0; k < 5; k++) {
      int then = 5 * step + k - 3;
      ck_ok(co_row_step(&b, (double[]){sin(then > 0 ? then / 5 : 0), cos(step)}, &result));
    }
    ck_assert_mem_eq(a.physics->qpos, b.physics->qpos, 9 * sizeof(double));
  }
  co_row_free(&a), co_row_free(&b);
  co_world_free(late), co_world_free(fine);
}
END_TEST

// Drawn anew at every reset, also the delay; a saved row goes on with the same bits.
START_TEST(test_drawn) {
  co_built_world *world =
      world_of(PD("kp=20.0;kd=0.5;"),
               "{parameter=\"pd.kp\";select=\"*\";scale={uniform=(0.5,1.5);each=true;};},"
               "{parameter=\"pd.delay\";select=\"*\";set={uniform=(0,8);};}");
  co_row row = test_row(world, 3);
  const co_signal *signal = &world->plan.signal;
  const double *kp = row.path.value + signal->at[CO_PD_KP];
  bool differ = false, delayed = false;
  double first = kp[0];
  for (int episode = 0; episode < 10; episode++) {
    ck_assert(kp[0] >= 10 && kp[0] <= 30 && kp[0] != kp[1]);
    differ = differ || kp[0] != first;
    delayed = delayed || row.path.value[signal->at[CO_PD_DELAY]] > 4;
    ck_ok(co_row_reset(&row));
  }
  ck_assert(differ && delayed);
  co_row_result result = {0};
  for (int step = 0; step < 3; step++) ck_ok(co_row_step(&row, (double[]){sin(step), 0}, &result));
  void *bytes = malloc(co_row_size(&world->binding));
  double obs[2][17];
  co_row_save(&row, bytes);
  for (int k = 0; k < 2; k++) {
    ck_ok(co_row_step(&row, (double[]){-1, 1}, &result));
    ck_ok(co_row_step(&row, (double[]){1, 0}, &result));
    memcpy(obs[k], row.obs, sizeof *obs);
    ck_ok(co_row_reset(&row));
    ck_ok(co_row_load(&row, bytes));
  }
  ck_assert_mem_eq(obs[0], obs[1], sizeof *obs);
  free(bytes);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_mistakes) {
  static const char *const cases[][3] = {
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kp\";select=\"servo\";set=1.0;}", "matches no pd"},
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kp\";select=\"servo\";set=1.0;}",
       "there are: pd/hip, pd/knee"},
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kp\";set=1.0;}", "needs a pattern of pd names"},
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.kp\";select=\"*\";scale=-1.0;}", "would be -20"},
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.delay\";select=\"*\";set=65;}", "would be 65"},
      {PD("kp=20.0;kd=0.5;"), "{parameter=\"pd.delay\";select=\"*\";set=0.5;}", "whole number"},
      {"{term=\"ctrl\";actuators=\"knee\";}", "{parameter=\"pd.kp\";select=\"*\";set=1.0;}",
       "there are: none"}};
  co_built_world *world = NULL;
  ck_fails(robot_try(&(robot_task){.action = cases[_i][0], .shifts = cases[_i][1]}, &world),
           CO_CONFIG, cases[_i][2]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("pd");
  TCase *tcase = tcase_create("pd");
  tcase_add_loop_test(tcase, test_numbers, 0, (int)(sizeof kNumbers / sizeof *kNumbers));
  tcase_add_loop_test(tcase, test_delay, 0, 2);
  tcase_add_test(tcase, test_part_of_a_step);
  tcase_add_test(tcase, test_drawn);
  tcase_add_loop_test(tcase, test_mistakes, 0, 7);
  suite_add_tcase(suite, tcase);
  return suite;
}
