// From the operations' text and the constants in a policy's file back to the graph that they are,
// which is compiled like any other.

#include "agents/program/private/settle.h"
#include "agents/program/stored.h"
#include "core/json.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ATTRIBUTES = 32, WHERE = 64 };

typedef struct reading {
  const char *file;
  co_onnx graph;
} reading;

// "file: program: WHERE: text"
__attribute__((format(printf, 3, 4))) static co_status fail(const reading *in, const char *where,
                                                            const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return co_fail(CO_DATA, "%s: program: %s%s%s", in->file, where, *where ? ": " : "", text);
}

static void *take(reading *in, size_t count, size_t size) {
  return co_arena_alloc(&in->graph.memory, count, size);
}

// ---- pieces

// Exactly these members; `keys` with blanks between.
static co_status check_members(const reading *in, const char *where, const co_json *json,
                               const char *keys) {
  size_t count = 0;
  char key[16];
  if (!co_json_is_object(json)) return fail(in, where, "must be an object");
  for (const char *at = keys; *at; at += strspn(at, " ")) {
    size_t length = strcspn(at, " ");
    assert(length < sizeof key);
    snprintf(key, sizeof key, "%.*s", (int)length, at);
    if (!co_json_get(json, key)) return fail(in, where, "\"%s\" is missing", key);
    at += length;
    count++;
  }
  if (co_json_count(json) == count) return CO_OK;
  return fail(in, where, "has other members than %s", keys);
}

static bool is_printable(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
  return true;
}

static co_status read_text(reading *in, const char *where, const co_json *json, const char **out) {
  const char *text = co_json_as_string(json);
  if (!text || !is_printable(text)) return fail(in, where, "must be a text that can be printed");
  *out = co_arena_strdup(&in->graph.memory, text);
  return co_arena_status(&in->graph.memory);
}

static bool read_whole(const co_json *json, int64_t low, int64_t high, int64_t *out) {
  int64_t a = co_json_as_int(json, 0), b = co_json_as_int(json, 1);
  *out = a;
  return a == b && a >= low && a <= high;  // another otherwise: it is no whole number
}

static co_status read_names(reading *in, const char *where, const co_json *json, int *count,
                            const char ***out) {
  size_t length = co_json_count(json);
  if (!co_json_is_array(json) || length > CO_PROGRAM_OPS)
    return fail(in, where, "must be a list of names");
  *out = take(in, length, sizeof **out);
  CO_TRY(co_arena_status(&in->graph.memory));
  for (size_t i = 0; i < length; i++) CO_TRY(read_text(in, where, co_json_at(json, i), &(*out)[i]));
  *count = (int)length;
  return CO_OK;
}

// ---- what goes in and comes out

static co_status read_port(reading *in, const char *where, const co_json *json, bool state,
                           co_onnx_value *out) {
  CO_TRY(check_members(in, where, json, state ? "name type shape next" : "name type shape"));
  const co_json *shape = co_json_get(json, "shape");
  CO_TRY(read_text(in, where, co_json_get(json, "name"), &out->name));
  CO_TRY(read_text(in, where, co_json_get(json, "type"), &out->element));
  if (state) CO_TRY(read_text(in, where, co_json_get(json, "next"), &out->next));
  if (strcmp(out->element, "float32") != 0 && strcmp(out->element, "int64") != 0)
    return fail(in, where, "type: unknown \"%.40s\"", out->element);
  if (!co_json_is_array(shape) || co_json_count(shape) > CO_ONNX_RANK)
    return fail(in, where, "shape: must be a list of at most %d sizes", CO_ONNX_RANK);
  out->rank = (int)co_json_count(shape);
  for (int d = 0; d < out->rank; d++)
    if (!read_whole(co_json_at(shape, (size_t)d), 1, CO_PROGRAM_MEMORY, &out->shape[d]))
      return fail(in, where, "shape: must hold whole numbers from 1 to %d", CO_PROGRAM_MEMORY);
  return CO_OK;
}

