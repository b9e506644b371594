// Every kernel against a naive twin, bit for bit, at every level this CPU has; against OpenBLAS and
// libm within rounding.

#include "agents/nn/kernels/kernels.h"
#include "core/rng.h"
#include "tests/support/support.h"

#ifdef CARRYOVER_OPENBLAS
#include <cblas.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IN = 520, MAX_OUT = 257, MAX_ROWS = 261, STRIDE = 544 };

typedef struct shape {
  int in, out, rows;
} shape;

static const shape shapes[] = {
    {1, 1, 1},
    {3, 1, 2},
    {17, 64, 32},
    {64, 64, 32},
    {64, 6, 32},
    {64, 1, 31},
    {5, 33, 7},
    {16, 16, 8},
    {33, 48, 13},
    {70, 70, 40},
    // heads of every way, a few rows, odd sizes
    {256, 1, 32},
    {256, 6, 32},
    {256, 12, 17},
    {65, 3, 8},
    {17, 2, 9},
    {70, 7, 3},
    {64, 64, 1},
    {17, 64, 4},
    {257, 65, 3},
    {65, 257, 17},
    {1, 17, 65},
    {257, 1, 65},
    // rows kept apart in the cache, sums in several passes
    {256, 128, 33},
    {128, 256, 130},
    {520, 40, 9},
    {19, 33, 261},
};
enum { NUM_SHAPES = sizeof shapes / sizeof *shapes };

// one dense layer with numbers in all arrays
typedef struct layer_case {
  co_dense_view view;
  int rows;
  float x[MAX_ROWS * STRIDE], dy[MAX_ROWS * STRIDE];
  float weight[MAX_IN * STRIDE], transposed[STRIDE * STRIDE], bias[STRIDE];
} layer_case;

static void fill(float *to, int rows, int cols, int stride, uint32_t stream) {
  co_rng rng = co_rng_make(&(co_stream){7, 1, CO_PURPOSE_TEST}, stream);
  memset(to, 0, (size_t)rows * (size_t)stride * sizeof *to);
  for (int r = 0; r < rows; r++) co_rng_normals(&rng, to + r * stride, cols);
}

// What lies where a result goes: anything, but in the padding, which is 0 and stays 0.
static void soil(float *to, int rows, int cols, int stride) {
  memset(to, 0, (size_t)rows * (size_t)stride * sizeof *to);
  for (int r = 0; r < rows; r++) memset(to + r * stride, 0x3f, (size_t)cols * sizeof *to);
}

static layer_case *make_case(shape s) {
  layer_case *c = calloc(1, sizeof *c);
  c->view = (co_dense_view){s.in,      s.out,   co_row_stride(s.in), co_row_stride(s.out),
                            c->weight, c->bias, c->transposed};
  c->rows = s.rows;
  fill(c->x, s.rows, s.in, co_row_stride(s.in), 1);
  fill(c->dy, s.rows, s.out, co_row_stride(s.out), 2);
  fill(c->weight, s.in, s.out, co_row_stride(s.out), 3);
  fill(c->bias, 1, s.out, co_row_stride(s.out), 4);
  co_transpose(c->weight, s.in, co_row_stride(s.out), s.out, c->transposed, co_row_stride(s.in));
  return c;
}

// ---- naive twins: the chain that the kernels promise

// bias + CO_LANES interleaved chains, the upper half added to the lower one and so on
static float naive_head(const layer_case *c, int r, int o) {
  float chain[CO_LANES] = {0};
  for (int k = 0; k < c->view.in; k++)
    chain[k % CO_LANES] = fmaf(c->x[r * c->view.in_stride + k],
                               c->weight[k * c->view.out_stride + o], chain[k % CO_LANES]);
  for (int half = CO_LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) chain[j] += chain[j + half];
  return c->bias[o] + chain[0];
}

