// bench ppo: a whole training against the plain physics loop of its task.

#include "cli/bench/bench_learner.h"
#include "core/memory.h"
#include "envs/verify/bare.h"
#include "envs/world/world.h"

#include <math.h>
#include <stdlib.h>

typedef struct state {
  co_ppo_def def;
  double hidden[CO_MAX_HIDDEN];
  co_built_world *built;  // for the plain loop and for names; every training opens its own env
  bench_trainings trainings;
} state;

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  co_schema_defaults(&co_ppo_schema, &s->def);
  CO_TRY(bench_ppo_settings(b->args, s->hidden, &s->def));
  CO_TRY(bench_trainings_prepare(b, &co_ppo, &s->def, "half_cheetah", 40960, &s->trainings));
  return co_world_build(&s->trainings.world, &s->built);
}

// limit first, then the training, each with its own rows and threads
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  bench_cost *cost;
  CO_TRY(co_bare_steps_per_second(s->built, (int)s->def.envs, (int)b->threads, b->seconds, limit));
  CO_TRY(bench_train(b, &s->trainings, &cost));
  *value = cost->speed = (double)cost->stats.env_steps / cost->wall_s;
  return CO_OK;
}

// Parts of the wall time. Physics and inference are summed over threads; waiting, statistics and
// the rest are `other`.
static co_json *share_json(const bench *b, const bench_cost *at) {
  const state *s = b->state;
  double threads = fmin((double)b->threads, (double)s->def.envs);
  double physics = at->stats.physics_s / threads / at->wall_s;
  double inference = at->stats.inference_s / threads / at->wall_s;
  double update = at->stats.update_s / at->wall_s;
  co_json *object = co_json_object();
  co_json_set_number(object, "physics", physics);
  co_json_set_number(object, "inference", inference);
  co_json_set_number(object, "update", update);
  co_json_set_number(object, "other", fmax(0, 1 - physics - inference - update));
  return object;
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json_set_string(object, "task", s->built->info.task);
  bench_add_ppo_settings(&s->def, object);
  bench_add_times(b, &s->trainings, object);
  co_json_set(object, "share", share_json(b, bench_median_cost(b, &s->trainings)));
  bench_add_outcome(&s->trainings, object);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_world_free(s->built);
  bench_trainings_free(&s->trainings);
  free(s);
}

const bench_kind bench_ppo = {
    .name = "ppo",
    .unit = "env steps/s",
    .limit_name = "bare stepping",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
