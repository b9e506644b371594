// From names and files to worlds: lookup, domain files, edits, a user's own robot, messages.

#include "envs/source/worlds.h"
#include "tests/envs/worlds.h"

START_TEST(test_unknown_names) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("hoper", NULL, NULL, &world), CO_NO_INPUT, "did you mean \"hopper\"");
  ck_fails(test_try_world("no/such/task.cfg", NULL, NULL, &world), CO_NO_INPUT, "no/such/task.cfg");
  co_node *name = co_node_new(CO_NODE_STRING, "domain", "x.cfg", 1);
  name->value.string = strdup("no_such_domain");
  co_world with = {.task = "hopper", .domain = name};
  ck_fails(co_world_build(&with, &world), CO_NO_INPUT, "no domain \"no_such_domain\"");
  co_node_free(name);
}
END_TEST

START_TEST(test_path_and_name_are_the_same) {
  const char *source = getenv("CARRYOVER_SOURCE");
  char path[4200];
  snprintf(path, sizeof path, "%s/configs/tasks/hopper.cfg", source ? source : ".");
  co_built_world *a = test_world("hopper", NULL, NULL), *b = test_world(path, NULL, NULL);
  ck_assert_str_eq(b->info.task, "hopper");
  ck_assert_uint_eq(a->info.task_hash, b->info.task_hash);
  ck_assert_uint_eq(a->info.model_hash, b->info.model_hash);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

// Only the ending .cfg is left out of the name, not one in the middle.
START_TEST(test_name_of_a_file) {
  static const char *const names[][2] = {
      {"own.cfg", "own"}, {"own.cfg.old", "own.cfg.old"}, {"own.cfg.cfg", "own.cfg"}};
  char *task = NULL;
  co_buf text = {0};
  ck_ok(co_data_find("configs/tasks/pendulum.cfg", &task));
  ck_ok(co_file_read(task, 0, &text));
  for (int i = 0; i < 3; i++) {
    char *path = test_write(names[i][0], text.data);
    co_built_world *world = test_world(path, NULL, NULL);
    ck_assert_str_eq(world->info.task, names[i][1]);
    co_world_free(world);
    free(path);
  }
  co_buf_free(&text);
  free(task);
}
END_TEST

static co_status build_with_domain_file(const char *text, co_built_world **out) {
  char *path = test_write("domain.cfg", text);
  co_node *name = co_node_new(CO_NODE_STRING, "domain", "x.cfg", 1);
  name->value.string = strdup(path);
  co_world world = {.task = "hopper", .domain = name};
  co_status status = co_world_build(&world, out);
  co_node_free(name);
  free(path);
  return status;
}

START_TEST(test_domain_file) {
  co_built_world *world = NULL;
  ck_ok(build_with_domain_file(
      "# half the weight\ndomain = ( { parameter = \"option.gravity\"; scale = 0.5; } );\n",
      &world));
  ck_assert_int_eq(world->info.num_shifts, 1);
  co_world_free(world);
  ck_fails(build_with_domain_file("\n\ndomain = ( { parameter = \"option.gravit\"; scale = 1; } );",
                                  &world),
           CO_CONFIG, "domain.cfg:3: parameter");
  ck_fails(build_with_domain_file("task = 1;", &world), CO_CONFIG, "holds one list");
  ck_fails(build_with_domain_file("domain = 1;", &world), CO_CONFIG, "holds one list");
}
END_TEST

// Edits reach task and domain, later ones win, and a wrong one is named.
START_TEST(test_edits) {
  co_node *domain = test_domain("{ parameter = \"option.gravity\"; scale = 0.5; }");
  const char *set[] = {"domain.0.scale=3", "task.horizon=7", "domain.0.scale=2",
                       "domain.1={parameter=\"body.mass\";select=\"torso\";scale=2.0;}"};
  co_world world = {.task = "hopper", .domain = domain, .set = set, .num_set = 4};
  co_built_world *built = NULL;
  ck_ok(co_world_build(&world, &built));
  ck_assert_int_eq(built->info.horizon, 7);
  ck_assert_int_eq(built->info.num_shifts, 2);
  ck_assert_double_eq(built->info.shift[0].value[0], 2.0);
  co_world_free(built);
  const char *wrong[] = {"task.horizon=many"};
  world.set = wrong, world.num_set = 1;
  ck_fails(co_world_build(&world, &built), CO_CONFIG, "--set");
  const char *nowhere[] = {"task.reward.9.weight=1"};
  world.set = nowhere;
  ck_assert_int_ne(co_world_build(&world, &built), CO_OK);
  co_node_free(domain);
}
END_TEST

START_TEST(test_edit_appends_a_shift_without_a_domain) {
  co_built_world *world =
      test_world("hopper", NULL, "domain.0={parameter=\"option.gravity\";scale=2.0;}");
  ck_assert_int_eq(world->info.num_shifts, 1);
  co_world_free(world);
}
END_TEST

START_TEST(test_task_file_holds_one_group) {
  char *text = test_source("configs/tasks/pendulum.cfg");
  char *more = malloc(strlen(text) + 100);
  co_built_world *world = NULL;
  sprintf(more, "%sextra = 1;\n", text);
  char *path = test_write("extra.cfg", more);
  ck_fails(test_try_world(path, NULL, NULL, &world), CO_CONFIG, "extra: unknown key");
  sprintf(more, "%sdomain = ();\n", text);
  free(path);
  path = test_write("extra.cfg", more);
  ck_fails(test_try_world(path, NULL, NULL, &world), CO_CONFIG, "holds one group");
  free(path);
  path = test_write("extra.cfg", "format = 1;\n");
  ck_fails(test_try_world(path, NULL, NULL, &world), CO_CONFIG, "there must be a group task");
  free(path);
  path = test_write("extra.cfg", "task = { format = ; };\n");
  ck_fails(test_try_world(path, NULL, NULL, &world), CO_CONFIG, "extra.cfg:1");
  free(path), free(text), free(more);
}
END_TEST

// A user's robot: two files next to each other, no C.
START_TEST(test_own_robot) {
  free(test_write("slider.xml",
                  "<mujoco><worldbody><body name='box'><joint name='x' type='slide' axis='1 0 0'/>"
                  "<geom name='box' type='box' size='.1 .1 .1' mass='2'/></body></worldbody>"
                  "<actuator><motor name='push' joint='x'/></actuator></mujoco>"));
  char *path = test_write(
      "slider.cfg",
      "task = { format = 1; model = \"slider.xml\"; substeps = 5; horizon = 50;\n"
      "  observation = ( { term = \"qpos\"; name = \"joint_pos\"; }, { term = \"qvel\"; } );\n"
      "  action = ( { term = \"ctrl\"; scale = 4.0; clip = (-1.0, 1.0); } );\n"
      "  reward = ( { term = \"velocity\"; of = \"x\"; } ); };\n");
  co_built_world *world = test_world(path, NULL, NULL);
  ck_assert_str_eq(world->info.task, "slider");
  ck_assert_str_eq(world->info.obs[0].name, "joint_pos/x");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){0.5}, &result));
  ck_assert_double_eq_tol(row.obs[1], 0.5 * 4 / 2 * 0.01, 1e-12);  // v = F / m t
  co_row_free(&row);
  co_world_free(world);
  co_built_world *none = NULL;
  ck_fails(test_try_world(path, NULL, "task.action.0={term=\"ctrl\";}", &none), CO_CONFIG,
           "\"push\" has no range");
  ck_fails(test_try_world(path, NULL, "task.model=\"gone.xml\"", &none), CO_NO_INPUT,
           "no file \"gone.xml\"");
  free(path);
}
END_TEST

