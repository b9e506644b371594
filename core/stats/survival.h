// Times to an event of which some are censored (the run ended before it happened): the Kaplan-Meier
// estimate (Kaplan & Meier 1958) and the restricted mean (Royston & Parmar 2013). Pure and
// thread-safe.

#ifndef CORE_STATS_SURVIVAL_H_
#define CORE_STATS_SURVIVAL_H_

#include <stdbool.h>

// One run. Arrays are ascending in time; at equal times events come before censorings.
typedef struct co_lifetime {
  double time;  // of the event, or until which the run was watched; >= 0
  bool event;   // false: censored
  int row;      // of a resampling design
} co_lifetime;

typedef struct co_survival {
  double median;           // first time at which at most half are without event; NAN when never
  double restricted_mean;  // mean time without event up to `horizon`
} co_survival;

void co_lifetime_sort(co_lifetime *life, int n);

// Row r occurs count[r] times (NULL: once each). Unlike the mean of the observed times, both
// figures use what a censored run tells: that it took longer.
co_survival co_kaplan_meier(const co_lifetime *life, int n, const int *count, double horizon);

#endif  // CORE_STATS_SURVIVAL_H_
