// Carrying a row's episode over into another world. Not thread-safe per row.

#ifndef VIZ_PLAY_PRIVATE_CARRY_H_
#define VIZ_PLAY_PRIVATE_CARRY_H_

#include "envs/world/row.h"
#include "envs/world/world.h"

// Whether bytes of a row of one world mean the same in the other: sizes, names and places of all
// coordinates agree.
bool co_carry_same_layout(const co_built_world *from, const co_built_world *to);

// Puts `to`, a new row, where `from` is in its episode. With the same layout by its bytes;
// otherwise, or where what the domain draws is out of the other's range, coordinates are carried
// over by name, within the joint limits where these have changed, new ones start nominal, and terms
// begin anew. `exact` says which it was. CO_INTERNAL when nothing can start there.
co_status co_carry(const co_row *from, const co_built_world *from_world,
                   const co_built_world *to_world, co_row *to, bool *exact);

#endif  // VIZ_PLAY_PRIVATE_CARRY_H_
