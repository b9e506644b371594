#include "core/strands.h"

#include <assert.h>
#include <sched.h>
#include <stdbool.h>

enum {
  PATIENCE = 100,  // pauses before a thread takes another's step: longer than between two of them
  SPINS = 4000     // pauses before it leaves its core to others
};

typedef struct run {
  const co_strands *strands;
  uint64_t before;  // where all strands began
} run;

static uint64_t at(const run *r, int strand) {
  return atomic_load_explicit(&r->strands->strand[strand].at, memory_order_acquire) - r->before;
}

static uint64_t through(int step) {
  return 2 * (uint64_t)(step + 1);
}

static bool may_begin(const run *r, int strand, int step) {
  int needs = r->strands->needs[step];
  for (int t = 0; needs >= 0 && t < r->strands->num_strands; t++)
    if (t != strand && at(r, t) < through(needs)) return false;
  return true;
}

// the step that a strand has to begin, -1: none, since one runs, or it is through all, or must wait
static int next_step(const run *r, int strand) {
  uint64_t now = at(r, strand);
  int step = (int)(now / 2);
  return now % 2 == 0 && step < r->strands->num_steps && may_begin(r, strand, step) ? step : -1;
}

// Begins a strand's next step unless another thread does; on the strand of its own it goes on for
// as long as that needs not wait. The end of a step and the beginning of the next are one store.
static bool advance(const run *r, int strand, bool own) {
  const co_strands *strands = r->strands;
  _Atomic uint64_t *place = &strands->strand[strand].at;
  int step = next_step(r, strand);
  if (step < 0) return false;
  uint64_t now = r->before + 2 * (uint64_t)step;
  if (!atomic_compare_exchange_strong(place, &now, now + 1)) return false;
  for (bool goes_on = true; goes_on;) {
    strands->run(strands->context, step, strand);
    step++;
    goes_on = own && step < strands->num_steps && may_begin(r, strand, step);
    now = r->before + 2 * (uint64_t)step + goes_on;
    atomic_store_explicit(place, now, memory_order_release);
  }
  return true;
}

static bool advance_any_other(const run *r, int home) {
  int count = r->strands->num_strands;
  for (int i = 1; i < count; i++)
    if (advance(r, (home + i) % count, false)) return true;
  return false;
}

static bool all_through(const run *r) {
  for (int t = 0; t < r->strands->num_strands; t++)
    if (at(r, t) < through(r->strands->num_steps - 1)) return false;
  return true;
}

static void follow_task(void *context, int home) {
  const run *r = context;
  for (int spins = 0; !all_through(r); spins++) {
    if (advance(r, home, true) || (spins >= PATIENCE && advance_any_other(r, home)))
      spins = 0;
    else if (spins < SPINS)
      __builtin_ia32_pause();
    else
      sched_yield();
  }
}

void co_strands_run(co_pool *pool, const co_strands *strands) {
  assert(strands->num_steps > 0 && strands->num_strands > 0);
  run r = {strands, atomic_load_explicit(&strands->strand[0].at, memory_order_relaxed)};
  if (co_pool_threads(pool) > 1) {
    co_pool_run(pool, follow_task, &r, strands->num_strands);
    return;
  }
  while (!all_through(&r)) {
    for (int t = 0; t < strands->num_strands; t++) advance(&r, t, true);
  }
}
