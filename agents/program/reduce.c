// Operators that make one number of many along some axes, and those that normalise along them.
// Sums go through the numbers in their order, in double, so that their bits depend on nothing else.

#include "agents/nn/kernels/kernels.h"
#include "agents/program/private/families.h"
#include "agents/program/private/run.h"
#include "agents/program/private/settle.h"

#include <math.h>
#include <string.h>

// ---- over axes

typedef struct reduce_parameters {
  int64_t step[CO_ONNX_RANK];  // in the result; 0 along an axis that goes
  int64_t numbers;             // that make one
} reduce_parameters;

// Which axes go: those that are named, else all of them, or none where it says so.
static co_status find_axes(const co_settling *s, int last_attribute, bool *gone) {
  const co_program_value *in = co_settle_in(s, 0);
  co_wholes axes;
  CO_TRY(co_settle_list(s, "axes", 1, last_attribute, &axes));
  bool none = co_settle_int(s, "noop_with_empty_axes", 0) != 0;
  for (int d = 0; d < CO_ONNX_RANK; d++) gone[d] = axes.count == 0 && !none && d < in->rank;
  for (int i = 0; i < axes.count; i++) {
    int axis;
    CO_TRY(co_settle_axis(s, axes.value[i], in->rank, &axis));
    gone[axis] = true;
  }
  return CO_OK;
}

static co_status settle_reduce(co_settling *s, int last_attribute, bool of_none) {
  const co_program_value *in = co_settle_in(s, 0);
  reduce_parameters *p = co_settle_parameters(s, sizeof *p);
  bool gone[CO_ONNX_RANK], kept = co_settle_int(s, "keepdims", 1) != 0;
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  CO_TRY(find_axes(s, last_attribute, gone));
  int64_t shape[CO_ONNX_RANK], step = 1;
  int rank = 0;
  p->numbers = 1;
  for (int d = 0; d < in->rank; d++) {
    if (gone[d]) p->numbers *= in->shape[d];
    if (!gone[d] || kept) shape[rank++] = gone[d] ? 1 : in->shape[d];
  }
  for (int d = in->rank - 1; d >= 0; d--) {
    p->step[d] = gone[d] ? 0 : step;
    if (!gone[d]) step *= in->shape[d];
  }
  if (p->numbers == 0 && !of_none) return co_settle_fail(s, "there is no largest of no numbers");
  s->scratch = 2 * (size_t)step;  // a double each
  s->products = (double)in->count;
  return co_settle_shape(s, 0, false, rank, shape);
}

// Where the next number's result is.
static int64_t advance(const co_program_value *in, const reduce_parameters *p, int64_t *at,
                       int64_t to) {
  for (int d = in->rank - 1; d >= 0; d--) {
    to += p->step[d];
    if (++at[d] < in->shape[d]) return to;
    to -= p->step[d] * in->shape[d];
    at[d] = 0;
  }
  return to;
}

typedef double (*join_fn)(double sum, double x);

static double join_sum(double sum, double x) {
  return sum + x;
}
static double join_square(double sum, double x) {
  return sum + x * x;
}
static double join_max(double sum, double x) {
  return x > sum || isnan(x) ? x : sum;
}
static double join_min(double sum, double x) {
  return x < sum || isnan(x) ? x : sum;
}

static double *reduce(const co_op_run *run, join_fn join, double start) {
  const co_program_value *in = co_run_value(run, 0), *out = co_run_result(run, 0);
  const reduce_parameters *p = run->op->parameters;
  const float *x = co_run_in(run, 0);
  double *sum = (double *)(void *)run->scratch;
  int64_t at[CO_ONNX_RANK] = {0}, to = 0;
  for (int64_t i = 0; i < out->count; i++) sum[i] = start;
  for (int64_t i = 0; i < in->count; i++) {
    sum[to] = join(sum[to], (double)x[i]);
    to = advance(in, p, at, to);
  }
  return sum;
}

static void put(const co_op_run *run, const double *sum, double by, bool root) {
  float *y = co_run_out(run, 0);
  for (int64_t i = 0; i < co_run_result(run, 0)->count; i++)
    y[i] = (float)(root ? sqrt(sum[i]) : sum[i] / by);
}

