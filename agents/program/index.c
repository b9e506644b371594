// Numbers by their index, shapes as numbers and numbers in the shape that others say, and the
// convolution along one axis.

#include "agents/program/private/each.h"
#include "agents/program/private/families.h"

#include <string.h>

// ---- shapes

typedef struct shape_parameters {
  int first, count;  // axes whose sizes are told
} shape_parameters;

static int64_t hold(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : x > high ? high : x;
}

static co_status settle_shape_of(co_settling *s) {
  shape_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  int64_t rank = co_settle_in(s, 0)->rank;
  int64_t from = co_settle_int(s, "start", 0), until = co_settle_int(s, "end", rank);
  from = hold(from < 0 ? from + rank : from, 0, rank);
  until = hold(until < 0 ? until + rank : until, 0, rank);
  *p = (shape_parameters){(int)from, (int)(until > from ? until - from : 0)};
  s->by_shape = true;
  return co_settle_shape(s, 0, true, 1, (int64_t[]){p->count});
}

static void run_shape_of(const co_op_run *run) {
  const shape_parameters *p = run->op->parameters;
  if (p->count > 0)
    memcpy(co_run_out(run, 0), co_run_value(run, 0)->shape + p->first,
           (size_t)p->count * sizeof(int64_t));
}

// The same number in all places.
static co_status settle_filled(co_settling *s) {
  co_wholes sizes;
  CO_TRY(co_settle_constant(s, 0, "the sizes", &sizes));
  const co_onnx_attribute *value = co_settle_attribute(s, "value");
  bool whole = value && value->tensor.integer;
  if (value && value->tensor.count != 1) return co_settle_fail(s, "its value is no single number");
  s->parameters = value ? co_unconst(&value->tensor) : NULL;
  return co_settle_shape(s, 0, whole, sizes.count, sizes.value);
}

static void run_filled(const co_op_run *run) {
  const co_onnx_tensor *value = run->op->parameters;
  const co_program_value *out = co_run_result(run, 0);
  float *real = co_run_out(run, 0);
  int64_t *whole = co_run_out(run, 0);
  for (int64_t i = 0; i < out->count; i++) {
    if (out->whole)
      whole[i] = *value->integer;
    else
      real[i] = value ? *value->number : 0;
  }
}

// ---- broadcast

static co_status settle_expand(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  co_each *each = co_settle_parameters(s, sizeof *each);
  co_wholes sizes;
  if (!each) return CO_MEMORY;
  CO_TRY(co_settle_constant(s, 1, "the sizes", &sizes));
  if (sizes.count > CO_ONNX_RANK) return co_settle_fail(s, "%d dimensions", sizes.count);
  int rank = sizes.count > in->rank ? sizes.count : in->rank;
  int64_t shape[CO_ONNX_RANK];
  for (int d = 0; d < rank; d++) {
    int a = d - (rank - in->rank), b = d - (rank - sizes.count);
    int64_t x = a < 0 ? 1 : in->shape[a], y = b < 0 ? 1 : sizes.value[b];
    if (x != y && x != 1 && y != 1)
      return co_settle_fail(s, "a size of %lld to %lld", (long long)x, (long long)y);
    shape[d] = x == 1 ? y : x;
  }
  CO_TRY(co_settle_shape(s, 0, in->whole, rank, shape));
  co_each_add(each, in, co_settle_out(s, 0));
  co_each_collapse(each);
  return CO_OK;
}

static void take(const void *const *in, const int64_t *step, int64_t count, void *out,
                 const void *parameters) {
  size_t size = *(const size_t *)parameters;
  for (int64_t i = 0; i < count; i++)
    memcpy((char *)out + (size_t)i * size, (const char *)in[0] + (size_t)(i * step[0]) * size,
           size);
}

static void run_expand(const co_op_run *run) {
  size_t size = co_value_size(co_run_result(run, 0));
  const void *in[1] = {co_run_in(run, 0)};
  co_each_run(run->op->parameters, in, &size, co_run_out(run, 0), size, take, &size);
}

// ---- gather

static co_status settle_gather(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0), *index = co_settle_in(s, 1);
  int *axis = co_settle_parameters(s, sizeof *axis), rank = 0;
  int64_t shape[2 * CO_ONNX_RANK];
  if (!axis) return CO_MEMORY;
  if (!index || !index->whole) return co_settle_fail(s, "its indices are no whole numbers");
  CO_TRY(co_settle_axis(s, co_settle_int(s, "axis", 0), in->rank, axis));
  int64_t size = in->shape[*axis];
  for (int64_t i = 0; index->integer && i < index->count; i++)
    if (index->integer[i] < -size || index->integer[i] >= size)
      return co_settle_fail(s, "index %lld of %lld numbers", (long long)index->integer[i],
                            (long long)size);
  if (size == 0) return co_settle_fail(s, "it takes from an axis without numbers");
  for (int d = 0; d < *axis; d++) shape[rank++] = in->shape[d];
  for (int d = 0; d < index->rank; d++) shape[rank++] = index->shape[d];
  for (int d = *axis + 1; d < in->rank; d++) shape[rank++] = in->shape[d];
  return co_settle_shape(s, 0, in->whole, rank, shape);
}

// An index that points outside is held at the edge.
static void run_gather(const co_op_run *run) {
  const co_program_value *in = co_run_value(run, 0), *index = co_run_value(run, 1);
  co_around around = co_settle_around(in, *(const int *)run->op->parameters);
  const int64_t *wanted = co_run_in(run, 1);
  const char *from = co_run_in(run, 0);
  char *to = co_run_out(run, 0);
  size_t bytes = (size_t)around.behind * co_value_size(in);
  for (int64_t b = 0; b < around.before; b++)
    for (int64_t i = 0; i < index->count; i++, to += bytes) {
      int64_t at = wanted[i] < 0 ? wanted[i] + around.size : wanted[i];
      at = b * around.size + hold(at, 0, around.size - 1);
      memcpy(to, from + (size_t)at * bytes, bytes);
    }
}