static co_status read_ports(reading *in, const co_json *inputs, const co_json *states) {
  size_t num_inputs = co_json_count(inputs), count = num_inputs + co_json_count(states);
  char where[WHERE];
  if (!co_json_is_array(inputs) || !co_json_is_array(states) || count > CO_PROGRAM_OPS)
    return fail(in, "", "inputs and states must be lists");
  in->graph.input = take(in, count, sizeof *in->graph.input);
  CO_TRY(co_arena_status(&in->graph.memory));
  for (size_t i = 0; i < count; i++) {
    bool state = i >= num_inputs;
    size_t at = state ? i - num_inputs : i;
    snprintf(where, sizeof where, "%s.%zu", state ? "states" : "inputs", at);
    CO_TRY(read_port(in, where, co_json_at(state ? states : inputs, at), state,
                     &in->graph.input[in->graph.num_inputs++]));
  }
  return CO_OK;
}

static void add_output(co_onnx *graph, const char *name) {
  for (int i = 0; i < graph->num_outputs; i++)
    if (strcmp(graph->output[i].name, name) == 0) return;
  graph->output[graph->num_outputs++] = (co_onnx_value){.name = name, .rank = -1};
}

// The action, what follows states, and what else comes out.
static co_status read_outputs(reading *in, const co_json *json, const char **action) {
  co_onnx *graph = &in->graph;
  const char **other;
  int count;
  CO_TRY(read_text(in, "action", co_json_get(json, "action"), action));
  CO_TRY(read_names(in, "outputs", co_json_get(json, "outputs"), &count, &other));
  if (count > CO_STORED_TENSORS || graph->num_inputs > CO_STORED_TENSORS)
    return fail(in, "outputs", "there are too many");  // each is looked for among all
  graph->output = take(in, (size_t)(1 + graph->num_inputs + count), sizeof *graph->output);
  CO_TRY(co_arena_status(&graph->memory));
  add_output(graph, *action);
  for (int i = 0; i < graph->num_inputs; i++)
    if (graph->input[i].next) add_output(graph, graph->input[i].next);
  for (int i = 0; i < count; i++) add_output(graph, other[i]);
  return CO_OK;
}

// ---- operations

static const struct attribute_kind {
  const char *key;
  co_onnx_kind one, many;
} attribute_kinds[] = {{"float", CO_ONNX_FLOAT, CO_ONNX_FLOATS},
                       {"int", CO_ONNX_INT, CO_ONNX_INTS},
                       {"text", CO_ONNX_TEXT, CO_ONNX_TEXTS}};

// "ints": many of "int".
static const struct attribute_kind *find_kind(const char *key, bool *many) {
  for (size_t i = 0; i < sizeof attribute_kinds / sizeof *attribute_kinds; i++) {
    size_t length = strlen(attribute_kinds[i].key);
    if (strncmp(key, attribute_kinds[i].key, length) != 0) continue;
    *many = strcmp(key + length, "s") == 0;
    if (*many || !key[length]) return &attribute_kinds[i];
  }
  return NULL;
}

static co_status read_number(reading *in, const char *where, const co_json *json, int i,
                             co_onnx_kind kind, void *list) {
  if (kind == CO_ONNX_TEXT) return read_text(in, where, json, &((const char **)list)[i]);
  if (kind == CO_ONNX_INT) {
    if (read_whole(json, INT64_MIN, INT64_MAX, &((int64_t *)list)[i])) return CO_OK;
    return fail(in, where, "must be a whole number");
  }
  double value = co_json_as_number(json, (double)NAN);
  if (!(fabs(value) <= (double)FLT_MAX)) return fail(in, where, "must be a number of 32 bits");
  ((float *)list)[i] = (float)value;
  return CO_OK;
}

