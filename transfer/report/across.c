#include "transfer/report/private/across.h"

#include "core/stats/bootstrap.h"
#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// ---- scores

static int index_of(const co_report *report, const char *strategy) {
  for (int i = 0; i < report->strategies; i++)
    if (strcmp(report->strategy[i], strategy) == 0) return i;
  return -1;
}

// Final returns of a strategy in a pair, by run; NULL: it was not measured.
static const co_json *returns_of(const co_report *report, int pair, const char *strategy) {
  int i = index_of(report, strategy);
  const co_json *list =
      i < 0 ? NULL : co_json_get(co_report_entry(report, "final", pair, i), "seeds");
  return co_json_is_array(list) && co_report_count_finite(list) > 0 ? list : NULL;
}

// Those of the scratch that the results name as the strategy's own: of its algorithm.
static const co_json *returns_of_scratch(const co_report *report, int pair, const char *strategy) {
  const co_json *entry = co_report_entry(report, "strategies", pair, index_of(report, strategy));
  const char *name = co_json_get_string(entry, "scratch");
  for (int i = 0; !name && i < report->strategies; i++)
    if (co_report_is_scratch(report, i)) name = report->strategy[i];
  return name ? returns_of(report, pair, name) : NULL;
}

// Runs without a source are shared by all sources of a target, and stand once among its pairs.
static bool counts_here(const co_report *report, int pair, const char *strategy) {
  const co_json *entry = co_report_entry(report, "final", pair, index_of(report, strategy));
  if (co_json_get_string(entry, "source")) return true;
  for (int i = 0; i < pair; i++)
    if (strcmp(report->pair[i].target, report->pair[pair].target) == 0 &&
        !co_report_skipped(report, i))
      return false;
  return true;
}

// What brings a return to a score: (return - random) / (oracle - random). False where there is
// none.
typedef struct score_scale {
  double random, range;
} score_scale;

static bool find_scale(const co_report *report, int pair, score_scale *out) {
  const char *target = report->pair[pair].target;
  out->random = co_report_reference(report, target, "random");
  out->range = co_report_reference(report, target, "oracle") - out->random;
  return out->range > 0 && isfinite(out->range);
}

static double return_of(const co_json *list, size_t run) {
  return list && run < co_json_count(list) ? co_report_number(co_json_at(list, run)) : (double)NAN;
}

// Appends a pair's runs as one more target, those that ended in a number.
static void add_runs(const co_report *report, int pair, const co_json *list, int *first,
                     co_across_arm *arm) {
  score_scale scale;
  bool scored = find_scale(report, pair, &scale);
  const co_json *scratch = returns_of_scratch(report, pair, arm->strategy);
  for (size_t run = 0; run < co_json_count(list); run++) {
    double value = return_of(list, run);
    if (!isfinite(value)) continue;
    arm->value[arm->rows] = value;
    arm->scratch[arm->rows] = return_of(scratch, run);
    arm->score[arm->rows++] = scored ? (value - scale.random) / scale.range : (double)NAN;
  }
  first[++arm->tasks] = arm->rows;
  arm->scored += scored;
}

static size_t count_runs(const co_report *report, int studies, const char *strategy, int *pairs) {
  size_t runs = 0;
  *pairs = 0;
  for (int s = 0; s < studies; s++) {
    for (int p = 0; p < report[s].pairs; p++) {
      const co_json *list = returns_of(&report[s], p, strategy);
      runs += list ? co_json_count(list) : 0;
      *pairs += list != NULL;
    }
  }
  return runs;
}

static co_status read_arm(const co_report *report, int studies, const char *strategy,
                          co_arena *arena, co_across_arm *arm) {
  int pairs;
  size_t runs = count_runs(report, studies, strategy, &pairs);
  int *first = co_arena_alloc(arena, (size_t)pairs + 1, sizeof *first);
  *arm = (co_across_arm){.strategy = strategy, .first = first};
  arm->value = co_arena_alloc(arena, runs, sizeof *arm->value);
  arm->score = co_arena_alloc(arena, runs, sizeof *arm->score);
  arm->scratch = co_arena_alloc(arena, runs, sizeof *arm->scratch);
  if (!first || !arm->value || !arm->score || !arm->scratch) return CO_MEMORY;
  for (int s = 0; s < studies; s++) {
    for (int p = 0; p < report[s].pairs; p++) {
      const co_json *list = returns_of(&report[s], p, strategy);
      if (list && !co_report_skipped(&report[s], p) && counts_here(&report[s], p, strategy))
        add_runs(&report[s], p, list, first, arm);
    }
  }
  return CO_OK;
}

// ---- statistics of a resample, in which row r occurs count[r] times

static double score_at(int point) {
  return CO_PROFILE_END * point / (CO_PROFILE_POINTS - 1);
}

static int times(const int *count, int row) {
  return count ? count[row] : 1;
}

