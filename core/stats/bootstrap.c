#include "core/stats/bootstrap.h"

#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// 50,000 repetitions of the IQM of 10 x 20 scores, one thread: copy and sort 0.50 s; counts over
// values sorted once, one random word per draw 0.098 s; several draws per word 0.060 s (two threads
// 0.031 s).
enum {
  BLOCK = 256,           // repetitions of one stream
  MAX_DIGITS = 24,       // draws taken from one random word
  DIGIT_SPACE = 1 << 24  // of 2^32: a word is rejected with a chance below 2^-8
};

// How the draws of one stratum come out of random words: bound^digits <= DIGIT_SPACE.
typedef struct draw_plan {
  uint32_t bound, threshold;
  int digits;
} draw_plan;

typedef struct bootstrap {
  const co_bootstrap_def *def;
  const co_design *design;
  const co_statistic *statistic;
  draw_plan *plan;  // (strata)
  int rows, blocks;
  size_t count_stride,
      scratch_stride;     // of a block, whole cache lines: blocks of two threads share none
  int *count;             // (blocks x count_stride), the first `rows` used
  double *scratch;        // (blocks x scratch_stride) of the statistic, then its outs
  double *draw;           // (outs x repetitions)
  co_interval *interval;  // (outs)
} bootstrap;

co_bootstrap_def co_bootstrap_default(void) {
  return (co_bootstrap_def){
      .repetitions = 50000, .confidence = 0.95, .stream = {.purpose = CO_PURPOSE_BOOTSTRAP}};
}

int co_design_rows(const co_design *design) {
  return design->unit[design->stratum[design->strata]];
}

// As many draws per word as fit, spread evenly over the words a stratum needs (10 draws: 5 + 5, not
// 7 + 3).
static draw_plan plan_draws(uint32_t bound) {
  int most = 1;
  for (uint64_t space = (uint64_t)bound * bound; most < MAX_DIGITS && space <= DIGIT_SPACE;
       space *= bound) {
    most++;
  }
  uint32_t words = (bound + (uint32_t)most - 1) / (uint32_t)most;
  draw_plan plan = {.bound = bound, .digits = (int)((bound + words - 1) / words)};
  uint32_t space = 1;
  for (int i = 0; i < plan.digits; i++) space *= bound;
  plan.threshold = -space % space;  // 2^32 mod space
  return plan;
}

// `digits` independent exactly uniform draws below `bound` from one word w: the digits of floor(w S
// / 2^32) to the base `bound`, S = bound^digits, where w S mod 2^32 is what is left after the last
// digit. That integer is uniform once words with a rest below 2^32 mod S are rejected (Lemire 2019,
// arXiv 1805.10941, algorithm 5).
static void draw_digits(co_rng *rng, const draw_plan *plan, uint32_t *digit) {
  uint32_t rest;
  do {
    rest = co_rng_u32(rng);
    for (int i = 0; i < plan->digits; i++) {
      uint64_t product = (uint64_t)rest * plan->bound;
      digit[i] = (uint32_t)(product >> 32);
      rest = (uint32_t)product;
    }
  } while (rest < plan->threshold);
}

static void add_unit(const int *unit, co_rng *rng, int *count) {
  int rows = unit[1] - unit[0];
  if (rows == 1) {
    count[unit[0]]++;
    return;
  }
  for (int i = 0; i < rows; i++) count[unit[0] + (int)co_rng_below(rng, (uint32_t)rows)]++;
}

static void resample(const bootstrap *b, co_rng *rng, int *count) {
  memset(count, 0, sizeof *count * (size_t)b->rows);
  for (int s = 0; s < b->design->strata; s++) {
    const draw_plan *plan = &b->plan[s];
    const int *first = b->design->unit + b->design->stratum[s];
    uint32_t digit[MAX_DIGITS];
    for (int left = (int)plan->bound; left > 0; left -= plan->digits) {
      draw_digits(rng, plan, digit);
      int used = left < plan->digits ? left : plan->digits;
      for (int i = 0; i < used; i++) add_unit(first + digit[i], rng, count);
    }
  }
}

