// The physics seam: what the rest of the project knows of a physics engine.
//
// A co_model is the constant part (one per env, shared by all rows, the domain already applied); a
// co_physics is the mutable state of one row. An engine is one table of functions over the two;
// MuJoCo and the closed-form pendulum are the two that exist. co_physics_step() is the only place
// that advances time.
//
// Thread safety: calls on different co_physics of one model may run at once; a model is changed
// (put, compile, settle) only before the first co_physics of it exists. Errors inside an engine
// come back as CO_INTERNAL with the engine's text.

#ifndef ENVS_PHYSICS_PHYSICS_H_
#define ENVS_PHYSICS_PHYSICS_H_

#include "core/arena.h"
#include "core/status.h"
#include "envs/physics/parameters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kinds of named elements: first objects, then quantities, arrays of doubles that a row holds. Both
// are addressed by name, as "group/element"; a quantity of an object has one element per component
// ("body_pos/torso.x"). OBSERVATION, ACTION and PD belong to the signal path: no engine has them, a
// task does.
#define CO_ELEMENT_LIST(X)                                                              \
  X(CO_BODY, "body")                                                                    \
  X(CO_GEOM, "geom")                                                                    \
  X(CO_JOINT, "joint")                                                                  \
  X(CO_ACTUATOR, "actuator")                                                            \
  X(CO_SITE, "site")                                                                    \
  X(CO_CAMERA, "camera")                                                                \
  X(CO_PAIR, "pair") /* explicit pairs of geoms */                                      \
  X(CO_KEYFRAME, "keyframe")                                                            \
  X(CO_OBSERVATION, "observation")                                                      \
  X(CO_PD, "pd") /* actions that a torque follows */                                    \
  X(CO_ACTION, "action")                                                                \
  X(CO_QPOS, "qpos")                        /* positions */                             \
  X(CO_QVEL, "qvel")                        /* velocities */                            \
  X(CO_CTRL, "ctrl")                        /* controls */                              \
  X(CO_BODY_POS, "body_pos")                /* (3) origin, world frame */               \
  X(CO_BODY_QUAT, "body_quat")              /* (4) orientation w x y z */               \
  X(CO_BODY_MAT, "body_mat")                /* (9) orientation, rows of the matrix */   \
  X(CO_BODY_COM, "body_com")                /* (3) centre of mass, world frame */       \
  X(CO_BODY_INERTIA, "cinert")              /* (10) inertia about the tree's centre */  \
  X(CO_BODY_VELOCITY, "cvel")               /* (6) rotation, translation, at centre */  \
  X(CO_BODY_FORCE, "cfrc_ext")              /* (6) torque, force from outside */        \
  X(CO_GEOM_POSITION, "geom_pos")           /* (3) centre, world frame */               \
  X(CO_SITE_POS, "site_pos")                /* (3) world frame */                       \
  X(CO_SITE_MAT, "site_mat")                /* (9) orientation, rows of the matrix */   \
  X(CO_JOINT_TORQUE, "qfrc_actuator")       /* actuator forces per degree of freedom */ \
  X(CO_CONSTRAINT_FORCE, "qfrc_constraint") /* constraint forces, likewise */           \
  X(CO_ACTUATOR_FORCE, "actuator_force")    /* force of each actuator */                \
  X(CO_SENSOR, "sensor")                    /* values of the model's own sensors */     \
  X(CO_MOCAP_POS, "mocap_pos")              /* (3) of bodies placed by hand */

typedef enum co_element {
#define X(id, name) id,
  CO_ELEMENT_LIST(X)
#undef X
      CO_NUM_ELEMENTS,
  CO_NO_ELEMENT = CO_NUM_ELEMENTS,
  CO_FIRST_QUANTITY = CO_QPOS
} co_element;

const char *co_element_name(co_element kind);  // "qpos"

// What an element is to its robot, whatever it is called: "@feet" in a pattern. The robot is the
// tree of bodies that most actuators drive.
#define CO_ROLE_LIST(X)                                                                        \
  X(CO_ROLE_BASE, "base", "first moving body of the robot, its geoms, joints and coordinates") \
  X(CO_ROLE_BASE_XY, "base_xy", "coordinates of the base along the ground")                    \
  X(CO_ROLE_LINKS, "links", "the robot's other bodies that have mass, and their geoms")        \
  X(CO_ROLE_FEET, "feet", "bodies that end the robot's chains, hands too, and their geoms")    \
  X(CO_ROLE_FLOOR, "floor", "planes and height fields that do not move")                       \
  X(CO_ROLE_ACTUATED, "actuated", "joints that an actuator drives, and their coordinates")     \
  X(CO_ROLE_POSITIONS, "positions", "observations of the positions of such joints")            \
  X(CO_ROLE_RATES, "rates", "observations of the velocities of such joints")

