#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

void co_sort(double *x, int n) {
  if (n > 1) qsort(x, (size_t)n, sizeof *x, compare_doubles);
}

static void swap(double *a, double *b) {
  double c = *a;
  *a = *b;
  *b = c;
}

// Hoare's FIND with the middle element as pivot: linear on average, and on the nearly sorted input
// of a second call.
double co_select(double *x, int n, int k) {
  assert(0 <= k && k < n);
  int left = 0, right = n - 1;
  while (left < right) {
    double pivot = x[left + (right - left) / 2];
    int i = left, j = right;
    while (i <= j) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i <= j) swap(&x[i++], &x[j--]);
    }
    if (k <= j) {
      right = j;
    } else if (k >= i) {
      left = i;
    } else {
      break;
    }
  }
  return x[k];
}

double co_mean(const double *x, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += x[i];
  return n > 0 ? sum / n : (double)NAN;
}

double co_std(const double *x, int n) {
  if (n < 2) return NAN;
  double mean = co_mean(x, n), sum = 0;
  for (int i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
  return sqrt(sum / (n - 1));
}

double co_quantile(const double *sorted, int n, double p) {
  assert(0 <= p && p <= 1);
  if (n <= 0) return NAN;
  double at = p * (n - 1);
  int low = (int)at;
  if (low >= n - 1) return sorted[n - 1];
  return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

double co_median(const double *sorted, int n) {
  return co_quantile(sorted, n, 0.5);
}

double co_iqm(const double *sorted, int n) {
  int cut = n / 4;
  return co_mean(sorted + cut, n - 2 * cut);
}

double co_optimality_gap(const double *x, int n, double gamma) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += x[i] < gamma ? x[i] : gamma;
  return n > 0 ? gamma - sum / n : (double)NAN;
}

double co_p_greater(const double *x, int nx, const double *y, int ny) {
  if (nx <= 0 || ny <= 0) return NAN;
  double wins = 0;
  for (int i = 0; i < nx; i++) {
    for (int j = 0; j < ny; j++) wins += x[i] > y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
  }
  return wins / ((double)nx * ny);
}

void co_performance_profile(const double *x, int n, const double *tau, int taus, double *share) {
  for (int t = 0; t < taus; t++) {
    int above = 0;
    for (int i = 0; i < n; i++) above += x[i] > tau[t];
    share[t] = n > 0 ? (double)above / n : (double)NAN;
  }
}

static int compare_ranks(const void *left, const void *right) {
  const co_rank *a = left, *b = right;
  if (a->value != b->value) return a->value < b->value ? -1 : 1;
  if (a->side != b->side) return a->side - b->side;
  return (a->row > b->row) - (a->row < b->row);
}

void co_rank_sort(co_rank *rank, int n) {
  if (n > 1) qsort(rank, (size_t)n, sizeof *rank, compare_ranks);
}

co_rank *co_rank_values(co_arena *arena, const double *value, int n, int first_row) {
  co_rank *rank = co_arena_alloc(arena, (size_t)n, sizeof *rank);
  if (!rank) return NULL;
  for (int i = 0; i < n; i++) rank[i] = (co_rank){.value = value[i], .row = first_row + i};
  co_rank_sort(rank, n);
  return rank;
}

static inline int times(const co_rank *rank, const int *count) {
  return count ? count[rank->row] : 1;
}

double co_ranked_iqm(const co_rank *rank, int n, const int *count) {
  int total = 0;
  for (int i = 0; i < n; i++) total += times(&rank[i], count);
  int from = total / 4, to = total - from;  // positions of the sorted resample that are kept
  double sum = 0;
  for (int i = 0, seen = 0; seen < to; i++) {
    int before = seen;
    seen += times(&rank[i], count);
    int kept = (seen < to ? seen : to) - (before > from ? before : from);
    if (kept > 0) sum += kept * rank[i].value;
  }
  return total > 0 ? sum / (to - from) : (double)NAN;
}

double co_ranked_p_greater(const co_rank *rank, int n, const int *count) {
  int64_t half_wins = 0, below = 0, total_x = 0;  // half_wins: 2 per win, 1 per tie
  int64_t tied[2] = {0, 0};                       // of x and y at the present value
  for (int i = 0; i < n; i++) {
    tied[rank[i].side] += times(&rank[i], count);
    if (i + 1 < n && rank[i + 1].value == rank[i].value) continue;
    half_wins += tied[0] * (2 * below + tied[1]);
    below += tied[1];
    total_x += tied[0];
    tied[0] = tied[1] = 0;
  }
  return total_x > 0 && below > 0 ? 0.5 * (double)half_wins / ((double)total_x * (double)below)
                                  : (double)NAN;
}
