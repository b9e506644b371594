#include "core/stats/scores.h"

#include "core/arena.h"
#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

// Rows of the design: task by task the runs of x, then task by task the runs of y. Strata are the
// tasks of each.
typedef struct table {
  int runs, tasks, y_runs, strata;
  unsigned which;
  double *value;    // (tasks x runs) of x
  double *clipped;  // (tasks x runs) min(x, 1)
  co_rank *pooled;  // (tasks x runs) all of x, ascending
  co_rank *both;    // (tasks x (runs + y_runs)) x and y of each task, ascending
  int *stratum;     // (strata + 1)
  int *unit;        // (rows + 1)
} table;

const char *co_score_name(co_score score) {
  static const char *const names[] = {
#define X(name, text) #name,
      CO_SCORE_LIST(X)
#undef X
  };
  return names[score];
}

const char *co_score_text(co_score score) {
  static const char *const texts[] = {
#define X(name, text) text,
      CO_SCORE_LIST(X)
#undef X
  };
  return texts[score];
}

static bool wants(const table *t, co_score score) {
  return t->which >> score & 1;
}

static bool allocate(table *t, co_arena *arena) {
  size_t cells = (size_t)t->tasks * (size_t)t->runs;
  size_t rows = cells + (size_t)t->tasks * (size_t)t->y_runs;
  t->value = co_arena_alloc(arena, cells, sizeof *t->value);
  t->clipped = co_arena_alloc(arena, cells, sizeof *t->clipped);
  t->both = co_arena_alloc(arena, rows, sizeof *t->both);
  t->stratum = co_arena_alloc(arena, (size_t)t->strata + 1, sizeof *t->stratum);
  t->unit = co_arena_alloc(arena, rows + 1, sizeof *t->unit);
  return t->value && t->clipped && t->both && t->stratum && t->unit;
}

static void fill_task(table *t, const co_scores *x, const co_scores *y, int task) {
  co_rank *both = t->both + task * (t->runs + t->y_runs);
  for (int run = 0; run < t->runs; run++) {
    int row = task * t->runs + run;
    double value = x->value[run * t->tasks + task];
    assert(isfinite(value));
    t->value[row] = value;
    t->clipped[row] = value < 1 ? value : 1;
    both[run] = (co_rank){.value = value, .row = row};
  }
  for (int run = 0; run < t->y_runs; run++) {
    both[t->runs + run] = (co_rank){.value = y->value[run * t->tasks + task],
                                    .row = t->tasks * t->runs + task * t->y_runs + run,
                                    .side = 1};
  }
  co_rank_sort(both, t->runs + t->y_runs);
}

static bool build(table *t, const co_scores *x, const co_scores *y, co_arena *arena) {
  if (!allocate(t, arena)) return false;
  for (int task = 0; task < t->tasks; task++) fill_task(t, x, y, task);
  for (int s = 0; s < t->strata; s++) {
    t->stratum[s + 1] = t->stratum[s] + (s < t->tasks ? t->runs : t->y_runs);
  }
  for (int row = 0; row < t->stratum[t->strata]; row++) t->unit[row + 1] = row + 1;
  t->pooled = co_rank_values(arena, t->value, t->tasks * t->runs, 0);
  return t->pooled;
}

static double weighted_sum(const double *value, const int *count, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += count[i] * value[i];
  return sum;
}

static double improvement(const table *t, const int *count) {
  int both = t->runs + t->y_runs;
  double sum = 0;
  for (int task = 0; task < t->tasks; task++) {
    sum += co_ranked_p_greater(t->both + task * both, both, count);
  }
  return sum / t->tasks;
}