// Shares of runs above each score, of those that have one, then the improvement.
enum { OUTS = CO_PROFILE_POINTS + 1 };

static void shares(const co_across_arm *arm, const int *count, double *out) {
  int scored = 0;
  for (int r = 0; r < arm->rows; r++) scored += isnan(arm->score[r]) ? 0 : times(count, r);
  for (int i = 0; i < CO_PROFILE_POINTS; i++) {
    int above = 0;
    for (int r = 0; r < arm->rows; r++) above += arm->score[r] > score_at(i) ? times(count, r) : 0;
    out[i] = scored ? (double)above / scored : (double)NAN;
  }
}

// P(X > Y) + P(X = Y) / 2 within a target, over all pairs of runs; NAN without scratch.
static double improvement_in(const co_across_arm *arm, int task, const int *count) {
  double wins = 0, pairs = 0;
  for (int i = arm->first[task]; i < arm->first[task + 1]; i++) {
    for (int k = arm->first[task]; k < arm->first[task + 1]; k++) {
      if (isnan(arm->scratch[k])) continue;
      double weight = (double)times(count, i) * times(count, k);
      double x = arm->value[i], y = arm->scratch[k];
      wins += x > y ? weight : x < y ? 0 : weight / 2;
      pairs += weight;
    }
  }
  return pairs > 0 ? wins / pairs : (double)NAN;
}

static void evaluate(const void *context, const int *count, double *scratch, double *out) {
  const co_across_arm *arm = context;
  double sum = 0;
  int tasks = 0;
  (void)scratch;
  shares(arm, count, out);
  for (int t = 0; t < arm->tasks; t++) {
    double p = improvement_in(arm, t, count);
    if (isnan(p)) continue;
    sum += p;
    tasks++;
  }
  out[CO_PROFILE_POINTS] = tasks ? sum / tasks : (double)NAN;
}

static int fewest_runs(const co_across_arm *arm) {
  int least = 0;
  for (int t = 0; t < arm->tasks; t++)
    least = co_report_least(least, arm->first[t + 1] - arm->first[t]);
  return least;
}

// Targets are strata, runs units of one row.
static co_status estimate(co_across_arm *arm, co_arena *arena) {
  enum { REPETITIONS = 2000 };
  double value[OUTS];
  co_interval interval[OUTS];
  int *unit = co_arena_alloc(arena, (size_t)arm->rows + 1, sizeof *unit);
  if (!unit) return CO_MEMORY;
  for (int r = 0; r <= arm->rows; r++) unit[r] = r;
  co_design design = {.strata = arm->tasks, .stratum = arm->first, .unit = unit};
  co_statistic statistic = {.evaluate = evaluate, .context = arm, .outs = OUTS};
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = REPETITIONS;
  CO_TRY(co_bootstrap(&def, &design, &statistic, NULL, interval));
  evaluate(arm, NULL, NULL, value);
  for (int i = 0; i < OUTS; i++) {
    co_estimate *out = i < CO_PROFILE_POINTS ? &arm->share[i] : &arm->improvement;
    *out = (co_estimate){
        .value = value[i], .lo = interval[i].lo, .hi = interval[i].hi, .n = fewest_runs(arm)};
  }
  return CO_OK;
}

// ---- all of it

static bool is_known(const co_across *across, const char *strategy) {
  for (int i = 0; i < across->arms; i++)
    if (strcmp(across->arm[i].strategy, strategy) == 0) return true;
  return false;
}

static co_status add_arm(const co_report *report, int studies, int study, int strategy,
                         co_across *out) {
  co_across_arm *arm = &out->arm[out->arms];
  CO_TRY(read_arm(report, studies, report[study].strategy[strategy], &out->arena, arm));
  if (arm->tasks == 0) return CO_OK;
  arm->color = co_report_color(&report[study], strategy);
  arm->mark = co_report_mark(&report[study], strategy);
  CO_TRY(estimate(arm, &out->arena));
  if (co_report_is_scratch(&report[study], strategy)) arm->improvement.value = NAN;
  if (arm->tasks > out->tasks) out->tasks = arm->tasks;
  if (arm->scored > out->scored) out->scored = arm->scored;
  out->arms++;
  return CO_OK;
}

co_status co_across_create(const co_report *report, int studies, co_across *out) {
  size_t most = 0;
  *out = (co_across){0};
  for (int s = 0; s < studies; s++) most += (size_t)report[s].strategies;
  out->arm = co_arena_alloc(&out->arena, most, sizeof *out->arm);
  if (!out->arm) return CO_MEMORY;
  for (int s = 0; s < studies; s++) {
    for (int i = 0; i < report[s].strategies; i++) {
      if (!is_known(out, report[s].strategy[i])) CO_TRY(add_arm(report, studies, s, i, out));
    }
  }
  return CO_OK;
}

void co_across_free(co_across *across) {
  co_arena_free(&across->arena);
}
