#include "envs/verify/bare.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/pool.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/verify/tape.h"
#include "envs/world/row.h"
#include "envs/world/vector.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>

// Rows are stepped in small groups for a few steps per visit, so that their memory stays in the
// cache.
enum { kGroup = 8, kVisit = 8, kHashSteps = 64 };

// A generator as cheap as a plain loop would use (xorshift; Marsaglia 2003), so that the limit is
// not held back.
static double cheap_uniform(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

// ---- the plain loop

typedef struct bare_thread {
  const co_built_world *world;
  co_physics **row;  // (rows)
  int *age;          // (rows) control steps of the episode
  int rows;
  double seconds;
  uint64_t random;  // of actions
  co_rng rng;       // of resets
  int64_t steps;
  double wall;
  co_status status;
} bare_thread;

static bool is_over(const co_binding *binding, co_physics *row) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_TERMINATE];
  co_moment moment = {.physics = row, .pose = binding->pose};
  for (int i = 0; i < terms->count; i++) {
    double state[8] = {0};
    assert(terms->term[i].states <= 8);
    if (terms->term[i].class->over(&terms->term[i], &moment, state)) return true;
  }
  return false;
}

static void bare_physics(co_physics *row, int substeps, bool contact_forces) {
  if (row->model->engine != &co_engine_mujoco) {
    row->model->engine->step(row, substeps);
    return;
  }
  const mjModel *model = ((const co_mujoco_model *)row->model)->mj;
  mjData *data = ((co_mujoco_row *)row)->data;
  for (int i = 0; i < substeps; i++) mj_step(model, data);
  if (contact_forces) mj_rnePostConstraint(model, data);
}

// The start state as the task draws it, so that both play the same kind of episodes.
static void bare_reset(const co_binding *binding, co_physics *row, co_rng *rng) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_RESET];
  co_moment moment = {.physics = row, .pose = binding->pose};
  row->model->engine->reset(row);
  co_binding_start(binding, row);
  for (int i = 0; i < terms->count; i++) terms->term[i].class->draw(&terms->term[i], &moment, rng);
  row->model->engine->forward(row);
}

static void bare_step(bare_thread *thread, int index) {
  const co_built_world *world = thread->world;
  const co_model *model = world->model;
  co_physics *row = thread->row[index];
  for (int i = 0; i < model->nu; i++) {
    int at = co_model_at(model, CO_CTRL, i);
    if (at < 0) continue;  // a domain has removed it
    double low = fmax(model->ctrl_low[i], -1e3), high = fmin(model->ctrl_high[i], 1e3);
    row->ctrl[at] = low + (high - low) * cheap_uniform(&thread->random);
  }
  bare_physics(row, world->info.substeps, world->binding.contact_forces);
  thread->steps++;
  if (++thread->age[index] < world->info.horizon && !is_over(&world->binding, row)) return;
  bare_reset(&world->binding, row, &thread->rng);
  thread->age[index] = 0;
}

static void bare_loop(bare_thread *thread) {
  double start = co_clock_wall();
  do {
    for (int first = 0; first < thread->rows; first += kGroup) {
      for (int visit = 0; visit < kVisit; visit++) {
        for (int i = first; i < first + kGroup && i < thread->rows; i++) bare_step(thread, i);
      }
    }
    thread->wall = co_clock_wall() - start;
  } while (thread->wall < thread->seconds);
}

static co_status bare_prepare(bare_thread *thread) {
  thread->row = co_alloc((size_t)thread->rows, sizeof *thread->row);
  thread->age = co_alloc((size_t)thread->rows, sizeof *thread->age);
  if (!thread->row || !thread->age) return CO_MEMORY;
  for (int i = 0; i < thread->rows; i++) {
    CO_TRY(co_physics_create(thread->world->model, &thread->row[i]));
    bare_reset(&thread->world->binding, thread->row[i], &thread->rng);
  }
  return CO_OK;
}

static void bare_run(void *context, int index) {
  bare_thread *thread = (bare_thread *)context + index;
  if (thread->status == CO_OK) bare_loop(thread);
}

