// A policy's function as a list of operations on arrays of fixed shape, in ONNX's vocabulary.
//
// Every format is brought to graphs in that vocabulary (co_onnx: a file's own, or what a preset
// writes for tensors whose names it knows); compiling joins them, settles every shape for one row
// (a first axis that is open or called a batch is 1), folds what is constant and drops what nothing
// needs. What is then left is compared with the network that this project trains
// (agents/import/chain.h); what is no such chain runs as it is. Real numbers are float32 whatever
// the file keeps them in, whole numbers and booleans int64.
//
//   observation (obs_dim): the graph's inputs one behind the other, in the file's order
//   state (state_dim):     inputs that an output of the same size answers, by its name
//                          (agents/program/private/states.h), carried to the next step
//   action (act_dim):      the output called so, else the only one that is no state
//
// Hostile graphs end in a sentence: what they compute is bounded by the limits below.
//
// A program is const once it is compiled: rows may run at once, each with memory of its own.
// Running allocates nothing and cannot fail: an index that points outside is held at the edge, a
// whole number divided by zero is zero. The bits of a row are the same on every CPU level and for
// any number of rows.

#ifndef AGENTS_PROGRAM_PROGRAM_H_
#define AGENTS_PROGRAM_PROGRAM_H_

#include "agents/formats/onnx.h"

enum {
  CO_PROGRAM_OPS = 1 << 16,  // most operations
  // most bytes that a row's values, what is folded, or the scratch of an operation take; and,
  // beside four times what the files' numbers are in float32, weights as operations keep them
  CO_PROGRAM_MEMORY = 64 << 20,
  CO_PROGRAM_PRODUCTS = 1 << 30,  // most multiply-adds of a row, or of what is folded
  CO_PROGRAM_ROWS = 32,           // rows of a block, whose products share what they read
};

// An array: an input, a constant, or what an operation computes.
typedef struct co_program_value {
  const char *name;
  bool whole;  // whole numbers and booleans, int64; else float32
  int rank;
  int64_t shape[CO_ONNX_RANK];
  int64_t count;
  const float *number;     // (count) of a constant, where it is not `whole`; else NULL
  const int64_t *integer;  // (count) of a constant that is
  int op;                  // that computes it; -1: an input or a constant
  int uses;                // by operations, and once more as an output
  size_t at, stride;       // floats: where it lies in a row's memory and how much it takes there
} co_program_value;

typedef struct co_op_class co_op_class;  // agents/program/ops.h

typedef struct co_program_op {
  const co_op_class *class;
  const char *name;   // "Gemm"
  const char *node;   // as errors call it: "policy.onnx: node 3 \"/actor/0/Gemm\""
  const char *title;  // of its node alone: "/actor/0/Gemm", "" where it has none
  int num_inputs, num_outputs;
  int *input, *output;     // values; -1: left out
  const void *parameters;  // of its class, settled when it was compiled
  int64_t opset;           // of its graph
  int num_attributes;
  const co_onnx_attribute *attribute;  // as the graph has them
} co_program_op;

// Where an input lies in the observation, or a pair of input and output in the state.
typedef struct co_program_port {
  int value;   // that is filled before a run
  int result;  // of a state: the value that is kept for the next run; else -1
  int at, count;
} co_program_port;

typedef struct co_program {
  int num_values, num_ops, num_inputs, num_states, num_outputs;
  co_program_value *value;
  co_program_op *op;       // (num_ops) each behind those whose values it takes
  co_program_port *input;  // (num_inputs) pieces of the observation
  co_program_port *state;  // (num_states) zero where an episode begins
  int action;              // value
  int *output;             // (num_outputs) values of the outputs that are neither action nor state
  int obs_dim, act_dim, state_dim;
  size_t work;      // floats of memory of a row's values
  size_t scratch;   // and of what operations need while they run, whatever the rows
  co_arena memory;  // of all of it, owned
} co_program;

// Graphs of one policy, in the order in which they run: an encoder before what it feeds. An output
// of one is the input of a later one that has its name, or else the only one of its size. The
// graphs are not kept. CO_DATA names node and reason for an operator that is not known, shapes that
// do not fit, a cycle, what stays open; `action` is the name of the output that acts, NULL: see
// above.
co_status co_program_compile(const co_onnx *const *graph, int count, const char *action,
                             co_program *out);
void co_program_free(co_program *program);

// Floats of memory that `rows` rows at once need.
size_t co_program_work_size(const co_program *program, int rows);
// obs (rows x obs_dim), state (rows x state_dim) is advanced, action (rows x act_dim). `work` is
// aligned to 64 bytes. Blocks of CO_PROGRAM_ROWS are fastest.
void co_program_run(const co_program *program, const float *obs, int rows, float *state,
                    float *work, float *action);
// The same with rows that lie further apart.
typedef struct co_program_rows {
  int count;
  const float *obs;
  float *state, *action;
  int obs_stride, state_stride, action_stride;  // floats
} co_program_rows;
void co_program_run_rows(const co_program *program, const co_program_rows *rows, float *work);
// One of the values after a run of `rows` rows, in the first of them: (count) real numbers.
const float *co_program_value_at(const co_program *program, int value, const float *work, int rows);

#endif  // AGENTS_PROGRAM_PROGRAM_H_
