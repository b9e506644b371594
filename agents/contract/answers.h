// What a contract knows about a policy, question by question, and from where: sizes, names and
// order, scales, default pose, gains, rate, history, normaliser, memory, command.
//
//   [{"path": "observation.scale", "value": [...], "from": "file", "detail": "deploy.yaml:12"},
//   ...]
//
// `path` is that of the contract's member, without the elements' indices where one answer is for
// all of them, else with those from first to last ("observation.9-20.scale"). A value that is the
// same for all is one; null is unknown, or that there is none of it where `from` says a source.
// Thread-safe.

#ifndef AGENTS_CONTRACT_ANSWERS_H_
#define AGENTS_CONTRACT_ANSWERS_H_

#include "agents/contract/contract.h"
#include "core/json.h"

co_json *co_contract_answers(const co_contract *contract);  // a new array
// Appends them for people, a line each: value, origin, place.
void co_answers_print(const co_json *answers, co_buf *out);

#endif  // AGENTS_CONTRACT_ANSWERS_H_
