// Functions that graphs write as several operations.

#include "agents/import/private/chain_stages.h"

#include <math.h>
#include <string.h>

const co_program_op *co_chain_op(const co_program *program, int value) {
  int op = value < 0 ? -1 : program->value[value].op;
  return op < 0 ? NULL : &program->op[op];
}

bool co_chain_is(const co_program_op *op, const char *name) {
  return op && strcmp(op->name, name) == 0;
}

static bool is_constant(const co_program *program, int value) {
  return value >= 0 && program->value[value].op < 0 &&
         (program->value[value].number || program->value[value].integer);
}

bool co_chain_number(const co_program *program, int value, double *out) {
  if (!is_constant(program, value) || program->value[value].count != 1) return false;
  const co_program_value *constant = &program->value[value];
  *out = constant->number ? (double)*constant->number : (double)*constant->integer;
  return true;
}

int co_chain_variable(const co_program *program, const co_program_op *op) {
  if (op->num_inputs != 2) return -1;
  bool first = is_constant(program, op->input[0]), second = is_constant(program, op->input[1]);
  return first == second ? -1 : first ? 1 : 0;
}

static const co_onnx_attribute *find(const co_program_op *op, const char *name) {
  for (int i = 0; i < op->num_attributes; i++)
    if (strcmp(op->attribute[i].name, name) == 0) return &op->attribute[i];
  return NULL;
}

int64_t co_chain_whole(const co_program_op *op, const char *attribute, int64_t missing) {
  const co_onnx_attribute *a = find(op, attribute);
  bool has = a && (a->kind == CO_ONNX_INT || a->kind == CO_ONNX_INTS) && a->count == 1;
  return has ? *a->whole : missing;
}

double co_chain_real(const co_program_op *op, const char *attribute, double missing) {
  const co_onnx_attribute *a = find(op, attribute);
  return a && a->kind == CO_ONNX_FLOAT ? (double)*a->number : missing;
}

