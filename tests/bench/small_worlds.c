// Steps of worlds under random actions, and an evaluation, whose instructions a test counts.
//
//   small_worlds          lists them
//   small_worlds NAME     runs one, on one thread

#include "agents/policy/evaluate.h"
#include "agents/policy/random_action.h"
#include "core/hash.h"
#include "envs/world/vector.h"
#include "tests/bench/counted.h"

#include <stdlib.h>

static const co_stream stream = {7, 3, CO_PURPOSE_RESET};
// draws at every reset, noise at every step
static const char shifts[] =
    "domain = ( { parameter = \"geom.friction\"; select = \"*\"; scale = { uniform = (0.8, 1.2); "
    "}; },"
    " { parameter = \"observation.noise\"; select = \"qvel\"; set = 0.01; } );";

typedef struct state {
  co_env *env;
  co_policy *policy;
  float *action, *obs, *reward;
  uint8_t *flag;  // terminated, truncated, success, fault: (rows) each
} state;

static void close_state(void *pointer) {
  state *s = pointer;
  if (!s) return;
  if (s->env) co_env_destroy(s->env);
  co_policy_free(s->policy);
  free(s->action);
  free(s->obs);
  free(s->reward);
  free(s->flag);
  free(s);
}

static co_status open_env(const counted *work, state *s) {
  co_node *root = NULL;
  co_built_world *built = NULL;
  co_world world = {.task = work->task};
  CO_TRY(co_tree_parse(shifts, "shifts", &root));
  if (strcmp(work->task, "pendulum") != 0) world.domain = co_node_get(root, "domain");
  co_status status = co_world_build(&world, &built);
  co_node_free(root);
  return status == CO_OK ? co_vector_create(built, work->rows, &stream, &s->env) : status;
}

static co_status open_steps(const counted *work, void **out) {
  state *s = *out = calloc(1, sizeof *s);
  if (!s) return co_fail(CO_MEMORY, "out of memory");
  CO_TRY(open_env(work, s));
  const co_env_info *info = co_env_get_info(s->env);
  size_t rows = (size_t)work->rows;
  s->action = calloc(rows * (size_t)info->act_dim, sizeof *s->action);
  s->obs = calloc(rows * (size_t)info->obs_dim, sizeof *s->obs);
  s->reward = calloc(rows, sizeof *s->reward);
  s->flag = calloc(4 * rows, 1);
  if (!s->action || !s->obs || !s->reward || !s->flag) return co_fail(CO_MEMORY, "out of memory");
  return co_env_reset(s->env, 0, work->rows, &(co_env_out){.obs = s->obs});
}

static co_status reset_ended(const counted *work, state *s) {
  int rows = work->rows, dim = co_env_get_info(s->env)->obs_dim;
  for (int i = 0; i < rows; i++)
    if (s->flag[i] || s->flag[rows + i] || s->flag[3 * rows + i])
      CO_TRY(co_env_reset(s->env, i, 1, &(co_env_out){.obs = s->obs + i * dim}));
  return CO_OK;
}

static co_status run_steps(const counted *work, void *pointer, uint64_t *hash) {
  state *s = pointer;
  const co_env_info *info = co_env_get_info(s->env);
  int rows = work->rows;
  size_t bytes = (size_t)rows * (size_t)info->obs_dim * sizeof *s->obs;
  co_env_out out = {.obs = s->obs,
                    .reward = s->reward,
                    .terminated = s->flag,
                    .truncated = s->flag + rows,
                    .success = s->flag + 2 * rows,
                    .fault = s->flag + 3 * rows};
  co_rng rng = co_rng_make(&(co_stream){7, 3, CO_PURPOSE_ACTION}, 0);
  for (int step = 0; step < work->steps; step++) {
    for (int i = 0; i < rows; i++) co_random_action(info, &rng, s->action + i * info->act_dim);
    CO_TRY(co_env_step(s->env, 0, rows, s->action, &out));
    uint64_t parts[] = {*hash, co_hash(s->obs, bytes),
                        co_hash(s->reward, (size_t)rows * sizeof *s->reward)};
    *hash = co_hash(parts, sizeof parts);
    CO_TRY(reset_ended(work, s));
  }
  return CO_OK;
}

static co_status open_evaluation(const counted *work, void **out) {
  CO_TRY(open_steps(work, out));
  state *s = *out;
  const co_env_info *info = co_env_get_info(s->env);
  co_network_def def = {.obs_dim = info->obs_dim,
                        .act_dim = info->act_dim,
                        .num_hidden = 2,
                        .hidden = {64, 64},
                        .activation = CO_TANH};
  return co_policy_create(&def, info, "ppo", &stream, &s->policy);
}

static co_status run_evaluation(const counted *work, void *pointer, uint64_t *hash) {
  state *s = pointer;
  co_evaluation result = {0};
  (void)work;
  co_status status = co_evaluate(s->policy, s->env, NULL, NULL, &result);
  *hash = result.trace_hash;
  co_evaluation_free(&result);
  return status;
}

static const counted works[] = {
    {"step_quadruped", open_steps, run_steps, close_state, "quadruped_flat", 4, 60},
    {"step_pendulum", open_steps, run_steps, close_state, "pendulum", 16, 250},
    {"evaluate_hopper", open_evaluation, run_evaluation, close_state, "hopper", 4, 0},
};

int main(int argc, char **argv) {
  return counted_main(works, sizeof works / sizeof *works, argc, argv);
}