// ---- convolution

typedef struct conv_parameters {
  int64_t groups, in, out, size, steps, stride, pad, spread;  // channels are per group
  int64_t length;                                             // of the input
} conv_parameters;

// A list of `count` numbers in place of those in `out`, where there is one.
static co_status list_of(const co_settling *s, const char *name, int count, int64_t *out) {
  co_wholes list = co_settle_ints(s, name);
  if (list.stated && list.count != count)
    return co_settle_fail(s, "%d %s; %d are asked for", list.count, name, count);
  for (int i = 0; i < list.count; i++) out[i] = list.value[i];
  return CO_OK;
}

// `size` is that of the weights.
static co_status read_conv(const co_settling *s, int64_t size, conv_parameters *p,
                           int64_t *pad_behind) {
  int64_t pads[2] = {0, 0}, kernel = size;
  if (strcmp(co_settle_text(s, "auto_pad", "NOTSET"), "NOTSET") != 0)
    return co_settle_fail(s, "its pads follow from its shape; export them as numbers");
  p->stride = p->spread = 1;
  CO_TRY(list_of(s, "strides", 1, &p->stride));
  CO_TRY(list_of(s, "dilations", 1, &p->spread));
  CO_TRY(list_of(s, "pads", 2, pads));
  CO_TRY(list_of(s, "kernel_shape", 1, &kernel));
  if (kernel != size)
    return co_settle_fail(s, "a kernel_shape of %lld, but weights of %lld", (long long)kernel,
                          (long long)size);
  p->groups = co_settle_int(s, "group", 1);
  p->pad = pads[0];
  *pad_behind = pads[1];
  bool fits = p->groups > 0 && p->stride > 0 && p->spread > 0 && p->pad >= 0 && *pad_behind >= 0;
  int64_t most = INT16_MAX;
  fits = fits && p->stride <= most && p->spread <= most && p->pad <= most && *pad_behind <= most;
  return fits ? CO_OK : co_settle_fail(s, "impossible strides, dilations, pads or groups");
}

static co_status settle_conv(co_settling *s) {
  conv_parameters *p = co_settle_parameters(s, sizeof *p);
  int64_t behind = 0;
  if (!p) return CO_MEMORY;
  for (int i = 0; i < 2; i++) CO_TRY(co_settle_real(s, i));
  const co_program_value *x = co_settle_in(s, 0), *w = co_settle_in(s, 1), *b = co_settle_in(s, 2);
  if (x->rank != 3 || w->rank != 3)
    return co_settle_fail(s, "it goes along %d axes; one is known", x->rank - 2);
  CO_TRY(read_conv(s, w->shape[2], p, &behind));
  p->in = w->shape[1];
  p->out = w->shape[0] / p->groups;
  p->size = w->shape[2];
  p->length = x->shape[2];
  if (p->in * p->groups != x->shape[1] || p->out * p->groups != w->shape[0] || p->size < 1 ||
      p->size > INT16_MAX)
    return co_settle_fail(s, "its weights do not fit the channels of its input");
  int64_t covered = (p->size - 1) * p->spread + 1, room = p->length + p->pad + behind;
  if (room < covered) return co_settle_fail(s, "its input is shorter than its weights");
  p->steps = (room - covered) / p->stride + 1;
  if (b && (b->whole || b->count != w->shape[0]))
    return co_settle_fail(s, "its bias does not fit its weights");
  s->products = (double)x->shape[0] * (double)w->count * (double)p->steps;
  return co_settle_shape(s, 0, false, 3, (int64_t[]){x->shape[0], w->shape[0], p->steps});
}

static float conv_at(const conv_parameters *p, const float *x, const float *w, int64_t step) {
  double sum = 0;
  for (int64_t c = 0; c < p->in; c++)
    for (int64_t k = 0; k < p->size; k++) {
      int64_t at = step * p->stride + k * p->spread - p->pad;
      if (at >= 0 && at < p->length)
        sum += (double)x[c * p->length + at] * (double)w[c * p->size + k];
    }
  return (float)sum;
}

static void run_conv(const co_op_run *run) {
  const conv_parameters *p = run->op->parameters;
  const float *x = co_run_in(run, 0), *w = co_run_in(run, 1), *bias = co_run_in(run, 2);
  float *y = co_run_out(run, 0);
  for (int64_t n = 0; n < co_run_value(run, 0)->shape[0]; n++)
    for (int64_t o = 0; o < p->groups * p->out; o++) {
      const float *from = x + (n * p->groups + o / p->out) * p->in * p->length;
      for (int64_t t = 0; t < p->steps; t++)
        *y++ = conv_at(p, from, w + o * p->in * p->size, t) + (bias ? bias[o] : 0);
    }
}

static const char conv_attributes[] =
    "auto_pad:t dilations:I group:i kernel_shape:I pads:I strides:I";

const co_op_class co_ops_index[] = {
    {"Shape", 1, 1, 1, "start:i end:i", 1, settle_shape_of, run_shape_of, false},
    {"ConstantOfShape", 1, 1, 1, "value:T", 9, settle_filled, run_filled, false},
    {"Expand", 2, 2, 1, NULL, 8, settle_expand, run_expand, false},
    {"Gather", 2, 2, 1, "axis:i", 1, settle_gather, run_gather, false},
    {"Conv", 2, 3, 1, conv_attributes, 1, settle_conv, run_conv, false},
    {0},
};
