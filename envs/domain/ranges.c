// Ranges that rows draw from in place of those of the file, while they draw.
//
// A row keeps what its next reset draws from, and what its present numbers were drawn from: so a
// saved row goes on to the same bytes, and damaged numbers are told from drawn ones.

#include "core/unconst.h"
#include "envs/domain/plan.h"
#include "envs/domain/private/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double kMost = 1e9;  // as numbers of a file

static const co_shift_def *shift_of(const co_plan *plan, int index) {
  return co_domain_shift(plan->domain, index);
}

static const co_node *node_of(const co_plan *plan, int index) {
  return plan->domain->node->child[index];
}

void co_plan_file_ranges(const co_plan *plan, double *ranges) {
  for (int i = 0; i < (plan->num_ranges ? plan->domain->shift.count : 0); i++) {
    const co_distribution *value = &shift_of(plan, i)->value;
    if (plan->range_at[i] < 0) continue;
    double *to = ranges + plan->range_at[i];
    memcpy(to, value->number.value, (size_t)value->number.count * sizeof *to);
    to += value->number.count;
    if (value->clip.count) memcpy(to, value->clip.value, (size_t)value->clip.count * sizeof *to);
  }
}

co_shift_def co_plan_shift_in(const co_plan *plan, int shift, const double *ranges) {
  co_shift_def now = *shift_of(plan, shift);
  if (!plan->num_ranges || plan->range_at[shift] < 0) return now;
  double *number = co_unconst(ranges + plan->range_at[shift]);
  now.value.number.value = number;
  if (now.value.clip.count) now.value.clip.value = number + now.value.number.count;
  return now;
}

co_put co_plan_put_under(const co_plan *plan, const co_put *put, const co_shift_def *shift) {
  co_put now = *put;
  for (int k = 0; k < co_parameters[put->parameter].width; k++)
    co_plan_ends(shift, plan->draws, k, put->nominal[k], &now.low[k], &now.high[k]);
  return now;
}

// ---- checks

static bool are_finite(const co_floats *number) {
  for (int i = 0; i < number->count; i++) {
    if (!(fabs(number->value[i]) <= kMost)) return false;
  }
  return true;
}

// Whether an element takes both ends, as it would those of a file.
static void check_put(const co_plan *plan, const co_put *put, const co_shift_def *shift,
                      co_schema_errors *errors) {
  const co_parameter *parameter = &co_parameters[put->parameter];
  const co_node *node = node_of(plan, put->shift);
  const char *name = co_plan_element_name(plan, put);
  co_put now = co_plan_put_under(plan, put, shift);
  if (!name) name = "";
  for (int k = 0; k < parameter->width; k++) {
    if (!co_plan_is_legal(shift, name, now.low[k], put->nominal[k], node, errors)) return;
    if (!co_plan_is_legal(shift, name, now.high[k], put->nominal[k], node, errors)) return;
    bool fixed = now.low[k] == put->low[k] && now.high[k] == put->high[k];
    if (put->drawn_at < 0 && !fixed) {
      co_schema_error(errors, node, NULL, "no row of this world draws %s of %s, which is %.6g",
                      parameter->name, name, put->low[k]);
      return;
    }
  }
  if (put->drawn_at < 0 || co_signal_has_room(&plan->signal, put->parameter, now.high[0])) return;
  co_schema_error(errors, node, NULL, "%s%s%s would be %g, and rows have room for %g only",
                  parameter->name, *name ? " of " : "", name, now.high[0], put->high[0]);
}

static void check_shift(const co_plan *plan, int index, const co_shift_def *shift,
                        co_schema_errors *errors) {
  int before = errors->count;
  if (!are_finite(&shift->value.number) || !are_finite(&shift->value.clip)) {
    co_schema_error(errors, node_of(plan, index), NULL, "%s: numbers must lie within %g and %g",
                    shift->parameter, -kMost, kMost);
    return;
  }
  co_distribution_check(&shift->value, node_of(plan, index), errors);
  for (int i = 0; errors->count == before && i < plan->count; i++) {
    if (plan->put[i].shift == index) check_put(plan, &plan->put[i], shift, errors);
  }
}

bool co_plan_ranges_are_sound(const co_plan *plan, const double *ranges) {
  co_schema_errors errors = {0};
  for (int i = 0; i < (plan->num_ranges ? plan->domain->shift.count : 0); i++) {
    if (plan->range_at[i] < 0) continue;
    const co_shift_def shift = co_plan_shift_in(plan, i, ranges);
    check_shift(plan, i, &shift, &errors);
  }
  bool sound = errors.count == 0;
  co_buf_free(&errors.text);
  return sound;
}

