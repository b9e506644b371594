// Graphs in ONNX's vocabulary that are made here and not read: what a preset writes for tensors
// whose names it knows, and what export writes.
//
//   co_onnx_builder build = co_onnx_build("policy.safetensors");
//   co_onnx_add_input(&build, "obs", 2, (int64_t[]){-1, 48});
//   const char *y = co_onnx_add_node(&build, "Gemm", "y", 3, (const char *[]){"obs", "w", "b"});
//   co_onnx_set_whole(&build, "transB", 1);
//   co_onnx_add_output(&build, y, 2, (int64_t[]){-1, 12});
//   CO_TRY(co_onnx_build_end(&build, &graph));
//
// All that is given is copied. Errors are sticky, as in co_arena: when memory runs out everything
// does nothing, and co_onnx_build_end says so. Nodes are added behind those whose values they take;
// names of values are unique, which the caller sees to. Not thread-safe.

#ifndef AGENTS_FORMATS_ONNX_BUILD_H_
#define AGENTS_FORMATS_ONNX_BUILD_H_

#include "agents/formats/onnx.h"

enum { CO_ONNX_BUILD_OPSET = 17 };  // the operators of what is built; LayerNormalization is in it

typedef struct co_onnx_builder {
  co_onnx onnx;
  int room_nodes, room_tensors, room_inputs, room_outputs, room_metadatas;  // of the lists
} co_onnx_builder;

// `file` is what errors call the graph.
co_onnx_builder co_onnx_build(const char *file);
// Gives the graph away, whose co_onnx_free releases it; CO_MEMORY, and nothing is left of it.
co_status co_onnx_build_end(co_onnx_builder *build, co_onnx *out);
// What was built so far is not wanted.
void co_onnx_build_drop(co_onnx_builder *build);

// A text in the graph's memory; "" after a failure.
const char *co_onnx_build_text(co_onnx_builder *build, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Float32 values that go in or come out; -1 in the shape: any.
void co_onnx_add_input(co_onnx_builder *build, const char *name, int rank, const int64_t *shape);
void co_onnx_add_output(co_onnx_builder *build, const char *name, int rank, const int64_t *shape);
void co_onnx_add_metadata(co_onnx_builder *build, const char *key, const char *value);

// An initialiser of zeros, for the caller to fill before anything else is added (count of the
// shape); NULL after a failure.
float *co_onnx_add_zeros(co_onnx_builder *build, const char *name, int rank, const int64_t *shape);
void co_onnx_add_numbers(co_onnx_builder *build, const char *name, int rank, const int64_t *shape,
                         const float *number);
void co_onnx_add_wholes(co_onnx_builder *build, const char *name, int rank, const int64_t *shape,
                        const int64_t *integer);

// A node with one output, whose name it has itself and returns; "" is an input left out.
const char *co_onnx_add_node(co_onnx_builder *build, const char *op, const char *output,
                             int num_inputs, const char *const *input);
// The same with several outputs, the first of which names it.
void co_onnx_add_node_of(co_onnx_builder *build, const char *op, int num_inputs,
                         const char *const *input, int num_outputs, const char *const *output);
// Attributes of the node that was added last.
void co_onnx_set_whole(co_onnx_builder *build, const char *name, int64_t value);
void co_onnx_set_wholes(co_onnx_builder *build, const char *name, int count, const int64_t *value);
void co_onnx_set_number(co_onnx_builder *build, const char *name, float value);
void co_onnx_set_text(co_onnx_builder *build, const char *name, const char *value);

#endif  // AGENTS_FORMATS_ONNX_BUILD_H_
