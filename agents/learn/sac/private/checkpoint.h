// Saving and loading of a SAC learner, for its algorithm table only.

#ifndef AGENTS_LEARN_SAC_PRIVATE_CHECKPOINT_H_
#define AGENTS_LEARN_SAC_PRIVATE_CHECKPOINT_H_

#include "agents/learn/algorithm.h"

// The replay goes to the learner's folder, as far as it is not there yet; the pack holds how much.
co_status co_sac_save(const co_learner *learner, co_buf *pack);
co_status co_sac_keep(co_learner *learner);
co_status co_sac_load(co_learner *learner, const co_pack *pack);

#endif  // AGENTS_LEARN_SAC_PRIVATE_CHECKPOINT_H_
