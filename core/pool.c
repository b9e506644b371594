#include "core/pool.h"

#include "core/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// The indices of a section are shared out evenly and in order: each thread works off its own share,
// whose data lie in its cache from the section before, and then helps the others. All that a thread
// needs to know of a section is in one cache line, so that one transfer between cores starts it and
// one, of `done`, ends it.
//
// A ticket carries the number of its section in its upper half, so that a thread late from the last
// section can't take an index of this one under the old task. The other fields of the section are
// read by who has taken an index, which the section can't end without.
typedef struct pool_share {
  _Alignas(64) _Atomic uint64_t ticket;  // section << 32 | indices left
  co_pool_task *task;
  void *context;
  int end;                             // behind the share's last index
  _Alignas(64) _Atomic uint64_t done;  // indices that the share's thread has worked off, of any
} pool_share;                          // share, since it was started

typedef struct pool_thread {
  struct co_pool *pool;
  int self;
  pthread_t thread;
} pool_thread;

struct co_pool {
  int threads, started;
  pool_thread *thread;  // (threads), of which the first is the caller's and not used
  pool_share *share;    // (threads)
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  _Atomic bool stop;
  // written with every section, by the caller; threads that are awake don't read it
  _Alignas(64) uint32_t section;
  uint64_t published;  // indices of all sections
  _Atomic int sleeping, running;
};

enum {
  SPINS = 4000
};  // about 20 us: longer than the serial part between two sections of an update

static void relax(void) {
  __builtin_ia32_pause();
}

static uint32_t section_of(uint64_t ticket) {
  return (uint32_t)(ticket >> 32);
}

// takes indices of a share in a section until none is left; returns how many
static int work_off(pool_share *share, uint32_t section) {
  int taken = 0;
  for (;;) {
    uint64_t ticket = atomic_load(&share->ticket);
    if (section_of(ticket) != section || (uint32_t)ticket == 0) return taken;
    if (!atomic_compare_exchange_weak(&share->ticket, &ticket, ticket - 1)) continue;
    share->task(share->context, share->end - (int)(uint32_t)ticket);
    taken++;
  }
}

static void work(co_pool *pool, int self, uint32_t section) {
  _Atomic uint64_t *done = &pool->share[self].done;  // nobody else writes it
  for (int i = 0; i < pool->threads; i++) {
    int taken = work_off(&pool->share[(self + i) % pool->threads], section);
    uint64_t before = atomic_load_explicit(done, memory_order_relaxed);
    if (taken > 0) atomic_store_explicit(done, before + (uint64_t)taken, memory_order_release);
  }
}

// waits for a section other than `seen`: spins, then sleeps; returns it
static uint32_t await_section(co_pool *pool, const pool_share *share, uint32_t seen) {
  for (int i = 0; i < SPINS; i++) {
    uint32_t section = section_of(atomic_load(&share->ticket));
    if (section != seen) return section;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleeping, 1);
  while (section_of(atomic_load(&share->ticket)) == seen)
    pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleeping, 1);
  pthread_mutex_unlock(&pool->mutex);
  return section_of(atomic_load(&share->ticket));
}

static void *thread_main(void *argument) {
  const pool_thread *thread = argument;
  co_pool *pool = thread->pool;
  uint32_t seen = 0;
  atomic_fetch_add(&pool->running, 1);
  for (;;) {
    seen = await_section(pool, &pool->share[thread->self], seen);
    if (pool->stop) return NULL;
    work(pool, thread->self, seen);
  }
}

static void wake_sleeping(co_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

static void publish(co_pool *pool, co_pool_task *task, void *context, int count) {
  int first = 0;
  pool->section++;
  pool->published += (uint64_t)count;
  for (int t = 0; t < pool->threads; t++) {
    pool_share *share = &pool->share[t];
    int end = (int)((int64_t)count * (t + 1) / pool->threads);
    share->task = task;
    share->context = context;
    share->end = end;
    uint64_t ticket = (uint64_t)pool->section << 32 | (uint32_t)(end - first);
    atomic_store_explicit(&share->ticket, ticket, memory_order_release);
    first = end;
  }
  // a thread that counts itself as sleeping after this has the tickets before it
  if (atomic_fetch_add(&pool->sleeping, 0) > 0) wake_sleeping(pool);
}

static co_status start_threads(co_pool *pool) {
  size_t count = (size_t)pool->threads;
  pool->thread = co_alloc(count, sizeof *pool->thread);
  pool->share = co_alloc_aligned(count, sizeof *pool->share);
  if (!pool->thread || !pool->share) return CO_MEMORY;
  for (int i = 1; i < pool->threads; i++) {
    pool_thread *thread = &pool->thread[i];
    thread->pool = pool;
    thread->self = i;
    if (pthread_create(&thread->thread, NULL, thread_main, thread) != 0)
      return co_fail(CO_MEMORY, "cannot start %d threads", pool->threads - 1);
    pool->started++;
  }
  // what a thread allocates while it starts is none of the first section's
  while (atomic_load(&pool->running) < pool->started) sched_yield();
  return CO_OK;
}

co_status co_pool_create(int threads, co_pool **out) {
  *out = NULL;
  co_pool *pool = co_alloc_aligned(1, sizeof *pool);
  if (!pool) return CO_MEMORY;
  *pool = (co_pool){.threads = threads < 1 ? 1 : threads};
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  co_status status = start_threads(pool);
  if (status != CO_OK) {
    co_pool_free(pool);
    return status;
  }
  *out = pool;
  return CO_OK;
}

int co_pool_threads(const co_pool *pool) {
  return pool ? pool->threads : 1;
}

static uint64_t done_by_all(const co_pool *pool) {
  uint64_t done = 0;
  for (int t = 0; t < pool->threads; t++)
    done += atomic_load_explicit(&pool->share[t].done, memory_order_acquire);
  return done;
}

void co_pool_run(co_pool *pool, co_pool_task *task, void *context, int count) {
  if (count <= 0) return;
  if (!pool || pool->threads == 1 || count == 1) {
    for (int i = 0; i < count; i++) task(context, i);
    return;
  }
  publish(pool, task, context, count);
  work(pool, 0, pool->section);
  for (int spins = 0; done_by_all(pool) < pool->published; spins++) {
    if (spins < SPINS)
      relax();
    else
      sched_yield();  // more threads than cores: let the others finish
  }
}

void co_pool_free(co_pool *pool) {
  if (!pool) return;
  pool->stop = true;
  if (pool->started > 0) publish(pool, NULL, NULL, 0);
  for (int i = 1; i <= pool->started; i++) pthread_join(pool->thread[i].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->share);
  free(pool->thread);
  free(pool);
}

int co_pool_piece(const co_pool *pool, int rows) {
  enum { TASKS_PER_THREAD = 2 };
  int threads = co_pool_threads(pool), size = rows / (TASKS_PER_THREAD * threads);
  if (size < 2 && rows >= 2 * threads) size = 2;
  return size < 1 ? 1 : size > CO_POOL_PIECE ? CO_POOL_PIECE : size;
}
