// Layouts by name, and the maze tasks that come with the program.

#include "core/json.h"
#include "envs/physics/maze_file.h"
#include "tests/envs/walls.h"
#include "tests/envs/worlds.h"

// --- layouts that come with the program

static co_built_world *layout_world(const char *name) {
  char set[100];
  snprintf(set, sizeof set, "maze=%s", name);
  return test_world("point_maze", NULL, set);
}

// Every layout builds, and is what the benchmark's own list says.
START_TEST(test_layouts_of_the_benchmark) {
  if (!test_shared()) return;
  co_json *facts = NULL;
  char *path = co_path_join(test_shared(), "golden/odrl_tasks.json");
  ck_ok(co_json_read(path, &facts));
  const co_json *mazes = co_json_get(co_json_get(facts, "antmaze"), "mazes");
  ck_assert_int_eq(co_json_count(mazes), 21);
  for (size_t i = 0; i < co_json_count(mazes); i++) {
    const co_json *fact = co_json_at(mazes, i), *rows = co_json_get(fact, "rows");
    co_built_world *world = layout_world(co_json_get_string(fact, "name"));
    const co_maze_def *maze = &world->def.task.scene.maze;
    ck_assert_double_eq(maze->cell, co_json_get_number(fact, "cell_size", 0));
    ck_assert_int_eq(world->info.horizon, co_json_get_int(fact, "max_episode_steps", 0));
    ck_assert_int_eq(maze->rows.count, co_json_count(rows));
    for (int row = 0; row < maze->rows.count; row++)
      ck_assert_str_eq(maze->rows.value[row], co_json_as_string(co_json_at(rows, (size_t)row)));
    check_walls(maze);
    co_world_free(world);
  }
  co_json_free(facts);
  free(path);
}
END_TEST

START_TEST(test_layout_by_name) {
  co_built_world *world = NULL;
  co_buf text = {0};
  ck_fails(test_try_world("point_maze", NULL, "maze=antmaze-smal-0", &world), CO_NO_INPUT,
           "did you mean \"antmaze-small-0\"");
  ck_fails(test_try_world("point_maze", NULL, "maze=\"../tasks/hopper.cfg\"", &world), CO_CONFIG,
           "maze: must be the name of a file");
  ck_fails(test_try_world("point_maze", NULL, "maze=7", &world), CO_CONFIG, "maze");
  world = layout_world("antmaze-large-3");
  ck_ok(co_task_write(&world->def.task, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "#R.....#...#"));
  ck_assert_ptr_null(strstr(text.data, "antmaze"));
  co_buf_free(&text);
  co_world_free(world);
}
END_TEST

static co_node *task_of(const char *members) {
  co_node *root = NULL;
  ck_ok(co_tree_parse(members, "task.cfg", &root));
  return root;
}

// A task's own horizon stays; what the layout holds keeps its file.
START_TEST(test_layout_horizon) {
  co_node *without = task_of("maze = \"antmaze-small-0\";");
  co_node *with = task_of("horizon = 5; maze = \"antmaze-small-0\";");
  co_node *rows = task_of("maze = { rows = ( \"#\" ); };");
  ck_ok(co_maze_file_expand(without));
  ck_ok(co_maze_file_expand(with));
  ck_ok(co_maze_file_expand(rows));
  ck_assert_int_eq(co_node_get(without, "horizon")->value.integer, 700);
  ck_assert_int_eq(co_node_get(with, "horizon")->value.integer, 5);
  ck_assert_ptr_null(co_node_get(rows, "horizon"));
  const co_node *maze = co_node_get(without, "maze");
  ck_assert_ptr_nonnull(strstr(maze->file, "configs/mazes/antmaze-small-0.cfg"));
  ck_assert_int_eq(co_node_get(maze, "rows")->count, 5);
  co_node_free(without);
  co_node_free(with);
  co_node_free(rows);
}
END_TEST

static const double *place(const co_physics *row, co_element group, const char *x) {
  int index = co_model_find(row->model, group, x);
  ck_assert_int_ge(index, 0);
  return row->field[group] + index;
}

// A layout must hold a maze and nothing that a task would not expect.
START_TEST(test_bad_layout) {
  static const char *const text[] = {"maze = ( 1 );", "horizon = 5;", "maze = { }; cell = 1.0;",
                                     ""};
  char *data = co_path_join(getenv("CARRYOVER_BUILD_DIR"), "scratch/layouts");
  char *folder = co_path_join(data, "configs/mazes"), *path = co_path_join(folder, "own.cfg");
  co_node *task = task_of("maze = \"own\";");
  ck_ok(co_dir_create(folder));
  ck_assert_int_eq(setenv("CARRYOVER_DATA", data, 1), 0);
  for (int i = 0; i < 4; i++) {
    ck_ok(co_file_write(path, text[i], strlen(text[i])));
    ck_fails(co_maze_file_expand(task), CO_CONFIG, "a layout holds a group maze");
    ck_assert_str_eq(co_node_get(task, "maze")->value.string, "own");
    ck_assert_int_eq(task->count, 1);
  }
  co_node_free(task);
  free(path);
  free(folder);
  free(data);
}
END_TEST

