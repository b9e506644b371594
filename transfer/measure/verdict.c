// The verdict in words. Every sentence stands for one rule and is written only when its numbers
// allow it.

#include "core/format.h"
#include "core/stats/significance.h"
#include "transfer/measure/measure.h"
#include "transfer/measure/private/standing.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { NOMINAL_BELOW = 10 };

typedef struct writer {
  const co_metrics *metrics;
  const co_pair_data *data;
  const co_pair_result *result;
  co_buf *out;
} writer;

static void put(const writer *w, const char *text) {
  co_buf_puts(w->out, text);
}

static void put_difference(const writer *w, double value, double lo, double hi) {
  co_estimate shown = {.value = value, .lo = lo, .hi = hi};
  co_put_estimate(w->out, &shown, true);
}

static void put_percent(const writer *w, double share) {
  char number[CO_NUMBER_MAX];
  co_format_number(100 * share, 100, false, number);  // no decimals
  co_buf_printf(w->out, "%s %%", number);
}

// The spread between seeds, from which their number follows, is not known from one.
static void put_seeds_needed(const writer *w, int seeds) {
  if (w->data->units < 2) {
    put(w, "one source seed tells nothing apart");
  } else if (seeds > CO_MANY_SEEDS) {
    put(w, "more than 1,000 seeds needed");
  } else {
    co_buf_printf(w->out, "about %d seeds needed", seeds);
  }
}

// ---- sentences about one pair ----

static void say_head(const writer *w) {
  const co_pair_data *pair = w->data;
  co_buf_printf(w->out, "%s to %s (n = %d source seed%s%s):", pair->source, pair->target,
                pair->units, pair->units == 1 ? "" : "s",
                pair->units > 1 && pair->units < NOMINAL_BELOW ? ", intervals nominal" : "");
  if (pair->grade)
    co_buf_printf(w->out, " The shift is %s, which flatters every method.", pair->grade);
}

static void say_carry_over(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    const co_metric *m = &w->result->arm[a].metric[CO_METRIC_carry_over];
    if (isnan(m->value)) continue;
    put(w, " Without training ");
    put_percent(w, m->value);
    put(w, " of the source return above random carries over");
    if (!isnan(m->lo)) {
      char lo[CO_NUMBER_MAX], hi[CO_NUMBER_MAX];
      co_format_number(100 * m->lo, 100, false, lo);
      co_format_number(100 * m->hi, 100, false, hi);
      co_buf_printf(w->out, " [%s, %s]", lo, hi);
    }
    put(w, ".");
    return;  // of the source policy, so the same for every arm
  }
}

// "+30 [10, 50] (5 of 5 runs, p = 0.03)"; in brackets what was not told apart
static void put_comparison(const writer *w, const co_comparison *c) {
  co_standing which = co_standing_of(c);
  if (which == CO_NOT_TOLD_APART) {
    put(w, "(");
    put_difference(w, c->difference, c->lo, c->hi);
    put(w, ", ");
    put_seeds_needed(w, c->seeds_needed);
    put(w, ")");
    return;
  }
  put_difference(w, c->difference, c->lo, c->hi);
  if (which != CO_NOT_PLANNED)
    co_buf_printf(w->out, " (%d of %d runs, p = %.2g)", which == CO_ABOVE ? c->above : c->below,
                  c->runs, c->p_holm);
}

static void say_against_scratch(const writer *w, co_standing which, const char *start) {
  bool first = true;
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].scratch;
    if (co_standing_of(c) != which) continue;
    put(w, first ? start : ", ");
    first = false;
    co_buf_printf(w->out, "%s ", w->data->arm[a].name);
    put_comparison(w, c);
  }
  if (!first) put(w, ".");
}

// Planned comparisons with another than the arm's own scratch.
static void say_planned(const writer *w) {
  static const char *const words[] = {
      [CO_ABOVE] = "above", [CO_BELOW] = "below", [CO_NOT_TOLD_APART] = "not told apart from"};
  bool first = true;
  for (int k = 0; k < w->result->planned; k++) {
    const co_planned_result *plan = &w->result->plan[k];
    if (co_arm_group_of(w->data, plan->x)->scratch == plan->y ||
        co_arm_group_of(w->data, plan->y)->scratch == plan->x)
      continue;
    co_buf_printf(w->out, "%s%s %s %s ", first ? " Planned: " : ", ", w->data->arm[plan->x].name,
                  words[co_standing_of(&plan->comparison)], w->data->arm[plan->y].name);
    put_comparison(w, &plan->comparison);
    first = false;
  }
  if (!first) put(w, ".");
}

static bool has_comparison(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    if (w->result->arm[a].scratch.n > 0) return true;
  }
  return false;
}

