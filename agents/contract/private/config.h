// Config text that gives a task the meaning of another contract's facts: terms with their elements
// in the given order, scales, offsets, gains; entries of the default pose; shifts.
//
// Each function returns a new text, or NULL when what is known does not suffice: a term whose other
// keys no contract holds (relative, phase), an element that B has no sign of, no memory.
// Thread-safe.

#ifndef AGENTS_CONTRACT_PRIVATE_CONFIG_H_
#define AGENTS_CONTRACT_PRIVATE_CONFIG_H_

#include "agents/contract/match.h"

// A run of elements that terms of one name make.
typedef struct co_element_span {
  int first, count;
} co_element_span;

// The run of observations, or of actions, that begins at `first`.
co_element_span co_obs_run(const co_contract *contract, int first);
co_element_span co_action_run(const co_contract *contract, int first);

// Entries of `observation` and `action` that make A's run in B's task. flipped (a->num_pose
// + a->num_joints, by co_element_turn): joints that turn the other way in B.
char *co_config_obs(const co_contract *a, const co_contract *b, const bool *flipped,
                    co_element_span run);
char *co_config_action(const co_contract *a, const co_contract *b, const bool *flipped,
                       co_element_span run);
char *co_config_pose(const co_contract *b, const co_pose_element *pose);
char *co_config_command(const co_command_element *command);
char *co_config_shift(const co_shift_info *shift);
// A shift that multiplies a parameter of an element's actuator.
char *co_config_factor(const char *parameter, const co_action_element *element, double factor);
// `substeps = N;`, when a control step of A is a whole number of B's physics steps.
char *co_config_substeps(const co_contract *a, const co_contract *b);

// Whether this observation or action counts the joint's direction, and so turns with it.
bool co_obs_is_directed(const co_obs_element *element);

// Whether its term has a key that says from where it is seen; of others it follows from what they
// read.
bool co_obs_names_frame(const co_obs_element *element);
// -1 where a control of A commands the other way at its joint than B's: B's gear or wiring.
double co_control_direction(const co_action_element *a, const co_action_element *b);

#endif  // AGENTS_CONTRACT_PRIVATE_CONFIG_H_
