// What a contract says, with the keys of facts.json (docs/formats.md), for other programs and for
// import: names, order, scales, default pose, gains, rate, history, normaliser, command.
//
// What nobody has said to the contract is left out; so is what the keys cannot say, of which
// `left_out` gets a line each: a path of the contract, and why. Thread-safe.

#ifndef AGENTS_EXPORT_FACTS_H_
#define AGENTS_EXPORT_FACTS_H_

#include "agents/policy/policy.h"
#include "core/json.h"

// Lines "path: why", without the last one's end.
typedef struct co_left_out {
  co_buf text;
  int count;
} co_left_out;
__attribute__((format(printf, 3, 4))) void co_left_out_add(co_left_out *list, const char *path,
                                                           const char *format, ...);

// Appends the file; `network` is the name of the policy's file without its folder.
co_status co_export_facts(const co_policy *policy, const char *network, const char *format,
                          co_left_out *left_out, co_buf *out);

#endif  // AGENTS_EXPORT_FACTS_H_
