// Figures of a learner: the struct, and a description of each of its members for what writes logs.

#ifndef AGENTS_LEARN_LEARNER_STATS_H_
#define AGENTS_LEARN_LEARNER_STATS_H_

#include "agents/learn/metrics_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Figures of the latest update, and totals since create.
typedef struct co_learner_stats {
#define X(type, name, unit, logged, meaning) type name;
  CO_METRICS(X)
#undef X
} co_learner_stats;

// When a metric has a column.
typedef enum co_logged {
  CO_LOGGED_NEVER,
  CO_LOGGED,            // the same bytes in every run
  CO_LOGGED_OF_TERM,    // where a training has the loss term of its name
  CO_LOGGED_OF_DATA,    // where a learner is given data
  CO_LOGGED_OF_SOURCE,  // where it steps in a source's world
  CO_LOGGED_OF_REDO,    // where it looks for dormant units
} co_logged;

// One line of the table.
typedef struct co_learner_metric {
  const char *name, *unit, *meaning;
  bool count;  // a member of type int64_t, else double
  co_logged logged;
  size_t offset;  // in co_learner_stats
} co_learner_metric;

enum {
#define X(type, name, unit, logged, meaning) CO_LEARNER_##name,
  CO_METRICS(X)
#undef X
      CO_NUM_LEARNER_METRICS
};

extern const co_learner_metric co_learner_metrics[CO_NUM_LEARNER_METRICS];

// Counts 0, everything else NAN: what a learner starts from when it fills in what it has.
extern const co_learner_stats co_learner_stats_none;

// sum / count; NAN of nothing: a figure that an update did not come to.
double co_learner_mean(double sum, int64_t count);

int64_t co_learner_metric_count(const co_learner_metric *metric,
                                const co_learner_stats *stats);  // of a count
double co_learner_metric_value(const co_learner_metric *metric,
                               const co_learner_stats *stats);  // of any

// Puts a figure into its place: `count` of a count, else `value`.
void co_learner_metric_put(const co_learner_metric *metric, int64_t count, double value,
                           co_learner_stats *out);

#endif  // AGENTS_LEARN_LEARNER_STATS_H_
