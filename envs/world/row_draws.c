// The numbers that a row has drawn, read and replaced.

#include "core/memory.h"
#include "envs/world/private/row.h"
#include "envs/world/row.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void co_row_get_draws(const co_row *row, double *value) {
  const co_plan *plan = co_row_plan(row);
  if (plan->pools) *value++ = (double)row->variant;
  if (plan->drawn) memcpy(value, row->drawn, (size_t)plan->drawn * sizeof *value);
}

static co_status refuse(const co_draw_info *draw, double value) {
  const char *element = draw->element;
  return co_fail(CO_DATA, "%s%s%s would be %g, which no row draws: %g to %g%s", draw->parameter,
                 *element ? " of " : "", element, value, draw->low, draw->high,
                 draw->whole ? ", whole" : "");
}

// Says which number it is.
static co_status check(const co_row *row, const double *value) {
  const co_plan *plan = co_row_plan(row);
  co_draw_info draw;
  if (plan->pools) {
    double variant = *value++;
    bool drawn = variant >= 0 && variant < plan->pools && variant == nearbyint(variant);
    if (!drawn) return refuse(&plan->draw[0], variant);
  }
  int which = co_plan_find_undrawn(plan, row->drawn_from, value, &draw);
  return which < 0 ? CO_OK : refuse(&draw, value[which]);
}

static co_status put(co_row *row, const double *value) {
  const co_plan *plan = co_row_plan(row);
  const co_engine *engine = row->binding->model->engine;
  void *state = co_alloc(engine->state_size(row->binding->model), 1);
  if (!state) return CO_MEMORY;
  engine->save(row->physics, state);
  if (plan->pools) row->variant = (int64_t)*value++;
  if (plan->drawn) memcpy(row->drawn, value, (size_t)plan->drawn * sizeof *value);
  co_status status = co_row_restore(row, state);
  row->fault = row->fault || status != CO_OK;
  free(state);
  return status;
}

co_status co_row_set_draws(co_row *row, const double *value, int count) {
  const co_plan *plan = co_row_plan(row);
  assert(row->episode > 0);
  if (count != plan->num_draws)
    return co_fail(CO_DATA, "%d numbers are given for a row that draws %d", count, plan->num_draws);
  CO_TRY(check(row, value));
  return put(row, value);
}
