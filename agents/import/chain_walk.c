// From a program to a line of stages (chain_stages.h).

#include "agents/import/chain.h"
#include "agents/import/private/chain_stages.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool co_chain_refuse(const chain_walk *walk, const char *node, const char *format, ...) {
  enum { MOST_OF_NODE = 128 };
  int size = snprintf(walk->reason, CHAIN_REASON, "%.*s: ", MOST_OF_NODE, node);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(walk->reason + size, (size_t)(CHAIN_REASON - size), format, arguments);
  va_end(arguments);
  return false;
}

static bool add_stage(chain_walk *walk, const chain_stage *stage) {
  walk->stage[walk->count++] = *stage;
  return true;
}

static int count_of(const chain_walk *walk, int value) {
  return (int)walk->program->value[value].count;
}

// The numbers of a constant; NULL where the value is none, or whole.
static const float *constant_of(const chain_walk *walk, int value) {
  if (value < 0 || walk->program->value[value].op >= 0) return NULL;
  return walk->program->value[value].number;
}

static int input_of(const co_program_op *op, int i) {
  return i < op->num_inputs ? op->input[i] : -1;
}

// ---- with one number per element

// A stage y = x op c with the constant spread over `width` numbers, to be changed by the caller.
static double *spread(chain_walk *walk, chain_kind kind, const char *node, int value, int width) {
  const float *from = constant_of(walk, value);
  int count = from ? count_of(walk, value) : 0;
  if (!from || (count != 1 && count != width)) {
    co_chain_refuse(walk, node, "its constant has %d numbers for %d", count, width);
    return NULL;
  }
  double *number = co_arena_alloc(walk->memory, (size_t)width, sizeof *number);
  if (!number) return NULL;
  for (int i = 0; i < width; i++) number[i] = (double)from[count == 1 ? 0 : i];
  add_stage(walk, &(chain_stage){.kind = kind, .node = node, .width = width, .number = number});
  return number;
}

static void turn(double *number, int width) {
  for (int i = 0; i < width; i++) number[i] = -number[i];
}

// y = -x; of c - x behind it
static bool take_negation(chain_walk *walk, const char *node, int width) {
  double *number = co_arena_alloc(walk->memory, (size_t)width, sizeof *number);
  if (!number) return false;
  for (int i = 0; i < width; i++) number[i] = -1;
  return add_stage(
      walk, &(chain_stage){.kind = CHAIN_MULTIPLY, .node = node, .width = width, .number = number});
}

// Add, Sub, Mul, Div with a constant.
static bool take_arithmetic(chain_walk *walk, const co_program_op *op, int *value) {
  int width = count_of(walk, op->output[0]), x = co_chain_variable(walk->program, op);
  if (x < 0)
    return co_chain_refuse(walk, op->node, "%s of two values that follow from the observation",
                           op->name);
  if (count_of(walk, op->input[x]) != width)
    return co_chain_refuse(walk, op->node, "%d numbers become %d", count_of(walk, op->input[x]),
                           width);
  bool sub = co_chain_is(op, "Sub"), div = co_chain_is(op, "Div");
  if (div && x == 1) return co_chain_refuse(walk, op->node, "it divides by the observation");
  chain_kind kind = sub || co_chain_is(op, "Add") ? CHAIN_ADD : div ? CHAIN_DIVIDE : CHAIN_MULTIPLY;
  double *number = spread(walk, kind, op->node, op->input[1 - x], width);
  if (!number) return false;
  for (int i = 0; div && i < width; i++)
    if (number[i] == 0) return co_chain_refuse(walk, op->node, "it divides by 0");
  if (sub && x == 0) turn(number, width);
  *value = op->input[x];
  return sub && x == 1 ? take_negation(walk, op->node, width) : true;
}