static float naive_output(const layer_case *c, int r, int o) {
  if (c->view.out <= CO_LANES) return naive_head(c, r, o);
  float sum = c->bias[o];
  for (int k = 0; k < c->view.in; k++)
    sum = fmaf(c->x[r * c->view.in_stride + k], c->weight[k * c->view.out_stride + o], sum);
  return sum;
}

static void naive_forward(const layer_case *c, float *y) {
  for (int r = 0; r < c->rows; r++)
    for (int o = 0; o < c->view.out_stride; o++)
      y[r * c->view.out_stride + o] = naive_output(c, r, o);
}

static void naive_backward(const layer_case *c, float *dx) {
  const co_dense_view *v = &c->view;
  for (int r = 0; r < c->rows; r++)
    for (int i = 0; i < v->in_stride; i++) {
      float sum = 0;
      for (int o = 0; o < v->out; o++)
        sum = fmaf(c->dy[r * v->out_stride + o],
                   i < v->in ? v->weight[i * v->out_stride + o] : 0.0f, sum);
      dx[r * v->in_stride + i] = sum;
    }
}

static void naive_gradient(const layer_case *c, float *dweight, float *dbias) {
  const co_dense_view *v = &c->view;
  for (int o = 0; o < v->out_stride; o++) {
    float sum = 0;
    for (int r = 0; r < c->rows; r++) sum += c->dy[r * v->out_stride + o];
    dbias[o] = sum;
    for (int i = 0; i < v->in; i++) {
      sum = 0;
      for (int r = 0; r < c->rows; r++)
        sum = fmaf(c->x[r * v->in_stride + i], c->dy[r * v->out_stride + o], sum);
      dweight[i * v->out_stride + o] = sum;
    }
  }
}

// ---- products; loop index = level x shape

static const co_kernels *level_of(int index) {
  return co_kernels_named(co_kernels_names[index]);
}

static bool any_nonzero(const float *x, int count) {
  for (int i = 0; i < count; i++)
    if (x[i] != 0) return true;
  return false;
}

static float actual[STRIDE * STRIDE], expected[STRIDE * STRIDE];
static float actual_bias[STRIDE], expected_bias[STRIDE];

START_TEST(forward_is_the_chain) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  size_t size = (size_t)(c->rows * c->view.out_stride);
  soil(actual, c->rows, c->view.out, c->view.out_stride);
  kernels->forward(&c->view, c->x, c->view.in_stride, c->rows, -1, actual);
  naive_forward(c, expected);
  ck_assert(any_nonzero(expected, (int)size));
  ck_assert_mem_eq(actual, expected, size * sizeof *actual);
  free(c);
}
END_TEST

START_TEST(forward_of_a_row_does_not_depend_on_the_others) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  const co_dense_view *v = &c->view;
  kernels->forward(v, c->x, v->in_stride, c->rows, CO_TANH, actual);
  for (int r = 0; r < c->rows; r++)
    kernels->forward(v, c->x + r * v->in_stride, v->in_stride, 1, CO_TANH,
                     expected + r * v->out_stride);
  ck_assert_mem_eq(actual, expected, (size_t)(c->rows * v->out_stride) * sizeof *actual);
  free(c);
}
END_TEST

// With transposed weights heads may go another way, to the same bits.
START_TEST(forward_does_not_depend_on_transposed_weights) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  size_t size = (size_t)(c->rows * c->view.out_stride);
  kernels->forward(&c->view, c->x, c->view.in_stride, c->rows, CO_ELU, actual);
  c->view.transposed = NULL;
  kernels->forward(&c->view, c->x, c->view.in_stride, c->rows, CO_ELU, expected);
  ck_assert_mem_eq(actual, expected, size * sizeof *actual);
  free(c);
}
END_TEST

