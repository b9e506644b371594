// Operators on each number alone. Exponentials are the kernels', which are the same at every level
// of the CPU; a root is exact on any.

#include "agents/nn/kernels/kernels.h"
#include "agents/program/private/families.h"
#include "agents/program/private/precise.h"
#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"

#include <math.h>
#include <string.h>

typedef struct unary_parameters {
  float alpha, gamma;
  float low, high;       // of Clip
  bool low_in, high_in;  // they are inputs 1 and 2
  bool by_tanh;          // of Gelu
} unary_parameters;

typedef struct reals {
  const float *x;
  float *y;
  int64_t count;
  const unary_parameters *p;
} reals;

static reals reals_of(const co_op_run *run) {
  return (reals){co_run_in(run, 0), co_run_out(run, 0), co_run_value(run, 0)->count,
                 run->op->parameters};
}

// ---- settling

static co_status settle_real(co_settling *s) {
  CO_TRY(co_settle_real(s, 0));
  return co_settle_like(s, 0, co_settle_in(s, 0));
}

static co_status settle_any(co_settling *s) {
  return co_settle_like(s, 0, co_settle_in(s, 0));
}

static co_status settle_with(co_settling *s, float alpha, float gamma) {
  unary_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  p->alpha = co_settle_float(s, "alpha", alpha);
  p->gamma = co_settle_float(s, "gamma", gamma);
  return settle_real(s);
}

static co_status settle_elu(co_settling *s) {
  return settle_with(s, 1, 1);
}

static co_status settle_leaky(co_settling *s) {
  return settle_with(s, 0.01f, 1);
}

// The constants of Klambauer et al. 2017 (arXiv 1706.02515), as the standard has them.
static co_status settle_selu(co_settling *s) {
  return settle_with(s, 1.67326319217681884765625f, 1.05070102214813232421875f);
}

// ---- running

// By the kernels, which take whole lines; every value has room for them.
static void run_kernel(const co_op_run *run, co_activation activation) {
  reals r = reals_of(run);
  size_t count = (size_t)r.count, padded = (size_t)co_padded((int)r.count);
  memcpy(r.y, r.x, count * sizeof *r.y);
  memset(r.y + count, 0, (padded - count) * sizeof *r.y);
  co_kernels_get()->activate(activation, padded, r.y, NULL);
}

static void run_relu(const co_op_run *run) {
  run_kernel(run, CO_RELU);
}

static void run_leaky(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = r.x[i] < 0 ? r.p->alpha * r.x[i] : r.x[i];
}

// gamma x above 0, gamma alpha (exp x - 1) below
static void run_elu(const co_op_run *run) {
  reals r = reals_of(run);
  float below = r.p->gamma * r.p->alpha;
  if (below == 1 && r.p->gamma == 1) {
    run_kernel(run, CO_ELU);
    return;
  }
  co_kernels_get()->exp(r.x, (int)r.count, r.y);
  for (int64_t i = 0; i < r.count; i++)
    r.y[i] = r.x[i] > 0 ? r.p->gamma * r.x[i] : below * (r.y[i] - 1);
}

static void run_tanh(const co_op_run *run) {
  reals r = reals_of(run);
  co_kernels_get()->tanh(r.x, (int)r.count, r.y);
}

// 1 / (1 + exp -x)
static void run_sigmoid(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = -r.x[i];
  co_kernels_get()->exp(r.y, (int)r.count, r.y);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = 1 / (1 + r.y[i]);
}

// log (1 + exp x) = max(x, 0) + log (1 + exp -|x|)
static void run_softplus(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = -fabsf(r.x[i]);
  co_kernels_get()->exp(r.y, (int)r.count, r.y);
  for (int64_t i = 0; i < r.count; i++) r.y[i] += 1;
  co_kernels_get()->log(r.y, (int)r.count, r.y);
  for (int64_t i = 0; i < r.count; i++) r.y[i] += r.x[i] > 0 ? r.x[i] : 0;
}

