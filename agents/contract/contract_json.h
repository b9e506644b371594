// A contract as JSON: the members that docs/design/policies.md lists. Thread-safe.

#ifndef AGENTS_CONTRACT_CONTRACT_JSON_H_
#define AGENTS_CONTRACT_CONTRACT_JSON_H_

#include "agents/contract/contract.h"
#include "core/json.h"

co_status co_contract_to_json(const co_contract *contract, co_json **out);
// A new array of its observation elements, through all blocks.
co_json *co_contract_elements_json(const co_contract *contract);
// CO_DATA with "file: path.to.0.key: text".
co_status co_contract_from_json(const co_json *json, const char *file, co_contract *out);

#endif  // AGENTS_CONTRACT_CONTRACT_JSON_H_
