#include "agents/formats/onnx_build.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- memory

static const char *copy_text(co_onnx_builder *build, const char *text) {
  const char *copy = co_arena_strdup(&build->onnx.memory, text);
  return copy ? copy : "";
}

static void *copy_bytes(co_onnx_builder *build, const void *bytes, size_t count, size_t size) {
  void *copy = co_arena_alloc(&build->onnx.memory, count, size);
  if (copy && count > 0) memcpy(copy, bytes, count * size);
  return copy;
}

static const char **copy_texts(co_onnx_builder *build, const char *const *text, int count) {
  const char **copy = co_arena_alloc(&build->onnx.memory, (size_t)count, sizeof *copy);
  for (int i = 0; copy && i < count; i++) copy[i] = copy_text(build, text[i]);
  return copy;
}

// Room for one more element of `size` bytes; what was outgrown stays in the arena, less than as
// much again. NULL after a failure.
static void *one_more(co_onnx_builder *build, void *list, int *count, int *room, size_t size) {
  if (*count == *room) {
    int larger = *room ? 2 * *room : 8;
    void *grown = co_arena_alloc(&build->onnx.memory, (size_t)larger, size);
    if (!grown) return NULL;
    if (*count > 0) memcpy(grown, list, (size_t)*count * size);
    list = grown;
    *room = larger;
  }
  ++*count;
  return list;
}

