// What the files of a row share.

#ifndef ENVS_WORLD_PRIVATE_ROW_H_
#define ENVS_WORLD_PRIVATE_ROW_H_

#include "envs/world/row.h"

// What the row draws; of a binding without a plan nothing, and signals pass as they are.
static inline const co_plan *co_row_plan(const co_row *row) {
  static const co_plan none;
  return row->binding->plan ? row->binding->plan : &none;
}

// What is saved of the row's block, from `obs` on: all that an episode begins without, and what was
// drawn for it.
size_t co_row_kept_doubles(const co_binding *binding);

// Makes the numbers of `drawn` and `variant` those of the row. Errors as co_plan_put.
co_status co_row_put_draws(co_row *row);

// The engine's state, after the row's own numbers were put: they are put first, since constants
// that follow from them disturb it.
co_status co_row_restore(co_row *row, const void *state);

// Ends the step of physics in the state that the row is led to, with derived quantities.
co_status co_row_follow_lead(co_row *row);

#endif  // ENVS_WORLD_PRIVATE_ROW_H_
