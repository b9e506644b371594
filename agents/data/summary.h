// What the transitions of a data set come to, taken one by one, whatever file they are from.

#ifndef AGENTS_DATA_SUMMARY_H_
#define AGENTS_DATA_SUMMARY_H_

#include "agents/data/data_set.h"

// Zeroed at first.
typedef struct co_data_summary {
  int64_t episodes, transitions;  // episodes that have ended
  int64_t terminated, truncated;  // of these; both ways count in both
  double returns;                 // sum of all rewards
} co_data_summary;

void co_data_summary_add(co_data_summary *summary, const co_data_transition *transition);
co_data_summary co_data_summary_of(const co_data_set *set);
// Mean sum of rewards, and mean transitions, of an episode; NAN: there is none.
double co_data_summary_return(const co_data_summary *summary);
double co_data_summary_length(const co_data_summary *summary);

#endif  // AGENTS_DATA_SUMMARY_H_
