// Thread pool for short parallel sections.
//
// co_pool_run(pool, task, context, count) calls task(context, i) once for every i in 0..count-1 on
// the pool's threads and the caller's, and returns when all are done. Thread t of n starts with the
// t-th n-th of the indices and then helps others, so callers number their tasks such that the same
// thread goes on with the same data; but which thread takes which i is not fixed, so a task writes
// only what belongs to its i, and whoever sums over tasks does it afterwards in index order.
// Sections of a learner are a few microseconds long, so idle threads spin briefly before they
// sleep. One section at a time; not reentrant.

#ifndef CORE_POOL_H_
#define CORE_POOL_H_

#include "core/status.h"

typedef struct co_pool co_pool;
typedef void co_pool_task(void *context, int index);

// `threads` >= 1 counts the caller; 1 starts none. Returns when all run. CO_MEMORY when they cannot
// be started.
co_status co_pool_create(int threads, co_pool **out);
int co_pool_threads(const co_pool *pool);                                       // NULL counts as 1
void co_pool_run(co_pool *pool, co_pool_task *task, void *context, int count);  // pool may be NULL
void co_pool_free(co_pool *pool);

// How many of `rows` rows of an env make one task: a few tasks per thread, so that rows that take
// longer even out, and small groups, whose data stay in the cache; but not single rows, each of
// which would read all weights for itself. From 1 to CO_POOL_PIECE.
enum { CO_POOL_PIECE = 8 };
int co_pool_piece(const co_pool *pool, int rows);

#endif  // CORE_POOL_H_
