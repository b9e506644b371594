// A policy against what was recorded of it: recorded observations through the network, and the
// actions that come out against the recorded ones.
//
// What the network remembers is carried through each episode of the recording. Actions are compared
// as the policy gives them, within its bounds: one that was recorded beyond them (before a clip) is
// compared at the bound. Thread-safe.

#ifndef TRANSFER_IMPORT_VERIFY_H_
#define TRANSFER_IMPORT_VERIFY_H_

#include "agents/policy/policy.h"
#include "transfer/import/rollout.h"

typedef struct co_verify_action {
  double max_abs;
  int at_step;  // of it
  double recorded, computed;
} co_verify_action;

typedef struct co_verify {
  int steps;  // compared: those with an observation, up to a gap that a memory cannot pass
  double max_abs;
  int worst;                 // action of that
  co_verify_action *action;  // (num_action), owned
} co_verify;

// CO_DATA where the recording has other numbers of observations or actions than the policy.
co_status co_verify_network(const co_policy *policy, const co_rollout *rollout, const char *path,
                            co_verify *out);
void co_verify_free(co_verify *verify);

#endif  // TRANSFER_IMPORT_VERIFY_H_
