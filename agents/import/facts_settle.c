#include "agents/import/facts.h"
#include "agents/import/private/fact_rows.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

co_fact_term co_fact_term_empty(void) {
  return (co_fact_term){.start = -1, .dim = -1, .slice = {-1, -1}, .period.value = (double)NAN};
}

// ---- what one file's facts must agree in

// Lists with one entry for each of something: that, and where it was said.
typedef struct length {
  int count;
  const char *of;
} length;

static length length_of(const co_facts *facts, co_fact_per per) {
  if (per == CO_PER_OBS && facts->obs_dim.at.stated)
    return (length){(int)facts->obs_dim.value, "values in the observation"};
  if (per == CO_PER_JOINT && facts->joints.count) return (length){facts->joints.count, "joints"};
  if (per == CO_PER_ACTION && facts->act_dim.at.stated)
    return (length){(int)facts->act_dim.value, "actions"};
  if (per == CO_PER_ACTION && facts->actuators.count)
    return (length){facts->actuators.count, "actuators"};
  if (per == CO_PER_ACTION && facts->joints.count) return (length){facts->joints.count, "joints"};
  return (length){0, ""};
}

static co_status check_lengths(const char *file, const co_facts *facts) {
  for (const co_fact_row *row = co_fact_rows; row->path; row++) {
    if (row->kind != CO_FACT_NUMBERS) continue;
    const co_fact_numbers *list = (const co_fact_numbers *)co_fact_in(facts, row);
    length must = length_of(facts, row->per);
    if (!list->count || !must.count || list->count == must.count) continue;
    if (row->one && list->count == 1) continue;
    return co_fail(CO_DATA, "%s: %s: %d numbers for %d %s", file, row->path, list->count,
                   must.count, must.of);
  }
  if (facts->actuators.count && facts->act_dim.at.stated &&
      facts->actuators.count != (int)facts->act_dim.value)
    return co_fail(CO_DATA, "%s: action.actuators: %d names for %d actions", file,
                   facts->actuators.count, (int)facts->act_dim.value);
  if (facts->norm_mean.count != facts->norm_var.count)
    return co_fail(CO_DATA, "%s: normalisation: %d means, but %d variances", file,
                   facts->norm_mean.count, facts->norm_var.count);
  return CO_OK;
}

co_status co_facts_check_bounds(const char *file, const co_facts *facts) {
  const co_fact_numbers *low = &facts->action_low, *high = &facts->action_high;
  int count = low->count > high->count ? low->count : high->count;
  for (int i = 0; low->count && high->count && i < count; i++) {
    double from = low->value[low->count == 1 ? 0 : i], to = high->value[high->count == 1 ? 0 : i];
    if (from > to)
      return co_fail(CO_DATA,
                     "%s: number %d of action.low, %.9g, is above that of action.high, %.9g", file,
                     i, from, to);
  }
  return CO_OK;
}

// The clock is told by two of three numbers.
static co_status settle_clock(const char *file, co_facts *facts) {
  co_fact_number *step = &facts->timestep, *count = &facts->substeps, *control = &facts->control_dt;
  if (step->at.stated && count->at.stated && control->at.stated) {
    double apart = fabs(step->value * count->value - control->value);
    if (apart > step->at.resolution * count->value + control->at.resolution)
      return co_fail(CO_DATA, "%s: sim.control_dt: %.9g is not %.0f steps of %.9g", file,
                     control->value, count->value, step->value);
  } else if (step->at.stated && control->at.stated) {
    double steps = control->value / step->value, whole = round(steps);
    if (whole < 1 || whole > CO_MAX_SUBSTEPS || fabs(steps - whole) > 0.01)
      return co_fail(CO_DATA, "%s: sim.control_dt: %.9g is no multiple of the time step %.9g", file,
                     control->value, step->value);
    *count = *control;
    count->at.from = CO_FROM_INFERRED;
    count->at.resolution = 0;
    count->value = whole;
  } else if (step->at.stated && count->at.stated) {
    *control = *step;
    control->at.from = CO_FROM_INFERRED;
    control->at.resolution = step->at.resolution * count->value;
    control->value = step->value * count->value;
  }
  return CO_OK;
}

