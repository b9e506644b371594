// The world source of this module: envs over tasks, domains and engines, and the shift check. No
// state, thread-safe.

#ifndef ENVS_SOURCE_WORLDS_H_
#define ENVS_SOURCE_WORLDS_H_

#include "envs/env.h"

co_world_source co_worlds(void);

#endif  // ENVS_SOURCE_WORLDS_H_
