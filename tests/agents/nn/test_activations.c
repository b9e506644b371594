// Activations and layer normalisation: against libm, against finite differences in double, with
// the same bits at every level this CPU has.

#include "agents/nn/kernels/kernels.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { COUNT = 4096, ROWS = 5, STRIDE = 80 };

static const co_kernels *level_of(int index) {
  return co_kernels_named(co_kernels_names[index]);
}

static int num_levels(void) {
  int count = 0;
  while (co_kernels_names[count]) count++;
  return count;
}

// ---- activations in double, and their derivatives

static double elu(double x) {
  return x > 0 ? x : expm1(x);
}

static double relu(double x) {
  return x > 0 ? x : 0;
}

static double swish(double x) {
  return x / (1 + exp(-x));
}

// by co_activation
static double (*const truth[])(double) = {tanh, relu, elu, swish};
enum { NUM_ACTIVATIONS = sizeof truth / sizeof *truth };

static float x[COUNT], y[COUNT], d[COUNT];

static void fill_range(double low, double high) {
  for (int i = 0; i < COUNT; i++) x[i] = (float)(low + (high - low) * (i + 0.5) / COUNT);
}

START_TEST(activations_agree_with_libm) {
  int activation = _i % NUM_ACTIVATIONS;
  const co_kernels *kernels = level_of(_i / NUM_ACTIVATIONS);
  if (!kernels) return;
  fill_range(-20, 20);
  memcpy(y, x, sizeof y);
  kernels->activate(activation, COUNT, y, NULL);
  for (int i = 0; i < COUNT; i++) {
    double expected = truth[activation]((double)x[i]);
    ck_assert_double_eq_tol((double)y[i], expected, 3e-7 * fmax(1, fabs(expected)));
  }
}
END_TEST

START_TEST(slopes_are_finite_differences) {
  int activation = _i % NUM_ACTIVATIONS;
  const co_kernels *kernels = level_of(_i / NUM_ACTIVATIONS);
  if (!kernels) return;
  fill_range(-6, 6);  // no point next to the kink at 0
  static float factor[COUNT], plain[COUNT];
  memcpy(y, x, sizeof y);
  memcpy(plain, x, sizeof plain);
  kernels->activate(activation, COUNT, plain, NULL);
  kernels->activate(activation, COUNT, y, factor);
  ck_assert_mem_eq(y, plain, sizeof y);
  for (int i = 0; i < COUNT; i++) d[i] = 1.5f;
  kernels->scale(COUNT, factor, d);
  if (activation != CO_SWISH) {  // the same from the output
    for (int i = 0; i < COUNT; i++) plain[i] = 1.5f;
    kernels->activate_backward(activation, COUNT, y, plain);
    for (int i = 0; i < COUNT; i++) ck_assert_float_eq_tol(plain[i], d[i], 3e-7f);
  }
  double step = 1e-5, size = 0, error = 0;
  for (int i = 0; i < COUNT; i++) {
    double at = (double)x[i];
    double slope = (truth[activation](at + step) - truth[activation](at - step)) / (2 * step);
    ck_assert_double_eq_tol((double)d[i], 1.5 * slope, 2e-6);
    size += fabs(slope);
    error += fabs((double)d[i] - 1.5 * slope);
  }
  ck_assert_double_gt(size, 100);
  ck_assert_double_gt(error, 0);  // not the same array
}
END_TEST

// A NaN comes out as one, forward and backward; no other element turns into one.
START_TEST(nan_stays_where_it_is) {
  int activation = _i % NUM_ACTIVATIONS;
  const co_kernels *kernels = level_of(_i / NUM_ACTIVATIONS);
  if (!kernels) return;
  float h[CO_LANES], slope[CO_LANES], delta[CO_LANES];
  for (int i = 0; i < CO_LANES; i++) h[i] = i == 5 ? NAN : 0.1f * (float)(i - 7);
  for (int i = 0; i < CO_LANES; i++) delta[i] = i == 9 ? NAN : 1;
  kernels->activate(activation, CO_LANES, h, slope);
  for (int i = 0; i < CO_LANES; i++) ck_assert_int_eq(isnan(h[i]) != 0, i == 5);
  slope[5] = 0.5f;
  kernels->scale(CO_LANES, slope, delta);
  for (int i = 0; i < CO_LANES; i++) ck_assert_int_eq(isnan(delta[i]) != 0, i == 9);
}
END_TEST