// Where several algorithms train, the baseline that is hardest to beat is told too.
static void say_best_scratch(const writer *w) {
  bool first = true;
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].best_scratch;
    if (c->n == 0 || co_arm_is_scratch(w->data, a)) continue;
    if (co_arm_group_of(w->data, a)->from_data_alone) continue;  // at no equal budget
    if (first)
      co_buf_printf(w->out, " Against %s, the best of the scratches:",
                    w->data->arm[w->result->best_scratch].name);
    co_buf_printf(w->out, "%s %s ", first ? "" : ",", w->data->arm[a].name);
    put_comparison(w, c);
    first = false;
  }
  if (!first) put(w, ".");
}

static void say_comparisons(const writer *w) {
  if (!has_comparison(w)) {
    put(w, " No strategy was compared with scratch.");
    return;
  }
  if (w->data->groups > 1) put(w, " Scratch is that of the same algorithm.");
  say_against_scratch(w, CO_ABOVE, " Above scratch: ");
  say_against_scratch(w, CO_BELOW, " Below scratch: ");
  say_against_scratch(w, CO_NOT_TOLD_APART, " Not told apart from scratch: ");
  say_against_scratch(w, CO_NOT_PLANNED, " Against scratch, not planned and so not tested: ");
  say_best_scratch(w);
}

// What stands highest of what is not from scratch, when it was not planned to be compared with all
// others.
static void say_highest(const writer *w) {
  const char *start = " by ";
  co_buf_printf(w->out, " Highest of what is not from scratch: %s,",
                w->data->arm[w->result->best].name);
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].best;
    if (c->n == 0) continue;
    put(w, start);
    put_difference(w, c->difference, c->lo, c->hi);
    co_buf_printf(w->out, " over %s", w->data->arm[a].name);
    start = ", ";
  }
  put(w, " (not planned: intervals, no test).");
}

static void say_close(const writer *w, int close, int seeds) {
  co_buf_printf(w->out, " %d strategies are not told apart at the top: %s, the highest, from",
                close + 1, w->data->arm[w->result->best].name);
  const char *start = " ";
  for (int a = 0; a < w->data->arms; a++) {
    if (co_standing_of(&w->result->arm[a].best) != CO_NOT_TOLD_APART) continue;
    co_buf_printf(w->out, "%s%s", start, w->data->arm[a].name);
    start = ", ";
  }
  put(w, " (");
  put_seeds_needed(w, seeds);
  put(w, ").");
}

// Names the best only if it is told apart from every other strategy and from scratch, as planned.
static void say_best(const writer *w) {
  if (w->result->best < 0) return;
  int close = 0, others = 0, seeds = 0, unplanned = 0;
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].best;
    others += c->n > 0;
    unplanned += co_standing_of(c) == CO_NOT_PLANNED;
    if (co_standing_of(c) != CO_NOT_TOLD_APART) continue;
    close++;
    if (c->seeds_needed > seeds) seeds = c->seeds_needed;
  }
  if (others == 0) return;
  if (unplanned > 0) {
    say_highest(w);
  } else if (close > 0) {
    say_close(w, close, seeds);
  } else if (co_standing_of(&w->result->arm[w->result->best].scratch) == CO_ABOVE) {
    co_buf_printf(w->out, " Best: %s, told apart from every other strategy.",
                  w->data->arm[w->result->best].name);
  }
}

static void say_negative(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    const co_arm_result *arm = &w->result->arm[a];
    const co_metric *area = &arm->metric[CO_METRIC_area_gain];
    if (!(arm->metric[CO_METRIC_negative_transfer].value == 1)) continue;
    co_buf_printf(w->out, " Negative transfer: %s learns below scratch, mean height of the curve ",
                  w->data->arm[a].name);
    put_difference(w, area->value, area->lo, area->hi);
    if (co_standing_of(&arm->scratch) == CO_NOT_TOLD_APART) {
      put(w, "; its final return is not told apart from scratch");
    }
    put(w, ".");
  }
}

static void say_references(const writer *w) {
  const co_pair_result *r = w->result;
  if (r->oracle_undertrained) put(w, " Oracle undertrained: a transferred policy beats it.");
  if (r->oracle_short && !r->oracle_undertrained) {
    put(w,
        " The oracle is weak: fewer than 5 runs or fewer steps than source and target together.");
  }
  if (r->source_undertrained) {
    co_buf_printf(w->out, " Source %s reaches less than 30 %% of its own oracle.", w->data->source);
  }
  for (int g = 0; g < w->data->groups; g++) {
    if (!w->data->group[g].rate_depends_on_horizon) continue;
    put(w, " The learning rate depends on the horizon: only final values are compared.");
    return;
  }
}

static void say_failures(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    int diverged = w->result->arm[a].diverged, failed = w->result->arm[a].failed - diverged;
    if (diverged)
      co_buf_printf(w->out,
                    " %d of %d runs of %s diverged and count as their last finite policy or "
                    "random, whichever is lower.",
                    diverged, w->data->runs, w->data->arm[a].name);
    if (failed)
      co_buf_printf(w->out,
                    " %d of %d runs of %s failed and count as their last valid evaluation or "
                    "random, whichever is lower.",
                    failed, w->data->runs, w->data->arm[a].name);
  }
}

