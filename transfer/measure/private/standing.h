// Where a comparison leaves a strategy, for the sentences about it.

#ifndef TRANSFER_MEASURE_PRIVATE_STANDING_H_
#define TRANSFER_MEASURE_PRIVATE_STANDING_H_

#include "transfer/measure/metrics.h"

#include <string.h>

// More seeds than these are no advice.
enum { CO_MANY_SEEDS = 1000 };

typedef enum co_standing {
  CO_ABOVE,
  CO_BELOW,
  CO_NOT_TOLD_APART,
  CO_NOT_PLANNED,
  CO_NOT_COMPARED
} co_standing;

static inline co_standing co_standing_of(const co_comparison *c) {
  if (c->n == 0) return CO_NOT_COMPARED;
  if (!c->planned) return CO_NOT_PLANNED;
  if (!c->told_apart) return CO_NOT_TOLD_APART;
  return c->difference > 0 ? CO_ABOVE : CO_BELOW;
}

// Sentences then say where from, too.
static inline bool co_several_sources(const co_metrics *metrics) {
  for (int i = 1; i < metrics->pairs; i++)
    if (strcmp(metrics->data[i].source, metrics->data[0].source) != 0) return true;
  return false;
}

#endif  // TRANSFER_MEASURE_PRIVATE_STANDING_H_
