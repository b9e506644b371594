// Operators that bring numbers to other places.

#include "agents/program/private/each.h"
#include "agents/program/private/families.h"

#include <string.h>

// ---- one behind the other

typedef struct axis_parameters {
  int axis;
} axis_parameters;

static co_status settle_concat(co_settling *s) {
  axis_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  CO_TRY(co_settle_same_kind(s));
  const co_program_value *first = co_settle_in(s, 0);
  if (!co_settle_attribute(s, "axis")) return co_settle_fail(s, "it does not say along which axis");
  CO_TRY(co_settle_axis(s, co_settle_int(s, "axis", 0), first->rank, &p->axis));
  int64_t shape[CO_ONNX_RANK];
  memcpy(shape, first->shape, sizeof shape);
  for (int i = 1; i < s->op->num_inputs; i++) {
    const co_program_value *in = co_settle_in(s, i);
    bool fits = in->rank == first->rank;
    for (int d = 0; fits && d < in->rank; d++)
      fits = d == p->axis || in->shape[d] == first->shape[d];
    if (!fits) return co_settle_fail(s, "\"%s\" has another shape than the others", in->name);
    shape[p->axis] += in->shape[p->axis];
  }
  return co_settle_shape(s, 0, first->whole, first->rank, shape);
}

static void run_concat(const co_op_run *run) {
  const axis_parameters *p = run->op->parameters;
  const co_program_value *out = co_run_result(run, 0);
  co_around whole = co_settle_around(out, p->axis);
  size_t number = co_value_size(out), pitch = (size_t)(whole.size * whole.behind) * number;
  char *to = co_run_out(run, 0);
  for (int i = 0; i < run->op->num_inputs; i++) {
    const char *from = co_run_in(run, i);
    size_t bytes = (size_t)(co_run_value(run, i)->shape[p->axis] * whole.behind) * number;
    for (int64_t b = 0; bytes > 0 && b < whole.before; b++)
      memcpy(to + (size_t)b * pitch, from + (size_t)b * bytes, bytes);
    to += bytes;
  }
}

// Equal parts where no sizes are given; the last one is smaller where `num_outputs` says so.
static co_status equal_parts(const co_settling *s, int64_t size, int64_t *part) {
  int64_t count = s->op->num_outputs, named = co_settle_int(s, "num_outputs", count);
  if (named != count)
    return co_settle_fail(s, "%lld parts, but %lld outputs", (long long)named, (long long)count);
  *part = (size + count - 1) / count;
  bool even = size % count == 0;
  if (even || (s->op->opset >= 18 && *part * (count - 1) < size)) return CO_OK;
  return co_settle_fail(s, "a size of %lld can't be split into %lld parts", (long long)size,
                        (long long)count);
}

static co_status settle_split(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  axis_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  co_wholes parts;
  CO_TRY(co_settle_axis(s, co_settle_int(s, "axis", 0), in->rank, &p->axis));
  CO_TRY(co_settle_list(s, "split", 1, 12, &parts));
  int64_t shape[CO_ONNX_RANK], left = in->shape[p->axis], part = 0;
  memcpy(shape, in->shape, sizeof shape);
  if (!parts.stated) CO_TRY(equal_parts(s, left, &part));
  if (parts.stated && parts.count != s->op->num_outputs)
    return co_settle_fail(s, "%d sizes for %d outputs", parts.count, s->op->num_outputs);
  for (int i = 0; i < s->op->num_outputs; i++) {
    shape[p->axis] = parts.stated ? parts.value[i] : part < left ? part : left;
    if (shape[p->axis] < 0 || shape[p->axis] > left)
      return co_settle_fail(s, "its sizes are not those of axis %d", p->axis);
    left -= shape[p->axis];
    if (s->op->output[i] < 0) return co_settle_fail(s, "output %d has no name", i);
    CO_TRY(co_settle_shape(s, i, in->whole, in->rank, shape));
  }
  return left == 0 ? CO_OK : co_settle_fail(s, "its sizes are not those of axis %d", p->axis);
}

static void run_split(const co_op_run *run) {
  const axis_parameters *p = run->op->parameters;
  const co_program_value *in = co_run_value(run, 0);
  co_around whole = co_settle_around(in, p->axis);
  size_t number = co_value_size(in), pitch = (size_t)(whole.size * whole.behind) * number;
  const char *from = co_run_in(run, 0);
  for (int i = 0; i < run->op->num_outputs; i++) {
    char *to = co_run_out(run, i);
    size_t bytes = (size_t)(co_run_result(run, i)->shape[p->axis] * whole.behind) * number;
    for (int64_t b = 0; bytes > 0 && b < whole.before; b++)
      memcpy(to + (size_t)b * bytes, from + (size_t)b * pitch, bytes);
    from += bytes;
  }
}

// ---- every so many

// Where the result's numbers lie in the input.
typedef struct walk_parameters {
  int64_t start;
  co_each each;
} walk_parameters;

static void copy_real(const void *const *in, const int64_t *step, int64_t count, void *out,
                      const void *parameters) {
  const float *from = in[0];
  float *to = out;
  (void)parameters;
  for (int64_t i = 0; i < count; i++) to[i] = from[i * step[0]];
}

static void copy_whole(const void *const *in, const int64_t *step, int64_t count, void *out,
                       const void *parameters) {
  const int64_t *from = in[0];
  int64_t *to = out;
  (void)parameters;
  for (int64_t i = 0; i < count; i++) to[i] = from[i * step[0]];
}

