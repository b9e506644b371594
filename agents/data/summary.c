#include "agents/data/summary.h"

#include <math.h>

void co_data_summary_add(co_data_summary *summary, const co_data_transition *transition) {
  bool terminated = transition->flags & CO_DATA_TERMINATED;
  bool truncated = transition->flags & CO_DATA_TRUNCATED;
  summary->transitions++;
  summary->returns += (double)transition->reward;
  summary->episodes += terminated || truncated;
  summary->terminated += terminated;
  summary->truncated += truncated;
}

co_data_summary co_data_summary_of(const co_data_set *set) {
  co_data_summary summary = {0};
  for (int64_t e = 0; e < set->episodes; e++) {
    co_data_window window = co_data_set_window(set, set->start[e] - e, INT64_MAX);
    for (int64_t k = 0; k < window.length; k++) {
      co_data_transition transition = co_data_window_at(set, &window, k);
      co_data_summary_add(&summary, &transition);
    }
  }
  return summary;
}

static double per_episode(const co_data_summary *summary, double sum) {
  return summary->episodes ? sum / (double)summary->episodes : (double)NAN;
}

double co_data_summary_return(const co_data_summary *summary) {
  return per_episode(summary, summary->returns);
}

double co_data_summary_length(const co_data_summary *summary) {
  return per_episode(summary, (double)summary->transitions);
}
