// What a contract knows about the joints that its actions move, in the order of the actions: as
// programs that run policies on robots ask for it.
//
// Thread-safe.

#ifndef AGENTS_EXPORT_JOINTS_H_
#define AGENTS_EXPORT_JOINTS_H_

#include "agents/contract/contract.h"

// Each is NAN, or NULL, where the contract does not know it for every action.
typedef struct co_joints {
  int count;        // of actions
  bool named;       // each action moves one joint, that the contract names
  bool targets;     // each action is a target of such a joint: pose + scale x action
  bool has_gains;   // kp and kd are known for each
  bool has_limits;  // and the largest torque
  const co_contract *contract;
} co_joints;

co_joints co_joints_of(const co_contract *contract);
const char *co_joint_name(const co_joints *joints, int action);
// Target of an action of 0 [rad or m]: the joint's place in the default pose.
double co_joint_pose(const co_joints *joints, int action);
double co_joint_kp(const co_joints *joints, int action);     // [N m/rad] of target or servo
double co_joint_kd(const co_joints *joints, int action);     // [N m s/rad]
double co_joint_limit(const co_joints *joints, int action);  // [N m]

#endif  // AGENTS_EXPORT_JOINTS_H_
