#include "transfer/measure/measure.h"

#include "core/memory.h"
#include "transfer/measure/private/compare.h"
#include "transfer/measure/private/rules.h"
#include "transfer/measure/private/values.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// A pair while its metrics are made; what the result does not keep lives in `scratch`.
typedef struct pair_work {
  const co_pair_data *data;
  co_pair_result *result;
  co_arm_values *values;   // (arms)
  co_arm_sample *sample;   // (arms)
  co_interval **interval;  // (arms) CO_METRIC_COUNT and the curve's points each
  double threshold[CO_THRESHOLDS];
  co_arena *keep, *scratch;
} pair_work;

static void check_pair(const co_pair_data *pair) {
  assert(0 < pair->units && pair->units <= pair->runs && pair->unit[0] == 0);
  assert(pair->unit[pair->runs - 1] == pair->units - 1 && pair->groups > 0 && pair->arms > 0);
  assert(pair->oracles >= 0);
  for (int r = 1; r < pair->runs; r++) {
    assert(pair->unit[r] == pair->unit[r - 1] || pair->unit[r] == pair->unit[r - 1] + 1);
  }
  for (int g = 0; g < pair->groups; g++) {
    const co_arm_group *group = &pair->group[g];
    assert(group->evals > 0 && group->scratch < pair->arms);
    for (int k = 1; k < group->evals; k++) assert(group->step[k] > group->step[k - 1]);
    (void)group;
  }
  (void)pair;
}

// Stated by the study, else half and nine tenths of the way from random to the oracle.
static co_status set_thresholds(pair_work *w) {
  const co_pair_data *pair = w->data;
  w->threshold[0] = pair->threshold;
  w->threshold[1] = NAN;
  if (!isnan(pair->threshold) || pair->oracles == 0) return CO_OK;
  co_rank *oracle = co_rank_values(w->scratch, pair->oracle, pair->oracles, 0);
  if (!oracle) return CO_MEMORY;
  double span = co_ranked_iqm(oracle, pair->oracles, NULL) - pair->target_random;
  if (!(span > 0)) return CO_OK;
  w->threshold[0] = pair->target_random + 0.5 * span;
  w->threshold[1] = pair->target_random + 0.9 * span;
  return CO_OK;
}

static co_status prepare(pair_work *w) {
  size_t arms = (size_t)w->data->arms;
  w->result->arm = co_arena_alloc(w->keep, arms, sizeof *w->result->arm);
  w->values = co_arena_alloc(w->scratch, arms, sizeof *w->values);
  w->sample = co_arena_alloc(w->scratch, arms, sizeof *w->sample);
  w->interval = co_arena_alloc(w->scratch, arms, sizeof *w->interval);
  CO_TRY(co_arena_status(w->keep));
  CO_TRY(co_arena_status(w->scratch));
  for (int a = 0; a < w->data->arms; a++) {
    CO_TRY(co_arm_values_make(w->data, &w->data->arm[a], w->scratch, &w->values[a]));
  }
  return set_thresholds(w);
}

static const co_arm_values *scratch_of(const pair_work *w, int arm) {
  int scratch = co_arm_group_of(w->data, arm)->scratch;
  return scratch < 0 || scratch == arm ? NULL : &w->values[scratch];
}

static co_status keep_runs(pair_work *w, int a) {
  co_arm_result *arm = &w->result->arm[a];
  const co_arm_values *t = &w->values[a], *s = scratch_of(w, a);
  size_t runs = (size_t)w->data->runs;
  arm->failed = t->failed;
  arm->diverged = t->diverged;
  arm->final_return = co_arena_alloc(w->keep, runs, sizeof(double));
  if (s) arm->difference = co_arena_alloc(w->keep, runs, sizeof(double));
  CO_TRY(co_arena_status(w->keep));
  for (int r = 0; r < w->data->runs; r++) {
    arm->final_return[r] = t->final_return[r];
    if (s) arm->difference[r] = t->final_return[r] - s->final_return[r];
  }
  return CO_OK;
}

static co_status keep_curve(pair_work *w, int a, const double *point) {
  co_arm_result *arm = &w->result->arm[a];
  const co_interval *interval = w->interval[a] + CO_METRIC_COUNT;
  arm->evals = w->sample[a].evals;
  arm->iqm = co_arena_alloc(w->keep, 3 * (size_t)arm->evals, sizeof(double));
  if (!arm->iqm) return CO_MEMORY;
  arm->lo = arm->iqm + arm->evals;
  arm->hi = arm->lo + arm->evals;
  for (int k = 0; k < arm->evals; k++) {
    arm->iqm[k] = point[CO_METRIC_COUNT + k];
    arm->lo[k] = w->data->units > 1 ? interval[k].lo : (double)NAN;
    arm->hi[k] = w->data->units > 1 ? interval[k].hi : (double)NAN;
  }
  return CO_OK;
}

