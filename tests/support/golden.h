// Golden vectors of learners: files of arrays that another framework made
// (tests/golden/*_vectors.py).

#ifndef TESTS_SUPPORT_GOLDEN_H_
#define TESTS_SUPPORT_GOLDEN_H_

#include "agents/nn/network.h"
#include "core/json.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// of tests/golden; the caller frees it
static inline co_json *read_golden(const char *name) {
  char path[4200];
  snprintf(path, sizeof path, "%s/tests/golden/%s", getenv("CARRYOVER_SOURCE"), name);
  co_json *json;
  ck_assert_msg(co_json_read(path, &json) == CO_OK, "%s", co_error_text());
  return json;
}

static inline const co_json *member(const co_json *object, const char *key) {
  const co_json *value = co_json_get(object, key);
  ck_assert_msg(value != NULL, "%s", key);
  return value;
}

static inline double number(const co_json *object, const char *key) {
  double value = co_json_as_number(member(object, key), NAN);
  ck_assert_msg(isfinite(value), "%s", key);
  return value;
}

static inline double at(const co_json *array, int i) {
  double value = co_json_as_number(co_json_at(array, (size_t)i), NAN);
  ck_assert(isfinite(value));
  return value;
}

// every tensor of a network, from arrays under their names
static inline void read_params(const co_json *params, co_network *net) {
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor *tensor = &net->tensor[t];
    const co_json *values = member(params, tensor->name);
    ck_assert_int_eq((int)co_json_count(values), tensor->rows * tensor->cols);
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      int cell = i / tensor->cols * tensor->stride + i % tensor->cols;
      ((float *)tensor->data)[cell] = (float)at(values, i);
    }
  }
}

// `width` numbers per row, `stride` floats apart
static inline void read_rows(const co_json *batch, const char *key, int rows, int width, int stride,
                             float *out) {
  const co_json *values = member(batch, key);
  ck_assert_int_eq((int)co_json_count(values), rows * width);
  for (int i = 0; i < rows * width; i++) out[i / width * stride + i % width] = (float)at(values, i);
}

// largest difference of the parameters; `moved`: how far the update has taken them
static inline double compare_params(const co_json *expected, const co_json *before,
                                    const co_network *net, double *moved) {
  double largest = 0;
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor *tensor = &net->tensor[t];
    const co_json *now = member(expected, tensor->name), *old = member(before, tensor->name);
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      double actual = co_tensor_get(tensor, i / tensor->cols, i % tensor->cols);
      largest = fmax(largest, fabs(actual - at(now, i)));
      *moved = fmax(*moved, fabs(at(old, i) - at(now, i)));
    }
  }
  return largest;
}

#endif  // TESTS_SUPPORT_GOLDEN_H_
