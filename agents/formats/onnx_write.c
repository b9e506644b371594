#include "agents/formats/onnx_write.h"

#include <onnx.pb-c.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are written as they lie in memory");

enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64 = 7, TYPE_BOOL = 9 };
enum { IS_FLOAT = 1, IS_INT = 2, IS_TEXT, IS_TENSOR, IS_FLOATS = 6, IS_INTS, IS_TEXTS };

// Messages while they are made: everything is copied into the arena, since the library's structs
// take no constants.
typedef struct writer {
  co_arena memory;
} writer;

static char *text_of(writer *w, const char *text) {
  return co_arena_strdup(&w->memory, text ? text : "");
}

static ProtobufCBinaryData bytes_of(writer *w, const void *from, size_t size) {
  uint8_t *copy = co_arena_alloc(&w->memory, size, 1);
  if (copy && size > 0) memcpy(copy, from, size);
  return (ProtobufCBinaryData){copy ? size : 0, copy};
}

static char **texts_of(writer *w, const char *const *text, int count) {
  char **copy = co_arena_alloc(&w->memory, (size_t)count, sizeof *copy);
  for (int i = 0; copy && i < count; i++) copy[i] = text_of(w, text[i]);
  return copy;
}

// A message in the arena, initialised; NULL after a failure.
#define MAKE(message, Type, INIT)                                 \
  Type *message = co_arena_alloc(&w->memory, 1, sizeof *message); \
  do {                                                            \
    const Type initial = INIT;                                    \
    if (message) *message = initial;                              \
  } while (0)

// A list of so many messages made by `make` from `from[i]`.
#define MAKE_LIST(to, number, from, count, make)                                  \
  do {                                                                            \
    (to) = co_arena_alloc(&w->memory, (size_t)(count), sizeof *(to));             \
    (number) = (to) ? (size_t)(count) : 0;                                        \
    for (int i_ = 0; (to) && i_ < (count); i_++) (to)[i_] = make(w, &(from)[i_]); \
  } while (0)

// ---- tensors

static int32_t type_of(const co_onnx_tensor *tensor) {
  const char *element = tensor->element ? tensor->element : "";
  bool whole = tensor->integer || strcmp(element, "int64") == 0;
  if (tensor->number || !whole) return TYPE_FLOAT;
  if (strcmp(element, "bool") == 0) return TYPE_BOOL;
  return strcmp(element, "int32") == 0 ? TYPE_INT32 : TYPE_INT64;
}

static ProtobufCBinaryData whole_bytes(writer *w, const co_onnx_tensor *from, int32_t type) {
  size_t count = (size_t)from->count, width = type == TYPE_BOOL ? 1 : type == TYPE_INT32 ? 4 : 8;
  ProtobufCBinaryData data = {count * width, co_arena_alloc(&w->memory, count, width)};
  if (!data.data) return (ProtobufCBinaryData){0};
  for (size_t i = 0; i < count; i++) memcpy(data.data + i * width, &from->integer[i], width);
  return data;
}

static CoOnnx__Tensor *make_tensor(writer *w, const co_onnx_tensor *from) {
  MAKE(to, CoOnnx__Tensor, CO_ONNX__TENSOR__INIT);
  if (!to) return NULL;
  to->dims = co_arena_alloc(&w->memory, (size_t)from->rank, sizeof *to->dims);
  to->n_dims = to->dims ? (size_t)from->rank : 0;
  for (size_t d = 0; d < to->n_dims; d++) to->dims[d] = from->shape[d];
  to->has_data_type = to->has_raw_data = true;
  to->data_type = type_of(from);
  to->name = text_of(w, from->name);
  to->raw_data = to->data_type == TYPE_FLOAT
                     ? bytes_of(w, from->number, (size_t)from->count * sizeof *from->number)
                     : whole_bytes(w, from, to->data_type);
  return to;
}

// ---- nodes

static void set_list(writer *w, const co_onnx_attribute *from, CoOnnx__Attribute *to) {
  size_t count = (size_t)from->count;
  switch (from->kind) {
    case CO_ONNX_FLOATS:
      to->type = IS_FLOATS;
      to->floats = (float *)(void *)bytes_of(w, from->number, count * sizeof(float)).data;
      to->n_floats = to->floats ? count : 0;
      break;
    case CO_ONNX_INTS:
      to->type = IS_INTS;
      to->ints = (int64_t *)(void *)bytes_of(w, from->whole, count * sizeof(int64_t)).data;
      to->n_ints = to->ints ? count : 0;
      break;
    default:
      to->type = IS_TEXTS;
      to->strings = co_arena_alloc(&w->memory, count, sizeof *to->strings);
      to->n_strings = to->strings ? count : 0;
      for (size_t i = 0; i < to->n_strings; i++)
        to->strings[i] = bytes_of(w, from->text[i], strlen(from->text[i]));
  }
}

static CoOnnx__Attribute *make_attribute(writer *w, const co_onnx_attribute *from) {
  MAKE(to, CoOnnx__Attribute, CO_ONNX__ATTRIBUTE__INIT);
  if (!to) return NULL;
  to->name = text_of(w, from->name);
  to->has_type = true;
  switch (from->kind) {
    case CO_ONNX_FLOAT: to->type = IS_FLOAT, to->has_f = true, to->f = *from->number; break;
    case CO_ONNX_INT: to->type = IS_INT, to->has_i = true, to->i = *from->whole; break;
    case CO_ONNX_TEXT:
      to->type = IS_TEXT, to->has_s = true;
      to->s = bytes_of(w, from->text[0], strlen(from->text[0]));
      break;
    case CO_ONNX_TENSOR: to->type = IS_TENSOR, to->t = make_tensor(w, &from->tensor); break;
    default: set_list(w, from, to);
  }
  return to;
}

