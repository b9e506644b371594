// The terms of the table, one file each.

#ifndef AGENTS_LEARN_LOSS_PRIVATE_TERMS_H_
#define AGENTS_LEARN_LOSS_PRIVATE_TERMS_H_

#include "agents/learn/loss/loss.h"

extern const co_loss_class co_kl_to_source;

#endif  // AGENTS_LEARN_LOSS_PRIVATE_TERMS_H_
