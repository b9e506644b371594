// Mazes and rough ground: what a definition may say, and that what is simulated is what it says.

#include "core/hash.h"
#include "core/json.h"
#include "envs/maze_file.h"
#include "envs/physics_mujoco.h"
#include "envs/scene.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

// --- definitions

typedef struct bad_definition {
  const char *text, *says;
} bad_definition;

#define MAZE_OF(rows) "rows = ( " rows " );\ncell = 1.0;\nheight = 1.0;"

static const bad_definition bad_mazes[] = {
    {"cell = 1.0; height = 1.0;", "m.cfg:1: rows: missing"},
    {MAZE_OF("\"#####\", \"#RG#\", \"####\""), "m.cfg:2: rows: row 2 has 4 cells, the first has 5"},
    {MAZE_OF("\"####\", \"#RX#\", \"#G.#\", \"####\""), "row 2, column 3: unknown cell"},
    {MAZE_OF("\"####\", \"#.G#\", \"####\""), "there must be one start (R), not 0"},
    {MAZE_OF("\"####\", \"#RR#\", \"#G.#\", \"####\""), "there must be one start (R), not 2"},
    {MAZE_OF("\"####\", \"#R.#\", \"####\""), "there must be one goal (G), not 0"},
    {MAZE_OF("\"#####\", \"#RGG#\", \"#####\""), "there must be one goal (G), not 2"},
    {MAZE_OF("\"####\", \"#RG.\", \"####\""), "row 2, column 4: the border must be wall"},
    {MAZE_OF("\"####\", \"#RG#\""), "the border must be wall"},
    {MAZE_OF("\"RG\""), "row 1, column 1: the border must be wall"},
    {MAZE_OF("\"#####\", \"#R#G#\", \"#####\""), "no way leads from R to G"},
    {MAZE_OF("\"####\", \"#R##\", \"##G#\", \"####\""), "no way leads from R to G"},
    {MAZE_OF("\"\""), "a row must have 1 to 128 cells"},
    {"rows = ( \"####\", \"#RG#\", \"####\" ); cell = 0.0; height = 1.0;",
     "m.cfg:2: cell: 0.0 is out of range, allowed > 0"},
    {"rows = ( \"####\", \"#RG#\", \"####\" ); cell = 1.0; height = -1.0;", "height: "},
};

static const bad_definition bad_terrains[] = {
    {"amplitude = 0.1; spacing = 0.1;", "size: missing"},
    {"amplitude = 0.0; spacing = 0.1; size = 5.0;", "amplitude: 0.0 is out of range, allowed > 0"},
    {"amplitude = 0.1; spacing = 0.01; size = 50.0;", "10001 samples along a side, at most 1025"},
    {"amplitude = 0.1; spacing = 2.0; size = 1.0;", "spacing: must not be above size"},
    {"amplitude = 0.1; spacing = 0.1; size = 1.0; flat = 1.0;", "flat: must be below size"},
    {"amplitude = 0.1; spacing = 0.1; size = 5.0; seed = -1;", "seed: "},
};

static co_status read_group(const co_schema *schema, const char *members, co_arena *arena,
                            void *out) {
  char text[1000];
  co_node *root = NULL;
  snprintf(text, sizeof text, "group = {\n%s\n};", members);
  ck_ok(co_tree_parse(text, "m.cfg", &root));
  co_status status = co_schema_read(schema, co_node_get(root, "group"), arena, out);
  co_node_free(root);
  return status;
}

static void expect_bad(const co_schema *schema, const bad_definition *bad, void *out) {
  co_arena arena = {0};
  ck_fails(read_group(schema, bad->text, &arena, out), CO_CONFIG, bad->says);
  co_arena_free(&arena);
}

START_TEST(test_bad_maze) {
  co_maze_def maze;
  expect_bad(&co_maze_schema, &bad_mazes[_i], &maze);
}
END_TEST

START_TEST(test_bad_terrain) {
  co_terrain_def terrain;
  expect_bad(&co_terrain_schema, &bad_terrains[_i], &terrain);
}
END_TEST

