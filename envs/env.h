// The contract of a vectorised environment: a table of functions, no physics types.
//
// An env holds `rows` simulated robots in one world (a task in a domain). step() never resets:
// whoever collects looks at terminated / truncated, keeps the final observation and resets the row.
// Nothing depends on how rows are grouped into calls: random streams, episode counters and fault
// counters belong to a row.
//
// Thread safety: calls on disjoint row ranges of one env may run at once; info() may be called at
// any time. Non-finite state: the row's `fault` is set, its observation and reward are written as
// 0, and it must be reset.

#ifndef ENVS_ENV_H_
#define ENVS_ENV_H_

#include "core/config/tree.h"
#include "core/rng.h"
#include "core/status.h"
#include "core/text.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// One observation element, after its term's scale, offset and clip: value = clip(scale * raw +
// offset).
typedef struct co_obs_element {
  char name[CO_NAME];  // "qpos/rootz"
  char term[CO_NAME];  // "qpos"
  char unit[16];       // of the raw value: "m", "rad", "m/s", "rad/s", "1", ...
  double scale, offset;
  double clip_low, clip_high;  // -INFINITY, INFINITY: none
  char frame[CO_NAME];         // "site/imu", seen from there; "": of no frame, or unknown
  int fill;  // what a past before the start of an episode reads: 0 its first value, 1 zero
  // as the task says, without its domain; NAN: unknown
  double delay;  // [control steps] that the value is old
  double noise;  // standard deviation on the raw value
  // what it measures of what, whatever the term is called: "angular_velocity.x" of body "trunk";
  // "": unknown, or told by the term alone
  char quantity[CO_NAME], of[CO_NAME];
} co_obs_element;

// What stands between an action's control and its joint, all NAN where there is no such number.
typedef struct co_drive_info {
  char kind[CO_NAME];   // "a motor", "a position servo", ...; "": unknown, or there is none
  char joint[CO_NAME];  // the one that it drives, "": several or none
  double gear;          // torque or force at the joint per force of the actuator
  double unit;          // what one unit of control commands at the joint: torque or target
  double kp, kv;        // of a servo, at the joint [N m/rad], [N m s/rad] or per m
  double shifted[3];    // unit, kp and kv with the domain's fixed shifts
} co_drive_info;

// One action element: what the policy outputs is clipped to low..high, then scale * a + offset goes
// to the actuator.
typedef struct co_action_element {
  char name[CO_NAME];  // "ctrl/thigh_joint"
  char kind[16];       // "ctrl" | "torque" | "position" | "increment" | "mocap" ...
  char unit[16];
  double scale, offset;
  double low, high;
  double kp, kd, torque_limit;  // of a torque that follows a target; NAN: there is none
  co_drive_info drive;
} co_action_element;

// Whether actions may be of this kind: it is the name of an action term, or "torque", which is what
// goes out where a torque follows a target.
bool co_action_is_kind(const char *kind);

// Whether the action is where a joint is to go, which a servo of the model follows or a law beside
// it: both mean the same, and differ in their gains.
static inline bool co_action_is_target(const co_action_element *element) {
  return strcmp(element->kind, "position") == 0 || strcmp(element->kind, "torque") == 0;
}

// Whether a control's range is far from 1, where outputs of networks lie: less than 0.1 to a side,
// or beyond 10. What puts out actions as they are, in place of units of the range, hardly moves it.
static inline bool co_action_is_far(const co_action_element *element) {
  double low = element->low, high = element->high;
  bool is_range = strcmp(element->kind, "ctrl") == 0 && isfinite(low) && isfinite(high);
  return is_range && (0.5 * (high - low) < 0.1 || fmax(fabs(low), fabs(high)) > 10);
}

// One element of the command that a policy is to follow.
typedef struct co_command_element {
  char name[CO_NAME];  // "vx"
  char unit[16];
  double low, high;
} co_command_element;

