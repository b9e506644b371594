// What strategies come to over all targets of several studies (Agarwal et al. 2021, arXiv
// 2108.13264): scores of runs, normalised so that uniform actions are 0 and the oracle is 1, their
// performance profile, and the probability that a run is above one from scratch.

#ifndef TRANSFER_REPORT_PRIVATE_ACROSS_H_
#define TRANSFER_REPORT_PRIVATE_ACROSS_H_

#include "transfer/report/private/parts.h"

enum { CO_PROFILE_POINTS = 61 };  // scores from 0 to CO_PROFILE_END
#define CO_PROFILE_END 1.5

// A strategy in all targets in which it ran.
typedef struct co_across_arm {
  const char *strategy;
  int tasks, rows;                       // targets, runs in all of them
  int scored;                            // targets that know random and oracle
  const int *first;                      // (tasks + 1) first row of each target, 0 at the beginning
  double *value;                         // (rows) final returns
  double *scratch;                       // (rows) of scratch in the same runs, NAN: missing
  double *score;                         // (rows) NAN where the target has none
  co_estimate share[CO_PROFILE_POINTS];  // of runs above a score, with its interval
  co_estimate improvement;               // P(run > run from scratch), mean over targets
  int color, mark;
} co_across_arm;

typedef struct co_across {
  co_arena arena;
  int arms;
  co_across_arm *arm;  // (arms) in the order of the studies; names are the reports'
  int tasks, scored;   // the most that a strategy has
} co_across;

// From open reports. Intervals by stratified bootstrap, targets being the strata. CO_MEMORY. Free
// in any case.
co_status co_across_create(const co_report *report, int studies, co_across *out);
void co_across_free(co_across *across);

#endif  // TRANSFER_REPORT_PRIVATE_ACROSS_H_
