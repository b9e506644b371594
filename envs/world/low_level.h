// What lies below the actions of a task: targets and torques of the last control step, and the
// torques that explain an acceleration. In SI units, by name, for diagnoses.
//
// Signals are, in this order,
//   target/CONTROL  [rad or m] of each control that makes a joint follow one: of `pd` actions as it
//                   reached the motor in the last physics step, of position servos as commanded,
//                   within the control's range
//   torque/JOINT    [N m or N] of each coordinate that an actuator drives: of all actuators
//                   together, as the last integration stage of the last physics step had it
//   force/ACTUATOR  [N or N m] of each actuator that drives no single joint, likewise
// Targets are in the units of the nominal robot, to which a controller is calibrated. What a domain
// has removed reads 0.
//
// A co_low_level is constant; reading is thread-safe per row.

#ifndef ENVS_WORLD_LOW_LEVEL_H_
#define ENVS_WORLD_LOW_LEVEL_H_

#include "envs/world/row.h"

typedef enum co_tap_source {
  CO_FROM_PD,      // a target that a pd action keeps
  CO_FROM_SERVO,   // a position servo's control
  CO_FROM_TORQUE,  // on a coordinate
  CO_FROM_FORCE,   // of an actuator
} co_tap_source;

// Where one signal is read.
typedef struct co_tap {
  co_tap_source source;
  int index;    // of the control, the coordinate or the actuator
  int state;    // CO_FROM_PD: within the row's term state
  int pd;       // CO_FROM_PD: within the pd actions
  double unit;  // CO_FROM_SERVO: target per unit of control
} co_tap;

typedef struct co_low_level {
  co_tap *tap;               // (num_signals)
  co_value_element *signal;  // (num_signals)
  co_value_element *force;   // (nv) "torque/JOINT", of every coordinate
  int num_signals, num_forces;
} co_low_level;

// Finds what there is in a world; names live in `arena`. CO_MEMORY.
co_status co_low_level_create(const co_binding *binding, co_arena *arena, co_low_level *out);

// Signals (num_signals) of the row's last control step. CO_DATA when it has made none since it was
// reset or loaded, or the last one was a fault; CO_CONFIG where the engine does not tell torques.
co_status co_low_level_read(const co_low_level *level, const co_row *row, double *value);

// Inverse dynamics of the row's present state (num_forces): see `inverse` of
// envs/physics/physics.h. CO_CONFIG where the engine has none, CO_DATA for an acceleration (nv,
// NULL: the row's own) that is not finite.
co_status co_row_inverse(const co_row *row, const double *qacc, double *force);

#endif  // ENVS_WORLD_LOW_LEVEL_H_