typedef enum co_role {
#define X(id, name, doc) id,
  CO_ROLE_LIST(X)
#undef X
      CO_NUM_ROLES
} co_role;

enum { CO_PARAMETER_WIDTH = 5 };  // most values of a parameter

typedef struct co_parameter {
  const char *name;
  co_element element;  // CO_NO_ELEMENT: one for the whole model
  int width;           // values per element
  int least;           // values `set` and `add` need at least
  double min, max;     // of each value
  const char *unit;
  unsigned how;  // CO_BY_..., with CO_WHOLE
  const char *doc;
} co_parameter;

extern const co_parameter co_parameters[CO_NUM_PARAMETERS];

static inline bool co_parameter_is(co_parameter_id id, unsigned how) {
  return (co_parameters[id].how & CO_HOW) == how;
}

typedef struct co_engine co_engine;

typedef struct co_elements {
  int count;
  const char **name;  // (count) unnamed elements are called "#3"
  const char **unit;  // (count) of quantities; NULL for objects
  // (count) where the element is in this compilation, -1: it is not there (a variant lacks it);
  // NULL: at its own index. Names and places always are those of the nominal model.
  const int *at;
} co_elements;

// Kinds of actuators, as sentences call them.
#define CO_DRIVE_LIST(X)                                      \
  X(CO_DRIVE_OTHER, "neither a motor nor a position servo")   \
  X(CO_DRIVE_MOTOR, "a motor")                                \
  X(CO_DRIVE_POSITION, "a position servo")                    \
  X(CO_DRIVE_VELOCITY, "a velocity servo")                    \
  X(CO_DRIVE_INTVELOCITY, "a servo of integrated velocities") \
  X(CO_DRIVE_DAMPER, "a damper")                              \
  X(CO_DRIVE_MUSCLE, "a muscle")

typedef enum co_drive_kind {
#define X(id, name) id,
  CO_DRIVE_LIST(X)
#undef X
} co_drive_kind;

// What stands between a control and its joint. Facts of the nominal model: a controller is
// calibrated to the robot it was built for, so that a shift of these numbers is not undone.
typedef struct co_drive {
  co_drive_kind kind;
  int actuator;      // element of CO_ACTUATOR
  int qpos, qvel;    // coordinate of the one joint that it drives, or -1
  double ratio;      // torque at the joint per force of the actuator; so do lengths and angles
  double gain;       // of motors and position servos: force per unit of control
  double stiffness;  // of position servos: force per length away from the target
  double damping;    // of servos: force per velocity against it
  double bias;       // of motors and position servos: force where all else is zero
} co_drive;

// What a coordinate, velocity or sensor value measures.
typedef struct co_measure {
  const char *quantity;  // "angular_velocity"; NULL: not told
  char component;        // 'x', 'y', 'z'; 0: it has one
  co_element object;     // CO_BODY, CO_SITE or CO_JOINT
  int index;
  bool in_world;  // seen from the world, not from the object
} co_measure;

// What the model lets through of an actuator's force, as force or torque at the joint that it
// drives; -INFINITY, INFINITY: all.
typedef struct co_force_range {
  double low, high;              // of the actuator
  double total_low, total_high;  // of all actuators of that joint or tendon together
  bool tendon;                   // of a tendon
} co_force_range;

// The constant part of a simulation. Engines embed it as their first member.
typedef struct co_model {
  const co_engine *engine;
  const char *name;              // "hopper.xml", or the engine's own name
  uint64_t hash;                 // of the compiled model before any shift
  uint64_t hash_1;               // the same as contracts of format 1 hold it
  double timestep;               // [s]
  int nq, nv, nu;                // sizes of qpos, qvel, ctrl of the nominal model
  double chain;                  // sum over qvel of the square of how many coordinates move it
  const double *qpos0;           // (nq) nominal position
  double *ctrl_low, *ctrl_high;  // (nu) -INFINITY, INFINITY where unlimited
  co_drive *drive;               // (nu)
  co_force_range *force_range;   // (nu)
  double *qpos_low, *qpos_high;  // (nq) joint limits, -INFINITY, INFINITY where unlimited
  co_elements elements[CO_NUM_ELEMENTS];
  co_arena arena;  // holds names and arrays
} co_model;

