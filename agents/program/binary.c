// Operators on numbers at the same place of two or more values, broadcast.

#include "agents/program/private/each.h"
#include "agents/program/private/families.h"
#include "agents/program/private/precise.h"

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

static inline float power(float x, float y) {
  return (float)co_precise_power((double)x, (double)y);
}
static inline float power_by_whole(float x, int64_t y) {
  return (float)co_precise_power((double)x, (double)y);
}
// Below an exponent of 0 it is a fraction, but of 1 and -1; what zero has no power of is zero.
static int64_t whole_power_by_whole(int64_t x, int64_t y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
  int64_t product = 1;
  for (; y > 0; y >>= 1, x = whole_mul(x, x))
    if (y & 1) product = whole_mul(product, x);
  return product;
}
// What is no whole number is cut off, as a cast does.
static int64_t whole_power(int64_t x, float y) {
  int64_t whole = co_whole_of(y);
  if ((float)whole == y) return whole_power_by_whole(x, whole);
  return co_whole_of((float)co_precise_power((double)x, (double)y));
}
static inline float real_max(float a, float b) {
  return a > b || isnan(a) ? a : b;
}
static inline float real_min(float a, float b) {
  return a < b || isnan(a) ? a : b;
}
static inline int64_t whole_max(int64_t a, int64_t b) {
  return a > b ? a : b;
}
static inline int64_t whole_min(int64_t a, int64_t b) {
  return a < b ? a : b;
}
#define COMPARE(name, type, sign)              \
  static inline int64_t name(type a, type b) { \
    return a sign b;                           \
  }
COMPARE(real_equal, float, ==)
COMPARE(real_less, float, <)
COMPARE(real_greater, float, >)
COMPARE(real_least, float, <=)
COMPARE(real_most, float, >=)
COMPARE(whole_equal, int64_t, ==)
COMPARE(whole_less, int64_t, <)
COMPARE(whole_greater, int64_t, >)
COMPARE(whole_least, int64_t, <=)
COMPARE(whole_most, int64_t, >=)
COMPARE(both, int64_t, &&)
COMPARE(either, int64_t, ||)

// ---- many

// Three loops, so that compilers see the two that are frequent.
#define WALK_OF(name, left, right, result, f)                                            \
  static void name(const void *const *in, const int64_t *step, int64_t count, void *out, \
                   const void *parameters) {                                             \
    const left *a = in[0];                                                               \
    const right *b = in[1];                                                              \
    result *y = out;                                                                     \
    (void)parameters;                                                                    \
    if (step[0] == 1 && step[1] == 1) {                                                  \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b[i]);                          \
    } else if (step[0] == 1 && step[1] == 0) {                                           \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i], *b);                            \
    } else {                                                                             \
      for (int64_t i = 0; i < count; i++) y[i] = f(a[i * step[0]], b[i * step[1]]);      \
    }                                                                                    \
  }
#define WALK_TO(name, type, result, f) WALK_OF(name, type, type, result, f)
#define WALK(name, type, f) WALK_OF(name, type, type, type, f)

WALK(add_real, float, real_add)
WALK(sub_real, float, real_sub)
WALK(mul_real, float, real_mul)
WALK(div_real, float, real_div)
WALK(add_whole, int64_t, whole_add)
WALK(sub_whole, int64_t, whole_sub)
WALK(mul_whole, int64_t, whole_mul)
WALK(div_whole, int64_t, whole_div)
WALK(power_real, float, power)
WALK(power_whole, int64_t, whole_power_by_whole)
WALK_OF(power_real_by_whole, float, int64_t, float, power_by_whole)
WALK_OF(power_whole_by_real, int64_t, float, int64_t, whole_power)
WALK(max_real, float, real_max)
WALK(min_real, float, real_min)
WALK(max_whole, int64_t, whole_max)
WALK(min_whole, int64_t, whole_min)
WALK_TO(equal_real, float, int64_t, real_equal)
WALK_TO(less_real, float, int64_t, real_less)
WALK_TO(greater_real, float, int64_t, real_greater)
WALK_TO(least_real, float, int64_t, real_least)
WALK_TO(most_real, float, int64_t, real_most)
WALK(equal_whole, int64_t, whole_equal)
WALK(less_whole, int64_t, whole_less)
WALK(greater_whole, int64_t, whole_greater)
WALK(least_whole, int64_t, whole_least)
WALK(most_whole, int64_t, whole_most)
WALK(and_whole, int64_t, both)
WALK(or_whole, int64_t, either)

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

// ---- whether one is larger

static co_status settle_compare(co_settling *s, co_each_fn real, co_each_fn whole) {
  both_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_same_kind(s));
  p->fn = co_settle_in(s, 0)->whole ? whole : real;
  if (!p->fn) return co_settle_fail(s, "it takes whole numbers");
  return settle_shape_of_both(s, true, p);
}

static co_status settle_equal(co_settling *s) {
  return settle_compare(s, equal_real, equal_whole);
}
static co_status settle_less(co_settling *s) {
  return settle_compare(s, less_real, less_whole);
}
static co_status settle_greater(co_settling *s) {
  return settle_compare(s, greater_real, greater_whole);
}
static co_status settle_least(co_settling *s) {
  return settle_compare(s, least_real, least_whole);
}
static co_status settle_most(co_settling *s) {
  return settle_compare(s, most_real, most_whole);
}
static co_status settle_and(co_settling *s) {
  return settle_compare(s, NULL, and_whole);
}
static co_status settle_or(co_settling *s) {
  return settle_compare(s, NULL, or_whole);
}

// ---- powers

