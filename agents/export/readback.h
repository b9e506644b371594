// What an export is worth: the policy that is read back from it acts as the one that was written.

#ifndef AGENTS_EXPORT_READBACK_H_
#define AGENTS_EXPORT_READBACK_H_

#include "agents/policy/policy.h"
#include "core/buf.h"

// Largest difference of the actions of both, of as many observations and actions, at 200 drawn
// observations of four episodes.
co_status co_export_difference(const co_policy *policy, const co_policy *back, double *max_abs);

// Appends the policy as an ONNX file (agents/export/onnx_graph.h) and reads it again. `own` is the
// difference of the policy that comes back of it (agents/import/own.h), `max_abs` that of its
// graph's operations, which all other programs run: float32 throughout.
co_status co_export_onnx(const co_policy *policy, co_buf *out, double *own, double *max_abs);

#endif  // AGENTS_EXPORT_READBACK_H_
