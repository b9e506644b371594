#include "transfer/metrics_compare.h"

#include "core/significance.h"

#include <limits.h>
#include <math.h>

#define POWER 0.8

// One comparison of the study: arm x minus arm y of a pair, and where the result goes.
typedef struct planned {
  int pair;
  const co_arm_values *x, *y;
  co_comparison *out;
  bool same_way;  // the test's figure points where the reported difference does
} planned;

typedef struct comparer {
  co_metrics *metrics;
  const co_bootstrap_def *def;
  co_pool *pool;
  planned *plan;  // (count)
  int count;
} comparer;

co_design co_pair_design(const co_pair_data *pair, co_arena *arena) {
  int oracles = pair->oracles;
  int *stratum = co_arena_alloc(arena, 3, sizeof *stratum);
  int *unit = co_arena_alloc(arena, (size_t)(pair->units + oracles) + 1, sizeof *unit);
  co_design design = {.strata = oracles ? 2 : 1, .stratum = stratum, .unit = unit};
  if (!stratum || !unit) return (co_design){0};
  stratum[1] = pair->units;
  stratum[2] = pair->units + oracles;
  for (int r = 0; r < pair->runs; r++) unit[pair->unit[r] + 1] = r + 1;
  for (int i = 1; i <= oracles; i++) unit[pair->units + i] = pair->runs + i;
  return design;
}

typedef struct column {
  const co_rank *rank;
  int n;
} column;

static void column_iqm(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const column *c = context;
  out[0] = co_ranked_iqm(c->rank, c->n, count);
}

static co_status find_difference(comparer *c, const co_pair_data *pair, const double *difference,
                                 co_arena *arena, co_comparison *out) {
  co_design design = co_pair_design(pair, arena);
  column values = {co_rank_values(arena, difference, pair->runs, 0), pair->runs};
  if (!design.unit || !values.rank) return co_fail(CO_MEMORY, "out of memory for comparisons");
  co_statistic statistic = {column_iqm, &values, 1, 0};
  co_interval interval;
  CO_TRY(co_bootstrap(c->def, &design, &statistic, c->pool, &interval));
  out->difference = co_ranked_iqm(values.rank, pair->runs, NULL);
  out->lo = pair->units > 1 ? interval.lo : NAN;
  out->hi = pair->units > 1 ? interval.hi : NAN;
  return CO_OK;
}

// Means over the target seeds of each unit: tests count units.
static void unit_means(const co_pair_data *pair, const double *of_run, double *of_unit) {
  for (int r = 0, from = 0; r < pair->runs; r++) {
    if (r + 1 < pair->runs && pair->unit[r + 1] == pair->unit[r]) continue;
    of_unit[pair->unit[r]] = co_mean(of_run + from, r + 1 - from);
    from = r + 1;
  }
}

// Smallest p the two tests can give with n units.
static double smallest_paired_p(int n) {
  return pow(2, 1 - n);
}

static double smallest_unpaired_p(int n) {
  double ways = 1;
  for (int i = 1; i <= n; i++) ways *= (double)(n + i) / i;
  return 2 / ways;
}

// The paired test is the natural one, since arms share source seeds and episode seeds; but with 5
// units its smallest p is 0.06, so that nothing could ever be found. Where it can't reach the level
// of the family the two-sample test is taken, which ignores the pairing and so errs to the side of
// caution as long as runs that share seeds are not the less alike for it. The choice depends on n
// and the family, not on data.
static bool paired_test_can_find(int n, int family) {
  return family * smallest_paired_p(n) <= CO_FAMILY_LEVEL;
}

static int fewest_units_that_can_find(int family) {
  int n = 2;
  while (family * fmin(smallest_paired_p(n), smallest_unpaired_p(n)) > CO_FAMILY_LEVEL) n++;
  return n;
}

// The difference told is an interquartile mean, the tests are on the mean or on ranks: a few
// extreme runs can turn one and not the other, and then nothing is told apart.
static bool point_the_same_way(double difference, double tested) {
  return (difference > 0 && tested > 0) || (difference < 0 && tested < 0);
}

