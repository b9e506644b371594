// What a task adds to its model before it is compiled: a maze given as rows of text, rough ground,
// what models of other formats lack (actuators, a free base, a floor), and the time step and
// integrator of whoever runs the model with other ones than it states.
//
// A definition as a value, read and written back like the rest of a task; the engine builds it. All
// functions are pure and thread-safe.

#ifndef ENVS_PHYSICS_SCENE_H_
#define ENVS_PHYSICS_SCENE_H_

#include "core/config/schema.h"

#include <stdbool.h>

// Walls are boxes on a grid centred at the origin; '#' wall, '.' free, 'R' where the robot starts,
// 'G' goal. The first row has the largest y. Bodies with joints are moved by R, so that what stood
// at the origin stands there, and the body "goal" of the model to G; a model without one gets a
// site "goal".
typedef struct co_maze_def {
  co_strings rows;
  double cell;    // [m] side of a cell
  double height;  // [m] of the walls
} co_maze_def;

// A height field in place of the geom "floor": smooth noise, flat around the start.
typedef struct co_terrain_def {
  double amplitude;  // [m] largest height above the floor
  double spacing;    // [m] between two samples
  double size;       // [m] half side of the square; beyond it there is no ground
  double flat;       // [m] radius around the origin that stays flat; NAN: 0
  int64_t seed;      // of the noise
} co_terrain_def;

// An actuator of one joint. Forces are N at slides and N m at hinges.
typedef struct co_actuator_def {
  const char *joint, *name;  // name NULL: the joint's
  const char *kind;          // "motor": force = gear * control; "position": kp * (control -
                             // gear * q) - kd * gear * velocity, times gear; "velocity" likewise
  double kp, kd;             // NAN: not given
  double gear;               // NAN: 1
  co_floats ctrlrange, forcerange;  // (2) or none: unlimited
} co_actuator_def;

typedef struct co_scene {
  co_maze_def maze;        // rows.count 0: none
  co_terrain_def terrain;  // size NAN: none
  co_list actuators;       // of co_actuator_def
  const char *free;        // body that gets a free joint "root"; NULL: none
  co_floats floor;         // (1) [m] height of a plane "floor", or none
  double timestep;         // [s]; 0 or NAN: the model's
  const char *integrator;  // one of co_integrator_names; NULL: the model's
} co_scene;

extern const char *const co_integrator_names[];  // NULL-terminated

extern const co_schema co_maze_schema, co_terrain_schema, co_actuator_schema;

// A rectangle of cells: row and column of its first cell, and how many.
typedef struct co_wall {
  int row, column, rows, columns;
} co_wall;

// The walls in few rectangles: few geoms keep collision cheap. `walls` must hold one for each wall
// cell; returns how many. The maze must have passed the schema.
int co_maze_walls(const co_maze_def *maze, co_wall *walls);
int co_maze_cells(const co_maze_def *maze);  // cells of the grid

// Centre [m] of the cell `symbol` is in; false when there is none.
bool co_maze_find(const co_maze_def *maze, char symbol, double center[2]);
// Centre of a point of the grid; a cell's centre is at its row and column, its edges half a cell
// away.
void co_maze_center(const co_maze_def *maze, double row, double column, double center[2]);

// Samples along one side, odd, so that one is at the origin.
int co_terrain_side(const co_terrain_def *terrain);
// Heights from 0 to 1 (side x side): row by row from the smallest y, each from the smallest x.
void co_terrain_heights(const co_terrain_def *terrain, float *height);

#endif  // ENVS_PHYSICS_SCENE_H_
