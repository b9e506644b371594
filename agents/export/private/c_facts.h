// The header of an exported policy, and what its contract says of the numbers.

#ifndef AGENTS_EXPORT_PRIVATE_C_FACTS_H_
#define AGENTS_EXPORT_PRIVATE_C_FACTS_H_

#include "agents/policy/policy.h"
#include "core/buf.h"

// The text of the header: functions, their struct, facts.
void co_export_c_declarations(const co_policy *policy, const char *prefix, co_buf *out);
// The definitions of the facts.
void co_export_c_facts(const co_policy *policy, const char *prefix, co_buf *out);

#endif  // AGENTS_EXPORT_PRIVATE_C_FACTS_H_
