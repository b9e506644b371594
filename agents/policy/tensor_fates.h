// What became of each tensor of a policy: where it came from, whether it was trained, and how far
// it is from the source policy's. Thread-safe.

#ifndef AGENTS_POLICY_TENSOR_FATES_H_
#define AGENTS_POLICY_TENSOR_FATES_H_

#include "agents/policy/policy.h"

typedef enum co_known { CO_UNKNOWN, CO_KNOWN_NO, CO_KNOWN_YES } co_known;

typedef struct co_tensor_fate {
  char name[CO_NAME];
  int rank, shape[2];  // as in the policy's file
  char status[16];     // as a trial's record has it: "copied", "fresh", ...; "": unknown
  co_known trained;    // as a trial's record has it
  bool reshaped;       // the source's has another shape
  double change;  // Euclidean norm of the difference over that of the source's tensor; NAN: the
                  // source has none of this shape
} co_tensor_fate;

typedef struct co_tensor_fates {
  int count;
  co_tensor_fate *fate;  // (count) in the policy's order, owned
} co_tensor_fates;

// `source` may be NULL. What a record tells is unknown at first. CO_MEMORY.
co_status co_tensor_fates_make(const co_policy *policy, const co_policy *source,
                               co_tensor_fates *out);
co_status co_tensor_fates_copy(const co_tensor_fates *from, co_tensor_fates *to);
void co_tensor_fates_free(co_tensor_fates *fates);
// NULL: there is no tensor of this name.
co_tensor_fate *co_tensor_fates_find(const co_tensor_fates *fates, const char *name);

#endif  // AGENTS_POLICY_TENSOR_FATES_H_