// Nothing asks for more than the alignment of a float.
START_TEST(products_take_any_alignment) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  const co_dense_view *v = &c->view;
  static float x[MAX_ROWS * STRIDE + 1], y[MAX_ROWS * STRIDE + 1];
  memcpy(x + 1, c->x, sizeof c->x);
  kernels->forward(v, x + 1, v->in_stride, c->rows, -1, y + 1);
  naive_forward(c, expected);
  ck_assert_mem_eq(y + 1, expected, (size_t)(c->rows * v->out_stride) * sizeof *y);
  kernels->gradient(v, x + 1, v->in_stride, c->dy, c->rows, CO_SUM_CHAIN, actual, NULL);
  naive_gradient(c, expected, expected_bias);
  ck_assert_mem_eq(actual, expected, (size_t)(v->in * v->out_stride) * sizeof *actual);
  free(c);
}
END_TEST

START_TEST(activations_follow_the_sum) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  int size = c->rows * c->view.out_stride;
  naive_forward(c, expected);
  kernels->forward(&c->view, c->x, c->view.in_stride, c->rows, CO_RELU, actual);
  for (int i = 0; i < size; i++) ck_assert(actual[i] == (expected[i] > 0 ? expected[i] : 0.0f));
  kernels->forward(&c->view, c->x, c->view.in_stride, c->rows, CO_TANH, actual);
  for (int i = 0; i < size; i++)
    ck_assert_double_le(fabs((double)actual[i] - tanh((double)expected[i])), 3e-7);
  free(c);
}
END_TEST

START_TEST(backward_is_the_chain_times_the_derivative) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  const co_dense_view *v = &c->view;
  int size = c->rows * v->in_stride;
  naive_backward(c, expected);
  ck_assert(any_nonzero(expected, size));
  kernels->backward(v, c->dy, c->x, c->rows, -1, actual);
  ck_assert_mem_eq(actual, expected, (size_t)size * sizeof *actual);
  kernels->backward(v, c->dy, c->x, c->rows, CO_RELU, actual);
  for (int i = 0; i < size; i++) ck_assert(actual[i] == (c->x[i] > 0 ? expected[i] : 0.0f));
  kernels->backward(v, c->dy, c->x, c->rows, CO_TANH, actual);
  for (int i = 0; i < size; i++) {
    float h = c->x[i];
    ck_assert(actual[i] == fmaf(h * (0 - h), expected[i], expected[i]));
  }
  free(c);
}
END_TEST

START_TEST(gradient_is_the_chain_over_rows) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  const co_dense_view *v = &c->view;
  size_t size = (size_t)(v->in * v->out_stride);
  soil(actual, v->in, v->out, v->out_stride);
  kernels->gradient(v, c->x, v->in_stride, c->dy, c->rows, CO_SUM_CHAIN, actual, actual_bias);
  naive_gradient(c, expected, expected_bias);
  ck_assert(any_nonzero(expected, (int)size));
  ck_assert_mem_eq(actual, expected, size * sizeof *actual);
  ck_assert_mem_eq(actual_bias, expected_bias, (size_t)v->out_stride * sizeof *actual_bias);
  free(c);
}
END_TEST

static void add(float *to, const float *from, int count) {
  for (int i = 0; i < count; i++) to[i] += from[i];
}

// block by block, each with a chain of its own, behind what is in `sum` and `sum_bias`
static void add_blocks(const co_kernels *kernels, const layer_case *c, float *sum,
                       float *sum_bias) {
  static float part[MAX_ROWS * STRIDE], part_bias[STRIDE];
  const co_dense_view *v = &c->view;
  for (int r = 0; r < c->rows; r += CO_BLOCK) {
    int now = c->rows - r < CO_BLOCK ? c->rows - r : CO_BLOCK;
    kernels->gradient(v, c->x + r * v->in_stride, v->in_stride, c->dy + r * v->out_stride, now,
                      CO_SUM_CHAIN, part, part_bias);
    add(sum, part, v->in * v->out_stride);
    add(sum_bias, part_bias, v->out_stride);
  }
}

