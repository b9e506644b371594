// Mazes and rough ground in the compiled model: where walls, robot and goal are, and that things
// stand on what the definition says.

#include "envs/physics/mujoco/engine.h"
#include "envs/physics/scene.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

static const char *const small[] = {"#####", "#R..#", "###.#", "#G..#", "#####"};
enum { SMALL = 5 };

static co_maze_def maze_of(const char *const *rows, int count) {
  return (co_maze_def){{(const char **)(uintptr_t)rows, count}, 4.0, 2.0};
}

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

Suite *test_suite(void) {
  Suite *suite = suite_create("physics_mujoco_scene");
  TCase *mazes = tcase_create("mazes");
  TCase *terrain = tcase_create("terrain");
  tcase_add_test(mazes, test_every_cell);
  tcase_add_test(mazes, test_start_and_goal);
  tcase_add_test(mazes, test_goal_body);
  tcase_add_test(mazes, test_walls_are_like_the_floor);
  tcase_add_test(mazes, test_hash_sees_the_scene);
  tcase_add_test(mazes, test_models_without_a_place);
  tcase_set_timeout(mazes, 60);
  tcase_add_test(terrain, test_terrain_in_the_engine);
  tcase_add_test(terrain, test_terrain_carries);
  suite_add_tcase(suite, mazes);
  suite_add_tcase(suite, terrain);
  return suite;
}
