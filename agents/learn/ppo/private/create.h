// What a PPO learner is made of.

#ifndef AGENTS_LEARN_PPO_PRIVATE_CREATE_H_
#define AGENTS_LEARN_PPO_PRIVATE_CREATE_H_

#include "agents/learn/ppo/private/learner.h"

// Spec, state and scratch of a learner that is all zeros, with memory of its arena. CO_MEMORY; what
// is there then goes with the arena.
co_status co_ppo_create_members(co_ppo_learner *learner, const co_learner_def *def);

#endif  // AGENTS_LEARN_PPO_PRIVATE_CREATE_H_
