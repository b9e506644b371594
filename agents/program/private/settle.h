// What operators use while a program is compiled: their inputs, attributes, and where the shapes of
// their outputs go. Errors name the node.

#ifndef AGENTS_PROGRAM_PRIVATE_SETTLE_H_
#define AGENTS_PROGRAM_PRIVATE_SETTLE_H_

#include "agents/program/ops.h"

// An operation while it is settled.
typedef struct co_settling {
  co_program_op *op;
  co_program_value *value;  // of the program
  co_arena *memory;         // for parameters; lives as long as the program
  // set by the class
  void *parameters;
  size_t scratch;   // floats that running one row needs
  double products;  // multiply-adds of a row, where they are more than the numbers it touches
  bool by_shape;    // the result follows from the shapes of its inputs: it is fixed
} co_settling;

// A list of whole numbers, borrowed.
typedef struct co_wholes {
  const int64_t *value;
  int count;
  bool stated;
} co_wholes;

// NULL where there is none, or where it is left out.
const co_program_value *co_settle_in(const co_settling *s, int index);
co_program_value *co_settle_out(const co_settling *s, int index);
static inline bool co_is_constant(const co_program_value *value) {
  return value->number || value->integer;
}

// CO_DATA with "file: node N \"name\" (Op): text".
co_status co_settle_fail(const co_settling *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const co_onnx_attribute *co_settle_attribute(const co_settling *s, const char *name);  // or NULL
float co_settle_float(const co_settling *s, const char *name, float otherwise);
int64_t co_settle_int(const co_settling *s, const char *name, int64_t otherwise);
const char *co_settle_text(const co_settling *s, const char *name, const char *otherwise);
co_wholes co_settle_ints(const co_settling *s, const char *name);

// Whole numbers of an input that is constant; `what` it is for the error. Left out: not stated.
co_status co_settle_constant(const co_settling *s, int index, const char *what, co_wholes *out);
// Those of an attribute up to version `last` of the operators, of an input from then on.
co_status co_settle_list(const co_settling *s, const char *name, int index, int last,
                         co_wholes *out);
// -rank..rank-1 to 0..rank-1
co_status co_settle_axis(const co_settling *s, int64_t axis, int rank, int *out);
// All inputs have the same kind of numbers.
co_status co_settle_same_kind(const co_settling *s);
// The input's numbers are real.
co_status co_settle_real(const co_settling *s, int index);

// The shape of an output; sizes that are negative or too many are refused.
co_status co_settle_shape(co_settling *s, int index, bool whole, int rank, const int64_t *shape);
co_status co_settle_like(co_settling *s, int index, const co_program_value *value);

// Numbers in front of axis, on it, behind it.
typedef struct co_around {
  int64_t before, size, behind;
} co_around;
co_around co_settle_around(const co_program_value *value, int axis);

// Parameters, zeroed; NULL is CO_MEMORY.
void *co_settle_parameters(co_settling *s, size_t size);

#endif  // AGENTS_PROGRAM_PRIVATE_SETTLE_H_