static bool take_batch_norm(chain_walk *walk, const co_program_op *op, int *value) {
  int width = count_of(walk, op->output[0]);
  if (op->num_inputs != 5 || count_of(walk, op->input[0]) != width)
    return co_chain_refuse(walk, op->node, "not over the elements of one row");
  // the last stage first: offset, gain, deviation, mean
  if (!spread(walk, CHAIN_ADD, op->node, op->input[2], width)) return false;
  if (!spread(walk, CHAIN_MULTIPLY, op->node, op->input[1], width)) return false;
  double *deviation = spread(walk, CHAIN_DIVIDE, op->node, op->input[4], width);
  double *mean = deviation ? spread(walk, CHAIN_ADD, op->node, op->input[3], width) : NULL;
  if (!mean) return false;
  double epsilon = co_chain_real(op, "epsilon", (double)1e-5f);
  for (int i = 0; i < width; i++) {
    if (!(deviation[i] + epsilon > 0))
      return co_chain_refuse(walk, op->node, "variance %d is not above 0", i);
    deviation[i] = sqrt(deviation[i] + epsilon);
  }
  turn(mean, width);
  *value = op->input[0];
  return true;
}

// ---- dense layers

static bool take_gemm(chain_walk *walk, const co_program_op *op, int *value) {
  const co_program_value *weight = &walk->program->value[op->input[1]];
  bool by_output = co_chain_whole(op, "transB", 0) != 0;
  int width = count_of(walk, op->output[0]), in = count_of(walk, op->input[0]);
  chain_stage stage = {.kind = CHAIN_DENSE,
                       .node = op->node,
                       .width = width,
                       .in = in,
                       .by_output = by_output,
                       .weight = constant_of(walk, op->input[1]),
                       .alpha = co_chain_real(op, "alpha", 1),
                       .beta = co_chain_real(op, "beta", 1)};
  if (!stage.weight) return co_chain_refuse(walk, op->node, "its weight is no constant");
  if (co_chain_whole(op, "transA", 0) || weight->rank != 2 || weight->shape[by_output] != in ||
      weight->shape[!by_output] != width)
    return co_chain_refuse(walk, op->node, "it is not over one row");
  if (input_of(op, 2) >= 0) {
    stage.bias = constant_of(walk, op->input[2]);
    stage.bias_count = count_of(walk, op->input[2]);
    if (!stage.bias || (stage.bias_count != 1 && stage.bias_count != width))
      return co_chain_refuse(walk, op->node, "its bias is no constant of %d numbers", width);
  }
  *value = op->input[0];
  return add_stage(walk, &stage);
}

static bool take_matmul(chain_walk *walk, const co_program_op *op, int *value) {
  int x = co_chain_variable(walk->program, op);
  if (x < 0) return co_chain_refuse(walk, op->node, "its weight is no constant");
  const co_program_value *weight = &walk->program->value[op->input[1 - x]];
  bool by_output = x == 1;  // W x
  int width = count_of(walk, op->output[0]), in = count_of(walk, op->input[x]);
  const float *number = constant_of(walk, op->input[1 - x]);
  if (!number || weight->rank != 2 || weight->shape[by_output] != in ||
      weight->shape[!by_output] != width)
    return co_chain_refuse(walk, op->node, "it is not over one row");
  *value = op->input[x];
  return add_stage(walk, &(chain_stage){.kind = CHAIN_DENSE,
                                        .node = op->node,
                                        .width = width,
                                        .in = in,
                                        .by_output = by_output,
                                        .weight = number,
                                        .alpha = 1});
}

// ---- activations and norms

static bool add_activation(chain_walk *walk, const co_program_op *op, const char *name) {
  int activation = co_chain_activation(name);
  if (activation < 0)
    return co_chain_refuse(walk, op->node, "no activation of networks that are trained here: %s",
                           name);
  return add_stage(walk, &(chain_stage){.kind = CHAIN_ACTIVATION,
                                        .node = op->node,
                                        .width = count_of(walk, op->output[0]),
                                        .activation = (co_activation)activation});
}

static bool take_activation(chain_walk *walk, const co_program_op *op, const char *name,
                            int *value) {
  *value = op->input[0];
  return add_activation(walk, op, name);
}

// Its parameter is the one that the activation of that name has here.
static bool has_alpha(chain_walk *walk, const co_program_op *op, double alpha, double missing) {
  double is = co_chain_real(op, "alpha", missing);
  if (fabs(is - alpha) <= 1e-7) return true;
  return co_chain_refuse(walk, op->node, "%s with alpha %.9g, trained here is %.9g", op->name, is,
                         alpha);
}

