#include "transfer/measure/private/rules.h"

#include "core/format.h"
#include "core/stats/significance.h"
#include "transfer/measure/private/compare.h"

#include <math.h>
#include <string.h>

// rules: those of docs/methods.md#rules-of-a-fair-comparison
#define NOMINAL_BELOW 10       // units, docs/methods.md rule 15
#define LEARNED_SHARE 0.10     // of oracle - random that scratch must have, docs/methods.md rule 12
#define NEGATIVE_SHARE 0.02    // of oracle - random to be exceeded, docs/methods.md rule 14
#define REACH_SHARE 0.80       // of the runs of both arms for a speed-up, docs/methods.md rule 13
#define SOURCE_SHARE 0.30      // of its own oracle that a source should reach
#define UNDEFINED_LIMIT 0.025  // of resamples: more would reach into the interval's tail
enum { ORACLE_RUNS = 5 };      // docs/methods.md rule 11

// ---- remarks ----

static void remark(co_buf *note, const char *text) {
  if (note->size) co_buf_puts(note, "; ");
  co_buf_puts(note, text);
}

static void put_number(co_buf *note, double value) {
  char text[CO_NUMBER_MAX];
  co_format_number(value, 0, false, text);
  co_buf_puts(note, text);
}

static void forbid(co_metric *metric, co_buf *note, const char *why) {
  metric->value = metric->lo = metric->hi = NAN;
  remark(note, why);
}

// ---- what a metric needs ----

static const char *missing_oracle(const co_arm_case *c) {
  if (c->pair->oracles == 0) return "no oracle in this target";
  if (isnan(c->pair->target_random)) return "random actions were not measured in this target";
  double oracle = co_column_iqm(c->sample, CO_COLUMN_ORACLE, NULL);
  return oracle > c->pair->target_random ? NULL : "the oracle is not above random";
}

static const char *missing_scratch(const co_arm_case *c) {
  if (c->group->from_data_alone) return "has no scratch: it takes no env steps";
  if (c->group->scratch < 0) return "no scratch runs in this target";
  return c->scratch ? NULL : "scratch is the baseline itself";
}

static const char *missing(const co_arm_case *c, int needs) {
  if (needs & CO_NEEDS_SOURCE && !c->arm->copies) return "copies nothing from the source";
  const char *no_scratch = needs & CO_NEEDS_SCRATCH ? missing_scratch(c) : NULL;
  if (no_scratch) return no_scratch;
  if (needs & CO_NEEDS_TRAINING && !c->arm->trains) return "uses no steps in the target";
  if (needs & CO_NEEDS_CURVE && c->group->rate_depends_on_horizon) {
    return "the learning rate depends on the horizon, so only final values may be compared";
  }
  if (needs & CO_NEEDS_CURVE && c->arm->loss_depends_on_horizon) {
    return "the weight of a loss term depends on the horizon, so only final values may be compared";
  }
  return needs & CO_NEEDS_ORACLE ? missing_oracle(c) : NULL;
}

// ---- rules of single metrics ----

typedef void judge_fn(const co_arm_case *c, co_metric *metric, co_buf *note);

static void judge_carry_over(const co_arm_case *c, co_metric *metric, co_buf *note) {
  double source = co_column_iqm(c->sample, CO_COLUMN_PI_SOURCE, NULL);
  if (source <= c->pair->source_random) {
    forbid(metric, note, "the source policy is not above random in its own world");
  } else if (c->found->source_undertrained) {
    remark(note, "the source reaches less than 30 % of its own oracle");
  }
}

static void remark_oracle(const co_arm_case *c, co_metric *metric, co_buf *note) {
  (void)metric;
  if (c->found->oracle_undertrained)
    remark(note, "oracle undertrained: a transferred policy beats it");
  if (c->found->oracle_short) {
    remark(note, "oracle with fewer than 5 runs or fewer steps than source and target");
  }
}

// arm against scratch
static bool is_planned(const co_arm_case *c) {
  return co_pair_plans(c->pair, (int)(c->arm - c->pair->arm), c->group->scratch);
}

static void judge_difference(const co_arm_case *c, co_metric *metric, co_buf *note) {
  (void)metric;
  if (!c->arm->trains) {
    remark(note, "not at equal budget: uses no steps in the target, scratch does");
  } else if (!is_planned(c)) {
    remark(note, "not planned: an interval, no test");
  }
}

static void judge_late(const co_arm_case *c, co_metric *metric, co_buf *note) {
  (void)metric;
  if (c->group->evals < 2 * CO_LATE_EVALS) {
    int late = c->group->evals < CO_LATE_EVALS ? c->group->evals : CO_LATE_EVALS;
    co_buf_printf(note, "last %d of %d evaluations", late, c->group->evals);
  }
}

