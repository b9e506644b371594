// Benches: one loop over repeats, one table of kinds.
//
// A kind prepares once, then measures its limit and its value back to back in each repeat, so that
// the drift of a shared machine cancels in the ratio; the median of the ratios is what counts.

#ifndef CLI_BENCH_BENCH_H_
#define CLI_BENCH_BENCH_H_

#include "cli/cli.h"

enum { BENCH_MAX_REPEATS = 1000 };

// What the loop knows of a running bench.
typedef struct bench {
  const cli_args *args;
  int64_t repeats, threads;
  double seconds;                // of a timed piece that runs as long as one wants
  double value;                  // median over the repeats, known when add_json is called
  const char *blas, *blas_core;  // library that was compared with, set by prepare; NULL: none
  void *state;                   // of the kind
} bench;

typedef struct bench_kind {
  const char *name;
  const char *unit;        // of the value; larger is better
  const char *limit_name;  // NULL: there is none
  co_status (*prepare)(bench *b);
  co_status (*measure)(bench *b, double *value, double *limit);  // one repeat
  void (*add_json)(const bench *b, co_json *object);             // fields of its own
  void (*finish)(bench *b);                                      // also after a failed prepare
  // Text for people in place of the members that add_json adds; NULL: those (describe.h).
  void (*describe)(const bench *b, co_buf *out);
} bench_kind;

double bench_median(const double *value, int count);  // count <= BENCH_MAX_REPEATS

extern const bench_kind bench_env, bench_ppo, bench_sac, bench_nn, bench_stats, bench_learn,
    bench_viewer, bench_reach;

#endif  // CLI_BENCH_BENCH_H_
