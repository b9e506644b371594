// From the files of somebody else's policy to a policy of this program.
//
//   files -> graphs -> program -> chain, where it is one -> network      what it computes
//   facts, metadata, settings, a task's world -> contract                what its numbers mean
//   normaliser: in the graph, stated, given, or unknown
//
// What nobody says stays unknown in the contract. Where the facts disagree with the task in what
// numbers mean, the import is refused with the list: one of both is wrong, and nobody here knows
// which. Thread-safe.

#ifndef TRANSFER_IMPORT_IMPORT_H_
#define TRANSFER_IMPORT_IMPORT_H_

#include "agents/import/facts.h"
#include "agents/policy/policy.h"
#include "transfer/import/import_def.h"

typedef struct co_import {
  co_policy *policy;  // owned
  co_facts facts;     // owned
  int num_operators;
  const char **operator_name;  // (num_operators) each once, in the order in which they run
  bool trainable;
  char untrainable[256];  // why not, "" where it is
  bool knows_normaliser;
  co_arena memory;
} co_import;

// Errors: CO_USAGE for what does not go together, CO_NO_INPUT, CO_DATA for what the files hold,
// CO_CONFIG for what does not fit the task, a line per difference.
co_status co_import_run(const co_import_def *def, co_import *out);
void co_import_free(co_import *import);

#endif  // TRANSFER_IMPORT_IMPORT_H_
