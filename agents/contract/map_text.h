// A map as text (docs/maps.md) that lets a task B show a policy A what A's numbers mean: order and
// names, signs, scales, offsets, delays, the default pose, frames. Thread-safe.

#ifndef AGENTS_CONTRACT_MAP_TEXT_H_
#define AGENTS_CONTRACT_MAP_TEXT_H_

#include "agents/contract/diff.h"

// Appends "map = { ... };" from the two contracts and their comparison. What no map can change, or
// what the contracts do not know, is left out: who binds the map to B's world compares again
// (co_difference_counts) and sees what is left. CO_MEMORY; CO_CONFIG when elements of A or B have
// no partner, since a map takes each from exactly one.
co_status co_contract_map_write(const co_contract *a, const co_contract *b,
                                const co_contract_diff *diff, co_buf *out);

// Inside of a string of config text: the pattern that matches this name alone, of an element or of
// a difference (co_difference_title).
void co_map_put_pattern(const char *name, co_buf *out);

#endif  // AGENTS_CONTRACT_MAP_TEXT_H_
