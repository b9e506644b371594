#include "envs/scene.h"

#define MAZE(member) offsetof(co_maze_def, member)
#define TERRAIN(member) offsetof(co_terrain_def, member)

static const co_field kMaze[] = {
    {"rows", CO_FIELD_STRINGS, MAZE(rows), CO_REQUIRED, 0, 0, 1, 256, NULL, NULL,
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

const co_schema co_maze_schema = {
    "task.maze", sizeof(co_maze_def), kMaze, sizeof kMaze / sizeof *kMaze, NULL, NULL};
const co_schema co_terrain_schema = {"task.terrain", sizeof(co_terrain_def),
                                     kTerrain,       sizeof kTerrain / sizeof *kTerrain,
                                     NULL,           NULL};
