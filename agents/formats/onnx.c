#include "agents/formats/onnx.h"

#include "agents/formats/private/onnx_reader.h"
#include "core/file.h"
#include "core/memory.h"

#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  BUDGET_BYTES = 16 << 20,
  WHERE = 512,      // bytes of a sentence's beginning
  MOST_VALUES = 64  // that go in, or come out
};

// ---- memory

void *co_onnx_take(onnx_reader *in, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > in->budget) {
    in->spent = true;
    return NULL;
  }
  in->budget -= bytes;
  return co_arena_alloc(in->memory, count, size);
}

co_status co_onnx_fail_taking(const onnx_reader *in) {
  if (!in->spent) return CO_MEMORY;
  return co_fail(CO_DATA, "%s: it asks for more memory than twice its size and 16 MiB", in->file);
}

// The library's memory is the arena's, 64 bytes and more each.
static void *take_for_library(void *context, size_t size) {
  return co_onnx_take(context, size / 64 + 1, 64);
}

static void give_back(void *context, void *memory) {
  (void)context;
  (void)memory;
}

// ---- texts

static bool printable(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
  return true;
}

co_status co_onnx_text(const onnx_reader *in, const char *text, const char *what,
                       const char **out) {
  *out = text ? text : "";
  if (printable(*out)) return CO_OK;
  return co_fail(CO_DATA, "%s: %s has control characters", in->file, what);
}

static co_status read_texts(onnx_reader *in, char *const *from, size_t count, const char *what,
                            const char ***out) {
  *out = co_onnx_take(in, count, sizeof **out);
  if (!*out) return co_onnx_fail_taking(in);
  for (size_t i = 0; i < count; i++) CO_TRY(co_onnx_text(in, from[i], what, &(*out)[i]));
  return CO_OK;
}

// Bytes of a file as a text; what follows a zero byte is not seen.
static co_status read_bytes(onnx_reader *in, const ProtobufCBinaryData *from, const char **out) {
  char *text = co_onnx_take(in, from->len + 1, 1);
  if (!text) return co_onnx_fail_taking(in);
  if (from->len > 0) memcpy(text, from->data, from->len);
  return co_onnx_text(in, text, "a text of an attribute", out);
}

// ---- nodes

enum {
  IS_FLOAT = 1,
  IS_INT = 2,
  IS_TEXT = 3,
  IS_TENSOR = 4,
  IS_FLOATS = 6,
  IS_INTS = 7,
  IS_TEXTS = 8,
};

static co_status read_texts_of_attribute(onnx_reader *in, const ProtobufCBinaryData *from,
                                         size_t count, co_onnx_attribute *out) {
  out->count = (int)count;
  out->text = co_onnx_take(in, count, sizeof *out->text);
  if (!out->text) return co_onnx_fail_taking(in);
  for (size_t i = 0; i < count; i++) CO_TRY(read_bytes(in, &from[i], &out->text[i]));
  return CO_OK;
}

static co_status read_attribute(onnx_reader *in, const CoOnnx__Attribute *from, const char *node,
                                co_onnx_attribute *out) {
  char where[2 * WHERE];
  *out = (co_onnx_attribute){.kind = CO_ONNX_OTHER, .count = 1};
  CO_TRY(co_onnx_text(in, from->name, "the name of an attribute", &out->name));
  snprintf(where, sizeof where, "%s: attribute \"%.100s\"", node, out->name);
  switch (from->type) {
    case IS_FLOAT: out->kind = CO_ONNX_FLOAT, out->number = &from->f; break;
    case IS_INT: out->kind = CO_ONNX_INT, out->whole = &from->i; break;
    case IS_TEXT: out->kind = CO_ONNX_TEXT; return read_texts_of_attribute(in, &from->s, 1, out);
    case IS_TENSOR:
      out->kind = CO_ONNX_TENSOR;
      if (!from->t) return co_fail(CO_DATA, "%s has no tensor", where);
      return co_onnx_read_tensor(in, from->t, where, &out->tensor);
    case IS_FLOATS:
      out->kind = CO_ONNX_FLOATS, out->count = (int)from->n_floats, out->number = from->floats;
      break;
    case IS_INTS:
      out->kind = CO_ONNX_INTS, out->count = (int)from->n_ints;
      out->whole = from->ints ? from->ints : &from->i;  // an empty list has its kind, too
      break;
    case IS_TEXTS:
      out->kind = CO_ONNX_TEXTS;
      return read_texts_of_attribute(in, from->strings, from->n_strings, out);
    default: break;
  }
  return CO_OK;
}

