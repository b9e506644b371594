#include "transfer/measure/private/values.h"

#include <math.h>

// ---- values of runs ----

// What a failed run counts as: its last valid evaluation or random, whichever is lower.
static double failure_value(const co_pair_data *pair, const co_arm_run *run) {
  if (run->diverged && isfinite(run->final_return))
    return fmin(run->final_return, pair->target_random);
  if (!run->curve || run->valid_evals <= 0) return pair->target_random;
  return fmin(run->curve[run->valid_evals - 1], pair->target_random);  // fmin ignores NAN
}

static void fill_run(const co_pair_data *pair, const co_arm_run *run, co_arm_values *v, int r) {
  double failure = failure_value(pair, run);
  for (int k = 0; k < v->evals; k++) {
    bool real = run->curve && !(run->failed && k >= run->valid_evals);
    v->curve[r * v->evals + k] = real ? run->curve[k] : run->failed ? failure : (double)NAN;
  }
  v->final_return[r] = run->failed ? failure : run->final_return;
  v->failed += run->failed;
  v->diverged += run->diverged;
}

// Mean height of the curve up to step `until`: trapezoids, the last one cut.
static double mean_height(const double *step, const double *curve, int evals, double until) {
  double area = 0;
  for (int k = 1; k < evals && step[k - 1] < until; k++) {
    double end = fmin(step[k], until), share = (end - step[k - 1]) / (step[k] - step[k - 1]);
    double at_end = curve[k - 1] + share * (curve[k] - curve[k - 1]);
    area += (end - step[k - 1]) * (curve[k - 1] + at_end) / 2;
  }
  return area / (until - step[0]);
}

// Mean depth of the curve below where it starts, 0 or less: lines between points, of each what lies
// below.
static double mean_dip(const double *step, const double *curve, int evals) {
  double area = 0;
  for (int k = 1; k < evals; k++) {
    double a = curve[k - 1] - curve[0], b = curve[k] - curve[0], below = fmin(a, 0) + fmin(b, 0);
    bool crosses = (a < 0 && b > 0) || (a > 0 && b < 0);
    double share = crosses ? fabs(below) / (fabs(a) + fabs(b)) : 1;  // of the line that is below
    area += (step[k] - step[k - 1]) * share * below / 2;
    if (isnan(a) || isnan(b)) return NAN;
  }
  return area / (step[evals - 1] - step[0]);
}

static void fill_heights(const co_pair_data *pair, const co_arm_group *group, co_arm_values *v) {
  double first = group->step[0], last = group->step[group->evals - 1];
  int late = v->evals < CO_LATE_EVALS ? v->evals : CO_LATE_EVALS;
  for (int r = 0; r < pair->runs; r++) {
    const double *curve = v->curve + r * v->evals;
    v->area[r] = mean_height(group->step, curve, v->evals, last);
    v->half[r] = mean_height(group->step, curve, v->evals, first + (last - first) / 2);
    v->dip[r] = mean_dip(group->step, curve, v->evals);
    v->late[r] = co_mean(curve + v->evals - late, late);
  }
}

co_status co_arm_values_make(const co_pair_data *pair, const co_arm *arm, co_arena *arena,
                             co_arm_values *out) {
  size_t runs = (size_t)pair->runs;
  const co_arm_group *group = &pair->group[arm->group];
  *out = (co_arm_values){.evals = arm->trains ? group->evals : 1};
  out->curve = co_arena_alloc(arena, runs * (size_t)out->evals, sizeof(double));
  out->final_return = co_arena_alloc(arena, runs, sizeof(double));
  CO_TRY(co_arena_status(arena));
  for (int r = 0; r < pair->runs; r++) fill_run(pair, &arm->run[r], out, r);
  if (!arm->trains || group->evals < 2) return CO_OK;
  out->area = co_arena_alloc(arena, runs, sizeof(double));
  out->half = co_arena_alloc(arena, runs, sizeof(double));
  out->dip = co_arena_alloc(arena, runs, sizeof(double));
  out->late = co_arena_alloc(arena, runs, sizeof(double));
  CO_TRY(co_arena_status(arena));
  fill_heights(pair, group, out);
  return CO_OK;
}

// ---- sorted columns ----

typedef struct builder {
  const co_pair_data *pair;
  const co_arm *arm;
  const co_arm_values *values, *scratch;
  co_arena *arena;
  double *work;  // (runs)
} builder;

// Sorted values of `work`, or NULL when one of them is not a number.
static co_rank *column_of(builder *b, const double *value, int n, int first_row) {
  for (int i = 0; i < n; i++) {
    if (!isfinite(value[i])) return NULL;
  }
  co_rank *rank = co_rank_values(b->arena, value, n, first_row);
  return rank;
}

static co_rank *difference_column(builder *b, const double *x, const double *y, int stride_x,
                                  int stride_y) {
  if (!x || !y) return NULL;
  for (int r = 0; r < b->pair->runs; r++) b->work[r] = x[r * stride_x] - y[r * stride_y];
  return column_of(b, b->work, b->pair->runs, 0);
}

