// What a policy as C is worth without a compiler: the numbers that stand in its text.

#ifndef AGENTS_EXPORT_C_READBACK_H_
#define AGENTS_EXPORT_C_READBACK_H_

#include "agents/policy/policy.h"
#include "core/buf.h"

// Largest difference of the actions between the policy and one with the weights that the source
// says (agents/export/c_source.h), both by our kernels, whose order of sums the source has. Its
// normaliser has to be that of the policy, bit for bit. CO_INTERNAL for a number that is not there.
co_status co_export_c_difference(const co_policy *policy, const co_buf *source, double *max_abs);

#endif  // AGENTS_EXPORT_C_READBACK_H_