static void evaluate(const void *context, const int *count, double *scratch, double *out) {
  const table *t = context;
  int cells = t->tasks * t->runs;
  for (int k = 0; k < CO_SCORE_COUNT; k++) out[k] = NAN;
  if (wants(t, CO_SCORE_iqm)) out[CO_SCORE_iqm] = co_ranked_iqm(t->pooled, cells, count);
  if (wants(t, CO_SCORE_mean) || wants(t, CO_SCORE_median)) {
    for (int task = 0; task < t->tasks; task++) {
      int row = task * t->runs;
      scratch[task] = weighted_sum(t->value + row, count + row, t->runs) / t->runs;
    }
    if (wants(t, CO_SCORE_mean)) out[CO_SCORE_mean] = co_mean(scratch, t->tasks);
  }
  if (wants(t, CO_SCORE_median)) {
    double upper = co_select(scratch, t->tasks, t->tasks / 2);
    double lower = t->tasks % 2 ? upper : co_select(scratch, t->tasks, t->tasks / 2 - 1);
    out[CO_SCORE_median] = (lower + upper) / 2;
  }
  if (wants(t, CO_SCORE_optimality_gap)) {
    out[CO_SCORE_optimality_gap] = 1 - weighted_sum(t->clipped, count, cells) / cells;
  }
  if (wants(t, CO_SCORE_p_improvement)) out[CO_SCORE_p_improvement] = improvement(t, count);
}

// The point estimate is the statistic of the one resample that holds every row once.
static bool estimate(const table *t, co_arena *arena, double *point) {
  int rows = t->stratum[t->strata];
  int *once = co_arena_alloc(arena, (size_t)rows, sizeof *once);
  double *scratch = co_arena_alloc(arena, (size_t)t->tasks, sizeof *scratch);
  if (!once || !scratch) return false;
  for (int i = 0; i < rows; i++) once[i] = 1;
  evaluate(t, once, scratch, point);
  return true;
}

co_status co_scores_summarise(const co_scores *x, const co_scores *y, unsigned which,
                              const co_bootstrap_def *def, co_pool *pool, co_score_summary *out) {
  assert(x->runs > 0 && x->tasks > 0 && (!y || (y->tasks == x->tasks && y->runs > 0)));
  bool compare = y && which >> CO_SCORE_p_improvement & 1;
  table t = {.runs = x->runs,
             .tasks = x->tasks,
             .y_runs = compare ? y->runs : 0,
             .strata = compare ? 2 * x->tasks : x->tasks,
             .which = compare ? which : which & ~(1u << CO_SCORE_p_improvement)};
  co_arena arena = {0};
  co_status status = CO_OK;
  if (build(&t, x, y, &arena) && estimate(&t, &arena, out->point)) {
    co_design design = {.strata = t.strata, .stratum = t.stratum, .unit = t.unit};
    co_statistic statistic = {evaluate, &t, CO_SCORE_COUNT, t.tasks};
    status = co_bootstrap(def, &design, &statistic, pool, out->interval);
  } else {
    status = CO_MEMORY;
  }
  co_arena_free(&arena);
  return status;
}

typedef struct profile {
  const table *table;
  const double *tau;  // (taus)
  int taus;
} profile;

static void evaluate_profile(const void *context, const int *count, double *scratch, double *out) {
  (void)scratch;
  const profile *p = context;
  int cells = p->table->tasks * p->table->runs;
  for (int t = 0; t < p->taus; t++) {
    int above = 0;
    for (int i = 0; i < cells; i++) above += p->table->value[i] > p->tau[t] ? count[i] : 0;
    out[t] = (double)above / cells;
  }
}

co_status co_scores_profile(const co_scores *x, const double *tau, int taus,
                            const co_bootstrap_def *def, co_pool *pool, double *share,
                            co_interval *interval) {
  assert(x->runs > 0 && x->tasks > 0);
  table t = {.runs = x->runs, .tasks = x->tasks, .strata = x->tasks};
  co_arena arena = {0};
  co_status status = CO_OK;
  if (build(&t, x, NULL, &arena)) {
    profile p = {&t, tau, taus};
    co_performance_profile(t.value, x->runs * x->tasks, tau, taus, share);
    co_design design = {.strata = t.strata, .stratum = t.stratum, .unit = t.unit};
    co_statistic statistic = {evaluate_profile, &p, taus, 0};
    status = co_bootstrap(def, &design, &statistic, pool, interval);
  } else {
    status = CO_MEMORY;
  }
  co_arena_free(&arena);
  return status;
}