// One joint of the default pose.
typedef struct co_pose_element {
  char joint[CO_NAME];
  double value;
} co_pose_element;

// A joint that an observation or an action is about.
typedef struct co_joint_info {
  char name[CO_NAME];
  double axis[3];  // seen from the first body of its tree, where all coordinates are nominal
} co_joint_info;

// A body or site from which an observation is seen.
typedef struct co_frame_info {
  char name[CO_NAME];      // "site/imu"
  char body[CO_NAME];      // what moves it: it is part of this body
  double pos[3], quat[4];  // [m], w x y z: within that body
} co_frame_info;

// The clock of a gait that an observation shows.
enum { CO_CLOCK_LEGS = 16 };  // at most
typedef struct co_clock_info {
  char name[CO_NAME];  // the first part of its elements' names: "phase"
  double period;       // [s] without commands
  double angle[CO_CLOCK_LEGS], rest[CO_CLOCK_LEGS];  // [rad] at the start, and while it stands
  int num_angles, num_rest;                          // 0: 0, and where it has stopped
  double gain, most;  // [Hz] per unit of a command's size, and the largest size that counts
  double stop;        // size of a command below which it stands; NAN: none of the three
  char of[CO_NAME];   // pattern of those commands, "": all, or none
} co_clock_info;

// A number that an env tells of a row beside observations, in an SI unit.
typedef struct co_value_element {
  const char *name;  // "torque/thigh_joint"
  const char *unit;  // "N m"
} co_value_element;

// One shift of the world against the task's nominal model, as declared.
enum { CO_SHIFT_VALUES = 8 };
typedef struct co_shift_info {
  char parameter[CO_NAME];        // "body.mass"
  char select[256];               // "torso", "" when the parameter has no elements
  char operation[16];             // "set" | "scale" | "add"
  char distribution[16];          // "" one value; "uniform", "choice", ...: drawn at every reset
  double value[CO_SHIFT_VALUES];  // the value, or the numbers of the distribution
  int num_values;
  double clip[2];  // to which a normal distribution is cut
  int num_clip;    // 0 or 2
  bool each;       // one draw for every element
  double from;     // where a curriculum starts
  int64_t over;    // [control steps] it takes; 0: there is none
} co_shift_info;

// One number that rows draw at each reset.
typedef struct co_draw_info {
  char parameter[CO_NAME];  // "body.mass"; "variant": which compilation, where shapes are drawn
  char element[CO_NAME];    // "torso", "" where the parameter has no elements
  int index;                // among the values of the parameter, as the three of geom.friction
  const char *unit;         // "kg"; NULL of a variant; of static life
  double low, high;
  bool whole;
} co_draw_info;

// For people, what every printed line of a shift ends with: " clip 0.5 2 each, from 1 over 30000
// steps". Bounds, one draw for each element, and the curriculum that widens the distribution from
// one number over a row's own steps. Nothing for a single value.
void co_shift_put_draw(const co_shift_info *shift, co_buf *out);
// Appends "geom.friction of floor scale 0.5, ...", numbers as people write them; "none" without
// shifts.
void co_shifts_put(const co_shift_info *shift, int count, co_buf *out);

// What evaluations show of a step beside its rewards, where the task has it: id, name in results.
#define CO_STEP_METRIC_LIST(X)                                                                   \
  X(CO_STEP_TRACKING, "tracking") /* exp(-e^2 / 0.25), e [m/s] from the commands vx and vy to */ \
                                  /* the velocity seen from the robot */                         \
  X(CO_STEP_VX, "vx")             /* [m/s] forward; along the world's x without commands */
typedef enum co_step_metric {
#define X(id, name) id,
  CO_STEP_METRIC_LIST(X)
#undef X
      CO_NUM_STEP_METRICS
} co_step_metric;

// What a task may ask for, and so what a policy can have been trained with.
enum { CO_MAX_HISTORY = 64, CO_MAX_SUBSTEPS = 10000 };

