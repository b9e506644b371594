// How large contracts may be. For agents/contract/ only.

#ifndef AGENTS_CONTRACT_PRIVATE_LIMITS_H_
#define AGENTS_CONTRACT_PRIVATE_LIMITS_H_

#include "agents/nn/network.h"

enum {
  MAX_OBS = 4096,
  MAX_ACTIONS = CO_MAX_WIDTH,
  MAX_SHIFTS = 256,
  MAX_POSE = 1024,
  MAX_COMMANDS = 64,
  MAX_PROVENANCE = 4096
};

#endif  // AGENTS_CONTRACT_PRIVATE_LIMITS_H_