static void run_block(void *context, int block) {
  const bootstrap *b = context;
  int outs = b->statistic->outs, repetitions = b->def->repetitions;
  int *count = b->count + (size_t)block * b->count_stride;
  double *scratch = b->scratch + (size_t)block * b->scratch_stride;
  double *out = scratch + b->statistic->scratch;
  co_rng rng = co_rng_make(&b->def->stream, (uint32_t)block);
  int end = (block + 1) * BLOCK < repetitions ? (block + 1) * BLOCK : repetitions;
  for (int r = block * BLOCK; r < end; r++) {
    resample(b, &rng, count);
    b->statistic->evaluate(b->statistic->context, count, scratch, out);
    for (int k = 0; k < outs; k++) b->draw[(size_t)k * (size_t)repetitions + (size_t)r] = out[k];
  }
}

// The quantile of an unsorted array, numpy's "linear", by selection instead of sorting.
static double select_quantile(double *x, int n, double p) {
  double at = p * (n - 1);
  int low = (int)at;
  double value = co_select(x, n, low);
  if (low + 1 >= n || at == low) return value;
  return value + (at - low) * (co_select(x, n, low + 1) - value);
}

static void find_interval(void *context, int out) {
  const bootstrap *b = context;
  int repetitions = b->def->repetitions, n = 0;
  double *draw = b->draw + (size_t)out * (size_t)repetitions;
  for (int r = 0; r < repetitions; r++) {
    if (isfinite(draw[r])) draw[n++] = draw[r];
  }
  double tail = (1 - b->def->confidence) / 2;
  b->interval[out] = (co_interval){.lo = n ? select_quantile(draw, n, tail) : (double)NAN,
                                   .hi = n ? select_quantile(draw, n, 1 - tail) : (double)NAN,
                                   .undefined = (double)(repetitions - n) / repetitions};
}

static size_t whole_lines(size_t count, size_t size) {
  size_t line = 64 / size;
  return (count + line - 1) / line * line;
}

static bool allocate(bootstrap *b, co_arena *arena) {
  size_t blocks = (size_t)b->blocks, outs = (size_t)b->statistic->outs;
  b->count_stride = whole_lines((size_t)b->rows, sizeof *b->count);
  b->scratch_stride = whole_lines((size_t)b->statistic->scratch + outs, sizeof *b->scratch);
  b->plan = co_arena_alloc(arena, (size_t)b->design->strata, sizeof *b->plan);
  b->count = co_arena_alloc(arena, blocks * b->count_stride, sizeof *b->count);
  b->scratch = co_arena_alloc(arena, blocks * b->scratch_stride, sizeof *b->scratch);
  b->draw = co_arena_alloc(arena, outs * (size_t)b->def->repetitions, sizeof *b->draw);
  return b->plan && b->count && b->scratch && b->draw;
}

co_status co_bootstrap(const co_bootstrap_def *def, const co_design *design,
                       const co_statistic *statistic, co_pool *pool, co_interval *interval) {
  assert(def->repetitions > 0 && def->confidence > 0 && def->confidence < 1 && design->strata > 0);
  bootstrap b = {.def = def,
                 .design = design,
                 .statistic = statistic,
                 .rows = co_design_rows(design),
                 .blocks = (def->repetitions + BLOCK - 1) / BLOCK,
                 .interval = interval};
  co_arena arena = {0};
  co_status status = CO_OK;
  if (allocate(&b, &arena)) {
    for (int s = 0; s < design->strata; s++) {
      b.plan[s] = plan_draws((uint32_t)(design->stratum[s + 1] - design->stratum[s]));
    }
    co_pool_run(pool, run_block, &b, b.blocks);
    co_pool_run(pool, find_interval, &b, statistic->outs);
  } else {
    status = CO_MEMORY;
  }
  co_arena_free(&arena);
  return status;
}
