// A task bound to a model: every term has found its elements, sizes and names are known. Constant
// for its life, shared by all rows of an env.
//
// Element names are "term/element" ("qpos/rootz", "ctrl/foot_joint"); an observation term's `name`
// replaces the first part, and values of the past are "qpos/rootz@-2". Errors name the term by
// file:line, all at once.

#ifndef ENVS_TASK_BINDING_H_
#define ENVS_TASK_BINDING_H_

#include "envs/env.h"
#include "envs/task/step_metrics.h"
#include "envs/task/task.h"

struct co_plan;  // envs/domain/plan.h

// What an observation term does to its raw values, beside scale, offset and clip.
typedef struct co_obs_term {
  int raw_at;    // first element within the raw vector
  int history;   // values kept of each element, oldest first, >= 1
  bool zero;     // a past before the start of an episode reads 0, not the first value
  bool held;     // reads numbers of its definition, not the robot
  int delay;     // [control steps] nominal
  double noise;  // standard deviation on the raw value, nominal
} co_obs_term;

typedef struct co_binding {
  const co_task_def *task;
  const co_model *model;
  double *pose;  // (nq) default pose: the start of an episode before the reset terms
  double *rate;  // (nv) velocities there
  int keyframe;  // of the model, that the episode starts from; -1: none
  co_terms_bound terms[CO_NUM_TERM_KINDS];
  co_obs_term *obs_term;  // (observation terms)
  int obs_dim, act_dim, num_rewards, num_commands;
  int stack;                      // frames in an observation, oldest first, >= 1
  bool zero;                      // frames before the start of an episode read 0, not the first
  int raw_dim;                    // raw values of all observation terms, before history
  int state_size;                 // doubles of term state per row
  double dt;                      // [s] one control step
  int num_pd;                     // actions that a torque follows before every physics step
  const co_action_element **pd;   // (num_pd) which, in the order of actions
  double *kp, *kd, *limit;        // (num_pd) nominal; limit INFINITY: none
  bool contact_forces;            // a term reads them
  co_obs_element *raw;            // (raw_dim) without history: the ends of the signal path
  co_obs_element *obs;            // (obs_dim)
  co_action_element *action;      // (act_dim)
  co_command_element *command;    // (num_commands)
  co_pose_element *pose_element;  // (num_pose) joints of the default pose
  int num_pose;
  char (*reward)[CO_NAME];  // (num_rewards)
  co_step_metrics metrics;
  const struct co_plan *plan;  // what rows draw, and the signal path; NULL: neither
  const struct co_map *map;    // of the world, which every row has at first; NULL: none
  co_arena arena;
} co_binding;

// `node` is the task's group, for file:line in messages. Task and model must outlive the binding.
// CO_CONFIG with one line per problem; nothing is left to free on failure.
co_status co_binding_create(const co_task_def *task, const co_node *node, const co_model *model,
                            co_binding *out);
void co_binding_free(co_binding *binding);

// Writes what one entry says into a pose (nq), and which positions it names; false after adding to
// `errors` what is wrong.
bool co_pose_put(const co_pose_def *def, const co_node *node, const co_model *model,
                 co_arena *arena, co_schema_errors *errors, double *pose, bool *named);

// Says that `count` numbers are given for `size` elements, where one would do for all.
void co_report_count(co_schema_errors *errors, const co_node *node, const char *key, int count,
                     int size);

// Puts a row that was just reset at the start of an episode, before the reset terms.
void co_binding_start(const co_binding *binding, co_physics *physics);

// Where an observation's present values are: the last of its term's history, in the last frame.
int co_binding_now(const co_binding *binding, int term);

#endif  // ENVS_TASK_BINDING_H_
