#include "transfer/measure/private/advice_rules.h"

#include "core/format.h"
#include "core/stats/significance.h"
#include "core/stats/stats.h"
#include "core/text.h"
#include "transfer/measure/private/standing.h"
#include "transfer/study/algorithms.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RISE_SHARE 0.10    // of what is above random, gained over the last points of a curve
#define RISE_RUNS 0.80     // of the runs that gain something there
#define DIP_SHARE 0.20     // of the return before training that is lost on the way
#define LITTLE_LEFT 0.10   // carry-over
#define LESS_LEFT 0.80     // of what a policy keeps with the source's normaliser
#define WITHIN_SHARE 0.95  // of target steps that are like those of the source
#define SLOWER "0.3"       // times the learning rate
enum { MANY_SEEDS = 100, LEAST_EVALS = 4, SEEN_UNITS = 5, RUNS_MAX = 256 };

// ---- words ----

static void say_number(co_advice_words *words, double value, double scale) {
  char number[CO_NUMBER_MAX];
  co_format_number(value, scale, false, number);
  co_buf_puts(&words->text, number);
}

static void say_percent(co_advice_words *words, double share) {
  say_number(words, 100 * share, 100);
  co_buf_puts(&words->text, " %");
}

static void say_estimate(co_advice_words *words, double value, double lo, double hi) {
  co_estimate shown = {.value = value, .lo = lo, .hi = hi};
  co_put_estimate(&words->text, &shown, true);
}

// "gravity", or "earth to gravity" where there are several sources
static void say_pair(const co_advice_case *c, co_advice_words *words) {
  if (co_several_sources(c->metrics)) co_buf_printf(&words->text, "%s to ", c->pair->source);
  co_buf_puts(&words->text, c->pair->target);
}

__attribute__((format(printf, 2, 3))) static void edit(co_advice_words *words, const char *format,
                                                       ...) {
  char line[512];
  va_list rest;
  va_start(rest, format);
  int size = vsnprintf(line, sizeof line, format, rest);
  va_end(rest);
  words->failed |= size < 0 || size >= (int)sizeof line;
  co_json_add(words->set, co_json_string(line));
}

// Adds a strategy behind those of the study, and to its planned comparisons where it has some.
static void edit_strategy(const co_advice_case *c, co_advice_words *words, const char *name,
                          const char *members) {
  const co_study_def *def = &c->study->def;
  edit(words, "strategies.%d={ name = \"%s\"; %s}", def->strategies.count, name, members);
  if (def->comparisons.count)
    edit(words, "comparisons.%d={ strategy = \"%s\"; target = \"%s\"; }", def->comparisons.count,
         name, c->pair->target);
}

// ---- what the study holds ----

static const co_metric *metric_of(const co_advice_case *c, co_metric_id id) {
  return &c->result->metric[id];
}

// Of the source policy, the same for every arm that copies something; NAN: not measured.
static double carry_over(const co_advice_case *c) {
  for (int a = 0; a < c->pair->arms; a++) {
    double value = c->found->arm[a].metric[CO_METRIC_carry_over].value;
    if (!isnan(value)) return value;
  }
  return NAN;
}

// Of at most RUNS_MAX values; NAN where one is missing.
static double iqm_of(const double *value, int count) {
  double sorted[RUNS_MAX];
  if (count > RUNS_MAX) count = RUNS_MAX;
  for (int i = 0; i < count; i++) {
    if (isnan(value[i])) return NAN;
    sorted[i] = value[i];
  }
  co_sort(sorted, count);
  return count ? co_iqm(sorted, count) : (double)NAN;
}

static double zero_shot(const co_advice_case *c) {
  return c->pair->zero_shot ? iqm_of(c->pair->zero_shot, c->pair->units) : (double)NAN;
}

static double oracle(const co_advice_case *c) {
  return iqm_of(c->pair->oracle, c->pair->oracles);
}

static const co_arm_group *group_of(const co_advice_case *c) {
  return &c->pair->group[c->arm->group];
}

static bool has_strategy(const co_study *study, const char *name) {
  for (int i = 0; i < study->num_strategies; i++)
    if (strcmp(study->strategy[i].name, name) == 0) return true;
  return false;
}