// The world source frees everything on every way out (run under the address sanitizer).
START_TEST(test_source_of_worlds) {
  co_world_source worlds = co_worlds(NULL);
  co_world good = {.task = "pendulum"}, bad = {.task = "pendulumm"};
  co_stream stream = {1, 0, CO_PURPOSE_RESET};
  co_env *env = NULL;
  ck_ok(worlds.create(worlds.context, &good, 3, &stream, &env));
  ck_assert_int_eq(co_env_rows(env), 3);
  co_env_destroy(env);
  co_env_destroy(NULL);
  ck_fails(worlds.create(worlds.context, &bad, 3, &stream, &env), CO_NO_INPUT, "pendulum");
  co_shift shift;
  ck_fails(worlds.compare(worlds.context, &good, &bad, 1, &shift), CO_NO_INPUT, "pendulum");
  ck_ok(worlds.compare(worlds.context, &good, &good, 1, &shift));
  ck_assert(!shift.live);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("world");
  TCase *tcase = tcase_create("world");
  tcase_add_test(tcase, test_unknown_names);
  tcase_add_test(tcase, test_path_and_name_are_the_same);
  tcase_add_test(tcase, test_name_of_a_file);
  tcase_add_test(tcase, test_domain_file);
  tcase_add_test(tcase, test_edits);
  tcase_add_test(tcase, test_edit_appends_a_shift_without_a_domain);
  tcase_add_test(tcase, test_task_file_holds_one_group);
  tcase_add_test(tcase, test_own_robot);
  tcase_add_test(tcase, test_source_of_worlds);
  suite_add_tcase(suite, tcase);
  return suite;
}
