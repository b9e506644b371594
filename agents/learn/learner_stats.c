#include "agents/learn/learner_stats.h"

#include <assert.h>
#include <math.h>

#define IS_COUNT(type) _Generic((type)0, int64_t : true, double : false)

const co_learner_metric co_learner_metrics[CO_NUM_LEARNER_METRICS] = {
#define X(type, name, unit, logged, meaning) \
  {#name, unit, meaning, IS_COUNT(type), logged, offsetof(co_learner_stats, name)},
    CO_METRICS(X)
#undef X
};

#define NOTHING(type) _Generic((type)0, int64_t : 0, double : NAN)

const co_learner_stats co_learner_stats_none = {
#define X(type, name, unit, logged, meaning) .name = NOTHING(type),
    CO_METRICS(X)
#undef X
};

double co_learner_mean(double sum, int64_t count) {
  assert(count >= 0);
  return count > 0 ? sum / (double)count : (double)NAN;
}

static const void *member(const co_learner_metric *metric, const co_learner_stats *stats) {
  return (const char *)stats + metric->offset;
}

int64_t co_learner_metric_count(const co_learner_metric *metric, const co_learner_stats *stats) {
  assert(metric->count);
  return *(const int64_t *)member(metric, stats);
}

void co_learner_metric_put(const co_learner_metric *metric, int64_t count, double value,
                           co_learner_stats *out) {
  void *place = (char *)out + metric->offset;
  if (metric->count)
    *(int64_t *)place = count;
  else
    *(double *)place = value;
}

double co_learner_metric_value(const co_learner_metric *metric, const co_learner_stats *stats) {
  if (metric->count) return (double)co_learner_metric_count(metric, stats);
  return *(const double *)member(metric, stats);
}
