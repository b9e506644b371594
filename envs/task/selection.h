// Elements by pattern: what a term reads, what a shift changes.
//
// Each alternative of a pattern is compared with an element's name ("rootz"), with its group
// ("qpos") and with both ("qpos/rootz"). One that matches nothing is an error, and so is one that
// says no group where elements of several groups have such a name; "*" means them all.

#ifndef ENVS_TASK_SELECTION_H_
#define ENVS_TASK_SELECTION_H_

#include "core/config/schema.h"
#include "core/text.h"
#include "envs/task/terms/terms.h"

// How an alternative meets an element: by what its group is called, or by its name only.
typedef enum co_meeting { CO_MEETS_NOT, CO_MEETS_NAME, CO_MEETS_GROUP } co_meeting;

co_meeting co_glob_meets(co_glob one, const char *group, const char *name);

// Asks an alternative about one element after another and remembers what it has met.
typedef struct co_asked {
  co_glob one;
  int met;                         // how many
  bool by_name;                    // some of them
  char group[2][64], name[2][64];  // the first, and the first of another group
} co_asked;

// Whether the element is met.
bool co_ask(co_asked *asked, const char *group, const char *name);

// Where elements of several groups were met by name: the sentence about it, and false.
bool co_asked_one_group(const co_asked *asked, const char *pattern, const char *key,
                        const co_node *node, co_schema_errors *errors);

// A pattern over the quantities of a model, and where it is written.
typedef struct co_selection {
  const co_model *model;
  unsigned groups;  // CO_BIT of each that is allowed
  const char *pattern;
  bool given;  // by alternative first; false: in order of group, then index
  const char *key;
  const co_node *node;
} co_selection;

// Elements that match, each once, in `arena`. False when something is wrong, which is added to
// `errors`; then *size is 0.
bool co_refs_select(const co_selection *selection, co_arena *arena, co_schema_errors *errors,
                    co_ref **ref, int *size);

#endif  // ENVS_TASK_SELECTION_H_
