// Operators that leave the numbers as they are: another shape, another type, or the shape itself.

#include "agents/program/private/families.h"
#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"

#include <math.h>
#include <string.h>

static void run_copy(const co_op_run *run) {
  const co_program_value *value = co_run_value(run, 0);
  size_t bytes = (size_t)value->count * co_value_size(value);
  if (bytes > 0) memcpy(co_run_out(run, 0), co_run_in(run, 0), bytes);
}

static co_status settle_identity(co_settling *s) {
  return co_settle_like(s, 0, co_settle_in(s, 0));
}

// ---- reshape

// A size of 0 is the one at this place before, -1 what is left.
static co_status settle_reshape(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  co_wholes wanted;
  CO_TRY(co_settle_constant(s, 1, "the sizes", &wanted));
  bool zero = co_settle_int(s, "allowzero", 0) != 0;
  int64_t shape[CO_ONNX_RANK], known = 1;
  int open = -1;
  if (wanted.count > CO_ONNX_RANK) return co_settle_fail(s, "%d dimensions", wanted.count);
  for (int d = 0; d < wanted.count; d++) {
    shape[d] = wanted.value[d];
    if (shape[d] == 0 && !zero) {
      if (d >= in->rank) return co_settle_fail(s, "it keeps a size that its input has not");
      shape[d] = in->shape[d];
    }
    if (shape[d] == -1) {
      if (open >= 0) return co_settle_fail(s, "two sizes are open");
      open = d;
    } else if (shape[d] < 0 || __builtin_mul_overflow(known, shape[d], &known)) {
      return co_settle_fail(s, "impossible sizes");
    }
  }
  if (open >= 0) {
    if (known == 0 || in->count % known != 0)
      return co_settle_fail(s, "%lld numbers can't be split into rows of %lld",
                            (long long)in->count, (long long)known);
    shape[open] = in->count / known;
    known *= shape[open];
  }
  if (known != in->count)
    return co_settle_fail(s, "%lld numbers in a shape of %lld", (long long)in->count,
                          (long long)known);
  return co_settle_shape(s, 0, in->whole, wanted.count, shape);
}

static co_status settle_flatten(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  int64_t axis = co_settle_int(s, "axis", 1), shape[2] = {1, 1};
  if (axis < 0) axis += in->rank;
  if (axis < 0 || axis > in->rank)
    return co_settle_fail(s, "axis %lld of a value with %d", (long long)axis, in->rank);
  for (int d = 0; d < in->rank; d++) shape[d >= axis] *= in->shape[d];
  return co_settle_shape(s, 0, in->whole, 2, shape);
}

// ---- axes of size 1

// A mark for each of the axes, which are of a value with `rank`.
static co_status mark_axes(const co_settling *s, const co_wholes *axes, int rank, bool *marked) {
  memset(marked, 0, CO_ONNX_RANK * sizeof *marked);
  for (int i = 0; i < axes->count; i++) {
    int axis;
    CO_TRY(co_settle_axis(s, axes->value[i], rank, &axis));
    if (marked[axis]) return co_settle_fail(s, "axis %d stands twice", axis);
    marked[axis] = true;
  }
  return CO_OK;
}

static co_status settle_squeeze(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  bool marked[CO_ONNX_RANK];
  int64_t shape[CO_ONNX_RANK];
  int rank = 0;
  co_wholes axes;
  CO_TRY(co_settle_list(s, "axes", 1, 12, &axes));
  CO_TRY(mark_axes(s, &axes, in->rank, marked));
  for (int d = 0; d < in->rank; d++) {
    if (marked[d] && in->shape[d] != 1)
      return co_settle_fail(s, "axis %d has a size of %lld", d, (long long)in->shape[d]);
    if (axes.stated ? !marked[d] : in->shape[d] != 1) shape[rank++] = in->shape[d];
  }
  return co_settle_shape(s, 0, in->whole, rank, shape);
}

static co_status settle_unsqueeze(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  bool marked[CO_ONNX_RANK];
  int64_t shape[CO_ONNX_RANK];
  co_wholes axes;
  CO_TRY(co_settle_list(s, "axes", 1, 12, &axes));
  if (!axes.stated) return co_settle_fail(s, "it names no axes");
  int rank = in->rank + axes.count;
  if (rank > CO_ONNX_RANK) return co_settle_fail(s, "a result of %d dimensions", rank);
  CO_TRY(mark_axes(s, &axes, rank, marked));
  for (int d = 0, from = 0; d < rank; d++) shape[d] = marked[d] ? 1 : in->shape[from++];
  return co_settle_shape(s, 0, in->whole, rank, shape);
}

// ---- types

enum {
  TO_FLOAT = 1,
  TO_BOOL = 9,
  TO_HALF = 10,
  TO_DOUBLE = 11,
  TO_BFLOAT = 16,
};

// A type of whole numbers, by the standard's number of it.
typedef struct whole_type {
  int64_t type;
  int unused;  // bits of int64 that it has not
  bool natural;
} whole_type;

