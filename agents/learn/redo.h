// When a learner looks for dormant units, and which are (agents/nn/dormant.h).

#ifndef AGENTS_LEARN_REDO_H_
#define AGENTS_LEARN_REDO_H_

#include "core/config/schema.h"

typedef struct co_redo {
  double threshold;  // 0.025, of the mean output of a unit's layer
  int64_t every;     // gradient steps; 0: never
} co_redo;

extern const co_schema co_redo_schema;

// Behind which of the next steps, at most `most`, it looks: so many steps may be taken in one go.
static inline int64_t co_redo_steps(const co_redo *redo, int64_t done, int64_t most) {
  if (redo->every == 0) return most;
  int64_t left = redo->every - done % redo->every;
  return left < most ? left : most;
}

static inline bool co_redo_is_due(const co_redo *redo, int64_t done) {
  return redo->every > 0 && done > 0 && done % redo->every == 0;
}

#endif  // AGENTS_LEARN_REDO_H_
