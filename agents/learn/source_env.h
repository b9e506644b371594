// What a learner does in its source's world while it trains in the target: co-training.
//
// After each step of all rows of the target so many of as many rows follow in the source, by the
// same policy, and a share of every minibatch is drawn from what came of them. Budgets and curves
// are counted in steps of the target.

#ifndef AGENTS_LEARN_SOURCE_ENV_H_
#define AGENTS_LEARN_SOURCE_ENV_H_

#include "core/config/schema.h"

typedef struct co_source_env {
  int64_t steps_per_step;  // env steps in the source per env step in the target; 0: not there
  double share;            // 0.5 of each minibatch
} co_source_env;

extern const co_schema co_source_env_schema;

#endif  // AGENTS_LEARN_SOURCE_ENV_H_