// One row's state. Engines embed it as their first member; the arrays belong to the engine, stay
// where they are for the row's life, and are indexed by co_elements.at.
typedef struct co_physics {
  const co_model *model;
  double *field[CO_NUM_ELEMENTS];  // of quantities; NULL: objects, and what the engine has not
  double *qpos;                    // field[CO_QPOS]
  double *qvel;                    // field[CO_QVEL]
  double *ctrl;  // field[CO_CTRL]; not clamped; the engine clamps to ctrl_low..ctrl_high
} co_physics;

typedef struct co_contact {
  int geom[2];
  double friction;  // sliding friction that acts
} co_contact;

// Whose friction acts in a contact between two geoms.
typedef enum co_friction_rule {
  CO_FRICTION_NONE,       // the contact has none: its condim is 1
  CO_FRICTION_OF_OPTION,  // that of the model's options, in every contact
  CO_FRICTION_LARGER,     // the larger of the two
  CO_FRICTION_OF_FIRST,   // that of the geom of higher priority
  CO_FRICTION_OF_SECOND,  //
  CO_FRICTION_OF_PAIR,    // of a pair that the model names
} co_friction_rule;

struct co_scene;  // envs/physics/scene.h
struct co_names;  // core/file.h

struct co_engine {
  const char *name;              // as in task files: "mujoco"
  bool needs_file;               // a model file must be given
  const char *(*version)(void);  // "mujoco 4.0.1"
  // `scene` (NULL: none) is added to the model before it is compiled.
  co_status (*load)(const char *path, const struct co_scene *scene, co_model **out);
  void (*unload)(co_model *model);
  // Paths of all files that a model reads, for co_names_free; CO_DATA when it is damaged. NULL:
  // the engine reads none.
  co_status (*files)(const char *path, struct co_names *out);

  // Domain parameters of a model: reading and writing the values of one element. Those that are
  // applied by the compiler are put first, then `compile` makes the model anew from a copy (on
  // failure it is as it was), then the others; `settle` derives constants after writing.
  bool (*has)(co_parameter_id parameter);
  void (*get)(const co_model *model, co_parameter_id parameter, int element, double *value);
  co_status (*put)(co_model *model, co_parameter_id parameter, int element, const double *value);
  co_status (*compile)(co_model *model);
  co_status (*settle)(co_model *model);
  // A model of its own with the same elements and none of the parameters put since `load`, for a
  // pool of variants.
  co_status (*copy)(const co_model *model, co_model **out);
  // Whether an element of the nominal model (bodies, geoms, joints, coordinates) has a role. NULL:
  // none has.
  bool (*role)(const co_model *model, co_role role, co_element kind, int index);
  // The group that a geom is drawn in. NULL: the engine has no geoms.
  int (*geom_group)(const co_model *model, int geom);
  // What numbers mean, facts of the nominal model. NULL: the engine tells nothing.
  struct {
    // Of a quantity's element; false: not told.
    bool (*measure)(const co_model *model, co_element group, int element, co_measure *out);
    // The axis of a hinge or slide, seen from the first body of its tree at the nominal position.
    bool (*joint_axis)(const co_model *model, int joint, double axis[3]);
    // Where a body or site is within what moves it: the body of which it is a part.
    int (*frame)(const co_model *model, co_element object, int index, double pos[3],
                 double quat[4]);
    // The drive of a control as shifts have left it; false: it is gone.
    bool (*drive)(const co_model *model, int control, co_drive *out);
  } facts;
  // Sliding friction of a contact between two geoms, and what decides it; NULL: the engine has no
  // contacts.
  double (*pair_friction)(const co_model *model, int geom1, int geom2, co_friction_rule *rule);

  // Name of the body of a geom, if it states its mass and inertia and the geom has no part in them;
  // else NULL. NULL: no body does.
  const char *(*states_inertia)(const co_model *model, int geom);

