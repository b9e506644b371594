#include "cli/bench/bench_learner.h"

#include "agents/nn/kernels/kernels.h"
#include "agents/policy/policy.h"
#include "core/clock.h"
#include "core/count_alloc.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

co_status bench_hidden(const cli_args *args, double width[CO_MAX_HIDDEN], co_floats *out) {
  const char *text = cli_value(args, "hidden");
  if (!text) return CO_OK;
  int count = 0;
  for (const char *at = text;; at++) {
    char number[16];
    size_t length = strcspn(at, ",");
    int64_t units = 0;
    snprintf(number, sizeof number, "%.*s", (int)length, at);
    if (count == CO_MAX_HIDDEN || length >= sizeof number || !co_parse_int(number, &units) ||
        units < 1 || units > CO_MAX_WIDTH)
      return co_fail(CO_USAGE, "--hidden: \"%s\" is not a list of 1 to %d widths from 1 to %d",
                     text, CO_MAX_HIDDEN, CO_MAX_WIDTH);
    width[count++] = (double)units;
    at += length;
    if (!*at) break;
  }
  *out = (co_floats){width, count};
  return CO_OK;
}

co_status bench_ppo_settings(const cli_args *args, double width[CO_MAX_HIDDEN], co_ppo_def *def) {
  CO_TRY(cli_int(args, "envs", 1, 4096, &def->envs));
  CO_TRY(cli_int(args, "horizon", 1, 4096, &def->horizon));
  CO_TRY(cli_int(args, "epochs", 1, 1000, &def->epochs));
  CO_TRY(cli_int(args, "minibatch", 2, 65536, &def->minibatch));
  return bench_hidden(args, width, &def->hidden);
}

void bench_add_ppo_settings(const co_ppo_def *def, co_json *object) {
  co_json_set_int(object, "envs", def->envs);
  co_json_set_int(object, "horizon", def->horizon);
  co_json_set(object, "hidden", co_json_numbers(def->hidden.value, def->hidden.count));
  co_json_set_int(object, "epochs", def->epochs);
  co_json_set_int(object, "minibatch", def->minibatch);
}

// ---- trainings

static const char learning[] = "learning";

static bool is_learning(const char *edit) {
  return strncmp(edit, learning, strlen(learning)) == 0 && edit[strlen(learning)] == '.';
}

// The settings as the member "learning" of a tree that --set can edit.
static co_status settings_tree(const co_schema *schema, const void *settings, co_node **out) {
  co_node *member = NULL;
  *out = co_node_new(CO_NODE_GROUP, NULL, "--set", 0);
  if (!*out) return CO_MEMORY;
  CO_TRY(co_schema_to_tree(schema, settings, &member));
  member->name = co_strdup(learning);
  if (member->name) return co_node_add(*out, member);
  co_node_free(member);
  return CO_MEMORY;
}

// applies the "learning." ones of the edits
static co_status edit_settings(const co_schema *schema, const char *const *edit, int count,
                               co_arena *arena, void *settings) {
  co_node *root = NULL;
  co_status status = settings_tree(schema, settings, &root);
  for (int i = 0; i < count && status == CO_OK; i++)
    if (is_learning(edit[i])) status = co_tree_set(root, edit[i]);
  if (status == CO_OK)
    status = co_schema_read(schema, co_node_get(root, learning), arena, settings);
  co_node_free(root);
  return status;
}

// --task, and each --set to the world or to the settings
static co_status read_world(const cli_args *args, const char *task, void *settings,
                            bench_trainings *out) {
  const char *const *edit;
  int count = cli_values(args, "set", &edit), kept = 0;
  out->world = cli_world(args, task, NULL);
  for (int i = 0; i < count; i++)
    if (!is_learning(edit[i])) out->set[kept++] = edit[i];
  out->world.set = out->set;
  out->world.num_set = kept;
  if (kept == count) return CO_OK;
  return edit_settings(out->algorithm->schema, edit, count, &out->arena, settings);
}

