// Operators on numbers at the same place of two values, broadcast.

#include "agents/program/private/each.h"
#include "agents/program/private/families.h"

#include <math.h>
#include <string.h>

typedef struct both_parameters {
  co_each each;
  co_each_fn fn;
} both_parameters;

// ---- one number

// Whole numbers wrap around, as the machine's do.
static inline int64_t whole_add(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t whole_sub(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a - (uint64_t)b);
}
static inline int64_t whole_mul(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a * (uint64_t)b);
}
static inline int64_t whole_div(int64_t a, int64_t b) {
  return b == 0 ? 0 : b == -1 ? whole_sub(0, a) : a / b;
}
static inline float real_add(float a, float b) {
  return a + b;
}
static inline float real_sub(float a, float b) {
  return a - b;
}
static inline float real_mul(float a, float b) {
  return a * b;
}
static inline float real_div(float a, float b) {
  return a / b;
}

// ---- many

// Three loops, so that compilers see the two that are frequent.
#define WALK(name, type, f)                                                              \
  static void name(const void *const *in, const int64_t *step, int64_t count, void *out, \
                   const void *parameters) {                                             \
    const type *a = in[0], *b = in[1];                                                   \
    type *y = out;                                                                       \
    (void)parameters;                                                                    \
    if (step[0] == 1 && step[1] == 1) {                                                  \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b[i]);                          \
    } else if (step[0] == 1 && step[1] == 0) {                                           \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i], *b);                            \
    } else {                                                                             \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i * step[0]], b[i * step[1]]);      \
    }                                                                                    \
  }

WALK(add_real, float, real_add)
WALK(sub_real, float, real_sub)
WALK(mul_real, float, real_mul)
WALK(div_real, float, real_div)
WALK(add_whole, int64_t, whole_add)
WALK(sub_whole, int64_t, whole_sub)
WALK(mul_whole, int64_t, whole_mul)
WALK(div_whole, int64_t, whole_div)

// ---- settling

static co_status settle_shape_of_both(co_settling *s, bool whole, both_parameters *p) {
  int rank;
  int64_t shape[CO_ONNX_RANK];
  CO_TRY(co_each_shape(s, 0, &rank, shape));
  CO_TRY(co_settle_shape(s, 0, whole, rank, shape));
  for (int i = 0; i < 2; i++) co_each_add(&p->each, co_settle_in(s, i), co_settle_out(s, 0));
  co_each_collapse(&p->each);
  return CO_OK;
}

static co_status settle_both(co_settling *s, co_each_fn real, co_each_fn whole) {
  both_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_same_kind(s));
  bool is_whole = co_settle_in(s, 0)->whole;
  p->fn = is_whole ? whole : real;
  return settle_shape_of_both(s, is_whole, p);
}

static void run_both(const co_op_run *run) {
  const both_parameters *p = run->op->parameters;
  const void *in[2] = {co_run_in(run, 0), co_run_in(run, 1)};
  size_t size[2] = {co_value_size(co_run_value(run, 0)), co_value_size(co_run_value(run, 1))};
  co_each_run(&p->each, in, size, co_run_out(run, 0), co_value_size(co_run_result(run, 0)), p->fn,
              NULL);
}

static co_status settle_add(co_settling *s) {
  return settle_both(s, add_real, add_whole);
}
static co_status settle_sub(co_settling *s) {
  return settle_both(s, sub_real, sub_whole);
}
static co_status settle_mul(co_settling *s) {
  return settle_both(s, mul_real, mul_whole);
}

// A whole number that is fixed and 0 can't divide.
static co_status settle_div(co_settling *s) {
  CO_TRY(settle_both(s, div_real, div_whole));
  const co_program_value *by = co_settle_in(s, 1);
  for (int64_t i = 0; by->integer && i < by->count; i++)
    if (by->integer[i] == 0) return co_settle_fail(s, "it divides a whole number by zero");
  return CO_OK;
}

const co_op_class co_ops_binary[] = {
    {"Add", 2, 2, 1, NULL, 1, settle_add, run_both, false},
    {"Sub", 2, 2, 1, NULL, 1, settle_sub, run_both, false},
    {"Mul", 2, 2, 1, NULL, 1, settle_mul, run_both, false},
    {"Div", 2, 2, 1, NULL, 1, settle_div, run_both, false},
    {0},
};
