// The verdict in words. Every sentence stands for one rule and is written only when its numbers
// allow it.

#include "transfer/metrics.h"
#include "transfer/report/format.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { NOMINAL_BELOW = 10, MANY_SEEDS = 1000 };

typedef struct writer {
  const co_metrics *metrics;
  const co_pair_data *data;
  const co_pair_result *result;
  co_buf *out;
} writer;

typedef enum standing { ABOVE, BELOW, NOT_TOLD_APART, NOT_COMPARED } standing;

static standing standing_of(const co_comparison *c) {
  if (c->n == 0) return NOT_COMPARED;
  if (!c->told_apart) return NOT_TOLD_APART;
  return c->difference > 0 ? ABOVE : BELOW;
}

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

static void put_seeds_needed(const writer *w, int seeds) {
  if (seeds > MANY_SEEDS) {
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

static void say_against_scratch(const writer *w, standing which, const char *start) {
  bool first = true;
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].scratch;
    if (standing_of(c) != which) continue;
    put(w, first ? start : ", ");
    first = false;
    co_buf_printf(w->out, "%s ", w->data->arm[a].name);
    if (which == NOT_TOLD_APART) {
      put(w, "(");
      put_difference(w, c->difference, c->lo, c->hi);
      put(w, ", ");
      put_seeds_needed(w, c->seeds_needed);
      put(w, ")");
    } else {
      put_difference(w, c->difference, c->lo, c->hi);
      co_buf_printf(w->out, " (%d of %d runs, p = %.2g)", which == ABOVE ? c->above : c->below,
                    c->runs, c->p_holm);
    }
  }
  if (!first) put(w, ".");
}

static bool has_comparison(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    if (w->result->arm[a].scratch.n > 0) return true;
  }
  return false;
}

static void say_comparisons(const writer *w) {
  if (!has_comparison(w)) {
    put(w, " No strategy was compared with scratch.");
    return;
  }
  say_against_scratch(w, ABOVE, " Above scratch: ");
  say_against_scratch(w, BELOW, " Below scratch: ");
  say_against_scratch(w, NOT_TOLD_APART, " Not told apart from scratch: ");
}

// Names the best only if it is told apart from every other strategy and from scratch.
static void say_best(const writer *w) {
  if (w->result->best < 0) return;
  const char *name = w->data->arm[w->result->best].name;
  int close = 0, others = 0, seeds = 0;
  for (int a = 0; a < w->data->arms; a++) {
    const co_comparison *c = &w->result->arm[a].best;
    others += c->n > 0;
    if (c->n == 0 || c->told_apart) continue;
    close++;
    if (c->seeds_needed > seeds) seeds = c->seeds_needed;
  }
  if (others == 0) return;
  if (close > 0) {
    co_buf_printf(w->out, " %d strategies are not told apart at the top: %s, the highest, from",
                  close + 1, name);
    bool first = true;
    for (int a = 0; a < w->data->arms; a++) {
      const co_comparison *c = &w->result->arm[a].best;
      if (c->n == 0 || c->told_apart) continue;
      co_buf_printf(w->out, "%s %s", first ? "" : ",", w->data->arm[a].name);
      first = false;
    }
    put(w, " (");
    put_seeds_needed(w, seeds);
    put(w, ").");
  } else if (standing_of(&w->result->arm[w->result->best].scratch) == ABOVE) {
    co_buf_printf(w->out, " Best: %s, told apart from every other strategy.", name);
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
    if (standing_of(&arm->scratch) == NOT_TOLD_APART) {
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
  if (w->data->rate_depends_on_horizon) {
    put(w, " The learning rate depends on the horizon: only final values are compared.");
  }
}

static void say_failures(const writer *w) {
  for (int a = 0; a < w->data->arms; a++) {
    if (w->result->arm[a].failed == 0) continue;
    co_buf_printf(w->out,
                  " %d of %d runs of %s failed and count as their last valid evaluation or random, "
                  "whichever is lower.",
                  w->result->arm[a].failed, w->data->runs, w->data->arm[a].name);
  }
}

// ---- sentences about the study ----

static bool several_sources(const co_metrics *metrics) {
  for (int i = 1; i < metrics->pairs; i++) {
    if (strcmp(metrics->data[i].source, metrics->data[0].source) != 0) return true;
  }
  return false;
}

// the target, and where it came from if that may be what makes the difference
static void put_pair(const writer *w, const co_pair_data *pair) {
  if (several_sources(w->metrics)) co_buf_printf(w->out, "%s to ", pair->source);
  put(w, pair->target);
}

// Where does the strategy of this name stand in another pair? First hit with the wanted standing,
// or NULL.
static const co_pair_data *find_elsewhere(const writer *w, const char *name, standing wanted) {
  for (int i = 0; i < w->metrics->pairs; i++) {
    const co_pair_data *pair = &w->metrics->data[i];
    for (int a = 0; a < pair->arms; a++) {
      bool same = strcmp(pair->arm[a].name, name) == 0;
      if (same && standing_of(&w->metrics->pair[i].arm[a].scratch) == wanted) return pair;
    }
  }
  return NULL;
}

static void say_contrast(const writer *w) {
  const co_pair_data *first = &w->metrics->data[0];
  for (int a = 0; a < first->arms; a++) {
    const char *name = first->arm[a].name;
    const co_pair_data *helps = find_elsewhere(w, name, ABOVE);
    const co_pair_data *hurts = find_elsewhere(w, name, BELOW);
    if (!helps || !hurts) continue;
    co_buf_printf(w->out, "%s helps in ", name);
    put_pair(w, helps);
    put(w, " and hurts in ");
    put_pair(w, hurts);
    put(w, ".\n");
  }
}

static double smallest_holm_p(const co_metrics *metrics) {
  double smallest = INFINITY;
  for (int i = 0; i < metrics->pairs; i++) {
    for (int a = 0; a < metrics->data[i].arms; a++) {
      const co_comparison *c = &metrics->pair[i].arm[a].scratch;
      if (c->n > 0) smallest = fmin(smallest, c->p_holm);
    }
  }
  return smallest;
}

static void say_family(const writer *w) {
  int family = w->metrics->family;
  if (family == 0) return;
  co_buf_printf(w->out,
                "%d planned comparison%s with scratch, p after Holm's correction over all of them",
                family, family == 1 ? "" : "s");
  double smallest = smallest_holm_p(w->metrics);
  if (smallest >= 0.05) {
    co_buf_printf(w->out, "; none is told apart, the smallest p is %.2g", smallest);
  }
  put(w, ".\n");
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
    say_best(&w);
    say_negative(&w);
    say_references(&w);
    say_failures(&w);
    put(&w, "\n");
  }
  say_family(&w);
  say_nominal(&w);
}
