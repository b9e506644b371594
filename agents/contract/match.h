// Which element of one contract is which of another: the mapping that comparison and viewer show.
//
// Elements are matched by name. What is left is matched by what it measures (a gyro and the term
// `angular_velocity` of one body, wherever they are seen from), then by the last part of the name
// ("pd/knee" and "position/knee" move the same joint, "qpos/knee" and "joint_pos/knee" are the same
// angle), then, in lists of the same length, by place where term and unit agree: other people call
// the joints of a robot differently. Every element has at most one partner. Thread-safe.

#ifndef AGENTS_CONTRACT_MATCH_H_
#define AGENTS_CONTRACT_MATCH_H_

#include "agents/contract/contract.h"

typedef struct co_match {
  int num_a, num_b;
  int *b_of_a;  // (num_a) index of the partner, -1: none; owned
  int *a_of_b;  // (num_b)
} co_match;

co_status co_match_observation(const co_contract *a, const co_contract *b, co_match *out);
co_status co_match_action(const co_contract *a, const co_contract *b, co_match *out);
void co_match_free(co_match *match);

// "front_knee@-2" of "joint_pos/front_knee@-2".
const char *co_element_tail(const char *name);
// Whether two names are of one element: a target is called "position/knee" where a servo follows it
// and "pd/knee" where a law does, and so is what was the last action.
bool co_element_same_name(const char *a, const char *b);
typedef struct co_action_list {
  const co_action_element *action;  // (count)
  int count;
} co_action_list;
// The same where they are actions of these lists, or what was one last, which may also be called
// after the joint that it drives: "pd/knee_joint" of the actuator "knee".
bool co_action_same_name(co_action_list of_a, const char *a, co_action_list of_b, const char *b);
// The entry of the default pose that an element is about: of the joint of this name, or of the only
// one that starts with it and an underscore (actuator "FR_hip" of joint "FR_hip_joint"). -1: none.
int co_element_joint(const co_contract *contract, const char *name);
// "@-2" of "joint_pos/front_knee@-2", "" of present values.
const char *co_element_age(const char *name);
// Index in the contract's joints, -1: not among them.
int co_find_joint(const co_contract *contract, const char *name);
// Which way an element counts is that of a joint: num_pose and the index of its joint, where the
// contract's joints hold it; else that of its entry of the default pose, -1: none.
int co_element_turn(const co_contract *contract, const char *name);

#endif  // AGENTS_CONTRACT_MATCH_H_
