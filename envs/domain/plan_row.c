// What a row draws from the plan of its domain.

#include "core/number.h"
#include "envs/domain/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void co_plan_number(const co_put *put, const co_shift_def *shift, const double *number,
                    double *value) {
  const co_parameter *parameter = &co_parameters[put->parameter];
  int values = co_distribution_values(&shift->value);
  for (int i = 0; i < parameter->width; i++) {
    value[i] =
        co_operation_apply(shift->operation, put->parameter, number, values, i, put->nominal[i]);
    if (parameter->how & CO_WHOLE) value[i] = nearbyint(value[i]);
    value[i] = co_clamp(value[i], put->low[i], put->high[i]);  // rounding may leave the range
  }
}

void co_drawer_next(co_drawer *drawer, const co_put *put, double *value) {
  const co_plan *plan = drawer->plan;
  const co_shift_def *shift = co_domain_shift(plan->domain, put->shift);
  int width = co_parameters[put->parameter].width;
  if (shift->value.kind == CO_FIXED || !co_draws_rows(plan->draws)) {
    memcpy(value, put->low, (size_t)width * sizeof *value);
    return;
  }
  if (put->shift != drawer->shift || shift->value.each) {
    bool whole = co_parameters[put->parameter].how & CO_WHOLE;
    bool fair = whole && shift->operation != CO_SCALE;
    int64_t steps = plan->draws == CO_DRAW_WIDENING ? drawer->steps : INT64_MAX;
    co_distribution_draw(&shift->value, fair, steps, drawer->rng, drawer->number);
  }
  drawer->shift = put->shift;
  co_plan_number(put, shift, drawer->number, value);
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

void co_plan_draw(const co_plan *plan, int64_t steps, co_rng *rng, double *drawn,
                  int64_t *variant) {
  assert(steps >= 0);
  co_drawer drawer = {.plan = plan, .steps = steps, .rng = rng, .shift = -1};
  *variant = plan->pools ? co_rng_below(rng, (uint32_t)plan->pools) : 0;
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (put->drawn_at < 0) continue;
    assert(put->drawn_at + co_parameters[put->parameter].width <= plan->drawn);
    co_drawer_next(&drawer, put, drawn + put->drawn_at);
  }
}

bool co_plan_allows(const co_plan *plan, const double *drawn, int64_t variant) {
  if (variant < 0 || variant >= (plan->pools ? plan->pools : 1)) return false;
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    for (int k = 0; put->drawn_at >= 0 && k < co_parameters[put->parameter].width; k++) {
      double value = drawn[put->drawn_at + k];
      if (!(value >= put->low[k] && value <= put->high[k])) return false;
      if ((co_parameters[put->parameter].how & CO_WHOLE) && value != nearbyint(value)) return false;
    }
  }
  return true;
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
