// The building blocks of a task: observation, action, reward, terminate, success, reset and command
// terms, each one row of the table of its kind.
//
// A term knows no robot and no engine: it names elements by patterns over "group/element"
// ("qpos/rootz", "body_pos/torso.x"). A definition (co_term_def) is what a file says; a bound term
// (co_term) has looked its elements up in a model. Terms compute in double; rounding to float32 is
// left to whoever writes the batch. What a term needs of the past it keeps in its own term state, a
// few doubles per row, zeroed when an episode starts. Functions are pure in (term, row) and may run
// for different rows at once.

#ifndef ENVS_TASK_TERMS_TERMS_H_
#define ENVS_TASK_TERMS_TERMS_H_

#include "core/arena.h"
#include "core/config/schema.h"
#include "core/rng.h"
#include "envs/env.h"
#include "envs/physics/physics.h"

#include <math.h>
#include <stdbool.h>

// kind, key of its list in a task file, kind whose table it uses
#define CO_TERM_KIND_LIST(X)                                 \
  X(CO_TERM_OBSERVATION, "observation", CO_TERM_OBSERVATION) \
  X(CO_TERM_ACTION, "action", CO_TERM_ACTION)                \
  X(CO_TERM_REWARD, "reward", CO_TERM_REWARD)                \
  X(CO_TERM_TERMINATE, "terminate", CO_TERM_TERMINATE)       \
  X(CO_TERM_SUCCESS, "success", CO_TERM_TERMINATE)           \
  X(CO_TERM_RESET, "reset", CO_TERM_RESET)                   \
  X(CO_TERM_COMMAND, "command", CO_TERM_COMMAND)

typedef enum co_term_kind {
#define X(id, name, table) id,
  CO_TERM_KIND_LIST(X)
#undef X
      CO_NUM_TERM_KINDS
} co_term_kind;

const char *co_term_kind_name(co_term_kind kind);

// One entry of a task's lists; which keys a term allows is in its table row. Unset: NULL, NAN,
// count 0. Numbers that may differ per element are lists: one value for all, or one for each.
typedef struct co_term_def {
  const char *term;
  const char *name;   // of reward terms, and in place of the term's name in observation elements
  const char *of;     // pattern of elements
  const char *to;     // pattern of the elements it is compared with
  const char *frame;  // "body/NAME" or "site/NAME": seen from there
  const char *actuators;  // pattern of controls
  const char *order;      // "model" | "given": elements in the model's order or the pattern's
  const char *action;     // "raw" | "clipped": which action a cost is taken of
  const char *when;       // "after" | "before" the control step
  const char *bounds;     // "open" | "closed": whether min and max themselves are inside
  int64_t from, count;    // range within the matches; count 0: all that follow
  int64_t history;        // observations: the last so many values, oldest first; 0 or 1: only now
  int64_t delay;          // observations: control steps that the value is old
  const char *fill;       // observations: "first" | "zero": what a past before the start reads
  co_floats hold;         // observations: what they read in place of the robot's numbers
  int64_t every;          // commands: control steps between two draws; 0: at reset only
  co_floats scale, offset;
  co_floats clip;          // (low, high); of actions -INFINITY, INFINITY: not clipped
  co_floats low, high;     // ends of a draw
  co_floats value;         // of what is set, or wanted
  co_floats kp, kd;        // [N m/rad], [N m s/rad]
  co_floats torque_limit;  // [N m]
  co_floats angle, rest;   // clocks: at the start, and while they stand [rad]
  double frequency;        // [Hz]
  double gain, most;       // [Hz] per unit of a command's size, and the largest size that counts
  double stop;             // size of a command below which a clock stands
  double zero;             // chance that a command is 0 in place of a value of its range
  double noise;            // observations: standard deviation on the raw value
  double weight;
  double min, max;
  double radius;  // [m] of goals, discs, distances
  double sigma;   // width of exp(-x^2 / sigma^2) kernels
} co_term_def;

// Value i of a list that holds one number for all elements or one for each.
static inline double co_floats_at(const co_floats *list, int i, double otherwise) {
  if (!list->count) return otherwise;
  return list->value[list->count == 1 ? 0 : i];
}

typedef struct co_ref {
  co_element group;  // a quantity
  int index;         // of the element; names are found by it
  int at;            // in the row's array; -1: the compilation lacks it: reads 0, writes nothing
} co_ref;

typedef struct co_term_class co_term_class;

// A term bound to a model.
typedef struct co_term {
  const co_term_class *class;
  const co_term_def *def;
  co_ref *ref;  // (refs) elements that `of` or `actuators` names
  co_ref *to;   // (tos) those that `to` names
  int refs, tos;
  int size;           // raw values of an observation, actions, commands
  const char **name;  // (size) element names and units; NULL: those of `ref`
  const char **unit;
  void *data;    // the class's own, in the binding's arena
  int states;    // doubles of term state
  int at;        // first element within the observation, action or command vector
  int state_at;  // first double within the row's term state
} co_term;

typedef struct co_terms_bound {
  co_term *term;  // (count)
  int count;
} co_terms_bound;

