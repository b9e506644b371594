#include "agents/data/sink.h"

co_status co_data_sink_set(const co_data_set *set, const co_data_sink *sink) {
  CO_TRY(sink->begin(sink->context, &set->about));
  for (int64_t e = 0; e < set->episodes; e++) {
    co_data_window window = co_data_set_window(set, set->start[e] - e, INT64_MAX);
    for (int64_t k = 0; k < window.length; k++) {
      co_data_transition transition = co_data_window_at(set, &window, k);
      CO_TRY(sink->add(sink->context, &transition));
    }
  }
  return CO_OK;
}