static co_status read_node(onnx_reader *in, const CoOnnx__Node *from, int index,
                           co_onnx_node *out) {
  char where[WHERE];
  CO_TRY(co_onnx_text(in, from->name, "the name of a node", &out->name));
  CO_TRY(co_onnx_text(in, from->op_type, "the operator of a node", &out->op));
  CO_TRY(co_onnx_text(in, from->domain, "the domain of an operator", &out->domain));
  if (strcmp(out->domain, "ai.onnx") == 0) out->domain = "";
  snprintf(where, sizeof where, "%s: node %d \"%.100s\"", in->file, index, out->name);
  if (!*out->op) return co_fail(CO_DATA, "%s has no operator", where);
  out->num_inputs = (int)from->n_input;
  out->num_outputs = (int)from->n_output;
  CO_TRY(read_texts(in, from->input, from->n_input, "the name of a value", &out->input));
  CO_TRY(read_texts(in, from->output, from->n_output, "the name of a value", &out->output));
  out->num_attributes = (int)from->n_attribute;
  out->attribute = co_onnx_take(in, from->n_attribute, sizeof *out->attribute);
  if (!out->attribute) return co_onnx_fail_taking(in);
  for (int i = 0; i < out->num_attributes; i++)
    CO_TRY(read_attribute(in, from->attribute[i], where, &out->attribute[i]));
  return CO_OK;
}

// ---- what goes in and comes out

static co_status read_value(onnx_reader *in, const CoOnnx__Value *from, co_onnx_value *out) {
  *out = (co_onnx_value){.rank = -1};
  CO_TRY(co_onnx_text(in, from->name, "the name of a value", &out->name));
  const CoOnnx__TensorType *type = from->type ? from->type->tensor_type : NULL;
  if (type) out->element = co_onnx_element_name(type->elem_type);
  if (!type || !type->shape) return CO_OK;
  if (type->shape->n_dim > CO_ONNX_RANK)
    return co_fail(CO_DATA, "%s: value \"%s\" has %zu dimensions, at most %d are read", in->file,
                   out->name, type->shape->n_dim, CO_ONNX_RANK);
  out->rank = (int)type->shape->n_dim;
  for (int d = 0; d < out->rank; d++) {
    const CoOnnx__Dimension *size = type->shape->dim[d];
    out->shape[d] = size->has_dim_value && size->dim_value >= 0 ? size->dim_value : -1;
  }
  return CO_OK;
}

// Those of the list that no initialiser gives (before IR version 4 these are listed, too).
static co_status read_values(onnx_reader *in, CoOnnx__Value *const *from, size_t count,
                             const co_onnx *onnx, co_onnx_value **out, int *num) {
  *out = co_onnx_take(in, count, sizeof **out);
  if (!*out) return co_onnx_fail_taking(in);
  for (size_t i = 0; i < count; i++) {
    if (*num == MOST_VALUES)
      return co_fail(CO_DATA, "%s: more than %d values go in or come out", in->file, MOST_VALUES);
    CO_TRY(read_value(in, from[i], &(*out)[*num]));
    if (!co_onnx_find_tensor(onnx, (*out)[*num].name)) ++*num;
  }
  return CO_OK;
}

// ---- the order of values

typedef struct made_value {
  const char *name;
  int node;  // that makes it; -1: there from the start
} made_value;

typedef struct made_values {
  made_value *value;  // (count) by name
  size_t count;
} made_values;

static int by_name(const void *a, const void *b) {
  return strcmp(((const made_value *)a)->name, ((const made_value *)b)->name);
}

static const made_value *find_made(const made_values *made, const char *name) {
  made_value wanted = {.name = name};
  return bsearch(&wanted, made->value, made->count, sizeof wanted, by_name);
}

static size_t num_names(const co_onnx *onnx) {
  size_t count = (size_t)onnx->num_inputs + (size_t)onnx->num_tensors;
  for (int n = 0; n < onnx->num_nodes; n++) count += (size_t)onnx->node[n].num_outputs;
  return count;
}

static void add_made(made_values *made, const char *name, int node) {
  if (*name) made->value[made->count++] = (made_value){name, node};
}

