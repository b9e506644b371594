// A program as a line of stages from its input to its action, where it is one.
//
// Stages are found from the action backwards: each step takes one operation, or several that
// together are one (x times its own sigmoid, a layer norm in pieces), and goes on at the value that
// these take. What keeps numbers and order as they are is stepped over.

#ifndef AGENTS_IMPORT_PRIVATE_CHAIN_STAGES_H_
#define AGENTS_IMPORT_PRIVATE_CHAIN_STAGES_H_

#include "agents/nn/dense.h"
#include "agents/program/program.h"
#include "core/arena.h"

#include <stdbool.h>

typedef enum chain_kind {
  CHAIN_ADD,  // y = x + number
  CHAIN_MULTIPLY,
  CHAIN_DIVIDE,
  CHAIN_DENSE,  // y = alpha W x + beta b
  CHAIN_ACTIVATION,
  CHAIN_NORM,    // layer norm without gain and offset, which are stages behind it
  CHAIN_MEMORY,  // LSTM or GRU
  CHAIN_SELECT,  // y = x[index]
  CHAIN_CLIP,
} chain_kind;

typedef struct chain_stage {
  chain_kind kind;
  const char *node;  // as errors call it
  int width;         // numbers that come out
  double *number;    // ADD, MULTIPLY, DIVIDE: (width)
  int in;            // DENSE, MEMORY
  bool by_output;    // DENSE: the weight is (width x in), else (in x width)
  const float *weight;
  const float *bias;  // DENSE: (bias_count) 1 or width; NULL: none
  int bias_count;
  double alpha, beta;
  co_activation activation;
  co_cell cell;  // MEMORY: weight (gates width x in) in ONNX's order of gates, bias (2 gates width)
  const float *recurrent;  // (gates width x width)
  int *index;              // SELECT: (width)
  double low, high;        // CLIP
} chain_stage;

// What is known while a program is walked through.
typedef struct chain_walk {
  const co_program *program;
  co_arena *memory;
  chain_stage *stage;  // (count) the last one first
  int count;
  char *reason;  // (CHAIN_REASON) why it is no chain
} chain_walk;

enum { CHAIN_REASON = 256 };

// Fills walk->stage; false where the program is no line, with `reason`, or without where memory ran
// out, which the arena knows.
bool co_chain_walk(chain_walk *walk);
// Sets the reason, "NODE: TEXT", and returns false.
bool co_chain_refuse(const chain_walk *walk, const char *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// ---- patterns of several operations (chain_patterns.c)

// The operation that computes a value; NULL: an input or a constant.
const co_program_op *co_chain_op(const co_program *program, int value);
bool co_chain_is(const co_program_op *op, const char *name);
// The co_activation of that name; -1: none.
int co_chain_activation(const char *name);
// As co_chain_use, of operators that are no stage alone.
const char *co_chain_use_of_pattern(const char *name);
// The value behind which `value` only has another shape.
int co_chain_source(const co_program *program, int value);
// A constant of one number, and which one.
bool co_chain_number(const co_program *program, int value, double *out);
// Which input of an operation of two is no constant, -1: both or none.
int co_chain_variable(const co_program *program, const co_program_op *op);
int64_t co_chain_whole(const co_program_op *op, const char *attribute, int64_t missing);
double co_chain_real(const co_program_op *op, const char *attribute, double missing);

// Whether a value is f(x) by its pattern, and the value x; else false.
bool co_chain_swish(const co_program *program, int value, int *x);
bool co_chain_gelu(const co_program *program, int value, int *x);
// Layer norm of x in pieces, up to the quotient.
bool co_chain_norm(const co_program *program, int value, int *x, double *epsilon);

#endif  // AGENTS_IMPORT_PRIVATE_CHAIN_STAGES_H_