static bool copies_everything(const co_strategy *s) {
  return strcmp(s->copy, "*") == 0;
}

// Of a strategy that copies everything.
static bool keeps_normaliser(const co_strategy *s) {
  return strcmp(s->obs_norm, "auto") == 0 || strcmp(s->obs_norm, "keep") == 0;
}

// It moves all that it copies, at the full rate: what is built on it needs no rule of its own.
static bool is_plain(const co_advice_case *c) {
  const co_strategy *s = c->strategy;
  return c->arm->trains && copies_everything(s) && strcmp(s->train, "*") == 0 &&
         co_strategy_exceptions(s) == 0 && !s->residual && !group_of(c)->from_data_alone;
}

// The name of what is built on the arm's strategy.
static void name_with(const co_advice_case *c, const char *ending, char out[CO_NAME]) {
  snprintf(out, CO_NAME, "%.48s%s", c->arm->name, ending);
}

// ---- curves that still rise ----

typedef struct rise {
  double gain, share;  // interquartile mean over runs, and its part of what is above random
  int runs, up;        // that were measured, that rose
  int last, evals;     // points that it was taken over, of how many
} rise;

// Over the last third of the points, and one more.
static rise rise_of(const double *const *curve, int runs, int evals, double random) {
  int from = 2 * (evals - 1) / 3;
  rise found = {.gain = NAN, .share = NAN, .last = evals - from, .evals = evals};
  double gain[RUNS_MAX], end[RUNS_MAX];
  if (evals < LEAST_EVALS) return found;
  for (int r = 0; r < runs && found.runs < RUNS_MAX; r++) {
    double last = curve[r][evals - 1], step = last - curve[r][from];
    if (isnan(step)) continue;
    gain[found.runs] = step;
    end[found.runs++] = last;
    found.up += step > 0;
  }
  if (!found.runs) return found;
  found.gain = iqm_of(gain, found.runs);
  found.share = found.gain / (iqm_of(end, found.runs) - random);
  return found;
}

static bool still_rises(const rise *r) {
  return r->runs > 0 && r->up >= RISE_RUNS * r->runs && r->gain > 0 && r->share > RISE_SHARE;
}

static void say_rise(const rise *r, co_advice_words *words) {
  char gain[CO_NUMBER_MAX];
  co_format_number(r->gain, 0, true, gain);
  co_buf_printf(&words->text, "%s over the last %d of %d evaluations, in %d of %d run%s", gain,
                r->last, r->evals, r->up, r->runs, r->runs == 1 ? "" : "s");
}

// ---- rules ----

static const co_comparison *scratch_of(const co_advice_case *c) {
  return &c->result->scratch;
}

// Seeds that would tell the arm from scratch; 0: it is told apart, or no number that is advice.
static int seeds_wanted(const co_advice_case *c) {
  const co_comparison *with = scratch_of(c);
  bool given = co_study_source(c->study, c->facts->source)->policy.count > 0;
  if (given || co_standing_of(with) != CO_NOT_TOLD_APART) return 0;
  int needed = with->seeds_needed;
  if (c->pair->units == 1)
    needed = co_test_plan_make(1, c->metrics->family, CO_FAMILY_LEVEL).needed;
  return needed > c->study->def.seeds && needed <= MANY_SEEDS ? needed : 0;
}

static double weigh_seeds(const co_advice_case *c) {
  return seeds_wanted(c);
}

static void say_seeds(const co_advice_case *c, co_advice_words *words) {
  const co_comparison *with = scratch_of(c);
  int seeds = seeds_wanted(c);
  co_buf_printf(&words->text, "%s ends ", c->arm->name);
  say_estimate(words, with->difference, with->lo, with->hi);
  co_buf_puts(&words->text, " against scratch in ");
  say_pair(c, words);
  if (c->pair->units == 1) {
    co_buf_printf(
        &words->text,
        ", and one seed tells nothing apart: with %d planned comparison%s it takes at least %d.",
        c->metrics->family, c->metrics->family == 1 ? "" : "s", seeds);
  } else {
    co_buf_printf(&words->text,
                  ", which %d seeds do not tell apart: by their spread, about %d would.",
                  c->pair->units, seeds);
  }
  edit(words, "seeds=%d", seeds);
}