// What a policy sees and does in a world, as far as a map changes it.
typedef struct co_world_elements {
  const co_obs_element *obs;        // (obs_dim)
  const co_action_element *action;  // (act_dim)
  const co_pose_element *pose;      // (num_pose)
  int num_pose;
} co_world_elements;

// What an env is: constant for its life, owned by it.
typedef struct co_env_info {
  const char *task;       // name
  const char *task_text;  // the effective definition, "task = { ... };", without any folder
  uint64_t task_hash;     // of that text
  bool task_is_file;      // the task was given as a path, not as a name in configs/tasks
  const char *model;      // "hopper.xml", or the name of a closed-form engine
  uint64_t model_hash;    // of the compiled model before any shift
  uint64_t model_hash_1;  // the same as contracts of format 1 hold it
  uint64_t names_hash;    // of its elements' names, by which tasks and shifts speak of them
  const char *engine;     // "mujoco 4.0.1", "closed form"
  const char *observe;    // "stale" | "fresh"
  double timestep;        // [s] one physics step
  int substeps;           // physics steps per control step
  int horizon;            // control steps until truncation
  bool has_success;       // episodes can succeed
  bool has_metric[CO_NUM_STEP_METRICS];
  int history;  // values of the past in each observation, 1: none; the largest of its terms
  int layout;  // of that past: 0 of a term together, 1 of all observations together, frame by frame
  int obs_dim, act_dim, num_terms, num_shifts, num_commands, num_pose, num_missing;
  int num_joints, num_frames, num_clocks, num_draws;
  const co_obs_element *obs;          // (obs_dim)
  const co_action_element *action;    // (act_dim)
  const co_command_element *command;  // (num_commands)
  const co_pose_element *pose;        // (num_pose) default pose
  const co_joint_info *joint;         // (num_joints) those that elements are about
  const co_frame_info *frame;         // (num_frames) those that elements are seen from
  const co_clock_info *clock;         // (num_clocks)
  const char *const *missing;         // (num_missing) elements that the domain has removed: read 0
  const char (*term)[CO_NAME];        // (num_terms) reward term names
  const char *const *resolved;        // (num_shifts) elements that a shift's roles name; NULL: none
  const co_shift_info *shift;         // (num_shifts)
  const co_draw_info *draw;           // (num_draws)
  const char *domain_text;            // "domain = ( ... );", NULL without shifts
  // Kinds of differences between a policy's contract and the task's that a map says are meant, as
  // patterns over their names or paths (agents/contract/enforce.h).
  const char *const *accepted;  // (num_accepted)
  int num_accepted;
  uint64_t map_hash;  // of the text of the map that elements are seen behind, 0: there is none
  // Where there is one: the task's own, and what names and order of the map alone make of them; its
  // numbers, pose and frames left out. Else NULL.
  const co_world_elements *unmapped, *paired;
  int num_signals, num_forces;
  const co_value_element *signal;  // (num_signals) what the low level tells of a control step
  const co_value_element *force;   // (num_forces) torques and forces of inverse dynamics
} co_env_info;

// Destination of one call on rows row0 .. row0 + rows - 1; every array starts at row0. Any pointer
// may be NULL.
typedef struct co_env_out {
  float *obs;           // (rows x obs_dim)
  float *reward;        // (rows) sum of weighted terms
  float *terms;         // (rows x num_terms) weighted reward terms
  float *metrics;       // (rows x CO_NUM_STEP_METRICS) 0 where the task has none
  uint8_t *terminated;  // (rows) the task says the episode is over
  uint8_t *truncated;   // (rows) time limit reached
  uint8_t *success;     // (rows) the task's success flag, 0 where it has none
  uint8_t *fault;       // (rows) non-finite or diverged: the episode is not to be used
} co_env_out;

typedef struct co_env_state {
  const double *qpos, *qvel;
  int nq, nv;
} co_env_state;

typedef struct co_env co_env;

struct co_map_def;  // envs/world/map_def.h

