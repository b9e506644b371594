// The squashed Gaussian: its density integrates to 1 and is the one of its formula, its derivative
// is that of the loss, its actions keep to the bounds.

#include "agents/nn/squashed.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { DIM = 3, ROWS = 5, STRIDE = CO_LANES, COUNT = ROWS * DIM };

static const float log_std_min = -5;

typedef struct fixture {
  co_squashed_def def;
  float head[ROWS * STRIDE], dhead[ROWS * STRIDE], daction[ROWS * STRIDE];
  float noise[COUNT], action[COUNT], std[COUNT], scratch[3 * COUNT], log_prob[ROWS];
  co_squashed_sample sample;
} fixture;

static void make(fixture *f) {
  memset(f, 0, sizeof *f);
  f->def = (co_squashed_def){co_kernels_get(), DIM, log_std_min};
  f->sample = (co_squashed_sample){f->noise, f->action, f->std, f->scratch, f->log_prob};
  for (int r = 0; r < ROWS; r++) {
    for (int j = 0; j < DIM; j++) {
      f->head[r * STRIDE + j] = 0.9f * (float)sin(3.0 * r + j);
      f->head[r * STRIDE + DIM + j] = -1 + 0.7f * (float)cos(2.0 * r + j);
      f->noise[r * DIM + j] = 1.4f * (float)sin(1.0 + 5 * r + 2 * j);
      f->daction[r * STRIDE + j] = 2 * (float)cos(4.0 * r + 3 * j);
    }
  }
}

static void draw(fixture *f) {
  co_squashed_draw(&f->def, f->head, STRIDE, ROWS, &f->sample);
}

static double hold(double x) {
  return x < -5 ? -5 : x > 2 ? 2 : x;
}

// log density of one element by the formula as one would write it first
static double naive_log_prob(double mean, double log_std, double noise) {
  double u = mean + exp(log_std) * noise, a = tanh(u);
  return -0.5 * noise * noise - log_std - 0.5 * log(2 * acos(-1)) - log(1 - a * a);
}

START_TEST(log_prob_is_that_of_the_formula) {
  fixture f;
  make(&f);
  draw(&f);
  for (int r = 0; r < ROWS; r++) {
    double sum = 0;
    for (int j = 0; j < DIM; j++) {
      double mean = (double)f.head[r * STRIDE + j], s = (double)f.head[r * STRIDE + DIM + j];
      sum += naive_log_prob(mean, s, (double)f.noise[r * DIM + j]);
      ck_assert_double_eq_tol((double)f.action[r * DIM + j],
                              tanh(mean + exp(s) * (double)f.noise[r * DIM + j]), 1e-6);
    }
    ck_assert_double_eq_tol((double)f.log_prob[r], sum, 1e-5);
  }
}
END_TEST

// over actions a = tanh(u): sum of pi(a) da, da from the distance of neighbouring actions
START_TEST(density_integrates_to_one) {
  static const float means[] = {0, 0.5f, -2}, log_stds[] = {-3, -0.5f, 1};
  fixture f;
  make(&f);
  f.def.dim = 1;
  for (int c = 0; c < 3; c++) {
    double total = 0, before = -1;
    enum { POINTS = 40000 };
    for (int i = 0; i < POINTS; i++) {
      f.head[0] = means[c];
      f.head[1] = log_stds[c];
      f.noise[0] = -8 + 16 * (float)i / POINTS;
      co_squashed_draw(&f.def, f.head, STRIDE, 1, &f.sample);
      double a = tanh((double)means[c] + exp((double)log_stds[c]) * (double)f.noise[0]);
      total += exp((double)f.log_prob[0]) * (a - before);
      before = a;
    }
    ck_assert_double_eq_tol(total, 1, 5e-3);
  }
}
END_TEST

// where 1 - tanh^2 is no float any more
START_TEST(far_out_the_log_prob_is_still_right) {
  static const float far[] = {-60, -20, -9, 9, 20, 60};
  fixture f;
  make(&f);
  f.def.dim = 1;
  for (int i = 0; i < 6; i++) {
    f.head[0] = far[i];
    f.head[1] = 0;
    f.noise[0] = 0.5f;
    co_squashed_draw(&f.def, f.head, STRIDE, 1, &f.sample);
    double u = fabs((double)far[i] + 0.5);
    double expected = -0.125 - 0.5 * log(2 * acos(-1)) - 2 * (log(2) - u - log1p(exp(-2 * u)));
    ck_assert_double_eq_tol((double)f.log_prob[0], expected, 1e-5 * u + 1e-5);
    ck_assert(f.action[0] >= -1 && f.action[0] <= 1);
  }
}
END_TEST

// alpha log pi(a) - daction . a for one row, a function of its head
static double naive_loss(const double *head, const fixture *f, int r, double alpha) {
  double loss = 0;
  for (int j = 0; j < DIM; j++) {
    double s = hold(head[DIM + j]), noise = (double)f->noise[r * DIM + j];
    double a = tanh(head[j] + exp(s) * noise);
    loss += alpha * naive_log_prob(head[j], s, noise) - (double)f->daction[r * STRIDE + j] * a;
  }
  return loss;
}

START_TEST(derivative_agrees_with_differences) {
  fixture f;
  make(&f);
  f.head[DIM] = -7;          // held at the lower bound
  f.head[STRIDE + DIM] = 3;  // and at the upper one
  const float alpha = 0.3f, weight = 0.25f;
  draw(&f);
  co_squashed_backward(&f.def, f.head, STRIDE, ROWS, &f.sample, f.daction, STRIDE, alpha, weight,
                       f.dhead);
  ck_assert_ptr_ne(f.dhead, f.head);
  double largest = 0;
  for (int r = 0; r < ROWS; r++) {
    double head[2 * DIM];
    for (int i = 0; i < 2 * DIM; i++) head[i] = (double)f.head[r * STRIDE + i];
    for (int i = 0; i < 2 * DIM; i++) {
      const double h = 1e-6, x = head[i];
      head[i] = x + h;
      double above = naive_loss(head, &f, r, (double)alpha);
      head[i] = x - h;
      double below = naive_loss(head, &f, r, (double)alpha);
      head[i] = x;
      double expected = (double)weight * (above - below) / (2 * h);
      ck_assert_double_eq_tol((double)f.dhead[r * STRIDE + i], expected, 2e-5);
      largest = fmax(largest, fabs(expected));
    }
    for (int i = 2 * DIM; i < STRIDE; i++) ck_assert(f.dhead[r * STRIDE + i] == 0);
  }
  ck_assert_double_gt(largest, 0.1);
  ck_assert(f.dhead[DIM] == 0 && f.dhead[STRIDE + DIM] == 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("squashed");
  TCase *tests = tcase_create("squashed");
  tcase_add_test(tests, log_prob_is_that_of_the_formula);
  tcase_add_test(tests, density_integrates_to_one);
  tcase_add_test(tests, far_out_the_log_prob_is_still_right);
  tcase_add_test(tests, derivative_agrees_with_differences);
  suite_add_tcase(suite, tests);
  return suite;
}
