// bench stats: bootstrap of aggregate scores.

#include "cli/bench/bench.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/stats/scores.h"

#include <math.h>
#include <stdlib.h>

enum { RUNS = 10, TASKS = 20, MAX_SCORES = 10000000 };

// One table of scores.
typedef struct table {
  double *value;  // (runs x tasks), owned
  int runs, tasks;
} table;

typedef struct state {
  int64_t reps;
  table x, y;
  co_pool *pool;
  double *iqm_wall;  // (repeats) [s] of the interquartile mean alone
  int count;
  co_score_summary summary;
} state;

// --- data

static co_status allocate(table *out, size_t runs, size_t tasks) {
  *out = (table){co_alloc(runs * tasks, sizeof *out->value), (int)runs, (int)tasks};
  return out->value ? CO_OK : CO_MEMORY;
}

// an example of its own: tasks of different difficulty, X a little better than Y
static co_status make_table(uint64_t seed, uint32_t number, double shift, table *out) {
  CO_TRY(allocate(out, RUNS, TASKS));
  co_stream stream = {seed, number, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < RUNS * TASKS; i++)
    out->value[i] = shift + 0.03 * (i % TASKS) + 0.2 * co_rng_normal(&rng);
  return CO_OK;
}

// scores of one seed; every row is as long as the first
static co_status read_row(const co_json *row, const char *file, const char *key, size_t r,
                          table *out) {
  if (!co_json_is_array(row) || co_json_count(row) != (size_t)out->tasks)
    return co_fail(CO_DATA, "%s: %s.%zu: not a list of %d scores like the first", file, key, r,
                   out->tasks);
  for (size_t t = 0; t < (size_t)out->tasks; t++) {
    const co_json *value = co_json_at(row, t);
    if (!co_json_is_number(value))
      return co_fail(CO_DATA, "%s: %s.%zu.%zu: not a number", file, key, r, t);
    out->value[r * (size_t)out->tasks + t] = co_json_as_number(value, NAN);
  }
  return CO_OK;
}

static co_status read_table(const co_json *data, const char *file, const char *key, table *out) {
  const co_json *rows = co_json_get(data, key);
  size_t runs = co_json_is_array(rows) ? co_json_count(rows) : 0;
  size_t tasks = co_json_count(co_json_at(rows, 0));
  if (!runs || !co_json_is_array(co_json_at(rows, 0)) || !tasks || runs > MAX_SCORES / tasks)
    return co_fail(CO_DATA, "%s: %s: not a list of seeds, each a list of one score per task", file,
                   key);
  CO_TRY(allocate(out, runs, tasks));
  for (size_t r = 0; r < runs; r++) CO_TRY(read_row(co_json_at(rows, r), file, key, r, out));
  return CO_OK;
}

// Other members of the file are left alone: reference files carry notes and expected values.
static co_status read_tables(const co_json *data, const char *file, state *s) {
  CO_TRY(read_table(data, file, "X", &s->x));
  if (!co_json_get(data, "Y")) return CO_OK;
  CO_TRY(read_table(data, file, "Y", &s->y));
  if (s->y.tasks != s->x.tasks)
    return co_fail(CO_DATA, "%s: Y: %d tasks, but X has %d", file, s->y.tasks, s->x.tasks);
  return CO_OK;
}

static co_status load(const cli_args *args, state *s) {
  const char *file = cli_value(args, "data");
  if (!file) {
    CO_TRY(make_table(cli_seed(args), 0, 0.55, &s->x));
    return make_table(cli_seed(args), 1, 0.5, &s->y);
  }
  co_json *data;
  CO_TRY(co_json_read(file, &data));
  co_status status = read_tables(data, file, s);
  co_json_free(data);
  return status;
}

// --- the bench

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->iqm_wall = co_alloc((size_t)b->repeats, sizeof *s->iqm_wall);
  if (!s->iqm_wall) return CO_MEMORY;
  s->reps = co_bootstrap_default().repetitions;
  CO_TRY(cli_int(b->args, "reps", 1, 100000000, &s->reps));
  CO_TRY(load(b->args, s));
  return co_pool_create((int)b->threads, &s->pool);
}

// the same resamples in every repeat, since the stream is named by the seed alone
static co_status summarise(const bench *b, unsigned which, co_score_summary *out) {
  state *s = b->state;
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = (int)s->reps;
  def.stream = (co_stream){cli_seed(b->args), 0, CO_PURPOSE_BOOTSTRAP};
  co_scores x = {s->x.value, s->x.runs, s->x.tasks}, y = {s->y.value, s->y.runs, s->y.tasks};
  return co_scores_summarise(&x, y.value ? &y : NULL, which, &def, s->pool, out);
}

// The interquartile mean alone is timed too: it is what other programs are compared by.
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  co_score_summary iqm;
  double start = co_clock_wall();
  CO_TRY(summarise(b, 1u << CO_SCORE_iqm, &iqm));
  double middle = co_clock_wall();
  CO_TRY(summarise(b, (1u << CO_SCORE_COUNT) - 1, &s->summary));
  s->iqm_wall[s->count++] = middle - start;
  *value = (double)s->reps / (co_clock_wall() - middle);
  *limit = NAN;
  return CO_OK;
}

// point estimates and [lo, hi] under the names of core/stats/scores.h
static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json *point = co_json_object(), *interval = co_json_object();
  for (int i = 0; i < CO_SCORE_COUNT; i++) {
    double range[] = {s->summary.interval[i].lo, s->summary.interval[i].hi};
    co_json_set_number(point, co_score_name((co_score)i), s->summary.point[i]);
    co_json_set(interval, co_score_name((co_score)i), co_json_numbers(range, 2));
  }
  co_json_set_int(object, "reps", s->reps);
  co_json_set_int(object, "seeds", s->x.runs);
  co_json_set_int(object, "tasks", s->x.tasks);
  co_json_set_number(object, "wall_s", (double)s->reps / b->value);
  co_json_set_number(object, "iqm_wall_s", bench_median(s->iqm_wall, s->count));
  co_json_set(object, "point", point);
  co_json_set(object, "interval", interval);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_pool_free(s->pool);
  free(s->x.value);
  free(s->y.value);
  free(s->iqm_wall);
  free(s);
}

const bench_kind bench_stats = {
    .name = "stats",
    .unit = "repetitions/s",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
