// The operators that programs know, one entry each: how many values they take and give, which
// attributes they may have, what they settle when a program is compiled, how they run.
//
// A new operator is an entry in the table of its family (elementwise, dense, shape, ...); families
// are listed in agents/program/ops.c. Attributes that an entry does not name are refused, so that
// none is passed over in silence. All is const; thread-safe.

#ifndef AGENTS_PROGRAM_OPS_H_
#define AGENTS_PROGRAM_OPS_H_

#include "agents/program/program.h"

struct co_settling;  // agents/program/private/settle.h
struct co_op_run;    // agents/program/private/run.h

enum { CO_OP_ANY = 1 << 20 };  // inputs, as many as there are

struct co_op_class {
  const char *name;
  int least_inputs, most_inputs, most_outputs;
  // "alpha:f axis:i axes:I mode:t value:T ...": name and kind (f float, i whole, t text, T tensor,
  // F and I lists)
  const char *attributes;
  int since;  // version of the operators that has it first
  // Sets type, rank and shape of the outputs, parameters, scratch, products.
  co_status (*settle)(struct co_settling *op);
  void (*run)(const struct co_op_run *run);
  bool by_block;  // runs all rows of a block at once, else one of them
};

const co_op_class *co_op_find(const char *name);  // or NULL
int co_op_count(void);
const co_op_class *co_op_at(int index);  // by name
// CO_DATA when the operation has an attribute that its class does not name, or of another kind.
co_status co_op_check_attributes(const co_program_op *op);

#endif  // AGENTS_PROGRAM_OPS_H_
