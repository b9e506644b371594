#include "agents/policy/tensor_fates.h"

#include "core/memory.h"

#include <assert.h>
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
static void fill(const co_tensor *tensor, const co_policy *source, co_tensor_fate *fate) {
  *fate = (co_tensor_fate){.change = NAN};
  snprintf(fate->name, sizeof fate->name, "%s", tensor->name);
  fate->rank = co_tensor_shape(tensor, fate->shape);
  int at = source ? co_tensor_find(source->tensor, source->num_tensors, tensor->name) : -1;
  if (at < 0) return;
  const co_tensor *other = &source->tensor[at];
  fate->reshaped = other->rows != tensor->rows || other->cols != tensor->cols;
  if (!fate->reshaped) fate->change = change_of(tensor, other);
}

co_status co_tensor_fates_make(const co_policy *policy, const co_policy *source,
                               co_tensor_fates *out) {
  co_tensor_fate *fate = co_alloc((size_t)policy->num_tensors + 1, sizeof *fate);
  if (!fate) return CO_MEMORY;
  for (int i = 0; i < policy->num_tensors; i++) fill(&policy->tensor[i], source, &fate[i]);
  *out = (co_tensor_fates){policy->num_tensors, fate};
  return CO_OK;
}

co_status co_tensor_fates_copy(const co_tensor_fates *from, co_tensor_fates *to) {
  co_tensor_fate *fate = co_alloc((size_t)from->count + 1, sizeof *fate);
  if (!fate) return CO_MEMORY;
  memcpy(fate, from->fate, (size_t)from->count * sizeof *fate);
  *to = (co_tensor_fates){from->count, fate};
  return CO_OK;
}

void co_tensor_fates_free(co_tensor_fates *fates) {
  free(fates->fate);
  memset(fates, 0, sizeof *fates);
}

// A handful of tensors, looked up when a policy is chosen and once per layer: no need of an index.
co_tensor_fate *co_tensor_fates_find(const co_tensor_fates *fates, const char *name) {
  assert(name);
  for (int i = 0; i < fates->count; i++)
    if (strcmp(fates->fate[i].name, name) == 0) return &fates->fate[i];
  return NULL;
}
