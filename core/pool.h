// Thread pool for short parallel sections.
//
// co_pool_run(pool, task, context, count) calls task(context, i) once for every i in 0..count-1 on
// the pool's threads and the caller's, and returns when all are done. Thread t of n starts with the
// t-th n-th of the indices and then helps others, so callers number their tasks such that the same
// thread goes on with the same data; but which thread takes which i is not fixed, so a task writes
// only what belongs to its i, and whoever sums over tasks does it afterwards in index order.
// Sections of a learner are a few microseconds long, so idle threads spin briefly before they
// sleep. One section at a time; not reentrant.
//
// A team is a section whose tasks may wait for each other, since each has a thread to itself: with
// no more tasks than threads, no thread gets a second one while the first is under way, and the
// thread that an index is meant for takes it unless another one has. Members tell each other of
// their progress in atomics of their own, and wait with co_pool_await.

#ifndef CORE_POOL_H_
#define CORE_POOL_H_

#include "core/status.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct co_pool co_pool;
typedef void co_pool_task(void *context, int index);

// `threads` >= 1 counts the caller; 1 starts none. CO_MEMORY when they cannot be started.
co_status co_pool_create(int threads, co_pool **out);
int co_pool_threads(const co_pool *pool);                                       // NULL counts as 1
void co_pool_run(co_pool *pool, co_pool_task *task, void *context, int count);  // pool may be NULL
// A section of a team, count <= co_pool_threads(pool).
void co_pool_run_team(co_pool *pool, co_pool_task *task, void *context, int count);
// Waits until another member has counted `number` up to `value` or further, and for all that it
// wrote before (release, acquire). Spins, then lets other threads run, since there may be more of
// them than cores; returns for how long that was [s], 0 where the spinning was enough.
double co_pool_await(const _Atomic uint64_t *number, uint64_t value);
void co_pool_free(co_pool *pool);

#endif  // CORE_POOL_H_
