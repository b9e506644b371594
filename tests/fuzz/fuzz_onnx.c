// ONNX files: what is accepted has as many numbers as its shapes say, all of them finite.

#include "agents/formats/onnx.h"
#include "core/hash.h"
#include "tests/fuzz/target.h"

#include <math.h>

static void look_at(const co_onnx_tensor *tensor) {
  int64_t count = 1;
  for (int d = 0; d < tensor->rank; d++) count *= tensor->shape[d];
  fuzz_hold(count == tensor->count, "count of a tensor");
  fuzz_hold(count == 0 || !tensor->number != !tensor->integer, "numbers of one kind");
  for (int64_t i = 0; tensor->number && i < count; i++)
    fuzz_hold(isfinite(tensor->number[i]), "a finite number");
  size_t bytes = tensor->integer ? (size_t)count * sizeof(int64_t) : 0;
  fuzz_hold(bytes == 0 || co_hash(tensor->integer, bytes) != 1, "whole numbers can be read");
}

static void look_at_node(const co_onnx_node *node) {
  for (int i = 0; i < node->num_inputs; i++) fuzz_hold(strlen(node->input[i]) < SIZE_MAX, "text");
  for (int i = 0; i < node->num_outputs; i++) fuzz_hold(strlen(node->output[i]) < SIZE_MAX, "text");
  for (int i = 0; i < node->num_attributes; i++)
    if (node->attribute[i].kind == CO_ONNX_TENSOR) look_at(&node->attribute[i].tensor);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_onnx onnx;
  if (!fuzz_accepted(co_onnx_parse(bytes, size, FUZZ_FILE, "/nonexistent", &onnx), CO_DATA))
    return 0;
  for (int i = 0; i < onnx.num_tensors; i++) {
    look_at(&onnx.tensor[i]);
    fuzz_hold(co_onnx_find_tensor(&onnx, onnx.tensor[i].name) != NULL, "a tensor by its name");
  }
  for (int i = 0; i < onnx.num_nodes; i++) look_at_node(&onnx.node[i]);
  co_onnx_free(&onnx);
  return 0;
}
