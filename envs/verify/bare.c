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

// Rows are stepped in small groups, for some steps per visit, so that their memory stays in the
// cache. Before anything is timed, every row plays kWarm steps, since fresh rows, which all stand
// or fall at the same time, cost less than those in the midst of an episode.
enum { kGroup = 8, kVisit = 8, kWarm = 64, kTurns = 10 };

typedef struct stepping_thread {
  const co_stepping *of;
  int row0, rows, at;            // its rows; where in them its next group is
  uint64_t random;               // of actions
  co_rng rng;                    // of resets, in the plain loop
  float *action, *obs, *reward;  // of one group of the env
  uint8_t *flag;                 // (3 x kGroup) terminated, truncated, fault
  int64_t steps, resets, faults;
  double wall, cpu;
  co_status status;
  char error[512];  // error texts belong to a thread and must be carried out of it
} stepping_thread;

// One control step of `count` rows from `first` on, and the reset of those that have ended.
typedef co_status step_rows(stepping_thread *thread, int first, int count);

struct co_stepping {
  step_rows *step;
  int rows, threads, visit;
  double seconds;  // of this turn
  stepping_thread *thread;
  co_pool *pool;
  const co_built_world *world;  // of the plain loop
  co_physics **row;             // (rows)
  int *age;                     // (rows) control steps of the episode
  co_env *env;
  double *low, *high;  // (act_dim) of the env's actions
  uint64_t obs_hash;
  size_t bytes_per_row;
};