START_TEST(test_way_through_a_spiral) {
  co_arena arena = {0};
  co_maze_def maze;
  ck_ok(read_group(&co_maze_schema,
                   MAZE_OF("\"#######\", \"#R....#\", \"#####.#\", \"#G..#.#\", \"###.#.#\","
                           "\"###...#\", \"#######\""),
                   &arena, &maze));
  co_arena_free(&arena);
}
END_TEST

// --- walls

static co_maze_def maze_of(const char *const *rows, int count) {
  return (co_maze_def){{(const char **)(uintptr_t)rows, count}, 4.0, 2.0};
}

static int wall_cells(const co_maze_def *maze) {
  int cells = 0;
  for (int row = 0; row < maze->rows.count; row++)
    for (const char *at = maze->rows.value[row]; *at; at++) cells += *at == '#';
  return cells;
}

// Rectangles cover each wall cell once and nothing else.
static void check_walls(const co_maze_def *maze) {
  int covered[64][64] = {{0}}, cells = 0;
  co_wall *walls = calloc((size_t)co_maze_cells(maze), sizeof *walls);
  int count = co_maze_walls(maze, walls);
  for (int i = 0; i < count; i++)
    for (int row = 0; row < walls[i].rows; row++)
      for (int column = 0; column < walls[i].columns; column++)
        ck_assert_int_eq(++covered[walls[i].row + row][walls[i].column + column], 1);
  for (int row = 0; row < maze->rows.count; row++) {
    for (int column = 0; maze->rows.value[row][column]; column++) {
      ck_assert_int_eq(covered[row][column], maze->rows.value[row][column] == '#');
      cells += covered[row][column];
    }
  }
  ck_assert_int_eq(cells, wall_cells(maze));
  ck_assert_msg(2 * count <= cells, "%d boxes for %d wall cells", count, cells);
  free(walls);
}

static const char *const small[] = {"#####", "#R..#", "###.#", "#G..#", "#####"};
enum { SMALL = 5 };

START_TEST(test_few_walls) {
  co_maze_def maze = maze_of(small, SMALL);
  co_wall walls[25];
  check_walls(&maze);
  ck_assert_int_eq(co_maze_walls(&maze, walls), 5);  // four sides and the bar
}
END_TEST

START_TEST(test_centers) {
  static const char *const wide[] = {"######", "#R..G#", "######"};
  co_maze_def maze = maze_of(wide, 3);
  double center[2];
  ck_assert(co_maze_find(&maze, 'R', center));
  ck_assert_double_eq(center[0], -6.0);
  ck_assert_double_eq(center[1], 0.0);
  ck_assert(co_maze_find(&maze, 'G', center));
  ck_assert_double_eq(center[0], 6.0);
  ck_assert(!co_maze_find(&maze, 'x', center));
  co_maze_center(&maze, 0, 0, center);  // the first row has the largest y
  ck_assert_double_eq(center[1], 4.0);
}
END_TEST

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

// --- the compiled maze

// A robot of one ball, and a beam that has no joint.
#define BALL_MODEL(floor, ball, rest)                                                \
  "<mujoco><option timestep='.005'/><worldbody><geom name='floor' type='plane' "     \
  "size='9 9 1' " floor                                                              \
  "/><body name='ball' pos='.5 -.25 1'><freejoint name='root'/><geom name='ball' "   \
  "size='.2' mass='1' condim='3' " ball                                              \
  "/></body><body name='beam' pos='0 0 9'><geom name='beam' size='.1'/></body>" rest \
  "</worldbody></mujoco>"

static const char ball_model[] = BALL_MODEL("", "", "");

static co_status try_model(const char *xml, const co_scene *scene, co_model **out) {
  char *path = test_write("scene.xml", xml);
  co_status status = co_model_load(&co_engine_mujoco, path, scene, out);
  free(path);
  return status;
}

static co_scene small_maze(void) {
  return (co_scene){.maze = maze_of(small, SMALL), .terrain.size = NAN};
}

static co_model *model_of(const char *xml, const co_scene *scene) {
  co_model *model = NULL;
  ck_ok(try_model(xml, scene, &model));
  return model;
}

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

static const double *place(const co_physics *row, co_element group, const char *x) {
  int index = co_model_find(row->model, group, x);
  ck_assert_int_ge(index, 0);
  return row->field[group] + index;
}

