// What the tests of mazes share: whether the boxes of a maze are its walls.

#ifndef TESTS_ENVS_WALLS_H_
#define TESTS_ENVS_WALLS_H_

#include "envs/physics/scene.h"
#include "tests/support/support.h"

#include <stdlib.h>

static inline int wall_cells(const co_maze_def *maze) {
  int cells = 0;
  for (int row = 0; row < maze->rows.count; row++)
    for (const char *at = maze->rows.value[row]; *at; at++) cells += *at == '#';
  return cells;
}

// Rectangles cover each wall cell once and nothing else.
static inline void check_walls(const co_maze_def *maze) {
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

#endif  // TESTS_ENVS_WALLS_H_
