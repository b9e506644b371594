// In which order a policy has its joints, by the robot that its files carry or that of the task.

#ifndef CLI_POLICIES_IMPORT_ORDER_H_
#define CLI_POLICIES_IMPORT_ORDER_H_

#include "agents/import/facts.h"

// Names the order in the facts, where they name joints and there is a robot that has these;
// `context` is the task's co_built_world, or NULL. A robot that cannot be read is told in a note:
// it derives nothing. CO_MEMORY only.
co_status import_name_order(void *context, co_facts *facts);

#endif  // CLI_POLICIES_IMPORT_ORDER_H_