static double weigh_scratch(const co_advice_case *c) {
  return c->study->scratch < 0 && c->arm->trains && !group_of(c)->from_data_alone;
}

static void say_scratch(const co_advice_case *c, co_advice_words *words) {
  words->of_study = true;
  co_buf_printf(&words->text, "Nothing was trained from scratch, so whether what %s ends with in ",
                c->arm->name);
  say_pair(c, words);
  co_buf_puts(&words->text, " comes from the source cannot be told: ");
  say_number(words, metric_of(c, CO_METRIC_final_iqm)->value, 0);
  co_buf_puts(&words->text, " without a baseline.");
  edit(words, "strategies.%d={ name = \"scratch\"; }", c->study->def.strategies.count);
}

static double weigh_plan(const co_advice_case *c) {
  const co_comparison *with = scratch_of(c);
  bool seen = co_standing_of(with) == CO_NOT_PLANNED && with->n >= SEEN_UNITS &&
              c->study->def.comparisons.count > 0;
  if (!seen || !(with->lo > 0 || with->hi < 0)) return 0;
  return fabs(with->difference) / (with->hi - with->lo);
}

static void say_plan(const co_advice_case *c, co_advice_words *words) {
  const co_study_def *def = &c->study->def;
  const co_comparison *with = scratch_of(c);
  co_buf_printf(&words->text, "%s ends ", c->arm->name);
  say_estimate(words, with->difference, with->lo, with->hi);
  co_buf_puts(&words->text, " against scratch in ");
  say_pair(c, words);
  co_buf_puts(&words->text,
              ", which was not planned and so not tested: plan it, and take other seeds for the "
              "test than those that showed it.");
  edit(words, "comparisons.%d={ strategy = \"%s\"; source = \"%s\"; target = \"%s\"; }",
       def->comparisons.count, c->arm->name, c->pair->source, c->pair->target);
  edit(words, "seed=%" PRId64, def->seed + 1);
}

// What the built-in `new_head` copies; NULL: there is none.
static const char *copy_of_new_head(const co_study *study) {
  for (int i = 0; i < study->builtin.count; i++) {
    const co_strategy_def *def = (const co_strategy_def *)study->builtin.item + i;
    if (strcmp(def->name, "new_head") == 0) return def->copy;
  }
  return NULL;
}

static bool has_fresh_head(const co_study *study) {
  const char *copy = copy_of_new_head(study);
  for (int i = 0; copy && i < study->num_strategies; i++)
    if (strcmp(study->strategy[i].copy, copy) == 0) return true;
  return false;
}

static double weigh_head(const co_advice_case *c) {
  bool fits = c->facts->actuator && is_plain(c) && !has_fresh_head(c->study) &&
              !has_strategy(c->study, "new_head");
  return fits && carry_over(c) < LITTLE_LEFT ? 1 - carry_over(c) : 0;
}

static void say_head(const co_advice_case *c, co_advice_words *words) {
  co_buf_puts(&words->text, "In ");
  say_pair(c, words);
  co_buf_puts(&words->text, " the source policy keeps ");
  say_percent(words, carry_over(c));
  co_buf_printf(&words->text,
                " of its return, and what differs is the way from action to motor (%s): a fresh "
                "head on the copied trunk learns that anew.",
                c->facts->actuator);
  edit_strategy(c, words, "new_head", "");
}

// Its policy is the source's but for the normaliser.
static double weigh_keep(const co_advice_case *c) {
  double start = metric_of(c, CO_METRIC_zero_shot)->value - c->pair->target_random;
  double kept = zero_shot(c) - c->pair->target_random;
  if (!is_plain(c) || keeps_normaliser(c->strategy) || strcmp(c->strategy->obs_norm, "blend") == 0)
    return 0;
  for (int i = 0; i < c->study->num_strategies; i++) {
    const co_strategy *s = &c->study->strategy[i];
    if (copies_everything(s) && keeps_normaliser(s) && co_strategy_trains(s)) return 0;
  }
  return kept > 0 && start < LESS_LEFT * kept ? 1 - start / kept : 0;
}

