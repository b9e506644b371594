// From a world's name to something that can be simulated: finds the task file, or takes the task's
// text, adds the domain, applies the edits, checks everything, loads the model, applies the shifts
// and binds the terms.

#ifndef ENVS_WORLD_WORLD_H_
#define ENVS_WORLD_WORLD_H_

#include "envs/domain/domain.h"
#include "envs/domain/plan.h"
#include "envs/task/binding.h"
#include "envs/world/low_level.h"
#include "envs/world/map.h"

// A world as a value: what the files say after the edits. Strings live in `arena`.
typedef struct co_world_def {
  char name[CO_NAME];  // of the task
  bool is_file;        // the task was given as a path
  char *folder;        // of the task file, where a model is looked for first; owned
  bool is_text;        // the task was given as text, and the folder is of what holds it
  char *model;         // path that was given for the model, NULL: it is looked for; owned
  co_node *tree;       // { task = ...; domain = ...; }, owned
  co_task_def task;
  co_domain_def domain;
  co_arena arena;
} co_world_def;

// The same task in another domain, NULL: without shifts. Edits of the task are kept, those of the
// domain are not; `set` (num_set) holds them and must outlive it.
co_world co_world_elsewhere(const co_world *world, const co_node *domain, const char **set);

// Errors: CO_NO_INPUT when a file is missing, CO_CONFIG with one line per problem.
co_status co_world_read(const co_world *world, co_world_def *out);
void co_world_def_free(co_world_def *def);

// A world that can be simulated. Constant for its life; rows refer to it.
typedef struct co_built_world {
  co_world_def def;
  co_model *model;
  co_plan plan;  // what its shifts do
  co_binding binding;
  co_map *map;  // owned; NULL: none
  co_low_level low_level;
  co_env_info info;  // as the policy sees it, behind the map
} co_built_world;

// Errors as co_world_read, those of the map (co_map_read, co_map_create), and those of the model:
// CO_DATA when it does not compile.
co_status co_world_build(const co_world *world, co_built_world **out);
void co_world_free(co_built_world *world);

// Whether a domain as --domain takes it was written for another robot: `out` gets the task that it
// is meant for where that has another model than `model` (a task's, NULL: a closed-form engine);
// else "", as of paths, and of names that say no task. CO_NO_INPUT, CO_CONFIG.
co_status co_world_find_stranger(const char *domain, const char *model, char out[CO_NAME]);

#endif  // ENVS_WORLD_WORLD_H_
