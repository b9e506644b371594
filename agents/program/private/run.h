// What operators use while they run: where their values lie.

#ifndef AGENTS_PROGRAM_PRIVATE_RUN_H_
#define AGENTS_PROGRAM_PRIVATE_RUN_H_

#include "agents/program/program.h"
#include "core/unconst.h"

// An operation on one row, or on all rows of a block.
typedef struct co_op_run {
  const co_program_op *op;
  const co_program_value *value;  // of the program
  float *work;                    // values of the block: of each, its rows behind each other
  int block;                      // rows that lie in the work
  int row, rows;                  // the first that is run, and how many: all or one, by the class
  float *scratch;
} co_op_run;

static inline void *co_run_place(const co_op_run *run, const co_program_value *value) {
  if (value->number) return co_unconst(value->number);
  if (value->integer) return co_unconst(value->integer);
  return run->work + value->at * (size_t)run->block + (size_t)run->row * value->stride;
}

static inline const co_program_value *co_run_value(const co_op_run *run, int input) {
  if (input >= run->op->num_inputs || run->op->input[input] < 0) return NULL;
  return &run->value[run->op->input[input]];
}

// NULL where it is left out.
static inline const void *co_run_in(const co_op_run *run, int input) {
  const co_program_value *value = co_run_value(run, input);
  return value ? co_run_place(run, value) : NULL;
}

static inline const co_program_value *co_run_result(const co_op_run *run, int output) {
  if (output >= run->op->num_outputs || run->op->output[output] < 0) return NULL;
  return &run->value[run->op->output[output]];
}

static inline void *co_run_out(const co_op_run *run, int output) {
  const co_program_value *value = co_run_result(run, output);
  return value ? co_run_place(run, value) : NULL;
}

// Bytes of a number.
static inline size_t co_value_size(const co_program_value *value) {
  return value->whole ? sizeof(int64_t) : sizeof(float);
}

// A real number as a whole one: cut off, held in the range, 0 where it is none.
static inline int64_t co_whole_of(float x) {
  return x >= 0x1p63f ? INT64_MAX : x < -0x1p63f ? INT64_MIN : x != x ? 0 : (int64_t)x;
}

// The operation on all rows of the block.
void co_run_op(const co_op_run *run);

#endif  // AGENTS_PROGRAM_PRIVATE_RUN_H_