// What a class's bind may use. Errors are added to `errors` at `node`, the term's group.
typedef struct co_term_binder {
  const co_model *model;
  const double *pose;                 // (nq) default pose
  const co_command_element *command;  // (num_commands) bound before all other kinds
  int num_commands;
  const co_action_element *action;  // (act_dim) bound before observations and rewards
  int act_dim;
  double dt;  // [s] of a control step
  co_arena *arena;
  co_schema_errors *errors;
  const co_node *node;
} co_term_binder;

// What terms see of a row.
typedef struct co_moment {
  co_physics *physics;
  const double *pose;      // (nq) default pose
  double *command;         // (num_commands)
  const double *action;    // (act_dim) as the policy gave it; zeros before the first step
  const double *clipped;   // (act_dim) within low..high
  const double *previous;  // (act_dim) action of the step before
  int act_dim;
  int64_t step, horizon;  // control steps done in this episode, and until truncation
  bool terminated;        // by the terminate terms
  bool success;           // by the success terms
  double dt;              // [s] of a control step
} co_moment;

// What the torques of an action term follow, element by element.
typedef struct co_pd {
  const double *kp, *kd;  // [N m/rad], [N m s/rad], or per m
  const double *limit;    // [N m] or [N], INFINITY: none
  const double *target;   // [rad] or [m]
} co_pd;

// One row of a table. Functions that a kind does not use are NULL, as are those a term does not
// need.
struct co_term_class {
  co_term_kind kind;
  const char *name;
  const char *keys;     // allowed keys, separated by spaces
  const char *needs;    // keys that must be given
  unsigned groups;      // bits CO_BIT(CO_QPOS), ... of the quantities `of` may name; 0: none
  unsigned to_groups;   // the same for `to`
  int state;            // doubles of term state; bind may set co_term.states instead
  bool contact_forces;  // reads cfrc_ext through something else than `of`
  bool tuples;          // lists hold one number per element, any number of times
  bool from_pose;       // values of observations, targets of actions count from the default pose
  const char *unit;     // of the values; NULL: that of the element
  const char *doc;
  // Decides size, names, states and data; size is `refs` before.
  void (*bind)(co_term *term, const co_term_binder *binder);
  // At the start of an episode, after the reset terms.
  void (*begin)(const co_term *term, const co_moment *moment, double *state);
  // What is needed of the state before the next control step: called when an episode starts and
  // after every reward.
  void (*before)(const co_term *term, const co_moment *moment, double *state);
  // observation: (size) raw values; NULL: numbers that never change, those of `value`
  void (*observe)(const co_term *term, const co_moment *moment, const double *state, double *value);
  // action: fills in what the definition leaves open of element i; `low` and `high` are NAN where
  // no clip is given and must become finite then. NULL: nothing is open.
  void (*describe)(const co_term *term, const co_term_binder *binder, int i,
                   co_action_element *element);
  // action: (size) scaled values, once per control step; substep before every physics step,
  // of terms whose state is a target per element
  void (*control)(const co_term *term, const co_moment *moment, double *state,
                  const double *action);
  void (*substep)(const co_term *term, co_physics *physics, const co_pd *law);
  double (*reward)(const co_term *term, const co_moment *moment, const double *state);
  // reward: the number of the present state that `before` keeps and `reward` compares or returns
  double (*measure)(const co_term *term, const co_moment *moment);
  // reward: the speed [m/s] that the term is about, whatever it pays for it
  double (*speed)(const co_term *term, const co_moment *moment, const double *state);
  bool (*over)(const co_term *term, const co_moment *moment, double *state);
  void (*draw)(const co_term *term, const co_moment *moment, co_rng *rng);
  // command: (size) new values
  void (*command)(const co_term *term, const co_moment *moment, co_rng *rng, double *value);
};

#define CO_BIT(group) (1u << (group))

// The table of each kind, ended by a row without name.
extern const co_term_class co_observation_terms[], co_action_terms[], co_reward_terms[],
    co_over_terms[], co_reset_terms[], co_command_terms[];
const co_term_class *co_term_table(co_term_kind kind);

// The row of the table, or NULL.
const co_term_class *co_term_find(co_term_kind kind, const char *name);

// Whether a space-separated list holds a word.
bool co_word_in(const char *list, const char *word);

static inline double co_ref_value(const co_physics *physics, co_ref ref) {
  return ref.at < 0 ? 0.0 : physics->field[ref.group][ref.at];
}
static inline void co_ref_write(co_physics *physics, co_ref ref, double value) {
  if (ref.at >= 0) physics->field[ref.group][ref.at] = value;
}
const char *co_ref_name(const co_model *model, co_ref ref);

// Whether `size` elements hold from .. from + count - 1; reports it where they do not.
bool co_term_check_range(const co_term_def *def, int size, const co_node *node,
                         co_schema_errors *errors);

// The numbers that an observation term reads whatever the robot does; NULL: it reads the robot.
const co_floats *co_term_held(const co_term *term);

// Zeroed memory of the binding for a term's own data; NULL when there is none left, which the
// binding then reports.
void *co_term_alloc(const co_term_binder *binder, int count, size_t size);

#endif  // ENVS_TASK_TERMS_TERMS_H_
