// A policy's contract as deploy.yaml, the settings file that unitree_rl_lab and unitree_rl_mjlab
// write beside policy.onnx and their controllers read.
//
//   step_dt, stiffness, damping, default_joint_pos, commands.base_velocity.ranges,
//   actions.JointPositionAction {scale, offset, clip}, observations {TERM: {scale, clip,
//   history_length, params}}
//
// Lists by joint are in the policy's order. joint_ids_map, the places of its joints among the
// robot's motors, is in no contract: a comment stands in its place, with the joints' names. What
// has no key is a comment too, and a line of `left_out`. Thread-safe.

#ifndef AGENTS_EXPORT_DEPLOY_H_
#define AGENTS_EXPORT_DEPLOY_H_

#include "agents/export/facts.h"

// Appends the file. CO_CONFIG for what would be read as something else: actions that are no targets
// of joints, a past that is not each term's own, oldest first, a term that stands twice.
co_status co_export_deploy(const co_policy *policy, co_left_out *left_out, co_buf *out);

#endif  // AGENTS_EXPORT_DEPLOY_H_
