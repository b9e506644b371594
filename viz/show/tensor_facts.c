#include "viz/show/tensor_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// In double: a difference of two float32 tensors of a million elements keeps its digits.
static double change_of(const co_tensor *tensor, const co_tensor *source) {
  double difference = 0, size = 0;
  for (int r = 0; r < tensor->rows; r++)
    for (int c = 0; c < tensor->cols; c++) {
      double a = co_tensor_get(source, r, c), d = co_tensor_get(tensor, r, c) - a;
      difference += d * d;
      size += a * a;
    }
  if (difference == 0) return 0;
  return sqrt(difference / size);  // infinite where the source's is zero: a bias that was trained
}

// By name: a strategy may leave tensors out, and heads differ between learners.
static void fill(const co_tensor *tensor, const co_policy *source, co_tensor_fact *fact) {
  *fact = (co_tensor_fact){.change = NAN};
  snprintf(fact->name, sizeof fact->name, "%s", tensor->name);
  fact->rank = co_tensor_shape(tensor, fact->shape);
  int at = source ? co_tensor_find(source->tensor, source->num_tensors, tensor->name) : -1;
  if (at < 0) return;
  const co_tensor *other = &source->tensor[at];
  fact->reshaped = other->rows != tensor->rows || other->cols != tensor->cols;
  if (!fact->reshaped) fact->change = change_of(tensor, other);
}

co_status co_tensor_facts_make(const co_policy *policy, const co_policy *source,
                               co_tensor_facts *out) {
  co_tensor_fact *fact = calloc((size_t)policy->num_tensors + 1, sizeof *fact);
  if (!fact) return co_fail(CO_MEMORY, "out of memory for %d tensors", policy->num_tensors);
  for (int i = 0; i < policy->num_tensors; i++) fill(&policy->tensor[i], source, &fact[i]);
  *out = (co_tensor_facts){policy->num_tensors, fact};
  return CO_OK;
}

co_status co_tensor_facts_copy(const co_tensor_facts *from, co_tensor_facts *to) {
  co_tensor_fact *fact = calloc((size_t)from->count + 1, sizeof *fact);
  if (!fact) return co_fail(CO_MEMORY, "out of memory for %d tensors", from->count);
  memcpy(fact, from->fact, (size_t)from->count * sizeof *fact);
  *to = (co_tensor_facts){from->count, fact};
  return CO_OK;
}

void co_tensor_facts_free(co_tensor_facts *facts) {
  free(facts->fact);
  memset(facts, 0, sizeof *facts);
}

// A handful of tensors, looked up when a policy is chosen and once per layer: no need of an index.
co_tensor_fact *co_tensor_facts_find(const co_tensor_facts *facts, const char *name) {
  for (int i = 0; i < facts->count; i++)
    if (strcmp(facts->fact[i].name, name) == 0) return &facts->fact[i];
  return NULL;
}
