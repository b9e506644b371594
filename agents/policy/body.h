// A policy's tensors for another body: inputs and outputs are those of the same elements, whatever
// their place, sign and scale there.
//
// Rows that face observations and columns that face actions go where the lines of their elements
// (agents/contract/lines.h) say. What a line scales and shifts is taken up by the observation
// normaliser where it is copied and has statistics, so that what the layers see, clip included, is
// the same; else by weights and bias. An input without a partner has zero weights, and mean 0 and
// variance 1; an output without one keeps the small fresh values that the target has. So the shared
// part acts as the source does, to rounding and to the bounds of either world. Not thread-safe.

#ifndef AGENTS_POLICY_BODY_H_
#define AGENTS_POLICY_BODY_H_

#include "agents/contract/lines.h"
#include "agents/policy/policy.h"

typedef struct co_body {
  const co_policy *source;
  const co_element_lines *lines;  // of the source's contract to the target's
  bool keeps_norm;                // the observation normaliser is mapped too
} co_body;

// Whether the tensor faces elements, and is mapped and not copied.
bool co_body_maps(const co_tensor_facts *facts);
// Whether its shape in the target can be made from the source's: hidden sides have to be the same.
bool co_body_fits(const co_tensor *from, const co_tensor *to);
// The target's tensor `index` from the source's of the same name, which co_body_fits.
void co_body_map(const co_body *body, co_policy *target, int index);
// What the mapped actor puts out has the source's unit and range, in the target's numbers.
co_status co_body_keep_output(const co_body *body, co_policy *target);

#endif  // AGENTS_POLICY_BODY_H_
