// A map bound to a world: what a row does in double between its task and the policy.
//
//   observation: task's value, float64 ─ turn ─ pose ─► hold, delay ─► sign * scale * v + offset
//                ─► float32, the policy
//   action: policy ─► hold, delay ─► sign * scale * v + offset ─ pose ─► the task's signal path
//
// The task knows nothing of it: its rewards and its observations of the last action see the action
// behind the map. A value is read when the step is a multiple of `hold`, and is then on its way for
// `delay` steps; an action is 0 before the first has arrived, an observation the first one of the
// episode, or 0 with fill "zero". What has neither factor nor offset keeps its bits.
//
// A co_map is constant and may be shared by rows; a co_map_row is one row's part, saved with it.
// Thread-safe per row.

#ifndef ENVS_WORLD_MAP_H_
#define ENVS_WORLD_MAP_H_

#include "envs/task/binding.h"
#include "envs/task/terms/space.h"
#include "envs/world/map_def.h"

// What becomes of one element: value = factor * taken + offset.
typedef struct co_map_line {
  int from;       // index in the vector that it is taken from
  double shift;   // of the pose: before factor and offset of observations, after those of actions
  double factor;  // sign * scale
  double offset;
  int delay, hold;  // [control steps] hold >= 1
  bool zero;        // reads 0 before anything has arrived, not the first value
} co_map_line;

// One direction.
typedef struct co_map_side {
  co_map_line *line;  // (size)
  int size;
  int slots;  // steps kept of each element: the longest delay and 1; 0: no element is late or held
} co_map_side;

// A vector of three observations of the task, turned from one frame into another.
typedef struct co_map_turn {
  int at[3];
  bool from_world, to_world;
  co_frame from, to;
  const char *frame;  // the name of `to`, "": the world
} co_map_turn;

typedef struct co_map {
  const co_binding *binding;
  co_map_side obs, action;
  co_map_turn *turn;  // (turns)
  int turns;
  uint64_t hash;                      // of the definition's text
  co_obs_element *obs_element;        // (obs_dim) as the policy sees them
  co_action_element *action_element;  // (act_dim)
  co_pose_element *pose;              // (num_pose) the task's with that of the map over it
  int num_pose;
  co_world_elements unmapped, paired;  // as co_env_info has them
  const char **accepted;               // (num_accepted) as co_env_info has them
  int num_accepted;
  co_arena arena;
} co_map;

// Binds a definition to a world; the binding must outlive the map. CO_CONFIG with one line per
// problem: an element or frame that is not there, a number of elements or values that does not fit,
// an element that is taken twice.
co_status co_map_create(const co_map_def *def, const co_binding *binding, co_map **out);
void co_map_free(co_map *map);

// What of a world's facts is other behind the map: elements, the default pose, what is accepted.
// They live as long as the map.
void co_map_describe(const co_map *map, co_env_info *info);

// One row's. All zero: no map.
typedef struct co_map_row {
  const co_map *map;
  double *kept;    // saved: rings of both directions, then `seen`; owned block
  double *seen;    // (obs_dim) the observation behind the map
  double *turned;  // (obs_dim) scratch: before it, with turned vectors
  double *action;  // (act_dim) the action behind the map
} co_map_row;

// A row's part of a map, which is lent (NULL: none). CO_MEMORY.
co_status co_map_row_create(const co_map *map, co_map_row *out);
void co_map_row_free(co_map_row *row);

// Forgets what was on its way: an episode starts.
void co_map_row_clear(co_map_row *row);

// What the task gets of the policy's action (act_dim) in control step `step`, from 0: row->action.
void co_map_act(co_map_row *row, int64_t step, const double *action);

// What the policy gets of the task's observation (obs_dim) after `step` control steps: row->seen.
void co_map_observe(co_map_row *row, const co_physics *physics, int64_t step, const double *obs);

// The row's part as bytes: 0 without a map. CO_DATA when they are another map's or damaged, and
// then nothing has changed.
size_t co_map_row_size(const co_map *map);
void co_map_row_save(const co_map_row *row, void *bytes);
co_status co_map_row_check(const co_map_row *row, const void *bytes);
void co_map_row_load(co_map_row *row, const void *bytes);

#endif  // ENVS_WORLD_MAP_H_