static bool has_learned(const co_arm_case *c, co_column area) {
  double oracle = co_column_iqm(c->sample, CO_COLUMN_ORACLE, NULL);
  double random = c->pair->target_random;
  return co_column_iqm(c->sample, area, NULL) - random > LEARNED_SHARE * (oracle - random);
}

// A ratio to scratch grows without bound as the budget shrinks, so it is quoted at two budgets.
static void judge_ratio(const co_arm_case *c, co_metric *metric, co_buf *note) {
  if (!has_learned(c, CO_COLUMN_AREA_SCRATCH)) {
    forbid(metric, note, "scratch has not learned yet");
  } else if (!has_learned(c, CO_COLUMN_HALF_SCRATCH)) {
    remark(note, "at half the budget scratch has not learned yet");
  } else {
    remark(note, "at half the budget ");
    put_number(note, co_column_iqm(c->sample, CO_COLUMN_HALF, NULL) /
                         (co_column_iqm(c->sample, CO_COLUMN_HALF_SCRATCH, NULL) -
                          c->pair->target_random));
  }
}

static void judge_gain(const co_arm_case *c, co_metric *metric, co_buf *note) {
  double oracle = co_column_iqm(c->sample, CO_COLUMN_ORACLE, NULL);
  if (oracle <= co_column_iqm(c->sample, CO_COLUMN_AREA_SCRATCH, NULL)) {
    forbid(metric, note, "the oracle is not above scratch");
    return;
  }
  remark(note, "at half the budget ");
  put_number(note, co_column_iqm(c->sample, CO_COLUMN_HALF, NULL) /
                       (oracle - co_column_iqm(c->sample, CO_COLUMN_HALF_SCRATCH, NULL)));
  remark_oracle(c, metric, note);
}

static int reached(const co_lifetime *life, int runs) {
  int events = 0;
  for (int r = 0; life && r < runs; r++) events += life[r].event;
  return events;
}

// A speed-up needs both arms to arrive; if only this one does, how long scratch was watched gives a
// bound.
static void remark_speed_up(const co_arm_case *c, double median, co_buf *note) {
  int runs = c->pair->runs, all = reached(c->sample->reach[0], runs);
  int theirs = reached(c->sample->reach_scratch[0], runs);
  double last = c->group->step[c->group->evals - 1];
  co_survival s = co_kaplan_meier(c->sample->reach_scratch[0], runs, NULL, last);
  co_survival t = co_kaplan_meier(c->sample->reach[0], runs, NULL, last);
  if (all < REACH_SHARE * runs) {
    remark(note, "no speed-up is quoted: fewer than 80 % of the runs arrive");
  } else if (!(median > 0)) {
    remark(note, "reached before the first update");
  } else if (theirs >= REACH_SHARE * runs) {
    remark(note, "speed-up ");
    put_number(note, s.median / median);
  } else if (all == runs && s.restricted_mean > t.restricted_mean) {
    remark(note, "speed-up > ");
    put_number(note, s.restricted_mean / t.restricted_mean);
  }
}

static void remark_second_threshold(const co_arm_case *c, co_buf *note) {
  if (isnan(c->threshold[1]) || !c->sample->reach[1]) return;
  remark(note, "return ");
  put_number(note, c->threshold[1]);
  co_buf_printf(note, " (random + 0.9 of oracle - random) is reached by %d of %d runs",
                reached(c->sample->reach[1], c->pair->runs), c->pair->runs);
  if (c->sample->reach_scratch[1]) {
    co_buf_printf(note, ", scratch %d", reached(c->sample->reach_scratch[1], c->pair->runs));
  }
}

static void judge_time(const co_arm_case *c, co_metric *metric, co_buf *note) {
  const co_lifetime *life = c->sample->reach[0];
  int runs = c->pair->runs, events = reached(life, runs);
  double last = c->group->step[c->group->evals - 1];
  if (isnan(c->threshold[0])) {
    forbid(metric, note, "no threshold: none stated and no oracle to set it");
    return;
  }
  if (!life) return;
  metric->censored = runs - events;
  if (metric->value > last) metric->value = NAN;  // fewer than half arrive
  if (metric->lo > last) metric->lo = NAN;
  if (metric->hi > last) metric->hi = NAN;
  if (c->group->from_data_alone) remark(note, "in gradient steps");
  remark(note, "return ");
  put_number(note, c->threshold[0]);
  co_buf_puts(note, isnan(c->pair->threshold) ? " (random + 0.5 of oracle - random)" : "");
  co_buf_printf(note, " is reached by %d of %d runs", events, runs);
  if (c->scratch && c->sample->reach_scratch[0]) {
    co_buf_printf(note, ", scratch %d", reached(c->sample->reach_scratch[0], runs));
  }
  remark(note, "mean within the budget ");
  put_number(note, co_kaplan_meier(life, runs, NULL, last).restricted_mean);
  co_buf_puts(note, " steps");
  if (c->scratch && c->sample->reach_scratch[0]) remark_speed_up(c, metric->value, note);
  remark_second_threshold(c, note);
}