START_TEST(padding_stays_zero) {
  for (int activation = 0; activation < NUM_ACTIVATIONS; activation++) {
    float h[CO_LANES] = {0};
    co_kernels_get()->activate(activation, CO_LANES, h, NULL);
    for (int i = 0; i < CO_LANES; i++) ck_assert(h[i] == 0);
  }
}
END_TEST

START_TEST(activations_have_the_same_bits_at_every_level) {
  int activation = _i % NUM_ACTIVATIONS;
  const co_kernels *kernels = level_of(_i / NUM_ACTIVATIONS);
  if (!kernels) return;
  const co_kernels *scalar = co_kernels_named("scalar");
  static float expected[COUNT], slope[COUNT], expected_slope[COUNT];
  fill_range(-30, 30);
  memcpy(y, x, sizeof y);
  memcpy(expected, x, sizeof expected);
  kernels->activate(activation, COUNT, y, slope);
  scalar->activate(activation, COUNT, expected, expected_slope);
  ck_assert_mem_eq(y, expected, sizeof y);
  ck_assert_mem_eq(slope, expected_slope, sizeof slope);
  if (activation == CO_SWISH) return;
  for (int i = 0; i < COUNT; i++) d[i] = slope[i] = 0.7f;
  kernels->activate_backward(activation, COUNT, y, d);
  scalar->activate_backward(activation, COUNT, y, slope);
  ck_assert_mem_eq(d, slope, sizeof d);
}
END_TEST

// ---- layer normalisation

static const int widths[] = {1, 3, 16, 17, 64, 65, 80};
enum { NUM_WIDTHS = sizeof widths / sizeof *widths };

// numbers of `width` in each row, padded with zeros
typedef struct norm_case {
  co_norm_view view;
  float weight[STRIDE], bias[STRIDE];
  float z[ROWS * STRIDE], y[ROWS * STRIDE], inverse[ROWS];
  float dy[ROWS * STRIDE], dweight[STRIDE], dbias[STRIDE];
} norm_case;

static void fill(float *to, int rows, int width, int stride, uint32_t stream) {
  co_rng rng = co_rng_make(&(co_stream){9, 1, CO_PURPOSE_TEST}, stream);
  memset(to, 0, (size_t)(rows * stride) * sizeof *to);
  for (int r = 0; r < rows; r++) co_rng_normals(&rng, to + r * stride, width);
}

static void make_norm(norm_case *c, int width) {
  int stride = (width + CO_LANES - 1) / CO_LANES * CO_LANES;
  *c = (norm_case){0};
  c->view = (co_norm_view){width, stride, c->weight, c->bias};
  fill(c->weight, 1, width, stride, 1);
  fill(c->bias, 1, width, stride, 2);
  fill(c->z, ROWS, width, stride, 3);
  fill(c->dy, ROWS, width, stride, 4);
}

static void double_norm(const norm_case *c, const double *z, double *out) {
  int width = c->view.width;
  double mean = 0, square = 0;
  for (int i = 0; i < width; i++) mean += z[i] / width;
  for (int i = 0; i < width; i++) square += (z[i] - mean) * (z[i] - mean) / width;
  for (int i = 0; i < width; i++)
    out[i] = (double)c->weight[i] * (z[i] - mean) / sqrt(square + 1e-5) + (double)c->bias[i];
}

START_TEST(norm_agrees_with_double) {
  const co_kernels *kernels = level_of(_i / NUM_WIDTHS);
  if (!kernels) return;
  norm_case c;
  make_norm(&c, widths[_i % NUM_WIDTHS]);
  double z[ROWS][STRIDE], expected[STRIDE], largest = 0;
  for (int r = 0; r < ROWS; r++)
    for (int i = 0; i < c.view.width; i++) z[r][i] = (double)c.z[r * c.view.stride + i];
  kernels->norm(&c.view, ROWS, c.z, c.inverse, c.y);
  for (int r = 0; r < ROWS; r++) {
    double_norm(&c, z[r], expected);
    for (int i = 0; i < c.view.width; i++) {
      ck_assert_double_eq_tol((double)c.y[r * c.view.stride + i], expected[i], 5e-6);
      largest = fmax(largest, fabs(expected[i]));
    }
    for (int i = c.view.width; i < c.view.stride; i++) ck_assert(c.y[r * c.view.stride + i] == 0);
  }
  ck_assert_double_gt(largest, 0.1);
}
END_TEST