static co_rank *unit_column(builder *b, const double *of_unit) {
  if (!of_unit || !b->arm->copies) return NULL;
  for (int r = 0; r < b->pair->runs; r++) b->work[r] = of_unit[b->pair->unit[r]];
  return column_of(b, b->work, b->pair->runs, 0);
}

static co_rank *forgetting_column(builder *b) {
  const co_pair_data *pair = b->pair;
  if (!pair->source_return || !b->arm->copies || !b->arm->trains) return NULL;
  for (int r = 0; r < pair->runs; r++) {
    const co_arm_run *run = &b->arm->run[r];
    // a policy that is no longer there has forgotten all it had above random
    double after = !run->failed    ? run->source_return
                   : run->diverged ? fmin(run->source_return, pair->source_random)
                                   : pair->source_random;
    b->work[r] = pair->source_return[pair->unit[r]] - after;
  }
  return column_of(b, b->work, pair->runs, 0);
}

static co_rank *dip_column(builder *b) {
  int evals = b->values->evals;
  if (!b->arm->trains || evals < 2) return NULL;
  for (int r = 0; r < b->pair->runs; r++) {
    const double *curve = b->values->curve + r * evals;
    double lowest = curve[1];
    for (int k = 2; k < evals; k++) {  // a gap may hide the lowest, so NAN stays
      if (curve[k] < lowest || isnan(curve[k])) lowest = curve[k];
    }
    b->work[r] = lowest - curve[0];
  }
  return column_of(b, b->work, b->pair->runs, 0);
}

static co_rank *start_column(builder *b) {
  for (int r = 0; r < b->pair->runs; r++) b->work[r] = b->values->curve[r * b->values->evals];
  return column_of(b, b->work, b->pair->runs, 0);
}

static void fill_columns(builder *b, co_rank **column) {
  const co_pair_data *pair = b->pair;
  const co_arm_values *t = b->values, *s = b->scratch;
  column[CO_COLUMN_PI_SOURCE] = unit_column(b, pair->source_return);
  column[CO_COLUMN_PI_TARGET] = unit_column(b, pair->zero_shot);
  column[CO_COLUMN_START] = start_column(b);
  column[CO_COLUMN_FINAL] = column_of(b, t->final_return, pair->runs, 0);
  column[CO_COLUMN_FORGETTING] = forgetting_column(b);
  column[CO_COLUMN_DIP] = dip_column(b);
  if (t->dip) column[CO_COLUMN_DIP_AREA] = column_of(b, t->dip, pair->runs, 0);
  if (pair->oracles > 0) {
    column[CO_COLUMN_ORACLE] = column_of(b, pair->oracle, pair->oracles, pair->runs);
  }
  if (!s) return;
  column[CO_COLUMN_JUMP] = difference_column(b, t->curve, s->curve, t->evals, s->evals);
  column[CO_COLUMN_DIFFERENCE] = difference_column(b, t->final_return, s->final_return, 1, 1);
  column[CO_COLUMN_LATE] = difference_column(b, t->late, s->late, 1, 1);
  column[CO_COLUMN_AREA] = difference_column(b, t->area, s->area, 1, 1);
  column[CO_COLUMN_HALF] = difference_column(b, t->half, s->half, 1, 1);
  if (s->area) column[CO_COLUMN_AREA_SCRATCH] = column_of(b, s->area, pair->runs, 0);
  if (s->half) column[CO_COLUMN_HALF_SCRATCH] = column_of(b, s->half, pair->runs, 0);
}

static void fill_points(builder *b, co_arm_sample *out) {
  out->evals = b->values->evals;
  out->point = co_arena_alloc(b->arena, (size_t)out->evals, sizeof(co_rank *));
  if (!out->point) return;
  for (int k = 0; k < out->evals; k++) {
    for (int r = 0; r < b->pair->runs; r++) b->work[r] = b->values->curve[r * out->evals + k];
    out->point[k] = column_of(b, b->work, b->pair->runs, 0);
  }
}

// The final returns of both arms in one order. A run of one arm and its partner share a row, so
// pairs stay together.
static co_rank *join(builder *b, co_arm_sample *out) {
  if (!out->column[CO_COLUMN_DIFFERENCE]) return NULL;
  int runs = b->pair->runs;
  co_rank *both = co_arena_alloc(b->arena, 2 * (size_t)runs, sizeof *both);
  for (int r = 0; both && r < runs; r++) {
    both[r] = (co_rank){.value = b->values->final_return[r], .row = r};
    both[runs + r] = (co_rank){.value = b->scratch->final_return[r], .row = r, .side = 1};
  }
  if (both) co_rank_sort(both, 2 * runs);
  return both;
}

// The first step from which two evaluations in a row reach the threshold; one alone may be luck.
static co_lifetime time_to(const co_arm_group *group, const double *curve, double threshold,
                           int row) {
  for (int k = 0; k + 1 < group->evals; k++) {
    if (curve[k] >= threshold && curve[k + 1] >= threshold) {
      return (co_lifetime){group->step[k], true, row};
    }
  }
  return (co_lifetime){group->step[group->evals - 1], false, row};
}

