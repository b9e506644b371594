// Which element of a task B is which of a policy's contract A, and what one's number is in the
// other's: what maps say in text, and what tensors are mapped by. Thread-safe.

#ifndef AGENTS_CONTRACT_LINES_H_
#define AGENTS_CONTRACT_LINES_H_

#include "agents/contract/diff.h"

// One element of B. Of an observation A's value = factor * B's + offset, of an action B's value
// = factor * A's + offset; the factor is never 0.
typedef struct co_element_line {
  int from;  // index in A, -1: it has no partner
  double factor, offset;
} co_element_line;

typedef struct co_element_lines {
  co_element_line *obs, *action;  // (b->num_obs), (b->num_action), owned
} co_element_lines;

// By names, with signs, scales, offsets and the default poses, as the comparison `diff` has matched
// them; or, where that is NULL, by place: numbers as they stand. CO_MEMORY.
co_status co_element_lines_make(const co_contract *a, const co_contract *b,
                                const co_contract_diff *diff, co_element_lines *out);
void co_element_lines_free(co_element_lines *lines);

#endif  // AGENTS_CONTRACT_LINES_H_
