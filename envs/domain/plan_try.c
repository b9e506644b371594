// Whether an engine takes all that rows may draw: asked when a world is built, so that no reset
// fails and what is wrong is known with file:line.
//
// What an engine refuses of a number depends on it monotonically (a lower limit stays below an
// upper one), so ends and their combinations stand for all that lies between. Only whole numbers
// have gaps (a contact dimension is not 2), and are all tried, as are choices.

#include "envs/domain/plan.h"
#include "envs/domain/private/plan.h"

#include <math.h>

enum { kMostWhole = 64 };  // numbers of a range that are all tried

// Numbers of a curriculum lie between `from` and those of the list.
static bool is_choice(const co_distribution *value) {
  return value->kind == CO_CHOICE && !value->over;
}

static bool walks(const co_put *put) {
  bool whole = co_parameters[put->parameter].how & CO_WHOLE;
  return whole && put->high[0] - put->low[0] < kMostWhole;
}

static int count_tries(const co_put *put, const co_distribution *value) {
  if (is_choice(value)) return value->number.count;
  if (walks(put)) return (int)(put->high[0] - put->low[0]) + 1;
  return (1 << co_distribution_values(value)) + (value->over > 0);
}

// What is drawn in try k of a choice or of ends: bit v of k says which end of value v; the last of
// a curriculum is its start.
static void draw_try(const co_distribution *value, int k, double *number) {
  int values = co_distribution_values(value);
  for (int v = 0; v < values; v++) {
    double low, high;
    co_distribution_range(value, v, &low, &high);
    number[v] = k >> v & 1 ? high : low;
    if (k == 1 << values) number[v] = value->from;
    if (is_choice(value)) number[v] = value->number.value[k];
  }
}

static void make_try(const co_put *put, const co_shift_def *shift, int k, double *value) {
  double number[CO_PARAMETER_WIDTH];
  if (walks(put) && !is_choice(&shift->value)) {
    value[0] = put->low[0] + k;
    return;
  }
  draw_try(&shift->value, k, number);
  co_plan_number(put, shift, number, value);
}

// The first refusal is enough.
static co_status try_put(const co_plan *plan, const co_put *put, co_physics *row,
                         const co_shift_def *shift, co_schema_errors *errors) {
  int tries = count_tries(put, &shift->value);
  co_status status = CO_OK;
  for (int k = 0; status == CO_OK && k < tries; k++) {
    double value[CO_PARAMETER_WIDTH];
    make_try(put, shift, k, value);
    status = plan->model->engine->put_row(row, put->parameter, put->element, value);
  }
  if (status == CO_OK || status == CO_MEMORY) return status;
  co_schema_error(errors, plan->domain->node->child[put->shift], "parameter", "cannot be drawn: %s",
                  co_error_text());
  return CO_OK;
}

// Of the shift with this number, else (-1) of all.
static co_status try_puts(const co_plan *plan, int index, const co_shift_def *shift,
                          co_schema_errors *errors) {
  co_physics *row = NULL;
  CO_TRY(co_physics_create(plan->model, &row));
  co_status status = co_plan_own(plan, row);
  for (int i = 0; status == CO_OK && i < plan->row_puts; i++) {
    const co_put *put = &plan->put[plan->row_put[i]];
    if (index >= 0 && put->shift != index) continue;
    const co_shift_def *of = index >= 0 ? shift : co_domain_shift(plan->domain, put->shift);
    co_put now = co_plan_put_under(plan, put, of);
    status = try_put(plan, &now, row, of, errors);
  }
  co_physics_free(row);
  return status;
}

co_status co_plan_try(const co_plan *plan, co_schema_errors *errors) {
  return plan->row_puts ? try_puts(plan, -1, NULL, errors) : CO_OK;
}

co_status co_plan_try_shift(const co_plan *plan, int index, const co_shift_def *shift,
                            co_schema_errors *errors) {
  return plan->row_puts ? try_puts(plan, index, shift, errors) : CO_OK;
}
