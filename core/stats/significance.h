// Tests and intervals for small samples: Wilson and Clopper-Pearson, Holm, exact permutation tests,
// seeds needed (docs/methods.md#tests). Pure; those that may fall back on random permutations take
// the stream they draw from.

#ifndef CORE_STATS_SIGNIFICANCE_H_
#define CORE_STATS_SIGNIFICANCE_H_

#include "core/rng.h"
#include "core/status.h"

#include <stdbool.h>

enum {
  CO_SIGN_FLIP_EXACT = 20,       // pairs up to which all sign vectors are tried
  CO_PERMUTATION_EXACT = 60,     // values in both samples up to which the distribution is exact
  CO_PERMUTATION_DRAWS = 100000  // random ones beyond; p = (1 + hits) / (1 + draws)
};

#define CO_FAMILY_LEVEL 0.05  // of all planned comparisons of a study together

double co_normal_quantile(double p);  // 0 < p < 1

// Interval of a share (Wilson 1927), trials > 0.
void co_wilson(int successes, int trials, double confidence, double *lo, double *hi);

// Lower bound of a share when all of `trials` succeeded (Clopper & Pearson 1934):
// (tail)^(1/trials).
double co_all_succeeded_bound(int trials, double confidence);

// Holm (1979): adjusted[i] is the smallest family-wise level at which hypothesis i is rejected. (n)
// both; may not alias.
void co_holm(const double *p, int n, double *adjusted);

// Two-sided p of the mean of paired differences being 0, by flipping signs. Its smallest value is
// 2^(1-n).
double co_sign_flip_p(const double *difference, int n, const co_stream *stream);

// Two-sided p of P(X > Y) = 1/2, by exchanging values between the samples (Mann & Whitney 1947;
// midranks for ties, so it is exact given the values). Its smallest value is 2 / binomial(nx + ny,
// nx). Fails with CO_MEMORY only.
co_status co_permutation_p(const double *x, int nx, const double *y, int ny,
                           const co_stream *stream, double *p);

// Which of the two tests a family of comparisons of n units each takes under Holm's correction.
typedef struct co_test_plan {
  bool paired;        // flipped signs, else permutation
  double smallest_p;  // that any comparison can have after correction, at most 1
  int needed;         // units with which it is at most `level`
} co_test_plan;

// The paired test is the natural one, since arms share source seeds and episode seeds; but with 5
// units its smallest p is 0.06, so that nothing could ever be found. Where it can't reach the level
// of the family the two-sample test is taken, which ignores the pairing and so errs to the side of
// caution as long as runs that share seeds are not the less alike for it. The choice depends on n
// and the family, not on data. n > 0; a family of 0 counts as 1.
co_test_plan co_test_plan_make(int n, int family, double level);

// Pairs with which a mean difference of the size seen is found at level alpha with the given power
// (Guenther 1981, the normal formula with its small-sample term); at least 2, INT_MAX where the
// difference is 0 or n < 2.
int co_pairs_needed(const double *difference, int n, double alpha, double power);

#endif  // CORE_STATS_SIGNIFICANCE_H_
