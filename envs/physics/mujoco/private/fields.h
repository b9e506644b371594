// Which arrays of an mjModel co_mujoco_write touches for a parameter: what a row needs of its own
// before it may draw numbers anew. Parameters of the option group are members of mjModel itself,
// which every view has of its own, and those that need a new compilation are written to no compiled
// model: neither is listed.

#ifndef ENVS_PHYSICS_MUJOCO_PRIVATE_FIELDS_H_
#define ENVS_PHYSICS_MUJOCO_PRIVATE_FIELDS_H_

#include "envs/physics/parameters.h"

// Columns: parameter; member of mjModel.
#define CO_MUJOCO_FIELD_LIST(X)                     \
  X(CO_MASS, body_mass)                             \
  X(CO_MASS, body_inertia) /* scaled along */       \
  X(CO_INERTIA, body_inertia)                       \
  X(CO_COM, body_ipos)                              \
  X(CO_POSITION, body_pos)                          \
  X(CO_FRICTION, geom_friction)                     \
  X(CO_SOLREF, geom_solref)                         \
  X(CO_SOLIMP, geom_solimp)                         \
  X(CO_CONDIM, geom_condim)                         \
  X(CO_JOINT_RANGE, jnt_range)                      \
  X(CO_JOINT_RANGE, jnt_limited) /* switched on */  \
  X(CO_JOINT_POS, jnt_pos)                          \
  X(CO_PAIR_FRICTION, pair_friction)                \
  X(CO_PAIR_SOLREF, pair_solref)                    \
  X(CO_DAMPING, dof_damping)                        \
  X(CO_DAMPING, dof_dampingpoly)                    \
  X(CO_ARMATURE, dof_armature)                      \
  X(CO_FRICTIONLOSS, dof_frictionloss)              \
  X(CO_STIFFNESS, jnt_stiffness)                    \
  X(CO_STIFFNESS, jnt_stiffnesspoly)                \
  X(CO_GEAR, actuator_gear)                         \
  X(CO_GEAR, actuator_gainprm)     /* of dampers */ \
  X(CO_GEAR, actuator_biasprm)     /* of servos */  \
  X(CO_GEAR, actuator_lengthrange) /* muscles */    \
  X(CO_TARGET, actuator_gainprm)                    \
  X(CO_KP, actuator_gainprm)                        \
  X(CO_KP, actuator_biasprm)                        \
  X(CO_KV, actuator_gainprm) /* velocity servos */  \
  X(CO_KV, actuator_biasprm)                        \
  X(CO_FORCE_RANGE, actuator_forcerange)            \
  X(CO_FORCE_RANGE, actuator_forcelimited)          \
  X(CO_CTRL_RANGE, actuator_ctrlrange)              \
  X(CO_CTRL_RANGE, actuator_ctrllimited)

#endif  // ENVS_PHYSICS_MUJOCO_PRIVATE_FIELDS_H_
