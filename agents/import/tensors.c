#include "agents/import/private/tensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t co_tensors_count(const co_safetensor *tensor) {
  size_t count = 1;
  for (int d = 0; d < tensor->rank; d++) count *= tensor->shape[d];
  return count;
}

// IEEE 754 binary16
static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double part = bits & 1023, sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return (double)NAN;
  return sign * (exponent ? ldexp(1024 + part, exponent - 25) : ldexp(part, -24));
}

static double single(uint32_t bits) {
  float number;
  memcpy(&number, &bits, sizeof number);
  return (double)number;
}

// Element i; NAN where the type holds no numbers of a network.
static double number_at(const co_safetensor *tensor, size_t i) {
  const char *at = (const char *)tensor->data + i * co_safetensors_type_bytes[tensor->element];
  uint16_t two;
  uint32_t four;
  int64_t eight;
  double real;
  switch (tensor->element) {
    case CO_SAFETENSORS_F32: memcpy(&four, at, sizeof four); return single(four);
    case CO_SAFETENSORS_F64: memcpy(&real, at, sizeof real); return real;
    case CO_SAFETENSORS_F16: memcpy(&two, at, sizeof two); return half(two);
    case CO_SAFETENSORS_BF16: memcpy(&two, at, sizeof two); return single((uint32_t)two << 16);
    case CO_SAFETENSORS_I64: memcpy(&eight, at, sizeof eight); return (double)eight;
    default: return (double)NAN;
  }
}

co_status co_tensors_numbers(const co_safetensor *tensor, const char *file, double *out) {
  size_t count = co_tensors_count(tensor);
  for (size_t i = 0; i < count; i++) {
    out[i] = number_at(tensor, i);
    if (!isfinite(out[i]))
      return co_fail(CO_DATA, "%s: tensor \"%s\": element %zu is no finite number of type %s", file,
                     tensor->name, i, co_safetensors_type_names[tensor->element]);
  }
  return CO_OK;
}

const co_safetensor *co_tensors_find(const co_safetensors *tensors, const char *first,
                                     const char *second, int *index) {
  char name[CO_SAFETENSORS_NAME];
  int size = snprintf(name, sizeof name, "%s%s", first, second);
  if (size < 0 || size >= (int)sizeof name) return NULL;
  for (int i = 0; i < tensors->count; i++) {
    if (strcmp(tensors->tensor[i].name, name) != 0) continue;
    if (index) *index = i;
    return &tensors->tensor[i];
  }
  return NULL;
}