co_status bench_trainings_prepare(const bench *b, const co_algorithm *algorithm, void *settings,
                                  const char *task, int64_t steps, bench_trainings *out) {
  *out = (bench_trainings){
      .algorithm = algorithm, .settings = settings, .steps = steps, .episodes = 20};
  CO_TRY(cli_int(b->args, "steps", 1, INT64_C(1) << 40, &out->steps));
  CO_TRY(cli_int(b->args, "episodes", 1, 10000, &out->episodes));
  CO_TRY(read_world(b->args, task, settings, out));
  out->cost = co_alloc((size_t)b->repeats, sizeof *out->cost);
  if (!out->cost) return CO_MEMORY;
  return co_pool_create((int)b->threads, &out->pool);
}

void bench_trainings_free(bench_trainings *trainings) {
  co_evaluation_free(&trainings->result);
  co_pool_free(trainings->pool);
  co_arena_free(&trainings->arena);
  free(trainings->cost);
}

co_status bench_training_open(const bench_trainings *all, uint64_t seed, bench_training *t) {
  const co_algorithm *algorithm = all->algorithm;
  co_stream stream = {seed, 0, CO_PURPOSE_RESET};
  CO_TRY(cli_env_open(NULL, &all->world, algorithm->env_rows(all->settings), &stream, &t->env));
  const co_env_info *info = co_env_get_info(t->env.env);
  co_network_def network;
  CO_TRY(co_algorithm_network(algorithm, all->settings, info, &network));
  stream.purpose = CO_PURPOSE_INIT;
  CO_TRY(co_policy_create(&network, info, algorithm->name, &stream, &t->policy));
  co_learner_def def = {.settings = all->settings,
                        .policy = t->policy,
                        .env = {t->env.env},
                        .pool = all->pool,
                        .stream = stream,
                        .total_steps = all->steps};
  CO_TRY(algorithm->create(&def, &t->learner));
  return all->begin ? all->begin(t->learner) : CO_OK;
}

void bench_training_close(const bench_trainings *all, bench_training *t) {
  if (t->learner) all->algorithm->destroy(t->learner);
  co_policy_free(t->policy);
  cli_env_close(&t->env);
}

// Updates until at least `steps` env steps are learned from. Stats are read after every update,
// since only some rollouts end an episode.
static co_status train(const bench_trainings *all, bench_training *t, co_learner_stats *stats) {
  int64_t per_update = all->algorithm->steps_per_update(all->settings);
  t->final_return = NAN;
  for (int64_t done = 0; done < all->steps; done += per_update) {
    CO_TRY(all->algorithm->collect(t->learner));
    CO_TRY(all->algorithm->update(t->learner));
    all->algorithm->stats(t->learner, stats);
    if (!isnan(stats->episode_return)) t->final_return = stats->episode_return;
  }
  return CO_OK;
}

static co_status time_training(const bench_trainings *all, bench_training *t, bench_cost *out) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  co_count_alloc_start();
  co_status status = train(all, t, &out->stats);
  t->allocations = co_count_alloc_stop();
  out->wall_s = co_clock_wall() - wall;
  out->cpu_s = co_clock_cpu() - cpu;
  return status;
}

static uint64_t hash_params(const co_policy *policy) {
  uint64_t hash = 0;
  for (int i = 0; i < policy->num_tensors; i++) {
    uint64_t pair[] = {hash, co_tensor_hash(&policy->tensor[i])};
    hash = co_hash(pair, sizeof pair);
  }
  return hash;
}

static co_status keep(bench_trainings *all, const bench_training *t) {
  uint64_t hash = hash_params(t->policy);
  if (all->count && hash != all->params_hash)
    return co_fail(CO_INTERNAL, "bench %s: two equal trainings ended with different parameters",
                   all->algorithm->name);
  all->params_hash = hash;
  all->final_return = t->final_return;
  if (!all->count || t->allocations > all->allocations) all->allocations = t->allocations;
  all->count++;
  return CO_OK;
}