static bool take_norm(chain_walk *walk, const co_program_op *op, int x, double epsilon,
                      int *value) {
  const double trained = 1e-5;
  int width = count_of(walk, op->output[0]);
  if (count_of(walk, x) != width)
    return co_chain_refuse(walk, op->node, "not over the elements of one row");
  if (fabs(epsilon - trained) > 1e-3 * trained)
    return co_chain_refuse(walk, op->node, "a layer norm with epsilon %.9g, trained here is %.9g",
                           epsilon, trained);
  *value = x;
  return add_stage(walk, &(chain_stage){.kind = CHAIN_NORM, .node = op->node, .width = width});
}

static bool take_layer_norm(chain_walk *walk, const co_program_op *op, int *value) {
  int x = op->input[0], width = count_of(walk, x);
  const co_program_value *from = &walk->program->value[x];
  if (from->rank < 1 || from->shape[from->rank - 1] != width)
    return co_chain_refuse(walk, op->node, "not over the elements of one row");
  int64_t axis = co_chain_whole(op, "axis", -1);
  if (axis != -1 && axis != from->rank - 1)
    return co_chain_refuse(walk, op->node, "not over the last axis");
  if (input_of(op, 2) >= 0 && !spread(walk, CHAIN_ADD, op->node, op->input[2], width)) return false;
  if (input_of(op, 1) >= 0 && !spread(walk, CHAIN_MULTIPLY, op->node, op->input[1], width))
    return false;
  return take_norm(walk, op, x, co_chain_real(op, "epsilon", (double)1e-5f), value);
}

// ---- parts and bounds

// Elements first, first + 1, ... of what a Split or Slice takes.
static bool take_range(chain_walk *walk, const co_program_op *op, int first, int *value) {
  int width = count_of(walk, *value), in = count_of(walk, op->input[0]);
  int *index = co_arena_alloc(walk->memory, (size_t)width, sizeof *index);
  if (!index) return false;
  for (int i = 0; i < width; i++) index[i] = first + i;
  if (first < 0 || first + width > in)
    return co_chain_refuse(walk, op->node, "elements %d to %d of %d", first, first + width - 1, in);
  *value = op->input[0];
  return add_stage(
      walk, &(chain_stage){.kind = CHAIN_SELECT, .node = op->node, .width = width, .index = index});
}

// The axis that has all numbers, else -1.
static int long_axis(const co_program_value *value) {
  for (int d = 0; d < value->rank; d++)
    if (value->shape[d] == value->count) return d;
  return -1;
}

static bool takes_axis(const co_program_value *from, int64_t axis) {
  int along = long_axis(from);
  return along >= 0 && (axis == along || axis == along - from->rank || from->count == 1);
}

static bool take_split(chain_walk *walk, const co_program_op *op, int *value) {
  if (!takes_axis(&walk->program->value[op->input[0]], co_chain_whole(op, "axis", 0)))
    return co_chain_refuse(walk, op->node, "not along the elements of one row");
  int first = 0;
  for (int i = 0; i < op->num_outputs && op->output[i] != *value; i++)
    if (op->output[i] >= 0) {
      first += count_of(walk, op->output[i]);
    } else {
      return co_chain_refuse(walk, op->node, "a part without a name before the one that is used");
    }
  return take_range(walk, op, first, value);
}

// A whole number of an input (from version 10 on) or an attribute; false where there are several.
static bool slice_number(const chain_walk *walk, const co_program_op *op, int input,
                         const char *attribute, int64_t missing, int64_t *out) {
  double number;
  *out = co_chain_whole(op, attribute, missing);
  for (int i = 0; i < op->num_attributes; i++)
    if (strcmp(op->attribute[i].name, attribute) == 0 && op->attribute[i].count != 1) return false;
  if (input_of(op, input) < 0) return true;
  if (!co_chain_number(walk->program, op->input[input], &number)) return false;
  *out = number < -1e9 ? -1000000000 : number > 1e9 ? 1000000000 : (int64_t)number;
  return true;
}

