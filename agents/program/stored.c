#include "agents/program/stored.h"

#include "agents/program/private/settle.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- operations as text

static co_json *names_json(const co_program *program, const int *value, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++)
    co_json_add(array, co_json_string(value[i] < 0 ? "" : program->value[value[i]].name));
  return array;
}

static co_json *port_json(const co_program *program, const co_program_port *port) {
  const co_program_value *value = &program->value[port->value];
  co_json *object = co_json_object(), *shape = co_json_array();
  for (int d = 0; d < value->rank; d++) co_json_add(shape, co_json_int(value->shape[d]));
  co_json_set_string(object, "name", value->name);
  co_json_set_string(object, "type", value->whole ? "int64" : "float32");
  co_json_set(object, "shape", shape);
  if (port->result >= 0) co_json_set_string(object, "next", program->value[port->result].name);
  return object;
}

static co_json *ports_json(const co_program *program, const co_program_port *port, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(array, port_json(program, &port[i]));
  return array;
}

static co_json *number_json(const co_onnx_attribute *a, int i) {
  if (a->number) return co_json_number((double)a->number[i]);
  return a->whole ? co_json_int(a->whole[i]) : co_json_string(a->text[i]);
}

// {"ints": [1, 0]}
static co_json *attribute_json(const co_onnx_attribute *a) {
  static const char *const kinds[] = {
      [CO_ONNX_FLOAT] = "float",   [CO_ONNX_INT] = "int",   [CO_ONNX_TEXT] = "text",
      [CO_ONNX_FLOATS] = "floats", [CO_ONNX_INTS] = "ints", [CO_ONNX_TEXTS] = "texts"};
  bool one = a->kind == CO_ONNX_FLOAT || a->kind == CO_ONNX_INT || a->kind == CO_ONNX_TEXT;
  co_json *object = co_json_object(), *value = one ? number_json(a, 0) : co_json_array();
  for (int i = 0; !one && i < a->count; i++) co_json_add(value, number_json(a, i));
  co_json_set(object, kinds[a->kind], value);
  return object;
}

static co_json *operation_json(const co_program *program, const co_program_op *op) {
  co_json *object = co_json_object(), *attributes = co_json_object();
  for (int i = 0; i < op->num_attributes; i++)
    co_json_set(attributes, op->attribute[i].name, attribute_json(&op->attribute[i]));
  co_json_set_string(object, "op", op->name);
  co_json_set_string(object, "name", op->title);
  co_json_set_int(object, "opset", op->opset);
  co_json_set(object, "inputs", names_json(program, op->input, op->num_inputs));
  co_json_set(object, "outputs", names_json(program, op->output, op->num_outputs));
  co_json_set(object, "attributes", attributes);
  return object;
}

static co_status write_text(const co_program *program, char **out) {
  co_json *object = co_json_object(), *operations = co_json_array();
  co_buf text = {0};
  for (int i = 0; i < program->num_ops; i++)
    co_json_add(operations, operation_json(program, &program->op[i]));
  co_json_set_int(object, "format", 1);
  co_json_set(object, "inputs", ports_json(program, program->input, program->num_inputs));
  co_json_set(object, "states", ports_json(program, program->state, program->num_states));
  co_json_set_string(object, "action", program->value[program->action].name);
  co_json_set(object, "outputs", names_json(program, program->output, program->num_outputs));
  co_json_set(object, "operations", operations);
  co_status status = co_json_write(object, 0, &text);
  co_json_free(object);
  if (status == CO_OK) {
    text.data[text.size - 1] = '\0';  // the line's end
    *out = co_strdup(text.data);
    if (!*out) status = CO_MEMORY;
  }
  co_buf_free(&text);
  return status;
}

// ---- constants

static const void *numbers_of(const co_program_value *value) {
  return value->integer ? (const void *)value->integer : value->number;
}