// as the final evaluation of `train` does it; where all episodes are faulty there is no return
static co_status evaluate(const bench *b, bench_trainings *all, const co_policy *policy) {
  co_stream stream = {cli_seed(b->args), 0, CO_PURPOSE_EVAL_FINAL};
  cli_env env = {0};
  co_status status = cli_env_open(NULL, &all->world, (int)all->episodes, &stream, &env);
  if (status == CO_OK) status = co_evaluate(policy, env.env, NULL, all->pool, &all->result);
  if (status == CO_OK)
    status = co_evaluation_interval(&all->result, stream.seed, all->pool, &all->interval);
  cli_env_close(&env);
  return status;
}

co_status bench_train(const bench *b, bench_trainings *trainings, bench_cost **out) {
  *out = &trainings->cost[trainings->count];
  bench_training t = {0};
  co_status status = bench_training_open(trainings, cli_seed(b->args), &t);
  if (status == CO_OK) status = time_training(trainings, &t, *out);
  if (status == CO_OK && trainings->end) trainings->end(trainings->context, t.learner);
  if (status == CO_OK && !trainings->count) status = evaluate(b, trainings, t.policy);
  if (status == CO_OK) status = keep(trainings, &t);
  bench_training_close(trainings, &t);
  return status;
}

const bench_cost *bench_median_cost(const bench *b, const bench_trainings *trainings) {
  const bench_cost *best = &trainings->cost[0];
  for (int i = 1; i < trainings->count; i++)
    if (fabs(trainings->cost[i].speed - b->value) < fabs(best->speed - b->value))
      best = &trainings->cost[i];
  return best;
}

co_json *bench_set_json(const bench *b) {
  const char *const *edit;
  int count = cli_values(b->args, "set", &edit);
  co_json *list = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(list, co_json_string(edit[i]));
  return list;
}

void bench_add_times(const bench *b, const bench_trainings *trainings, co_json *object) {
  const bench_cost *at = bench_median_cost(b, trainings);
  co_json_set_int(object, "steps", trainings->steps);
  co_json_set_int(object, "seed", (int64_t)cli_seed(b->args));
  co_json_set(object, "set", bench_set_json(b));
  co_json_set_int(object, "env_steps", at->stats.env_steps);
  co_json_set_number(object, "wall_s", at->wall_s);
  co_json_set_number(object, "cpu_s", at->cpu_s);
}

static co_json *return_json(const bench_trainings *trainings) {
  co_json *object = co_json_object();
  co_json_set_int(object, "episodes", trainings->result.count);
  cli_set_return(object, &trainings->result, &trainings->interval);
  return object;
}

void bench_add_outcome(const bench_trainings *trainings, co_json *object) {
  bool counted = trainings->allocations >= 0;
  co_json_set(object, "allocations",
              counted ? co_json_int(trainings->allocations) : co_json_null());
  co_json_set_number(object, "final_return", trainings->final_return);
  co_json_set(object, "return", return_json(trainings));
  cli_set_hash(object, "params_hash", trainings->params_hash);
}

// ---- peak

enum { MAX_THREADS = 256, ROUNDS = 1 << 14 };

typedef struct peak {
  double deadline;
  double flop[MAX_THREADS];
} peak;

static void peak_task(void *context, int index) {
  peak *p = context;
  const co_kernels *kernels = co_kernels_get();
  float sink;
  do p->flop[index] += kernels->peak(ROUNDS, &sink);
  while (co_clock_wall() < p->deadline);
}

double bench_fma_peak(co_pool *pool, double seconds) {
  int threads = co_pool_threads(pool) < MAX_THREADS ? co_pool_threads(pool) : MAX_THREADS;
  double began = co_clock_wall(), flop = 0;
  peak p = {.deadline = began + seconds};
  co_pool_run(pool, peak_task, &p, threads);
  double took = co_clock_wall() - began;
  for (int i = 0; i < threads; i++) flop += p.flop[i];
  return flop / took;
}
