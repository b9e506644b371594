#include "agents/data/play.h"

#include "agents/policy/actor.h"
#include "agents/policy/random_action.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// A row and the episode that it has played.
typedef struct play_row {
  co_buf steps;  // floats: obs, action, reward of each step, then the last observation
  unsigned flags;
  uint8_t fault;
  co_status status;
  char *error;          // owned; NULL: none
  float *obs, *action;  // in `block`
  float *log_std;       // of actions that are drawn, in `block`
  void *state;          // of the actor, in `block`
  co_actor_scratch at;  // of the actor, in `block`
  float *block;         // owned
} play_row;

typedef struct play_job {
  const co_data_play *play;
  const co_env_info *info;
  const co_actor *actor;  // NULL: random actions
  int64_t base;           // episode of row 0
  play_row *row;          // (rows), owned
} play_job;

enum { LINE = 16 /* floats of a cache line */ };

static size_t lines(size_t floats) {
  return (floats + LINE - 1) / LINE * LINE;
}

static co_status place_row(const play_job *job, play_row *row) {
  size_t obs = lines((size_t)job->info->obs_dim), action = lines((size_t)job->info->act_dim);
  size_t state = job->actor ? lines(job->actor->state_bytes / sizeof(float)) : 0;
  size_t scratch = job->actor ? co_actor_scratch_size(job->actor, 1) : 0;
  row->block = co_alloc_aligned(obs + 2 * action + state + scratch, sizeof *row->block);
  if (!row->block) return CO_MEMORY;
  row->obs = row->block;
  row->action = row->obs + obs;
  row->log_std = row->action + action;
  row->state = row->log_std + action;
  float *rest = row->log_std + action + state;
  if (job->actor) row->at = co_actor_scratch_place(job->actor, 1, rest);
  return CO_OK;
}

// ---- one episode

// From the distribution around the means that the run left.
static void draw_action(const co_actor *actor, play_row *row, co_rng *rng) {
  int dim = actor->policy->contract.num_action;
  const float *mean = row->at.output[actor->mlp.num_layers - 1];
  co_actor_run(actor, row->obs, 1, row->state, &row->at);
  co_actor_log_std(actor, &row->at, 1, row->log_std);
  for (int i = 0; i < dim; i++) {
    double spread = exp((double)row->log_std[i]);
    row->action[i] = (float)((double)mean[i] + spread * co_rng_normal(rng));
  }
  co_actor_finish(actor, 1, row->action, row->action);
}

static void act(const play_job *job, play_row *row, co_rng *rng) {
  if (!job->actor)
    co_random_action(job->info, rng, row->action);
  else if (job->play->sampled)
    draw_action(job->actor, row, rng);
  else
    co_actor_act(job->actor, row->obs, 1, row->state, &row->at, row->action);
}

static co_status step(const play_job *job, int index, co_rng *rng) {
  play_row *row = &job->row[index];
  const co_env_info *info = job->info;
  float reward = 0;
  uint8_t terminated = 0, truncated = 0;
  act(job, row, rng);
  co_buf_add(&row->steps, row->obs, (size_t)info->obs_dim * sizeof *row->obs);
  co_buf_add(&row->steps, row->action, (size_t)info->act_dim * sizeof *row->action);
  co_env_out out = {.obs = row->obs,
                    .reward = &reward,
                    .terminated = &terminated,
                    .truncated = &truncated,
                    .fault = &row->fault};
  CO_TRY(co_env_step(job->play->env, index, 1, row->action, &out));
  co_buf_add(&row->steps, &reward, sizeof reward);
  row->flags = (terminated ? CO_DATA_TERMINATED : 0U) | (truncated ? CO_DATA_TRUNCATED : 0U);
  return co_buf_status(&row->steps);
}

static co_status roll_episode(const play_job *job, int index) {
  play_row *row = &job->row[index];
  uint32_t episode = (uint32_t)(job->base + index);
  co_stream actions = *job->play->stream;
  actions.purpose = CO_PURPOSE_ACTION;
  co_rng rng = co_rng_make(&actions, episode);
  row->steps.size = row->flags = row->fault = 0;
  if (job->actor) co_actor_begin(job->actor, 1, row->state);
  CO_TRY(co_env_begin(job->play->env, index, job->play->stream, episode,
                      &(co_env_out){.obs = row->obs}));
  while (!row->flags && !row->fault) CO_TRY(step(job, index, &rng));
  co_buf_add(&row->steps, row->obs, (size_t)job->info->obs_dim * sizeof *row->obs);
  return co_buf_status(&row->steps);
}

static void roll_row(void *context, int index) {
  play_job *job = context;
  play_row *row = &job->row[index];
  row->status = roll_episode(job, index);
  if (row->status != CO_OK) row->error = co_strdup(co_error_text());
}

