// Values of different shapes walked at once, by NumPy's rules: shapes are aligned at their last
// axis, and a size of 1 stands for any.

#ifndef AGENTS_PROGRAM_PRIVATE_EACH_H_
#define AGENTS_PROGRAM_PRIVATE_EACH_H_

#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"

enum { CO_EACH = 3 };  // most values that are walked at once

// Axes that lie behind each other in all of them are one.
typedef struct co_each {
  int inputs, rank;
  int64_t shape[CO_ONNX_RANK];
  int64_t step[CO_EACH][CO_ONNX_RANK];  // numbers; 0: the same one again
} co_each;

// `count` results, from inputs that go on by their steps.
typedef void (*co_each_fn)(const void *const *in, const int64_t *step, int64_t count, void *out,
                           const void *parameters);

// The shape that the inputs from `first` on have together.
co_status co_each_shape(const co_settling *s, int first, int *rank, int64_t *shape);
// How an input of `from`'s shape is walked in a result of this shape; `at` is its place in `each`.
void co_each_add(co_each *each, const co_program_value *from, const co_program_value *result);
void co_each_collapse(co_each *each);
void co_each_run(const co_each *each, const void *const *in, const size_t *size, void *out,
                 size_t out_size, co_each_fn fn, const void *parameters);

#endif  // AGENTS_PROGRAM_PRIVATE_EACH_H_
