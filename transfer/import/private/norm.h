// What observations of an imported policy go through before its network.

#ifndef TRANSFER_IMPORT_PRIVATE_NORM_H_
#define TRANSFER_IMPORT_PRIVATE_NORM_H_

#include "agents/import/facts.h"
#include "agents/import/normaliser.h"
#include "agents/policy/policy.h"
#include "transfer/import/import_def.h"

typedef struct co_norm_facts {
  const co_import_def *def;
  const co_facts *facts;
  const char *network;  // its file
  bool inside;          // the graph normalises, the policy's normaliser holds it where it can
  const co_import_normaliser *beside;  // among the tensors, NULL or dim 0: none
} co_norm_facts;

// Gives the policy its normaliser, and its contract the origin of it: what the user says, what the
// network does, what is stated; else it is unknown. CO_USAGE where the user declares one and the
// network has its own, CO_DATA for values that do not fit.
co_status co_import_settle_normaliser(const co_norm_facts *norm, co_policy *policy);

#endif  // TRANSFER_IMPORT_PRIVATE_NORM_H_
