// A task bound to a model: every term has found its elements, sizes and names are known. Constant
// for its life, shared by all rows of an env.
//
// Element names are "term/element" ("qpos/rootz", "ctrl/foot_joint"); an observation term's `name`
// replaces the first part. Errors name the term by file:line, all at once.

#ifndef ENVS_BINDING_H_
#define ENVS_BINDING_H_

#include "envs/env.h"
#include "envs/task.h"

typedef struct co_terms_bound {
  co_term *term;  // (count)
  int count;
} co_terms_bound;

typedef struct co_binding {
  const co_task_def *task;
  const co_model *model;
  co_terms_bound terms[CO_NUM_TERM_KINDS];
  int obs_dim, act_dim, num_rewards;
  int state_size;             // doubles of term state per row
  double dt;                  // [s] one control step
  co_obs_element *obs;        // (obs_dim)
  co_action_element *action;  // (act_dim)
  char (*reward)[CO_NAME];    // (num_rewards)
  co_arena arena;
} co_binding;

// `node` is the task's group, for file:line in messages. Task and model must outlive the binding.
// CO_CONFIG with one line per problem; nothing is left to free on failure.
co_status co_binding_create(const co_task_def *task, const co_node *node, const co_model *model,
                            co_binding *out);
void co_binding_free(co_binding *binding);

#endif  // ENVS_BINDING_H_