static const whole_type whole_types[] = {{2, 56, true},       {3, 56, false}, {4, 48, true},
                                         {5, 48, false},      {6, 32, false}, {7, 0, false},
                                         {TO_BOOL, 0, false}, {12, 32, true}};

static bool is_real_type(int64_t to) {
  return to == TO_FLOAT || to == TO_HALF || to == TO_DOUBLE || to == TO_BFLOAT;
}

static co_status settle_cast(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  if (!co_settle_attribute(s, "to")) return co_settle_fail(s, "it does not say to which type");
  int64_t to = co_settle_int(s, "to", 0);
  if (is_real_type(to)) return co_settle_shape(s, 0, false, in->rank, in->shape);
  for (size_t i = 0; i < sizeof whole_types / sizeof *whole_types; i++) {
    if (whole_types[i].type != to) continue;
    s->parameters = co_unconst(&whole_types[i]);
    return co_settle_shape(s, 0, true, in->rank, in->shape);
  }
  return co_settle_fail(s, "it makes numbers of type %lld, which no policy has", (long long)to);
}

// Of a whole number its lower bits, as the standard asks for.
static int64_t lower_bits(int64_t x, const whole_type *to) {
  uint64_t high = (uint64_t)x << to->unused;
  return to->natural ? (int64_t)(high >> to->unused) : (int64_t)high >> to->unused;
}

// A real number is held in the range of the type; the standard leaves that open.
static int64_t held(float x, const whole_type *to) {
  int64_t least = to->natural ? 0 : INT64_MIN >> to->unused;
  int64_t most = to->natural ? (int64_t)(UINT64_MAX >> to->unused) : INT64_MAX >> to->unused;
  int64_t whole = co_whole_of(x);
  return whole < least ? least : whole > most ? most : whole;
}

static void cast_to_whole(const co_op_run *run, const whole_type *to) {
  const co_program_value *in = co_run_value(run, 0);
  const float *real = co_run_in(run, 0);
  const int64_t *whole = co_run_in(run, 0);
  int64_t *y = co_run_out(run, 0);
  for (int64_t i = 0; i < in->count; i++) {
    if (to->type == TO_BOOL)
      y[i] = in->whole ? whole[i] != 0 : real[i] != 0;
    else
      y[i] = in->whole ? lower_bits(whole[i], to) : held(real[i], to);
  }
}

static void run_cast(const co_op_run *run) {
  const co_program_value *in = co_run_value(run, 0), *out = co_run_result(run, 0);
  if (out->whole) {
    cast_to_whole(run, run->op->parameters);
    return;
  }
  const float *real = co_run_in(run, 0);
  const int64_t *whole = co_run_in(run, 0);
  float *y = co_run_out(run, 0);
  for (int64_t i = 0; i < in->count; i++) y[i] = in->whole ? (float)whole[i] : real[i];
}

// ---- constants

static co_status settle_tensor(co_settling *s, const co_onnx_tensor *tensor) {
  s->parameters = co_unconst(tensor);
  return co_settle_shape(s, 0, tensor->integer != NULL, tensor->rank, tensor->shape);
}

static co_status settle_constant(co_settling *s) {
  if (s->op->num_attributes != 1) return co_settle_fail(s, "it needs one value");
  const co_onnx_attribute *a = s->op->attribute;
  if (a->kind == CO_ONNX_TENSOR) return settle_tensor(s, &a->tensor);
  co_onnx_tensor *tensor = co_settle_parameters(s, sizeof *tensor);
  if (!tensor) return CO_MEMORY;
  bool list = a->kind == CO_ONNX_FLOATS || a->kind == CO_ONNX_INTS;
  *tensor = (co_onnx_tensor){.name = "", .rank = list, .shape = {a->count}, .count = a->count};
  tensor->number = a->number;
  tensor->integer = a->whole;
  return settle_tensor(s, tensor);
}

static void run_constant(const co_op_run *run) {
  const co_onnx_tensor *tensor = run->op->parameters;
  const co_program_value *out = co_run_result(run, 0);
  const void *from = tensor->integer ? (const void *)tensor->integer : tensor->number;
  if (out->count > 0) memcpy(co_run_out(run, 0), from, (size_t)out->count * co_value_size(out));
}

static const char constant_attributes[] =
    "value:T value_float:f value_floats:F value_int:i value_ints:I";

const co_op_class co_ops_shape[] = {
    {"Identity", 1, 1, 1, NULL, 1, settle_identity, run_copy, false},
    {"Reshape", 2, 2, 1, "allowzero:i", 5, settle_reshape, run_copy, false},
    {"Flatten", 1, 1, 1, "axis:i", 1, settle_flatten, run_copy, false},
    {"Squeeze", 1, 2, 1, "axes:I", 1, settle_squeeze, run_copy, false},
    {"Unsqueeze", 1, 2, 1, "axes:I", 1, settle_unsqueeze, run_copy, false},
    {"Cast", 1, 1, 1, "to:i saturate:i", 6, settle_cast, run_cast, false},
    {"Constant", 0, 0, 1, constant_attributes, 1, settle_constant, run_constant, false},
    {0},
};
