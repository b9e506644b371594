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

static bool is_drawn(const co_draw_info *draw, double value) {
  return value >= draw->low && value <= draw->high && (!draw->whole || value == nearbyint(value));
}

// Says which number it is.
static co_status check(const co_draw_info *draw, const double *value, int count) {
  for (int i = 0; i < count; i++) {
    if (is_drawn(&draw[i], value[i])) continue;
    const char *element = draw[i].element;
    return co_fail(CO_DATA, "%s%s%s would be %g, which no row draws: %g to %g%s", draw[i].parameter,
                   *element ? " of " : "", element, value[i], draw[i].low, draw[i].high,
                   draw[i].whole ? ", whole" : "");
  }
  return CO_OK;
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
  CO_TRY(check(plan->draw, value, count));
  return put(row, value);
}
