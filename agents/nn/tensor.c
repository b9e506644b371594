#include "agents/nn/tensor.h"

#include "core/hash.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *const co_adapter_names[] = {"none", "input", "output", NULL};

static size_t element_size(co_dtype dtype) {
  return dtype == CO_F64 ? sizeof(double) : sizeof(float);
}

static char *row_of(const co_tensor *tensor, int row) {
  size_t size = element_size(tensor->dtype);
  return (char *)tensor->data + (size_t)row * (size_t)tensor->stride * size;
}

static size_t row_bytes(const co_tensor *tensor) {
  return (size_t)tensor->cols * element_size(tensor->dtype);
}

co_tensor co_tensor_view(const co_tensor_facts *facts, co_dtype dtype, int rows, int cols,
                         int stride, void *data) {
  assert(rows > 0 && cols > 0 && stride >= cols);
  assert(rows == 1 || facts->rows_are != CO_FACES_NOTHING);
  co_tensor tensor = {
      .dtype = dtype, .rows = rows, .cols = cols, .stride = stride, .data = data, .facts = *facts};
  co_tensor_name(facts, tensor.name);
  return tensor;
}

uint64_t co_tensor_hash(const co_tensor *tensor) {
  if (tensor->rows == 1 || tensor->stride == tensor->cols) {
    return co_hash(tensor->data, (size_t)tensor->rows * row_bytes(tensor));
  }
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return 0;
  for (int row = 0; row < tensor->rows; row++) {
    co_hasher_add(hasher, row_of(tensor, row), row_bytes(tensor));
  }
  uint64_t hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return hash;
}

double co_tensor_get(const co_tensor *tensor, int row, int col) {
  assert(row >= 0 && row < tensor->rows && col >= 0 && col < tensor->cols);
  const char *data = row_of(tensor, row);
  return tensor->dtype == CO_F64 ? ((const double *)data)[col] : (double)((const float *)data)[col];
}

void co_tensor_copy(const co_tensor *to, const co_tensor *from) {
  assert(to->dtype == from->dtype && to->rows == from->rows && to->cols == from->cols);
  for (int row = 0; row < to->rows; row++) {
    memcpy(row_of(to, row), row_of(from, row), row_bytes(to));
  }
}

int co_tensor_find(const co_tensor *tensors, int count, const char *name) {
  assert(name && count >= 0 && (tensors || count == 0));
  for (int i = 0; i < count; i++) {
    if (strcmp(tensors[i].name, name) == 0) return i;
  }
  return -1;
}

int co_tensor_find_role(const co_tensor *tensors, int count, co_tensor_part part,
                        co_tensor_layer layer, co_tensor_role role) {
  assert(count >= 0 && (tensors || count == 0));
  for (int i = 0; i < count; i++) {
    const co_tensor_facts *facts = &tensors[i].facts;
    if (facts->part == part && facts->member == 0 && facts->layer == layer && facts->depth == 0 &&
        facts->role == role)
      return i;
  }
  return -1;
}

int co_tensor_find_weight(const co_tensor *tensors, int count, int tensor) {
  assert(tensor >= 0 && tensor < count);
  const co_tensor_facts *of = &tensors[tensor].facts;
  for (int i = 0; of->layer != CO_LAYER_NONE && i < count; i++) {
    const co_tensor_facts *facts = &tensors[i].facts;
    if (facts->part == of->part && facts->member == of->member && facts->layer == of->layer &&
        facts->depth == of->depth && facts->role == CO_TENSOR_WEIGHT)
      return i;
  }
  return -1;
}

int co_tensor_shape(const co_tensor *tensor, int shape[2]) {
  shape[0] = tensor->cols;
  shape[1] = tensor->rows;
  return tensor->facts.rows_are == CO_FACES_NOTHING ? 1 : 2;
}

static bool is_finite(const co_tensor *tensor) {
  for (int row = 0; row < tensor->rows; row++) {
    for (int col = 0; col < tensor->cols; col++) {
      if (!isfinite(co_tensor_get(tensor, row, col))) return false;
    }
  }
  return true;
}

int co_tensor_find_non_finite(const co_tensor *tensors, int count) {
  assert(count >= 0 && (tensors || count == 0));
  for (int i = 0; i < count; i++) {
    if (!is_finite(&tensors[i])) return i;
  }
  return -1;
}
