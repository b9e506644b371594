// The physics seam: what the rest of the project knows of a physics engine.
//
// A co_model is the constant part (one per env, shared by all rows, the domain already applied); a
// co_physics is the mutable state of one row. An engine is one table of functions over the two;
// MuJoCo and the closed-form pendulum are the two that exist. co_physics_step() is the only place
// that advances time.
//
// Thread safety: calls on different co_physics of one model may run at once; a model is changed
// (put, settle) only before the first co_physics of it exists. Errors inside an engine come back
// as CO_INTERNAL with the engine's text.

#ifndef ENVS_PHYSICS_H_
#define ENVS_PHYSICS_H_

#include "core/arena.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// kinds of named elements of a model, and the group name used in "group/element"
#define CO_ELEMENT_LIST(X)   \
  X(CO_BODY, "body")         \
  X(CO_GEOM, "geom")         \
  X(CO_JOINT, "joint")       \
  X(CO_ACTUATOR, "actuator") \
  X(CO_QPOS, "qpos")         \
  X(CO_QVEL, "qvel")         \
  X(CO_CTRL, "ctrl")

typedef enum co_element {
#define X(id, name) id,
  CO_ELEMENT_LIST(X)
#undef X
      CO_NUM_ELEMENTS,
  CO_NO_ELEMENT = CO_NUM_ELEMENTS
} co_element;

const char *co_element_name(co_element kind);  // "qpos"

// What a domain may change. id, name, elements it belongs to, values per element, values `set` and
// `add` need at least, legal range of each value, unit, meaning. Values that are not given keep
// their nominal number; one number given to `scale` scales all of them.
#define CO_PARAMETER_LIST(X)                                                                   \
  X(CO_GRAVITY, "option.gravity", CO_NO_ELEMENT, 3, 3, -1e3, 1e3, "m/s^2", "gravity vector")   \
  X(CO_FRICTION, "geom.friction", CO_GEOM, 3, 1, 0.0, 1e3, "1, m, m",                          \
    "sliding, torsional and rolling friction; a contact takes the larger of its two geoms'")   \
  X(CO_MASS, "body.mass", CO_BODY, 1, 1, 1e-6, 1e6, "kg", "mass; the inertia is scaled along") \
  X(CO_DAMPING, "joint.damping", CO_JOINT, 1, 1, 0.0, 1e6, "N s/m or N m s/rad",               \
    "viscous damping of each degree of freedom of the joint")                                  \
  X(CO_GEAR, "actuator.gear", CO_ACTUATOR, 1, 1, -1e6, 1e6, "N or N m per unit of ctrl",       \
    "force per unit of ctrl; negative is a motor wired backwards")

typedef enum co_parameter_id {
#define X(id, name, element, width, least, min, max, unit, doc) id,
  CO_PARAMETER_LIST(X)
#undef X
      CO_NUM_PARAMETERS
} co_parameter_id;

enum { CO_PARAMETER_WIDTH = 3 };  // most values of a parameter

typedef struct co_parameter {
  const char *name;
  co_element element;  // CO_NO_ELEMENT: one for the whole model
  int width;           // values per element
  int least;           // values `set` and `add` need at least
  double min, max;     // of each value
  const char *unit, *doc;
} co_parameter;

extern const co_parameter co_parameters[CO_NUM_PARAMETERS];

typedef struct co_engine co_engine;

typedef struct co_elements {
  int count;
  const char **name;  // (count) unnamed elements are called "#3"
  const char **unit;  // (count) of qpos, qvel, ctrl; NULL for the others
} co_elements;

// The constant part of a simulation. Engines embed it as their first member.
typedef struct co_model {
  const co_engine *engine;
  const char *name;              // "hopper.xml", or the engine's own name
  uint64_t hash;                 // of the compiled numbers before any shift
  double timestep;               // [s]
  int nq, nv, nu;                // sizes of qpos, qvel, ctrl
  const double *qpos0;           // (nq) nominal position
  double *ctrl_low, *ctrl_high;  // (nu) -INFINITY, INFINITY where unlimited
  co_elements elements[CO_NUM_ELEMENTS];
  co_arena arena;  // holds names and arrays
} co_model;

// One row's state. Engines embed it as their first member; the arrays belong to the engine.
typedef struct co_physics {
  const co_model *model;
  double *qpos;  // (nq)
  double *qvel;  // (nv)
  double *ctrl;  // (nu) not clamped; the engine clamps to ctrl_low..ctrl_high
} co_physics;

typedef struct co_contact {
  int geom[2];
  double friction;  // sliding friction that acts
} co_contact;

struct co_engine {
  const char *name;              // as in task files: "mujoco"
  bool needs_file;               // a model file must be given
  const char *(*version)(void);  // "mujoco 4.0.1"
  co_status (*load)(const char *path, co_model **out);
  void (*unload)(co_model *model);
  // Domain parameters: reading and writing the values of one element; `settle` derives constants
  // after writing.
  bool (*has)(co_parameter_id parameter);
  void (*get)(const co_model *model, co_parameter_id parameter, int element, double *value);
  co_status (*put)(co_model *model, co_parameter_id parameter, int element, const double *value);
  co_status (*settle)(co_model *model);
  // Sliding friction of a contact between two geoms; NULL: the engine has no contacts.
  double (*pair_friction)(const co_model *model, int geom1, int geom2);
  co_status (*create)(const co_model *model, co_physics **out);
  void (*destroy)(co_physics *row);
  co_status (*reset)(co_physics *row);  // nominal position, everything else zero
  co_status (*forward)(
      co_physics *row);  // derived quantities of qpos, qvel, ctrl; warm start untouched
  co_status (*refresh)(co_physics *row);  // those of position and velocity only
  co_status (*step)(co_physics *row, int steps);
  bool (*fault)(const co_physics *row);  // diverged since the last reset
  size_t (*state_size)(const co_model *model);
  void (*save)(const co_physics *row, void *bytes);
  void (*restore)(co_physics *row, const void *bytes);
  int (*contacts)(const co_physics *row, co_contact *out, int max);  // returns how many, <= max
  size_t (*memory)(const co_physics *row);                           // bytes one row holds
  double *(*warm_start)(co_physics *row);       // (nv) where the solver starts from; NULL: has none
  bool (*limit_active)(const co_physics *row);  // a joint limit acts
};

extern const co_engine co_engine_mujoco, co_engine_pendulum;

// Names of the engines in the order of task files, NULL-terminated, and the engine of an index.
extern const char *const co_engine_names[];
const co_engine *co_engine_at(int index);

// Loads a model; CO_NO_INPUT when the file is missing, CO_DATA when it does not compile.
co_status co_model_load(const co_engine *engine, const char *path, co_model **out);
void co_model_free(co_model *model);

// Index of a named element, or -1.
int co_model_find(const co_model *model, co_element kind, const char *name);

co_status co_physics_create(const co_model *model, co_physics **out);
void co_physics_free(co_physics *row);

// Advances time by `steps` physics steps under the present ctrl.
co_status co_physics_step(co_physics *row, int steps);

#endif  // ENVS_PHYSICS_H_