// Makes room in a list of the graph; `made` is the new element, NULL after a failure.
#define ADD(list, number, made)                                                                  \
  void *list##_ = one_more(build, build->onnx.list, &build->onnx.number, &build->room_##list##s, \
                           sizeof *build->onnx.list);                                            \
  if (list##_) build->onnx.list = list##_;                                                       \
  (made) = list##_ ? &build->onnx.list[build->onnx.number - 1] : NULL

// ---- begin and end

co_onnx_builder co_onnx_build(const char *file) {
  co_onnx_builder build = {.onnx = {.ir_version = 8, .opset = CO_ONNX_BUILD_OPSET}};
  build.onnx.file = copy_text(&build, file);
  build.onnx.producer = "carryover";
  build.onnx.producer_version = "";
  return build;
}

co_status co_onnx_build_end(co_onnx_builder *build, co_onnx *out) {
  *out = (co_onnx){0};
  co_status status = co_arena_status(&build->onnx.memory);
  if (status != CO_OK) {
    co_onnx_build_drop(build);
    return status;
  }
  *out = build->onnx;
  *build = (co_onnx_builder){0};
  return CO_OK;
}

void co_onnx_build_drop(co_onnx_builder *build) {
  co_onnx_free(&build->onnx);
  *build = (co_onnx_builder){0};
}

const char *co_onnx_build_text(co_onnx_builder *build, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = size < 0 ? NULL : co_arena_alloc(&build->onnx.memory, (size_t)size + 1, 1);
  if (!text) return "";
  va_start(arguments, format);
  vsnprintf(text, (size_t)size + 1, format, arguments);
  va_end(arguments);
  return text;
}

// ---- what goes in and comes out

static co_onnx_value describe(co_onnx_builder *build, const char *name, int rank,
                              const int64_t *shape) {
  assert(rank >= 0 && rank <= CO_ONNX_RANK);
  co_onnx_value value = {.name = copy_text(build, name), .element = "float32", .rank = rank};
  if (rank > 0) memcpy(value.shape, shape, (size_t)rank * sizeof *shape);
  return value;
}

void co_onnx_add_input(co_onnx_builder *build, const char *name, int rank, const int64_t *shape) {
  co_onnx_value *value;
  ADD(input, num_inputs, value);
  if (value) *value = describe(build, name, rank, shape);
}

void co_onnx_add_output(co_onnx_builder *build, const char *name, int rank, const int64_t *shape) {
  co_onnx_value *value;
  ADD(output, num_outputs, value);
  if (value) *value = describe(build, name, rank, shape);
}

void co_onnx_add_metadata(co_onnx_builder *build, const char *key, const char *value) {
  co_onnx_entry *entry;
  ADD(metadata, num_metadata, entry);
  if (entry) *entry = (co_onnx_entry){copy_text(build, key), copy_text(build, value)};
}

// ---- tensors

static co_onnx_tensor *add_tensor(co_onnx_builder *build, const char *name, int rank,
                                  const int64_t *shape) {
  assert(rank >= 0 && rank <= CO_ONNX_RANK);
  co_onnx_tensor *tensor;
  ADD(tensor, num_tensors, tensor);
  if (!tensor) return NULL;
  *tensor = (co_onnx_tensor){.name = copy_text(build, name), .rank = rank, .count = 1};
  for (int d = 0; d < rank; d++) {
    assert(shape[d] >= 0);
    tensor->shape[d] = shape[d];
    tensor->count *= shape[d];
  }
  return tensor;
}

float *co_onnx_add_zeros(co_onnx_builder *build, const char *name, int rank, const int64_t *shape) {
  co_onnx_tensor *tensor = add_tensor(build, name, rank, shape);
  if (!tensor) return NULL;
  float *number = co_arena_alloc(&build->onnx.memory, (size_t)tensor->count, sizeof *number);
  tensor->element = "float32";
  tensor->number = number;
  return number;
}

void co_onnx_add_numbers(co_onnx_builder *build, const char *name, int rank, const int64_t *shape,
                         const float *number) {
  co_onnx_tensor *tensor = add_tensor(build, name, rank, shape);
  if (!tensor) return;
  tensor->element = "float32";
  tensor->number = copy_bytes(build, number, (size_t)tensor->count, sizeof *number);
}

void co_onnx_add_wholes(co_onnx_builder *build, const char *name, int rank, const int64_t *shape,
                        const int64_t *integer) {
  co_onnx_tensor *tensor = add_tensor(build, name, rank, shape);
  if (!tensor) return;
  tensor->element = "int64";
  tensor->integer = copy_bytes(build, integer, (size_t)tensor->count, sizeof *integer);
}

// ---- nodes

void co_onnx_add_node_of(co_onnx_builder *build, const char *op, int num_inputs,
                         const char *const *input, int num_outputs, const char *const *output) {
  assert(num_inputs >= 0 && num_outputs > 0);
  co_onnx_node *node;
  ADD(node, num_nodes, node);
  if (!node) return;
  *node = (co_onnx_node){.name = copy_text(build, output[0]),
                         .op = copy_text(build, op),
                         .domain = "",
                         .num_inputs = num_inputs,
                         .num_outputs = num_outputs,
                         .input = copy_texts(build, input, num_inputs),
                         .output = copy_texts(build, output, num_outputs)};
}

const char *co_onnx_add_node(co_onnx_builder *build, const char *op, const char *output,
                             int num_inputs, const char *const *input) {
  co_onnx_add_node_of(build, op, num_inputs, input, 1, &output);
  return build->onnx.memory.failed ? "" : build->onnx.node[build->onnx.num_nodes - 1].output[0];
}

// A node has few attributes, so that the list of each is made anew with every one of them.
static co_onnx_attribute *add_attribute(co_onnx_builder *build, const char *name,
                                        co_onnx_kind kind) {
  if (build->onnx.memory.failed) return NULL;
  assert(build->onnx.num_nodes > 0);
  co_onnx_node *node = &build->onnx.node[build->onnx.num_nodes - 1];
  size_t count = (size_t)node->num_attributes;
  co_onnx_attribute *list = co_arena_alloc(&build->onnx.memory, count + 1, sizeof *list);
  if (!list) return NULL;
  if (count > 0) memcpy(list, node->attribute, count * sizeof *list);
  list[count] = (co_onnx_attribute){.name = copy_text(build, name), .kind = kind, .count = 1};
  node->attribute = list;
  node->num_attributes++;
  return &list[count];
}

void co_onnx_set_whole(co_onnx_builder *build, const char *name, int64_t value) {
  co_onnx_attribute *attribute = add_attribute(build, name, CO_ONNX_INT);
  if (attribute) attribute->whole = copy_bytes(build, &value, 1, sizeof value);
}

void co_onnx_set_wholes(co_onnx_builder *build, const char *name, int count, const int64_t *value) {
  co_onnx_attribute *attribute = add_attribute(build, name, CO_ONNX_INTS);
  if (!attribute) return;
  attribute->count = count;
  attribute->whole = copy_bytes(build, value, (size_t)count, sizeof *value);
}

void co_onnx_set_number(co_onnx_builder *build, const char *name, float value) {
  co_onnx_attribute *attribute = add_attribute(build, name, CO_ONNX_FLOAT);
  if (attribute) attribute->number = copy_bytes(build, &value, 1, sizeof value);
}

void co_onnx_set_text(co_onnx_builder *build, const char *name, const char *value) {
  co_onnx_attribute *attribute = add_attribute(build, name, CO_ONNX_TEXT);
  if (attribute) attribute->text = copy_texts(build, &value, 1);
}
