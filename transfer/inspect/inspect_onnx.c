// What an ONNX file says: values that go in and come out, operations, tensors, metadata.

#include "agents/formats/onnx.h"
#include "core/file.h"
#include "core/hash.h"
#include "transfer/inspect/private/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- as JSON

static co_json *shape_json(int rank, const int64_t *shape) {
  co_json *array = co_json_array();
  for (int d = 0; d < rank; d++)
    co_json_add(array, shape[d] < 0 ? co_json_null() : co_json_int(shape[d]));
  return array;
}

static double number_at(const co_onnx_tensor *tensor, int64_t i) {
  return tensor->number ? (double)tensor->number[i] : (double)tensor->integer[i];
}

// Two passes, as for a policy's tensors; null of an empty one.
static void set_moments(co_json *object, const co_onnx_tensor *tensor) {
  double count = (double)tensor->count, mean = 0, squares = 0;
  for (int64_t i = 0; i < tensor->count; i++) mean += number_at(tensor, i) / count;
  for (int64_t i = 0; i < tensor->count; i++) {
    double distance = number_at(tensor, i) - mean;
    squares += distance * distance;
  }
  co_json_set_number(object, "mean", tensor->count ? mean : (double)NAN);
  co_json_set_number(object, "std", sqrt(squares / count));
}

static co_json *tensor_json(const co_onnx_tensor *tensor) {
  co_json *object = co_json_object();
  size_t bytes = (size_t)tensor->count * (tensor->number ? sizeof(float) : sizeof(int64_t));
  const void *data = tensor->integer;
  if (tensor->number) data = tensor->number;
  co_json_set_string(object, "name", tensor->name);
  co_json_set(object, "shape", shape_json(tensor->rank, tensor->shape));
  co_json_set_string(object, "dtype", tensor->element);
  co_json_set(object, "hash", co_inspect_hash_json(co_hash(data, bytes)));
  set_moments(object, tensor);
  return object;
}

static co_json *values_json(const co_onnx_value *value, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "name", value[i].name);
    co_json_set(object, "dtype", co_json_string(value[i].element));
    co_json_set(object, "shape",
                value[i].rank < 0 ? co_json_null() : shape_json(value[i].rank, value[i].shape));
    co_json_add(array, object);
  }
  return array;
}

static bool is_first_of_kind(const co_onnx *onnx, int node) {
  for (int n = 0; n < node; n++)
    if (strcmp(onnx->node[n].op, onnx->node[node].op) == 0) return false;
  return true;
}

static co_json *operators_json(const co_onnx *onnx) {
  co_json *array = co_json_array();
  for (int n = 0; n < onnx->num_nodes; n++)
    if (is_first_of_kind(onnx, n)) co_json_add(array, co_json_string(onnx->node[n].op));
  return array;
}

static co_json *names_json(const char **name, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(array, co_json_string(name[i]));
  return array;
}

static co_json *nodes_json(const co_onnx *onnx) {
  co_json *array = co_json_array();
  for (int n = 0; n < onnx->num_nodes; n++) {
    const co_onnx_node *node = &onnx->node[n];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", node->name);
    co_json_set_string(object, "operator", node->op);
    co_json_set_string(object, "domain", node->domain);
    co_json_set(object, "inputs", names_json(node->input, node->num_inputs));
    co_json_set(object, "outputs", names_json(node->output, node->num_outputs));
    co_json_add(array, object);
  }
  return array;
}

static void set_onnx(const co_onnx *onnx, const char *path, uint64_t hash, co_json *object) {
  co_json *tensors = co_json_array(), *metadata = co_json_object();
  for (int i = 0; i < onnx->num_tensors; i++) co_json_add(tensors, tensor_json(&onnx->tensor[i]));
  for (int i = 0; i < onnx->num_metadata; i++)
    co_json_set_string(metadata, onnx->metadata[i].key, onnx->metadata[i].value);
  co_inspect_set_common(object, "onnx", path, hash, tensors, co_json_object());
  co_json_set_string(object, "producer", onnx->producer);
  co_json_set_string(object, "producer_version", onnx->producer_version);
  co_json_set_int(object, "opset", onnx->opset);
  co_json_set(object, "inputs", values_json(onnx->input, onnx->num_inputs));
  co_json_set(object, "outputs", values_json(onnx->output, onnx->num_outputs));
  co_json_set(object, "operators", operators_json(onnx));
  co_json_set(object, "nodes", nodes_json(onnx));
  co_json_set(object, "metadata", metadata);
  co_json_set_bool(object, "valid", true);
  co_json_set(object, "problems", co_json_array());
}

