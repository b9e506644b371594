// Products of matrices. Where the right one is fixed, as weights are, it lies as the kernels of
// learning want it, and all rows of a block share one pass over it; else a product is three loops.

#include "agents/nn/kernels/kernels.h"
#include "agents/program/private/each.h"
#include "agents/program/private/families.h"

#include <math.h>
#include <string.h>

// y (rows x columns) = alpha a b, by the places of their numbers.
typedef struct loops {
  int64_t rows, depth, columns;
  int64_t a_row, a_col, b_row, b_col;
  float alpha;
} loops;

typedef struct dense_parameters {
  bool packed;
  co_dense_view layer;  // of the packed one
  int64_t rows;         // of the product, in one row of the program
  loops by_loops;       // of the others
  co_each batch;        // MatMul: matrices of both, by broadcasting
  bool has_batch;
  bool adds;  // Gemm: beta C
  float beta;
  co_each bias;
} dense_parameters;

// ---- weights as the kernels want them

static bool can_pack(const loops *p) {
  int64_t floats;
  return p->depth > 0 && p->columns > 0 &&
         !__builtin_mul_overflow(p->depth, (int64_t)co_row_stride((int)p->columns), &floats) &&
         floats <= CO_PROGRAM_MEMORY / (int64_t)sizeof(float);
}

static co_status pack(co_settling *s, const float *weight, dense_parameters *d) {
  const loops *p = &d->by_loops;
  int in = (int)p->depth, out = (int)p->columns, stride = co_row_stride(out);
  float *to = co_arena_alloc(s->memory, (size_t)in * (size_t)stride, sizeof *to);
  float *bias = co_arena_alloc(s->memory, (size_t)stride, sizeof *bias);
  if (!to || !bias) return CO_MEMORY;
  for (int i = 0; i < in; i++)
    for (int o = 0; o < out; o++)
      to[(ptrdiff_t)i * stride + o] = p->alpha * weight[i * p->b_row + o * p->b_col];
  d->packed = true;
  d->rows = p->rows;
  d->layer = (co_dense_view){.in = in,
                             .out = out,
                             .in_stride = co_row_stride(in),
                             .out_stride = stride,
                             .weight = to,
                             .bias = bias};
  if (p->rows > 1) s->scratch = (size_t)p->rows * (size_t)stride;
  return CO_OK;
}

static void run_packed(const co_op_run *run, const dense_parameters *d) {
  const co_program_value *in = co_run_value(run, 0);
  const co_kernels *kernels = co_kernels_get();
  if (d->rows == 1) {
    int stride = in->number ? 0 : (int)in->stride;
    kernels->forward(&d->layer, co_run_in(run, 0), stride, run->rows, -1, co_run_out(run, 0));
    return;
  }
  for (co_op_run one = *run; one.row < run->row + run->rows; one.row++) {
    float *y = co_run_out(&one, 0);
    kernels->forward(&d->layer, co_run_in(&one, 0), d->layer.in, (int)d->rows, -1, run->scratch);
    for (int64_t r = 0; r < d->rows; r++)
      memcpy(y + r * d->layer.out, run->scratch + r * d->layer.out_stride,
             (size_t)d->layer.out * sizeof *y);
  }
}

// ---- three loops

static void multiply(const loops *p, const float *a, const float *b, float *y) {
  for (int64_t r = 0; r < p->rows; r++, y += p->columns) {
    for (int64_t c = 0; c < p->columns; c++) y[c] = 0;
    for (int64_t k = 0; k < p->depth; k++) {
      float x = p->alpha * a[r * p->a_row + k * p->a_col];
      const float *from = b + k * p->b_row;
      for (int64_t c = 0; c < p->columns; c++) y[c] += x * from[c * p->b_col];
    }
  }
}

// ---- Gemm

static void add_scaled(const void *const *in, const int64_t *step, int64_t count, void *out,
                       const void *parameters) {
  const float *c = in[0], beta = *(const float *)parameters;
  float *y = out;
  for (int64_t i = 0; i < count; i++) y[i] += beta * c[i * step[0]];
}

static void add_bias(const co_op_run *run, const dense_parameters *d) {
  const void *in[1] = {co_run_in(run, 2)};
  const size_t size[1] = {sizeof(float)};
  co_each_run(&d->bias, in, size, co_run_out(run, 0), sizeof(float), add_scaled, &d->beta);
}

// The same for all rows of the product, and fixed.
static bool is_bias(const dense_parameters *d, const co_program_value *c) {
  return c->number && (d->by_loops.rows == 1 || c->rank < 2 || c->shape[0] == 1);
}

