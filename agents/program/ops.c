#include "agents/program/ops.h"

#include "agents/program/private/families.h"

#include <string.h>

static const co_op_class *const families[] = {co_ops_unary,  co_ops_binary,   co_ops_dense,
                                              co_ops_shape,  co_ops_arrange,  co_ops_index,
                                              co_ops_reduce, co_ops_recurrent};
enum { NUM_FAMILIES = sizeof families / sizeof *families };

const co_op_class *co_op_find(const char *name) {
  for (int f = 0; f < NUM_FAMILIES; f++)
    for (const co_op_class *op = families[f]; op->name; op++)
      if (strcmp(op->name, name) == 0) return op;
  return NULL;
}

int co_op_count(void) {
  int count = 0;
  for (int f = 0; f < NUM_FAMILIES; f++)
    for (const co_op_class *op = families[f]; op->name; op++) count++;
  return count;
}

// How many have a name in front of this one's: there are few.
static int rank_of(const char *name) {
  int rank = 0;
  for (int f = 0; f < NUM_FAMILIES; f++)
    for (const co_op_class *op = families[f]; op->name; op++) rank += strcmp(op->name, name) < 0;
  return rank;
}

const co_op_class *co_op_at(int index) {
  for (int f = 0; f < NUM_FAMILIES; f++)
    for (const co_op_class *op = families[f]; op->name; op++)
      if (rank_of(op->name) == index) return op;
  return NULL;
}

// ---- attributes

static co_onnx_kind kind_of(char letter) {
  switch (letter) {
    case 'f': return CO_ONNX_FLOAT;
    case 'i': return CO_ONNX_INT;
    case 't': return CO_ONNX_TEXT;
    case 'T': return CO_ONNX_TENSOR;
    case 'F': return CO_ONNX_FLOATS;
    case 'I': return CO_ONNX_INTS;
    case 'S': return CO_ONNX_TEXTS;
    default: return CO_ONNX_OTHER;
  }
}

// The letter of an attribute's kind, or 0.
static char letter_of(const co_op_class *class, const char *name) {
  size_t length = strlen(name);
  for (const char *at = class->attributes; at && *at; at += strcspn(at, " "), at += *at == ' ') {
    size_t this = strcspn(at, ":");
    if (this == length && memcmp(at, name, length) == 0) return at[this + 1];
  }
  return 0;
}

co_status co_op_check_attributes(const co_program_op *op) {
  for (int i = 0; i < op->num_attributes; i++) {
    const co_onnx_attribute *a = &op->attribute[i];
    char letter = letter_of(op->class, a->name);
    if (!letter)
      return co_fail(CO_DATA, "%s (%s): attribute \"%.100s\" is not known", op->node,
                     op->class->name, a->name);
    if (a->kind != kind_of(letter))
      return co_fail(CO_DATA, "%s (%s): attribute \"%.100s\" is of another kind", op->node,
                     op->class->name, a->name);
    for (int k = 0; k < i; k++)
      if (strcmp(op->attribute[k].name, a->name) == 0)
        return co_fail(CO_DATA, "%s (%s): attribute \"%.100s\" stands twice", op->node,
                       op->class->name, a->name);
  }
  return CO_OK;
}
