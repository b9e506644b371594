// Tables of operators by family, each ended by an entry without a name.

#ifndef AGENTS_PROGRAM_PRIVATE_FAMILIES_H_
#define AGENTS_PROGRAM_PRIVATE_FAMILIES_H_

#include "agents/program/ops.h"

extern const co_op_class co_ops_unary[];      // of each number alone
extern const co_op_class co_ops_binary[];     // of numbers at the same place, broadcast
extern const co_op_class co_ops_dense[];      // products
extern const co_op_class co_ops_shape[];      // the same numbers in another shape or type
extern const co_op_class co_ops_arrange[];    // numbers at other places
extern const co_op_class co_ops_index[];      // numbers by index, and shapes as numbers
extern const co_op_class co_ops_reduce[];     // one number of many, and by them
extern const co_op_class co_ops_recurrent[];  // cells over steps

#endif  // AGENTS_PROGRAM_PRIVATE_FAMILIES_H_