static void run_sum(const co_op_run *run) {
  put(run, reduce(run, join_sum, 0), 1, false);
}
static void run_mean(const co_op_run *run) {
  const reduce_parameters *p = run->op->parameters;
  put(run, reduce(run, join_sum, 0), (double)p->numbers, false);
}
static void run_l2(const co_op_run *run) {
  put(run, reduce(run, join_square, 0), 1, true);
}
static void run_square(const co_op_run *run) {
  put(run, reduce(run, join_square, 0), 1, false);
}
static void run_max(const co_op_run *run) {
  put(run, reduce(run, join_max, -INFINITY), 1, false);
}
static void run_min(const co_op_run *run) {
  put(run, reduce(run, join_min, INFINITY), 1, false);
}

// Axes are an input from version 13 on of a sum, from 18 on of the others.
static co_status settle_sum(co_settling *s) {
  return settle_reduce(s, 12, true);
}
static co_status settle_others(co_settling *s) {
  return settle_reduce(s, 17, true);
}
static co_status settle_ends(co_settling *s) {
  return settle_reduce(s, 17, false);
}

// ---- softmax

// From version 13 on along one axis, before over all from it on.
static co_status settle_softmax(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  co_around *p = co_settle_parameters(s, sizeof *p);
  bool one = s->op->opset >= 13;
  int axis;
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  CO_TRY(co_settle_axis(s, co_settle_int(s, "axis", one ? -1 : 1), in->rank, &axis));
  *p = co_settle_around(in, axis);
  if (!one) *p = (co_around){p->before, p->size * p->behind, 1};
  s->products = (double)in->count;
  return co_settle_like(s, 0, in);
}

static void softmax(const float *x, float *y, int64_t count, int64_t step) {
  float most = -INFINITY;
  double sum = 0;
  for (int64_t i = 0; i < count; i++) most = fmaxf(most, x[i * step]);
  for (int64_t i = 0; i < count; i++) {
    float power = x[i * step] - most;
    co_kernels_get()->exp(&power, 1, &power);
    sum += (double)power;
    y[i * step] = power;
  }
  for (int64_t i = 0; i < count; i++) y[i * step] = (float)((double)y[i * step] / sum);
}

static void run_softmax(const co_op_run *run) {
  const co_around *p = run->op->parameters;
  const float *x = co_run_in(run, 0);
  float *y = co_run_out(run, 0);
  for (int64_t b = 0; b < p->before; b++)
    for (int64_t k = 0; k < p->behind; k++) {
      int64_t at = b * p->size * p->behind + k;
      softmax(x + at, y + at, p->size, p->behind);
    }
}

// ---- normalisation

typedef struct norm_parameters {
  int64_t rows, width;  // numbers that are normalised together
  int64_t channels, behind;
  float epsilon;
} norm_parameters;

// Numbers of an input, one for each of `count`.
static co_status check_list(const co_settling *s, int index, int64_t count) {
  const co_program_value *value = co_settle_in(s, index);
  if (!value) return co_settle_fail(s, "input %d is left out", index);
  CO_TRY(co_settle_real(s, index));
  if (value->count == count) return CO_OK;
  return co_settle_fail(s, "\"%s\" has %lld numbers, not %lld", value->name,
                        (long long)value->count, (long long)count);
}

// Ba, Kiros & Hinton 2016, over the axes from one on.
static co_status settle_layer_norm(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  norm_parameters *p = co_settle_parameters(s, sizeof *p);
  int axis;
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  CO_TRY(co_settle_axis(s, co_settle_int(s, "axis", -1), in->rank, &axis));
  co_around around = co_settle_around(in, axis);
  *p = (norm_parameters){.rows = around.before,
                         .width = around.size * around.behind,
                         .epsilon = co_settle_float(s, "epsilon", 1e-5f)};
  CO_TRY(check_list(s, 1, p->width));
  if (co_settle_in(s, 2)) CO_TRY(check_list(s, 2, p->width));
  if (co_settle_out(s, 1) || co_settle_out(s, 2))
    return co_settle_fail(s, "its mean and deviation are no results here");
  s->products = (double)in->count;
  return co_settle_like(s, 0, in);
}

