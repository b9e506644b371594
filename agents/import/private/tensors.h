// Numbers of a safetensors file, whatever they are kept in.

#ifndef AGENTS_IMPORT_PRIVATE_TENSORS_H_
#define AGENTS_IMPORT_PRIVATE_TENSORS_H_

#include "agents/formats/safetensors.h"

#include <stdbool.h>

// Elements of a tensor.
size_t co_tensors_count(const co_safetensor *tensor);
// Copies them to `out` (count); CO_DATA names the tensor where its type is none of numbers, or one
// of them is not finite.
co_status co_tensors_numbers(const co_safetensor *tensor, const char *file, double *out);
// By a name made of two parts, with its place in the list; NULL: there is none.
const co_safetensor *co_tensors_find(const co_safetensors *tensors, const char *first,
                                     const char *second, int *index);

#endif  // AGENTS_IMPORT_PRIVATE_TENSORS_H_