static int rows_of_thread(int rows, int threads, int index) {
  return rows * (index + 1) / threads - rows * index / threads;
}

co_status co_bare_steps_per_second(const co_built_world *world, int rows, int threads,
                                   double seconds, double *out) {
  co_pool *pool = NULL;
  assert(rows > 0 && threads > 0 && seconds > 0);
  if (threads > rows) threads = rows;
  bare_thread *thread = co_alloc((size_t)threads, sizeof *thread);
  co_status status = thread ? co_pool_create(threads, &pool) : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < threads; i++) {
    thread[i] =
        (bare_thread){.world = world,
                      .rows = rows_of_thread(rows, threads, i),
                      .seconds = seconds,
                      .random = 0x9e3779b97f4a7c15u + (uint64_t)i,
                      .rng = co_rng_make(&(co_stream){0, 0, CO_PURPOSE_RESET}, (uint32_t)i)};
    status = bare_prepare(&thread[i]);
  }
  if (status == CO_OK) co_pool_run(pool, bare_run, thread, threads);
  *out = 0.0;
  for (int i = 0; thread && i < threads; i++) {
    if (status == CO_OK) *out += (double)thread[i].steps / thread[i].wall;
    for (int j = 0; thread[i].row && j < thread[i].rows; j++) co_physics_free(thread[i].row[j]);
    free(thread[i].row);
    free(thread[i].age);
  }
  free(thread);
  co_pool_free(pool);
  return status;
}

// ---- the same through the env

typedef struct env_thread {
  co_env *env;
  int row0, rows;
  double seconds;
  uint64_t random;
  double *low, *high;            // (act_dim) of actions
  float *action, *obs, *reward;  // of one group
  uint8_t *flag;                 // (3 x kGroup) terminated, truncated, fault
  int64_t steps, resets, faults;
  double wall;
  co_status status;
  char error[512];  // error texts belong to a thread and must be carried out of it
} env_thread;

static co_status env_visit(env_thread *thread, int first, int count) {
  const co_env_info *info = co_env_get_info(thread->env);
  co_env_out out = {.obs = thread->obs,
                    .reward = thread->reward,
                    .terminated = thread->flag,
                    .truncated = thread->flag + kGroup,
                    .fault = thread->flag + 2 * kGroup};
  for (int i = 0; i < count * info->act_dim; i++) {
    double low = thread->low[i % info->act_dim], high = thread->high[i % info->act_dim];
    thread->action[i] = (float)(low + (high - low) * cheap_uniform(&thread->random));
  }
  CO_TRY(co_env_step(thread->env, first, count, thread->action, &out));
  thread->steps += count;
  for (int i = 0; i < count; i++) {
    if (!out.terminated[i] && !out.truncated[i] && !out.fault[i]) continue;
    thread->resets++;
    thread->faults += out.fault[i];
    co_env_out one = {.obs = thread->obs + (size_t)i * (size_t)info->obs_dim};
    CO_TRY(co_env_reset(thread->env, first + i, 1, &one));
  }
  return CO_OK;
}

static co_status env_sweep(env_thread *thread, int visits) {
  int end = thread->row0 + thread->rows;
  for (int first = thread->row0; first < end; first += kGroup) {
    int count = end - first < kGroup ? end - first : kGroup;
    for (int visit = 0; visit < visits; visit++) CO_TRY(env_visit(thread, first, count));
  }
  return CO_OK;
}

static void env_run(void *context, int index) {
  env_thread *thread = (env_thread *)context + index;
  double start = co_clock_wall();
  while (thread->status == CO_OK && thread->wall < thread->seconds) {
    thread->status = env_sweep(thread, kVisit);
    thread->wall = co_clock_wall() - start;
  }
  if (thread->status != CO_OK) snprintf(thread->error, sizeof thread->error, "%s", co_error_text());
}

