// One or two stages that go together step by step, and where they part.
//
// All stages are at the same step, but for those whose episode is over: they stand still at its
// end. Two stages have parted at the first step at which a coordinate that both have, by joint
// name, differs by more than the threshold, or which only one of them has.
//
// Not thread-safe. Errors leave a pair as it was, unless said otherwise.

#ifndef VIZ_PLAY_PAIR_H_
#define VIZ_PLAY_PAIR_H_

#include "viz/play/stage.h"

enum { CO_PAIR_STAGES = 2 };

typedef struct co_pair {
  int count;
  co_stage *stage[CO_PAIR_STAGES];  // (count) owned
  double threshold;                 // [m or rad]
  int64_t parting;                  // step, -1: not yet
  int *common;                      // (num_common x 2) places in the qpos of either, owned
  int num_common;
} co_pair;

// Stages as `def` (count) says. Errors of co_stage_create.
co_status co_pair_create(const co_stage_def *def, int count, double threshold, co_pair *out);
void co_pair_free(co_pair *pair);

// On failure all stages are at the start of the episode before.
co_status co_pair_reset(co_pair *pair, uint32_t episode);
// One control step: instants that are kept are shown again, the others are played.
co_status co_pair_step(co_pair *pair);
// Shows a step, or the nearest one that all have.
co_status co_pair_seek(co_pair *pair, int64_t step);

int64_t co_pair_now(const co_pair *pair);
int64_t co_pair_first(const co_pair *pair);
int64_t co_pair_last(const co_pair *pair);
bool co_pair_over(const co_pair *pair);    // there is nothing left to step
bool co_pair_failed(const co_pair *pair);  // a stage is at a fault, or terminated without success

// A stage has another policy, world or push from here on: what was found after this step is void.
// CO_MEMORY, which leaves the coordinates of before.
co_status co_pair_changed(co_pair *pair);

#endif  // VIZ_PLAY_PAIR_H_
