// bench ppo: a whole training against the plain physics loop of its task.

#include "agents/evaluate.h"
#include "agents/ppo.h"
#include "cli/bench.h"
#include "cli/bench_learner.h"
#include "cli/count_alloc.h"
#include "cli/worlds.h"
#include "core/clock.h"
#include "envs/bare.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One training.
typedef struct cost {
  double wall_s, cpu_s, steps_per_s;
  co_learner_stats stats;
} cost;

typedef struct state {
  co_ppo_def def;
  double hidden[CO_MAX_HIDDEN];
  int64_t steps;
  co_world world;
  co_built_world *built;  // for the plain loop
  co_pool *pool;
  cost *repeat;  // (repeats)
  int count;
  // the same in every repeat
  int64_t allocations;
  double final_return;
  uint64_t params_hash;
} state;

// --- settings

static co_status read_settings(const cli_args *args, state *s) {
  co_schema_defaults(&co_ppo_schema, &s->def);
  s->steps = 40960;
  CO_TRY(cli_int(args, "envs", 1, 4096, &s->def.envs));
  CO_TRY(cli_int(args, "horizon", 1, 4096, &s->def.horizon));
  CO_TRY(cli_int(args, "epochs", 1, 1000, &s->def.epochs));
  CO_TRY(cli_int(args, "minibatch", 2, 65536, &s->def.minibatch));
  CO_TRY(cli_int(args, "steps", 1, INT64_C(1) << 40, &s->steps));
  return bench_hidden(args, s->hidden, &s->def.hidden);
}

// Built here only for the plain loop and for names; every training opens its own env.
static co_status prepare(bench *b) {
  state *s = b->state = calloc(1, sizeof *s);
  if (!s) return co_fail(CO_MEMORY, "out of memory");
  s->repeat = calloc((size_t)b->repeats, sizeof *s->repeat);
  if (!s->repeat) return co_fail(CO_MEMORY, "out of memory");
  CO_TRY(read_settings(b->args, s));
  s->world = cli_world(b->args, "half_cheetah", NULL);
  CO_TRY(co_world_build(&s->world, &s->built));
  return co_pool_create((int)b->threads, &s->pool);
}

// --- one training

typedef struct training {
  cli_env env;
  co_policy *policy;
  co_learner *learner;
  double final_return;
  int64_t allocations;
} training;

static co_status open_training(const bench *b, training *t) {
  state *s = b->state;
  co_stream stream = {cli_seed(b->args), 0, CO_PURPOSE_RESET};
  CO_TRY(cli_env_open(&s->world, (int)s->def.envs, &stream, &t->env));
  const co_env_info *info = co_env_get_info(t->env.env);
  co_network_def network;
  co_ppo.network(&s->def, info->obs_dim, info->act_dim, &network);
  stream.purpose = CO_PURPOSE_INIT;
  CO_TRY(co_policy_create(&network, info, co_ppo.name, &stream, &t->policy));
  co_learner_def def = {.settings = &s->def,
                        .policy = t->policy,
                        .env = t->env.env,
                        .pool = s->pool,
                        .stream = stream,
                        .total_steps = s->steps};
  return co_ppo.create(&def, &t->learner);
}

// Updates until at least `steps` env steps are learned from. Stats are read after every update,
// since only some rollouts end an episode.
static co_status train(const state *s, training *t, co_learner_stats *stats) {
  int64_t per_update = co_ppo.steps_per_update(&s->def);
  t->final_return = NAN;
  for (int64_t done = 0; done < s->steps; done += per_update) {
    CO_TRY(co_ppo.collect(t->learner));
    CO_TRY(co_ppo.update(t->learner));
    co_ppo.stats(t->learner, stats);
    if (!isnan(stats->episode_return)) t->final_return = stats->episode_return;
  }
  return CO_OK;
}

// Opening is not timed: a study opens a world once and trains in it for minutes.
static co_status run_training(const bench *b, training *t, cost *out) {
  CO_TRY(open_training(b, t));
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  count_alloc_start();
  co_status status = train(b->state, t, &out->stats);
  t->allocations = count_alloc_stop();
  out->wall_s = co_clock_wall() - wall;
  out->cpu_s = co_clock_cpu() - cpu;
  out->steps_per_s = (double)out->stats.env_steps / out->wall_s;
  return status;
}

// every repeat is the same training and must end with the same numbers
static co_status keep(state *s, const training *t) {
  uint64_t hash = bench_hash_params(t->policy);
  if (s->count && hash != s->params_hash)
    return co_fail(CO_INTERNAL, "bench ppo: two equal trainings ended with different parameters");
  s->params_hash = hash;
  s->final_return = t->final_return;
  if (!s->count || t->allocations > s->allocations) s->allocations = t->allocations;
  s->count++;
  return CO_OK;
}

// limit first, then the training, each with its own rows and threads
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  CO_TRY(co_bare_steps_per_second(s->built, (int)s->def.envs, (int)b->threads, b->seconds, limit));
  training t = {0};
  cost *out = &s->repeat[s->count];
  co_status status = run_training(b, &t, out);
  if (status == CO_OK) status = keep(s, &t);
  *value = out->steps_per_s;
  if (t.learner) co_ppo.destroy(t.learner);
  co_policy_free(t.policy);
  cli_env_close(&t.env);
  return status;
}

// --- output

// the repeat whose speed is the median, or next to it
static const cost *median_repeat(const bench *b) {
  const state *s = b->state;
  const cost *best = &s->repeat[0];
  for (int i = 1; i < s->count; i++)
    if (fabs(s->repeat[i].steps_per_s - b->value) < fabs(best->steps_per_s - b->value))
      best = &s->repeat[i];
  return best;
}

// Parts of the wall time. Physics and inference are summed over threads; waiting, statistics and
// the rest are `other`.
static co_json *share_json(const bench *b, const cost *at) {
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

static void add_settings(const state *s, co_json *object) {
  co_json_set_string(object, "task", s->built->info.task);
  co_json_set_int(object, "envs", s->def.envs);
  co_json_set_int(object, "horizon", s->def.horizon);
  co_json_set(object, "hidden", co_json_numbers(s->def.hidden.value, s->def.hidden.count));
  co_json_set_int(object, "epochs", s->def.epochs);
  co_json_set_int(object, "minibatch", s->def.minibatch);
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const cost *at = median_repeat(b);
  add_settings(s, object);
  co_json_set_int(object, "steps", s->steps);
  co_json_set_int(object, "seed", (int64_t)cli_seed(b->args));
  co_json_set_int(object, "env_steps", at->stats.env_steps);
  co_json_set_number(object, "wall_s", at->wall_s);
  co_json_set_number(object, "cpu_s", at->cpu_s);
  co_json_set(object, "share", share_json(b, at));
  co_json_set(object, "allocations",
              s->allocations >= 0 ? co_json_int(s->allocations) : co_json_null());
  co_json_set_number(object, "final_return", s->final_return);
  cli_set_hash(object, "params_hash", s->params_hash);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_pool_free(s->pool);
  co_world_free(s->built);
  free(s->repeat);
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
