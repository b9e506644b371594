// What an exported graph says about itself.

#ifndef AGENTS_EXPORT_PRIVATE_METADATA_H_
#define AGENTS_EXPORT_PRIVATE_METADATA_H_

#include "agents/formats/onnx_build.h"
#include "agents/policy/policy.h"

// mjlab's entries, as far as the contract knows them.
void co_export_mjlab(const co_contract *contract, co_onnx_builder *build);
// Ours (agents/import/own.h).
co_status co_export_own(const co_policy *policy, co_onnx_builder *build);

// The words of others for a term's name; the term itself where there is none.
const char *co_export_term_mjlab(const char *term);

#endif  // AGENTS_EXPORT_PRIVATE_METADATA_H_