typedef struct co_env_class {
  const co_env_info *(*info)(const co_env *env);
  int (*rows)(const co_env *env);
  // Starts a new episode in each row, from the row's own stream. Writes obs only.
  co_status (*reset)(co_env *env, int row0, int rows, const co_env_out *out);
  // One control step: action (rows x act_dim), not yet clipped. When the engine fails, rows before
  // the failing one have stepped: the env can only be destroyed.
  co_status (*step)(co_env *env, int row0, int rows, const float *action, const co_env_out *out);
  // A row as bytes: engine state with warm start, term states, drawn numbers, streams, episode
  // counters. Restoring puts the drawn numbers anew and computes nothing else.
  size_t (*row_size)(const co_env *env);
  void (*save)(const co_env *env, int row, void *bytes);
  co_status (*load)(co_env *env, int row, const void *bytes);
  void (*destroy)(co_env *env);
  // Generalised positions and velocities of a row, as logs keep them: the env's own memory, until
  // the next call for this row. NULL: there are none.
  void (*state)(const co_env *env, int row, co_env_state *out);
  // Makes a row what row `episode` of a newly created env with this stream is after its first
  // reset, whatever it went through: any episode of a stream can be played alone, in any row. Later
  // resets go on in that stream. `episode` is below 2^30. Writes obs only.
  co_status (*begin)(co_env *env, int row, const co_stream *stream, uint32_t episode,
                     const co_env_out *out);
  // Starts a row's episode anew in a given state; what its start has drawn (numbers of the domain,
  // commands, bodies placed by hand) stays. The row must have been reset. CO_DATA for other lengths
  // and for what is not finite, which change nothing. Writes obs only. NULL: the env has no state.
  co_status (*place)(co_env *env, int row, const co_env_state *start, const co_env_out *out);
  // What the low level did in the row's last control step (num_signals): targets as they reached
  // motors and servos, torques and forces of actuators, all of its last physics step. CO_DATA when
  // the row has made no sound step since it was reset or loaded. NULL: the env does not tell.
  co_status (*signals)(const co_env *env, int row, double *value);
  // The torques and forces (num_forces) that explain an acceleration `qacc` (num_forces) [rad/s^2,
  // m/s^2] in the row's present state, beside gravity, springs, dampers, contacts; NULL: the
  // acceleration that it has under its present controls. The row must have been reset; nothing of
  // it changes. CO_DATA for an acceleration that is not finite, CO_CONFIG when the engine has no
  // inverse dynamics. NULL: the env has none.
  co_status (*inverse)(const co_env *env, int row, const double *qacc, double *force);
  // Puts a map between the policy and each of the rows, which must be reset afterwards; NULL takes
  // it away. row_size may change, and info describes what the policy sees where all rows have one
  // map; no other call may run meanwhile. CO_CONFIG with one line per problem, or CO_MEMORY, and
  // then nothing has changed. NULL: rows take no maps.
  co_status (*map)(co_env *env, int row0, int rows, const struct co_map_def *map);
  // Holds a row's commands (num_commands) at values from its next episode on, where they are not
  // NAN; what the task draws is drawn all the same. NULL: none is held any more. It stays through
  // starts and is no part of a saved row. NULL: the env has no commands.
  void (*hold)(co_env *env, int row, const double *command);
  // The numbers (num_draws) that a row has drawn for its episode, in the order of co_env_info.draw.
  // NULL: rows draw none.
  void (*draws)(const co_env *env, int row, double *value);
  // Gives a row numbers in place of those, until its next reset; the state stays, and they act from
  // the next step on. The row must have been reset; a start under them is a place() afterwards.
  // CO_DATA for another count and for what no row draws, which change nothing; CO_INTERNAL from an
  // engine, and then the row must be reset. NULL: rows draw none.
  co_status (*set_draws)(co_env *env, int row, const double *value, int count);
  // Other numbers of distributions that rows draw from, for all rows, from the next start of each
  // on: entries of co_env_info.shift whose `value` and `clip` have been changed, and nothing else.
  // From there on rows are those of a world that was declared with these ranges (as long as none of
  // them is empty: a world draws nothing there). They stay until they are set again, also through
  // begin(), and are saved with each row; co_env_info tells what was declared. Allocates; no other
  // call may run meanwhile. CO_CONFIG with one line per problem, or CO_MEMORY, and then nothing has
  // changed: what rows do not draw, what no domain may say, delays longer than any that is
  // declared. NULL: rows draw none.
  co_status (*set_ranges)(co_env *env, const co_shift_info *shift, int count);
} co_env_class;

