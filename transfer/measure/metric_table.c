#include "transfer/measure/metric_table.h"

const co_metric_info co_metric_table[CO_METRIC_COUNT] = {
#define X(name, unit, text, needs) {#name, unit, text, needs},
    CO_METRIC_LIST(X)
#undef X
};