static void run_layer_norm(const co_op_run *run) {
  const norm_parameters *p = run->op->parameters;
  const float *x = co_run_in(run, 0), *gain = co_run_in(run, 1), *bias = co_run_in(run, 2);
  float *y = co_run_out(run, 0);
  for (int64_t r = 0; r < p->rows; r++, x += p->width, y += p->width) {
    double mean = 0, square = 0;
    for (int64_t i = 0; i < p->width; i++) mean += (double)x[i];
    mean /= (double)p->width;
    for (int64_t i = 0; i < p->width; i++) square += ((double)x[i] - mean) * ((double)x[i] - mean);
    double inverse = 1 / sqrt(square / (double)p->width + (double)p->epsilon);
    for (int64_t i = 0; i < p->width; i++)
      y[i] = (float)(((double)x[i] - mean) * inverse) * gain[i] + (bias ? bias[i] : 0);
  }
}

// By statistics that training left (Ioffe & Szegedy 2015).
static co_status settle_batch_norm(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  norm_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  if (in->rank < 2) return co_settle_fail(s, "its input has no axis of channels");
  if (co_settle_int(s, "training_mode", 0)) return co_settle_fail(s, "it is in training");
  for (int i = 1; i < s->op->num_outputs; i++)
    if (co_settle_out(s, i)) return co_settle_fail(s, "it gives statistics, as in training");
  co_around around = co_settle_around(in, 1);
  *p = (norm_parameters){.rows = around.before,
                         .channels = around.size,
                         .behind = around.behind,
                         .epsilon = co_settle_float(s, "epsilon", 1e-5f)};
  for (int i = 1; i < 5; i++) CO_TRY(check_list(s, i, around.size));
  return co_settle_like(s, 0, in);
}

static void run_batch_norm(const co_op_run *run) {
  const norm_parameters *p = run->op->parameters;
  const float *x = co_run_in(run, 0), *gain = co_run_in(run, 1), *bias = co_run_in(run, 2);
  const float *mean = co_run_in(run, 3), *var = co_run_in(run, 4);
  float *y = co_run_out(run, 0);
  for (int64_t r = 0; r < p->rows; r++)
    for (int64_t c = 0; c < p->channels; c++) {
      float factor = gain[c] / sqrtf(var[c] + p->epsilon);
      for (int64_t k = 0; k < p->behind; k++, x++, y++) *y = (*x - mean[c]) * factor + bias[c];
    }
}

// Nothing is dropped by a policy that acts.
static co_status settle_dropout(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0), *training = co_settle_in(s, 2);
  if (training && (!training->integer || training->count != 1 || training->integer[0]))
    return co_settle_fail(s, "it is in training");
  if (co_settle_out(s, 1)) return co_settle_fail(s, "what it drops is no result here");
  return co_settle_like(s, 0, in);
}

static void run_dropout(const co_op_run *run) {
  const co_program_value *in = co_run_value(run, 0);
  size_t bytes = (size_t)in->count * co_value_size(in);
  if (bytes > 0) memcpy(co_run_out(run, 0), co_run_in(run, 0), bytes);
}

static const char over_axes[] = "axes:I keepdims:i noop_with_empty_axes:i";
static const char batch_attributes[] = "epsilon:f momentum:f training_mode:i spatial:i";

const co_op_class co_ops_reduce[] = {
    {"ReduceSum", 1, 2, 1, over_axes, 1, settle_sum, run_sum, false},
    {"ReduceMean", 1, 2, 1, over_axes, 1, settle_others, run_mean, false},
    {"ReduceL2", 1, 2, 1, over_axes, 1, settle_others, run_l2, false},
    {"ReduceSumSquare", 1, 2, 1, over_axes, 1, settle_others, run_square, false},
    {"ReduceMax", 1, 2, 1, over_axes, 1, settle_ends, run_max, false},
    {"ReduceMin", 1, 2, 1, over_axes, 1, settle_ends, run_min, false},
    {"Softmax", 1, 1, 1, "axis:i", 1, settle_softmax, run_softmax, false},
    {"LayerNormalization", 2, 3, 3, "axis:i epsilon:f stash_type:i", 17, settle_layer_norm,
     run_layer_norm, false},
    {"BatchNormalization", 5, 5, 5, batch_attributes, 9, settle_batch_norm, run_batch_norm, false},
    {"Dropout", 1, 3, 2, "ratio:f seed:i", 7, settle_dropout, run_dropout, false},
    {0},
};