// ---- sentences about the study ----

// the target, and where it came from if that may be what makes the difference
static void put_pair(const writer *w, const co_pair_data *pair) {
  if (co_several_sources(w->metrics)) co_buf_printf(w->out, "%s to ", pair->source);
  put(w, pair->target);
}

// Where does the strategy of this name stand in another pair? First hit with the wanted standing,
// or NULL.
static const co_pair_data *find_elsewhere(const writer *w, const char *name, co_standing wanted) {
  for (int i = 0; i < w->metrics->pairs; i++) {
    const co_pair_data *pair = &w->metrics->data[i];
    for (int a = 0; a < pair->arms; a++) {
      bool same = strcmp(pair->arm[a].name, name) == 0;
      if (same && co_standing_of(&w->metrics->pair[i].arm[a].scratch) == wanted) return pair;
    }
  }
  return NULL;
}

static void say_contrast(const writer *w) {
  const co_pair_data *first = &w->metrics->data[0];
  for (int a = 0; a < first->arms; a++) {
    const char *name = first->arm[a].name;
    const co_pair_data *helps = find_elsewhere(w, name, CO_ABOVE);
    const co_pair_data *hurts = find_elsewhere(w, name, CO_BELOW);
    if (!helps || !hurts) continue;
    co_buf_printf(w->out, "%s helps in ", name);
    put_pair(w, helps);
    put(w, " and hurts in ");
    put_pair(w, hurts);
    put(w, ".\n");
  }
}

// Sums of a family over all pairs.
typedef struct family {
  double smallest_p;             // after correction
  bool with_scratch;             // all of them
  const co_pair_data *unpaired;  // the first pair that the two-sample test was taken for
} family;

static family family_of(const co_metrics *metrics) {
  family f = {.smallest_p = INFINITY, .with_scratch = true};
  for (int i = 0; i < metrics->pairs; i++) {
    const co_pair_data *pair = &metrics->data[i];
    for (int k = 0; k < metrics->pair[i].planned; k++) {
      const co_planned_result *plan = &metrics->pair[i].plan[k];
      f.smallest_p = fmin(f.smallest_p, plan->comparison.p_holm);
      f.with_scratch &= co_arm_is_scratch(pair, plan->x) || co_arm_is_scratch(pair, plan->y);
      if (!plan->comparison.paired && !f.unpaired) f.unpaired = pair;
    }
  }
  return f;
}

static void say_family(const writer *w) {
  int count = w->metrics->family;
  if (count == 0) return;
  family f = family_of(w->metrics);
  co_buf_printf(w->out, "%d planned comparison%s%s, p after Holm's correction over all of them",
                count, count == 1 ? "" : "s", f.with_scratch ? " with scratch" : "");
  if (f.smallest_p >= CO_FAMILY_LEVEL)
    co_buf_printf(w->out, "; none is told apart, the smallest p is %.2g", f.smallest_p);
  put(w, ".");
  if (f.unpaired) {
    co_test_plan plan = co_test_plan_make(f.unpaired->units, count, CO_FAMILY_LEVEL);
    co_buf_printf(w->out,
                  " The test is unpaired (permutation of P(X > Y)), since with n = %d the paired "
                  "one cannot get below 0.05",
                  f.unpaired->units);
    if (plan.smallest_p >= CO_FAMILY_LEVEL)
      co_buf_printf(w->out, "; nor can this one, whose smallest p is %.2g: %d seeds needed",
                    plan.smallest_p, plan.needed);
    put(w, ".");
  }
  put(w, "\n");
}

static void say_nominal(const writer *w) {
  for (int i = 0; i < w->metrics->pairs; i++) {
    int units = w->metrics->data[i].units;
    if (units < 2 || units >= NOMINAL_BELOW) continue;
    put(w,
        "Intervals from fewer than 10 seeds are nominal: they claim 95 % but hold the true value "
        "less often, about 70 % at 3 seeds and 85 % at 5.\n");
    return;
  }
}

void co_metrics_verdict(const co_metrics *metrics, co_buf *out) {
  writer w = {.metrics = metrics, .out = out};
  if (metrics->pairs == 0) return;
  say_contrast(&w);
  for (int i = 0; i < metrics->pairs; i++) {
    w.data = &metrics->data[i];
    w.result = &metrics->pair[i];
    say_head(&w);
    say_carry_over(&w);
    say_comparisons(&w);
    say_planned(&w);
    say_best(&w);
    say_negative(&w);
    say_references(&w);
    say_failures(&w);
    put(&w, "\n");
  }
  say_family(&w);
  say_nominal(&w);
}
