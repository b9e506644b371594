#include "agents/program/private/settle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE = 1024, MOST_NUMBERS = CO_PROGRAM_MEMORY / 4 };

// ---- values

const co_program_value *co_settle_in(const co_settling *s, int index) {
  if (index >= s->op->num_inputs || s->op->input[index] < 0) return NULL;
  return &s->value[s->op->input[index]];
}

co_program_value *co_settle_out(const co_settling *s, int index) {
  if (index >= s->op->num_outputs || s->op->output[index] < 0) return NULL;
  return &s->value[s->op->output[index]];
}

co_status co_settle_fail(const co_settling *s, const char *format, ...) {
  char text[SENTENCE];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return co_fail(CO_DATA, "%s (%s): %s", s->op->node, s->op->class->name, text);
}

// ---- attributes

const co_onnx_attribute *co_settle_attribute(const co_settling *s, const char *name) {
  for (int i = 0; i < s->op->num_attributes; i++)
    if (strcmp(s->op->attribute[i].name, name) == 0) return &s->op->attribute[i];
  return NULL;
}

float co_settle_float(const co_settling *s, const char *name, float otherwise) {
  const co_onnx_attribute *a = co_settle_attribute(s, name);
  return a ? *a->number : otherwise;
}

int64_t co_settle_int(const co_settling *s, const char *name, int64_t otherwise) {
  const co_onnx_attribute *a = co_settle_attribute(s, name);
  return a ? *a->whole : otherwise;
}

const char *co_settle_text(const co_settling *s, const char *name, const char *otherwise) {
  const co_onnx_attribute *a = co_settle_attribute(s, name);
  return a ? *a->text : otherwise;
}

co_wholes co_settle_ints(const co_settling *s, const char *name) {
  const co_onnx_attribute *a = co_settle_attribute(s, name);
  return a ? (co_wholes){a->whole, a->count, true} : (co_wholes){0};
}

co_status co_settle_constant(const co_settling *s, int index, const char *what, co_wholes *out) {
  *out = (co_wholes){0};
  const co_program_value *value = co_settle_in(s, index);
  if (!value) return CO_OK;
  if (!value->whole) return co_settle_fail(s, "%s are real numbers, not whole ones", what);
  if (!value->integer)
    return co_settle_fail(s, "%s follow from the observation; only fixed ones can be compiled",
                          what);
  if (value->rank > 1 || value->count > INT16_MAX)
    return co_settle_fail(s, "%s are no list of numbers", what);
  *out = (co_wholes){value->integer, (int)value->count, true};
  return CO_OK;
}

co_status co_settle_list(const co_settling *s, const char *name, int index, int last,
                         co_wholes *out) {
  if (s->op->opset > last) return co_settle_constant(s, index, name, out);
  *out = co_settle_ints(s, name);
  return CO_OK;
}

co_status co_settle_axis(const co_settling *s, int64_t axis, int rank, int *out) {
  if (axis < -rank || axis >= rank)
    return co_settle_fail(s, "axis %lld of a value with %d", (long long)axis, rank);
  *out = (int)(axis < 0 ? axis + rank : axis);
  return CO_OK;
}

// ---- kinds of numbers

co_status co_settle_same_kind(const co_settling *s) {
  const co_program_value *first = NULL;
  for (int i = 0; i < s->op->num_inputs; i++) {
    const co_program_value *value = co_settle_in(s, i);
    if (!value) return co_settle_fail(s, "input %d is left out", i);
    if (!first) first = value;
    if (value->whole != first->whole)
      return co_settle_fail(s, "it takes real and whole numbers at once");
  }
  return CO_OK;
}

co_status co_settle_real(const co_settling *s, int index) {
  const co_program_value *value = co_settle_in(s, index);
  if (!value) return co_settle_fail(s, "input %d is left out", index);
  if (value->whole)
    return co_settle_fail(s, "input %d \"%s\" has whole numbers", index, value->name);
  return CO_OK;
}

// ---- shapes

co_status co_settle_shape(co_settling *s, int index, bool whole, int rank, const int64_t *shape) {
  co_program_value *out = co_settle_out(s, index);
  if (!out) return CO_OK;
  if (rank > CO_ONNX_RANK)
    return co_settle_fail(s, "a result of %d dimensions; %d are the most", rank, CO_ONNX_RANK);
  int64_t sizes = 1;  // without those of 0, beside which any other would pass
  bool empty = false;
  for (int d = 0; d < rank; d++) {
    if (shape[d] < 0) return co_settle_fail(s, "a result with a size of %lld", (long long)shape[d]);
    if (shape[d] > 0 && __builtin_mul_overflow(sizes, shape[d], &sizes)) sizes = INT64_MAX;
    if (sizes > MOST_NUMBERS)
      return co_settle_fail(s, "a result of more than %d numbers", MOST_NUMBERS);
    if (shape[d] == 0) empty = true;
  }
  out->whole = whole;
  out->rank = rank;
  out->count = empty ? 0 : sizes;
  for (int d = 0; d < rank; d++) out->shape[d] = shape[d];
  return CO_OK;
}

co_status co_settle_like(co_settling *s, int index, const co_program_value *value) {
  return co_settle_shape(s, index, value->whole, value->rank, value->shape);
}

co_around co_settle_around(const co_program_value *value, int axis) {
  co_around out = {1, value->shape[axis], 1};
  for (int d = 0; d < axis; d++) out.before *= value->shape[d];
  for (int d = axis + 1; d < value->rank; d++) out.behind *= value->shape[d];
  return out;
}

void *co_settle_parameters(co_settling *s, size_t size) {
  return s->parameters = co_arena_alloc(s->memory, 1, size);
}
