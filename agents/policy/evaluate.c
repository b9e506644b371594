#include "agents/policy/evaluate.h"

#include "agents/policy/actor.h"
#include "agents/policy/random_action.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// One evaluation. A task of the pool is one row, rolled to its end in one visit: episodes differ
// much in length, so single rows keep all threads busy, and the forward product of one row costs a
// few percent of a physics step.
typedef struct roll_job {
  const co_actor *actor;  // NULL: random actions
  co_env *env;
  const co_env_info *info;
  const co_stream *stream;
  const co_evaluation_setup *setup;
  co_episode *episode;  // (rows)
  double *term;         // (rows x num_terms) summed over the episode
  double *metric;       // (rows x CO_NUM_STEP_METRICS) summed over the episode
  char **error;         // (rows) why a row failed, owned; NULL: it didn't
  co_status *status;    // (rows)
  float *scratch;       // (rows x scratch_size)
  size_t scratch_size;
} roll_job;

// A row's buffers for one control step.
typedef struct step_buffers {
  float *obs;           // (obs_dim)
  float *action;        // (act_dim)
  float *terms;         // (num_terms)
  float *metrics;       // (CO_NUM_STEP_METRICS)
  void *state;          // of the actor
  co_actor_scratch at;  // of the actor
} step_buffers;

static float *take(float *block, size_t *at, size_t floats) {
  enum { LINE = 16 /* floats of a cache line, so that rows of two threads share none */ };
  float *part = block ? block + *at : NULL;
  *at += (floats + LINE - 1) / LINE * LINE;
  return part;
}

// Places a row's buffers; returns how many floats they take. `block` NULL: only that.
static size_t lay_out(const roll_job *job, float *block, step_buffers *out) {
  size_t at = 0;
  out->obs = take(block, &at, (size_t)job->info->obs_dim);
  out->action = take(block, &at, (size_t)job->info->act_dim);
  out->terms = take(block, &at, (size_t)job->info->num_terms);
  out->metrics = take(block, &at, CO_NUM_STEP_METRICS);
  if (!job->actor) return at;
  out->state = take(block, &at, job->actor->state_bytes / sizeof *block);
  float *scratch = take(block, &at, co_actor_scratch_size(job->actor, 1));
  if (block) out->at = co_actor_scratch_place(job->actor, 1, scratch);
  return at;
}

// One control step: action, env, sums, trace.
static co_status step_row(const roll_job *job, int row, const step_buffers *at, co_rng *rng,
                          co_hasher *hasher) {
  const co_env_info *info = job->info;
  co_episode *episode = &job->episode[row];
  if (job->actor) {
    co_actor_act(job->actor, at->obs, 1, at->state, &at->at, at->action);
  } else {
    co_random_action(info, rng, at->action);
  }
  co_hasher_add(hasher, at->obs, (size_t)info->obs_dim * sizeof *at->obs);
  co_hasher_add(hasher, at->action, (size_t)info->act_dim * sizeof *at->action);
  float reward = 0;
  uint8_t success = 0;
  co_env_out out = {.obs = at->obs,
                    .reward = &reward,
                    .terms = at->terms,
                    .metrics = at->metrics,
                    .terminated = &episode->terminated,
                    .truncated = &episode->truncated,
                    .success = &success,
                    .fault = &episode->fault};
  CO_TRY(co_env_step(job->env, row, 1, at->action, &out));
  co_hasher_add(hasher, &reward, sizeof reward);
  episode->ret += (double)reward;
  episode->length++;
  bool over = episode->terminated || episode->truncated || episode->fault;
  episode->limited = !over && episode->length == job->setup->steps;
  episode->truncated |= episode->limited;
  episode->success |= success;
  double *sum = job->term + (size_t)row * (size_t)info->num_terms;
  for (int i = 0; i < info->num_terms; i++) sum[i] += (double)at->terms[i];
  double *metric = job->metric + (size_t)row * CO_NUM_STEP_METRICS;
  for (int i = 0; i < CO_NUM_STEP_METRICS; i++) metric[i] += (double)at->metrics[i];
  return CO_OK;
}