// What is there before counts or not; padding stays 0.
START_TEST(gradients_of_blocks_are_added_in_order) {
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(shapes[_i % NUM_SHAPES]);
  const co_dense_view *v = &c->view;
  size_t size = (size_t)(v->in * v->out_stride) * sizeof(float);
  size_t bias_size = (size_t)v->out_stride * sizeof(float);
  memset(expected, 0, sizeof expected);
  memset(expected_bias, 0, sizeof expected_bias);
  soil(actual, v->in, v->out, v->out_stride);
  add_blocks(kernels, c, expected, expected_bias);
  kernels->gradient(v, c->x, v->in_stride, c->dy, c->rows, CO_SUM_BLOCKS, actual, actual_bias);
  ck_assert_mem_eq(actual, expected, size);
  ck_assert_mem_eq(actual_bias, expected_bias, bias_size);
  add_blocks(kernels, c, expected, expected_bias);
  kernels->gradient(v, c->x, v->in_stride, c->dy, c->rows, CO_SUM_BLOCKS_ON, actual, actual_bias);
  ck_assert_mem_eq(actual, expected, size);
  ck_assert_mem_eq(actual_bias, expected_bias, bias_size);
  free(c);
}
END_TEST

START_TEST(transpose_is_its_own_inverse) {
  shape s = shapes[_i % NUM_SHAPES];
  const co_kernels *kernels = level_of(_i / NUM_SHAPES);
  if (!kernels) return;
  layer_case *c = make_case(s);
  float *to = c->transposed;
  soil(to, s.out, s.in, co_row_stride(s.in));
  kernels->transpose(c->weight, s.in, co_row_stride(s.out), s.out, to, co_row_stride(s.in));
  for (int i = s.in; i < s.out * co_row_stride(s.in); i++)  // nothing else is written
    if (i % co_row_stride(s.in) >= s.in) ck_assert(to[i] == 0);
  for (int i = 0; i < s.in; i++)
    for (int o = 0; o < s.out; o++)
      ck_assert(c->transposed[o * co_row_stride(s.in) + i] ==
                c->weight[i * co_row_stride(s.out) + o]);
  memset(actual, 0, sizeof actual);
  co_transpose(c->transposed, s.out, co_row_stride(s.in), s.in, actual, co_row_stride(s.out));
  ck_assert_mem_eq(actual, c->weight, (size_t)(s.in * co_row_stride(s.out)) * sizeof *actual);
  free(c);
}
END_TEST

#ifdef CARRYOVER_OPENBLAS
// The products as an independent library forms them.
START_TEST(products_agree_with_openblas) {
  layer_case *c = make_case(shapes[_i]);
  const co_kernels *kernels = co_kernels_get();
  const co_dense_view *v = &c->view;
  int n = c->rows;
  memset(c->bias, 0, sizeof c->bias);
  kernels->forward(v, c->x, v->in_stride, n, -1, actual);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, v->out, v->in, 1, c->x, v->in_stride,
              v->weight, v->out_stride, 0, expected, v->out_stride);
  for (int r = 0; r < n; r++)
    for (int o = 0; o < v->out; o++)
      ck_assert_float_eq_tol(actual[r * v->out_stride + o], expected[r * v->out_stride + o], 5e-5f);
  kernels->backward(v, c->dy, c->x, n, -1, actual);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, v->in, v->out, 1, c->dy, v->out_stride,
              v->weight, v->out_stride, 0, expected, v->in_stride);
  for (int r = 0; r < n; r++)
    for (int i = 0; i < v->in; i++)
      ck_assert_float_eq_tol(actual[r * v->in_stride + i], expected[r * v->in_stride + i], 5e-5f);
  kernels->gradient(v, c->x, v->in_stride, c->dy, n, CO_SUM_CHAIN, actual, actual_bias);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, v->in, v->out, n, 1, c->x, v->in_stride,
              c->dy, v->out_stride, 0, expected, v->out_stride);
  for (int i = 0; i < v->in; i++)
    for (int o = 0; o < v->out; o++)
      ck_assert_float_eq_tol(actual[i * v->out_stride + o], expected[i * v->out_stride + o], 5e-5f);
  free(c);
}
END_TEST
#endif

