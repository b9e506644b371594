// A domain as a value: a list of shifts of a model's numbers.
//
// Every shift acts on the nominal value, never on a shifted one: nothing accumulates, and order
// does not matter. Two shifts of the same parameter and element are therefore an error. A selector
// that matches nothing, a value out of range or a parameter the engine has not is an error with
// file:line, all of them at once.

#ifndef ENVS_DOMAIN_H_
#define ENVS_DOMAIN_H_

#include "core/schema.h"
#include "envs/env.h"
#include "envs/physics.h"

typedef struct co_shift_def {
  const char *parameter;
  const char *select;         // pattern of element names; NULL for parameters of the whole model
  co_floats set, scale, add;  // exactly one is given
} co_shift_def;

typedef struct co_domain_def {
  co_list shift;        // of co_shift_def
  const co_node *node;  // the list it was read from, not owned; NULL when there is none
} co_domain_def;

// What a shift did to the model it was applied to.
typedef struct co_shift_effect {
  int elements;    // how many it acts on
  int changed;     // how many of their values differ from nominal
  bool all_zero;   // every nominal value was zero
  double nominal;  // first value of the first element
  double shifted;
} co_shift_effect;

// Reads a list of shifts (NULL: none) into `arena`; the tree must outlive it. Errors are added.
void co_domain_read(const co_node *node, co_arena *arena, co_domain_def *out,
                    co_schema_errors *errors);

// Applies it to a freshly loaded model. `effect` is (shift.count) or NULL. CO_CONFIG with one line
// per problem, CO_MEMORY; on failure the model must be freed.
co_status co_domain_apply(const co_domain_def *domain, co_model *model, co_shift_effect *effect);

// The shift as results show it.
co_shift_info co_shift_describe(const co_shift_def *shift);

co_parameter_id co_parameter_find(const char *name);  // CO_NUM_PARAMETERS: unknown

#endif  // ENVS_DOMAIN_H_