static void run_neg(const co_op_run *run) {
  reals r = reals_of(run);
  if (!co_run_value(run, 0)->whole) {
    for (int64_t i = 0; i < r.count; i++) r.y[i] = -r.x[i];
    return;
  }
  const int64_t *x = co_run_in(run, 0);
  int64_t *y = co_run_out(run, 0);
  for (int64_t i = 0; i < r.count; i++) y[i] = (int64_t)(0 - (uint64_t)x[i]);
}

// The size of a number.
static void run_abs(const co_op_run *run) {
  reals r = reals_of(run);
  if (!co_run_value(run, 0)->whole) {
    for (int64_t i = 0; i < r.count; i++) r.y[i] = fabsf(r.x[i]);
    return;
  }
  const int64_t *x = co_run_in(run, 0);
  int64_t *y = co_run_out(run, 0);
  for (int64_t i = 0; i < r.count; i++) y[i] = x[i] < 0 ? (int64_t)(0 - (uint64_t)x[i]) : x[i];
}

static void run_not(const co_op_run *run) {
  const int64_t *x = co_run_in(run, 0);
  int64_t *y = co_run_out(run, 0);
  for (int64_t i = 0; i < co_run_value(run, 0)->count; i++) y[i] = x[i] == 0;
}

static co_status settle_flag(co_settling *s) {
  if (!co_settle_in(s, 0)->whole) return co_settle_fail(s, "it takes marks, not real numbers");
  return co_settle_like(s, 0, co_settle_in(s, 0));
}

static void run_sqrt(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = sqrtf(r.x[i]);
}

static void run_reciprocal(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = 1 / r.x[i];
}

// By the square of a half's, since the kernel holds its argument in -87..88.
static void run_exp(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = 0.5f * r.x[i];
  co_kernels_get()->exp(r.y, (int)r.count, r.y);
  for (int64_t i = 0; i < r.count; i++) r.y[i] *= r.y[i];
}

// The kernel takes normal positive numbers.
static float log_of(float x) {
  const float most_small = 0x1p-126f, raise = 0x1p24f, ln2 = 0.693147180559945f;
  if (x == 0) return -INFINITY;
  if (!(x > 0) || isinf(x)) return x > 0 ? x : NAN;
  float y = x < most_small ? x * raise : x;
  co_kernels_get()->log(&y, 1, &y);
  return x < most_small ? y - 24 * ln2 : y;
}

static void run_log(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = log_of(r.x[i]);
}

// By its series up to a half (Abramowitz & Stegun 7.1.5), then from 1.
static float erf_of(float x) {
  double a = (double)x, square = a * a, sum = 0, term = a;
  if (!(square < 0.25)) return (float)(1 - co_precise_erfc(a));
  for (int n = 0; n < 10; n++, term *= -square / n) sum += term / (2 * n + 1);
  return (float)(1.1283791670955126 * sum);
}

static void run_erf(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = erf_of(r.x[i]);
}

// x (1 + erf(x / root 2)) / 2, or its approximation by tanh (Hendrycks & Gimpel 2016).
static co_status settle_gelu(co_settling *s) {
  unary_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  const char *way = co_settle_text(s, "approximate", "none");
  p->by_tanh = strcmp(way, "tanh") == 0;
  if (!p->by_tanh && strcmp(way, "none") != 0)
    return co_settle_fail(s, "approximation \"%.40s\"; there are none and tanh", way);
  return settle_real(s);
}

// 1 + tanh z = 2 / (1 + exp -2z) and 1 + erf z = erfc -z keep their digits far below zero.
static float gelu_of(float of, bool by_tanh) {
  double x = (double)of;
  if (!by_tanh) return (float)(0.5 * x * co_precise_erfc(-0.70710678118654752 * x));
  double bent = 0.79788456080286536 * (x + 0.044715 * x * x * x);
  return (float)(x / (1 + co_precise_exp(-2 * bent)));
}

static void run_gelu(const co_op_run *run) {
  reals r = reals_of(run);
  for (int64_t i = 0; i < r.count; i++) r.y[i] = gelu_of(r.x[i], r.p->by_tanh);
}

// ---- bounds

