// A vectorised env over two pipes, for learners that are other programs.
//
// Requests come in and answers go out, frames of little-endian arrays whose sizes are known from
// the start (docs/formats.md, "Served worlds"). A row whose episode ends starts its next one within
// the same answer, which holds both observations: Gymnasium's SAME_STEP. Rows are those of the env
// alone, so bytes do not depend on threads.
//
// Nothing is allocated while it runs. Not thread-safe.

#ifndef ENVS_SERVE_SERVE_H_
#define ENVS_SERVE_SERVE_H_

#include "core/json.h"
#include "core/pool.h"
#include "envs/env.h"

typedef struct co_serve_def {
  co_env *env;              // borrowed; its rows have not been reset
  const co_stream *stream;  // that it was created with, whose seed a request may replace
  co_pool *pool;            // borrowed; NULL: the caller's thread alone
  int64_t budget;           // env steps at most, a step of all rows at once; -1: any number
  bool hide_rewards;        // answers hold neither rewards nor successes
} co_serve_def;

// What has been served so far.
typedef struct co_serve_count {
  int64_t env_steps, episodes, faults;  // episodes that have ended; those of them by a fault
} co_serve_count;

typedef struct co_serve co_serve;

// CO_MEMORY.
co_status co_serve_create(const co_serve_def *def, co_serve **out);
void co_serve_free(co_serve *serve);  // NULL: nothing

// Adds to an object what a client needs to know: rows, elements, requests, the answer's arrays.
void co_serve_describe(const co_serve *serve, co_json *object);

// Answers requests from `in` on `out` until the client closes or its end of the pipe is gone. An
// error is the last answer, too. CO_DATA for a request that is none, that ends early, that is not
// finite or comes before a reset; CO_WANTING for a step beyond the budget, which is not made; CO_IO
// when reading or writing fails (whoever has a pipe ignores SIGPIPE); what the env says.
co_status co_serve_run(co_serve *serve, int in, int out);

co_serve_count co_serve_counts(const co_serve *serve);

#endif  // ENVS_SERVE_SERVE_H_
