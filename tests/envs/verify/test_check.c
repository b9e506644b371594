// `check` passes the shipped tasks and finds what is wrong with a world.

#include "envs/verify/bare.h"
#include "envs/verify/check.h"
#include "tests/envs/models.h"

static const co_check_test *test_named(const co_check *check, const char *name) {
  for (int i = 0; i < check->num_tests; i++) {
    if (strcmp(check->test[i].name, name) == 0) return &check->test[i];
  }
  ck_abort_msg("no test \"%s\"", name);
  return NULL;
}

START_TEST(test_shipped_tasks) {
  co_world world = {.task = test_tasks[_i]};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  for (int i = 0; i < check.num_tests; i++) {
    ck_assert_msg(check.test[i].ok, "%s: %s", check.test[i].name, check.test[i].text);
    ck_assert_int_gt(strlen(check.test[i].text), 5);
  }
  ck_assert(check.ok);
  ck_assert(!check.has_shift);
  ck_assert_str_eq(check.task, test_tasks[_i]);
  ck_assert_int_ge(check.num_tests, 10);
}
END_TEST

// Controls of other ranges than 1 are no fault, but raw outputs hardly move them.
START_TEST(test_far_ranges) {
  static const struct {
    const char *clip;
    bool far;
  } cases[] = {{"task.action.0.clip=(0.0,255.0)", true},
               {"task.action.0.clip=(-0.05,0.05)", true},
               {"task.action.0.clip=(100.0,101.0)", true},
               {"task.action.0.clip=(-2.0,2.0)", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_world world = {.task = "pendulum", .set = &cases[i].clip, .num_set = 1};
    co_check check;
    ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
    ck_assert(check.ok);
    bool found = false;
    for (int k = 0; k < check.num_tests; k++)
      found = found || strcmp(check.test[k].name, "action ranges") == 0;
    ck_assert_int_eq(found, cases[i].far);
    if (found) ck_assert_ptr_nonnull(strstr(test_named(&check, "action ranges")->text, "1 of 1"));
  }
}
END_TEST

// A dead shift behind a live one is named.
START_TEST(test_each_shift) {
  static const struct {
    const char *damping, *says;
    bool ok;
  } cases[] = {{"*_joint", "without any of them", true},
               {"root*", "nothing changes without: joint.damping of root* scale 0.5", false}};
  for (int i = 0; i < 2; i++) {
    char text[256];
    snprintf(text, sizeof text,
             "{ parameter = \"option.gravity\"; scale = 1.5; }, { parameter = \"joint.damping\"; "
             "select = \"%s\"; scale = 0.5; }",
             cases[i].damping);
    co_node *domain = test_domain(text);
    co_check check;
    ck_ok(co_check_world(NULL, &(co_world){.task = "hopper", .domain = domain}, NULL, 1, &check));
    const co_check_test *test = test_named(&check, "each shift is live");
    ck_assert_ptr_nonnull(strstr(test->text, cases[i].says));
    ck_assert_int_eq(test->ok, cases[i].ok);
    ck_assert_int_eq(check.ok, cases[i].ok);
    ck_assert(check.shift.live);
    co_node_free(domain);
  }
}
END_TEST

START_TEST(test_live_shift) {
  co_node *domain = test_domain("{ parameter = \"option.gravity\"; scale = 1.5; }");
  const char *set[] = {"task.horizon=40", "domain.0.scale=2"};
  co_world world = {.task = "hopper", .domain = domain, .set = set, .num_set = 2};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert(check.ok);
  ck_assert(check.has_shift && check.shift.live);
  ck_assert_int_eq(check.num_domain, 1);
  ck_assert_double_eq(check.domain[0].value[0], 2.0);
  ck_assert_int_eq(check.shift.first_step, 1);
  co_node_free(domain);
}
END_TEST

START_TEST(test_inert_shift) {
  co_node *domain =
      test_domain("{ parameter = \"geom.friction\"; select = \"leg*\"; scale = 0.5; }");
  co_world world = {.task = "hopper", .domain = domain};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert(!check.ok);
  ck_assert(!test_named(&check, "shift is live")->ok);
  ck_assert_ptr_nonnull(strstr(test_named(&check, "shift is live")->text, "larger friction"));
  co_node_free(domain);
}
END_TEST

// A world that explodes: found, and not an error of the check itself.
START_TEST(test_unstable_world) {
  const char *set[] = {"domain.0={parameter=\"actuator.gear\";select=\"*\";scale=5000.0;}"};
  co_world world = {.task = "half_cheetah", .set = set, .num_set = 1};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert(!check.ok);
  ck_assert(!test_named(&check, "finite")->ok);
  ck_assert_ptr_nonnull(strstr(test_named(&check, "finite")->text, "no more were tried"));
  ck_assert(!test_named(&check, "further tests")->ok);
  ck_assert_str_eq(check.test[check.num_tests - 1].name, "further tests");
}
END_TEST

// Numbers with which an engine would be busy for nothing: one sentence, at once.
static const struct {
  const char *keys, *geom, *says;
} kFaulty[] = {
    {"timestep='-0.002'", "", "option timestep is -0.002, allowed 1e-06 to 1"},
    {"timestep='0'", "", "option timestep is 0, allowed"},
    {"timestep='1e-300'", "", "option timestep is 1e-300, allowed"},
    {"gravity='0 0 nan'", "", "option gravity is nan, allowed"},
    {"gravity='0 0 -1e200'", "", "option gravity is -1e+200"},
    {"wind='inf 0 0'", "", "option wind is inf"},
    {"density='-1'", "", "option density is -1, allowed 0"},
    {"iterations='100000000'", "", "option iterations is 1e+08"},
    {"", "mass='inf'", "the mass of body \"b\" is inf"},
    {"", "friction='nan 0 0'", "geom_friction holds nan"},
};

START_TEST(test_faulty_world) {
  char model[600];
  snprintf(model, sizeof model,
           "<mujoco><option %s/><worldbody><body name='b'><joint name='j' axis='0 1 0'/>"
           "<geom size='.1' pos='.2 0 0' %s/></body></worldbody><actuator><motor joint='j' "
           "ctrlrange='-1 1'/></actuator></mujoco>",
           kFaulty[_i].keys, kFaulty[_i].geom);
  char *task = test_model_task(model, "horizon = 50;");
  co_world world = {.task = task};
  co_check check;
  ck_fails(co_check_world(NULL, &world, NULL, 1, &check), CO_DATA, kFaulty[_i].says);
  free(task);
}
END_TEST

// What is too large for the whole tape is tried as long as a fixed amount of work allows, and
// says so.
START_TEST(test_large_world) {
  enum { BALLS = 500 };
  co_buf model = {0};
  co_buf_puts(&model, "<mujoco><worldbody><geom type='plane' size='50 50 .1'/>");
  for (int i = 0; i < BALLS; i++) {
    co_buf_printf(&model, "<body pos='%g %g .1'><freejoint/><geom size='.1'/></body>", i % 25 * 0.5,
                  i / 25 * 0.5);
  }
  co_buf_puts(&model,
              "<body pos='0 0 9'><joint name='j' axis='0 1 0'/><geom size='.1'/></body>"
              "</worldbody><actuator><motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>");
  char *task = test_model_task(model.data, "horizon = 1000;");
  co_node *domain = test_domain("{ parameter = \"option.gravity\"; scale = 0.5; }");
  co_world world = {.task = task, .domain = domain};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert(check.ok);
  ck_assert_ptr_nonnull(strstr(test_named(&check, "finite")->text, "too large for more"));
  ck_assert_ptr_nonnull(strstr(test_named(&check, "same seed")->text, "too large"));
  ck_assert_ptr_nonnull(strstr(test_named(&check, "time limit")->text, "too many to try"));
  ck_assert(check.shift.live);
  co_node_free(domain);
  co_buf_free(&model);
  free(task);
}
END_TEST

// A long chain of joints takes the square of its length for each of them.
START_TEST(test_long_chain) {
  enum { LINKS = 200 };
  co_buf model = {0};
  co_buf_puts(&model, "<mujoco><worldbody>");
  for (int i = 0; i < LINKS; i++) {
    co_buf_printf(&model,
                  "<body pos='0 0 .1'><joint name='j%d' axis='0 1 0' damping='1'/>"
                  "<geom size='.02' contype='0' conaffinity='0'/>",
                  i);
  }
  for (int i = 0; i < LINKS; i++) co_buf_puts(&model, "</body>");
  co_buf_puts(&model,
              "</worldbody><actuator><motor joint='j0' ctrlrange='-1 1'/></actuator></mujoco>");
  char *task = test_model_task(model.data, "horizon = 20;");
  co_world world = {.task = task};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert_ptr_nonnull(strstr(test_named(&check, "finite")->text, "too large for more"));
  co_buf_free(&model);
  free(task);
}
END_TEST

// What the model's own ranges do to actions is told, and no mistake.
START_TEST(test_ranges_are_told) {
  const char *set[] = {"task.action.0.clip=(-1.0,3.0)"};
  co_world world = {.task = "hopper", .set = set, .num_set = 1};
  co_check check;
  ck_ok(co_check_world(NULL, &world, NULL, 1, &check));
  ck_assert(check.ok);
  ck_assert_ptr_nonnull(
      strstr(test_named(&check, "ranges of the model")->text,
             "ctrl \"thigh_joint\": ctrlrange cuts controls to +-1, actions reach "
             "-1..3"));
}
END_TEST

START_TEST(test_broken_world) {
  co_world world = {.task = "no_such_task"};
  co_check check;
  ck_fails(co_check_world(NULL, &world, NULL, 1, &check), CO_NO_INPUT, "no_such_task");
}
END_TEST

// ---- speeds: no figure is promised here, only that there are some and that bytes don't depend on
// threads

START_TEST(test_speed) {
  co_world world = {.task = test_tasks[_i]};
  co_built_world *built = test_world(test_tasks[_i], NULL, NULL);
  co_stepping *side[3];
  co_speed speed[3];
  ck_ok(co_stepping_bare(built, 3, 1, 8, &side[0]));
  ck_ok(co_stepping_env(&world, 3, 1, 8, 1, &side[1]));
  ck_ok(co_stepping_env(&world, 3, 2, 1, 1, &side[2]));
  ck_ok(co_stepping_run(side, 3, 0.02, speed));
  for (int i = 0; i < 3; i++) {
    ck_assert_double_gt(speed[i].steps_per_s, 0.0);
    ck_assert_double_gt(speed[i].cpu_us, 0.0);
    ck_assert_int_eq(speed[i].faults, 0);
  }
  ck_assert_uint_eq(co_stepping_hash(side[1]), co_stepping_hash(side[2]));
  ck_assert_uint_gt(co_stepping_bytes(side[1]), sizeof(co_row));
  for (int i = 0; i < 3; i++) co_stepping_free(side[i]);
  co_world_free(built);
}
END_TEST

// More threads than rows are not an error.
START_TEST(test_speed_of_one_row) {
  co_built_world *built = test_world("pendulum", NULL, NULL);
  co_stepping *env;
  double bare = 0.0;
  co_speed speed;
  ck_ok(co_bare_steps_per_second(built, 1, 4, 0.01, &bare));
  ck_ok(co_stepping_env(&(co_world){.task = "pendulum"}, 1, 4, 8, 1, &env));
  ck_ok(co_stepping_run(&env, 1, 0.01, &speed));
  ck_assert_double_gt(bare, 0.0);
  ck_assert_int_gt(speed.resets, 0);
  co_stepping_free(env);
  co_world_free(built);
}
END_TEST

// Rows of both sides are in the midst of episodes from the first timed step on: hoppers under
// random actions have fallen within any hundred steps.
START_TEST(test_speed_of_warm_rows) {
  enum { ROWS = 128 };
  co_world world = {.task = "hopper"};
  co_built_world *built = test_world("hopper", NULL, NULL);
  co_stepping *side[2];
  co_speed speed[2];
  ck_ok(co_stepping_bare(built, ROWS, 1, 1, &side[0]));
  ck_ok(co_stepping_env(&world, ROWS, 1, 1, 1, &side[1]));
  ck_ok(co_stepping_run(side, 2, 0.01, speed));  // a few steps of a group, in each of ten turns
  for (int i = 0; i < 2; i++) ck_assert_int_gt(speed[i].resets, 0);
  for (int i = 0; i < 2; i++) co_stepping_free(side[i]);
  co_world_free(built);
}
END_TEST

// An actuator that the domain has removed is not driven.
START_TEST(test_speed_without_an_actuator) {
  co_built_world *built = test_world(
      "hopper", "{ parameter = \"joint.lock\"; select = \"thigh_joint\"; set = 0.0; }", NULL);
  double bare = 0.0;
  ck_ok(co_bare_steps_per_second(built, 2, 1, 0.01, &bare));
  ck_assert_double_gt(bare, 0.0);
  co_world_free(built);
}
END_TEST

// Who looks further at both worlds, as a grade under a policy does, finds them built.
START_TEST(test_worlds_stay_on_the_shelf) {
  co_node *domain = test_domain("{ parameter = \"option.gravity\"; scale = 1.5; }");
  const co_world source = {.task = "hopper"}, target = {.task = "hopper", .domain = domain};
  const co_world *const both[] = {&source, &target};
  co_world_shelf *shelf = NULL;
  co_check check;
  ck_ok(co_world_shelf_create(&shelf));
  ck_ok(co_check_world(shelf, &target, NULL, 1, &check));
  ck_assert_int_eq(co_world_shelf_builds(shelf), 2);
  for (int i = 0; i < 2; i++) {
    co_shared_world *world = NULL;
    ck_ok(co_world_shelf_take(shelf, both[i], &world));
    co_shared_world_drop(world);
  }
  ck_assert_int_eq(co_world_shelf_builds(shelf), 2);
  co_world_shelf_free(shelf);
  co_node_free(domain);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("check");
  TCase *tcase = tcase_create("check");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_shipped_tasks, 0, TEST_TASKS);
  tcase_add_test(tcase, test_far_ranges);
  tcase_add_test(tcase, test_live_shift);
  tcase_add_test(tcase, test_each_shift);
  tcase_add_test(tcase, test_inert_shift);
  tcase_add_test(tcase, test_unstable_world);
  tcase_add_test(tcase, test_ranges_are_told);
  tcase_add_loop_test(tcase, test_faulty_world, 0, (int)(sizeof kFaulty / sizeof *kFaulty));
  tcase_add_test(tcase, test_large_world);
  tcase_add_test(tcase, test_long_chain);
  tcase_add_test(tcase, test_broken_world);
  tcase_add_test(tcase, test_worlds_stay_on_the_shelf);
  tcase_add_loop_test(tcase, test_speed, 0, TEST_TASKS);
  tcase_add_test(tcase, test_speed_of_one_row);
  tcase_add_test(tcase, test_speed_of_warm_rows);
  tcase_add_test(tcase, test_speed_without_an_actuator);
  suite_add_tcase(suite, tcase);
  return suite;
}