  co_status (*create)(const co_model *model, co_physics **out);
  void (*destroy)(co_physics *row);
  // The same for one row: `own` gives it its own numbers of a parameter (once, before the first
  // put_row of it); the first put_row after that, or after a settle_row, starts from the model's
  // numbers again, so that nothing drifts; `settle_row` derives constants and leaves the row to be
  // reset; `use` switches to another variant, which drops what was put (CO_CONFIG when its sizes
  // differ). The row must be reset after each. NULL: rows share all numbers.
  co_status (*own)(co_physics *row, co_parameter_id parameter);
  co_status (*put_row)(co_physics *row, co_parameter_id parameter, int element,
                       const double *value);
  co_status (*settle_row)(co_physics *row);
  co_status (*use)(co_physics *row, const co_model *variant);

  co_status (*reset)(co_physics *row);  // nominal position, everything else zero
  // Keyframes, by their index in CO_KEYFRAME: the coordinates (nq) and (nv) of one; and putting all
  // else that it holds, such as controls, activations and bodies placed by hand, into a row that
  // was just reset. NULL: the engine has none.
  void (*keyframe)(const co_model *model, int key, double *qpos, double *qvel);
  void (*start)(co_physics *row, int key);
  co_status (*forward)(
      co_physics *row);  // derived quantities of qpos, qvel, ctrl; warm start untouched
  co_status (*refresh)(co_physics *row);  // those of position and velocity only, and sensors
  co_status (*step)(co_physics *row, int steps);
  co_status (*contact_forces)(co_physics *row);  // fills cfrc_ext; NULL: has none
  bool (*fault)(const co_physics *row);          // diverged since the last reset
  size_t (*state_size)(const co_model *model);
  void (*save)(const co_physics *row, void *bytes);
  void (*restore)(co_physics *row, const void *bytes);
  int (*contacts)(const co_physics *row, co_contact *out, int max);  // returns how many, <= max
  size_t (*memory)(const co_physics *row);      // bytes one row takes: of reserved pages those used
  double *(*warm_start)(co_physics *row);       // (nv) where the solver starts from; NULL: has none
  bool (*limit_active)(const co_physics *row);  // a joint limit acts
  // Velocity of a body or site (kind CO_BODY or CO_SITE): rotation [rad/s] then translation [m/s]
  // of its origin, in its own frame or the world's. NULL: has none.
  void (*object_velocity)(const co_physics *row, co_element kind, int index, bool own_frame,
                          double out[6]);
  // A force [N] at a body's centre of mass, in the world's frame, that stays until the next reset.
  // NULL: has none.
  void (*apply_force)(co_physics *row, int body, const double force[3]);
  // Torques and forces (nv) that all actuators together put on the coordinates in the last physics
  // step, as its last integration stage had them. NULL: the engine does not tell.
  void (*torques)(const co_physics *row, double *out);
  // Inverse dynamics: the torques and forces (nv) that, beside those of gravity, springs, dampers
  // and constraints, explain the acceleration `qacc` (nv) in the row's present state; NULL: the
  // acceleration that it has under its present controls. Nothing of the row changes. CO_MEMORY,
  // CO_INTERNAL. NULL: has none.
  co_status (*inverse)(const co_physics *row, const double *qacc, double *out);
  // Centre of mass of everything that moves [m]. NULL: has none.
  void (*mass_center)(const co_physics *row, double out[3]);
};

extern const co_engine co_engine_mujoco, co_engine_pendulum;

// Names of the engines in the order of task files, NULL-terminated, and the engine of an index.
extern const char *const co_engine_names[];
const co_engine *co_engine_at(int index);

// Loads a model; CO_NO_INPUT when the file is missing, CO_DATA when it does not compile.
co_status co_model_load(const co_engine *engine, const char *path, const struct co_scene *scene,
                        co_model **out);
void co_model_free(co_model *model);

// Index of a named element, or -1.
int co_model_find(const co_model *model, co_element kind, const char *name);

// Where an element is in the row's arrays, -1: this compilation lacks it.
static inline int co_model_at(const co_model *model, co_element kind, int index) {
  const co_elements *elements = &model->elements[kind];
  return elements->at ? elements->at[index] : index;
}

// "a motor"
const char *co_drive_name(co_drive_kind kind);

// What one unit of control commands at the joint: of a position servo its target [rad or m], of a
// motor its torque or force. NAN where that is not one number, which never is 0 or infinite.
double co_drive_unit(const co_drive *drive);

co_status co_physics_create(const co_model *model, co_physics **out);
void co_physics_free(co_physics *row);

// Advances time by `steps` physics steps under the present ctrl.
co_status co_physics_step(co_physics *row, int steps);

#endif  // ENVS_PHYSICS_PHYSICS_H_
