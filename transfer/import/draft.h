// The draft of a task for a robot: what a model and, where there are some, the facts of a policy
// say, as the text of a task file for a person to go on with.
//
// What neither says is filled with what is usual for such a robot, named in `open`, and commented
// at its place in the text. A fact that no task can say is CO_DATA, with the place where it was
// read: nothing is left out in silence.

#ifndef TRANSFER_IMPORT_DRAFT_H_
#define TRANSFER_IMPORT_DRAFT_H_

#include "agents/import/facts.h"
#include "core/buf.h"
#include "envs/robot.h"

typedef struct co_draft_item {
  const char *key;   // "action.scale", a key of the task
  const char *text;  // for a person: what was not stated, and what stands in its place
} co_draft_item;

typedef struct co_draft {
  co_buf text;          // of the file
  const char **stated;  // (num_stated) keys that the facts or the model decide
  co_draft_item *open;  // (num_open)
  int num_stated, num_open;
  co_arena memory;  // of all but the text
} co_draft;

// `model` is the path that the task names. `facts` NULL: of the model alone. CO_DATA. On failure
// `out` is empty. Pure; thread-safe for different `out`.
co_status co_draft_make(const co_robot *robot, const co_facts *facts, const char *model,
                        co_draft *out);
void co_draft_free(co_draft *draft);

#endif  // TRANSFER_IMPORT_DRAFT_H_