// loss = sum of dy y, whose derivative by y is dy
static double norm_loss(const norm_case *c, int r, const double *z) {
  double out[STRIDE], loss = 0;
  double_norm(c, z, out);
  for (int i = 0; i < c->view.width; i++) loss += (double)c->dy[r * c->view.stride + i] * out[i];
  return loss;
}

START_TEST(norm_backward_is_finite_differences) {
  const co_kernels *kernels = level_of(_i / NUM_WIDTHS);
  if (!kernels) return;
  static norm_case c, before;
  make_norm(&c, widths[_i % NUM_WIDTHS]);
  before = c;
  int width = c.view.width, stride = c.view.stride;
  kernels->norm(&c.view, ROWS, c.z, c.inverse, c.y);
  kernels->norm_backward(&c.view, c.z, c.inverse, ROWS, c.dy, c.dweight, c.dbias);
  double size = 0, bias = 0;
  for (int r = 0; r < ROWS; r++) {
    double z[STRIDE], step = 1e-6;
    for (int i = 0; i < width; i++) z[i] = (double)before.z[r * stride + i];
    for (int i = 0; i < width; i++) {
      double kept = z[i];
      z[i] = kept + step;
      double above = norm_loss(&before, r, z);
      z[i] = kept - step;
      double slope = (above - norm_loss(&before, r, z)) / (2 * step);
      z[i] = kept;
      ck_assert_double_eq_tol((double)c.dy[r * stride + i], slope, 2e-5 * fmax(1, fabs(slope)));
      size += fabs(slope);
    }
    for (int i = width; i < stride; i++) ck_assert(c.dy[r * stride + i] == 0);
    bias += (double)before.dy[r * stride];
  }
  if (width > 1) ck_assert_double_gt(size, 0.1);
  ck_assert_double_eq_tol((double)c.dbias[0], bias, 1e-5);
  for (int i = 0; i < width; i++) {
    double weight = 0;
    for (int r = 0; r < ROWS; r++)
      weight += (double)before.dy[r * stride + i] * (double)c.z[r * stride + i];
    ck_assert_double_eq_tol((double)c.dweight[i], weight, 1e-5);
  }
}
END_TEST

START_TEST(norm_has_the_same_bits_at_every_level) {
  const co_kernels *kernels = level_of(_i / NUM_WIDTHS), *scalar = co_kernels_named("scalar");
  if (!kernels) return;
  static norm_case a, b;
  make_norm(&a, widths[_i % NUM_WIDTHS]);
  make_norm(&b, widths[_i % NUM_WIDTHS]);
  kernels->norm(&a.view, ROWS, a.z, a.inverse, a.y);
  kernels->norm_backward(&a.view, a.z, a.inverse, ROWS, a.dy, a.dweight, a.dbias);
  scalar->norm(&b.view, ROWS, b.z, b.inverse, b.y);
  scalar->norm_backward(&b.view, b.z, b.inverse, ROWS, b.dy, b.dweight, b.dbias);
  ck_assert_mem_eq(a.z, b.z, sizeof a.z);
  ck_assert_mem_eq(a.y, b.y, sizeof a.y);
  ck_assert_mem_eq(a.dy, b.dy, sizeof a.dy);
  ck_assert_mem_eq(a.dweight, b.dweight, sizeof a.dweight);
  ck_assert_mem_eq(a.dbias, b.dbias, sizeof a.dbias);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("activations");
  int all = num_levels() * NUM_ACTIVATIONS, norms = num_levels() * NUM_WIDTHS;
  TCase *activations = tcase_create("activations");
  tcase_add_loop_test(activations, activations_agree_with_libm, 0, all);
  tcase_add_loop_test(activations, slopes_are_finite_differences, 0, all);
  tcase_add_loop_test(activations, nan_stays_where_it_is, 0, all);
  tcase_add_loop_test(activations, activations_have_the_same_bits_at_every_level, 0, all);
  tcase_add_test(activations, padding_stays_zero);
  suite_add_tcase(suite, activations);
  TCase *norm = tcase_create("norm");
  tcase_add_loop_test(norm, norm_agrees_with_double, 0, norms);
  tcase_add_loop_test(norm, norm_backward_is_finite_differences, 0, norms);
  tcase_add_loop_test(norm, norm_has_the_same_bits_at_every_level, 0, norms);
  suite_add_tcase(suite, norm);
  return suite;
}