static void say_keep(const co_advice_case *c, co_advice_words *words) {
  char name[CO_NAME], members[256];
  name_with(c, "_keep", name);
  snprintf(members, sizeof members, "base = \"%.100s\"; obs_norm = \"keep\"; ", c->arm->name);
  co_buf_printf(&words->text, "%s starts at ", c->arm->name);
  say_number(words, metric_of(c, CO_METRIC_zero_shot)->value, 0);
  co_buf_puts(&words->text, " in ");
  say_pair(c, words);
  co_buf_puts(&words->text, ", where the source policy has ");
  say_number(words, zero_shot(c), 0);
  co_buf_puts(&words->text,
              " untrained; its observation normaliser is fresh, so keep the source's.");
  edit_strategy(c, words, name, members);
}

static double weigh_blend(const co_advice_case *c) {
  double outside = 1 - c->facts->visited_share;
  if (!is_plain(c) || !keeps_normaliser(c->strategy) || !(outside > 1 - WITHIN_SHARE)) return 0;
  for (int i = 0; i < c->study->num_strategies; i++)
    if (strcmp(c->study->strategy[i].obs_norm, "blend") == 0) return 0;
  return carry_over(c) < LESS_LEFT ? outside : 0;
}

static void say_blend(const co_advice_case *c, co_advice_words *words) {
  char name[CO_NAME], members[256];
  name_with(c, "_blend", name);
  snprintf(members, sizeof members, "base = \"%.100s\"; obs_norm = \"blend\"; ", c->arm->name);
  say_percent(words, 1 - c->facts->visited_share);
  co_buf_puts(&words->text, " of the steps in ");
  say_pair(c, words);
  co_buf_printf(&words->text,
                " lie outside what the source has met on the same actions, and %s sees them "
                "through the source's observation normaliser: let it adapt.",
                c->arm->name);
  bool built_in = strcmp(name, "full_blend") == 0;
  edit_strategy(c, words, name, built_in ? "" : members);
}

static double weigh_rate(const co_advice_case *c) {
  const co_metric *dip = metric_of(c, CO_METRIC_dip);
  double start = metric_of(c, CO_METRIC_zero_shot)->value - c->pair->target_random;
  char slow[CO_NAME];
  name_with(c, "_slow", slow);
  if (!is_plain(c) || has_strategy(c->study, slow) || !(start > 0) || !(dip->hi < 0)) return 0;
  return -dip->value > DIP_SHARE * start ? -dip->value / start : 0;
}

static void say_rate(const co_advice_case *c, co_advice_words *words) {
  const co_metric *dip = metric_of(c, CO_METRIC_dip);
  char name[CO_NAME], members[256];
  name_with(c, "_slow", name);
  snprintf(members, sizeof members,
           "base = \"%.100s\"; rules = ( { tensors = \"actor.*|critic.*\"; rate = " SLOWER
           "; } ); ",
           c->arm->name);
  co_buf_printf(&words->text, "On its way %s loses ", c->arm->name);
  say_number(words, -dip->value, 0);
  co_buf_puts(&words->text, " of the ");
  say_number(words, metric_of(c, CO_METRIC_zero_shot)->value, 0);
  co_buf_puts(&words->text, " that it starts with in ");
  say_pair(c, words);
  co_buf_puts(&words->text, " (dip ");
  say_estimate(words, dip->value, dip->lo, dip->hi);
  co_buf_puts(&words->text, "): let it learn at " SLOWER " times the rate.");
  edit_strategy(c, words, name, members);
}

static rise oracle_rise(const co_advice_case *c) {
  const co_advice_facts *f = c->facts;
  const double *curve[RUNS_MAX];
  int runs = f->oracle_runs < RUNS_MAX ? f->oracle_runs : RUNS_MAX;
  for (int r = 0; r < runs; r++) curve[r] = f->oracle_curve + (size_t)r * (size_t)f->oracle_evals;
  return rise_of(curve, runs, f->oracle_evals, c->pair->target_random);
}