// ---- all of them

static int words_of(const play_job *job) {
  return job->info->obs_dim + job->info->act_dim + 1;
}

// Without the observation that stands behind them.
static int64_t steps_of(const play_job *job, const play_row *row) {
  return (int64_t)(row->steps.size / sizeof(float) / (size_t)words_of(job));
}

static co_status write_episode(const play_job *job, int index, co_data_writer *writer) {
  const play_row *row = &job->row[index];
  const float *at = (const float *)(const void *)row->steps.data;
  int dim = job->info->obs_dim, actions = job->info->act_dim, words = words_of(job);
  int64_t count = steps_of(job, row);
  for (int64_t k = 0; k < count; k++, at += words) {
    co_data_transition transition = {.obs = at,
                                     .action = at + dim,
                                     .next_obs = at + words,
                                     .reward = at[dim + actions],
                                     .flags = k + 1 == count ? row->flags : 0,
                                     .episode = (uint32_t)(job->base + index),
                                     .row = (uint32_t)(job->base + index)};
    CO_TRY(co_data_writer_add(writer, &transition));
  }
  return CO_OK;
}

// The first episode that failed is the one that is told, whoever met it first.
static co_status play_block(play_job *job, int count, co_data_writer *writer, co_data_played *out) {
  co_pool_run(job->play->pool, roll_row, job, count);
  for (int i = 0; i < count; i++) {
    const play_row *row = &job->row[i];
    if (row->status != CO_OK)
      return co_fail(row->status, "episode %lld: %s", (long long)(job->base + i),
                     row->error ? row->error : "");
    out->env_steps += steps_of(job, row);
    out->faults += row->fault != 0;
    if (!row->fault) CO_TRY(write_episode(job, i, writer));
  }
  return CO_OK;
}

static co_status play_all(play_job *job, int rows, co_data_writer *writer, co_data_played *out) {
  const co_data_play *play = job->play;
  for (int i = 0; i < rows; i++) CO_TRY(place_row(job, &job->row[i]));
  for (; job->base < play->episodes; job->base += rows) {
    int64_t left = play->episodes - job->base;
    CO_TRY(play_block(job, left < rows ? (int)left : rows, writer, out));
    bool goes_on = !play->goes_on || play->goes_on(play->context, out->env_steps);
    if (!goes_on && left > rows)  // behind the last episode there is nothing to leave out
      return co_fail(CO_INTERRUPTED, "interrupted while episodes were recorded");
  }
  return CO_OK;
}

co_status co_data_play_run(const co_data_play *play, co_data_writer *writer, co_data_played *out) {
  assert(play->episodes >= 0 && play->stream && writer && out);
  int rows = co_env_rows(play->env);
  co_actor actor;
  play_job job = {.play = play, .info = co_env_get_info(play->env)};
  *out = (co_data_played){0};
  if (play->policy) {
    CO_TRY(co_policy_check_world(play->policy, job.info));
    actor = co_actor_view(co_kernels_get(), play->policy);
    job.actor = &actor;
  }
  job.row = co_alloc((size_t)rows, sizeof *job.row);
  if (!job.row) return CO_MEMORY;
  co_status status = play_all(&job, rows, writer, out);
  for (int i = 0; i < rows; i++) {
    co_buf_free(&job.row[i].steps);
    free(job.row[i].error);
    free(job.row[i].block);
  }
  free(job.row);
  return status;
}

// ---- a file

static co_status describe(const co_data_play *play, co_data_about *about) {
  CO_TRY(co_data_about_world(co_env_get_info(play->env), about));
  about->actor = play->policy ? CO_DATA_POLICY : CO_DATA_RANDOM;
  about->policy_hash = play->policy ? co_policy_hash(play->policy) : 0;
  about->seed = play->stream->number ? -1 : (int64_t)play->stream->seed;
  return CO_OK;
}

static co_status write_set(const co_data_play *play, const char *path, co_data_writer *writer,
                           co_data_played *out) {
  CO_TRY(co_data_play_run(play, writer, out));
  if (out->faults < play->episodes) return co_data_writer_commit(writer);
  return co_fail(CO_INTERNAL, "%s: all %lld episodes end in a fault: nothing is written", path,
                 (long long)play->episodes);
}

co_status co_data_play_file(const co_data_play *play, const char *path, co_data_played *out) {
  co_data_about about;
  co_data_writer *writer;
  CO_TRY(describe(play, &about));
  co_status status = co_data_writer_create(path, &about, &writer);
  co_data_about_free(&about);
  CO_TRY(status);
  status = write_set(play, path, writer, out);
  co_data_writer_destroy(writer);
  return status;
}