static bool take_slice(chain_walk *walk, const co_program_op *op, int *value) {
  int64_t first, axis, step;
  if (!slice_number(walk, op, 1, "starts", 0, &first) ||
      !slice_number(walk, op, 3, "axes", 0, &axis) || !slice_number(walk, op, 4, "steps", 1, &step))
    return co_chain_refuse(walk, op->node, "along several axes");
  const co_program_value *from = &walk->program->value[op->input[0]];
  if (step != 1 || !takes_axis(from, axis))
    return co_chain_refuse(walk, op->node, "not along the elements of one row");
  if (first < 0) first += from->count;
  return take_range(walk, op, (int)(first < 0 ? 0 : first), value);
}

static bool take_gather(chain_walk *walk, const co_program_op *op, int *value) {
  const co_program_value *from = &walk->program->value[op->input[0]];
  const co_program_value *at = &walk->program->value[op->input[1]];
  if (at->op >= 0 || !at->integer || !takes_axis(from, co_chain_whole(op, "axis", 0)))
    return co_chain_refuse(walk, op->node, "not along the elements of one row");
  int *index = co_arena_alloc(walk->memory, (size_t)at->count, sizeof *index);
  if (!index) return false;
  for (int64_t i = 0; i < at->count; i++) {
    int64_t element = at->integer[i] < 0 ? at->integer[i] + from->count : at->integer[i];
    if (element < 0 || element >= from->count)
      return co_chain_refuse(walk, op->node, "element %lld of %lld", (long long)at->integer[i],
                             (long long)from->count);
    index[i] = (int)element;
  }
  *value = op->input[0];
  return add_stage(
      walk, &(chain_stage){
                .kind = CHAIN_SELECT, .node = op->node, .width = (int)at->count, .index = index});
}

static bool take_clip(chain_walk *walk, const co_program_op *op, int *value) {
  chain_stage stage = {.kind = CHAIN_CLIP,
                       .node = op->node,
                       .width = count_of(walk, op->output[0]),
                       .low = co_chain_real(op, "min", (double)-INFINITY),
                       .high = co_chain_real(op, "max", (double)INFINITY)};
  if ((input_of(op, 1) >= 0 && !co_chain_number(walk->program, op->input[1], &stage.low)) ||
      (input_of(op, 2) >= 0 && !co_chain_number(walk->program, op->input[2], &stage.high)))
    return co_chain_refuse(walk, op->node, "its bounds are no constants");
  *value = op->input[0];
  if (stage.low == 0 && isinf(stage.high)) return add_activation(walk, op, "relu");
  return add_stage(walk, &stage);
}

// Max or Min with a number for all elements.
static bool take_bound(chain_walk *walk, const co_program_op *op, int *value) {
  int x = co_chain_variable(walk->program, op);
  double bound;
  if (x < 0 || !co_chain_number(walk->program, op->input[1 - x], &bound))
    return co_chain_refuse(walk, op->node, "%s with more than one number", op->name);
  *value = op->input[x];
  bool max = co_chain_is(op, "Max");
  if (max && bound == 0) return add_activation(walk, op, "relu");
  return add_stage(walk, &(chain_stage){.kind = CHAIN_CLIP,
                                        .node = op->node,
                                        .width = count_of(walk, op->output[0]),
                                        .low = max ? bound : (double)-INFINITY,
                                        .high = max ? (double)INFINITY : bound});
}

// ---- memory

// The cell's state input `i` is a state of the program that its output `o` answers.
static bool is_kept(const chain_walk *walk, const co_program_op *op, int i, int o) {
  const co_program *program = walk->program;
  int from = co_chain_source(program, input_of(op, i));
  for (int s = 0; s < program->num_states; s++) {
    int result = co_chain_source(program, program->state[s].result);
    if (program->state[s].value != from) continue;
    // for one step the whole sequence of outputs is the last one
    return (o < op->num_outputs && result == op->output[o]) || (o == 1 && result == op->output[0]);
  }
  return false;
}

