// Some whole episodes of a data set, as a set of their own: what is learned from, and what is held
// out of that. An episode is never divided: its transitions resemble each other, and a loss on
// neighbours of what was learned from says little of what was not.

#ifndef AGENTS_DATA_PART_H_
#define AGENTS_DATA_PART_H_

#include "agents/data/data_set.h"
#include "core/arena.h"
#include "core/rng.h"

typedef struct co_data_part {
  const co_data_set *set;  // borrowed
  int64_t episodes, transitions;
  int64_t *episode;  // (episodes) of the set, in their order
  int64_t *first;    // (episodes + 1) transitions of the part before each
} co_data_part;

// Deals all episodes out at random: of n, round(share n) are held and all others kept; at least one
// is kept where there is one. `share` 0 to 1 spends numbers of the stream only where something is
// held. Arrays lie in the arena. CO_MEMORY.
co_status co_data_split(const co_data_set *set, double share, co_rng *rng, co_arena *arena,
                        co_data_part *kept, co_data_part *held);

// A transition by its index in the part, in O(log episodes).
co_data_transition co_data_part_at(const co_data_part *part, int64_t index);

#endif  // AGENTS_DATA_PART_H_
