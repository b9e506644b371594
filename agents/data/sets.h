// The data sets that one training learns from, in their order.
//
// Thread safety: const once they are open, many may read them.

#ifndef AGENTS_DATA_SETS_H_
#define AGENTS_DATA_SETS_H_

#include "agents/data/data_set.h"

typedef struct co_data_sets {
  co_data_set *set;  // (count) owned, like `path`
  char **path;       // (count) for messages
  int count;
} co_data_sets;

// All of them, or none: the errors of co_data_set_open. No paths give no sets.
co_status co_data_sets_open(const char *const *path, int count, co_data_sets *out);
void co_data_sets_close(co_data_sets *sets);

// Whether they can be learned from for such a world: each has transitions, and the world's sizes
// and names of elements, where its names are known. CO_CONFIG with "FILE: text" that names the
// first element which differs.
co_status co_data_sets_check(const co_data_sets *sets, const co_env_info *world);

// Whether all have these sizes, as every learner asserts.
bool co_data_sets_fit(const co_data_sets *sets, int obs_dim, int act_dim);

int64_t co_data_sets_transitions(const co_data_sets *sets);

#endif  // AGENTS_DATA_SETS_H_
