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
// Whether it is meant: a pattern (docs/maps.md) matches its kind, its path, or its title.
bool co_difference_accepted(const co_difference *found, const char *const *accepted, int count);
// The same of all differences of a kind.
bool co_kind_accepted(co_difference_kind kind, const co_env_info *world);
// "gain: action.0.kp (pd/knee)": this fact of this element alone.
enum { CO_DIFFERENCE_TITLE = 4 * CO_NAME + 320 };
void co_difference_title(const co_difference *found, char out[CO_DIFFERENCE_TITLE]);

// How a policy goes there, as bits.
typedef enum co_enforce_how {
  CO_ENFORCE_STRATEGY = 1,  // a strategy makes another policy of it
  CO_ENFORCE_MAPPED = 2,    // that maps elements by name: only what no strategy maps counts
  CO_ENFORCE_STUDY = 4,     // a study says so, by keys in place of options
} co_enforce_how;

typedef struct co_enforced {
  const co_contract *policy;
  const char *name;         // of the policy, for messages
  const co_env_info *task;  // without its domain, behind the map where there is one
  const co_env_info *own;   // the same with the domain that the policy was trained in; NULL: it had
                            // none, or the task can't have it
  unsigned how;             // co_enforce_how
} co_enforced;

// The comparison with the task, of which only the differences are left that count. CO_MEMORY.
co_status co_contract_mismatches(const co_enforced *enforced, co_contract_diff *out);

// CO_CONFIG with a line for each of the first ten of them, how many there are, and what declares
// them: config of the task, or, behind a map, what the map may say.
co_status co_contract_enforce(const co_enforced *enforced);

#endif  // AGENTS_CONTRACT_ENFORCE_H_
