#include "envs/physics/scene.h"

#include "core/number.h"
#include "core/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxSide = 128, kMaxSamples = 1025 };  // cells, samples along a side

// --- mazes: what a file must hold

static char cell_at(const co_maze_def *maze, int row, int column) {
  return maze->rows.value[row][column];
}

static int columns_of(const co_maze_def *maze) {
  return (int)strlen(maze->rows.value[0]);
}

static void check_row(const co_maze_def *maze, int row, const co_node *node,
                      co_schema_errors *errors) {
  const char *text = maze->rows.value[row];
  if ((int)strlen(text) != columns_of(maze)) {
    co_schema_error(errors, node, "rows", "row %d has %zu cells, the first has %d", row + 1,
                    strlen(text), columns_of(maze));
  }
  size_t known = strspn(text, "#.RG");
  if (text[known]) {
    co_schema_error(errors, node, "rows",
                    "row %d, column %zu: unknown cell; allowed: # wall, . free, R start, G goal",
                    row + 1, known + 1);
  }
}

static void check_single(const co_maze_def *maze, char symbol, const char *what,
                         const co_node *node, co_schema_errors *errors) {
  int count = 0;
  for (int row = 0; row < maze->rows.count; row++) {
    for (const char *at = maze->rows.value[row]; *at; at++) count += *at == symbol;
  }
  if (count != 1) {
    co_schema_error(errors, node, "rows", "there must be one %s (%c), not %d", what, symbol, count);
  }
}

static void check_border(const co_maze_def *maze, const co_node *node, co_schema_errors *errors) {
  int rows = maze->rows.count, columns = columns_of(maze);
  for (int i = 0; i < rows * columns; i++) {
    int row = i / columns, column = i % columns;
    bool inside = row > 0 && row + 1 < rows && column > 0 && column + 1 < columns;
    if (inside || cell_at(maze, row, column) == '#') continue;
    co_schema_error(errors, node, "rows", "row %d, column %d: the border must be wall (#)", row + 1,
                    column + 1);
    return;
  }
}