// Height at which the ball comes to rest when dropped from above the walls.
static double rest_height(co_physics *row, double x, double y) {
  ck_ok(row->model->engine->reset(row));
  row->qpos[0] = x, row->qpos[1] = y, row->qpos[2] = 2.5;
  ck_ok(co_physics_step(row, 400));
  return row->qpos[2];
}

// A ball dropped into any cell lies on the floor, or on a wall 2 m high; near the edges too.
START_TEST(test_every_cell) {
  static const double offset[][2] = {{0, 0}, {1.7, 1.7}, {-1.7, -1.7}, {-1.7, 1.7}};
  co_scene scene = small_maze();
  co_model *model = model_of(ball_model, &scene);
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  for (int i = 0; i < SMALL * SMALL; i++) {
    double center[2];
    co_maze_center(&scene.maze, i / SMALL, i % SMALL, center);
    double ground = small[i / SMALL][i % SMALL] == '#' ? 2.0 : 0.0;
    for (int k = 0; k < 4; k++) {
      double height = rest_height(row, center[0] + offset[k][0], center[1] + offset[k][1]);
      ck_assert_double_eq_tol(height, ground + 0.2, 0.01);
    }
  }
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

// Bodies with joints are moved by the start, the others stay; the goal is a site.
START_TEST(test_start_and_goal) {
  co_scene scene = small_maze();
  co_model *model = model_of(ball_model, &scene);
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  ck_ok(model->engine->forward(row));
  const double *ball = place(row, CO_BODY_POS, "ball.x"), *beam = place(row, CO_BODY_POS, "beam.x");
  const double *goal = place(row, CO_SITE_POS, "goal.x");
  ck_assert_double_eq(ball[0], -4.0 + 0.5);
  ck_assert_double_eq(ball[1], 4.0 - 0.25);
  ck_assert_double_eq(ball[2], 1.0);
  ck_assert(beam[0] == 0.0 && beam[1] == 0.0 && beam[2] == 9.0);
  ck_assert(goal[0] == -4.0 && goal[1] == -4.0 && goal[2] == 0.0);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

// The model's own goal is moved instead, and keeps its height.
START_TEST(test_goal_body) {
  co_scene scene = small_maze();
  co_model *model = model_of(
      BALL_MODEL("", "", "<body name='goal' mocap='true' pos='1 2 .3'><site name='mark'/></body>"),
      &scene);
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_ok(model->engine->reset(row));
  const double *goal = place(row, CO_MOCAP_POS, "goal.x");
  ck_assert(goal[0] == -4.0 && goal[1] == -4.0 && goal[2] == 0.3);
  ck_assert_int_eq(co_model_find(model, CO_SITE, "goal"), -1);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

// Whatever stands on the floor collides with walls, and slides on them alike.
START_TEST(test_walls_are_like_the_floor) {
  co_scene scene = small_maze();
  co_model *model = model_of(BALL_MODEL("contype='2' conaffinity='0' friction='.3 .01 .001'",
                                        "contype='4' conaffinity='2' friction='.1 0 0'", ""),
                             &scene);
  const mjModel *mj = mj_of(model);
  int wall = co_model_find(model, CO_GEOM, "wall0"), floor = co_model_find(model, CO_GEOM, "floor");
  ck_assert_int_ge(wall, 0);
  ck_assert_int_eq(mj->geom_contype[wall], 2);
  ck_assert_int_eq(mj->geom_conaffinity[wall], 0);
  ck_assert_mem_eq(mj->geom_friction + 3 * wall, mj->geom_friction + 3 * floor, 3 * sizeof(double));
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_assert_double_eq_tol(rest_height(row, 0.0, 8.0), 2.2, 0.01);
  co_physics_free(row);
  co_model_free(model);
}
END_TEST

// Two scenes are two models: other walls, other noise.
START_TEST(test_hash_sees_the_scene) {
  static const char *const other[] = {"#####", "#R..#", "#.#.#", "#G..#", "#####"};
  co_scene none = {.terrain.size = NAN}, first = small_maze(), second = small_maze();
  second.maze.rows.value = (const char **)(uintptr_t)other;
  co_scene rough1 = {.terrain = {0.1, 0.5, 5.0, 1.0, 1}}, rough2 = rough1;
  rough2.terrain.seed = 2;
  co_scene *scene[] = {&none, &first, &second, &rough1, &rough2};
  uint64_t hash[5];
  for (int i = 0; i < 5; i++) {
    co_model *model = model_of(ball_model, scene[i]);
    hash[i] = model->hash;
    for (int k = 0; k < i; k++) ck_assert_uint_ne(hash[k], hash[i]);
    co_model_free(model);
  }
}
END_TEST

START_TEST(test_models_without_a_place) {
  co_scene maze = small_maze(), terrain = {.terrain = {0.1, 0.5, 5.0, 1.0, 1}};
  co_model *model = NULL;
  ck_fails(try_model(BALL_MODEL("", "", "<site name='goal'/>"), &maze, &model), CO_DATA,
           "scene.xml: the site \"goal\" is the maze's");
  ck_fails(try_model("<mujoco><worldbody><frame euler='0 0 90'><body name='b'><freejoint/>"
                     "<geom size='.1'/></body></frame></worldbody></mujoco>",
                     &maze, &model),
           CO_DATA, "body \"b\" stands in a frame");
  ck_fails(try_model("<mujoco><worldbody><geom name='wall0' size='.1'/></worldbody></mujoco>",
                     &maze, &model),
           CO_DATA, "the geom \"wall0\" is the maze's");
  ck_fails(try_model("<mujoco><worldbody><geom name='ground' type='plane' size='1 1 1'/>"
                     "</worldbody></mujoco>",
                     &terrain, &model),
           CO_DATA, "terrain needs a geom \"floor\"");
}
END_TEST

// --- terrain

static const co_terrain_def rough = {0.3, 0.25, 6.0, 1.5, 7};

static float *heights_of(const co_terrain_def *terrain) {
  int side = co_terrain_side(terrain);
  float *height = calloc((size_t)side * (size_t)side, sizeof *height);
  ck_assert_ptr_nonnull(height);
  co_terrain_heights(terrain, height);
  return height;
}

// From 0 to 1, 0 in the flat disc, rough outside, and without steps.
START_TEST(test_terrain_shape) {
  int side = co_terrain_side(&rough), half = side / 2, raised = 0;
  float *height = heights_of(&rough), most = 0.0f, step = 0.0f;
  ck_assert_int_eq(side, 49);
  for (int i = 0; i < side * side; i++) {
    double x = 0.25 * (i % side - half), y = 0.25 * (i / side - half);
    ck_assert(height[i] >= 0.0f && height[i] <= 1.0f);
    if (x * x + y * y <= 1.5 * 1.5) ck_assert_float_eq(height[i], 0.0f);
    if (i % side) step = fmaxf(step, fabsf(height[i] - height[i - 1]));
    most = fmaxf(most, height[i]);
    raised += height[i] > 0.1f;
  }
  ck_assert_float_eq(most, 1.0f);
  ck_assert_float_lt(step, 0.45f);
  ck_assert_int_gt(raised, side * side / 2);
  free(height);
}
END_TEST

// The noise is part of every result: the same on every machine.
START_TEST(test_terrain_is_one_constant) {
  float *height = heights_of(&rough);
  uint64_t hash = co_hash(height, 49 * 49 * sizeof *height);
  ck_assert_msg(hash == UINT64_C(0x7e8456fb0c73ba28), "hash %llx", (unsigned long long)hash);
  free(height);
}
END_TEST

// Another seed is other ground; a larger field has the same ground in its middle, up to its scale.
START_TEST(test_terrain_seed_and_size) {
  co_terrain_def other = rough, larger = rough;
  other.seed = 8, larger.size = 9.0;
  float *a = heights_of(&rough), *b = heights_of(&other), *c = heights_of(&larger);
  ck_assert_mem_ne(a, b, 49 * 49 * sizeof *a);
  double scale = c[(12 + 40) * 73 + 12 + 40] / a[40 * 49 + 40];
  for (int i = 0; i < 49 * 49; i++)
    ck_assert_float_eq_tol(c[(12 + i / 49) * 73 + 12 + i % 49], (float)(scale * a[i]), 1e-6f);
  free(a);
  free(b);
  free(c);
}
END_TEST

// Without a flat disc too, the lowest point is the floor's height.
START_TEST(test_terrain_without_flat) {
  co_terrain_def terrain = rough;
  terrain.flat = NAN;
  float *height = heights_of(&terrain), least = 1.0f, most = 0.0f;
  for (int i = 0; i < 49 * 49; i++) least = fminf(least, height[i]), most = fmaxf(most, height[i]);
  ck_assert_float_eq(least, 0.0f);
  ck_assert_float_eq(most, 1.0f);
  free(height);
}
END_TEST

// The engine's surface goes through the samples: a ray straight down finds each.
START_TEST(test_terrain_in_the_engine) {
  co_scene scene = {.terrain = rough};
  co_model *model = model_of(ball_model, &scene);
  const mjModel *mj = mj_of(model);
  mjData *data = mj_makeData(mj);
  float *height = heights_of(&rough);
  int floor = co_model_find(model, CO_GEOM, "floor");
  mj_forward(mj, data);
  for (int row = 1; row < 48; row += 3) {
    for (int column = 1; column < 48; column += 3) {
      // beside the sample, not through the edge between triangles
      double from[3] = {0.25 * (column - 24) + 1e-6, 0.25 * (row - 24) + 2e-6, 5.0};
      double down[3] = {0, 0, -1};
      double found = 5.0 - mj_rayHfield(mj, data, floor, from, down, NULL);
      ck_assert_double_eq_tol(found, 0.3 * height[row * 49 + column], 1e-4);
    }
  }
  free(height);
  mj_deleteData(data);
  co_model_free(model);
}
END_TEST

// Things stand on it: on the flat disc at the floor's height, elsewhere no higher than its top.
START_TEST(test_terrain_carries) {
  co_scene scene = {.terrain = rough};
  co_model *model = model_of(ball_model, &scene);
  co_physics *row = NULL;
  ck_ok(co_physics_create(model, &row));
  ck_assert_double_eq_tol(rest_height(row, 0.0, 0.0), 0.2, 0.01);
  for (int i = 0; i < 8; i++) {
    double height = rest_height(row, 1.2 * (i - 4), 4.0 - i);
    ck_assert_double_gt(height, 0.18);
    ck_assert_double_lt(height, 0.52);
  }
  co_physics_free(row);
  co_model_free(model);
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
  Suite *suite = suite_create("scene");
  TCase *definitions = tcase_create("definitions"), *mazes = tcase_create("mazes");
  TCase *terrain = tcase_create("terrain"), *tasks = tcase_create("tasks");
  tcase_add_loop_test(definitions, test_bad_maze, 0, sizeof bad_mazes / sizeof *bad_mazes);
  tcase_add_loop_test(definitions, test_bad_terrain, 0, sizeof bad_terrains / sizeof *bad_terrains);
  tcase_add_test(definitions, test_way_through_a_spiral);
  tcase_add_test(definitions, test_layout_by_name);
  tcase_add_test(definitions, test_layout_horizon);
  tcase_add_test(mazes, test_few_walls);
  tcase_add_test(mazes, test_centers);
  tcase_add_test(mazes, test_layouts_of_the_benchmark);
  tcase_add_test(mazes, test_every_cell);
  tcase_add_test(mazes, test_start_and_goal);
  tcase_add_test(mazes, test_goal_body);
  tcase_add_test(mazes, test_walls_are_like_the_floor);
  tcase_add_test(mazes, test_hash_sees_the_scene);
  tcase_add_test(mazes, test_models_without_a_place);
  tcase_add_test(terrain, test_terrain_shape);
  tcase_add_test(terrain, test_terrain_is_one_constant);
  tcase_add_test(terrain, test_terrain_seed_and_size);
  tcase_add_test(terrain, test_terrain_without_flat);
  tcase_add_test(terrain, test_terrain_in_the_engine);
  tcase_add_test(terrain, test_terrain_carries);
  tcase_add_test(tasks, test_point_maze_can_be_solved);
  tcase_add_test(tasks, test_dense_maze_goes_on);
  tcase_add_test(tasks, test_walls_hold);
  tcase_add_test(tasks, test_ant_maze_starts);
  tcase_set_timeout(mazes, 60);
  suite_add_tcase(suite, definitions);
  suite_add_tcase(suite, mazes);
  suite_add_tcase(suite, terrain);
  suite_add_tcase(suite, tasks);
  return suite;
}