static co_lifetime *reach(builder *b, const co_arm_values *v, double threshold) {
  if (!v || !v->area || isnan(threshold)) return NULL;
  for (int i = 0; i < b->pair->runs * v->evals; i++) {
    if (isnan(v->curve[i])) return NULL;
  }
  co_lifetime *life = co_arena_alloc(b->arena, (size_t)b->pair->runs, sizeof *life);
  for (int r = 0; life && r < b->pair->runs; r++) {
    life[r] = time_to(&b->pair->group[b->arm->group], v->curve + r * v->evals, threshold, r);
  }
  if (life) co_lifetime_sort(life, b->pair->runs);
  return life;
}

co_status co_arm_sample_make(const co_pair_data *pair, const co_arm *arm,
                             const co_arm_values *values, const co_arm_values *scratch,
                             const double *threshold, co_arena *arena, co_arm_sample *out) {
  builder b = {pair, arm, values, scratch, arena, NULL};
  *out = (co_arm_sample){.pair = pair, .group = &pair->group[arm->group]};
  b.work = co_arena_alloc(arena, (size_t)pair->runs, sizeof(double));
  if (!b.work) return CO_MEMORY;
  fill_columns(&b, out->column);
  fill_points(&b, out);
  out->both = join(&b, out);
  for (int i = 0; i < CO_THRESHOLDS; i++) {
    out->reach[i] = reach(&b, values, threshold[i]);
    out->reach_scratch[i] = reach(&b, scratch, threshold[i]);
  }
  return co_arena_status(arena);
}

// ---- the statistic ----

double co_column_iqm(const co_arm_sample *sample, co_column column, const int *count) {
  if (!sample->column[column]) return NAN;
  int n = column == CO_COLUMN_ORACLE ? sample->pair->oracles : sample->pair->runs;
  return co_ranked_iqm(sample->column[column], n, count);
}

static double ratio(double part, double whole) {
  return whole > 0 ? part / whole : (double)NAN;
}

static double median_time(const co_arm_sample *sample, const int *count) {
  if (!sample->reach[0]) return NAN;
  double last = sample->group->step[sample->group->evals - 1];
  co_survival s = co_kaplan_meier(sample->reach[0], sample->pair->runs, count, last);
  return isnan(s.median) ? CO_BEYOND * last : s.median;
}

void co_arm_statistic(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const co_arm_sample *sample = context;
  const co_pair_data *pair = sample->pair;
  double c[CO_COLUMNS], random = pair->target_random;
  for (int k = 0; k < CO_COLUMNS; k++) c[k] = co_column_iqm(sample, (co_column)k, count);
  double oracle = c[CO_COLUMN_ORACLE], pi = c[CO_COLUMN_PI_TARGET], area = c[CO_COLUMN_AREA];
  const double value[CO_METRIC_COUNT] = {
      [CO_METRIC_carry_over] = ratio(pi - random, c[CO_COLUMN_PI_SOURCE] - pair->source_random),
      [CO_METRIC_zero_shot] = c[CO_COLUMN_START],
      [CO_METRIC_jumpstart] = c[CO_COLUMN_JUMP],
      [CO_METRIC_final_iqm] = c[CO_COLUMN_FINAL],
      [CO_METRIC_difference_to_scratch] = c[CO_COLUMN_DIFFERENCE],
      [CO_METRIC_asymptotic_gain] = c[CO_COLUMN_LATE],
      // the oracle's area is its final return held over the whole budget, as 1 is in the cited form
      [CO_METRIC_normalised_gain] = ratio(area, oracle - c[CO_COLUMN_AREA_SCRATCH]),
      [CO_METRIC_transfer_ratio] = ratio(area, c[CO_COLUMN_AREA_SCRATCH] - random),
      [CO_METRIC_time_to_threshold] = median_time(sample, count),
      [CO_METRIC_oracle_gap] = ratio(oracle - pi, oracle - random),
      [CO_METRIC_forgetting] = c[CO_COLUMN_FORGETTING],
      [CO_METRIC_dip] = c[CO_COLUMN_DIP],
      [CO_METRIC_p_better_than_scratch] =
          sample->both ? co_ranked_p_greater(sample->both, 2 * pair->runs, count) : (double)NAN,
      [CO_METRIC_negative_transfer] = NAN,
      [CO_METRIC_normalised_score] = 100 * ratio(c[CO_COLUMN_FINAL] - random, oracle - random),
      [CO_METRIC_success_rate] = NAN,
      [CO_METRIC_fall_rate] = NAN,
      [CO_METRIC_area_gain] = area,
      [CO_METRIC_dip_area] = c[CO_COLUMN_DIP_AREA],
  };
  for (int k = 0; k < CO_METRIC_COUNT; k++) out[k] = value[k];
  for (int k = 0; k < sample->evals; k++) {
    out[CO_METRIC_COUNT + k] =
        sample->point[k] ? co_ranked_iqm(sample->point[k], pair->runs, count) : (double)NAN;
  }
}
