// Short trainings that end at known bytes: on a machine where one ends elsewhere, results are not
// those of other machines. Together they go through both learners, the closed-form pendulum,
// MuJoCo, the kernels of this processor, and the mathematics of the C library.

#ifndef TRANSFER_RUN_KNOWN_TRAINING_H_
#define TRANSFER_RUN_KNOWN_TRAINING_H_

#include "agents/learn/algorithm.h"

typedef struct co_known_training {
  const char *algorithm, *task;
  const char *settings;  // of the algorithm, as config text
  int64_t steps;         // [env steps]
  uint64_t hash;         // where it ends
} co_known_training;

enum { CO_NUM_KNOWN_TRAININGS = 3 };
extern const co_known_training co_known_trainings[CO_NUM_KNOWN_TRAININGS];

// What the hashes were made with. With other libraries, or kernels below x86-64-v3, a training may
// well end elsewhere.
extern const char co_known_engine[], co_known_libc[];

// Trains, and gives xxh3-64 over the tensors of the policy, whatever their order, and the traces of
// all its evaluations. CO_INTERNAL when the training fails; else what reading its world or settings
// fails with.
co_status co_known_training_run(const co_known_training *known, const co_world_source *worlds,
                                co_pool *pool, uint64_t *out);

#endif  // TRANSFER_RUN_KNOWN_TRAINING_H_
