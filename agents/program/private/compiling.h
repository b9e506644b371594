// A program while it is compiled. Values and operations are collected graph by graph, folded at
// once where all that they take is fixed; the finished program gets copies of what is still needed.

#ifndef AGENTS_PROGRAM_PRIVATE_COMPILING_H_
#define AGENTS_PROGRAM_PRIVATE_COMPILING_H_

#include "agents/program/program.h"

// Names of one graph's values.
typedef struct co_scope {
  struct {
    const char *name;
    int value;
  } * slot;         // (capacity) a power of two, at most half of them taken
  size_t capacity;  // 0: none yet
} co_scope;

// An output of one of the graphs.
typedef struct co_graph_output {
  const char *name;
  int graph, value;
  bool state, taken;  // remembered; fed to a later graph
} co_graph_output;

typedef struct co_compiling {
  co_program draft;  // lists below are in `spent`, except what operations settled
  co_arena kept;     // the program's memory
  co_arena spent;    // of compiling only
  const co_onnx *const *graph;
  int num_graphs, at;  // which graph is under way
  int most_values, most_ops;
  int num_returned;
  co_graph_output *returned;  // outputs of all graphs
  co_scope scope;             // of the graph that is under way
  size_t folded, most_kept;   // bytes: computed beforehand; that operations may keep
  double products;
} co_compiling;

// ---- names

co_status co_scope_make(co_arena *memory, size_t names, co_scope *out);
int co_scope_find(const co_scope *scope, const char *name);  // value, or -1
// False when the name is there already.
bool co_scope_add(co_scope *scope, const char *name, int value);

// ---- values and operations

// A value without a shape yet; its index.
int co_compile_value(co_compiling *c, const char *name);
// Settles the last operation of the draft, whose inputs and outputs are set, and folds it where all
// that it takes is fixed.
co_status co_compile_settle(co_compiling *c);
co_status co_compile_node(co_compiling *c, const co_onnx *graph, int index);
// `value` in another shape; the result's index in `out`.
co_status co_compile_reshape(co_compiling *c, int value, const co_program_value *like, int *out);

// ---- what goes in and comes out

// The graph's inputs: outputs of graphs before it, inputs that are known, or new ones.
co_status co_compile_inputs(co_compiling *c);
// Its outputs, once its nodes are there; those that are states become ports.
co_status co_compile_outputs(co_compiling *c);
// Which output acts, what else comes out, and where inputs lie in observation and state.
co_status co_compile_ports(co_compiling *c, const char *action);

// ---- the end

// The program out of what is needed of the draft, in the memory that is kept.
co_status co_compile_finish(co_compiling *c, co_program *out);

#endif  // AGENTS_PROGRAM_PRIVATE_COMPILING_H_
