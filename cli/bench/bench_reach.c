// bench reach: how long one waits until a fresh policy can do its task. Each repeat trains another
// seed until an evaluation reaches a value, beside the plain physics loop of the task.

#include "cli/bench/bench_learner.h"
#include "core/clock.h"
#include "core/memory.h"
#include "envs/verify/bare.h"
#include "envs/world/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// How one seed came out. Times without the evaluations, which are counted apart.
typedef struct reach_run {
  uint64_t seed;
  bool reached;
  double wall_s, evaluation_s, value;  // value: of the last evaluation
  int64_t env_steps;
} reach_run;

typedef struct state {
  co_ppo_def def;
  double hidden[CO_MAX_HIDDEN];
  co_built_world *built;  // for the plain loop and for names; every training opens its own env
  co_world_shelf *shelf;  // of the evaluations, which all take place in one world
  bench_trainings trainings;
  int metric;  // co_step_metric, -1: the return
  double threshold;
  int64_t every;  // env steps between two evaluations
  reach_run *run;
  int count;
} state;

// ---- settings

static const char *const metric_names[] = {
#define X(id, name) name,
    CO_STEP_METRIC_LIST(X)
#undef X
        "return"};
enum { NUM_METRICS = sizeof metric_names / sizeof *metric_names };

static co_status read_metric(const cli_args *args, state *s) {
  const char *name = cli_value(args, "metric");
  s->metric = CO_STEP_TRACKING;
  if (!name) return CO_OK;
  for (int i = 0; i < NUM_METRICS; i++) {
    if (strcmp(name, metric_names[i]) != 0) continue;
    s->metric = i < CO_NUM_STEP_METRICS ? i : -1;
    return CO_OK;
  }
  return co_fail(CO_USAGE, "--metric: \"%s\" is none of tracking, vx, return", name);
}

static const char *metric_name(const state *s) {
  return metric_names[s->metric < 0 ? CO_NUM_STEP_METRICS : s->metric];
}

// before minutes of training
static co_status check_metric(const state *s) {
  const co_env_info *info = &s->built->info;
  if (s->metric < 0 || info->has_metric[s->metric]) return CO_OK;
  return co_fail(CO_CONFIG, "bench reach: %s has no %s", info->task, metric_name(s));
}

// With these a quadruped learns to follow commands in two minutes; rollouts and minibatches half as
// large took as many env steps (one seed).
static void quadruped_settings(state *s) {
  co_schema_defaults(&co_ppo_schema, &s->def);
  s->def.envs = 64;
  s->def.horizon = 64;
  s->def.epochs = 4;
  s->def.minibatch = 1024;
  s->def.rate = 1e-3;
  s->def.schedule = CO_PPO_KL;
  s->hidden[0] = s->hidden[1] = 128;
  s->def.hidden = (co_floats){s->hidden, 2};
}

static co_status prepare(bench *b) {
  enum { MOST_STEPS = 20000000 };
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->threshold = 0.8;
  s->every = 65536;
  quadruped_settings(s);
  CO_TRY(bench_ppo_settings(b->args, s->hidden, &s->def));
  CO_TRY(read_metric(b->args, s));
  CO_TRY(cli_double(b->args, "value", -1e9, 1e9, &s->threshold));
  CO_TRY(cli_int(b->args, "every", 1, INT64_C(1) << 40, &s->every));
  CO_TRY(bench_trainings_prepare(b, &co_ppo, &s->def, "quadruped_flat", MOST_STEPS, &s->trainings));
  s->run = co_alloc((size_t)b->repeats, sizeof *s->run);
  if (!s->run) return CO_MEMORY;
  CO_TRY(co_world_shelf_create(&s->shelf));
  CO_TRY(co_world_build(&s->trainings.world, &s->built));
  return check_metric(s);
}

// ---- one seed