// Each value once.
static co_status collect_made(onnx_reader *in, const co_onnx *onnx, made_values *out) {
  out->value = co_onnx_take(in, num_names(onnx), sizeof *out->value);
  if (!out->value) return co_onnx_fail_taking(in);
  for (int i = 0; i < onnx->num_inputs; i++) add_made(out, onnx->input[i].name, -1);
  for (int i = 0; i < onnx->num_tensors; i++) add_made(out, onnx->tensor[i].name, -1);
  for (int n = 0; n < onnx->num_nodes; n++)
    for (int i = 0; i < onnx->node[n].num_outputs; i++) add_made(out, onnx->node[n].output[i], n);
  qsort(out->value, out->count, sizeof *out->value, by_name);
  for (size_t i = 1; i < out->count; i++)
    if (by_name(&out->value[i - 1], &out->value[i]) == 0)
      return co_fail(CO_DATA, "%s: value \"%s\" is made twice", in->file, out->value[i].name);
  return CO_OK;
}

// Every node takes what was made before it, and every output is made.
static co_status check_order(onnx_reader *in, const co_onnx *onnx) {
  made_values made = {0};
  CO_TRY(collect_made(in, onnx, &made));
  for (int n = 0; n < onnx->num_nodes; n++)
    for (int i = 0; i < onnx->node[n].num_inputs; i++) {
      const char *name = onnx->node[n].input[i];
      const made_value *value = find_made(&made, name);
      if (!*name || (value && value->node < n)) continue;
      return co_fail(CO_DATA, "%s: node %d \"%s\" (%s) takes \"%s\", which %s", in->file, n,
                     onnx->node[n].name, onnx->node[n].op, name,
                     value ? "is not made before it" : "nothing makes");
    }
  for (int i = 0; i < onnx->num_outputs; i++)
    if (!find_made(&made, onnx->output[i].name))
      return co_fail(CO_DATA, "%s: output \"%s\" is made by nothing", in->file,
                     onnx->output[i].name);
  return CO_OK;
}

// ---- the file

static co_status read_tensors(onnx_reader *in, const CoOnnx__Graph *graph, co_onnx *out) {
  char where[WHERE];
  out->tensor = co_onnx_take(in, graph->n_initializer, sizeof *out->tensor);
  if (!out->tensor) return co_onnx_fail_taking(in);
  for (size_t i = 0; i < graph->n_initializer; i++) {
    const char *name;
    CO_TRY(co_onnx_text(in, graph->initializer[i]->name, "the name of a tensor", &name));
    if (!*name) return co_fail(CO_DATA, "%s: tensor %zu has no name", in->file, i);
    snprintf(where, sizeof where, "%s: tensor \"%.200s\"", in->file, name);
    CO_TRY(co_onnx_read_tensor(in, graph->initializer[i], where, &out->tensor[i]));
    out->tensor[i].name = name;
    out->num_tensors++;
  }
  return CO_OK;
}

static co_status read_graph(onnx_reader *in, const CoOnnx__Graph *graph, co_onnx *out) {
  if (graph->n_sparse_initializer > 0)
    return co_fail(CO_DATA, "%s: sparse tensors are not read", in->file);
  CO_TRY(read_tensors(in, graph, out));
  CO_TRY(read_values(in, graph->input, graph->n_input, out, &out->input, &out->num_inputs));
  CO_TRY(read_values(in, graph->output, graph->n_output, out, &out->output, &out->num_outputs));
  out->node = co_onnx_take(in, graph->n_node, sizeof *out->node);
  if (!out->node) return co_onnx_fail_taking(in);
  for (size_t n = 0; n < graph->n_node; n++) {
    CO_TRY(read_node(in, graph->node[n], (int)n, &out->node[n]));
    out->num_nodes++;
  }
  return check_order(in, out);
}

static co_status read_opset(const CoOnnx__Model *model, co_onnx *out) {
  for (size_t i = 0; i < model->n_opset_import; i++) {
    const char *domain = model->opset_import[i]->domain;
    if (!domain || !*domain || strcmp(domain, "ai.onnx") == 0)
      out->opset = model->opset_import[i]->version;
  }
  if (out->opset >= CO_ONNX_OPSET_FIRST && out->opset <= CO_ONNX_OPSET_LAST) return CO_OK;
  return co_fail(CO_DATA, "%s: its operators are of version %lld, read are %d to %d", out->file,
                 (long long)out->opset, CO_ONNX_OPSET_FIRST, CO_ONNX_OPSET_LAST);
}