static co_status settle_sum(co_settling *s, dense_parameters *d) {
  const co_program_value *c = co_settle_in(s, 2);
  if (!c) return CO_OK;
  CO_TRY(co_settle_real(s, 2));
  const co_program_value *y = co_settle_out(s, 0);
  for (int i = 0; i < c->rank; i++)
    if (c->rank > 2 || (c->shape[i] != 1 && c->shape[i] != y->shape[y->rank - c->rank + i]))
      return co_settle_fail(s, "\"%s\" does not fit %lld x %lld numbers", c->name,
                            (long long)y->shape[0], (long long)y->shape[1]);
  d->beta = co_settle_float(s, "beta", 1);
  d->adds = true;
  co_each_add(&d->bias, c, y);
  co_each_collapse(&d->bias);
  return CO_OK;
}

// A fixed bias is where the kernels' sums start.
static co_status pack_gemm(co_settling *s, dense_parameters *d) {
  const co_program_value *weight = co_settle_in(s, 1), *c = co_settle_in(s, 2);
  bool plain = d->by_loops.a_col == 1;
  if (!weight->number || !plain || !can_pack(&d->by_loops)) return CO_OK;
  if (c && !is_bias(d, c)) return CO_OK;
  CO_TRY(pack(s, weight->number, d));
  if (!d->adds) return CO_OK;
  int64_t step = c->count == 1 ? 0 : 1;
  float *bias = co_unconst(d->layer.bias);
  for (int o = 0; o < d->layer.out; o++) bias[o] = d->beta * c->number[o * step];
  d->adds = false;
  return CO_OK;
}

static co_status settle_gemm(co_settling *s) {
  dense_parameters *d = co_settle_parameters(s, sizeof *d);
  if (!d) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  CO_TRY(co_settle_real(s, 1));
  const co_program_value *a = co_settle_in(s, 0), *b = co_settle_in(s, 1);
  if (a->rank != 2 || b->rank != 2)
    return co_settle_fail(s, "it multiplies matrices, not values with %d and %d axes", a->rank,
                          b->rank);
  int turn_a = co_settle_int(s, "transA", 0) != 0, turn_b = co_settle_int(s, "transB", 0) != 0;
  loops *p = &d->by_loops;
  *p = (loops){.rows = a->shape[turn_a],
               .depth = a->shape[!turn_a],
               .columns = b->shape[!turn_b],
               .a_row = turn_a ? 1 : a->shape[1],
               .a_col = turn_a ? a->shape[1] : 1,
               .b_row = turn_b ? 1 : b->shape[1],
               .b_col = turn_b ? b->shape[1] : 1,
               .alpha = co_settle_float(s, "alpha", 1)};
  if (p->depth != b->shape[turn_b])
    return co_settle_fail(s, "%lld x %lld by %lld x %lld numbers", (long long)p->rows,
                          (long long)p->depth, (long long)b->shape[turn_b], (long long)p->columns);
  int64_t shape[2] = {p->rows, p->columns};
  s->products = (double)p->rows * (double)p->depth * (double)p->columns;
  CO_TRY(co_settle_shape(s, 0, false, 2, shape));
  CO_TRY(settle_sum(s, d));
  return pack_gemm(s, d);
}

static void run_gemm(const co_op_run *run) {
  const dense_parameters *d = run->op->parameters;
  if (d->packed) {
    run_packed(run, d);
    return;
  }
  for (co_op_run one = *run; one.row < run->row + run->rows; one.row++) {
    multiply(&d->by_loops, co_run_in(&one, 0), co_run_in(&one, 1), co_run_out(&one, 0));
    if (d->adds) add_bias(&one, d);
  }
}

// ---- MatMul

// A value's shape as matrices: one with a single axis is a row on the left, a column on the right.
static co_program_value as_matrix(const co_program_value *value, bool right) {
  co_program_value out = *value;
  if (value->rank != 1) return out;
  out.rank = 2;
  out.shape[0] = right ? value->shape[0] : 1;
  out.shape[1] = right ? 1 : value->shape[0];
  return out;
}

// Matrices in front of the last two axes as values of their own, whose numbers are matrices.
static co_program_value stack_of(const co_program_value *value) {
  co_program_value out = *value;
  out.rank -= 2;
  return out;
}

