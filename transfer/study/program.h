// Source policies that act by a program: they go to a target as they are, and are never trained.
//
// What could train one is the network that its operations are; where they are none, an operation
// stands in the way, and messages name it. Thread-safe.

#ifndef TRANSFER_STUDY_PROGRAM_H_
#define TRANSFER_STUDY_PROGRAM_H_

#include "transfer/study/strategy.h"

enum { CO_UNTRAINABLE = 320 };  // bytes of a reason, with NUL

// Why the policy's program cannot be trained, with the operation: "p.safetensors: node 4 "/joined"
// (Concat): ...". CO_MEMORY only.
co_status co_program_untrainable(const co_policy *policy, char out[CO_UNTRAINABLE]);

// Whether the strategy takes the source's program to the target. `source` may be NULL.
bool co_strategy_takes_program(const co_strategy *strategy, const co_policy *source);
// CO_CONFIG for a strategy that would train it, change it, or take a part of it; it says what could
// be done instead.
co_status co_strategy_check_program(const co_strategy *strategy, const co_policy *source);

// The policy of a world that acts by the source's program, its other tensors zero.
co_status co_program_policy(const co_policy *source, const co_env_info *world, co_policy **out);

#endif  // TRANSFER_STUDY_PROGRAM_H_
