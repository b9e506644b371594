// What the meaning of a task's numbers depends on beside the task: which way joints turn, where
// frames are, how clocks go. Facts of the nominal model.

#ifndef ENVS_TASK_MEANING_H_
#define ENVS_TASK_MEANING_H_

#include "envs/task/binding.h"

typedef struct co_meaning {
  co_joint_info *joint;  // (num_joints) in the model's order
  co_frame_info *frame;  // (num_frames) in the order of observations
  co_clock_info *clock;  // (num_clocks)
  int num_joints, num_frames, num_clocks;
} co_meaning;

// All that elements of a binding are about; lists lie in `arena`. CO_MEMORY.
co_status co_meaning_list(const co_binding *binding, co_arena *arena, co_meaning *out);

#endif  // ENVS_TASK_MEANING_H_