static co_status list_tensors(co_stored_program *stored) {
  co_program *program = &stored->program;
  enum { PREFIX = sizeof CO_STORED_PREFIX - 1 };
  size_t count = 0;
  for (int v = 0; v < program->num_values; v++) count += co_is_constant(&program->value[v]);
  stored->tensor = co_arena_alloc(&program->memory, count, sizeof *stored->tensor);
  CO_TRY(co_arena_status(&program->memory));
  for (int v = 0; v < program->num_values; v++) {
    const co_program_value *value = &program->value[v];
    if (!co_is_constant(value)) continue;
    size_t length = strlen(value->name) + 1;
    char *name = co_arena_alloc(&program->memory, PREFIX + length, 1);
    if (!name) return CO_MEMORY;
    memcpy(name, CO_STORED_PREFIX, PREFIX);
    memcpy(name + PREFIX, value->name, length);
    co_safetensor *tensor = &stored->tensor[stored->num_tensors++];
    *tensor = (co_safetensor){
        .name = name,
        .element = value->integer ? CO_SAFETENSORS_I64 : CO_SAFETENSORS_F32,
        .rank = value->rank,
        .data = numbers_of(value),
        .bytes = (size_t)value->count * (value->integer ? sizeof(int64_t) : sizeof(float))};
    for (int d = 0; d < value->rank; d++) tensor->shape[d] = (size_t)value->shape[d];
  }
  return CO_OK;
}

static co_status hash_all(co_stored_program *stored) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  co_hasher_add(hasher, stored->text, strlen(stored->text));
  for (int i = 0; i < stored->num_tensors; i++)
    co_hasher_add(hasher, stored->tensor[i].data, stored->tensor[i].bytes);
  stored->hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
}

// ---- limits

// A number that JSON has, and no tensor.
static bool can_be_text(const co_onnx_attribute *a) {
  bool known = a->kind != CO_ONNX_TENSOR && a->kind != CO_ONNX_OTHER;
  for (int i = 0; known && a->number && i < a->count; i++) known = isfinite(a->number[i]);
  return known;
}

static co_status check_attributes(const co_program *program) {
  for (int o = 0; o < program->num_ops; o++)
    for (int i = 0; i < program->op[o].num_attributes; i++)
      if (!can_be_text(&program->op[o].attribute[i]))
        return co_fail(CO_DATA, "%s (%s): a policy cannot keep attribute \"%.100s\"",
                       program->op[o].node, program->op[o].name, program->op[o].attribute[i].name);
  return CO_OK;
}

// What no file of a policy could hold, or no evaluation of many rows.
static co_status check_limits(const co_stored_program *stored, const char *file) {
  const co_program *program = &stored->program;
  size_t row = co_program_work_size(program, 1) * sizeof(float);
  if (stored->num_tensors > CO_STORED_TENSORS)
    return co_fail(CO_DATA, "%s: a program of %d constants; %d are the most that a policy keeps",
                   file, stored->num_tensors, CO_STORED_TENSORS);
  if (row > CO_STORED_WORK)
    return co_fail(CO_DATA, "%s: one row takes %zu KiB while it acts, more than %d", file,
                   row >> 10, CO_STORED_WORK >> 10);
  for (int v = 0; v < program->num_values; v++)
    if (program->value[v].count == 0)
      return co_fail(CO_DATA, "%s: \"%s\" has no numbers, which a policy cannot keep", file,
                     program->value[v].name);
  return check_attributes(program);
}

static co_status fill(co_stored_program *stored, const char *file) {
  CO_TRY(list_tensors(stored));
  CO_TRY(check_limits(stored, file));
  CO_TRY(write_text(&stored->program, &stored->text));
  if (strlen(stored->text) > CO_STORED_TEXT)
    return co_fail(CO_DATA, "%s: a program of %d operations, whose text has more than %d MiB", file,
                   stored->program.num_ops, CO_STORED_TEXT >> 20);
  return hash_all(stored);
}

// ---- the whole

co_status co_stored_make(co_program *program, const char *file, co_stored_program **out) {
  co_stored_program *stored = co_alloc(1, sizeof *stored);
  *out = NULL;
  if (!stored) {
    co_program_free(program);
    return CO_MEMORY;
  }
  stored->program = *program;
  *program = (co_program){0};
  atomic_init(&stored->holders, 1);
  co_status status = fill(stored, file);
  if (status == CO_OK)
    *out = stored;
  else
    co_stored_drop(stored);
  return status;
}

co_stored_program *co_stored_hold(co_stored_program *stored) {
  if (stored) atomic_fetch_add(&stored->holders, 1);
  return stored;
}

void co_stored_drop(co_stored_program *stored) {
  if (!stored || atomic_fetch_sub(&stored->holders, 1) > 1) return;
  co_program_free(&stored->program);
  free(stored->text);
  free(stored);
}

bool co_stored_owns(const char *tensor) {
  return strncmp(tensor, CO_STORED_PREFIX, sizeof CO_STORED_PREFIX - 1) == 0;
}
