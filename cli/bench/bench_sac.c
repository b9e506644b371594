// bench sac: a whole training against the multiply-add peak of the cores it uses.

#include "agents/learn/sac/sac.h"
#include "cli/bench/bench_learner.h"
#include "core/memory.h"

#include <stdlib.h>

typedef struct state {
  co_sac_def def;
  double hidden[CO_MAX_HIDDEN];
  bench_trainings trainings;
  double (*phase)[CO_SAC_NUM_PHASES];  // (repeats) seconds, with --phases; NULL: without
} state;

static co_status read_settings(const cli_args *args, state *s) {
  co_schema_defaults(&co_sac_schema, &s->def);
  CO_TRY(cli_int(args, "envs", 1, 4096, &s->def.envs));
  CO_TRY(cli_int(args, "batch", 1, 65536, &s->def.batch));
  CO_TRY(cli_int(args, "updates-per-step", 1, 1000, &s->def.updates_per_step));
  return bench_hidden(args, s->hidden, &s->def.hidden);
}

// of the training that ends
static void take_phases(void *context, const co_learner *learner) {
  state *s = context;
  co_sac_phases_read(learner, s->phase[s->trainings.count]);
}

static co_status prepare_phases(const bench *b, state *s) {
  if (!cli_flag(b->args, "phases")) return CO_OK;
  s->phase = co_alloc((size_t)b->repeats, sizeof *s->phase);
  if (!s->phase) return CO_MEMORY;
  s->trainings.begin = co_sac_phases_begin;
  s->trainings.end = take_phases;
  s->trainings.context = s;
  return CO_OK;
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  CO_TRY(read_settings(b->args, s));
  CO_TRY(bench_trainings_prepare(b, &co_sac, &s->def, "half_cheetah", 1000, &s->trainings));
  return prepare_phases(b, s);
}

static double flop_per_update(const bench_cost *at) {
  return at->stats.flop / (double)at->stats.gradient_steps;
}

// the training between two looks at the peak, whose mean is the limit
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  co_pool *pool = s->trainings.pool;
  bench_cost *cost;
  double before = bench_fma_peak(pool, b->seconds / 2);
  CO_TRY(bench_train(b, &s->trainings, &cost));
  double after = bench_fma_peak(pool, b->seconds / 2);
  if (cost->stats.gradient_steps == 0)
    return co_fail(CO_USAGE, "--steps: too few for a gradient update");
  *value = cost->speed = (double)cost->stats.gradient_steps / cost->stats.update_s;
  *limit = 0.5 * (before + after) / flop_per_update(cost);
  return CO_OK;
}

static void add_settings(const state *s, co_json *object) {
  co_json_set_string(object, "task", s->trainings.world.task);
  co_json_set_int(object, "envs", s->def.envs);
  co_json_set(object, "hidden", co_json_numbers(s->def.hidden.value, s->def.hidden.count));
  co_json_set_int(object, "batch", s->def.batch);
  co_json_set_int(object, "updates_per_step", s->def.updates_per_step);
}

// of the median repeat
static co_json *phases_json(const bench *b, const state *s) {
  if (!s->phase) return co_json_null();
  const bench_cost *at = bench_median_cost(b, &s->trainings);
  const double *seconds = s->phase[at - s->trainings.cost];
  co_json *list = co_json_array();
  for (int p = 0; p < CO_SAC_NUM_PHASES; p++) {
    co_json *phase = co_json_object();
    co_json_set_string(phase, "name", co_sac_phase_names[p]);
    co_json_set_number(phase, "s", seconds[p]);
    co_json_set_number(phase, "share", seconds[p] / at->stats.wall_s);
    co_json_add(list, phase);
  }
  return list;
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const bench_cost *at = bench_median_cost(b, &s->trainings);
  add_settings(s, object);
  bench_add_times(b, &s->trainings, object);
  co_json_set_int(object, "gradient_steps", at->stats.gradient_steps);
  co_json_set_number(object, "updates_per_s", at->speed);
  co_json_set_number(object, "env_steps_per_s", (double)at->stats.env_steps / at->wall_s);
  co_json_set_number(object, "gflop_per_update", 1e-9 * flop_per_update(at));
  co_json_set(object, "phases", phases_json(b, s));
  bench_add_outcome(&s->trainings, object);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  bench_trainings_free(&s->trainings);
  free(s->phase);
  free(s);
}

const bench_kind bench_sac = {
    .name = "sac",
    .unit = "gradient updates/s",
    .limit_name = "multiply-add peak of all threads",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
