// A domain as a value: a list of shifts of a task's numbers, read from a tree and written back as
// text. What it does to a model and its rows is in envs/domain/plan.h.

#ifndef ENVS_DOMAIN_DOMAIN_H_
#define ENVS_DOMAIN_DOMAIN_H_

#include "envs/domain/distribution.h"
#include "envs/env.h"
#include "envs/physics/physics.h"

#define CO_OPERATION_LIST(X)                          \
  X(CO_SET, "set", "the new value")                   \
  X(CO_SCALE, "scale", "factor of the nominal value") \
  X(CO_ADD, "add", "added to the nominal value")

typedef enum co_operation {
#define X(id, name, doc) id,
  CO_OPERATION_LIST(X)
#undef X
      CO_NUM_OPERATIONS
} co_operation;

const char *co_operation_name(co_operation operation);  // "set"

typedef struct co_shift_def {
  const char *parameter;
  const char *select;  // pattern of element names; NULL for parameters of the whole model
  const co_node *tree[CO_NUM_OPERATIONS];  // lent from the file; exactly one is given
  co_operation operation;                  // which one
  co_distribution value;                   // what it says
} co_shift_def;

typedef struct co_domain_def {
  co_list shift;        // of co_shift_def
  const co_node *node;  // the list it was read from, not owned; NULL when there is none
} co_domain_def;

// Reads a list of shifts (NULL: none) into `arena`; the tree must outlive it. Errors are added.
void co_domain_read(const co_node *node, co_arena *arena, co_domain_def *out,
                    co_schema_errors *errors);

// Appends "domain = ( ... );" with defaults filled in: reads back to the same bytes.
co_status co_domain_write(const co_domain_def *domain, co_buf *buf);

static inline const co_shift_def *co_domain_shift(const co_domain_def *domain, int i) {
  return (const co_shift_def *)domain->shift.item + i;
}

// Value i of a parameter after the operation on its nominal number; `value` (values) is what the
// file says or a draw. One value scales all numbers; numbers beyond the values stay nominal.
double co_operation_apply(co_operation operation, co_parameter_id id, const double *value,
                          int values, int i, double nominal);

// The shift as results show it.
co_shift_info co_shift_describe(const co_shift_def *shift);

// And back to a group of a domain. CO_DATA when it names no operation or distribution.
co_status co_shift_to_tree(const co_shift_info *info, co_node **out);

// A list of shifts that a world can be given, such as the domain a policy was trained in; `file`
// names it in messages. *out is NULL where there is none; the caller frees it.
co_status co_shifts_to_tree(const co_shift_info *shift, int count, const char *file, co_node **out);

co_parameter_id co_parameter_find(const char *name);  // CO_NUM_PARAMETERS: unknown

#endif  // ENVS_DOMAIN_DOMAIN_H_