// {"ints": [1, 0]}
static co_status read_attribute(reading *in, const char *where, const char *name,
                                const co_json *json, co_onnx_attribute *out) {
  const char *key =
      co_json_is_object(json) && co_json_count(json) == 1 ? co_json_key_at(json, 0) : "";
  bool many = false;
  const struct attribute_kind *kind = find_kind(key, &many);
  const co_json *value = co_json_value_at(json, 0);
  if (!kind || (many && !co_json_is_array(value)))
    return fail(in, where, "must be a float, int, text, or a list of them");
  size_t count = many ? co_json_count(value) : 1;
  void *list = take(in, count, sizeof(int64_t));
  out->name = co_arena_strdup(&in->graph.memory, name);
  CO_TRY(co_arena_status(&in->graph.memory));
  out->kind = many ? kind->many : kind->one;
  out->count = (int)count;
  for (size_t i = 0; i < count; i++)
    CO_TRY(read_number(in, where, many ? co_json_at(value, i) : value, (int)i, kind->one, list));
  if (kind->one == CO_ONNX_FLOAT) out->number = list;
  if (kind->one == CO_ONNX_INT) out->whole = list;
  if (kind->one == CO_ONNX_TEXT) out->text = list;
  return CO_OK;
}

static co_status read_attributes(reading *in, const char *where, const co_json *json,
                                 co_onnx_node *out) {
  size_t count = co_json_count(json);
  if (!co_json_is_object(json) || count > MOST_ATTRIBUTES)
    return fail(in, where, "attributes: must be an object of at most %d", MOST_ATTRIBUTES);
  out->attribute = take(in, count, sizeof *out->attribute);
  CO_TRY(co_arena_status(&in->graph.memory));
  for (size_t i = 0; i < count; i++) {
    char place[2 * WHERE];
    const char *name = co_json_key_at(json, i);
    snprintf(place, sizeof place, "%s.attributes.%.40s", where, name);
    CO_TRY(read_attribute(in, place, name, co_json_value_at(json, i),
                          &out->attribute[out->num_attributes++]));
  }
  return CO_OK;
}

static co_status read_operation(reading *in, const char *where, const co_json *json,
                                co_onnx_node *out) {
  *out = (co_onnx_node){.domain = ""};
  CO_TRY(check_members(in, where, json, "op name opset inputs outputs attributes"));
  CO_TRY(read_text(in, where, co_json_get(json, "op"), &out->op));
  CO_TRY(read_text(in, where, co_json_get(json, "name"), &out->name));
  if (!read_whole(co_json_get(json, "opset"), CO_ONNX_OPSET_FIRST, CO_ONNX_OPSET_LAST, &out->opset))
    return fail(in, where, "opset: must be a whole number from %d to %d", CO_ONNX_OPSET_FIRST,
                CO_ONNX_OPSET_LAST);
  CO_TRY(read_names(in, where, co_json_get(json, "inputs"), &out->num_inputs, &out->input));
  CO_TRY(read_names(in, where, co_json_get(json, "outputs"), &out->num_outputs, &out->output));
  return read_attributes(in, where, co_json_get(json, "attributes"), out);
}

static co_status read_operations(reading *in, const co_json *json) {
  size_t count = co_json_count(json);
  char where[WHERE];
  if (!co_json_is_array(json) || count > CO_PROGRAM_OPS)
    return fail(in, "operations", "must be a list of at most %d", CO_PROGRAM_OPS);
  in->graph.node = take(in, count, sizeof *in->graph.node);
  CO_TRY(co_arena_status(&in->graph.memory));
  for (size_t i = 0; i < count; i++) {
    snprintf(where, sizeof where, "operations.%zu", i);
    CO_TRY(read_operation(in, where, co_json_at(json, i), &in->graph.node[in->graph.num_nodes++]));
  }
  return CO_OK;
}

// ---- constants