// Everything a row needs is its own: stream, buffers, sums, hash. That is why bytes don't depend on
// who rolls it.
static co_status roll_episode(const roll_job *job, int row, co_hasher *hasher) {
  co_episode *episode = &job->episode[row];
  assert(episode->length == 0);
  episode->has_success = job->info->has_success;
  co_rng rng = {0};
  step_buffers at;
  lay_out(job, job->scratch + (size_t)row * job->scratch_size, &at);
  if (job->actor) {
    co_actor_begin(job->actor, 1, at.state);
  } else {
    co_stream actions = *job->stream;
    actions.purpose = CO_PURPOSE_ACTION;
    rng = co_rng_make(&actions, (uint32_t)row);
  }
  if (job->setup->command) job->env->class->hold(job->env, row, job->setup->command);
  CO_TRY(co_env_reset(job->env, row, 1, &(co_env_out){.obs = at.obs}));
  while (!episode->terminated && !episode->truncated && !episode->fault) {
    CO_TRY(step_row(job, row, &at, &rng, hasher));
    assert(episode->length <= job->info->horizon);
  }
  episode->trace_hash = co_hasher_value(hasher);
  return CO_OK;
}

static void roll_row(void *context, int row) {
  roll_job *job = context;
  co_hasher *hasher = co_hasher_create();
  co_status status = hasher ? roll_episode(job, row, hasher) : CO_MEMORY;
  co_hasher_free(hasher);
  job->status[row] = status;
  if (status != CO_OK) job->error[row] = co_strdup(co_error_text());
}

// Errors lie with the threads that met them; the first row's is the one that is told.
static co_status first_failure(const roll_job *job, int rows) {
  for (int i = 0; i < rows; i++)
    if (job->status[i] != CO_OK)
      return co_fail(job->status[i], "episode %d: %s", i, job->error[i] ? job->error[i] : "");
  return CO_OK;
}

// Share of the episodes without fault for which `flag` says yes.
static double share(const co_evaluation *all, bool (*flag)(const co_episode *)) {
  int count = 0, yes = 0;
  for (int i = 0; i < all->count; i++) {
    if (all->episode[i].fault) continue;
    count++;
    yes += flag(&all->episode[i]);
  }
  return count ? (double)yes / count : (double)NAN;
}

static bool succeeded(const co_episode *episode) {
  return episode->success;
}
// Reaching a goal may end an episode as well, and is no fall.
static bool fell(const co_episode *episode) {
  return episode->terminated && !episode->success;
}

// Needs the count of faults.
static void average_terms(const roll_job *job, co_evaluation *out) {
  int valid = out->count - out->faults;
  for (int k = 0; k < out->num_terms; k++) {
    double sum = 0;
    for (int i = 0; i < out->count; i++)
      if (!out->episode[i].fault) sum += job->term[(size_t)i * (size_t)out->num_terms + (size_t)k];
    out->term_mean[k] = valid ? sum / valid : (double)NAN;
  }
}

static void average_metrics(const roll_job *job, co_evaluation *out) {
  for (int k = 0; k < CO_NUM_STEP_METRICS; k++) {
    double sum = 0;
    int64_t steps = 0;
    for (int i = 0; i < out->count; i++) {
      if (out->episode[i].fault) continue;
      sum += job->metric[(size_t)i * CO_NUM_STEP_METRICS + (size_t)k];
      steps += out->episode[i].length;
    }
    out->metric_mean[k] = steps && job->info->has_metric[k] ? sum / (double)steps : (double)NAN;
  }
}

// Returns and lengths of the episodes without fault into value (2 x count); gives their number.
static int collect_valid(co_evaluation *out, double *value) {
  int valid = 0;
  for (int i = 0; i < out->count; i++) {
    const co_episode *episode = &out->episode[i];
    out->env_steps += episode->length;
    out->faults += episode->fault != 0;
    out->limited += episode->limited != 0;
    if (episode->fault) continue;
    value[valid] = episode->ret;
    value[out->count + valid++] = episode->length;
  }
  return valid;
}

co_status co_evaluation_summarize(co_evaluation *out) {
  assert(out->count >= 0 && (out->episode || out->count == 0));
  double *value = co_alloc(2 * (size_t)out->count + 1, sizeof *value);
  if (!value) return CO_MEMORY;
  out->has_success = out->count > 0 && out->episode[0].has_success;
  out->env_steps = 0;
  out->faults = out->limited = 0;
  int valid = collect_valid(out, value);
  out->mean = co_mean(value, valid);
  out->std = co_std(value, valid);
  out->length_mean = co_mean(value + out->count, valid);
  co_sort(value, valid);
  out->iqm = co_iqm(value, valid);
  out->success_rate = out->has_success ? share(out, succeeded) : (double)NAN;
  out->fall_rate = share(out, fell);
  free(value);
  return CO_OK;
}

