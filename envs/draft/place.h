// Where the model of a task that is to be written lies: tasks read what is below their own folder,
// so a model that lies elsewhere is copied there, with all the files that it reads.

#ifndef ENVS_DRAFT_PLACE_H_
#define ENVS_DRAFT_PLACE_H_

#include "core/file.h"
#include "core/status.h"

typedef struct co_model_place {
  char *folder;   // of the task, owned
  char *model;    // what the task says, owned
  co_names from;  // files to be copied, and
  co_names to;    // where to, as many
} co_model_place;

// For a task file `task`. Nothing is written yet. CO_NO_INPUT, CO_DATA for models that cannot be
// read; CO_CREATE when another file lies where one is to be copied to.
co_status co_model_place_find(const char *model, const char *task, co_model_place *out);
// Copies. On failure what was copied is removed again.
co_status co_model_place_copy(const co_model_place *place);
// Removes what co_model_place_copy wrote, and folders that are empty then.
void co_model_place_remove(const co_model_place *place);
void co_model_place_free(co_model_place *place);

#endif  // ENVS_DRAFT_PLACE_H_
