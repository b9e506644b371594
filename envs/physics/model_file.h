// Which file a task's model is, and whether a task may read it.
//
// Tasks and models come from other people, so what they read stays below the folder of the task
// file, below envs/models, or below the folders that the environment variable CARRYOVER_MODEL_PATH
// lists, separated by colons. Links are followed first. The same holds for all that a model reads:
// included files, meshes, textures, height fields.

#ifndef ENVS_PHYSICS_MODEL_FILE_H_
#define ENVS_PHYSICS_MODEL_FILE_H_

#include "core/config/tree.h"
#include "envs/physics/physics.h"

// Path of the model `file`, for the caller to free: looked for in `folder` (the task file's), in
// envs/models, then in CARRYOVER_MODEL_PATH. Messages begin with `node`'s file:line (the task's key
// "model"). CO_NO_INPUT when there is none, CO_CONFIG when it or something it reads lies outside,
// CO_DATA when what it reads cannot be found out because it is damaged.
co_status co_model_find_file(const co_engine *engine, const char *folder, const char *file,
                             const co_node *node, char **path);

#endif  // ENVS_PHYSICS_MODEL_FILE_H_
