#include "transfer/measure/private/results_movement.h"

#include "core/format.h"

#include <math.h>
#include <stddef.h>

// A number of a layer: a double, unknown where NAN, or an int, and of hidden layers only.
typedef struct number {
  const char *key;
  bool hidden, is_int;
  size_t offset;
} number;

#define OF(field, ...) \
  { .key = #field, .offset = offsetof(co_layer_movement, field), __VA_ARGS__ }
static const number numbers[] = {
    OF(moved, ),
    OF(relative, ),
    OF(norm, ),
    OF(units, .hidden = true, .is_int = true),
    OF(rank_before, .hidden = true, .is_int = true),
    OF(rank, .hidden = true, .is_int = true),
    OF(dormant_before, .hidden = true),
    OF(dormant, .hidden = true),
    OF(cka, .hidden = true),
};

static double get(const co_layer_movement *layer, const number *of) {
  const void *at = (const char *)layer + of->offset;
  return of->is_int ? *(const int *)at : *(const double *)at;
}

// The mean over the seeds where it is known; NAN: nowhere.
static double mean(const co_results *results, int source, int target, int strategy, int layer,
                   const number *of) {
  double sum = 0;
  int count = 0;
  for (int seed = 0; seed < results->run->context->study->def.seeds; seed++) {
    const co_record *record =
        co_results_find(results, CO_TRIAL_TRANSFER, source, target, strategy, seed);
    if (!record || layer >= record->num_layers) continue;
    double value = get(&record->layer[layer], of);
    if (isfinite(value)) sum += value, count++;
  }
  return count ? co_round_digits(sum / count) : (double)NAN;
}

// Of any seed that is done: all have the same layers.
static const co_record *example(const co_results *results, int source, int target, int strategy) {
  for (int seed = 0; seed < results->run->context->study->def.seeds; seed++) {
    const co_record *record =
        co_results_find(results, CO_TRIAL_TRANSFER, source, target, strategy, seed);
    if (record && record->num_layers) return record;
  }
  return NULL;
}

co_json *co_results_movement(const co_results *results, int source, int target, int strategy) {
  const co_record *record = example(results, source, target, strategy);
  if (!record) return NULL;
  co_json *array = co_json_array();
  for (int l = 0; l < record->num_layers; l++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "layer", record->layer[l].layer);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
      if (numbers[k].hidden && !record->layer[l].units) continue;
      double value = mean(results, source, target, strategy, l, &numbers[k]);
      co_json_set_number(object, numbers[k].key, value);
    }
    co_json_add(array, object);
  }
  return array;
}