// At 0 or 1 the bootstrap has nothing to vary: a bound from the number of pairs and an exact p are
// given instead.
static void judge_p(const co_arm_case *c, co_metric *metric, co_buf *note) {
  double p = NAN;
  int runs = c->pair->runs;
  if (metric->value > 0 && metric->value < 1) return;
  if (!c->sample->both) return;
  if (c->pair->units < 2) {
    metric->lo = metric->hi = NAN;
    remark(note, "n = 1: no interval");
    return;
  }
  double bound = co_all_succeeded_bound(c->pair->units, c->def->confidence);
  if (co_permutation_p(c->values->final_return, runs, c->scratch->final_return, runs,
                       &c->def->stream, &p) != CO_OK) {
    note->failed = true;
    return;
  }
  metric->lo = metric->value == 1 ? bound : 0;
  metric->hi = metric->value == 1 ? 1 : 1 - bound;
  co_buf_printf(note, "%s %.2f from %d seed%s without exception",
                metric->value == 1 ? ">=" : "<=", metric->value == 1 ? bound : 1 - bound,
                c->pair->units, c->pair->units == 1 ? "" : "s");
  if (c->pair->units == runs && is_planned(c))
    co_buf_printf(note, ", unpaired exact permutation p = %.2g, not corrected", p);
}

static int runs_below(const co_arm_case *c) {
  int below = 0;
  for (int r = 0; r < c->pair->runs; r++) below += c->values->area[r] < c->scratch->area[r];
  return below;
}

static void judge_negative(const co_arm_case *c, co_metric *metric, co_buf *note) {
  double area = co_column_iqm(c->sample, CO_COLUMN_AREA, NULL), scale = c->found->scale;
  if (isnan(area)) return;
  if (!(scale > 0)) {
    forbid(metric, note, "neither an oracle nor an arm above random gives a scale");
    return;
  }
  if (c->pair->units < 2) {
    forbid(metric, note, "n = 1: no interval, so it can't be told");
    return;
  }
  const co_interval *interval = &c->interval[CO_METRIC_area_gain];
  metric->value = interval->hi < 0 && -area > NEGATIVE_SHARE * scale;
  co_estimate shown = {.value = area, .lo = interval->lo, .hi = interval->hi};
  remark(note, "area against scratch ");
  co_put_estimate(note, &shown, true);
  char percent[CO_NUMBER_MAX];
  co_format_number(100 * area / scale, 0, true, percent);
  co_buf_printf(note, ", %s %% of %s - random", percent,
                c->pair->oracles ? "oracle" : "the best arm");
  co_buf_printf(note, "; below scratch in %d of %d runs (half without an effect)", runs_below(c),
                c->pair->runs);
}

static void judge_share(const co_arm_case *c, bool falls, co_metric *metric, co_buf *note) {
  int events = 0, episodes = 0;
  for (int r = 0; r < c->pair->runs; r++) {
    const co_arm_run *run = &c->arm->run[r];
    int here = falls ? run->falls : run->successes;
    if (here < 0) return;  // the task does not know it
    if (run->failed) continue;
    events += here;
    episodes += run->episodes;
  }
  if (episodes == 0) return;
  metric->value = (double)events / episodes;
  co_wilson(events, episodes, c->def->confidence, &metric->lo, &metric->hi);
  co_buf_printf(note, "Wilson interval over %d episodes, which are not independent within a seed",
                episodes);
}

static void judge_success(const co_arm_case *c, co_metric *metric, co_buf *note) {
  judge_share(c, false, metric, note);
}

static void judge_fall(const co_arm_case *c, co_metric *metric, co_buf *note) {
  judge_share(c, true, metric, note);
}

static judge_fn *const judges[CO_METRIC_COUNT] = {
    [CO_METRIC_carry_over] = judge_carry_over,
    [CO_METRIC_difference_to_scratch] = judge_difference,
    [CO_METRIC_asymptotic_gain] = judge_late,
    [CO_METRIC_normalised_gain] = judge_gain,
    [CO_METRIC_transfer_ratio] = judge_ratio,
    [CO_METRIC_time_to_threshold] = judge_time,
    [CO_METRIC_oracle_gap] = remark_oracle,
    [CO_METRIC_p_better_than_scratch] = judge_p,
    [CO_METRIC_negative_transfer] = judge_negative,
    [CO_METRIC_normalised_score] = remark_oracle,
    [CO_METRIC_success_rate] = judge_success,
    [CO_METRIC_fall_rate] = judge_fall,
};