static co_status env_prepare(env_thread *thread) {
  const co_env_info *info = co_env_get_info(thread->env);
  size_t dims = (size_t)(info->act_dim + info->obs_dim + 1);
  thread->action = co_alloc(kGroup * dims, sizeof *thread->action);
  thread->flag = co_alloc(3, kGroup);
  thread->low = co_alloc(2 * (size_t)info->act_dim, sizeof *thread->low);
  if (!thread->action || !thread->flag || !thread->low) return CO_MEMORY;
  thread->high = thread->low + info->act_dim;
  co_tape_bounds(co_vector_row(thread->env, 0)->binding, thread->low, thread->high);
  thread->obs = thread->action + (size_t)kGroup * (size_t)info->act_dim;
  thread->reward = thread->obs + (size_t)kGroup * (size_t)info->obs_dim;
  return CO_OK;
}

// Row by row, so that the hash does not depend on how rows are grouped.
static co_status hash_observations(env_thread *thread, int rows, uint64_t *out) {
  const co_env_info *info = co_env_get_info(thread->env);
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  co_status status = CO_OK;
  for (int row = 0; status == CO_OK && row < rows; row++) {
    thread->random = 0x9e3779b97f4a7c15u + (uint64_t)row;
    for (int step = 0; status == CO_OK && step < kHashSteps; step++) {
      status = env_visit(thread, row, 1);
      co_hasher_add(hasher, thread->obs, (size_t)info->obs_dim * sizeof *thread->obs);
    }
  }
  *out = co_hasher_value(hasher);
  co_hasher_free(hasher);
  thread->steps = thread->resets = thread->faults = 0;
  return status;
}

// Mean over the rows, after each has stepped.
static size_t bytes_per_row(co_env *env, int rows) {
  size_t bytes = 0;
  for (int i = 0; i < rows; i++) {
    const co_row *row = co_vector_row(env, i);
    bytes += sizeof *row + row->physics->model->engine->memory(row->physics);
  }
  return bytes / (size_t)rows;
}

static void add_up(const env_thread *thread, int threads, co_env_speed *out) {
  for (int i = 0; i < threads; i++) {
    out->steps_per_s += (double)thread[i].steps / thread[i].wall;
    out->resets += thread[i].resets;
    out->faults += thread[i].faults;
  }
}

static co_status measure_env(co_env *env, env_thread *thread, int rows, int threads, double seconds,
                             co_env_speed *out) {
  co_pool *pool = NULL;
  for (int i = 0; i < threads; i++) {
    thread[i] = (env_thread){.env = env,
                             .row0 = rows * i / threads,
                             .rows = rows_of_thread(rows, threads, i),
                             .seconds = seconds,
                             .random = 0x9e3779b97f4a7c15u + (uint64_t)i};
    CO_TRY(env_prepare(&thread[i]));
  }
  CO_TRY(co_env_reset(env, 0, rows, &(co_env_out){0}));
  CO_TRY(hash_observations(&thread[0], rows, &out->obs_hash));
  out->bytes_per_env = bytes_per_row(env, rows);
  CO_TRY(co_pool_create(threads, &pool));
  co_pool_run(pool, env_run, thread, threads);
  co_pool_free(pool);
  for (int i = 0; i < threads; i++) {
    if (thread[i].status != CO_OK) return co_fail(thread[i].status, "%s", thread[i].error);
  }
  add_up(thread, threads, out);
  return CO_OK;
}

co_status co_env_measure_speed(const co_world *world, int rows, int threads, double seconds,
                               uint64_t seed, co_env_speed *out) {
  co_built_world *built = NULL;
  co_env *env = NULL;
  co_stream stream = {seed, 0, CO_PURPOSE_RESET};
  *out = (co_env_speed){0};
  assert(rows > 0 && threads > 0 && seconds > 0);
  if (threads > rows) threads = rows;
  CO_TRY(co_world_build(world, &built));
  CO_TRY(co_vector_create(built, rows, &stream, &env));
  env_thread *thread = co_alloc((size_t)threads, sizeof *thread);
  co_status status = thread ? measure_env(env, thread, rows, threads, seconds, out) : CO_MEMORY;
  for (int i = 0; thread && i < threads; i++) {
    free(thread[i].action);
    free(thread[i].flag);
    free(thread[i].low);
  }
  free(thread);
  co_env_destroy(env);
  return status;
}
