// Saving and loading of a cloning learner between two updates (co_algorithm.save, .load).

#ifndef AGENTS_LEARN_BC_PRIVATE_CHECKPOINT_H_
#define AGENTS_LEARN_BC_PRIVATE_CHECKPOINT_H_

#include "agents/learn/algorithm.h"

co_status co_bc_save(const co_learner *learner, co_buf *pack);
co_status co_bc_load(co_learner *learner, const co_pack *pack);

#endif  // AGENTS_LEARN_BC_PRIVATE_CHECKPOINT_H_
