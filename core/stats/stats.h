// Statistics of plain arrays, with the definitions of rliable (Agarwal et al. 2021, arXiv
// 2108.13264) and numpy.
//
// All are pure and thread-safe. Values are finite, which is the caller's duty (a file's reader
// refuses others); an empty array gives NAN. The co_ranked_* functions take a resample as counts
// per row instead of a copied and sorted array: values are sorted once, and each of 50,000
// bootstrap repetitions is then one pass without any sorting.

#ifndef CORE_STATS_STATS_H_
#define CORE_STATS_STATS_H_

#include "core/arena.h"
#include "core/status.h"

void co_sort(double *x, int n);  // ascending
// The k-th smallest, k from 0; reorders x so that it is at x[k].
double co_select(double *x, int n, int k);
double co_mean(const double *x, int n);
double co_std(const double *x, int n);                      // of a sample (n - 1); NAN for n < 2
double co_quantile(const double *sorted, int n, double p);  // 0 <= p <= 1, numpy's "linear"
double co_median(const double *sorted, int n);

// Interquartile mean: scipy.stats.trim_mean(x, 0.25), which drops floor(n / 4) values at each end.
double co_iqm(const double *sorted, int n);

// gamma - mean(min(x, gamma)).
double co_optimality_gap(const double *x, int n, double gamma);

// P(X > Y) + P(X = Y) / 2 over all pairs (Mann-Whitney U / (nx ny)).
double co_p_greater(const double *x, int nx, const double *y, int ny);

// Performance profile: share[i] = share of x above tau[i], (taus).
void co_performance_profile(const double *x, int n, const double *tau, int taus, double *share);

// A value with the row of a resampling design it belongs to; arrays of these are kept in ascending
// order.
typedef struct co_rank {
  double value;
  int row;
  int side;  // 1: sample Y of a comparison of two, else 0
} co_rank;

// Sorts by value, then side, then row: one order for one set of values.
void co_rank_sort(co_rank *rank, int n);

// Value i gets row first_row + i; from `arena`, NULL when out of memory.
co_rank *co_rank_values(co_arena *arena, const double *value, int n, int first_row);

// The same statistics where row r occurs count[r] times; count NULL stands for once each.
double co_ranked_iqm(const co_rank *rank, int n, const int *count);
double co_ranked_p_greater(const co_rank *rank, int n, const int *count);

#endif  // CORE_STATS_STATS_H_
