// Which arrays of an mjModel a domain parameter is written to, and which ones follow from them:
// what a row needs of its own before it may draw numbers anew. Included by files behind the MuJoCo
// fence only.
//
// Parameters of the option group are members of mjModel itself, which every view has of its own,
// and those that need a new compilation are written to no compiled model: neither is listed.

#ifndef ENVS_PHYSICS_MUJOCO_FIELDS_H_
#define ENVS_PHYSICS_MUJOCO_FIELDS_H_

#include "envs/parameters.h"

// Columns: parameter; member of mjModel; member with its number of rows; values per row.
#define CO_MUJOCO_FIELD_LIST(X)                          \
  X(CO_MASS, body_mass, nbody, 1)                        \
  X(CO_MASS, body_inertia, nbody, 3)                     \
  X(CO_INERTIA, body_inertia, nbody, 3)                  \
  X(CO_COM, body_ipos, nbody, 3)                         \
  X(CO_POSITION, body_pos, nbody, 3)                     \
  X(CO_POSITION, qpos0, nq, 1) /* of free joints */      \
  X(CO_POSITION, qpos_spring, nq, 1)                     \
  X(CO_FRICTION, geom_friction, ngeom, 3)                \
  X(CO_SOLREF, geom_solref, ngeom, mjNREF)               \
  X(CO_SOLIMP, geom_solimp, ngeom, mjNIMP)               \
  X(CO_CONDIM, geom_condim, ngeom, 1)                    \
  X(CO_JOINT_RANGE, jnt_range, njnt, 2)                  \
  X(CO_JOINT_RANGE, jnt_limited, njnt, 1)                \
  X(CO_JOINT_POS, jnt_pos, njnt, 3)                      \
  X(CO_DAMPING, dof_damping, nv, 1)                      \
  X(CO_ARMATURE, dof_armature, nv, 1)                    \
  X(CO_FRICTIONLOSS, dof_frictionloss, nv, 1)            \
  X(CO_STIFFNESS, jnt_stiffness, njnt, 1)                \
  X(CO_GEAR, actuator_gear, nout, 6)                     \
  X(CO_KP, actuator_gainprm, nactuator, mjNGAIN)         \
  X(CO_KP, actuator_biasprm, nactuator, mjNBIAS)         \
  X(CO_KV, actuator_gainprm, nactuator, mjNGAIN)         \
  X(CO_KV, actuator_biasprm, nactuator, mjNBIAS)         \
  X(CO_FORCE_RANGE, actuator_forcerange, nactuator, 2)   \
  X(CO_FORCE_RANGE, actuator_forcelimited, nactuator, 1) \
  X(CO_CTRL_RANGE, actuator_ctrlrange, nu, 2)            \
  X(CO_CTRL_RANGE, actuator_ctrllimited, nu, 1)

// Everything that mj_setConst writes in a model without flexible bodies: what follows from
// parameters with CO_BY_CONSTANT. Some of it never changes and is still written (cam_mode, the
// tables of trees and tendons), so that sharing any of it would be a race. Columns: member; rows;
// values per row.
#define CO_MUJOCO_DERIVED_LIST(X)         \
  X(body_sameframe, nbody, 1)             \
  X(geom_sameframe, ngeom, 1)             \
  X(site_sameframe, nsite, 1)             \
  X(body_subtreemass, nbody, 1)           \
  X(body_invweight0, nbody, 2)            \
  X(body_treeid, nbody, 1)                \
  X(dof_invweight0, nv, 1)                \
  X(dof_M0, nv, 1)                        \
  X(dof_length, nv, 1)                    \
  X(jnt_actuatorid, njnt, 1)              \
  X(tree_bodyadr, ntree, 1)               \
  X(tree_bodynum, ntree, 1)               \
  X(tree_dofadr, ntree, 1)                \
  X(tree_dofnum, ntree, 1)                \
  X(tree_sleep_policy, ntree, 1)          \
  X(tendon_actuatorid, ntendon, 1)        \
  X(tendon_treenum, ntendon, 1)           \
  X(tendon_treeid, ntendon, 2)            \
  X(tendon_lengthspring, ntendon, 2)      \
  X(tendon_length0, ntendon, 1)           \
  X(tendon_invweight0, ntendon, 1)        \
  X(ten_J_rownnz, ntendon, 1)             \
  X(ten_J_rowadr, ntendon, 1)             \
  X(ten_J_colind, nJten, 1)               \
  X(actuator_acc0, nout, 1)               \
  X(actuator_length0, nout, 1)            \
  X(actuator_lengthrange, nout, 2)        \
  X(actuator_biasprm, nactuator, mjNBIAS) \
  X(eq_data, neq, mjNEQDATA)              \
  X(cam_mode, ncam, 1)                    \
  X(cam_pos0, ncam, 3)                    \
  X(cam_poscom0, ncam, 3)                 \
  X(cam_mat0, ncam, 9)                    \
  X(light_mode, nlight, 1)                \
  X(light_pos0, nlight, 3)                \
  X(light_poscom0, nlight, 3)             \
  X(light_dir0, nlight, 3)

#endif  // ENVS_PHYSICS_MUJOCO_FIELDS_H_