// xxh3-64 over the hashes of the episodes, in row order.
static co_status hash_traces(co_evaluation *out) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  for (int i = 0; i < out->count; i++)
    co_hasher_add(hasher, &out->episode[i].trace_hash, sizeof out->episode[i].trace_hash);
  out->trace_hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
}

static co_status allocate(roll_job *job, co_evaluation *out) {
  size_t rows = (size_t)out->count, terms = (size_t)out->num_terms;
  step_buffers unused;
  job->scratch_size = lay_out(job, NULL, &unused);
  job->scratch = co_alloc_aligned(rows * job->scratch_size, sizeof *job->scratch);
  job->term = co_alloc(rows * terms + 1, sizeof *job->term);
  job->metric = co_alloc(rows * CO_NUM_STEP_METRICS, sizeof *job->metric);
  job->error = co_alloc(rows, sizeof *job->error);
  job->status = co_alloc(rows, sizeof *job->status);
  job->episode = out->episode = co_alloc(rows, sizeof *out->episode);
  out->term_mean = co_alloc(terms + 1, sizeof *out->term_mean);
  if (job->scratch && job->term && job->metric && job->error && job->status && out->episode &&
      out->term_mean)
    return CO_OK;
  return CO_MEMORY;
}

static void free_job(roll_job *job, int rows) {
  for (int i = 0; job->error && i < rows; i++) free(job->error[i]);
  free(job->status);
  free(job->error);
  free(job->metric);
  free(job->term);
  free(job->scratch);
}

static co_status run(roll_job *job, co_pool *pool, co_evaluation *out) {
  CO_TRY(allocate(job, out));
  co_pool_run(pool, roll_row, job, out->count);
  CO_TRY(first_failure(job, out->count));
  CO_TRY(co_evaluation_summarize(out));
  average_terms(job, out);
  average_metrics(job, out);
  return hash_traces(out);
}

static co_status check_commands(const co_env *env, const double *command) {
  const co_env_info *info = co_env_get_info(env);
  if (!command) return CO_OK;
  if (!info->num_commands || !env->class->hold)
    return co_fail(CO_CONFIG, "task %s has no commands that could be given", info->task);
  for (int i = 0; i < info->num_commands; i++)
    if (isinf(command[i]))
      return co_fail(CO_CONFIG, "command %s: %g is not finite", info->command[i].name, command[i]);
  return CO_OK;
}

co_status co_evaluate_with(const co_policy *policy, co_env *env, const co_stream *stream,
                           const co_evaluation_setup *setup, co_pool *pool, co_evaluation *out) {
  assert(env && out && (policy || stream) && setup->steps >= 0);
  co_actor actor;
  roll_job job = {.env = env, .info = co_env_get_info(env), .stream = stream, .setup = setup};
  CO_TRY(check_commands(env, setup->command));
  if (policy) {
    CO_TRY(co_policy_check_world(policy, job.info));
    actor = co_actor_view(co_kernels_get(), policy);
    job.actor = &actor;
  }
  co_evaluation evaluation = {.count = co_env_rows(env), .num_terms = job.info->num_terms};
  co_status status = run(&job, pool, &evaluation);
  free_job(&job, evaluation.count);
  if (status != CO_OK) {
    co_evaluation_free(&evaluation);
    return status;
  }
  *out = evaluation;
  return CO_OK;
}

co_status co_evaluate(const co_policy *policy, co_env *env, const co_stream *stream, co_pool *pool,
                      co_evaluation *out) {
  const co_evaluation_setup whole = {0};
  return co_evaluate_with(policy, env, stream, &whole, pool, out);
}

void co_evaluation_free(co_evaluation *evaluation) {
  free(evaluation->episode);
  free(evaluation->term_mean);
  *evaluation = (co_evaluation){0};
}

co_status co_evaluation_judge(const co_evaluation *eval, const char *name, const char *task) {
  assert(name && task);
  if (eval->faults == eval->count)
    return co_fail(CO_INTERNAL,
                   "%s: no return: all %d episodes in %s end in a fault (non-finite or diverged "
                   "physics)",
                   name, eval->count, task);
  if (eval->faults)
    co_log(CO_LOG_WARNING, "%s: %d of %d episodes end in a fault and are left out", name,
           eval->faults, eval->count);
  return CO_OK;
}
