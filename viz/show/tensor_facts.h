// What became of each tensor of a policy: where it came from, whether it was trained, and how far
// it is from the source policy's. Thread-safe.

#ifndef VIZ_SHOW_TENSOR_FACTS_H_
#define VIZ_SHOW_TENSOR_FACTS_H_

#include "agents/policy/policy.h"

typedef enum co_known { CO_UNKNOWN, CO_KNOWN_NO, CO_KNOWN_YES } co_known;

typedef struct co_tensor_fact {
  char name[CO_NAME];
  int rank, shape[2];  // as in the policy's file
  char status[16];     // as a trial's record has it: "copied", "fresh", ...; "": unknown
  co_known trained;    // as a trial's record has it
  bool reshaped;       // the source's has another shape
  double change;  // Euclidean norm of the difference over that of the source's tensor; NAN: the
                  // source has none of this shape
} co_tensor_fact;

typedef struct co_tensor_facts {
  int count;
  co_tensor_fact *fact;  // (count) in the policy's order, owned
} co_tensor_facts;

// `source` may be NULL. What a record tells is unknown at first. CO_MEMORY.
co_status co_tensor_facts_make(const co_policy *policy, const co_policy *source,
                               co_tensor_facts *out);
co_status co_tensor_facts_copy(const co_tensor_facts *from, co_tensor_facts *to);
void co_tensor_facts_free(co_tensor_facts *facts);
// NULL: there is no tensor of this name.
co_tensor_fact *co_tensor_facts_find(const co_tensor_facts *facts, const char *name);

#endif  // VIZ_SHOW_TENSOR_FACTS_H_