// An edit has no line.
START_TEST(test_place_of_a_wrong_name) {
  co_node *task = task_of("maze = \"nowhere\";");
  ck_fails(co_maze_file_expand(task), CO_NO_INPUT, "task.cfg:1: maze: no maze \"nowhere\"");
  ck_ok(co_tree_set(task, "maze=\"a/b\""));
  ck_fails(co_maze_file_expand(task), CO_CONFIG, "--set: maze: must be the name of a file");
  co_node_free(task);
}
END_TEST

// --- tasks

// Steers to the cells of the way one after the other, then to the goal, until the episode ends.
static int follow_way(co_row *row, co_row_result *result) {
  static const double way[][2] = {{4, 4}, {4, -4}, {-4, -4}};
  const double *ball = place(row->physics, CO_BODY_POS, "ball.x");
  int step = 0, next = 0;
  do {
    double dx = way[next][0] - ball[0], dy = way[next][1] - ball[1];
    if (next < 2 && dx * dx + dy * dy < 0.25) next++;
    double action[2] = {fmax(-1, fmin(1, dx)), fmax(-1, fmin(1, dy))};
    ck_ok(co_row_step(row, action, result));
    step++;
  } while (!result->terminated && !result->truncated);
  return step;
}

START_TEST(test_point_maze_can_be_solved) {
  co_built_world *world = test_world("point_maze", NULL, NULL);
  co_row row = test_row(world, 3);
  co_row_result result = {0};
  ck_assert_int_eq(world->info.has_success, true);
  int steps = follow_way(&row, &result);
  ck_assert(result.terminated && result.success && !result.truncated);
  ck_assert_double_eq(result.reward, 1.0);
  ck_assert_int_gt(steps, 24 / 0.25 / 2);  // 24 m at no more than 10 m/s
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The dense variant goes on at the goal, and pays exp(-distance) everywhere.
START_TEST(test_dense_maze_goes_on) {
  co_built_world *world = test_world("point_maze_dense", NULL, NULL);
  co_row row = test_row(world, 3);
  co_row_result result = {0};
  const double *ball = place(row.physics, CO_BODY_POS, "ball.x");
  ck_ok(co_row_step(&row, (double[]){0.3, 0.1}, &result));
  double distance = hypot(ball[0] + 4.0, ball[1] + 4.0);
  ck_assert_double_eq_tol(result.reward, exp(-distance), 1e-9);
  ck_assert_int_eq(follow_way(&row, &result), 699);
  ck_assert(result.truncated && result.success && !result.terminated);
  ck_assert_double_gt(result.reward, 0.9);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The ball cannot leave: pushed at random for an episode it stays within free cells.
START_TEST(test_walls_hold) {
  co_built_world *world = layout_world("antmaze-medium-2");
  const co_maze_def *maze = &world->def.task.scene.maze;
  co_row row = test_row(world, 5);
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_ACTION}, 0);
  const double *ball = place(row.physics, CO_BODY_POS, "ball.x");
  double action[2] = {0};
  for (int step = 0; step < 1000; step++) {
    co_row_result result = {0};
    if (step % 20 == 0) test_random_action(&world->info, &rng, action);
    ck_ok(co_row_step(&row, action, &result));
    int i = (int)lround(3.5 - ball[1] / 4.0), j = (int)lround(3.5 + ball[0] / 4.0);
    ck_assert(i >= 0 && i < 8 && j >= 0 && j < 8);
    ck_assert_msg(maze->rows.value[i][j] != '#', "in the wall at %g %g", ball[0], ball[1]);
    if (result.terminated) break;
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The ant starts on its feet in R and does not fall through anything.
START_TEST(test_ant_maze_starts) {
  co_built_world *world = test_world("ant_maze", NULL, NULL);
  co_row row = test_row(world, 1);
  const double *torso = place(row.physics, CO_BODY_POS, "torso.x");
  for (int step = 0; step < 20; step++) {
    co_row_result result = {0};
    double action[8] = {0};
    ck_ok(co_row_step(&row, action, &result));
    ck_assert(!result.terminated && !result.fault);
    ck_assert_double_eq(result.reward, 0.0);
  }
  ck_assert(fabs(torso[0] + 4.0) < 1.0 && fabs(torso[1] - 4.0) < 1.0 && torso[2] > 0.2);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("maze_file");
  TCase *layouts = tcase_create("layouts");
  TCase *tasks = tcase_create("tasks");
  tcase_add_test(layouts, test_layouts_of_the_benchmark);
  tcase_add_test(layouts, test_layout_by_name);
  tcase_add_test(layouts, test_layout_horizon);
  tcase_add_test(layouts, test_bad_layout);
  tcase_add_test(layouts, test_place_of_a_wrong_name);
  tcase_add_test(tasks, test_point_maze_can_be_solved);
  tcase_add_test(tasks, test_dense_maze_goes_on);
  tcase_add_test(tasks, test_walls_hold);
  tcase_add_test(tasks, test_ant_maze_starts);
  suite_add_tcase(suite, layouts);
  suite_add_tcase(suite, tasks);
  return suite;
}