// ---- reduction, dropout and Adam

START_TEST(reduce_adds_blocks_in_order_and_pulls) {
  enum { COUNT = 48, BLOCKS = 3, DISTANCE = 64 };
  const co_kernels *kernels = level_of(_i);
  if (!kernels) return;
  float grad[BLOCKS * DISTANCE], value[COUNT], start[COUNT], sum[COUNT];
  for (int pull = 0; pull < 2; pull++) {
    fill(grad, BLOCKS, COUNT, DISTANCE, 1);
    fill(value, 1, COUNT, COUNT, 2);
    fill(start, 1, COUNT, COUNT, 3);
    double square = 0;
    for (int i = 0; i < COUNT; i++) {
      sum[i] = (grad[i] + grad[DISTANCE + i]) + grad[2 * DISTANCE + i];
      if (pull) sum[i] = fmaf(0.5f, value[i] - start[i], sum[i]);
      square += (double)sum[i] * (double)sum[i];
    }
    double total = kernels->reduce(grad, DISTANCE, BLOCKS, COUNT, pull ? 0.5f : 0, value, start);
    ck_assert_mem_eq(grad, sum, sizeof sum);
    ck_assert_double_eq_tol(total, square, 1e-5 * square);
  }
}
END_TEST

// element i times what the stream's word i says, at every width
START_TEST(drop_takes_the_words_of_a_stream) {
  enum { COUNT = 256 };
  const co_kernels *kernels = level_of(_i);
  if (!kernels) return;
  co_rng rng = co_rng_make_lane(&(co_stream){0x123456789abcdef0, 7, CO_PURPOSE_DROPOUT}, 65535, 3);
  co_drop_args args = {.threshold = 0x9fffffff, .kept = 2.5f};
  memcpy(args.key, rng.key, sizeof args.key);
  for (int width = CO_LANES; width <= COUNT; width += CO_LANES) {
    float y[COUNT], slope[COUNT], times[2][COUNT];
    fill(y, 1, COUNT, COUNT, 1);
    fill(slope, 1, COUNT, COUNT, 2);
    co_rng_seek(&rng, UINT64_C(0xffffffff00) + 3);  // far from both ends
    memcpy(args.counter, rng.counter, sizeof args.counter);
    for (int i = 0; i < COUNT; i++) {
      float factor = i >= width ? 1 : co_rng_u32(&rng) < args.threshold ? 0 : args.kept;
      times[0][i] = factor * y[i];
      times[1][i] = factor * slope[i];
    }
    kernels->drop(&args, width, y, slope);
    ck_assert_mem_eq(y, times[0], sizeof y);
    ck_assert_mem_eq(slope, times[1], sizeof slope);
  }
}
END_TEST

static const co_adam_args adam_args = {.beta1 = 0.9f,
                                       .beta2 = 0.999f,
                                       .step = 3e-3f,
                                       .root_correction = 31.6f,
                                       .epsilon = 1e-5f,
                                       .decay = 1e-4f,
                                       .scale = 0.25f};

static void naive_adam(const co_adam_args *a, int count, const float *grad, float *m, float *v,
                       float *w) {
  for (int i = 0; i < count; i++) {
    float g = a->scale * grad[i];
    m[i] = fmaf(a->beta1, m[i], (1 - a->beta1) * g);
    v[i] = fmaf(a->beta2, v[i], (1 - a->beta2) * (g * g));
    float decayed = fmaf(-a->decay, w[i], w[i]);
    w[i] = fmaf(-a->step, m[i] / fmaf(sqrtf(v[i]), a->root_correction, a->epsilon), decayed);
  }
}