static co_status settle_batch(co_settling *s, const co_program_value *a, const co_program_value *b,
                              dense_parameters *d, int *rank, int64_t *shape) {
  co_program_value stack[2] = {stack_of(a), stack_of(b)}, all = {0};
  *rank = stack[0].rank > stack[1].rank ? stack[0].rank : stack[1].rank;
  for (int i = 0; i < *rank; i++) shape[i] = 1;
  for (int m = 0; m < 2; m++)
    for (int i = 0; i < stack[m].rank; i++) {
      int64_t *size = &shape[*rank - stack[m].rank + i];
      if (stack[m].shape[i] == 1 || stack[m].shape[i] == *size) continue;
      if (*size != 1)
        return co_settle_fail(s, "sizes %lld and %lld do not fit each other", (long long)*size,
                              (long long)stack[m].shape[i]);
      *size = stack[m].shape[i];
    }
  all.rank = *rank;
  memcpy(all.shape, shape, (size_t)*rank * sizeof *shape);
  for (int m = 0; m < 2; m++) co_each_add(&d->batch, &stack[m], &all);
  co_each_collapse(&d->batch);
  return CO_OK;
}

// One matrix on the right for all on the left: these are one with more rows.
static void join_rows(const co_program_value *a, const co_program_value *b, dense_parameters *d) {
  bool one = true;
  for (int i = 0; i < b->rank - 2; i++) one = one && b->shape[i] == 1;
  d->has_batch = !one;
  for (int i = 0; one && i < a->rank - 2; i++) d->by_loops.rows *= a->shape[i];
}

// The result's last axes, without those that a single axis stood for.
static int matrix_axes(const co_settling *s, const loops *p, int rank, int64_t *shape) {
  if (co_settle_in(s, 0)->rank > 1) shape[rank++] = p->rows;
  if (co_settle_in(s, 1)->rank > 1) shape[rank++] = p->columns;
  return rank;
}

static co_status settle_matmul(co_settling *s) {
  dense_parameters *d = co_settle_parameters(s, sizeof *d);
  if (!d) return CO_MEMORY;
  CO_TRY(co_settle_real(s, 0));
  CO_TRY(co_settle_real(s, 1));
  co_program_value a = as_matrix(co_settle_in(s, 0), false),
                   b = as_matrix(co_settle_in(s, 1), true);
  if (a.rank < 2 || b.rank < 2) return co_settle_fail(s, "a single number is no matrix");
  loops *p = &d->by_loops;
  int64_t shape[CO_ONNX_RANK], columns = b.shape[b.rank - 1], depth = a.shape[a.rank - 1];
  *p = (loops){.rows = a.shape[a.rank - 2],
               .depth = depth,
               .columns = columns,
               .a_row = depth,
               .a_col = 1,
               .b_row = columns,
               .b_col = 1,
               .alpha = 1};
  if (depth != b.shape[b.rank - 2])
    return co_settle_fail(s, "%lld x %lld by %lld x %lld numbers", (long long)p->rows,
                          (long long)depth, (long long)b.shape[b.rank - 2], (long long)columns);
  int rank;
  CO_TRY(settle_batch(s, &a, &b, d, &rank, shape));
  CO_TRY(co_settle_shape(s, 0, false, matrix_axes(s, p, rank, shape), shape));
  s->products = (double)co_settle_out(s, 0)->count * (double)depth;
  join_rows(&a, &b, d);
  if (!co_settle_in(s, 1)->number || d->has_batch || p->rows == 0 || !can_pack(p)) return CO_OK;
  return pack(s, co_settle_in(s, 1)->number, d);
}

// Each pair of matrices.
static void multiply_each(const void *const *in, const int64_t *step, int64_t count, void *out,
                          const void *parameters) {
  const loops *p = parameters;
  const float *a = in[0], *b = in[1];
  float *y = out;
  for (int64_t i = 0; i < count; i++, y += p->rows * p->columns)
    multiply(p, a + i * step[0] * p->rows * p->depth, b + i * step[1] * p->depth * p->columns, y);
}

static void run_matmul(const co_op_run *run) {
  const dense_parameters *d = run->op->parameters;
  const loops *p = &d->by_loops;
  const size_t size[2] = {(size_t)(p->rows * p->depth) * sizeof(float),
                          (size_t)(p->depth * p->columns) * sizeof(float)};
  size_t result = (size_t)(p->rows * p->columns) * sizeof(float);
  if (d->packed) {
    run_packed(run, d);
    return;
  }
  for (co_op_run one = *run; one.row < run->row + run->rows; one.row++) {
    const void *in[2] = {co_run_in(&one, 0), co_run_in(&one, 1)};
    if (d->has_batch)
      co_each_run(&d->batch, in, size, co_run_out(&one, 0), result, multiply_each, p);
    else
      multiply(p, in[0], in[1], co_run_out(&one, 0));
  }
}

static const char gemm_attributes[] = "alpha:f beta:f transA:i transB:i";

const co_op_class co_ops_dense[] = {
    {"Gemm", 2, 3, 1, gemm_attributes, 1, settle_gemm, run_gemm, true},
    {"MatMul", 2, 2, 1, NULL, 1, settle_matmul, run_matmul, true},
    {0},
};