static bool has_plain_cell(const chain_walk *walk, const co_program_op *op, bool lstm) {
  int states = lstm ? 2 : 1;
  for (int i = 0; i < op->num_attributes; i++) {
    const co_onnx_attribute *a = &op->attribute[i];
    bool forward = strcmp(a->name, "direction") != 0 ||
                   (a->kind == CO_ONNX_TEXT && strcmp(*a->text, "forward") == 0);
    if (!forward || strcmp(a->name, "activations") == 0 || strcmp(a->name, "clip") == 0)
      return co_chain_refuse(walk, op->node, "its %s is not the one that is trained here", a->name);
  }
  if (input_of(op, 7) >= 0) return co_chain_refuse(walk, op->node, "it has peepholes");
  if (lstm ? co_chain_whole(op, "input_forget", 0) != 0
           : co_chain_whole(op, "linear_before_reset", 0) != 1)
    return co_chain_refuse(walk, op->node, "its gates are not those of PyTorch, trained here");
  if (walk->program->num_states != states || !is_kept(walk, op, 5, 1) ||
      (lstm && !is_kept(walk, op, 6, 2)))
    return co_chain_refuse(walk, op->node, "its state is not what the program keeps");
  return true;
}

static bool take_memory(chain_walk *walk, const co_program_op *op, int *value) {
  bool lstm = co_chain_is(op, "LSTM");
  int gates = lstm ? 4 : 3,
      width = count_of(walk, op->output[0] == *value ? *value : op->output[1]);
  int in = count_of(walk, op->input[0]);
  if (!has_plain_cell(walk, op, lstm)) return false;
  chain_stage stage = {.kind = CHAIN_MEMORY,
                       .node = op->node,
                       .width = width,
                       .in = in,
                       .cell = lstm ? CO_LSTM : CO_GRU,
                       .weight = constant_of(walk, op->input[1]),
                       .recurrent = constant_of(walk, op->input[2]),
                       .bias = constant_of(walk, input_of(op, 3))};
  if (!stage.weight || !stage.recurrent || (input_of(op, 3) >= 0 && !stage.bias))
    return co_chain_refuse(walk, op->node, "its weights are no constants");
  if (lstm && op->num_outputs > 2 && *value == op->output[2])
    return co_chain_refuse(walk, op->node, "what it keeps inside is read");
  if (count_of(walk, op->input[1]) != gates * width * in ||
      count_of(walk, op->input[2]) != gates * width * width ||
      (stage.bias && count_of(walk, op->input[3]) != 2 * gates * width))
    return co_chain_refuse(walk, op->node, "its weights are not those of one step of one row");
  *value = op->input[0];
  return add_stage(walk, &stage);
}

// ---- the walk

typedef bool (*chain_taker)(chain_walk *walk, const co_program_op *op, int *value);

static bool take_elu(chain_walk *walk, const co_program_op *op, int *value) {
  return has_alpha(walk, op, 1, 1) && take_activation(walk, op, "elu", value);
}

static bool take_leaky(chain_walk *walk, const co_program_op *op, int *value) {
  return has_alpha(walk, op, (double)0.01f, (double)0.01f) &&
         take_activation(walk, op, "leaky_relu", value);
}

static bool take_gelu_op(chain_walk *walk, const co_program_op *op, int *value) {
  for (int i = 0; i < op->num_attributes; i++) {
    const co_onnx_attribute *a = &op->attribute[i];
    if (strcmp(a->name, "approximate") == 0 && a->kind == CO_ONNX_TEXT &&
        strcmp(*a->text, "none") != 0)
      return co_chain_refuse(walk, op->node, "GELU approximated by %s", *a->text);
  }
  return take_activation(walk, op, "gelu", value);
}

#define TAKE_ACTIVATION(name)                                                      \
  static bool take_##name(chain_walk *walk, const co_program_op *op, int *value) { \
    return take_activation(walk, op, #name, value);                                \
  }
TAKE_ACTIVATION(tanh)
TAKE_ACTIVATION(relu)
TAKE_ACTIVATION(selu)
TAKE_ACTIVATION(sigmoid)
TAKE_ACTIVATION(softplus)

