// What a task adds to its model before it is compiled: a maze given as rows of text, or rough
// ground.
//
// A definition as a value, read and written back like the rest of a task; the engine builds it.

#ifndef ENVS_SCENE_H_
#define ENVS_SCENE_H_

#include "core/schema.h"

// Walls are boxes on a grid centred at the origin; '#' wall, '.' free, 'R' where the robot starts,
// 'G' goal. The first row has the largest y. Bodies with joints are moved to R, and a site "goal"
// (or the body "goal" of the model, if it has one) to G.
typedef struct co_maze_def {
  co_strings rows;
  double cell;    // [m] side of a cell
  double height;  // [m] of the walls
} co_maze_def;

// A height field in place of the geom "floor": smooth noise, flat around the start.
typedef struct co_terrain_def {
  double amplitude;  // [m] largest height above the floor
  double spacing;    // [m] between two samples
  double size;       // [m] half side of the square
  double flat;       // [m] radius around the origin that stays flat
  int64_t seed;      // of the noise
} co_terrain_def;

typedef struct co_scene {
  co_maze_def maze;        // rows.count 0: none
  co_terrain_def terrain;  // size NAN: none
} co_scene;

extern const co_schema co_maze_schema, co_terrain_schema;

#endif  // ENVS_SCENE_H_