// The result is of the base's kind, whatever the exponent is.
static co_status settle_power(co_settling *s) {
  both_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  bool whole = co_settle_in(s, 0)->whole;
  if (co_settle_in(s, 1)->whole)
    p->fn = whole ? power_whole : power_real_by_whole;
  else
    p->fn = whole ? power_whole_by_real : power_real;
  return settle_shape_of_both(s, whole, p);
}

// ---- the largest of several

// How each input is walked; the first is brought to the result, the others are compared with it.
typedef struct several_parameters {
  co_each_fn fn;
  co_each each[];
} several_parameters;

static co_status settle_several(co_settling *s, co_each_fn real, co_each_fn whole) {
  int count = s->op->num_inputs, rank;
  int64_t shape[CO_ONNX_RANK];
  several_parameters *p = co_settle_parameters(s, sizeof *p + (size_t)count * sizeof p->each[0]);
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_same_kind(s));
  bool is_whole = co_settle_in(s, 0)->whole;
  p->fn = is_whole ? whole : real;
  CO_TRY(co_each_shape(s, 0, &rank, shape));
  CO_TRY(co_settle_shape(s, 0, is_whole, rank, shape));
  for (int i = 0; i < count; i++) {
    const co_program_value *out = co_settle_out(s, 0);
    co_each_add(&p->each[i], out, out);
    co_each_add(&p->each[i], co_settle_in(s, i), out);
    co_each_collapse(&p->each[i]);
  }
  return CO_OK;
}

// A number of the input in its place.
static void take_second(const void *const *in, const int64_t *step, int64_t count, void *out,
                        const void *parameters) {
  size_t size = *(const size_t *)parameters;
  for (int64_t i = 0; i < count; i++)
    memcpy((char *)out + (size_t)i * size, (const char *)in[1] + (size_t)(i * step[1]) * size,
           size);
}

static void run_several(const co_op_run *run) {
  const several_parameters *p = run->op->parameters;
  size_t size = co_value_size(co_run_result(run, 0)), sizes[2] = {size, size};
  void *out = co_run_out(run, 0);
  for (int i = 0; i < run->op->num_inputs; i++) {
    const void *in[2] = {out, co_run_in(run, i)};
    co_each_run(&p->each[i], in, sizes, out, size, i ? p->fn : take_second, &size);
  }
}

static co_status settle_max(co_settling *s) {
  return settle_several(s, max_real, max_whole);
}
static co_status settle_min(co_settling *s) {
  return settle_several(s, min_real, min_whole);
}

// ---- one of two, by a mark

static void choose(const void *const *in, const int64_t *step, int64_t count, void *out,
                   const void *parameters) {
  size_t size = *(const size_t *)parameters;
  const int64_t *mark = in[0];
  for (int64_t i = 0; i < count; i++) {
    int k = mark[i * step[0]] ? 1 : 2;
    memcpy((char *)out + (size_t)i * size, (const char *)in[k] + (size_t)(i * step[k]) * size,
           size);
  }
}

static co_status settle_where(co_settling *s) {
  both_parameters *p = co_settle_parameters(s, sizeof *p);
  int rank;
  int64_t shape[CO_ONNX_RANK];
  if (!p) return CO_MEMORY;
  for (int i = 0; i < 3; i++)
    if (!co_settle_in(s, i)) return co_settle_fail(s, "input %d is left out", i);
  if (!co_settle_in(s, 0)->whole) return co_settle_fail(s, "its marks are real numbers");
  if (co_settle_in(s, 1)->whole != co_settle_in(s, 2)->whole)
    return co_settle_fail(s, "it chooses between real and whole numbers");
  CO_TRY(co_each_shape(s, 0, &rank, shape));
  CO_TRY(co_settle_shape(s, 0, co_settle_in(s, 1)->whole, rank, shape));
  for (int i = 0; i < 3; i++) co_each_add(&p->each, co_settle_in(s, i), co_settle_out(s, 0));
  co_each_collapse(&p->each);
  return CO_OK;
}

static void run_where(const co_op_run *run) {
  const both_parameters *p = run->op->parameters;
  size_t size = co_value_size(co_run_result(run, 0)), sizes[3] = {sizeof(int64_t), size, size};
  const void *in[3] = {co_run_in(run, 0), co_run_in(run, 1), co_run_in(run, 2)};
  co_each_run(&p->each, in, sizes, co_run_out(run, 0), size, choose, &size);
}

const co_op_class co_ops_binary[] = {
    {"Add", 2, 2, 1, NULL, 1, settle_add, run_both, false},
    {"Sub", 2, 2, 1, NULL, 1, settle_sub, run_both, false},
    {"Mul", 2, 2, 1, NULL, 1, settle_mul, run_both, false},
    {"Div", 2, 2, 1, NULL, 1, settle_div, run_both, false},
    {"Pow", 2, 2, 1, NULL, 1, settle_power, run_both, false},
    {"Max", 1, CO_OP_ANY, 1, NULL, 1, settle_max, run_several, false},
    {"Min", 1, CO_OP_ANY, 1, NULL, 1, settle_min, run_several, false},
    {"Equal", 2, 2, 1, NULL, 1, settle_equal, run_both, false},
    {"Less", 2, 2, 1, NULL, 1, settle_less, run_both, false},
    {"Greater", 2, 2, 1, NULL, 1, settle_greater, run_both, false},
    {"LessOrEqual", 2, 2, 1, NULL, 12, settle_least, run_both, false},
    {"GreaterOrEqual", 2, 2, 1, NULL, 12, settle_most, run_both, false},
    {"And", 2, 2, 1, NULL, 1, settle_and, run_both, false},
    {"Or", 2, 2, 1, NULL, 1, settle_or, run_both, false},
    {"Where", 3, 3, 1, NULL, 9, settle_where, run_where, false},
    {0},
};