static co_status compare(comparer *c, planned *plan, int family, co_arena *arena) {
  const co_pair_data *pair = &c->metrics->data[plan->pair];
  co_comparison *out = plan->out;
  double *difference = co_arena_alloc(arena, (size_t)pair->runs, sizeof(double));
  double *work = co_arena_alloc(arena, 3 * (size_t)pair->units, sizeof(double));
  if (!difference || !work) return co_fail(CO_MEMORY, "out of memory for comparisons");
  double *of_units = work, *x = work + pair->units, *y = x + pair->units;
  *out = (co_comparison){.n = pair->units, .runs = pair->runs};
  for (int r = 0; r < pair->runs; r++) {
    difference[r] = plan->x->final_return[r] - plan->y->final_return[r];
    out->above += difference[r] > 0;
    out->below += difference[r] < 0;
  }
  CO_TRY(find_difference(c, pair, difference, arena, out));
  unit_means(pair, difference, of_units);
  out->paired = paired_test_can_find(pair->units, family);
  if (out->paired) {
    out->p = co_sign_flip_p(of_units, pair->units, &c->def->stream);
    plan->same_way = point_the_same_way(out->difference, co_mean(of_units, pair->units));
  } else {
    unit_means(pair, plan->x->final_return, x);
    unit_means(pair, plan->y->final_return, y);
    CO_TRY(co_permutation_p(x, pair->units, y, pair->units, &c->def->stream, &out->p));
    plan->same_way =
        point_the_same_way(out->difference, co_p_greater(x, pair->units, y, pair->units) - 0.5);
  }
  out->seeds_needed = co_pairs_needed(of_units, pair->units, CO_FAMILY_LEVEL / family, POWER);
  return CO_OK;
}

static co_status correct(comparer *c, co_arena *arena) {
  double *p = co_arena_alloc(arena, 2 * (size_t)c->count, sizeof *p);
  if (!p) return co_fail(CO_MEMORY, "out of memory for comparisons");
  double *adjusted = p + c->count;
  for (int i = 0; i < c->count; i++) p[i] = c->plan[i].out->p;
  co_holm(p, c->count, adjusted);
  int fewest = fewest_units_that_can_find(c->count);
  for (int i = 0; i < c->count; i++) {
    co_comparison *out = c->plan[i].out;
    out->p_holm = adjusted[i];
    out->told_apart = adjusted[i] < CO_FAMILY_LEVEL && c->plan[i].same_way;
    if (out->told_apart) continue;
    // what was seen did not suffice, whatever the normal formula says
    if (out->seeds_needed < fewest) out->seeds_needed = fewest;
    if (out->seeds_needed <= out->n) out->seeds_needed = out->n + 1;
  }
  return CO_OK;
}

static bool is_whole(const co_arm_values *values, int runs) {
  for (int r = 0; r < runs; r++) {
    if (isnan(values->final_return[r])) return false;
  }
  return true;
}

static void add(comparer *c, int pair, const co_arm_values *x, const co_arm_values *y,
                co_comparison *out) {
  int runs = c->metrics->data[pair].runs;
  if (is_whole(x, runs) && is_whole(y, runs))
    c->plan[c->count++] = (planned){pair, x, y, out, false};
}

// Zero-shot uses no target steps, so it is no arm of a comparison at equal budget.
static void plan_with_scratch(comparer *c, co_arm_values *const *values) {
  for (int i = 0; i < c->metrics->pairs; i++) {
    const co_pair_data *pair = &c->metrics->data[i];
    for (int a = 0; a < pair->arms; a++) {
      if (pair->scratch < 0 || a == pair->scratch || !pair->arm[a].trains) continue;
      add(c, i, &values[i][a], &values[i][pair->scratch], &c->metrics->pair[i].arm[a].scratch);
    }
  }
}

static void plan_with_best(comparer *c, co_arm_values *const *values) {
  for (int i = 0; i < c->metrics->pairs; i++) {
    const co_pair_data *pair = &c->metrics->data[i];
    int best = c->metrics->pair[i].best;
    for (int a = 0; a < pair->arms; a++) {
      if (best < 0 || a == best || a == pair->scratch || !pair->arm[a].trains) continue;
      add(c, i, &values[i][best], &values[i][a], &c->metrics->pair[i].arm[a].best);
    }
  }
}

static co_status run_family(comparer *c, co_arena *arena) {
  for (int i = 0; i < c->count; i++) CO_TRY(compare(c, &c->plan[i], c->count, arena));
  return c->count ? correct(c, arena) : CO_OK;
}

co_status co_metrics_compare(co_metrics *metrics, co_arm_values *const *values,
                             const co_bootstrap_def *def, co_pool *pool) {
  co_arena arena = {0};
  size_t most = 0;
  for (int i = 0; i < metrics->pairs; i++) most += (size_t)metrics->data[i].arms;
  comparer c = {.metrics = metrics, .def = def, .pool = pool};
  c.plan = co_arena_alloc(&arena, most, sizeof *c.plan);
  co_status status = c.plan ? CO_OK : co_fail(CO_MEMORY, "out of memory for comparisons");
  if (status == CO_OK) {
    plan_with_scratch(&c, values);
    metrics->family = c.count;
    status = run_family(&c, &arena);
  }
  if (status == CO_OK) {
    c.count = 0;
    plan_with_best(&c, values);
    status = run_family(&c, &arena);
  }
  co_arena_free(&arena);
  return status;
}