START_TEST(adam_is_the_formula_and_keeps_padding_zero) {
  enum { COUNT = 32, USED = 27 };
  const co_kernels *kernels = level_of(_i);
  if (!kernels) return;
  float grad[COUNT], w[COUNT], w2[COUNT], m[COUNT] = {0}, m2[COUNT] = {0}, v[COUNT] = {0},
                                          v2[COUNT] = {0};
  fill(w, 1, USED, COUNT, 5);
  memcpy(w2, w, sizeof w);
  for (int step = 0; step < 5; step++) {
    fill(grad, 1, USED, COUNT, (uint32_t)step);
    kernels->adam(&adam_args, COUNT, grad, m, v, w);
    naive_adam(&adam_args, COUNT, grad, m2, v2, w2);
  }
  ck_assert_mem_eq(w, w2, sizeof w);
  ck_assert_mem_eq(m, m2, sizeof m);
  ck_assert_mem_eq(v, v2, sizeof v);
  for (int i = USED; i < COUNT; i++) ck_assert(w[i] == 0 && !signbit(w[i]));
}
END_TEST

// ---- functions

typedef void (*elementwise)(const float *x, int count, float *y);

// worst distance to a libm function in units of max(1, |f|) or |f|
static double worst_error(elementwise f, double (*reference)(double), double low, double high,
                          bool relative) {
  enum { COUNT = 4001 };
  static float x[COUNT], y[COUNT];
  double worst = 0;
  for (int i = 0; i < COUNT; i++) x[i] = (float)(low + (high - low) * i / (COUNT - 1));
  f(x, COUNT, y);
  for (int i = 0; i < COUNT; i++) {
    double truth = reference((double)x[i]), size = fabs(truth);
    if (!relative && size < 1) size = 1;
    double error = fabs((double)y[i] - truth) / size;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

START_TEST(functions_agree_with_libm) {
  const co_kernels *kernels = level_of(_i);
  if (!kernels) return;
  ck_assert_double_le(worst_error(kernels->tanh, tanh, -12, 12, false), 3e-7);
  ck_assert_double_le(worst_error(kernels->tanh, tanh, 1e-6, 1, true), 3e-7);
  ck_assert_double_le(worst_error(kernels->exp, exp, -87, 88, true), 2e-7);
  ck_assert_double_le(worst_error(kernels->log, log, 1e-30, 3, false), 2e-7);
  ck_assert_double_le(worst_error(kernels->log, log, 1, 1e30, false), 2e-7);
}
END_TEST

START_TEST(functions_at_the_edges) {
  const co_kernels *kernels = level_of(_i);
  if (!kernels) return;
  float x[4] = {NAN, INFINITY, -INFINITY, 0}, y[4];
  kernels->tanh(x, 4, y);
  ck_assert(isnan(y[0]) && y[1] <= 1 && y[1] > 0.9999997f && y[2] == -y[1] && y[3] == 0);
  kernels->exp(x, 4, y);
  ck_assert(isnan(y[0]) && isfinite(y[1]) && y[1] > 1e38f && y[2] > 0 && y[2] < 2e-38f &&
            y[3] == 1);
  kernels->log(x, 2, y);
  ck_assert(isnan(y[0]) && isnan(y[1]));
  for (int i = 1; i < 300; i++) {
    float pair[2] = {0.05f * (float)i, -0.05f * (float)i};
    kernels->tanh(pair, 2, pair);
    ck_assert(pair[0] == -pair[1] && fabsf(pair[0]) <= 1);
  }
}
END_TEST

// Bits of every function over a wide range are those of the scalar level.
START_TEST(functions_have_the_same_bits_at_every_level) {
  enum { COUNT = 3001 };
  static float x[COUNT], y[2][COUNT];
  const co_kernels *kernels = level_of(_i), *scalar = co_kernels_named("scalar");
  if (!kernels) return;
  elementwise f[2][3] = {{kernels->tanh, kernels->exp, kernels->log},
                         {scalar->tanh, scalar->exp, scalar->log}};
  for (int which = 0; which < 3; which++) {
    for (int i = 0; i < COUNT; i++)
      x[i] = which == 2 ? 1e-3f + (float)i : -100 + 0.0667f * (float)i;
    for (int side = 0; side < 2; side++) f[side][which](x, COUNT, y[side]);
    ck_assert_mem_eq(y[0], y[1], sizeof y[0]);
  }
}
END_TEST

START_TEST(levels_are_found_by_name) {
  ck_assert_ptr_nonnull(co_kernels_get());
  ck_assert_ptr_eq(co_kernels_named(co_kernels_get()->name), co_kernels_get());
  ck_assert_ptr_null(co_kernels_named("x86-64-v9"));
  for (int i = 0; co_kernels_names[i]; i++)
    if (level_of(i)) ck_assert_str_eq(level_of(i)->name, co_kernels_names[i]);
}
END_TEST

START_TEST(a_chosen_level_is_the_one_in_use) {
  const co_kernels *best = co_kernels_get();
  ck_assert(!co_kernels_choose("x86-64-v9"));
  ck_assert_ptr_eq(co_kernels_get(), best);
  for (int i = 0; co_kernels_names[i]; i++) {
    const co_kernels *before = co_kernels_get();
    ck_assert_int_eq(co_kernels_choose(co_kernels_names[i]), level_of(i) != NULL);
    ck_assert_ptr_eq(co_kernels_get(), level_of(i) ? level_of(i) : before);
  }
  ck_assert(co_kernels_choose(best->name));  // tests may share a process
}
END_TEST

static int num_levels(void) {
  int n = 0;
  while (co_kernels_names[n]) n++;
  return n;
}

Suite *test_suite(void) {
  Suite *suite = suite_create("kernels");
  TCase *products = tcase_create("products");
  int all = num_levels() * NUM_SHAPES;
  tcase_add_loop_test(products, forward_is_the_chain, 0, all);
  tcase_add_loop_test(products, forward_of_a_row_does_not_depend_on_the_others, 0, all);
  tcase_add_loop_test(products, forward_does_not_depend_on_transposed_weights, 0, all);
  tcase_add_loop_test(products, products_take_any_alignment, 0, all);
  tcase_add_loop_test(products, activations_follow_the_sum, 0, all);
  tcase_add_loop_test(products, backward_is_the_chain_times_the_derivative, 0, all);
  tcase_add_loop_test(products, gradient_is_the_chain_over_rows, 0, all);
  tcase_add_loop_test(products, gradients_of_blocks_are_added_in_order, 0, all);
  tcase_add_loop_test(products, transpose_is_its_own_inverse, 0, all);
#ifdef CARRYOVER_OPENBLAS
  tcase_add_loop_test(products, products_agree_with_openblas, 0, NUM_SHAPES);
#endif
  suite_add_tcase(suite, products);
  TCase *functions = tcase_create("functions");
  tcase_add_loop_test(functions, reduce_adds_blocks_in_order_and_pulls, 0, num_levels());
  tcase_add_loop_test(functions, drop_takes_the_words_of_a_stream, 0, num_levels());
  tcase_add_loop_test(functions, adam_is_the_formula_and_keeps_padding_zero, 0, num_levels());
  tcase_add_loop_test(functions, functions_agree_with_libm, 0, num_levels());
  tcase_add_loop_test(functions, functions_at_the_edges, 0, num_levels());
  tcase_add_loop_test(functions, functions_have_the_same_bits_at_every_level, 0, num_levels());
  tcase_add_test(functions, levels_are_found_by_name);
  tcase_add_test(functions, a_chosen_level_is_the_one_in_use);
  suite_add_tcase(suite, functions);
  return suite;
}
