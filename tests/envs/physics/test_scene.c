// Definitions of mazes and rough ground: what they may say, and the geometry that follows.

#include "core/hash.h"
#include "envs/physics/scene.h"
#include "tests/envs/walls.h"
#include "tests/envs/worlds.h"

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

Suite *test_suite(void) {
  Suite *suite = suite_create("scene");
  TCase *definitions = tcase_create("definitions");
  TCase *mazes = tcase_create("mazes");
  TCase *terrain = tcase_create("terrain");
  tcase_add_loop_test(definitions, test_bad_maze, 0, sizeof bad_mazes / sizeof *bad_mazes);
  tcase_add_loop_test(definitions, test_bad_terrain, 0, sizeof bad_terrains / sizeof *bad_terrains);
  tcase_add_test(definitions, test_way_through_a_spiral);
  tcase_add_test(mazes, test_few_walls);
  tcase_add_test(mazes, test_centers);
  tcase_add_test(terrain, test_terrain_shape);
  tcase_add_test(terrain, test_terrain_is_one_constant);
  tcase_add_test(terrain, test_terrain_seed_and_size);
  tcase_add_test(terrain, test_terrain_without_flat);
  suite_add_tcase(suite, definitions);
  suite_add_tcase(suite, mazes);
  suite_add_tcase(suite, terrain);
  return suite;
}