static co_status read_tensor(reading *in, const co_safetensor *from, co_onnx_tensor *out) {
  bool whole = from->element == CO_SAFETENSORS_I64;
  if (!whole && from->element != CO_SAFETENSORS_F32)
    return co_fail(CO_DATA, "%s: tensor \"%s\" has type %s, a program needs F32 or I64", in->file,
                   from->name, co_safetensors_type_names[from->element]);
  void *numbers = take(in, from->bytes, 1);
  *out = (co_onnx_tensor){.name = from->name + sizeof CO_STORED_PREFIX - 1,
                          .element = whole ? "int64" : "float32",
                          .rank = from->rank,
                          .count = 1};
  CO_TRY(co_arena_status(&in->graph.memory));
  for (int d = 0; d < from->rank; d++) out->count *= out->shape[d] = (int64_t)from->shape[d];
  memcpy(numbers, from->data, from->bytes);
  if (whole) {
    out->integer = numbers;
    return CO_OK;
  }
  out->number = numbers;
  for (int64_t i = 0; i < out->count; i++)
    if (!isfinite(out->number[i]))
      return co_fail(CO_DATA, "%s: tensor \"%s\" holds a number that is not finite", in->file,
                     from->name);
  return CO_OK;
}

static co_status read_tensors(reading *in, const co_safetensors *tensors) {
  co_onnx *graph = &in->graph;
  graph->tensor = take(in, (size_t)tensors->count, sizeof *graph->tensor);
  CO_TRY(co_arena_status(&graph->memory));
  for (int i = 0; i < tensors->count; i++)
    if (co_stored_owns(tensors->tensor[i].name))
      CO_TRY(read_tensor(in, &tensors->tensor[i], &graph->tensor[graph->num_tensors++]));
  return CO_OK;
}

// ---- the whole

static co_status read_graph(reading *in, const co_json *json, const co_safetensors *tensors,
                            const char **action) {
  int64_t format;
  CO_TRY(check_members(in, "", json, "format inputs states action outputs operations"));
  if (!read_whole(co_json_get(json, "format"), 1, 1, &format))
    return fail(in, "format", "must be 1");
  CO_TRY(read_ports(in, co_json_get(json, "inputs"), co_json_get(json, "states")));
  CO_TRY(read_outputs(in, json, action));
  CO_TRY(read_operations(in, co_json_get(json, "operations")));
  return read_tensors(in, tensors);
}

// What compiling makes less of was not written by who keeps programs.
static co_status check_whole(const reading *in, const co_program *program) {
  int constants = 0;
  for (int v = 0; v < program->num_values; v++) constants += co_is_constant(&program->value[v]);
  if (program->num_ops == in->graph.num_nodes && constants == in->graph.num_tensors) return CO_OK;
  return fail(in, "", "%d operations and %d tensors, of which it needs %d and %d",
              in->graph.num_nodes, in->graph.num_tensors, program->num_ops, constants);
}

static co_status compile(const reading *in, const char *action, co_stored_program **out) {
  const co_onnx *graph = &in->graph;
  co_program program;
  CO_TRY(co_program_compile(&graph, 1, action, &program));
  co_status status = check_whole(in, &program);
  if (status == CO_OK) return co_stored_make(&program, in->file, out);
  co_program_free(&program);
  return status;
}

co_status co_stored_read(const char *text, const co_safetensors *tensors, const char *file,
                         co_stored_program **out) {
  reading in = {.file = file,
                .graph = {.file = file,
                          .opset = CO_ONNX_OPSET_LAST,
                          .producer = "",
                          .producer_version = "",
                          .says_states = true}};
  const char *action = NULL;
  co_json *json;
  *out = NULL;
  size_t size = strlen(text);
  if (size > CO_STORED_TEXT) return fail(&in, "", "has more than %d MiB", CO_STORED_TEXT >> 20);
  co_status status = co_json_parse(text, size, "program", &json);
  if (status != CO_OK) return co_fail_context(status, "%s", file);
  status = read_graph(&in, json, tensors, &action);
  co_json_free(json);
  if (status == CO_OK) status = compile(&in, action, out);
  co_arena_free(&in.graph.memory);
  return status;
}