static co_status read_metadata(onnx_reader *in, const CoOnnx__Model *model, co_onnx *out) {
  out->metadata = co_onnx_take(in, model->n_metadata_props, sizeof *out->metadata);
  if (!out->metadata) return co_onnx_fail_taking(in);
  for (size_t i = 0; i < model->n_metadata_props; i++) {
    const CoOnnx__Entry *entry = model->metadata_props[i];
    if (!entry->key || !entry->value) continue;
    CO_TRY(co_onnx_text(in, entry->key, "a key of the metadata",
                        &out->metadata[out->num_metadata].key));
    out->metadata[out->num_metadata++].value = entry->value;
  }
  return CO_OK;
}

static co_status read_model(onnx_reader *in, const CoOnnx__Model *model, co_onnx *out) {
  out->ir_version = model->ir_version;
  CO_TRY(co_onnx_text(in, model->producer_name, "the producer's name", &out->producer));
  CO_TRY(co_onnx_text(in, model->producer_version, "its version", &out->producer_version));
  if (!model->graph || model->graph->n_node == 0)
    return co_fail(CO_DATA, "%s: no ONNX file: it has no graph of operations", in->file);
  CO_TRY(read_opset(model, out));
  CO_TRY(read_metadata(in, model, out));
  return read_graph(in, model->graph, out);
}

static co_status fail_unpack(const onnx_reader *in, const uint8_t *bytes, size_t size) {
  if (in->spent) return co_onnx_fail_taking(in);
  CO_TRY(co_arena_status(in->memory));
  size_t at = co_onnx_fault_offset(bytes, size);
  return co_fail(CO_DATA, "%s: offset %zu: no ONNX file, or a damaged one", in->file, at);
}

static const char pointer_head[] = "version https://git-lfs.github.com/spec/";

co_status co_onnx_parse(const void *bytes, size_t size, const char *file, const char *folder,
                        co_onnx *out) {
  *out = (co_onnx){0};
  if (size == 0) return co_fail(CO_DATA, "%s: no ONNX file: this is an empty file", file);
  if (size >= sizeof pointer_head && memcmp(bytes, pointer_head, sizeof pointer_head - 1) == 0)
    return co_fail(CO_DATA,
                   "%s: a Git LFS pointer in place of the file: fetch it with git lfs pull", file);
  out->file = co_arena_strdup(&out->memory, file);
  if (!out->file) return CO_MEMORY;
  onnx_reader in = {.file = out->file,
                    .folder = folder,
                    .memory = &out->memory,
                    .budget = 2 * size + BUDGET_BYTES};
  ProtobufCAllocator allocator = {take_for_library, give_back, &in};
  CoOnnx__Model *model = co_onnx__model__unpack(&allocator, size, bytes);
  co_status status = model ? read_model(&in, model, out) : fail_unpack(&in, bytes, size);
  if (status != CO_OK) co_onnx_free(out);
  return status;
}

co_status co_onnx_read(const char *path, co_onnx *out) {
  co_buf bytes = {0};
  *out = (co_onnx){0};
  char *folder = co_path_dir(path);
  if (!folder) return CO_MEMORY;
  co_status status = co_file_read(path, 0, &bytes);
  if (status == CO_OK) status = co_onnx_parse(bytes.data, bytes.size, path, folder, out);
  co_buf_free(&bytes);
  free(folder);
  return status;
}

void co_onnx_free(co_onnx *onnx) {
  co_arena_free(&onnx->memory);
  *onnx = (co_onnx){0};
}

// ---- looking things up

const co_onnx_tensor *co_onnx_find_tensor(const co_onnx *onnx, const char *name) {
  for (int i = 0; i < onnx->num_tensors; i++)
    if (strcmp(onnx->tensor[i].name, name) == 0) return &onnx->tensor[i];
  return NULL;
}

const co_onnx_attribute *co_onnx_find_attribute(const co_onnx_node *node, const char *name) {
  for (int i = 0; i < node->num_attributes; i++)
    if (strcmp(node->attribute[i].name, name) == 0) return &node->attribute[i];
  return NULL;
}

const char *co_onnx_find_metadata(const co_onnx *onnx, const char *key) {
  for (int i = 0; i < onnx->num_metadata; i++)
    if (strcmp(onnx->metadata[i].key, key) == 0) return onnx->metadata[i].value;
  return NULL;
}
