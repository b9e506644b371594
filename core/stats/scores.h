// Aggregate statistics of a table of scores (runs x tasks) with stratified-bootstrap intervals, as
// in rliable (Agarwal et al. 2021, arXiv 2108.13264): runs are resampled independently within each
// task, and in two tables independently.

#ifndef CORE_STATS_SCORES_H_
#define CORE_STATS_SCORES_H_

#include "core/stats/bootstrap.h"

// name, what it is
#define CO_SCORE_LIST(X)                                        \
  X(mean, "mean over tasks of the mean over runs")              \
  X(median, "median over tasks of the mean over runs")          \
  X(iqm, "interquartile mean: 25 % trimmed mean of all scores") \
  X(optimality_gap, "1 - mean of min(score, 1)")                \
  X(p_improvement, "P(X > Y): mean over tasks of Mann-Whitney U / (runs x runs)")

typedef enum co_score {
#define X(name, text) CO_SCORE_##name,
  CO_SCORE_LIST(X)
#undef X
      CO_SCORE_COUNT
} co_score;

const char *co_score_name(co_score score);
const char *co_score_text(co_score score);

typedef struct co_scores {
  const double *value;  // (runs x tasks), finite, borrowed
  int runs, tasks;      // > 0
} co_scores;

typedef struct co_score_summary {
  double point[CO_SCORE_COUNT];
  co_interval interval[CO_SCORE_COUNT];
} co_score_summary;

// All statistics whose bit (1u << co_score) is in `which`; the others are NAN. `y` (same tasks, its
// own runs) is needed for p_improvement only; without it that is NAN. Fails with CO_MEMORY only.
// `pool` may be NULL.
co_status co_scores_summarise(const co_scores *x, const co_scores *y, unsigned which,
                              const co_bootstrap_def *def, co_pool *pool, co_score_summary *out);

// Performance profile with pointwise intervals: share[i] of all scores above tau[i], (taus) all
// three. rliable takes 2,000 repetitions for these. Fails with CO_MEMORY only.
co_status co_scores_profile(const co_scores *x, const double *tau, int taus,
                            const co_bootstrap_def *def, co_pool *pool, double *share,
                            co_interval *interval);

#endif  // CORE_STATS_SCORES_H_
