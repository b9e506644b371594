#include "transfer/run/calibrate.h"

#include "core/clock.h"
#include "core/memory.h"
#include "transfer/run/definition.h"
#include "transfer/run/private/pace.h"

#include <math.h>
#include <stdlib.h>

#define SPAN 0.3      // [s] of training that is measured, at least
#define LONGEST 10.0  // [s] that the least number of updates may take
enum {
  FIRST = 1,  // updates before that: empty caches, a replay to be filled
  LEAST = 2,  // updates that are measured at least
  MOST = 20,  // updates in all, which tell the learner its horizon
  EPISODES = 8
};

// one of the workers
typedef struct worker {
  const co_trial_context *context;
  const co_trial *trial;
  int threads;
  co_pace pace;
  co_arena arena;
  const co_algorithm *algorithm;
  void *settings;
  co_pool *pool;
  co_env *env[CO_NUM_ENV_ROLES];
  co_policy *policy;
  co_learner *learner;
} worker;

static const co_source_env *source_env_of(const worker *w) {
  return co_trial_source_env(w->context->study, w->trial);
}

static co_status open_env(const worker *w, const co_world *world, int64_t rows, co_env **out) {
  const co_world_source *worlds = w->context->worlds;
  co_stream stream = {.purpose = CO_PURPOSE_TEST};
  return worlds->create(worlds->context, world, (int)rows, &stream, out);
}

static co_status open_envs(worker *w) {
  const co_study *study = w->context->study;
  int64_t rows = w->algorithm->needs & CO_NEEDS_ENV ? w->algorithm->env_rows(w->settings) : 1;
  co_world world = co_trial_world(study, w->trial);
  world.draws = CO_DRAW_WIDENING;
  CO_TRY(open_env(w, &world, rows, &w->env[CO_ENV_TARGET]));
  if (!source_env_of(w)) return CO_OK;
  co_world source = co_source_world(co_study_source(study, w->trial->source));
  return open_env(w, &source, rows, &w->env[CO_ENV_SOURCE]);
}

static co_status find_build(worker *w) {
  const co_world_source *worlds = w->context->worlds;
  co_world world = co_trial_world(w->context->study, w->trial);
  co_world_facts facts;
  CO_TRY(worlds->describe(worlds->context, &world, &facts));
  w->pace.build_s = facts.build_s;
  co_world_facts_drop(&facts);
  return CO_OK;
}

static co_status open_policy(worker *w) {
  const co_study *study = w->context->study;
  co_stream stream = {.purpose = CO_PURPOSE_INIT};
  CO_TRY(co_trial_settings(study, w->trial, &w->arena, &w->algorithm, &w->settings));
  if (w->threads > 1) CO_TRY(co_pool_create(w->threads, &w->pool));
  CO_TRY(find_build(w));
  CO_TRY(open_envs(w));
  const co_env_info *info = co_env_get_info(w->env[CO_ENV_TARGET]);
  co_network_def network;
  CO_TRY(co_algorithm_network(w->algorithm, w->settings, info, &network));
  return co_policy_create(&network, info, w->algorithm->name, &stream, &w->policy);
}

static co_status open_learner(worker *w) {
  co_learner_def def = {.settings = w->settings,
                        .policy = w->policy,
                        .env = {w->env[CO_ENV_TARGET], w->env[CO_ENV_SOURCE]},
                        .source_env = source_env_of(w),
                        .pool = w->pool,
                        .stream = {.purpose = CO_PURPOSE_INIT},
                        .total_steps = MOST * w->algorithm->steps_per_update(w->settings)};
  return w->algorithm->create(&def, &w->learner);
}

// Whether updates are so large that a few of them are no moment any more, or there are no data yet
// to make one of.
static bool is_guessed(const worker *w) {
  if (w->algorithm->needs & CO_NEEDS_DATA) return true;
  double steps = (FIRST + LEAST) * (double)w->algorithm->steps_per_update(w->settings);
  return CO_PACE_TRAIN_RATIO * w->pace.evaluate_s * steps > LONGEST;
}

static co_status train(worker *w) {
  if (is_guessed(w)) {
    double beside = source_env_of(w) ? (double)source_env_of(w)->steps_per_step : 0;
    w->pace.train_s = (CO_PACE_TRAIN_RATIO + beside) * w->pace.evaluate_s;
    return CO_OK;
  }
  CO_TRY(open_learner(w));
  double start = co_clock_wall(), now = start;
  int updates = 0;
  while (updates < FIRST + LEAST || (updates < MOST && now - start < SPAN)) {
    CO_TRY(co_trial_check_stop(w->context));
    CO_TRY(w->algorithm->collect(w->learner));
    CO_TRY(w->algorithm->update(w->learner));
    now = co_clock_wall();
    if (++updates == FIRST) start = now;
  }
  double steps = (double)(updates - FIRST) * (double)w->algorithm->steps_per_update(w->settings);
  w->pace.train_s = (now - start) / steps;
  return CO_OK;
}

// Where robots fall, a fresh policy's episodes are short and a trained one's may last until the
// horizon: the geometric mean is at most so far off either way.
static double episode_of(const co_evaluation *eval, int horizon) {
  return sqrt(eval->length_mean * horizon);
}

static co_status evaluate(worker *w) {
  co_env *env;
  co_evaluation eval = {0};
  co_stream stream = {.purpose = CO_PURPOSE_TEST};
  int64_t episodes = w->context->study->def.episodes;
  double start = co_clock_wall();
  co_world world = co_trial_world(w->context->study, w->trial);
  CO_TRY(open_env(w, &world, episodes < EPISODES ? episodes : EPISODES, &env));
  co_status status = co_evaluate(w->policy, env, &stream, w->pool, &eval);
  if (status == CO_OK) {
    w->pace.evaluate_s = (co_clock_wall() - start) / fmax(1, (double)eval.env_steps);
    w->pace.episode = episode_of(&eval, co_env_get_info(env)->horizon);
  }
  co_evaluation_free(&eval);
  co_env_destroy(env);
  return status;
}

static void run_worker(void *context, int index) {
  worker *w = (worker *)context + index;
  co_status status = open_policy(w);
  if (status == CO_OK) status = evaluate(w);
  if (status == CO_OK) status = train(w);
  if (status != CO_OK) w->pace.train_s = w->pace.evaluate_s = NAN;
  if (w->learner) w->algorithm->destroy(w->learner);
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++) co_env_destroy(w->env[role]);
  co_policy_free(w->policy);
  co_pool_free(w->pool);
  co_arena_free(&w->arena);
}

co_pace co_calibrate(const co_trial_context *context, const co_trial *trial, int jobs,
                     int threads) {
  co_pace mean = {0}, none = {NAN, NAN, NAN, NAN};
  worker *all = co_alloc((size_t)jobs, sizeof *all);
  if (!all) return none;
  for (int i = 0; i < jobs; i++)
    all[i] = (worker){.context = context, .trial = trial, .threads = threads, .pace = none};
  co_pool_run(context->pool, run_worker, all, jobs);
  for (int i = 0; i < jobs; i++) {
    mean.train_s += all[i].pace.train_s / jobs;
    mean.evaluate_s += all[i].pace.evaluate_s / jobs;
    mean.episode += all[i].pace.episode / jobs;
    mean.build_s += all[i].pace.build_s / jobs;
  }
  free(all);
  return mean;
}