// The task's metric over the episodes without fault, as `eval` prints it.
static co_status evaluate(const state *s, const co_policy *policy, uint64_t seed, double *value) {
  const bench_trainings *all = &s->trainings;
  co_stream stream = {seed, 0, CO_PURPOSE_EVAL_CURVE};
  cli_env env = {0};
  co_evaluation result = {0};
  co_status status = cli_env_open(s->shelf, &all->world, (int)all->episodes, &stream, &env);
  if (status == CO_OK) status = co_evaluate(policy, env.env, NULL, all->pool, &result);
  *value = s->metric < 0 ? result.mean : result.metric_mean[s->metric];
  co_evaluation_free(&result);
  cli_env_close(&env);
  return status;
}

static co_status update(const state *s, bench_training *t, reach_run *run) {
  const co_algorithm *algorithm = s->trainings.algorithm;
  double began = co_clock_wall();
  CO_TRY(algorithm->collect(t->learner));
  CO_TRY(algorithm->update(t->learner));
  run->wall_s += co_clock_wall() - began;
  run->env_steps += algorithm->steps_per_update(s->trainings.settings);
  return CO_OK;
}

// the value of the policy as it is; whether it has reached the threshold
static co_status look(const state *s, const bench_training *t, reach_run *run) {
  double began = co_clock_wall();
  CO_TRY(evaluate(s, t->policy, run->seed, &run->value));
  run->evaluation_s += co_clock_wall() - began;
  run->reached = run->value >= s->threshold;
  return CO_OK;
}

static co_status train(const state *s, bench_training *t, reach_run *run) {
  int64_t next = 0;
  while (!run->reached && run->env_steps < s->trainings.steps) {
    CO_TRY(update(s, t, run));
    if (run->env_steps < next) continue;
    CO_TRY(look(s, t, run));
    next += s->every;
  }
  return CO_OK;
}

static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  reach_run *run = &s->run[s->count];
  bench_training t = {0};
  *run = (reach_run){.seed = cli_seed(b->args) + (uint64_t)s->count};
  CO_TRY(co_bare_steps_per_second(s->built, (int)s->def.envs, (int)b->threads, b->seconds, limit));
  co_status status = bench_training_open(&s->trainings, run->seed, &t);
  if (status == CO_OK) status = train(s, &t, run);
  bench_training_close(&s->trainings, &t);
  CO_TRY(status);
  s->count++;
  *value = (double)run->env_steps / run->wall_s;
  return CO_OK;
}

// ---- results

static co_json *run_json(const reach_run *run) {
  co_json *object = co_json_object();
  co_json_set_int(object, "seed", (int64_t)run->seed);
  co_json_set_bool(object, "reached", run->reached);
  co_json_set_int(object, "env_steps", run->env_steps);
  co_json_set_number(object, "wall_s", run->wall_s);
  co_json_set_number(object, "evaluation_s", run->evaluation_s);
  co_json_set_number(object, "value", run->value);
  return object;
}

// A seed that never got there took forever; a median of forever is none.
static double median_wall(const state *s) {
  double wall[BENCH_MAX_REPEATS];
  for (int i = 0; i < s->count; i++)
    wall[i] = s->run[i].reached ? s->run[i].wall_s : (double)INFINITY;
  double median = bench_median(wall, s->count);
  return isfinite(median) ? median : (double)NAN;
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json *runs = co_json_array();
  for (int i = 0; i < s->count; i++) co_json_add(runs, run_json(&s->run[i]));
  co_json_set_string(object, "task", s->built->info.task);
  co_json_set_string(object, "metric", metric_name(s));
  co_json_set_number(object, "threshold", s->threshold);
  co_json_set_int(object, "every", s->every);
  co_json_set_int(object, "episodes", s->trainings.episodes);
  co_json_set_int(object, "steps", s->trainings.steps);
  bench_add_ppo_settings(&s->def, object);
  co_json_set(object, "set", bench_set_json(b));
  co_json_set_number(object, "wall_s", median_wall(s));
  co_json_set(object, "seeds", runs);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_world_free(s->built);
  co_world_shelf_free(s->shelf);
  bench_trainings_free(&s->trainings);
  free(s->run);
  free(s);
}

const bench_kind bench_reach = {
    .name = "reach",
    .unit = "env steps/s",
    .limit_name = "bare stepping",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
