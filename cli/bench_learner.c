#include "cli/bench_learner.h"

#include "agents/kernels.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

co_status bench_hidden(const cli_args *args, double width[CO_MAX_HIDDEN], co_floats *out) {
  const char *text = cli_value(args, "hidden");
  if (!text) return CO_OK;
  int count = 0;
  for (const char *at = text;; at++) {
    char number[16];
    size_t length = strcspn(at, ",");
    int64_t units = 0;
    snprintf(number, sizeof number, "%.*s", (int)length, at);
    if (count == CO_MAX_HIDDEN || length >= sizeof number || !co_parse_int(number, &units) ||
        units < 1 || units > CO_MAX_WIDTH)
      return co_fail(CO_USAGE, "--hidden: \"%s\" is not a list of 1 to %d widths from 1 to %d",
                     text, CO_MAX_HIDDEN, CO_MAX_WIDTH);
    width[count++] = (double)units;
    at += length;
    if (!*at) break;
  }
  *out = (co_floats){width, count};
  return CO_OK;
}

uint64_t bench_hash_params(const co_policy *policy) {
  uint64_t hash = 0;
  for (int i = 0; i < policy->num_tensors; i++) {
    uint64_t pair[] = {hash, co_tensor_hash(&policy->tensor[i])};
    hash = co_hash(pair, sizeof pair);
  }
  return hash;
}

// ---- peak

enum { MAX_THREADS = 256, ROUNDS = 1 << 14 };

typedef struct peak {
  double deadline;
  double flop[MAX_THREADS];
} peak;

static void peak_task(void *context, int index) {
  peak *p = context;
  const co_kernels *kernels = co_kernels_get();
  float sink;
  do p->flop[index] += kernels->peak(ROUNDS, &sink);
  while (co_clock_wall() < p->deadline);
}

double bench_fma_peak(co_pool *pool, double seconds) {
  int threads = co_pool_threads(pool) < MAX_THREADS ? co_pool_threads(pool) : MAX_THREADS;
  double began = co_clock_wall(), flop = 0;
  peak p = {.deadline = began + seconds};
  co_pool_run(pool, peak_task, &p, threads);
  double took = co_clock_wall() - began;
  for (int i = 0; i < threads; i++) flop += p.flop[i];
  return flop / took;
}
