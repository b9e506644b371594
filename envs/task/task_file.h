// A task file as a tree. A task may start from another, which it names with `base`:
//
//   task = { base = "half_cheetah"; reward = ( ... ); };
//
// Members that it gives replace those of the base as a whole; all others are the base's and keep
// their file:line. The base is a name, not a path: a file next to this one, else one of the tasks
// that come with the program; and it may have a base in turn. The tree holds no `base` afterwards.

#ifndef ENVS_TASK_TASK_FILE_H_
#define ENVS_TASK_TASK_FILE_H_

#include "core/config/tree.h"

enum { CO_TASK_BASES = 8 };  // most files in a chain of bases

// Errors: those of co_tree_read; CO_CONFIG for a base that is no name, a cycle, a base without a
// task; CO_NO_INPUT when there is no such base. The caller frees *out.
co_status co_task_file_read(const char *path, co_node **out);

#endif  // ENVS_TASK_TASK_FILE_H_
