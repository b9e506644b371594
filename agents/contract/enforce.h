// May a policy act in a task? Only where the same numbers mean the same: who moves a policy to a
// task that counts otherwise says so, in the task or by a map.
//
// The policy's contract is compared with that of the task without its domain
// (co_contract_diff_make): a shift is what one wants to study and never a mismatch. What the
// policy's own domain made of its contract is none either. So a difference counts where it changes
// the meaning, is no matter of a domain, is known on both sides, is there too in the task with the
// policy's own domain, and is not what a map declares:
//
//   what it accepts;
//   what its numbers, pose and frames change: a difference that its names and order alone do not
//   have. These say which element is which, and nothing of what an element means, so that they
//   excuse no unit, sign, scale or gain, and no name or order that is not the policy's;
//   what an element measures, where its names pair it with another one than the task's own.
//
// One place decides; all commands and studies ask it. Thread-safe.

#ifndef AGENTS_CONTRACT_ENFORCE_H_
#define AGENTS_CONTRACT_ENFORCE_H_

#include "agents/contract/diff.h"

// Whether a difference is one that a policy must not meet in silence: it changes the meaning, and
// both sides know what they compare.
bool co_difference_counts(const co_difference *found);
// Whether it is meant: a pattern (docs/maps.md) matches its kind or its path.
bool co_difference_accepted(const co_difference *found, const char *const *accepted, int count);
// The same of all differences of a kind.
bool co_kind_accepted(co_difference_kind kind, const co_env_info *world);

typedef struct co_enforced {
  const co_contract *policy;
  const char *name;         // of the policy, for messages
  const co_env_info *task;  // without its domain, behind the map where there is one
  const co_env_info *own;   // the same with the domain that the policy was trained in; NULL: it had
                            // none, or the task can't have it
  bool mapped;              // its strategy maps elements by name: only what no strategy maps counts
} co_enforced;

// CO_CONFIG with a line for each of the first ten differences, how many there are, and the config
// that would declare them in the task.
co_status co_contract_enforce(const co_enforced *enforced);

#endif  // AGENTS_CONTRACT_ENFORCE_H_