// Spreads from R until nothing changes; few passes for mazes of this size.
static bool can_be_reached(const co_maze_def *maze) {
  static const int step[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
  bool reached[kMaxSide][kMaxSide] = {{false}}, changed = true;
  int rows = maze->rows.count, columns = columns_of(maze);
  while (changed) {
    changed = false;
    for (int i = 0; i < rows * columns; i++) {
      int row = i / columns, column = i % columns;
      char cell = cell_at(maze, row, column);
      if (cell == '#' || reached[row][column]) continue;
      bool touches = cell == 'R';  // the border is wall, so that all four neighbours exist
      for (int k = 0; k < 4; k++) touches |= reached[row + step[k][0]][column + step[k][1]];
      reached[row][column] = touches;
      changed |= touches;
      if (touches && cell == 'G') return true;
    }
  }
  return false;
}

static void check_maze(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_maze_def *maze = value;
  int before = errors->count;
  if (!maze->rows.count) return;  // reported already
  if (columns_of(maze) < 1 || columns_of(maze) > kMaxSide) {
    co_schema_error(errors, node, "rows", "a row must have 1 to %d cells", kMaxSide);
    return;
  }
  for (int row = 0; row < maze->rows.count; row++) check_row(maze, row, node, errors);
  if (errors->count == before) {
    check_single(maze, 'R', "start", node, errors);
    check_single(maze, 'G', "goal", node, errors);
    check_border(maze, node, errors);
  }
  if (errors->count == before && !can_be_reached(maze)) {
    co_schema_error(errors, node, "rows", "no way leads from R to G");
  }
}

// --- mazes: geometry

int co_maze_cells(const co_maze_def *maze) {
  return maze->rows.count * columns_of(maze);
}

void co_maze_center(const co_maze_def *maze, double row, double column, double center[2]) {
  center[0] = (column - 0.5 * (columns_of(maze) - 1)) * maze->cell;
  center[1] = (0.5 * (maze->rows.count - 1) - row) * maze->cell;
}

bool co_maze_find(const co_maze_def *maze, char symbol, double center[2]) {
  for (int row = 0; row < maze->rows.count; row++) {
    const char *at = strchr(maze->rows.value[row], symbol);
    if (!at) continue;
    co_maze_center(maze, row, (double)(at - maze->rows.value[row]), center);
    return true;
  }
  return false;
}

static bool is_covered(const co_wall *walls, int count, int row, int column) {
  for (int i = 0; i < count; i++) {
    const co_wall *wall = &walls[i];
    if (row >= wall->row && row < wall->row + wall->rows && column >= wall->column &&
        column < wall->column + wall->columns) {
      return true;
    }
  }
  return false;
}

static bool is_open_wall(const co_maze_def *maze, const co_wall *walls, int count, int row,
                         int column) {
  return row < maze->rows.count && column < columns_of(maze) && cell_at(maze, row, column) == '#' &&
         !is_covered(walls, count, row, column);
}

// From each wall cell that no rectangle covers yet: as far right as it goes, then as far down.
int co_maze_walls(const co_maze_def *maze, co_wall *walls) {
  int count = 0;
  for (int i = 0; i < co_maze_cells(maze); i++) {
    co_wall wall = {i / columns_of(maze), i % columns_of(maze), 1, 0};
    while (is_open_wall(maze, walls, count, wall.row, wall.column + wall.columns)) wall.columns++;
    if (!wall.columns) continue;
    for (bool whole = true; whole;) {
      for (int k = 0; k < wall.columns; k++)
        whole &= is_open_wall(maze, walls, count, wall.row + wall.rows, wall.column + k);
      if (whole) wall.rows++;
    }
    walls[count++] = wall;
  }
  return count;
}

// --- terrain

int co_terrain_side(const co_terrain_def *terrain) {
  return 2 * (int)lround(terrain->size / terrain->spacing) + 1;
}

static void check_terrain(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_terrain_def *terrain = value;
  double samples = 2.0 * round(terrain->size / terrain->spacing) + 1.0;
  if (samples > kMaxSamples) {
    co_schema_error(errors, node, "spacing", "%g samples along a side, at most %d", samples,
                    kMaxSamples);
  }
  if (terrain->spacing > terrain->size) {
    co_schema_error(errors, node, "spacing", "must not be above size");
  }
  if (terrain->flat >= terrain->size) {
    co_schema_error(errors, node, "flat", "must be below size");
  }
}

// U[0, 1) of one point of a lattice whose origin is the middle of the field: a larger field has the
// same ground in its middle.
static double lattice_value(int64_t seed, int octave, int row, int column) {
  co_stream stream = {(uint64_t)seed, (uint32_t)octave, CO_PURPOSE_DOMAIN};
  uint32_t point = ((uint32_t)(row + 0x4000) << 15) | (uint32_t)(column + 0x4000);
  co_rng rng = co_rng_make(&stream, point);
  return co_rng_uniform(&rng);
}

static double smooth_step(double x) {
  x = co_clamp(x, 0.0, 1.0);
  return x * x * (3.0 - 2.0 * x);
}

// Value noise: lattice values joined by cubic steps.
static double octave_height(int64_t seed, int octave, double y, double x) {
  int row = (int)floor(y), column = (int)floor(x);
  double v = smooth_step(y - row), u = smooth_step(x - column);
  double low = lattice_value(seed, octave, row, column) * (1.0 - u) +
               lattice_value(seed, octave, row, column + 1) * u;
  double high = lattice_value(seed, octave, row + 1, column) * (1.0 - u) +
                lattice_value(seed, octave, row + 1, column + 1) * u;
  return low * (1.0 - v) + high * v;
}

// Hills 8 samples wide, with bumps of 4 and 2 samples, each half as high. The ground rises from the
// flat disc over a ring as wide as its radius.
static double sample_height(const co_terrain_def *terrain, int row, int column) {
  static const double width[] = {8.0, 4.0, 2.0}, share[] = {1.0, 0.5, 0.25};
  double flat = isnan(terrain->flat) ? 0.0 : terrain->flat, sum = 0.0;
  double step = terrain->size / (co_terrain_side(terrain) / 2);
  double distance = step * sqrt((double)row * row + (double)column * column);
  if (distance <= flat) return 0.0;
  for (int k = 0; k < 3; k++)
    sum += share[k] * octave_height(terrain->seed, k, row / width[k], column / width[k]);
  return flat > 0 ? sum * smooth_step((distance - flat) / flat) : sum;
}

void co_terrain_heights(const co_terrain_def *terrain, float *height) {
  int side = co_terrain_side(terrain), half = side / 2;
  float least = INFINITY, most = -INFINITY;
  for (int i = 0; i < side * side; i++) {
    height[i] = (float)sample_height(terrain, i / side - half, i % side - half);
    least = fminf(least, height[i]), most = fmaxf(most, height[i]);
  }
  for (int i = 0; i < side * side; i++) height[i] = (height[i] - least) / (most - least);
}

// --- actuators

static void check_range(const co_floats *range, const char *key, const co_node *node,
                        co_schema_errors *errors) {
  if (range->count != 2 || range->value[0] < range->value[1]) return;
  co_schema_error(errors, node, key, "the first value must be below the second");
}

static void check_gain(double gain, bool wanted, const char *key, const char *kind,
                       const co_node *node, co_schema_errors *errors) {
  if (isnan(gain) && wanted) co_schema_error(errors, node, key, "\"%s\" needs it", kind);
  if (!isnan(gain) && !wanted) co_schema_error(errors, node, key, "not a key of \"%s\"", kind);
}

static void check_actuator(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_actuator_def *def = value;
  if (!def->kind) return;  // reported already
  bool motor = strcmp(def->kind, "motor") == 0, velocity = strcmp(def->kind, "velocity") == 0;
  check_gain(def->kp, !motor && !velocity, "kp", def->kind, node, errors);
  if (motor || velocity) check_gain(def->kd, velocity, "kd", def->kind, node, errors);
  check_range(&def->ctrlrange, "ctrlrange", node, errors);
  check_range(&def->forcerange, "forcerange", node, errors);
}

const char *const co_integrator_names[] = {"Euler", "RK4", "implicit", "implicitfast", NULL};

// --- schemas

#define MAZE(member) offsetof(co_maze_def, member)
#define TERRAIN(member) offsetof(co_terrain_def, member)

static const co_field kMaze[] = {
    {"rows", CO_FIELD_STRINGS, MAZE(rows), CO_REQUIRED, 0, 0, 1, kMaxSide, NULL, NULL,
     "rows of text: # wall, . free, R start, G goal"},
    {"cell", CO_FIELD_FLOAT, MAZE(cell), CO_REQUIRED | CO_POSITIVE_EXCLUSIVE, 0, 1e3, 0, 0, NULL,
     NULL, "side of a cell [m]"},
    {"height", CO_FIELD_FLOAT, MAZE(height), CO_REQUIRED | CO_POSITIVE_EXCLUSIVE, 0, 1e3, 0, 0,
     NULL, NULL, "height of the walls [m]"},
};

static const co_field kTerrain[] = {
    {"amplitude", CO_FIELD_FLOAT, TERRAIN(amplitude), CO_REQUIRED | CO_POSITIVE_EXCLUSIVE, 0, 100,
     0, 0, NULL, NULL, "largest height above the floor [m]"},
    {"spacing", CO_FIELD_FLOAT, TERRAIN(spacing), CO_REQUIRED | CO_POSITIVE_EXCLUSIVE, 0, 100, 0, 0,
     NULL, NULL, "between two samples [m]"},
    {"size", CO_FIELD_FLOAT, TERRAIN(size), CO_REQUIRED | CO_POSITIVE_EXCLUSIVE, 0, 1e3, 0, 0, NULL,
     NULL, "half side of the square [m]"},
    {"flat", CO_FIELD_FLOAT, TERRAIN(flat), 0, 0, 1e3, 0, 0, NULL, NULL,
     "radius around the origin that stays flat [m]"},
    {"seed", CO_FIELD_INT, TERRAIN(seed), 0, 0, 4294967295.0, 0, 0, NULL, NULL, "of the noise"},
};

#define ACTUATOR(member) offsetof(co_actuator_def, member)
static const char *const kKinds[] = {"motor", "position", "velocity", NULL};
static const co_field kActuator[] = {
    {"joint", CO_FIELD_STRING, ACTUATOR(joint), CO_REQUIRED, 0, 0, 0, 0, NULL, NULL,
     "joint that it drives"},
    {"name", CO_FIELD_STRING, ACTUATOR(name), 0, 0, 0, 0, 0, NULL, NULL, "default: the joint's"},
    {"kind", CO_FIELD_STRING, ACTUATOR(kind), CO_REQUIRED, 0, 0, 0, 0, kKinds, NULL,
     "a motor's force, or a servo of position or velocity"},
    {"kp", CO_FIELD_FLOAT, ACTUATOR(kp), CO_POSITIVE_EXCLUSIVE, 0, 1e6, 0, 0, NULL, NULL,
     "stiffness [N/m or N m/rad]"},
    {"kd", CO_FIELD_FLOAT, ACTUATOR(kd), 0, 0, 1e6, 0, 0, NULL, NULL,
     "damping [N s/m or N m s/rad]"},
    {"gear", CO_FIELD_FLOAT, ACTUATOR(gear), 0, -1e6, 1e6, 0, 0, NULL, NULL,
     "factor of the force, and of the joint's position as the servo sees it"},
    {"ctrlrange", CO_FIELD_FLOATS, ACTUATOR(ctrlrange), 0, -1e9, 1e9, 2, 2, NULL, NULL,
     "lowest and highest control"},
    {"forcerange", CO_FIELD_FLOATS, ACTUATOR(forcerange), 0, -1e9, 1e9, 2, 2, NULL, NULL,
     "lowest and highest force [N or N m]"},
};

const co_schema co_actuator_schema = {"task.actuators",
                                      sizeof(co_actuator_def),
                                      kActuator,
                                      sizeof kActuator / sizeof *kActuator,
                                      NULL,
                                      check_actuator};
const co_schema co_maze_schema = {
    "task.maze", sizeof(co_maze_def), kMaze, sizeof kMaze / sizeof *kMaze, NULL, check_maze};
const co_schema co_terrain_schema = {"task.terrain", sizeof(co_terrain_def),
                                     kTerrain,       sizeof kTerrain / sizeof *kTerrain,
                                     NULL,           check_terrain};
