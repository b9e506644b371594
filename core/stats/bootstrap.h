// Bootstrap with percentile intervals for any statistic over a nested, stratified design (Efron &
// Tibshirani 1993, chapters 6, 8 and 13; stratified as in rliable, nested as in Davison & Hinkley
// 1997, section 3.8). How results use it: docs/methods.md#intervals.
//
// A design says what is resampled. Its rows are grouped into units, its units into strata. One
// repetition draws, in every stratum independently, as many units as it has, with replacement, and
// within every unit drawn as many rows as that has. So runs within tasks are strata of units of one
// row; target seeds within source seeds are one stratum of units of several rows; two independent
// samples are two strata. Values of one run in several arms share its row, so that pairs stay
// together.
//
// Repetitions come in fixed blocks, each with its own random stream, so results are the same bytes
// for any number of threads. Calls with equal streams and designs draw equal resamples, which makes
// their intervals comparable.

#ifndef CORE_STATS_BOOTSTRAP_H_
#define CORE_STATS_BOOTSTRAP_H_

#include "core/pool.h"
#include "core/rng.h"
#include "core/status.h"

typedef struct co_bootstrap_def {
  int repetitions;    // >= 1
  double confidence;  // in (0, 1)
  co_stream stream;   // purpose CO_PURPOSE_BOOTSTRAP
} co_bootstrap_def;

co_bootstrap_def co_bootstrap_default(void);  // 50,000 repetitions, 95 %

typedef struct co_design {
  int strata;
  const int *stratum;  // (strata + 1) first unit of each stratum, stratum[0] = 0, at least one unit
                       // in each
  const int *unit;     // (units + 1) first row of each unit, unit[0] = 0, at least one row in each
} co_design;

int co_design_rows(const co_design *design);

// Writes out (outs) from a resample in which row r occurs count[r] times, (rows). Called on several
// threads; `scratch` (scratch doubles) belongs to the call. A statistic that is undefined for a
// resample is NAN.
typedef void co_statistic_fn(const void *context, const int *count, double *scratch, double *out);

typedef struct co_statistic {
  co_statistic_fn *evaluate;
  const void *context;
  int outs, scratch;
} co_statistic;

typedef struct co_interval {
  double lo, hi;  // NAN when no repetition is defined
  double
      undefined;  // share of repetitions in which the statistic is not finite; these are left out
} co_interval;

// Percentile intervals of all outs, (outs). Fails with CO_MEMORY only. `pool` may be NULL.
co_status co_bootstrap(const co_bootstrap_def *def, const co_design *design,
                       const co_statistic *statistic, co_pool *pool, co_interval *interval);

#endif  // CORE_STATS_BOOTSTRAP_H_
