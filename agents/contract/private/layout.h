// The layout of a contract's JSON, as tables of members. For agents/contract/ only.

#ifndef AGENTS_CONTRACT_PRIVATE_LAYOUT_H_
#define AGENTS_CONTRACT_PRIVATE_LAYOUT_H_

#include "agents/contract/contract.h"
#include "agents/contract/private/limits.h"
#include "core/json.h"

// Writes a contract of either format, or its observation elements alone. Out of memory shows when
// the JSON is written.
co_json *co_layout_write(const co_contract *contract);
co_json *co_layout_write_elements(const co_contract *contract);

// Fills a zeroed contract; what format 1 does not know is unknown. On failure the caller frees what
// was read so far. CO_DATA with "file: path.to.0.key: text".
co_status co_layout_read(const co_json *json, const char *file, co_contract *out);

#endif  // AGENTS_CONTRACT_PRIVATE_LAYOUT_H_
