// Is a world the one that a policy was trained in? Its contract knows task and model by name and by
// hash; two worlds of one name need not be the same. Thread-safe.

#ifndef AGENTS_POLICY_HOME_H_
#define AGENTS_POLICY_HOME_H_

#include "agents/contract/contract.h"

// What of a world is not what the policy was trained in.
typedef enum co_home_change {
  CO_HOME_TASK = 1,   // the task's definition
  CO_HOME_MODEL = 2,  // the numbers of the robot's model
} co_home_change;

// The changes as bits, 0: none. What is unknown to the contract has not changed.
unsigned co_home_changes(const co_contract *contract, const co_env_info *world);

// Whether a world that was found by the task's name alone may be taken for the policy's own: the
// same model, and for a task that was given as a file, which any file could be, the same definition
// too.
bool co_home_is_found(const co_contract *contract, unsigned changes);

// "the task differs", "the model differs", "the task and the model differ"; NULL without changes.
const char *co_home_change_text(unsigned changes);

#endif  // AGENTS_POLICY_HOME_H_