// ---- terms lie one behind the other

// Values of the past that a term's `dim` counts where each term has its own past together.
static int past_of(const co_facts *facts, const co_fact_term *term) {
  if (term->history) return term->history;
  return facts->history.at.stated ? (int)facts->history.value : 1;
}

static co_status check_term(const char *file, const co_facts *facts, int i) {
  const co_fact_term *term = &facts->term[i];
  int past = past_of(facts, term), dim = term->dim;
  char path[64];
  for (const co_fact_row *row = co_term_rows; row->path; row++) {
    if (row->kind != CO_FACT_NUMBERS || row->per == CO_PER_PAIR || dim < 0) continue;
    int count = ((const co_fact_numbers *)co_fact_in(term, row))->count;
    if (count <= 1 || count == dim || count * past == dim) continue;
    snprintf(path, sizeof path, "observation.%d.%s", i, row->path);
    return co_fail(CO_DATA, "%s: %s: %d numbers for %d values of \"%s\"", file, path, count, dim,
                   term->stated_as);
  }
  int named = term->elements.count;
  if (named && dim >= 0 && named != dim && named * past != dim)
    return co_fail(CO_DATA, "%s: observation.%d.elements: %d names for %d values of \"%s\"", file,
                   i, named, dim, term->stated_as);
  if (term->slice[0] >= 0 && dim >= 0 && (term->slice[1] - term->slice[0]) != dim &&
      (term->slice[1] - term->slice[0]) * past != dim)
    return co_fail(CO_DATA, "%s: observation.%d.slice: %d to %d are not %d values", file, i,
                   term->slice[0], term->slice[1], dim);
  return CO_OK;
}

static co_status settle_terms(const char *file, co_facts *facts) {
  int64_t at = 0;  // of thousands of terms with their past
  bool known = true;
  for (int i = 0; i < facts->num_terms; i++) {
    co_fact_term *term = &facts->term[i];
    if (term->dim < 0 && term->slice[0] >= 0) term->dim = term->slice[1] - term->slice[0];
    if (term->dim < 0 && term->elements.count) term->dim = term->elements.count;
    CO_TRY(check_term(file, facts, i));
    if (term->start >= 0 && known && term->start != at)
      return co_fail(CO_DATA, "%s: observation.%d.start: %d, but the terms before end at %lld",
                     file, i, term->start, (long long)at);
    if (at > INT32_MAX) return co_fail(CO_DATA, "%s: observation.%d: too many values", file, i);
    if (term->start < 0 && known) term->start = (int)at;
    if (term->start >= 0) at = term->start, known = true;
    known = known && term->dim >= 0;
    at += term->dim;
  }
  int total = facts->obs_dim.at.stated ? (int)facts->obs_dim.value : 0;
  int past = facts->history.at.stated ? (int)facts->history.value : 1;
  if (!facts->num_terms || !known || !total || at == total || at * past == total) return CO_OK;
  return co_fail(CO_DATA, "%s: observation: the terms have %lld values, policy.obs_dim is %d", file,
                 (long long)at, total);
}

co_status co_facts_settle(const char *file, co_facts *facts) {
  CO_TRY(check_lengths(file, facts));
  CO_TRY(co_facts_check_bounds(file, facts));
  CO_TRY(settle_clock(file, facts));
  return settle_terms(file, facts);
}

// One number where all terms remember as much; where nothing is said about their order it is what
// these projects do.
void co_facts_settle_history(co_facts *facts) {
  int past = facts->num_terms ? facts->term[0].history : 0;
  for (int i = 1; i < facts->num_terms; i++)
    if (facts->term[i].history != past) past = 0;
  if (!past || facts->history.at.stated) return;
  co_fact_set_number(past, 0, facts->term[0].at.place, &facts->history);
  if (past == 1) return;
  co_fact_text *const habit[] = {&facts->history_layout, &facts->history_order,
                                 &facts->history_reset};
  static const char *const value[] = {"term", "oldest_first", "first"};
  for (int i = 0; i < 3; i++) {
    co_fact_set_text(&facts->memory, value[i], facts->term[0].at.place, habit[i]);
    habit[i]->at.from = CO_FROM_DEFAULT;
  }
}
