// What a row draws from the plan of its domain.

#include "core/number.h"
#include "envs/domain/plan.h"
#include "envs/domain/private/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double rounded(co_parameter_id id, double value) {
  return co_parameters[id].how & CO_WHOLE ? nearbyint(value) : value;
}

void co_plan_ends(const co_shift_def *shift, co_draws draws, int i, double nominal, double *low,
                  double *high) {
  const co_distribution *value = &shift->value;
  co_parameter_id id = co_parameter_find(shift->parameter);
  int values = co_distribution_values(value);
  double end[3][CO_PARAMETER_WIDTH] = {{0}};
  for (int k = 0; k < values; k++) {
    co_distribution_range(value, k, &end[0][k], &end[1][k]);
    end[2][k] = value->over ? value->from : end[0][k];
  }
  *low = INFINITY, *high = -INFINITY;
  for (int k = 0; k < 3; k++) {
    if (k == 2 && !co_draws_rows(draws)) break;
    double x = rounded(id, co_operation_apply(shift->operation, id, end[k], values, i, nominal));
    *low = fmin(*low, x);
    *high = fmax(*high, x);
  }
  if (draws == CO_DRAW_LOW) *high = *low;
  if (draws == CO_DRAW_HIGH) *low = *high;
}

void co_plan_number(const co_put *put, const co_shift_def *shift, const double *number,
                    double *value) {
  const co_parameter *parameter = &co_parameters[put->parameter];
  int values = co_distribution_values(&shift->value);
  for (int i = 0; i < parameter->width; i++) {
    value[i] =
        co_operation_apply(shift->operation, put->parameter, number, values, i, put->nominal[i]);
    value[i] = rounded(put->parameter, value[i]);
    value[i] = co_clamp(value[i], put->low[i], put->high[i]);  // rounding may leave the range
  }
}

// The shift whose turn it is, with the numbers that hold now.
static void turn_to(co_drawer *drawer, int index) {
  const co_plan *plan = drawer->plan;
  const co_shift_def *shift = co_domain_shift(plan->domain, index);
  drawer->shift = index;
  drawer->now = drawer->ranges ? co_plan_shift_in(plan, index, drawer->ranges) : *shift;
  drawer->moved = !co_distribution_same_numbers(&drawer->now.value, &shift->value);
}

void co_drawer_next(co_drawer *drawer, const co_put *put, double *value) {
  const co_plan *plan = drawer->plan;
  const co_shift_def *shift = co_domain_shift(plan->domain, put->shift);
  int width = co_parameters[put->parameter].width;
  if (shift->value.kind == CO_FIXED || !co_draws_rows(plan->draws)) {
    memcpy(value, put->low, (size_t)width * sizeof *value);
    return;
  }
  bool first = put->shift != drawer->shift;
  if (first) turn_to(drawer, put->shift);
  if (first || shift->value.each) {
    bool whole = co_parameters[put->parameter].how & CO_WHOLE;
    bool fair = whole && shift->operation != CO_SCALE;
    int64_t steps = plan->draws == CO_DRAW_WIDENING ? drawer->steps : INT64_MAX;
    co_distribution_draw(&drawer->now.value, fair, steps, drawer->rng, drawer->number);
  }
  if (drawer->moved) {
    co_put moved = co_plan_put_under(plan, put, &drawer->now);
    co_plan_number(&moved, &drawer->now, drawer->number, value);
  } else {
    co_plan_number(put, shift, drawer->number, value);
  }
}

co_status co_plan_own(const co_plan *plan, co_physics *physics) {
  co_parameter_id last = CO_NUM_PARAMETERS;
  for (int i = 0; i < plan->row_puts; i++) {
    co_parameter_id id = plan->put[plan->row_put[i]].parameter;
    if (id != last) CO_TRY(plan->model->engine->own(physics, id));
    last = id;
  }
  return CO_OK;
}

void co_plan_draw(const co_plan *plan, const double *ranges, int64_t steps, co_rng *rng,
                  double *drawn, int64_t *variant) {
  assert(steps >= 0);
  co_drawer drawer = {.plan = plan, .steps = steps, .rng = rng, .ranges = ranges, .shift = -1};
  *variant = plan->pools ? co_rng_below(rng, (uint32_t)plan->pools) : 0;
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (put->drawn_at < 0) continue;
    assert(put->drawn_at + co_parameters[put->parameter].width <= plan->drawn);
    co_drawer_next(&drawer, put, drawn + put->drawn_at);
  }
}

bool co_plan_allows(const co_plan *plan, const double *ranges, const double *drawn,
                    int64_t variant) {
  co_draw_info which;
  if (variant < 0 || variant >= (plan->pools ? plan->pools : 1)) return false;
  return co_plan_find_undrawn(plan, ranges, drawn, &which) < 0;
}

co_status co_plan_put(const co_plan *plan, const double *drawn, int64_t variant,
                      co_physics *physics) {
  assert(variant >= 0 && variant < (plan->pools ? plan->pools : 1));
  const co_engine *engine = plan->model->engine;
  if (!plan->own) return CO_OK;
  if (plan->pools) CO_TRY(engine->use(physics, plan->pool[variant]));
  for (int i = 0; i < plan->row_puts; i++) {
    const co_put *put = &plan->put[plan->row_put[i]];
    CO_TRY(engine->put_row(physics, put->parameter, put->element, drawn + put->drawn_at));
  }
  return plan->row_puts ? engine->settle_row(physics) : CO_OK;
}

void co_plan_put_signal(const co_plan *plan, const double *drawn, double *value) {
  const co_signal *signal = &plan->signal;
  memcpy(value, signal->value, (size_t)signal->size * sizeof *value);
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (put->drawn_at < 0 || !co_parameter_is(put->parameter, CO_BY_SIGNAL)) continue;
    memcpy(value + co_signal_index(signal, put->parameter, put->element), drawn + put->drawn_at,
           (size_t)co_parameters[put->parameter].width * sizeof *value);
  }
}