co_status co_inspect_add_onnx(const char *path, const co_buf *bytes, co_json *object) {
  co_onnx onnx;
  char *folder = co_path_dir(path);
  if (!folder) return CO_MEMORY;
  co_status status = co_onnx_parse(bytes->data, bytes->size, path, folder, &onnx);
  if (status == CO_OK) {
    set_onnx(&onnx, path, co_hash(bytes->data, bytes->size), object);
    co_onnx_free(&onnx);
  }
  free(folder);
  return status;
}

// ---- as text

static void print_shape(const co_json *shape, co_buf *out) {
  if (co_json_is_null(shape)) co_buf_puts(out, "of any shape");
  for (size_t d = 0; d < co_json_count(shape); d++) {
    const co_json *size = co_json_at(shape, d);
    co_buf_puts(out, d ? " x " : "");
    if (co_json_is_null(size))
      co_buf_puts(out, "any");
    else
      co_buf_printf(out, "%lld", (long long)co_json_as_int(size, 0));
  }
}

static void print_values(const char *title, const co_json *values, co_buf *out) {
  for (size_t i = 0; i < co_json_count(values); i++) {
    const co_json *value = co_json_at(values, i);
    co_buf_printf(out, "  %-10s  %s, %s, ", title, co_inspect_text(value, "name"),
                  co_inspect_text(value, "dtype"));
    print_shape(co_json_get(value, "shape"), out);
    co_buf_puts(out, "\n");
  }
}

static void print_nodes(const co_json *nodes, co_buf *out) {
  if (co_json_count(nodes)) co_buf_puts(out, "\noperations\n");
  for (size_t n = 0; n < co_json_count(nodes); n++) {
    const co_json *node = co_json_at(nodes, n), *inputs = co_json_get(node, "inputs");
    const char *domain = co_inspect_text(node, "domain");
    co_buf_printf(out, "  %3zu  %s%s%s", n, domain, *domain ? "." : "",
                  co_inspect_text(node, "operator"));
    for (size_t i = 0; i < co_json_count(inputs); i++)
      co_buf_printf(out, "%s %s", i ? "," : "", co_json_as_string(co_json_at(inputs, i)));
    co_buf_puts(out, "\n");
  }
}

// One line of it; some programs put a whole experiment there.
static void print_metadata(const char *key, const char *value, co_buf *out) {
  enum { MOST = 120 };
  size_t length = strlen(value);
  co_buf_printf(out, "  metadata    %s = ", key);
  for (size_t i = 0; i < length && i < MOST; i++)
    co_buf_printf(out, "%c", (unsigned char)value[i] < 0x20 ? ' ' : value[i]);
  if (length > MOST) co_buf_printf(out, "... (%zu bytes)", length);
  co_buf_puts(out, "\n");
}

void co_inspect_print_onnx(const co_json *object, co_buf *out) {
  const co_json *metadata = co_json_get(object, "metadata");
  if (strcmp(co_inspect_text(object, "kind"), "onnx") != 0) return;
  print_nodes(co_json_get(object, "nodes"), out);
  co_buf_puts(out, "\n");
  print_values("input", co_json_get(object, "inputs"), out);
  print_values("output", co_json_get(object, "outputs"), out);
  co_buf_printf(out, "  producer    %s %s, operators of version %lld\n",
                co_inspect_text(object, "producer"), co_inspect_text(object, "producer_version"),
                (long long)co_json_get_int(object, "opset", 0));
  for (size_t i = 0; i < co_json_count(metadata); i++)
    print_metadata(co_json_key_at(metadata, i), co_json_as_string(co_json_value_at(metadata, i)),
                   out);
}
