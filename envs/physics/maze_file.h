// Layouts of mazes by name. Where a task says maze = "antmaze-small-0", the file of that name below
// configs/mazes takes the string's place:
//
//   maze = { rows = ( "#####", ... ); cell = 4.0; height = 2.0; };
//   horizon = 700;
//
// A layout's horizon, which it need not have, is for tasks that give none themselves.

#ifndef ENVS_PHYSICS_MAZE_FILE_H_
#define ENVS_PHYSICS_MAZE_FILE_H_

#include "core/config/tree.h"

// Expands the name in a task's group; does nothing when there is none. Values keep the file:line
// they come from. Errors: CO_CONFIG when it is no name or the file no layout, CO_NO_INPUT when
// there is none; the group is unchanged then. Thread-safe for different trees.
co_status co_maze_file_expand(co_node *task);

#endif  // ENVS_PHYSICS_MAZE_FILE_H_