// Point estimates and intervals of all metrics and curve points of an arm, from the same resamples.
static co_status measure_arm(pair_work *w, int a, const co_bootstrap_def *def, co_pool *pool) {
  co_arm_sample *sample = &w->sample[a];
  CO_TRY(co_arm_sample_make(w->data, &w->data->arm[a], &w->values[a], scratch_of(w, a),
                            w->threshold, w->scratch, sample));
  int outs = CO_METRIC_COUNT + sample->evals;
  co_design design = co_pair_design(w->data, w->scratch);
  double *point = co_arena_alloc(w->scratch, (size_t)outs, sizeof *point);
  w->interval[a] = co_arena_alloc(w->scratch, (size_t)outs, sizeof **w->interval);
  CO_TRY(co_arena_status(w->scratch));
  co_arm_statistic(sample, NULL, NULL, point);
  co_statistic statistic = {co_arm_statistic, sample, outs, 0};
  CO_TRY(co_bootstrap(def, &design, &statistic, pool, w->interval[a]));
  for (int id = 0; id < CO_METRIC_COUNT; id++) {
    const co_interval *interval = &w->interval[a][id];
    w->result->arm[a].metric[id] =
        (co_metric){.value = point[id], .lo = interval->lo, .hi = interval->hi, .note = ""};
  }
  CO_TRY(keep_runs(w, a));
  return keep_curve(w, a, point);
}

static co_status measure_pair(pair_work *w, const co_bootstrap_def *def, co_pool *pool) {
  CO_TRY(prepare(w));
  for (int a = 0; a < w->data->arms; a++) CO_TRY(measure_arm(w, a, def, pool));
  co_pair_judge(w->data, w->sample, w->result);
  for (int a = 0; a < w->data->arms; a++) {
    co_arm_case c = {.pair = w->data,
                     .found = w->result,
                     .arm = &w->data->arm[a],
                     .group = co_arm_group_of(w->data, a),
                     .sample = &w->sample[a],
                     .values = &w->values[a],
                     .scratch = scratch_of(w, a),
                     .interval = w->interval[a],
                     .threshold = w->threshold,
                     .def = def,
                     .arena = w->keep};
    CO_TRY(co_arm_judge(&c, w->result->arm[a].metric));
  }
  return CO_OK;
}

// Which test told is known once the size of the family is.
static co_status note_test(co_metrics *m, const co_comparison *c, co_metric *metric) {
  if (!c->planned || c->paired) return CO_OK;
  co_buf note = {0};
  co_buf_printf(&note, "%s%stested unpaired", metric->note, *metric->note ? "; " : "");
  co_status status = co_buf_status(&note);
  if (status == CO_OK) metric->note = co_arena_strdup(&m->arena, note.data);
  co_buf_free(&note);
  return status == CO_OK ? co_arena_status(&m->arena) : status;
}

static co_status note_tests(co_metrics *m) {
  for (int i = 0; i < m->pairs; i++)
    for (int a = 0; a < m->data[i].arms; a++) {
      co_arm_result *arm = &m->pair[i].arm[a];
      CO_TRY(note_test(m, &arm->scratch, &arm->metric[CO_METRIC_difference_to_scratch]));
    }
  return CO_OK;
}

static co_status measure(co_metrics *m, const co_bootstrap_def *def, co_pool *pool,
                         co_arena *scratch) {
  co_arm_values **values = co_arena_alloc(scratch, (size_t)m->pairs, sizeof *values);
  m->pair = co_arena_alloc(&m->arena, (size_t)m->pairs, sizeof *m->pair);
  CO_TRY(co_arena_status(scratch));
  CO_TRY(co_arena_status(&m->arena));
  for (int i = 0; i < m->pairs; i++) {
    check_pair(&m->data[i]);
    pair_work work = {
        .data = &m->data[i], .result = &m->pair[i], .keep = &m->arena, .scratch = scratch};
    CO_TRY(measure_pair(&work, def, pool));
    values[i] = work.values;
  }
  CO_TRY(co_metrics_compare(m, values, def, pool));
  return note_tests(m);
}

co_status co_metrics_create(const co_pair_data *data, int pairs, const co_bootstrap_def *def,
                            co_pool *pool, co_metrics **out) {
  co_metrics *m = co_alloc(1, sizeof *m);
  if (!m) return CO_MEMORY;
  m->pairs = pairs;
  m->data = data;
  co_arena scratch = {0};
  co_status status = measure(m, def, pool, &scratch);
  co_arena_free(&scratch);
  if (status != CO_OK) {
    co_metrics_free(m);
    return status;
  }
  *out = m;
  return CO_OK;
}

void co_metrics_free(co_metrics *metrics) {
  if (!metrics) return;
  co_arena_free(&metrics->arena);
  free(metrics);
}

co_json *co_metrics_json(const co_arm_result *arm) {
  co_json *all = co_json_object();
  for (int id = 0; id < CO_METRIC_COUNT; id++) {
    const co_metric *metric = &arm->metric[id];
    co_json *one = co_json_object();
    co_json_set_number(one, "value", metric->value);
    co_json_set_number(one, "lo", metric->lo);
    co_json_set_number(one, "hi", metric->hi);
    co_json_set_int(one, "n", metric->n);
    co_json_set_int(one, "censored", metric->censored);
    co_json_set_string(one, "note", metric->note);
    co_json_set(all, co_metric_table[id].name, one);
  }
  return all;
}