// ---- rules of all metrics ----

// Wilson's and the bound at P = 0 or 1 count events, all others come from resampling seeds.
static bool is_resampled(co_metric_id id, const co_metric *metric) {
  if (id == CO_METRIC_success_rate || id == CO_METRIC_fall_rate) return false;
  return id != CO_METRIC_p_better_than_scratch || (metric->value > 0 && metric->value < 1);
}

static void judge_interval(const co_arm_case *c, co_metric_id id, co_metric *metric, co_buf *note) {
  if (!is_resampled(id, metric) || isnan(metric->lo)) return;
  const char *separator = note->size ? "; " : "";
  double undefined = c->interval[id].undefined;
  if (c->pair->units < 2) {
    metric->lo = metric->hi = NAN;
    remark(note, "n = 1: no interval");
  } else if (undefined > UNDEFINED_LIMIT) {
    metric->lo = metric->hi = NAN;
    co_buf_printf(note, "%sno interval: the denominator is not positive in %.0f %% of resamples",
                  separator, 100 * undefined);
  } else if (c->pair->units < NOMINAL_BELOW) {
    co_buf_printf(note, "%sn = %d: nominal interval", separator, c->pair->units);
  }
}

static co_status judge(const co_arm_case *c, co_metric_id id, co_metric *metric) {
  co_buf note = {0};
  const char *why_not = missing(c, co_metric_table[id].needs);
  if (why_not) {
    forbid(metric, &note, why_not);
  } else {
    if (judges[id]) judges[id](c, metric, &note);
    if (isnan(metric->value) && note.size == 0) remark(&note, "not measured");
    if (isnan(metric->value) && id != CO_METRIC_time_to_threshold) metric->lo = metric->hi = NAN;
    judge_interval(c, id, metric, &note);
    if (c->values->failed && isfinite(metric->value)) {
      int diverged = c->values->diverged;
      co_buf_printf(&note, "%s%d of %d runs %s", note.size ? "; " : "", c->values->failed,
                    c->pair->runs,
                    diverged == 0                   ? "failed"
                    : diverged == c->values->failed ? "diverged"
                                                    : "failed or diverged");
    }
  }
  metric->n = isfinite(metric->value) || metric->censored ? c->pair->units : 0;
  char *text = co_arena_strdup(c->arena, note.data ? note.data : "");
  bool whole = co_buf_status(&note) == CO_OK && text;
  co_buf_free(&note);
  if (!whole) return CO_MEMORY;
  metric->note = text;
  return CO_OK;
}

co_status co_arm_judge(const co_arm_case *c, co_metric *metric) {
  for (int id = 0; id < CO_METRIC_COUNT; id++) {
    CO_TRY(judge(c, (co_metric_id)id, &metric[id]));
  }
  return CO_OK;
}

// ---- facts of a pair ----

void co_pair_judge(const co_pair_data *pair, const co_arm_sample *sample, co_pair_result *found) {
  double oracle = co_column_iqm(&sample[0], CO_COLUMN_ORACLE, NULL), best = NAN,
         highest = -INFINITY;
  double highest_scratch = -INFINITY, last = 0;
  found->best = found->best_scratch = -1;
  for (int a = 0; a < pair->arms; a++) {
    double final = co_column_iqm(&sample[a], CO_COLUMN_FINAL, NULL);
    best = fmax(best, final);  // ignores NAN
    if (pair->arm[a].copies && final > oracle) found->oracle_undertrained = true;
    if (co_arm_is_scratch(pair, a)) {
      if (!(final > highest_scratch)) continue;
      highest_scratch = final;
      found->best_scratch = a;
    } else if (pair->arm[a].trains && final > highest) {
      highest = final;
      found->best = a;
    }
  }
  for (int g = 0; g < pair->groups; g++)
    if (!pair->group[g].from_data_alone)
      last = fmax(last, pair->group[g].step[pair->group[g].evals - 1]);
  double needed = pair->source_steps + last;
  found->oracle_short =
      pair->oracles > 0 && (pair->oracles < ORACLE_RUNS || pair->oracle_steps < needed);
  found->scale = (pair->oracles ? oracle : best) - pair->target_random;
  double source = NAN;
  for (int a = 0; a < pair->arms && isnan(source); a++) {
    source = co_column_iqm(&sample[a], CO_COLUMN_PI_SOURCE, NULL);
  }
  double random = isnan(pair->source_random) ? 0 : pair->source_random;
  found->source_undertrained =
      source - random < SOURCE_SHARE * (pair->source_oracle - random);  // false where unknown
}