static void run_walk(const co_op_run *run) {
  const walk_parameters *p = run->op->parameters;
  const co_program_value *value = co_run_value(run, 0);
  size_t number = co_value_size(value);
  const void *in[1] = {(const char *)co_run_in(run, 0) + (ptrdiff_t)p->start * (ptrdiff_t)number};
  co_each_run(&p->each, in, &number, co_run_out(run, 0), number,
              value->whole ? copy_whole : copy_real, NULL);
}

// Numbers from one of an axis to the next.
static void pitches_of(const co_program_value *value, int64_t *pitch) {
  int64_t next = 1;
  for (int d = value->rank - 1; d >= 0; d--) {
    pitch[d] = next;
    next *= value->shape[d];
  }
}

// The result walks the input by these steps.
static co_status settle_walk(co_settling *s, int rank, const int64_t *shape, const int64_t *step,
                             walk_parameters *p) {
  CO_TRY(co_settle_shape(s, 0, co_settle_in(s, 0)->whole, rank, shape));
  p->each.inputs = 1;
  p->each.rank = rank;
  for (int d = 0; d < rank; d++) p->each.shape[d] = shape[d], p->each.step[0][d] = step[d];
  co_each_collapse(&p->each);
  return CO_OK;
}

static int64_t hold(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : x > high ? high : x;
}

// One axis: from, until, by -> the first number and how many. Ends that lie outside are held.
static int64_t slice_axis(int64_t size, int64_t from, int64_t until, int64_t by, int64_t *first) {
  if (from < 0) from = from < -size ? -1 : from + size;
  if (until < 0) until = until < -size ? -1 : until + size;
  if (by > 0) {
    *first = hold(from, 0, size);
    until = hold(until, 0, size);
    return until <= *first ? 0 : (until - *first - 1) / by + 1;
  }
  *first = hold(from, 0, size - 1);
  until = hold(until, -1, size - 1);
  if (until >= *first) return 0;
  return by < -size ? 1 : (*first - until - 1) / -by + 1;
}

typedef struct slice_lists {
  co_wholes starts, ends, axes, steps;
} slice_lists;

// Attributes up to version 9, inputs from then on.
static co_status read_slice(const co_settling *s, slice_lists *l) {
  CO_TRY(co_settle_list(s, "starts", 1, 9, &l->starts));
  CO_TRY(co_settle_list(s, "ends", 2, 9, &l->ends));
  CO_TRY(co_settle_list(s, "axes", 3, 9, &l->axes));
  CO_TRY(co_settle_constant(s, 4, "steps", &l->steps));
  bool fits = l->starts.stated && l->starts.count == l->ends.count &&
              (!l->axes.stated || l->axes.count == l->starts.count) &&
              (!l->steps.stated || l->steps.count == l->starts.count);
  return fits ? CO_OK : co_settle_fail(s, "starts, ends, axes and steps are not as many");
}

static co_status settle_slice(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  walk_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  slice_lists l;
  CO_TRY(read_slice(s, &l));
  int64_t shape[CO_ONNX_RANK], step[CO_ONNX_RANK], pitch[CO_ONNX_RANK];
  bool seen[CO_ONNX_RANK] = {false};
  pitches_of(in, pitch);
  memcpy(shape, in->shape, sizeof shape);
  memcpy(step, pitch, sizeof step);
  for (int i = 0; i < l.starts.count; i++) {
    int axis;
    int64_t first, by = l.steps.stated ? l.steps.value[i] : 1;
    CO_TRY(co_settle_axis(s, l.axes.stated ? l.axes.value[i] : i, in->rank, &axis));
    if (by == 0 || seen[axis]) return co_settle_fail(s, "a step of 0, or an axis twice");
    seen[axis] = true;
    if (by < 0 && in->shape[axis] == 0) by = 1;
    shape[axis] = slice_axis(in->shape[axis], l.starts.value[i], l.ends.value[i], by, &first);
    if (shape[axis] == 0) continue;
    p->start += first * pitch[axis];
    step[axis] = shape[axis] == 1 ? 0 : by * pitch[axis];
  }
  return settle_walk(s, in->rank, shape, step, p);
}

static co_status settle_transpose(co_settling *s) {
  const co_program_value *in = co_settle_in(s, 0);
  walk_parameters *p = co_settle_parameters(s, sizeof *p);
  if (!p) return CO_MEMORY;
  co_wholes perm = co_settle_ints(s, "perm");
  int64_t shape[CO_ONNX_RANK], step[CO_ONNX_RANK], pitch[CO_ONNX_RANK];
  bool seen[CO_ONNX_RANK] = {false};
  if (perm.stated && perm.count != in->rank)
    return co_settle_fail(s, "%d axes of a value with %d", perm.count, in->rank);
  pitches_of(in, pitch);
  for (int d = 0; d < in->rank; d++) {
    int64_t from = perm.stated ? perm.value[d] : in->rank - 1 - d;
    if (from < 0 || from >= in->rank || seen[from])
      return co_settle_fail(s, "its axes are no order of those of its input");
    seen[from] = true;
    shape[d] = in->shape[from];
    step[d] = pitch[from];
  }
  return settle_walk(s, in->rank, shape, step, p);
}

const co_op_class co_ops_arrange[] = {
    {"Concat", 1, CO_OP_ANY, 1, "axis:i", 4, settle_concat, run_concat, false},
    {"Split", 1, 2, CO_OP_ANY, "axis:i split:I num_outputs:i", 2, settle_split, run_split, false},
    {"Slice", 1, 5, 1, "starts:I ends:I axes:I", 1, settle_slice, run_walk, false},
    {"Transpose", 1, 1, 1, "perm:I", 1, settle_transpose, run_walk, false},
    {0},
};