// The shift of the domain that is meant; the number of shifts: there is none.
static int find_shift(const co_plan *plan, const co_shift_info *wanted) {
  int i = 0, count = plan->domain ? plan->domain->shift.count : 0;
  for (; i < count; i++) {
    const char *select = shift_of(plan, i)->select;
    bool same = strcmp(shift_of(plan, i)->parameter, wanted->parameter) == 0;
    if (same && strcmp(select ? select : "", wanted->select) == 0) break;
  }
  return i;
}

// Whether nothing but numbers is other than declared.
static bool is_same_draw(const co_shift_def *declared, const co_shift_info *wanted) {
  co_shift_info info = co_shift_describe(declared);
  return strcmp(info.operation, wanted->operation) == 0 &&
         strcmp(info.distribution, wanted->distribution) == 0 &&
         info.num_values == wanted->num_values && info.num_clip == wanted->num_clip &&
         info.each == wanted->each && info.over == wanted->over && info.from == wanted->from;
}

static co_status check_one(const co_plan *plan, const co_shift_info *wanted,
                           co_schema_errors *errors) {
  int index = find_shift(plan, wanted);
  bool of = *wanted->select != '\0';
  if (!plan->domain || index == plan->domain->shift.count)
    return co_fail(CO_CONFIG, "the domain does not shift %s%s%s%s", wanted->parameter,
                   of ? " of \"" : "", wanted->select, of ? "\"" : "");
  co_shift_def now = *shift_of(plan, index);
  const co_node *node = node_of(plan, index);
  if (plan->num_ranges == 0 || plan->range_at[index] < 0) {
    bool pooled = now.value.kind != CO_FIXED && co_draws_rows(plan->draws) &&
                  co_parameter_is(co_parameter_find(now.parameter), CO_BY_COMPILER);
    co_schema_error(
        errors, node, "parameter",
        pooled ? "%s is compiled beforehand, and its range stays" : "no row of this world draws %s",
        now.parameter);
  } else if (!is_same_draw(&now, wanted)) {
    co_schema_error(errors, node, "parameter",
                    "%s: only the numbers of its distribution can change while rows draw",
                    now.parameter);
  } else {
    co_shift_info numbers = *wanted;
    int before = errors->count;
    now.value.number.value = numbers.value;
    now.value.clip.value = numbers.clip;
    check_shift(plan, index, &now, errors);
    if (errors->count == before) return co_plan_try_shift(plan, index, &now, errors);
  }
  return CO_OK;
}

co_status co_plan_check_ranges(const co_plan *plan, const co_shift_info *shift, int count) {
  co_schema_errors errors = {0};
  for (int i = 0; i < count; i++) {
    co_status status = check_one(plan, &shift[i], &errors);
    if (status == CO_OK) continue;
    co_buf_free(&errors.text);
    return status;
  }
  return co_schema_finish(&errors);
}

void co_plan_put_ranges(const co_plan *plan, const co_shift_info *shift, int count,
                        double *ranges) {
  for (int i = 0; i < count; i++) {
    int index = find_shift(plan, &shift[i]);
    assert(index < plan->domain->shift.count && plan->range_at[index] >= 0);
    double *to = ranges + plan->range_at[index];
    memcpy(to, shift[i].value, (size_t)shift[i].num_values * sizeof *to);
    memcpy(to + shift[i].num_values, shift[i].clip, (size_t)shift[i].num_clip * sizeof *to);
  }
}

// ---- what was drawn

int co_plan_find_undrawn(const co_plan *plan, const double *ranges, const double *drawn,
                         co_draw_info *out) {
  for (int i = 0; i < plan->count; i++) {
    const co_put *put = &plan->put[i];
    if (put->drawn_at < 0) continue;
    const co_shift_def shift = co_plan_shift_in(plan, put->shift, ranges);
    co_put now = co_plan_put_under(plan, put, &shift);
    bool whole = co_parameters[put->parameter].how & CO_WHOLE;
    for (int k = 0; k < co_parameters[put->parameter].width; k++) {
      double value = drawn[put->drawn_at + k];
      bool in = value >= now.low[k] && value <= now.high[k];
      if (in && !(whole && value != nearbyint(value))) continue;
      *out = co_plan_describe_draw(plan, &now, k);
      return put->drawn_at + k;
    }
  }
  return -1;
}