struct co_env {
  const co_env_class *class;  // first member of every implementation
};

static inline const co_env_info *co_env_get_info(const co_env *env) {
  return env->class->info(env);
}
static inline int co_env_rows(const co_env *env) {
  return env->class->rows(env);
}
static inline co_status co_env_reset(co_env *env, int row0, int rows, const co_env_out *out) {
  return env->class->reset(env, row0, rows, out);
}
static inline co_status co_env_step(co_env *env, int row0, int rows, const float *action,
                                    const co_env_out *out) {
  return env->class->step(env, row0, rows, action, out);
}
static inline co_env_state co_env_get_state(const co_env *env, int row) {
  co_env_state state = {0};
  if (env->class->state) env->class->state(env, row, &state);
  return state;
}
static inline co_status co_env_begin(co_env *env, int row, const co_stream *stream,
                                     uint32_t episode, const co_env_out *out) {
  return env->class->begin(env, row, stream, episode, out);
}
static inline co_status co_env_place(co_env *env, int row, const co_env_state *start,
                                     const co_env_out *out) {
  return env->class->place(env, row, start, out);
}
static inline co_status co_env_signals(const co_env *env, int row, double *value) {
  if (env->class->signals) return env->class->signals(env, row, value);
  return co_fail(CO_CONFIG, "%s tells no signals", co_env_get_info(env)->task);
}
static inline co_status co_env_inverse(const co_env *env, int row, const double *qacc,
                                       double *force) {
  if (env->class->inverse) return env->class->inverse(env, row, qacc, force);
  return co_fail(CO_CONFIG, "%s has no inverse dynamics", co_env_get_info(env)->task);
}
static inline co_status co_env_map(co_env *env, int row0, int rows, const struct co_map_def *map) {
  if (env->class->map) return env->class->map(env, row0, rows, map);
  return co_fail(CO_CONFIG, "%s takes no maps", co_env_get_info(env)->task);
}
// The same numbers (num_draws) as a network can be given them: -1 and 1 are the ends of the
// declared range, which set_ranges may leave. The row must have been reset.
static inline void co_env_scaled_draws(const co_env *env, int row, double *value) {
  const co_env_info *info = co_env_get_info(env);
  if (info->num_draws) env->class->draws(env, row, value);
  for (int i = 0; i < info->num_draws; i++) {
    double width = info->draw[i].high - info->draw[i].low;
    value[i] = width > 0 ? 2 * (value[i] - info->draw[i].low) / width - 1 : 0;
  }
}
static inline co_status co_env_set_ranges(co_env *env, const co_shift_info *shift, int count) {
  if (env->class->set_ranges) return env->class->set_ranges(env, shift, count);
  return co_fail(CO_CONFIG, "%s draws nothing", co_env_get_info(env)->task);
}
static inline void co_env_destroy(co_env *env) {
  if (env) env->class->destroy(env);
}

// What becomes of the distributions of a domain: rows draw from them at every reset, with curricula
// over, or, in training, as far as a row has come; or all of them stand at an end, and every row is
// in the same world.
typedef enum co_draws { CO_DRAW_FULL, CO_DRAW_WIDENING, CO_DRAW_LOW, CO_DRAW_HIGH } co_draws;

