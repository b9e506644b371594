// What a strategy says by depth, as it becomes rules of tensors (transfer/study/depth.h).

#ifndef TRANSFER_STUDY_PRIVATE_BY_DEPTH_H_
#define TRANSFER_STUDY_PRIVATE_BY_DEPTH_H_

#include "transfer/study/strategy.h"

extern const char *const co_depth_keys[CO_DEPTH_KINDS];  // members of a strategy

// Whether the definition says it, if only that it is no layer.
bool co_depth_is_said(const co_strategy_def *def, co_depth_kind kind);
// Takes from a base what nothing above it says; before its rules are put in front of the others.
void co_depth_inherit(const co_strategy_def *def, co_strategy *out);
// Whether something is said, and of a layer: what stands in the definition of a trial.
bool co_depth_is_there(const co_strategy *strategy, co_depth_kind kind);

// Whether the tensor is of the layers that are frozen, or fresh.
bool co_depth_has(const co_strategy *strategy, co_depth_kind kind, const co_tensor *tensor,
                  int count, int index);
// What stands right in front of rule number `rule`.
void co_depth_apply(const co_strategy *strategy, int rule, const co_tensor *tensor, int count,
                    int index, co_tensor_plan *plan);
co_status co_depth_write(const co_strategy *strategy, int rule, co_buf *out);
// A member as people write it, on one line.
void co_depth_say(const co_strategy *strategy, co_depth_kind kind, char *out, size_t size);

// CO_CONFIG when there are fewer layers, or none, when the same definition lets `train` say the
// opposite, or when a layer would be fresh and frozen.
co_status co_depth_check(const co_strategy *strategy, co_depth_kind kind, const co_tensor *tensor,
                         int count);
// CO_CONFIG when no layer that is to be unfrozen ever moves.
co_status co_depth_check_plan(const co_strategy *strategy, const co_tensor *tensor, int count,
                              const co_tensor_plan *plan);

#endif  // TRANSFER_STUDY_PRIVATE_BY_DEPTH_H_