static bool take_neg(chain_walk *walk, const co_program_op *op, int *value) {
  *value = op->input[0];
  return take_negation(walk, op->node, count_of(walk, op->output[0]));
}

static const struct {
  const char *name;
  chain_taker take;
  const char *activation;  // that it is
} takers[] = {
    {"Add", take_arithmetic, NULL},
    {"Sub", take_arithmetic, NULL},
    {"Mul", take_arithmetic, NULL},
    {"Div", take_arithmetic, NULL},
    {"Neg", take_neg, NULL},
    {"BatchNormalization", take_batch_norm, NULL},
    {"Gemm", take_gemm, NULL},
    {"MatMul", take_matmul, NULL},
    {"Relu", take_relu, "relu"},
    {"Tanh", take_tanh, "tanh"},
    {"Elu", take_elu, "elu"},
    {"Selu", take_selu, "selu"},
    {"Sigmoid", take_sigmoid, "sigmoid"},
    {"LeakyRelu", take_leaky, "leaky_relu"},
    {"Softplus", take_softplus, "softplus"},
    {"Gelu", take_gelu_op, "gelu"},
    {"LayerNormalization", take_layer_norm, NULL},
    {"Split", take_split, NULL},
    {"Slice", take_slice, NULL},
    {"Gather", take_gather, NULL},
    {"Clip", take_clip, NULL},
    {"Min", take_bound, NULL},
    {"Max", take_bound, NULL},
    {"LSTM", take_memory, NULL},
    {"GRU", take_memory, NULL},
};

const char *co_chain_use(const char *operator) {
  for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
    const char *activation = takers[i].activation;
    if (strcmp(operator, takers[i].name) != 0) continue;
    if (!activation || co_chain_activation(activation) >= 0) return "stage";
  }
  return co_chain_use_of_pattern(operator);
}

// The one before `*value`, which moves on to what it takes.
static bool take_stage(chain_walk *walk, const co_program_op *op, int *value) {
  int x;
  double epsilon;
  bool has_parts = co_chain_is(op, "Split") || co_chain_is(op, "LSTM") || co_chain_is(op, "GRU");
  if (*value != op->output[0] && !has_parts)
    return co_chain_refuse(walk, op->node, "another output of %s than the first", op->name);
  if (co_chain_swish(walk->program, *value, &x)) {
    *value = x;
    return add_activation(walk, op, "swish");
  }
  if (co_chain_gelu(walk->program, *value, &x)) {
    *value = x;
    return add_activation(walk, op, "gelu");
  }
  if (co_chain_norm(walk->program, *value, &x, &epsilon))
    return take_norm(walk, op, x, epsilon, value);
  for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
    if (co_chain_is(op, takers[i].name)) return takers[i].take(walk, op, value);
  return co_chain_refuse(walk, op->node, "%s is no part of a network that is trained here",
                         op->name);
}

// The pieces of the observation beside each other, in their order.
static bool is_observation(const chain_walk *walk, int value) {
  const co_program *program = walk->program;
  const co_program_op *op = co_chain_op(program, value);
  if (!op) return program->num_inputs == 1 && program->input[0].value == value;
  if (!co_chain_is(op, "Concat") || op->num_inputs != program->num_inputs) return false;
  for (int i = 0; i < op->num_inputs; i++)
    if (co_chain_source(program, op->input[i]) != program->input[i].value) return false;
  return count_of(walk, value) == program->obs_dim;
}

bool co_chain_walk(chain_walk *walk) {
  enum { STAGES_OF_ONE = 4 };  // batch norm
  const co_program *program = walk->program;
  walk->stage = co_arena_alloc(walk->memory, (size_t)program->num_ops * STAGES_OF_ONE + 1,
                               sizeof *walk->stage);
  if (!walk->stage) return false;
  int value = co_chain_source(program, program->action);
  while (!is_observation(walk, value)) {
    const co_program_op *op = co_chain_op(program, value);
    if (!op)
      return co_chain_refuse(walk, program->value[value].name,
                             "the action does not follow from the whole observation alone");
    if (!take_stage(walk, op, &value)) return false;
    value = co_chain_source(program, value);
  }
  return true;
}