// A task that is no file: what a policy holds of the one it was trained in.
typedef struct co_task_text {
  const char *text;    // as co_env_info.task_text; NULL: there is none
  const char *folder;  // of what holds it: where its model is looked for first
  const char *model;   // path of its model; NULL: it is looked for by its name
} co_task_text;

// A world by name: what a study or a command line says.
typedef struct co_world {
  const char *task;        // name below configs/tasks, or a path to a .cfg file
  co_task_text held;       // where it has a text, that is the task, and `task` only its name
  const co_node *domain;   // list of shifts, a string naming a file below configs/domains, or NULL
  const char *const *set;  // (num_set) edits "path=value" of the task, or of "domain.0..."
  int num_set;
  // File of a map that stands between the task and the policy in every row (docs/maps.md). "none":
  // there is none, and a policy acts by its numbers, whatever they stand for. NULL: there is none.
  const char *map;
  co_draws draws;
} co_world;

// The edits of a world that concern its task, for the same task without shifts; returns how many.
// `set` (num_set) gets the lent texts.
int co_world_task_edits(const co_world *world, const char **set);

// The measured difference between two worlds under one action tape (same actions, same reset
// noise).
enum { CO_SHIFT_PAIRS = 16 };
typedef struct co_shift_pair {
  char pair[2 * CO_NAME];  // "floor/foot_geom"
  double source, target;   // sliding friction that acts in a contact of this pair
} co_shift_pair;

// An element with a value that moved though no shift declares it.
enum { CO_SHIFT_MOVED = 16 };
typedef struct co_shift_moved {
  char parameter[CO_NAME], element[CO_NAME];  // "body.mass", "leg"; "" where it has no elements
  int num_values;
  double source[CO_SHIFT_VALUES], target[CO_SHIFT_VALUES];
} co_shift_moved;

typedef struct co_shift {
  bool live;           // any difference bit for bit
  int first_step;      // control step of the first difference, -1: none, 0: other observations or
                       // actions
  double rms[3];       // observation difference after 1, 10, 100 steps (or at the end of a shorter
                       // episode), in units of the source's spread
  double limit_share;  // share of steps with a joint limit active in the target
  double visited_share;  // share of target steps within the source's observed range
  int num_pairs;
  co_shift_pair pair[CO_SHIFT_PAIRS];
  char reason[512];                      // why a shift is not live, where it can be known; else ""
  int num_moved;                         // elements that moved beside what is declared
  co_shift_moved moved[CO_SHIFT_MOVED];  // the first of them
  char kept[256];                        // bodies that state the inertia which their geoms' shapes
                                         // leave alone, "a, leg"; else ""
} co_shift;

// A world without a row of it. What is told lies in the built world, which is kept until the facts
// are dropped.
typedef struct co_world_facts {
  const co_env_info *info;
  double build_s;  // [s] that building it took; 0: not known
  void *world;     // a reference of the source's
  void (*drop)(void *world);
} co_world_facts;

static inline void co_world_facts_drop(co_world_facts *facts) {
  if (facts->drop) facts->drop(facts->world);
  *facts = (co_world_facts){0};
}

// Where envs come from; cli/ hands an implementation to transfer/, tests hand their own. A source
// may build a world once and share it between those who describe it and all envs of it.
typedef struct co_world_source {
  void *context;
  // What a world is. Errors as those of create; the caller drops *out.
  co_status (*describe)(void *context, const co_world *world, co_world_facts *out);
  // A world of `rows` rows; row r draws from stream (stream, r). What is wrong with a task or
  // domain is CO_CONFIG with file:line, a missing file CO_NO_INPUT. The caller destroys *out.
  co_status (*create)(void *context, const co_world *world, int rows, const co_stream *stream,
                      co_env **out);
  // Plays the same random action tape in both worlds and compares.
  co_status (*compare)(void *context, const co_world *source, const co_world *target, uint64_t seed,
                       co_shift *out);
} co_world_source;

#endif  // ENVS_ENV_H_
