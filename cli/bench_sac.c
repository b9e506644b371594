// bench sac: a whole training against the multiply-add peak of the cores it uses.

#include "agents/sac.h"
#include "cli/bench.h"
#include "cli/bench_learner.h"
#include "cli/count_alloc.h"
#include "cli/worlds.h"
#include "core/clock.h"

#include <math.h>
#include <stdlib.h>

// One training.
typedef struct cost {
  double wall_s, cpu_s, updates_per_s;
  co_learner_stats stats;
} cost;

typedef struct state {
  co_sac_def def;
  double hidden[CO_MAX_HIDDEN];
  int64_t steps;
  co_world world;
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
  co_schema_defaults(&co_sac_schema, &s->def);
  s->steps = 1000;
  CO_TRY(cli_int(args, "envs", 1, 4096, &s->def.envs));
  CO_TRY(cli_int(args, "batch", 1, 65536, &s->def.batch));
  CO_TRY(cli_int(args, "updates-per-step", 1, 1000, &s->def.updates_per_step));
  CO_TRY(cli_int(args, "steps", 1, INT64_C(1) << 40, &s->steps));
  return bench_hidden(args, s->hidden, &s->def.hidden);
}

static co_status prepare(bench *b) {
  state *s = b->state = calloc(1, sizeof *s);
  if (!s) return co_fail(CO_MEMORY, "out of memory");
  s->repeat = calloc((size_t)b->repeats, sizeof *s->repeat);
  if (!s->repeat) return co_fail(CO_MEMORY, "out of memory");
  CO_TRY(read_settings(b->args, s));
  s->world = cli_world(b->args, "half_cheetah", NULL);
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
  co_sac.network(&s->def, info->obs_dim, info->act_dim, &network);
  stream.purpose = CO_PURPOSE_INIT;
  CO_TRY(co_policy_create(&network, info, co_sac.name, &stream, &t->policy));
  co_learner_def def = {.settings = &s->def,
                        .policy = t->policy,
                        .env = t->env.env,
                        .pool = s->pool,
                        .stream = stream,
                        .total_steps = s->steps};
  return co_sac.create(&def, &t->learner);
}

static co_status train(const state *s, training *t, co_learner_stats *stats) {
  int64_t per_update = co_sac.steps_per_update(&s->def);
  t->final_return = NAN;
  for (int64_t done = 0; done < s->steps; done += per_update) {
    CO_TRY(co_sac.collect(t->learner));
    CO_TRY(co_sac.update(t->learner));
    co_sac.stats(t->learner, stats);
    if (!isnan(stats->episode_return)) t->final_return = stats->episode_return;
  }
  return CO_OK;
}

static co_status run_training(const bench *b, training *t, cost *out) {
  CO_TRY(open_training(b, t));
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  count_alloc_start();
  co_status status = train(b->state, t, &out->stats);
  t->allocations = count_alloc_stop();
  out->wall_s = co_clock_wall() - wall;
  out->cpu_s = co_clock_cpu() - cpu;
  if (status == CO_OK && out->stats.gradient_steps == 0)
    return co_fail(CO_USAGE, "--steps: too few for a gradient update");
  out->updates_per_s = (double)out->stats.gradient_steps / out->stats.update_s;
  return status;
}

// every repeat is the same training and must end with the same numbers
static co_status keep(state *s, const training *t) {
  uint64_t hash = bench_hash_params(t->policy);
  if (s->count && hash != s->params_hash)
    return co_fail(CO_INTERNAL, "bench sac: two equal trainings ended with different parameters");
  s->params_hash = hash;
  s->final_return = t->final_return;
  if (!s->count || t->allocations > s->allocations) s->allocations = t->allocations;
  s->count++;
  return CO_OK;
}

static double flop_per_update(const cost *at) {
  return at->stats.flop / (double)at->stats.gradient_steps;
}

// the training between two looks at the peak, whose mean is the limit
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  training t = {0};
  cost *out = &s->repeat[s->count];
  double before = bench_fma_peak(s->pool, b->seconds / 2);
  co_status status = run_training(b, &t, out);
  if (status == CO_OK) status = keep(s, &t);
  double after = bench_fma_peak(s->pool, b->seconds / 2);
  *value = out->updates_per_s;
  *limit = 0.5 * (before + after) / flop_per_update(out);
  if (t.learner) co_sac.destroy(t.learner);
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
    if (fabs(s->repeat[i].updates_per_s - b->value) < fabs(best->updates_per_s - b->value))
      best = &s->repeat[i];
  return best;
}

static void add_settings(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json_set_string(object, "task", s->world.task);
  co_json_set_int(object, "envs", s->def.envs);
  co_json_set(object, "hidden", co_json_numbers(s->def.hidden.value, s->def.hidden.count));
  co_json_set_int(object, "batch", s->def.batch);
  co_json_set_int(object, "updates_per_step", s->def.updates_per_step);
  co_json_set_int(object, "steps", s->steps);
  co_json_set_int(object, "seed", (int64_t)cli_seed(b->args));
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const cost *at = median_repeat(b);
  add_settings(b, object);
  co_json_set_int(object, "env_steps", at->stats.env_steps);
  co_json_set_int(object, "gradient_steps", at->stats.gradient_steps);
  co_json_set_number(object, "wall_s", at->wall_s);
  co_json_set_number(object, "cpu_s", at->cpu_s);
  co_json_set_number(object, "updates_per_s", at->updates_per_s);
  co_json_set_number(object, "env_steps_per_s", (double)at->stats.env_steps / at->wall_s);
  co_json_set_number(object, "gflop_per_update", 1e-9 * flop_per_update(at));
  co_json_set(object, "allocations",
              s->allocations >= 0 ? co_json_int(s->allocations) : co_json_null());
  co_json_set_number(object, "final_return", s->final_return);
  cli_set_hash(object, "params_hash", s->params_hash);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_pool_free(s->pool);
  free(s->repeat);
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
