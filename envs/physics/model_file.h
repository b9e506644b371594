// Which file a task's model is, and whether a task may read it.
//
// Tasks and models come from other people, so what they read stays below the folder of the task
// file, below envs/models, or below the folders that the environment variable CARRYOVER_MODEL_PATH
// lists, separated by colons. Links are followed first. The same holds for all that a model reads:
// included files, meshes, textures, height fields.
//
// A task that is text, in a policy, has left its folder: its model is looked for by its name there,
// where the policy lies, in envs/models and in the current folder, with and without the folders
// that the task names; files that it reads lie below the folder where it is found.

#ifndef ENVS_PHYSICS_MODEL_FILE_H_
#define ENVS_PHYSICS_MODEL_FILE_H_

#include "core/config/tree.h"
#include "envs/physics/physics.h"

#include <stdbool.h>

// Who asks for a model.
typedef struct co_model_wish {
  const char *folder;   // of the task file, or of what holds the task's text
  bool travels;         // it is a text
  const co_node *node;  // the task's key "model", whose file:line messages begin with
} co_model_wish;

// Path of the model `file`, for the caller to free: looked for in the wish's folder, in
// envs/models, then in CARRYOVER_MODEL_PATH. CO_NO_INPUT when there is none, CO_CONFIG when it or
// something it reads lies outside, CO_DATA when what it reads cannot be found out because it is
// damaged.
co_status co_model_find_file(const co_engine *engine, const co_model_wish *wish, const char *file,
                             char **path);

#endif  // ENVS_PHYSICS_MODEL_FILE_H_