// A generator as cheap as a plain loop would use (xorshift; Marsaglia 2003), so that the limit is
// not held back.
static double cheap_uniform(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

static co_status run_all(co_stepping *s, co_pool_task *task) {
  co_pool_run(s->pool, task, s, s->threads);
  for (int i = 0; i < s->threads; i++) {
    if (s->thread[i].status != CO_OK) return co_fail(s->thread[i].status, "%s", s->thread[i].error);
  }
  return CO_OK;
}

// ---- the plain loop

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

static void bare_row(stepping_thread *thread, int index) {
  const co_stepping *s = thread->of;
  const co_built_world *world = s->world;
  const co_model *model = world->model;
  co_physics *row = s->row[index];
  for (int i = 0; i < model->nu; i++) {
    int at = co_model_at(model, CO_CTRL, i);
    if (at < 0) continue;  // a domain has removed it
    double low = fmax(model->ctrl_low[i], -1e3), high = fmin(model->ctrl_high[i], 1e3);
    row->ctrl[at] = low + (high - low) * cheap_uniform(&thread->random);
  }
  bare_physics(row, world->info.substeps, world->binding.contact_forces);
  thread->steps++;
  if (++s->age[index] < world->info.horizon && !is_over(&world->binding, row)) return;
  bare_reset(&world->binding, row, &thread->rng);
  thread->resets++;
  s->age[index] = 0;
}

static co_status bare_rows(stepping_thread *thread, int first, int count) {
  for (int i = first; i < first + count; i++) bare_row(thread, i);
  return CO_OK;
}

static void bare_start(void *context, int index) {
  stepping_thread *thread = &((co_stepping *)context)->thread[index];
  const co_stepping *s = thread->of;
  for (int i = thread->row0; i < thread->row0 + thread->rows; i++) {
    bare_reset(&s->world->binding, s->row[i], &thread->rng);
    for (int step = 0; step < kWarm; step++) bare_row(thread, i);
  }
}

static co_status bare_prepare(co_stepping *s, const co_built_world *world) {
  s->step = bare_rows;
  s->world = world;
  s->row = co_alloc((size_t)s->rows, sizeof(co_physics *));
  s->age = co_alloc((size_t)s->rows, sizeof *s->age);
  if (!s->row || !s->age) return CO_MEMORY;
  for (int i = 0; i < s->rows; i++) CO_TRY(co_physics_create(world->model, &s->row[i]));
  return run_all(s, bare_start);
}

// ---- the same through the env

static co_status env_rows(stepping_thread *thread, int first, int count) {
  const co_stepping *s = thread->of;
  const co_env_info *info = co_env_get_info(s->env);
  co_env_out out = {.obs = thread->obs,
                    .reward = thread->reward,
                    .terminated = thread->flag,
                    .truncated = thread->flag + kGroup,
                    .fault = thread->flag + 2 * kGroup};
  for (int i = 0; i < count * info->act_dim; i++) {
    double low = s->low[i % info->act_dim], high = s->high[i % info->act_dim];
    thread->action[i] = (float)(low + (high - low) * cheap_uniform(&thread->random));
  }
  CO_TRY(co_env_step(s->env, first, count, thread->action, &out));
  thread->steps += count;
  for (int i = 0; i < count; i++) {
    if (!out.terminated[i] && !out.truncated[i] && !out.fault[i]) continue;
    thread->resets++;
    thread->faults += out.fault[i];
    co_env_out one = {.obs = thread->obs + (size_t)i * (size_t)info->obs_dim};
    CO_TRY(co_env_reset(s->env, first + i, 1, &one));
  }
  return CO_OK;
}

static co_status env_buffers(const co_env_info *info, stepping_thread *thread) {
  size_t dims = (size_t)(info->act_dim + info->obs_dim + 1);
  thread->action = co_alloc(kGroup * dims, sizeof *thread->action);
  thread->flag = co_alloc(3, kGroup);
  if (!thread->action || !thread->flag) return CO_MEMORY;
  thread->obs = thread->action + (size_t)kGroup * (size_t)info->act_dim;
  thread->reward = thread->obs + (size_t)kGroup * (size_t)info->obs_dim;
  return CO_OK;
}

// Row by row, so that the hash does not depend on how rows are grouped.
static co_status hash_observations(co_stepping *s) {
  const co_env_info *info = co_env_get_info(s->env);
  stepping_thread *thread = &s->thread[0];
  uint64_t random = thread->random;
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  co_status status = CO_OK;
  for (int row = 0; status == CO_OK && row < s->rows; row++) {
    thread->random = 0x9e3779b97f4a7c15u + (uint64_t)row;
    for (int step = 0; status == CO_OK && step < kWarm; step++) {
      status = env_rows(thread, row, 1);
      co_hasher_add(hasher, thread->obs, (size_t)info->obs_dim * sizeof *thread->obs);
    }
  }
  thread->random = random;
  s->obs_hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
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

static co_status env_prepare(co_stepping *s, const co_world *world, uint64_t seed) {
  co_built_world *built = NULL;
  co_stream stream = {seed, 0, CO_PURPOSE_RESET};
  s->step = env_rows;
  CO_TRY(co_world_build(world, &built));
  CO_TRY(co_vector_create(built, s->rows, &stream, &s->env));
  const co_env_info *info = co_env_get_info(s->env);
  s->low = co_alloc(2 * (size_t)info->act_dim, sizeof *s->low);
  if (!s->low) return CO_MEMORY;
  s->high = s->low + info->act_dim;
  co_tape_bounds(co_vector_row(s->env, 0)->binding, s->low, s->high);
  for (int i = 0; i < s->threads; i++) CO_TRY(env_buffers(info, &s->thread[i]));
  CO_TRY(co_env_reset(s->env, 0, s->rows, &(co_env_out){0}));
  CO_TRY(hash_observations(s));
  s->bytes_per_row = bytes_per_row(s->env, s->rows);
  return CO_OK;
}

// ---- threads

// The groups that the thread comes to in `seconds`, from where it was.
static void run_thread(void *context, int index) {
  stepping_thread *thread = &((co_stepping *)context)->thread[index];
  const co_stepping *s = thread->of;
  double start = co_clock_wall(), cpu = co_clock_thread_cpu(), wall = 0.0;
  while (thread->status == CO_OK && wall < s->seconds) {
    int left = thread->rows - thread->at, count = left < kGroup ? left : kGroup;
    for (int visit = 0; thread->status == CO_OK && visit < s->visit; visit++)
      thread->status = s->step(thread, thread->row0 + thread->at, count);
    thread->at = left > kGroup ? thread->at + kGroup : 0;
    wall = co_clock_wall() - start;
  }
  thread->cpu += co_clock_thread_cpu() - cpu;
  thread->wall += wall;
  if (thread->status != CO_OK) snprintf(thread->error, sizeof thread->error, "%s", co_error_text());
}

// Speeds of threads add up, also where one thread had to do the share of another one.
static co_speed speed_of(const co_stepping *s) {
  co_speed out = {0};
  double cpu = 0.0;
  int64_t steps = 0;
  for (int i = 0; i < s->threads; i++) {
    const stepping_thread *thread = &s->thread[i];
    out.steps_per_s += (double)thread->steps / thread->wall;
    out.resets += thread->resets;
    out.faults += thread->faults;
    cpu += thread->cpu;
    steps += thread->steps;
  }
  out.cpu_us = 1e6 * cpu / (double)steps;
  return out;
}

static void clear_counts(co_stepping *s) {
  for (int i = 0; i < s->threads; i++) {
    stepping_thread *thread = &s->thread[i];
    thread->steps = thread->resets = thread->faults = 0;
    thread->wall = thread->cpu = 0.0;
  }
}

co_status co_stepping_run(co_stepping *const *side, int sides, double seconds, co_speed *out) {
  assert(seconds > 0);
  for (int i = 0; i < sides; i++) clear_counts(side[i]);
  for (int turn = 0; turn < kTurns; turn++) {
    for (int i = 0; i < sides; i++) {
      side[i]->seconds = seconds / kTurns;
      CO_TRY(run_all(side[i], run_thread));
    }
  }
  for (int i = 0; i < sides; i++) out[i] = speed_of(side[i]);
  return CO_OK;
}

// ---- making and freeing

static co_status create(int rows, int threads, int visit, co_stepping **out) {
  assert(rows > 0 && threads > 0 && visit > 0);
  if (threads > rows) threads = rows;
  co_stepping *s = *out = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->rows = rows;
  s->visit = visit;
  s->thread = co_alloc((size_t)threads, sizeof *s->thread);
  if (!s->thread) return CO_MEMORY;
  s->threads = threads;
  for (int i = 0; i < threads; i++) {
    int row0 = rows * i / threads;
    s->thread[i] =
        (stepping_thread){.of = s,
                          .row0 = row0,
                          .rows = rows * (i + 1) / threads - row0,
                          .random = 0x9e3779b97f4a7c15u + (uint64_t)i,
                          .rng = co_rng_make(&(co_stream){0, 0, CO_PURPOSE_RESET}, (uint32_t)i)};
  }
  return co_pool_create(threads, &s->pool);
}

static co_status finish(co_stepping *s, co_status status, co_stepping **out) {
  if (status == CO_OK) clear_counts(s);
  if (status == CO_OK)
    *out = s;
  else
    co_stepping_free(s);
  return status;
}

co_status co_stepping_bare(const co_built_world *world, int rows, int threads, int visit,
                           co_stepping **out) {
  co_stepping *s;
  co_status status = create(rows, threads, visit, &s);
  if (status == CO_OK) status = bare_prepare(s, world);
  return finish(s, status, out);
}

co_status co_stepping_env(const co_world *world, int rows, int threads, int visit, uint64_t seed,
                          co_stepping **out) {
  co_stepping *s;
  co_status status = create(rows, threads, visit, &s);
  if (status == CO_OK) status = env_prepare(s, world, seed);
  return finish(s, status, out);
}

void co_stepping_free(co_stepping *s) {
  if (!s) return;
  for (int i = 0; s->row && i < s->rows; i++) co_physics_free(s->row[i]);
  for (int i = 0; s->thread && i < s->threads; i++) {
    free(s->thread[i].action);
    free(s->thread[i].flag);
  }
  co_env_destroy(s->env);
  co_pool_free(s->pool);
  free(s->low);
  free(s->row);
  free(s->age);
  free(s->thread);
  free(s);
}

uint64_t co_stepping_hash(const co_stepping *s) {
  return s->obs_hash;
}

size_t co_stepping_bytes(const co_stepping *s) {
  return s->bytes_per_row;
}

co_status co_bare_steps_per_second(const co_built_world *world, int rows, int threads,
                                   double seconds, double *out) {
  co_stepping *bare;
  co_speed speed;
  CO_TRY(co_stepping_bare(world, rows, threads, kVisit, &bare));
  co_status status = co_stepping_run(&bare, 1, seconds, &speed);
  *out = status == CO_OK ? speed.steps_per_s : 0.0;
  co_stepping_free(bare);
  return status;
}
