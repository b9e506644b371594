// A policy as C: a source and its header without dependencies, for controllers that have neither a
// runtime for networks nor an allocator.
//
// C99 without a mathematical library. What the policy remembers and where it computes is a struct
// of the caller's. Weights are hexadecimal floats, so no digit is lost, and every sum is formed in
// the order of our kernels (agents/nn/kernels), so that the same observations give the same bits
// where arithmetic is IEEE 754 and not done in a wider type. Texts of the contract go into
// comments and string literals in a form that cannot end them. Thread-safe.

#ifndef AGENTS_EXPORT_C_SOURCE_H_
#define AGENTS_EXPORT_C_SOURCE_H_

#include "agents/policy/policy.h"
#include "core/buf.h"

#include <stdbool.h>

enum { CO_EXPORT_PREFIX = 48 };  // bytes of a prefix, with NUL

// Whether every name in the pair can begin with it: letters, digits and _, no digit first.
bool co_export_is_prefix(const char *prefix);

// Appends both; the source includes "header". The policy acts by its network. CO_MEMORY.
co_status co_export_c_source(const co_policy *policy, const char *prefix, const char *header,
                             co_buf *out);
co_status co_export_c_header(const co_policy *policy, const char *prefix, co_buf *out);

#endif  // AGENTS_EXPORT_C_SOURCE_H_