// By how much the arm beats the oracle, as a part of what that has above random.
static double beats_oracle(const co_advice_case *c) {
  double most = oracle(c) - c->pair->target_random;
  double arm = metric_of(c, CO_METRIC_final_iqm)->value - c->pair->target_random;
  return most > 0 && arm > (1 + RISE_SHARE) * most ? arm / most : 0;
}

// An oracle that is beaten weighs more than one that rises, whose weight is below 1.
static double weigh_oracle(const co_advice_case *c) {
  if (co_study_target(c->study, c->facts->target)->oracle_steps == 0) return 0;
  double beaten = beats_oracle(c);
  if (beaten > 0) return beaten;
  rise r = oracle_rise(c);
  return still_rises(&r) ? fmin(1, r.share) : 0;
}

static void say_oracle(const co_advice_case *c, co_advice_words *words) {
  const co_target_def *target = co_study_target(c->study, c->facts->target);
  bool beaten = beats_oracle(c) > 0;
  words->of_pair = true;
  co_buf_puts(&words->text, "In ");
  say_pair(c, words);
  if (beaten) {
    co_buf_puts(&words->text, " the oracle ends at ");
    say_number(words, oracle(c), 0);
    co_buf_printf(&words->text, " and %s at ", c->arm->name);
    say_number(words, metric_of(c, CO_METRIC_final_iqm)->value, 0);
    co_buf_puts(&words->text, ", so it is not yet what can be reached: train it twice as long.");
  } else {
    rise r = oracle_rise(c);
    co_buf_puts(&words->text, " the oracle still rises when its training ends (");
    say_rise(&r, words);
    co_buf_puts(&words->text, "), so it is not yet what can be reached: train it twice as long.");
  }
  edit(words, "targets.%d.oracle_steps=%" PRId64, c->facts->target, 2 * target->oracle_steps);
}

static rise arm_rise(const co_advice_case *c) {
  const double *curve[RUNS_MAX];
  int runs = 0;
  for (int r = 0; r < c->pair->runs && runs < RUNS_MAX; r++)
    if (c->arm->run[r].curve && !c->arm->run[r].failed) curve[runs++] = c->arm->run[r].curve;
  return rise_of(curve, runs, group_of(c)->evals, c->pair->target_random);
}

static double weigh_budget(const co_advice_case *c) {
  if (!c->arm->trains || !c->arm->copies) return 0;
  rise r = arm_rise(c);
  if (!still_rises(&r)) return 0;
  return c->found->scale > 0 ? r.gain / c->found->scale : r.share;
}

static void say_budget(const co_advice_case *c, co_advice_words *words) {
  const co_target_def *target = co_study_target(c->study, c->facts->target);
  int64_t source = co_source_env_steps(co_study_source(c->study, c->facts->source));
  int64_t whole = 2 * target->steps;
  rise r = arm_rise(c);
  co_buf_puts(&words->text, "In ");
  say_pair(c, words);
  co_buf_printf(&words->text, " %s still rises when its training ends (", c->arm->name);
  say_rise(&r, words);
  co_buf_puts(&words->text, "): train twice as long to see where it arrives.");
  edit(words, "targets.%d.steps=%" PRId64, c->facts->target, whole);
  if (target->oracle_steps > 0 && target->oracle_steps < source + whole)
    edit(words, "targets.%d.oracle_steps=%" PRId64, c->facts->target, source + whole);
}

// What a comparison lacks comes first, then what might transfer better, then longer trainings.
const co_advice_rule co_advice_rules[CO_ADVICE_RULES] = {
    {"add_scratch", weigh_scratch, say_scratch},   {"more_seeds", weigh_seeds, say_seeds},
    {"plan_comparison", weigh_plan, say_plan},     {"new_head", weigh_head, say_head},
    {"keep_normaliser", weigh_keep, say_keep},     {"blend_normaliser", weigh_blend, say_blend},
    {"lower_rate", weigh_rate, say_rate},          {"longer_oracle", weigh_oracle, say_oracle},
    {"longer_training", weigh_budget, say_budget},
};
