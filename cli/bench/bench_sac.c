// bench sac: a whole training against the multiply-add peak of the cores it uses.

#include "agents/learn/sac/sac.h"
#include "cli/bench/bench_learner.h"
#include "core/memory.h"

#include <stdlib.h>

typedef struct state {
  co_sac_def def;
  double hidden[CO_MAX_HIDDEN];
  bench_trainings trainings;
} state;

static co_status read_settings(const cli_args *args, state *s) {
  co_schema_defaults(&co_sac_schema, &s->def);
  CO_TRY(cli_int(args, "envs", 1, 4096, &s->def.envs));
  CO_TRY(cli_int(args, "batch", 1, 65536, &s->def.batch));
  CO_TRY(cli_int(args, "updates-per-step", 1, 1000, &s->def.updates_per_step));
  return bench_hidden(args, s->hidden, &s->def.hidden);
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  CO_TRY(read_settings(b->args, s));
  return bench_trainings_prepare(b, &co_sac, &s->def, 1000, &s->trainings);
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

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const bench_cost *at = bench_median_cost(b, &s->trainings);
  add_settings(s, object);
  bench_add_times(b, &s->trainings, object);
  co_json_set_int(object, "gradient_steps", at->stats.gradient_steps);
  co_json_set_number(object, "updates_per_s", at->speed);
  co_json_set_number(object, "env_steps_per_s", (double)at->stats.env_steps / at->wall_s);
  co_json_set_number(object, "gflop_per_update", 1e-9 * flop_per_update(at));
  bench_add_outcome(&s->trainings, object);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  bench_trainings_free(&s->trainings);
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
