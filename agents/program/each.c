#include "agents/program/private/each.h"

#include <string.h>

co_status co_each_shape(const co_settling *s, int first, int *rank, int64_t *shape) {
  *rank = 0;
  for (int i = first; i < s->op->num_inputs; i++) {
    const co_program_value *value = co_settle_in(s, i);
    if (value && value->rank > *rank) *rank = value->rank;
  }
  for (int d = 0; d < *rank; d++) shape[d] = 1;
  for (int i = first; i < s->op->num_inputs; i++) {
    const co_program_value *value = co_settle_in(s, i);
    for (int d = 0; value && d < value->rank; d++) {
      int64_t *size = &shape[*rank - value->rank + d];
      if (value->shape[d] == 1 || value->shape[d] == *size) continue;
      if (*size != 1)
        return co_settle_fail(s, "sizes %lld and %lld do not fit each other", (long long)*size,
                              (long long)value->shape[d]);
      *size = value->shape[d];
    }
  }
  return CO_OK;
}

void co_each_add(co_each *each, const co_program_value *from, const co_program_value *result) {
  int64_t *step = each->step[each->inputs++], next = 1;
  each->rank = result->rank;
  memset(step, 0, sizeof each->step[0]);
  for (int d = 0; d < result->rank; d++) each->shape[d] = result->shape[d];
  for (int d = from->rank - 1; d >= 0; d--) {
    step[result->rank - from->rank + d] = from->shape[d] == 1 ? 0 : next;
    next *= from->shape[d];
  }
}

static bool are_one(const co_each *each, int d) {
  for (int i = 0; i < each->inputs; i++)
    if (each->step[i][d] != each->step[i][d + 1] * each->shape[d + 1]) return false;
  return true;
}

static void take_out(co_each *each, int d) {
  for (int e = d; e + 1 < each->rank; e++) {
    each->shape[e] = each->shape[e + 1];
    for (int i = 0; i < each->inputs; i++) each->step[i][e] = each->step[i][e + 1];
  }
  each->rank--;
}

void co_each_collapse(co_each *each) {
  for (int d = each->rank - 1; d >= 0; d--)
    if (each->shape[d] == 1) take_out(each, d);
  for (int d = each->rank - 2; d >= 0; d--) {
    if (!are_one(each, d)) continue;
    each->shape[d + 1] *= each->shape[d];
    take_out(each, d);
  }
  if (each->rank > 0) return;
  each->rank = 1;  // one number
  each->shape[0] = 1;
  for (int i = 0; i < each->inputs; i++) each->step[i][0] = 0;
}

// The next place of all axes but the last; false behind the end.
static bool advance(const co_each *each, int64_t *at, int64_t *offset) {
  for (int d = each->rank - 2; d >= 0; d--) {
    for (int i = 0; i < each->inputs; i++) offset[i] += each->step[i][d];
    if (++at[d] < each->shape[d]) return true;
    for (int i = 0; i < each->inputs; i++) offset[i] -= each->step[i][d] * each->shape[d];
    at[d] = 0;
  }
  return false;
}

void co_each_run(const co_each *each, const void *const *in, const size_t *size, void *out,
                 size_t out_size, co_each_fn fn, const void *parameters) {
  int64_t at[CO_ONNX_RANK] = {0}, offset[CO_EACH] = {0}, step[CO_EACH];
  int last = each->rank - 1;
  for (int d = 0; d < each->rank; d++)
    if (each->shape[d] == 0) return;
  for (int i = 0; i < each->inputs; i++) step[i] = each->step[i][last];
  char *to = out;
  do {
    const void *from[CO_EACH];
    for (int i = 0; i < each->inputs; i++)
      from[i] = (const char *)in[i] + (ptrdiff_t)(offset[i] * (int64_t)size[i]);
    fn(from, step, each->shape[last], to, parameters);
    to += (ptrdiff_t)(each->shape[last] * (int64_t)out_size);
  } while (advance(each, at, offset));
}