static CoOnnx__Node *make_node(writer *w, const co_onnx_node *from) {
  MAKE(to, CoOnnx__Node, CO_ONNX__NODE__INIT);
  if (!to) return NULL;
  to->name = text_of(w, from->name);
  to->op_type = text_of(w, from->op);
  to->domain = text_of(w, from->domain);
  to->input = texts_of(w, from->input, from->num_inputs);
  to->n_input = to->input ? (size_t)from->num_inputs : 0;
  to->output = texts_of(w, from->output, from->num_outputs);
  to->n_output = to->output ? (size_t)from->num_outputs : 0;
  MAKE_LIST(to->attribute, to->n_attribute, from->attribute, from->num_attributes, make_attribute);
  return to;
}

// ---- what goes in and comes out

static CoOnnx__Dimension *make_dimension(writer *w, const int64_t *size) {
  MAKE(to, CoOnnx__Dimension, CO_ONNX__DIMENSION__INIT);
  if (!to) return NULL;
  to->has_dim_value = *size >= 0;
  to->dim_value = *size;
  if (*size < 0) to->dim_param = text_of(w, "batch");
  return to;
}

static CoOnnx__Value *make_value(writer *w, const co_onnx_value *from) {
  MAKE(to, CoOnnx__Value, CO_ONNX__VALUE__INIT);
  MAKE(type, CoOnnx__Type, CO_ONNX__TYPE__INIT);
  MAKE(tensor, CoOnnx__TensorType, CO_ONNX__TENSOR_TYPE__INIT);
  MAKE(shape, CoOnnx__Shape, CO_ONNX__SHAPE__INIT);
  if (!to || !type || !tensor || !shape) return NULL;
  to->name = text_of(w, from->name);
  to->type = type;
  type->tensor_type = tensor;
  tensor->has_elem_type = true;
  tensor->elem_type =
      from->element && strcmp(from->element, "int64") == 0 ? TYPE_INT64 : TYPE_FLOAT;
  if (from->rank < 0) return to;
  tensor->shape = shape;
  MAKE_LIST(shape->dim, shape->n_dim, from->shape, from->rank, make_dimension);
  return to;
}

// ---- the file

static CoOnnx__Entry *make_entry(writer *w, const co_onnx_entry *from) {
  MAKE(to, CoOnnx__Entry, CO_ONNX__ENTRY__INIT);
  if (!to) return NULL;
  to->key = text_of(w, from->key);
  to->value = text_of(w, from->value);
  return to;
}

static CoOnnx__OperatorSet *make_opset(writer *w, const int64_t *version) {
  MAKE(to, CoOnnx__OperatorSet, CO_ONNX__OPERATOR_SET__INIT);
  if (!to) return NULL;
  to->domain = text_of(w, "");
  to->has_version = true;
  to->version = *version;
  return to;
}

static CoOnnx__Graph *make_graph(writer *w, const co_onnx *from) {
  MAKE(to, CoOnnx__Graph, CO_ONNX__GRAPH__INIT);
  if (!to) return NULL;
  to->name = text_of(w, "policy");
  MAKE_LIST(to->node, to->n_node, from->node, from->num_nodes, make_node);
  MAKE_LIST(to->initializer, to->n_initializer, from->tensor, from->num_tensors, make_tensor);
  MAKE_LIST(to->input, to->n_input, from->input, from->num_inputs, make_value);
  MAKE_LIST(to->output, to->n_output, from->output, from->num_outputs, make_value);
  return to;
}

static CoOnnx__Model *make_model(writer *w, const co_onnx *from) {
  MAKE(to, CoOnnx__Model, CO_ONNX__MODEL__INIT);
  if (!to) return NULL;
  to->has_ir_version = true;
  to->ir_version = from->ir_version;
  to->producer_name = text_of(w, from->producer);
  to->producer_version = text_of(w, from->producer_version);
  to->graph = make_graph(w, from);
  MAKE_LIST(to->opset_import, to->n_opset_import, &from->opset, 1, make_opset);
  MAKE_LIST(to->metadata_props, to->n_metadata_props, from->metadata, from->num_metadata,
            make_entry);
  return to;
}

static co_status check_attributes(const co_onnx *onnx) {
  for (int n = 0; n < onnx->num_nodes; n++)
    for (int i = 0; i < onnx->node[n].num_attributes; i++)
      if (onnx->node[n].attribute[i].kind == CO_ONNX_OTHER)
        return co_fail(CO_DATA,
                       "%s: node %d \"%s\": attribute \"%s\" is of a kind that is not written",
                       onnx->file, n, onnx->node[n].name, onnx->node[n].attribute[i].name);
  return CO_OK;
}

typedef struct appending {
  ProtobufCBuffer base;  // first: the library hands this one back
  co_buf *out;
} appending;

static void append(ProtobufCBuffer *buffer, size_t size, const uint8_t *bytes) {
  co_buf_add(((appending *)(void *)buffer)->out, bytes, size);
}

co_status co_onnx_write(const co_onnx *onnx, co_buf *out) {
  CO_TRY(check_attributes(onnx));
  writer w = {0};
  CoOnnx__Model *model = make_model(&w, onnx);
  co_status status = co_arena_status(&w.memory);
  if (status == CO_OK) {
    appending to = {{append}, out};
    co_onnx__model__pack_to_buffer(model, &to.base);
    status = co_buf_status(out);
  }
  co_arena_free(&w.memory);
  return status;
}
