#include "core/stats/significance.h"

#include "core/arena.h"
#include "core/stats/stats.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

// streams of random permutations start here, above the rows that bootstrap blocks use
enum { PERMUTATION_ROW = 0x40000000 };

double co_normal_quantile(double p) {
  assert(0 < p && p < 1);
  double lo = -40, hi = 40;  // bisection: exact to the last bits, and called a few times per report
  for (int i = 0; i < 200; i++) {
    double middle = (lo + hi) / 2;
    if (0.5 * erfc(-middle / sqrt(2)) < p) {
      lo = middle;
    } else {
      hi = middle;
    }
  }
  return (lo + hi) / 2;
}

void co_wilson(int successes, int trials, double confidence, double *lo, double *hi) {
  assert(trials > 0 && 0 <= successes && successes <= trials);
  double z = co_normal_quantile(0.5 + confidence / 2), n = trials, share = successes / n;
  double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  double half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  *lo = successes == 0 ? 0 : centre - half;  // 0 and 1 are met exactly, not up to rounding
  *hi = successes == trials ? 1 : centre + half;
}

double co_all_succeeded_bound(int trials, double confidence) {
  assert(trials > 0);
  return pow((1 - confidence) / 2, 1.0 / trials);
}

void co_holm(const double *p, int n, double *adjusted) {
  for (int i = 0; i < n; i++) adjusted[i] = -1;
  double level = 0;
  for (int step = 0; step < n; step++) {
    int next = -1;
    for (int i = 0; i < n; i++) {
      if (adjusted[i] < 0 && (next < 0 || p[i] < p[next])) next = i;
    }
    level = fmax(level, fmin(1, (n - step) * p[next]));
    adjusted[next] = level;
  }
}

// Half of all sign vectors suffice, since |sum| is the same for the opposite one. The Gray code
// changes one sign a step.
static double flip_all(const double *difference, int n, double observed) {
  double sum = 0;
  double sign[CO_SIGN_FLIP_EXACT];
  for (int i = 0; i < n; i++) sum += difference[i], sign[i] = 1;
  uint32_t vectors = 1u << (n - 1), hits = fabs(sum) >= observed;
  for (uint32_t v = 1; v < vectors; v++) {
    int flip = __builtin_ctz(v);
    sum -= 2 * sign[flip] * difference[flip];
    sign[flip] = -sign[flip];
    hits += fabs(sum) >= observed;
  }
  return (double)hits / vectors;
}

static double flip_random(const double *difference, int n, double observed,
                          const co_stream *stream) {
  co_rng rng = co_rng_make(stream, PERMUTATION_ROW);
  int hits = 0;
  for (int draw = 0; draw < CO_PERMUTATION_DRAWS; draw++) {
    double sum = 0;
    uint32_t signs = 0;
    for (int i = 0; i < n; i++, signs >>= 1) {
      if (i % 32 == 0) signs = co_rng_u32(&rng);
      sum += signs & 1 ? difference[i] : -difference[i];
    }
    hits += fabs(sum) >= observed;
  }
  return (1.0 + hits) / (1.0 + CO_PERMUTATION_DRAWS);
}

double co_sign_flip_p(const double *difference, int n, const co_stream *stream) {
  if (n < 1) return 1;
  double sum = 0, size = 0;
  for (int i = 0; i < n; i++) sum += difference[i], size += fabs(difference[i]);
  double observed = fabs(sum) - 1e-9 * size;  // equal sums in another order count as equal
  return n <= CO_SIGN_FLIP_EXACT ? flip_all(difference, n, observed)
                                 : flip_random(difference, n, observed, stream);
}

// Twice the midrank of each of n sorted values, which is an integer: the positions from..to of a
// tie share from + to.
static void double_midranks(const co_rank *rank, int n, uint32_t *twice) {
  for (int from = 0, to; from < n; from = to) {
    to = from + 1;
    while (to < n && rank[to].value == rank[from].value) to++;
    for (int i = from; i < to; i++) twice[i] = (uint32_t)(from + 1 + to);
  }
}

// ways[k][s]: subsets of k values whose doubled ranks add up to s, built value by value.
static void count_subsets(const uint32_t *twice, int n, int take, int sums, double *ways) {
  ways[0] = 1;
  for (int i = 0; i < n; i++) {
    int rank = (int)twice[i];
    for (int k = take; k >= 1; k--) {
      double *to = ways + (size_t)k * (size_t)sums;
      const double *from = to - sums;
      for (int s = sums - 1; s >= rank; s--) to[s] += from[s - rank];
    }
  }
}