// Axes of one number may go where they like.
static bool keeps_order(const co_program *program, const co_program_op *op) {
  const co_program_value *from = &program->value[op->input[0]];
  const co_onnx_attribute *perm = find(op, "perm");
  if (!perm) {
    int wide = 0;
    for (int d = 0; d < from->rank; d++) wide += from->shape[d] > 1;
    return wide <= 1;
  }
  int64_t last = -1;
  for (int d = 0; d < perm->count; d++) {
    int64_t axis = perm->whole[d];
    if (axis < 0 || axis >= from->rank) return false;
    if (from->shape[axis] <= 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

static const char *const plain[] = {"Identity",  "Reshape", "Flatten", "Squeeze",
                                    "Unsqueeze", "Dropout", "Expand",  "Cast"};
// Those that stand in patterns only, and the activation that these are; NULL: layer norm.
static const char *const parts[][2] = {
    {"Erf", "gelu"}, {"Pow", NULL}, {"ReduceMean", NULL}, {"Sqrt", NULL}, {"Sigmoid", "swish"}};

int co_chain_activation(const char *name) {
  for (int i = 0; co_activation_names[i]; i++)
    if (strcmp(co_activation_names[i], name) == 0) return i;
  return -1;
}

static bool is_plain_name(const char *name) {
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (strcmp(name, plain[i]) == 0) return true;
  return false;
}

const char *co_chain_use_of_pattern(const char *name) {
  if (is_plain_name(name) || strcmp(name, "Transpose") == 0 || strcmp(name, "Concat") == 0)
    return "shape";
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (strcmp(name, parts[i][0]) == 0 && (!parts[i][1] || co_chain_activation(parts[i][1]) >= 0))
      return "pattern";
  return NULL;
}

// Only the shape changes, or nothing.
static bool is_plain(const co_program *program, const co_program_op *op) {
  if (op->num_inputs < 1 || op->input[0] < 0) return false;
  const co_program_value *from = &program->value[op->input[0]];
  const co_program_value *to = &program->value[op->output[0]];
  if (from->count != to->count || from->whole || to->whole) return false;
  if (co_chain_is(op, "Transpose")) return keeps_order(program, op);
  if (co_chain_is(op, "Concat")) return op->num_inputs == 1;
  return is_plain_name(op->name);
}

int co_chain_source(const co_program *program, int value) {
  const co_program_op *op = co_chain_op(program, value);
  while (op && is_plain(program, op) && op->output[0] == value) {
    value = op->input[0];
    op = co_chain_op(program, value);
  }
  return value;
}

// The operation of this name behind which a value only has another shape, or NULL.
static const co_program_op *source_op(const co_program *program, int value, const char *name) {
  const co_program_op *op = co_chain_op(program, co_chain_source(program, value));
  return co_chain_is(op, name) ? op : NULL;
}

static bool same_value(const co_program *program, int a, int b) {
  return co_chain_source(program, a) == co_chain_source(program, b);
}

static bool is_near(double a, double b) {
  return fabs(a - b) <= 1e-6 * fabs(b);
}

// op(x, constant) of this constant, in either order where `swaps`; the value x, else -1.
static int with_number(const co_program *program, int value, const char *name, double number,
                       bool swaps) {
  const co_program_op *op = source_op(program, value, name);
  int x = op ? co_chain_variable(program, op) : -1;
  double is;
  if (x < 0 || (x == 1 && !swaps)) return -1;
  if (!co_chain_number(program, op->input[1 - x], &is) || !is_near(is, number)) return -1;
  return op->input[x];
}

bool co_chain_swish(const co_program *program, int value, int *x) {
  const co_program_op *product = source_op(program, value, "Mul");
  if (!product || product->num_inputs != 2) return false;
  for (int i = 0; i < 2; i++) {
    const co_program_op *gate = source_op(program, product->input[i], "Sigmoid");
    if (!gate || !same_value(program, gate->input[0], product->input[1 - i])) continue;
    *x = gate->input[0];
    return true;
  }
  return false;
}

// ---- x/2 (1 + erf(x / sqrt 2)), whichever product comes first

// 1 + erf(x / sqrt 2); the value x, else -1
static int raised_erf(const co_program *program, int value) {
  int inside = with_number(program, value, "Add", 1, true);
  const co_program_op *erf_op = inside < 0 ? NULL : source_op(program, inside, "Erf");
  if (!erf_op) return -1;
  int x = with_number(program, erf_op->input[0], "Div", sqrt(2), false);
  return x >= 0 ? x : with_number(program, erf_op->input[0], "Mul", sqrt(0.5), true);
}

// f(x) = a b, where one factor is 1 + erf and the other x
static bool is_gate(const co_program *program, int a, int b, int *x) {
  *x = raised_erf(program, a);
  return *x >= 0 && same_value(program, *x, b);
}

bool co_chain_gelu(const co_program *program, int value, int *x) {
  int doubled = with_number(program, value, "Mul", 0.5, true);
  const co_program_op *product = source_op(program, doubled >= 0 ? doubled : value, "Mul");
  if (!product || product->num_inputs != 2) return false;
  for (int i = 0; i < 2; i++) {
    int a = product->input[i], b = product->input[1 - i];
    if (doubled >= 0) {
      if (is_gate(program, a, b, x)) return true;
      continue;
    }
    int half = with_number(program, a, "Mul", 0.5, true);  // half of either factor
    if (half >= 0 && (is_gate(program, half, b, x) || is_gate(program, b, half, x))) return true;
  }
  return false;
}

// ---- (x - mean x) / sqrt(mean (x - mean x)^2 + epsilon)

// The mean over all numbers of a row; the value that it is of, else -1.
static int mean_of(const co_program *program, int value) {
  const co_program_op *op = source_op(program, value, "ReduceMean");
  if (!op || op->num_inputs < 1) return -1;
  return program->value[op->output[0]].count == 1 ? op->input[0] : -1;
}

static int square_of(const co_program *program, int value) {
  int x = with_number(program, value, "Pow", 2, false);
  if (x >= 0) return x;
  const co_program_op *op = source_op(program, value, "Mul");
  bool square = op && op->num_inputs == 2 && same_value(program, op->input[0], op->input[1]);
  return square ? op->input[0] : -1;
}

// sqrt(mean (centered)^2 + epsilon) of the same `centered`
static bool is_deviation(const co_program *program, int value, int centered, double *epsilon) {
  const co_program_op *root = source_op(program, value, "Sqrt");
  const co_program_op *sum = root ? source_op(program, root->input[0], "Add") : NULL;
  int variance = sum ? co_chain_variable(program, sum) : -1;
  if (variance < 0 || !co_chain_number(program, sum->input[1 - variance], epsilon)) return false;
  int squared = mean_of(program, sum->input[variance]);
  int x = squared < 0 ? -1 : square_of(program, squared);
  return x >= 0 && same_value(program, x, centered);
}

bool co_chain_norm(const co_program *program, int value, int *x, double *epsilon) {
  const co_program_op *quotient = source_op(program, value, "Div");
  if (!quotient || quotient->num_inputs != 2) return false;
  const co_program_op *difference = source_op(program, quotient->input[0], "Sub");
  if (!difference || difference->num_inputs != 2) return false;
  *x = difference->input[0];
  int mean = mean_of(program, difference->input[1]);
  return mean >= 0 && same_value(program, mean, *x) &&
         is_deviation(program, quotient->input[1], quotient->input[0], epsilon);
}
