#include "core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// A section is published by raising `epoch`. Indices are handed out from `ticket`, which carries
// the epoch in its upper half, so that a thread late from the last section can't take an index of
// this one under the old task. The lower half counts the indices left, which are handed out from
// the last to the first.
struct co_pool {
  int threads;
  int started;
  pthread_t *thread;  // (threads - 1)
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  co_pool_task *task;
  void *context;
  _Atomic bool stop;  // a thread late from the last section may read it while it is set
  _Alignas(64) _Atomic uint32_t epoch;
  _Alignas(64) _Atomic uint64_t ticket;  // epoch << 32 | indices left
  _Alignas(64) _Atomic int done;
  _Atomic int sleeping;
};

enum {
  SPINS = 4000
};  // about 20 us: longer than the serial part between two sections of an update

static void relax(void) {
  __builtin_ia32_pause();
}

// takes indices of section `epoch` until none is left
static void work(co_pool *pool, uint32_t epoch) {
  for (;;) {
    uint64_t ticket = atomic_load(&pool->ticket);
    if ((uint32_t)(ticket >> 32) != epoch || (uint32_t)ticket == 0) return;
    if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket - 1)) continue;
    pool->task(pool->context, (int)(uint32_t)ticket - 1);
    atomic_fetch_add(&pool->done, 1);
  }
}

// waits for a section newer than `seen`: spins, then sleeps; returns its epoch
static uint32_t await_section(co_pool *pool, uint32_t seen) {
  for (int i = 0; i < SPINS; i++) {
    uint32_t epoch = atomic_load(&pool->epoch);
    if (epoch != seen) return epoch;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleeping, 1);
  while (atomic_load(&pool->epoch) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleeping, 1);
  pthread_mutex_unlock(&pool->mutex);
  return atomic_load(&pool->epoch);
}

static void *thread_main(void *argument) {
  co_pool *pool = argument;
  uint32_t seen = 0;
  for (;;) {
    seen = await_section(pool, seen);
    if (pool->stop) return NULL;
    work(pool, seen);
  }
}

static void publish(co_pool *pool, int count) {
  uint32_t epoch = atomic_load(&pool->epoch) + 1;
  atomic_store(&pool->ticket, (uint64_t)epoch << 32 | (uint32_t)count);
  atomic_store(&pool->epoch, epoch);
  if (atomic_load(&pool->sleeping) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

co_status co_pool_create(int threads, co_pool **out) {
  *out = NULL;
  co_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
  if (!pool) return co_fail(CO_MEMORY, "out of memory for a thread pool");
  *pool = (co_pool){.threads = threads < 1 ? 1 : threads};
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->thread = calloc((size_t)pool->threads, sizeof *pool->thread);
  for (int i = 0; pool->thread && i < pool->threads - 1; i++) {
    if (pthread_create(&pool->thread[i], NULL, thread_main, pool) != 0) break;
    pool->started++;
  }
  if (!pool->thread || pool->started < pool->threads - 1) {
    co_pool_free(pool);
    return co_fail(CO_MEMORY, "cannot start %d threads", threads - 1);
  }
  *out = pool;
  return CO_OK;
}

int co_pool_threads(const co_pool *pool) {
  return pool ? pool->threads : 1;
}

void co_pool_run(co_pool *pool, co_pool_task *task, void *context, int count) {
  if (count <= 0) return;
  if (!pool || pool->threads == 1 || count == 1) {
    for (int i = 0; i < count; i++) task(context, i);
    return;
  }
  // threads late from the last section see its ticket exhausted, so these plain writes race with
  // nobody
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->done, 0);
  publish(pool, count);
  work(pool, atomic_load(&pool->epoch));
  for (int spins = 0; atomic_load(&pool->done) < count; spins++) {
    if (spins < SPINS)
      relax();
    else
      sched_yield();  // more threads than cores: let the others finish
  }
}

void co_pool_free(co_pool *pool) {
  if (!pool) return;
  pool->stop = true;
  publish(pool, 0);
  for (int i = 0; i < pool->started; i++) pthread_join(pool->thread[i], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->thread);
  free(pool);
}