static double permute_all(const uint32_t *twice, int n, int take, int distance, co_arena *arena) {
  int sums = n * (n + 1) + 1, middle = take * (n + 1);
  double *ways = co_arena_alloc(arena, (size_t)(take + 1) * (size_t)sums, sizeof *ways);
  if (!ways) return NAN;
  count_subsets(twice, n, take, sums, ways);
  double hits = 0, all = 0;
  for (int s = 0; s < sums; s++) {
    double here = ways[(size_t)take * (size_t)sums + (size_t)s];
    all += here;
    if (abs(s - middle) >= distance) hits += here;
  }
  return hits / all;
}

static double permute_random(uint32_t *twice, int n, int take, int64_t distance,
                             const co_stream *stream) {
  co_rng rng = co_rng_make(stream, PERMUTATION_ROW + 1);
  int64_t middle = (int64_t)take * (n + 1);
  int hits = 0;
  for (int draw = 0; draw < CO_PERMUTATION_DRAWS; draw++) {
    int64_t sum = 0;
    for (int i = 0; i < take; i++) {  // the head of a Fisher-Yates shuffle
      uint32_t j = (uint32_t)i + co_rng_below(&rng, (uint32_t)(n - i)), kept = twice[i];
      twice[i] = twice[j];
      twice[j] = kept;
      sum += twice[i];
    }
    hits += llabs(sum - middle) >= distance;
  }
  return (1.0 + hits) / (1.0 + CO_PERMUTATION_DRAWS);
}

co_status co_permutation_p(const double *x, int nx, const double *y, int ny,
                           const co_stream *stream, double *p) {
  assert(nx > 0 && ny > 0);
  int n = nx + ny;
  co_arena arena = {0};
  co_rank *rank = co_arena_alloc(&arena, (size_t)n, sizeof *rank);
  uint32_t *twice = co_arena_alloc(&arena, (size_t)n, sizeof *twice);
  *p = NAN;
  if (rank && twice) {
    for (int i = 0; i < n; i++) {
      rank[i] = (co_rank){.value = i < nx ? x[i] : y[i - nx], .row = i, .side = i >= nx};
    }
    co_rank_sort(rank, n);
    double_midranks(rank, n, twice);
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += rank[i].side ? 0 : twice[i];
    int64_t distance = llabs(sum - (int64_t)nx * (n + 1));
    *p = n <= CO_PERMUTATION_EXACT ? permute_all(twice, n, nx, (int)distance, &arena)
                                   : permute_random(twice, n, nx, distance, stream);
  }
  co_arena_free(&arena);
  return isnan(*p) ? CO_MEMORY : CO_OK;
}

static double smallest_of_draws(void) {
  return 1.0 / (1.0 + CO_PERMUTATION_DRAWS);
}

static double smallest_paired_p(int n) {
  return n <= CO_SIGN_FLIP_EXACT ? pow(2, 1 - n) : smallest_of_draws();
}

static double smallest_unpaired_p(int n) {
  if (2 * n > CO_PERMUTATION_EXACT) return smallest_of_draws();
  double ways = 1;
  for (int i = 1; i <= n; i++) ways *= (double)(n + i) / i;
  return 2 / ways;
}

co_test_plan co_test_plan_make(int n, int family, double level) {
  assert(n > 0);
  double all = family > 1 ? family : 1;
  bool paired = all * smallest_paired_p(n) <= level;
  double smallest = paired ? smallest_paired_p(n) : smallest_unpaired_p(n);
  co_test_plan plan = {.paired = paired, .smallest_p = fmin(1, all * smallest), .needed = 2};
  while (all * fmin(smallest_paired_p(plan.needed), smallest_unpaired_p(plan.needed)) > level &&
         plan.needed < CO_PERMUTATION_EXACT)
    plan.needed++;
  return plan;
}

int co_pairs_needed(const double *difference, int n, double alpha, double power) {
  double mean = co_mean(difference, n), std = co_std(difference, n);
  if (n < 2 || mean == 0) return INT_MAX;
  double z_alpha = co_normal_quantile(1 - alpha / 2);
  double z = (z_alpha + co_normal_quantile(power)) * std / mean;
  double pairs = ceil(z * z + z_alpha * z_alpha / 2);
  return pairs < INT_MAX ? (int)fmax(2, pairs) : INT_MAX;
}
