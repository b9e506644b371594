// ONNX files (onnx.ai) as far as policies need them: named arrays, operations on named values, what
// the file says about itself. Nothing is evaluated here.
//
// The reader trusts nothing. The wire format is protobuf-c's, from the schema in onnx.proto; all
// that it allocates comes out of a budget of twice the file and 16 MiB, since an empty message of
// two bytes is a hundred in memory. Every array has as many numbers as its shape says, all of them
// finite. Weights in files of their own are read from the folder of the file, or below it; these
// files count like the file itself.
//
// Errors are CO_DATA with "file: offset N: text" where the wire format is broken, else with "file:
// node N \"name\": text" or "file: tensor \"name\": text"; CO_NO_INPUT names a missing file. A file
// is const once it is read; thread-safe for different files.

#ifndef AGENTS_FORMATS_ONNX_H_
#define AGENTS_FORMATS_ONNX_H_

#include "core/arena.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  CO_ONNX_RANK = 8,  // most dimensions of an array
  CO_ONNX_OPSET_FIRST = 9,
  CO_ONNX_OPSET_LAST = 21,
};

// An array. Texts here and below are the file's, without control characters.
typedef struct co_onnx_tensor {
  const char *name;     // "" in an attribute
  const char *element;  // what the file keeps it in: "float32", "float16", "int64", "bool", ...
  int rank;             // 0: one number
  int64_t shape[CO_ONNX_RANK];
  int64_t count;           // product of the shape
  const float *number;     // (count) floating point, in float32; else NULL
  const int64_t *integer;  // (count) whole numbers and booleans; else NULL
} co_onnx_tensor;

typedef enum co_onnx_kind {
  CO_ONNX_FLOAT,
  CO_ONNX_INT,
  CO_ONNX_TEXT,
  CO_ONNX_TENSOR,
  CO_ONNX_FLOATS,
  CO_ONNX_INTS,
  CO_ONNX_TEXTS,
  CO_ONNX_OTHER,  // graphs and what else no policy needs: known to be there
} co_onnx_kind;

typedef struct co_onnx_attribute {
  const char *name;
  co_onnx_kind kind;
  int count;              // of FLOATS, INTS, TEXTS; else 1
  const float *number;    // (count) FLOAT, FLOATS
  const int64_t *whole;   // (count) INT, INTS
  const char **text;      // (count) TEXT, TEXTS
  co_onnx_tensor tensor;  // TENSOR
} co_onnx_attribute;

typedef struct co_onnx_node {
  const char *name;    // "" where it has none
  const char *op;      // "Gemm"
  const char *domain;  // "" is ai.onnx, whose operators are the standard's
  int64_t opset;       // version of the operators; 0: that of the graph
  int num_inputs, num_outputs, num_attributes;
  const char **input, **output;  // names of values; "" is an input left out
  co_onnx_attribute *attribute;
} co_onnx_node;

// What goes in or comes out.
typedef struct co_onnx_value {
  const char *name;
  const char *element;          // NULL: not said
  int rank;                     // -1: not said
  int64_t shape[CO_ONNX_RANK];  // -1: any
  const char *next;             // output that follows this input as a state; see says_states
} co_onnx_value;

typedef struct co_onnx_entry {
  const char *key, *value;
} co_onnx_entry;

typedef struct co_onnx {
  const char *file;
  int64_t ir_version, opset;
  const char *producer, *producer_version;  // "" where not said
  int num_nodes, num_tensors, num_inputs, num_outputs, num_metadata;
  co_onnx_node *node;      // (num_nodes) each behind those whose values it takes
  co_onnx_tensor *tensor;  // (num_tensors) initialisers
  co_onnx_value *input;    // (num_inputs) without those that initialisers give
  co_onnx_value *output;
  co_onnx_entry *metadata;
  bool says_states;  // inputs are states by their `next`, NULL: none; else by their names
  co_arena memory;   // of all of it, owned
} co_onnx;

// `path` is a file; weights of its own may lie beside it or below.
co_status co_onnx_read(const char *path, co_onnx *out);
// The same from bytes, which are not kept; `file` names them, `folder` is where their weights lie.
co_status co_onnx_parse(const void *bytes, size_t size, const char *file, const char *folder,
                        co_onnx *out);
void co_onnx_free(co_onnx *onnx);

const co_onnx_tensor *co_onnx_find_tensor(const co_onnx *onnx, const char *name);  // or NULL
const co_onnx_attribute *co_onnx_find_attribute(const co_onnx_node *node, const char *name);
const char *co_onnx_find_metadata(const co_onnx *onnx, const char *key);  // or NULL

#endif  // AGENTS_FORMATS_ONNX_H_
