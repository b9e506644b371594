#include "transfer/measure/private/compare.h"

#include "core/stats/significance.h"

#include <limits.h>
#include <math.h>

#define POWER 0.8

typedef struct comparer {
  co_metrics *metrics;
  co_arm_values *const *values;  // (pairs) of arms
  const co_bootstrap_def *def;
  co_pool *pool;
  co_arena arena;
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
  if (!design.unit || !values.rank) return CO_MEMORY;
  co_statistic statistic = {column_iqm, &values, 1, 0};
  co_interval interval;
  CO_TRY(co_bootstrap(c->def, &design, &statistic, c->pool, &interval));
  out->difference = co_ranked_iqm(values.rank, pair->runs, NULL);
  out->lo = pair->units > 1 ? interval.lo : (double)NAN;
  out->hi = pair->units > 1 ? interval.hi : (double)NAN;
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

// The difference told is an interquartile mean, the tests are on the mean or on ranks: a few
// extreme runs can turn one and not the other, and then nothing is told apart.
static bool point_the_same_way(double difference, double tested) {
  return (difference > 0 && tested > 0) || (difference < 0 && tested < 0);
}

// What is seen of arms x and y, run by run. `difference` (runs) is filled.
static co_status observe(comparer *c, int p, int x, int y, double *difference, co_comparison *out) {
  const co_pair_data *pair = &c->metrics->data[p];
  *out = (co_comparison){.n = pair->units, .runs = pair->runs, .p = NAN, .p_holm = NAN};
  for (int r = 0; r < pair->runs; r++) {
    difference[r] = c->values[p][x].final_return[r] - c->values[p][y].final_return[r];
    out->above += difference[r] > 0;
    out->below += difference[r] < 0;
  }
  return find_difference(c, pair, difference, &c->arena, out);
}

static co_status compare(comparer *c, int p, int family, co_planned_result *plan) {
  const co_pair_data *pair = &c->metrics->data[p];
  co_comparison *out = &plan->comparison;
  double *difference = co_arena_alloc(&c->arena, (size_t)pair->runs, sizeof(double));
  double *work = co_arena_alloc(&c->arena, 3 * (size_t)pair->units, sizeof(double));
  CO_TRY(co_arena_status(&c->arena));
  double *of_units = work, *x = work + pair->units, *y = x + pair->units;
  CO_TRY(observe(c, p, plan->x, plan->y, difference, out));
  unit_means(pair, difference, of_units);
  out->planned = true;
  out->paired = co_test_plan_make(pair->units, family, CO_FAMILY_LEVEL).paired;
  bool same_way;
  if (out->paired) {
    out->p = co_sign_flip_p(of_units, pair->units, &c->def->stream);
    same_way = point_the_same_way(out->difference, co_mean(of_units, pair->units));
  } else {
    unit_means(pair, c->values[p][plan->x].final_return, x);
    unit_means(pair, c->values[p][plan->y].final_return, y);
    CO_TRY(co_permutation_p(x, pair->units, y, pair->units, &c->def->stream, &out->p));
    same_way =
        point_the_same_way(out->difference, co_p_greater(x, pair->units, y, pair->units) - 0.5);
  }
  out->told_apart = same_way;  // if p is small enough, which only all together can say
  out->seeds_needed = co_pairs_needed(of_units, pair->units, CO_FAMILY_LEVEL / family, POWER);
  return CO_OK;
}

// ---- the family ----

static void judge(co_comparison *c, double p_holm, int needed) {
  c->p_holm = p_holm;
  c->told_apart &= p_holm < CO_FAMILY_LEVEL;
  if (c->told_apart) return;
  // what was seen did not suffice, whatever the normal formula says
  if (c->seeds_needed < needed) c->seeds_needed = needed;
  if (c->seeds_needed <= c->n) c->seeds_needed = c->n + 1;
}

static co_status correct(comparer *c) {
  co_metrics *m = c->metrics;
  double *p = co_arena_alloc(&c->arena, 2 * (size_t)m->family, sizeof *p);
  if (!p) return CO_MEMORY;
  double *adjusted = p + m->family;
  int count = 0;
  for (int i = 0; i < m->pairs; i++)
    for (int k = 0; k < m->pair[i].planned; k++) p[count++] = m->pair[i].plan[k].comparison.p;
  co_holm(p, count, adjusted);
  count = 0;
  for (int i = 0; i < m->pairs; i++) {
    int needed = co_test_plan_make(m->data[i].units, m->family, CO_FAMILY_LEVEL).needed;
    for (int k = 0; k < m->pair[i].planned; k++)
      judge(&m->pair[i].plan[k].comparison, adjusted[count++], needed);
  }
  return CO_OK;
}

static bool is_whole(const comparer *c, int pair, int arm) {
  const double *final_return = c->values[pair][arm].final_return;
  for (int r = 0; r < c->metrics->data[pair].runs; r++) {
    if (isnan(final_return[r])) return false;
  }
  return true;
}

// Zero-shot uses no target steps, so it is no arm of a comparison at equal budget.
static bool is_compared(const co_pair_data *pair, int x, int y) {
  return x != y && pair->arm[x].trains && pair->arm[y].trains;
}

bool co_pair_plans(const co_pair_data *pair, int x, int y) {
  if (!is_compared(pair, x, y)) return false;
  if (!pair->plan)
    return co_arm_group_of(pair, x)->scratch == y || co_arm_group_of(pair, y)->scratch == x;
  for (int i = 0; i < pair->plans; i++) {
    const co_arm_pair *plan = &pair->plan[i];
    if ((plan->x == x && plan->y == y) || (plan->x == y && plan->y == x)) return true;
  }
  return false;
}

static void add(const comparer *c, int pair, int x, int y) {
  co_pair_result *result = &c->metrics->pair[pair];
  if (!is_compared(&c->metrics->data[pair], x, y) || !is_whole(c, pair, x) || !is_whole(c, pair, y))
    return;
  result->plan[result->planned++] = (co_planned_result){.x = x, .y = y};
  c->metrics->family++;
}

static co_status plan_pair(comparer *c, int i) {
  const co_pair_data *pair = &c->metrics->data[i];
  size_t most = (size_t)(pair->plan ? pair->plans : pair->arms);
  c->metrics->pair[i].plan =
      co_arena_alloc(&c->metrics->arena, most + 1, sizeof *c->metrics->pair[i].plan);
  if (!c->metrics->pair[i].plan) return CO_MEMORY;
  for (int k = 0; pair->plan && k < pair->plans; k++) add(c, i, pair->plan[k].x, pair->plan[k].y);
  for (int a = 0; !pair->plan && a < pair->arms; a++)
    if (co_arm_group_of(pair, a)->scratch >= 0) add(c, i, a, co_arm_group_of(pair, a)->scratch);
  return CO_OK;
}

static co_status run_family(comparer *c) {
  co_metrics *m = c->metrics;
  for (int i = 0; i < m->pairs; i++) CO_TRY(plan_pair(c, i));
  for (int i = 0; i < m->pairs; i++)
    for (int k = 0; k < m->pair[i].planned; k++)
      CO_TRY(compare(c, i, m->family, &m->pair[i].plan[k]));
  return m->family ? correct(c) : CO_OK;
}

// ---- what is shown of every arm ----

static co_comparison turned(const co_comparison *c) {
  co_comparison out = *c;
  out.difference = -c->difference;
  out.lo = -c->hi;
  out.hi = -c->lo;
  out.above = c->below;
  out.below = c->above;
  return out;
}

// Arm x minus arm y: as planned, else with an interval and no test.
static co_status show(comparer *c, int p, int x, int y, co_comparison *out) {
  const co_pair_result *result = &c->metrics->pair[p];
  if (!is_compared(&c->metrics->data[p], x, y) || !is_whole(c, p, x) || !is_whole(c, p, y))
    return CO_OK;
  for (int k = 0; k < result->planned; k++) {
    const co_planned_result *plan = &result->plan[k];
    if (plan->x == x && plan->y == y) return *out = plan->comparison, CO_OK;
    if (plan->x == y && plan->y == x) return *out = turned(&plan->comparison), CO_OK;
  }
  double *difference =
      co_arena_alloc(&c->arena, (size_t)c->metrics->data[p].runs, sizeof *difference);
  return difference ? observe(c, p, x, y, difference, out) : CO_MEMORY;
}

static co_status show_pair(comparer *c, int p) {
  const co_pair_data *pair = &c->metrics->data[p];
  co_pair_result *result = &c->metrics->pair[p];
  for (int a = 0; a < pair->arms; a++) {
    co_arm_result *arm = &result->arm[a];
    int scratch = co_arm_group_of(pair, a)->scratch, highest = result->best_scratch;
    if (scratch >= 0) CO_TRY(show(c, p, a, scratch, &arm->scratch));
    if (highest >= 0 && highest != scratch) CO_TRY(show(c, p, a, highest, &arm->best_scratch));
    // with its own scratch the best stands above
    if (result->best >= 0 && a != co_arm_group_of(pair, result->best)->scratch)
      CO_TRY(show(c, p, result->best, a, &arm->best));
  }
  return CO_OK;
}

co_status co_metrics_compare(co_metrics *metrics, co_arm_values *const *values,
                             const co_bootstrap_def *def, co_pool *pool) {
  comparer c = {.metrics = metrics, .values = values, .def = def, .pool = pool};
  co_status status = run_family(&c);
  for (int i = 0; i < metrics->pairs && status == CO_OK; i++) status = show_pair(&c, i);
  co_arena_free(&c.arena);
  return status;
}
