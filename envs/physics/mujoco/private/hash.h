// What a compiled model is, as a number: trials and policies know their model by it.

#ifndef ENVS_PHYSICS_MUJOCO_PRIVATE_HASH_H_
#define ENVS_PHYSICS_MUJOCO_PRIVATE_HASH_H_

#include "core/status.h"

#include <stdint.h>

struct mjModel_;

// Of everything that MuJoCo lists of a model, so that a field of a later version counts by default,
// but for what is only drawn, names and sizes of buffers: the list is in hash.c. Two models of the
// same hash move alike and measure alike. CO_MEMORY.
co_status co_mujoco_hash(const struct mjModel_ *mj, uint64_t *out);

// As contracts of format 1 hold it: of a list of arrays in which sites, sensors, keyframes and more
// are missing. It never changes again. CO_MEMORY.
co_status co_mujoco_hash_of_format_1(const struct mjModel_ *mj, uint64_t *out);

#endif  // ENVS_PHYSICS_MUJOCO_PRIVATE_HASH_H_