static co_status settle_bound(co_settling *s, int index, bool *given) {
  const co_program_value *bound = co_settle_in(s, index);
  *given = bound != NULL;
  if (!bound) return CO_OK;
  if (bound->count != 1) return co_settle_fail(s, "bound \"%s\" is no single number", bound->name);
  if (bound->whole != co_settle_in(s, 0)->whole)
    return co_settle_fail(s, "bound \"%s\" is of another type than the numbers", bound->name);
  return CO_OK;
}

// Attributes up to version 10, inputs from then on.
static co_status settle_clip(co_settling *s) {
  unary_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  p->low = co_settle_float(s, "min", -INFINITY);
  p->high = co_settle_float(s, "max", INFINITY);
  bool attributes = s->op->num_attributes > 0;
  if (s->op->opset >= 11 ? attributes : s->op->num_inputs > 1)
    return co_settle_fail(s, "bounds are %s in version %lld of the operators",
                          attributes ? "inputs" : "attributes", (long long)s->op->opset);
  CO_TRY(settle_bound(s, 1, &p->low_in));
  CO_TRY(settle_bound(s, 2, &p->high_in));
  return co_settle_like(s, 0, co_settle_in(s, 0));
}

static void clip_whole(const co_op_run *run, const unary_parameters *p) {
  const int64_t *x = co_run_in(run, 0);
  int64_t *y = co_run_out(run, 0);
  int64_t low = p->low_in ? *(const int64_t *)co_run_in(run, 1) : INT64_MIN;
  int64_t high = p->high_in ? *(const int64_t *)co_run_in(run, 2) : INT64_MAX;
  for (int64_t i = 0; i < co_run_value(run, 0)->count; i++) {
    y[i] = x[i] < low ? low : x[i];
    if (y[i] > high) y[i] = high;
  }
}

// Where the bounds cross, the upper one wins.
static void run_clip(const co_op_run *run) {
  reals r = reals_of(run);
  if (co_run_value(run, 0)->whole) {
    clip_whole(run, r.p);
    return;
  }
  float low = r.p->low_in ? *(const float *)co_run_in(run, 1) : r.p->low;
  float high = r.p->high_in ? *(const float *)co_run_in(run, 2) : r.p->high;
  for (int64_t i = 0; i < r.count; i++) {
    float y = r.x[i] < low ? low : r.x[i];
    r.y[i] = y > high ? high : y;
  }
}

const co_op_class co_ops_unary[] = {
    {"Relu", 1, 1, 1, NULL, 1, settle_real, run_relu, false},
    {"LeakyRelu", 1, 1, 1, "alpha:f", 1, settle_leaky, run_leaky, false},
    {"Elu", 1, 1, 1, "alpha:f", 1, settle_elu, run_elu, false},
    {"Selu", 1, 1, 1, "alpha:f gamma:f", 1, settle_selu, run_elu, false},
    {"Tanh", 1, 1, 1, NULL, 1, settle_real, run_tanh, false},
    {"Sigmoid", 1, 1, 1, NULL, 1, settle_real, run_sigmoid, false},
    {"Softplus", 1, 1, 1, NULL, 1, settle_real, run_softplus, false},
    {"Neg", 1, 1, 1, NULL, 1, settle_any, run_neg, false},
    {"Abs", 1, 1, 1, NULL, 1, settle_any, run_abs, false},
    {"Not", 1, 1, 1, NULL, 1, settle_flag, run_not, false},
    {"Sqrt", 1, 1, 1, NULL, 1, settle_real, run_sqrt, false},
    {"Reciprocal", 1, 1, 1, NULL, 1, settle_real, run_reciprocal, false},
    {"Exp", 1, 1, 1, NULL, 1, settle_real, run_exp, false},
    {"Log", 1, 1, 1, NULL, 1, settle_real, run_log, false},
    {"Erf", 1, 1, 1, NULL, 9, settle_real, run_erf, false},
    {"Gelu", 1, 1, 1, "approximate:t", 20, settle_gelu, run_gelu, false},
    {"Clip", 1, 3, 1, "min:f max:f", 1, settle_clip, run_clip, false},
    {0},
};
