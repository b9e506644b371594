#include "agents/export/joints.h"

#include <math.h>
#include <string.h>

const char *co_joint_name(const co_joints *joints, int action) {
  return joints->contract->action[action].drive.joint;
}

double co_joint_pose(const co_joints *joints, int action) {
  return joints->contract->action[action].offset;
}

// A torque that follows a target has gains of its own, a servo those of the model.
double co_joint_kp(const co_joints *joints, int action) {
  const co_action_element *element = &joints->contract->action[action];
  return isfinite(element->kp) ? element->kp : element->drive.kp;
}

double co_joint_kd(const co_joints *joints, int action) {
  const co_action_element *element = &joints->contract->action[action];
  return isfinite(element->kp) ? element->kd : element->drive.kv;
}

double co_joint_limit(const co_joints *joints, int action) {
  return joints->contract->action[action].torque_limit;
}

co_joints co_joints_of(const co_contract *contract) {
  co_joints joints = {.count = contract->num_action,
                      .named = true,
                      .targets = true,
                      .has_gains = true,
                      .has_limits = true,
                      .contract = contract};
  for (int i = 0; i < joints.count; i++) {
    joints.named = joints.named && *co_joint_name(&joints, i);
    joints.targets = joints.targets && co_action_is_target(&contract->action[i]);
    joints.has_gains =
        joints.has_gains && isfinite(co_joint_kp(&joints, i)) && isfinite(co_joint_kd(&joints, i));
    joints.has_limits = joints.has_limits && isfinite(co_joint_limit(&joints, i));
  }
  joints.targets = joints.targets && joints.named;
  return joints;
}
