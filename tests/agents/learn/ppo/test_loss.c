// Losses of PPO: their values and derivatives against the objectives in double.

#include "agents/learn/ppo/private/loss.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>

enum { LOSS_ROWS = 23, LOSS_DIM = 3, LOSS_STRIDE = 16 };

typedef struct loss_case {
  float mean[LOSS_ROWS * LOSS_STRIDE], action[LOSS_ROWS * LOSS_DIM], old[LOSS_ROWS],
      advantage[LOSS_ROWS];
  float log_std[LOSS_DIM], target[LOSS_ROWS], value[LOSS_ROWS];
  uint32_t sample[LOSS_ROWS];
  co_batch batch;
  co_arena arena;
  co_gaussian gaussian;
} loss_case;

static double log_prob(const loss_case *c, int r, const double *mean, const double *log_std) {
  double sum = 0;
  for (int j = 0; j < LOSS_DIM; j++) {
    double z = ((double)c->action[r * LOSS_DIM + j] - mean[j]) / exp(log_std[j]);
    sum -= 0.5 * z * z + log_std[j] + 0.5 * log(2 * acos(-1));
  }
  return sum;
}

// Rows whose ratios spread around 1, in and out of the clip range. Row r is sample LOSS_ROWS - 1 -
// r.
static loss_case *make_losses(void) {
  loss_case *c = calloc(1, sizeof *c);
  co_rng rng = co_rng_make(&(co_stream){2, 0, CO_PURPOSE_TEST}, 0);
  co_rng_normals(&rng, c->log_std, LOSS_DIM);
  co_rng_normals(&rng, c->action, LOSS_ROWS * LOSS_DIM);
  co_rng_normals(&rng, c->advantage, LOSS_ROWS);
  co_rng_normals(&rng, c->target, LOSS_ROWS);
  for (int r = 0; r < LOSS_ROWS; r++) {
    double mean[LOSS_DIM], log_std[LOSS_DIM];
    c->sample[r] = (uint32_t)(LOSS_ROWS - 1 - r);
    co_rng_normals(&rng, c->mean + r * LOSS_STRIDE, LOSS_DIM);
    for (int j = 0; j < LOSS_DIM; j++) {
      mean[j] = (double)c->mean[r * LOSS_STRIDE + j];
      log_std[j] = (double)c->log_std[j];
    }
    int sample = LOSS_ROWS - 1 - r;
    c->old[sample] = (float)(log_prob(c, sample, mean, log_std) + 0.3 * co_rng_normal(&rng));
  }
  c->batch =
      (co_batch){.act_dim = LOSS_DIM, .action = c->action, .log_prob = c->old, .value = c->value};
  ck_assert_int_eq(co_gaussian_create(&c->arena, LOSS_DIM, &c->gaussian), CO_OK);
  co_gaussian_set(&c->gaussian, co_kernels_get(), c->log_std);
  return c;
}

static void release_losses(loss_case *c) {
  co_arena_free(&c->arena);
  free(c);
}

// the objective with every number in double; parameter `moved` (means, then log_std) is moved by
// `by`
static double double_policy_loss(const loss_case *c, int moved, double by, double entropy) {
  double loss = 0;
  for (int r = 0; r < LOSS_ROWS; r++) {
    double mean[LOSS_DIM], log_std[LOSS_DIM];
    for (int j = 0; j < LOSS_DIM; j++) {
      mean[j] = (double)c->mean[r * LOSS_STRIDE + j] + (moved == r * LOSS_DIM + j ? by : 0);
      log_std[j] = (double)c->log_std[j] + (moved == LOSS_ROWS * LOSS_DIM + j ? by : 0);
      loss -= entropy * (log_std[j] + 0.5 * log(2 * acos(-1) * exp(1))) / LOSS_ROWS;
    }
    int sample = (int)c->sample[r];
    double ratio = exp(log_prob(c, sample, mean, log_std) - (double)c->old[sample]);
    double held = ratio < 0.8 ? 0.8 : ratio > 1.2 ? 1.2 : ratio, a = (double)c->advantage[r];
    loss -= fmin(ratio * a, held * a) / LOSS_ROWS;
  }
  return loss;
}

START_TEST(policy_loss_has_the_derivative_of_the_objective) {
  loss_case *c = make_losses();
  double entropy = _i ? 0.05 : 0;
  co_ppo_rows rows = {&c->batch, c->sample, LOSS_ROWS, 1.0 / LOSS_ROWS};
  co_policy_loss_def def = {co_kernels_get(), &c->gaussian, 0.2f, (float)entropy};
  float dmean[LOSS_ROWS * LOSS_STRIDE] = {0}, dlog_std[LOSS_DIM];
  co_ppo_sums sums = {0};
  co_policy_loss(&def, &rows, c->advantage, c->mean, LOSS_STRIDE, dmean, dlog_std, &sums);
  double size = 0;
  int zero = 0;
  for (int p = 0; p < (LOSS_ROWS + 1) * LOSS_DIM; p++) {
    double step = 1e-6, above = double_policy_loss(c, p, step, entropy);
    double numeric = (above - double_policy_loss(c, p, -step, entropy)) / (2 * step);
    int r = p / LOSS_DIM, j = p % LOSS_DIM;
    double analytic = (double)(r < LOSS_ROWS ? dmean[r * LOSS_STRIDE + j] : dlog_std[j]);
    ck_assert_double_eq_tol(analytic, numeric, 2e-5);
    size += analytic * analytic;
    zero += analytic == 0;
  }
  ck_assert_double_gt(size, 1e-2);
  ck_assert_int_gt(zero, 2 * LOSS_DIM);  // clipped rows
  ck_assert_int_lt(zero, LOSS_ROWS * LOSS_DIM / 2 + LOSS_DIM);
  ck_assert_int_gt((int)sums.clipped, zero / LOSS_DIM - 1);
  ck_assert_double_eq_tol(sums.policy_loss / LOSS_ROWS, double_policy_loss(c, -1, 0, 0), 1e-5);
  ck_assert_double_gt(sums.approx_kl, 0);
  release_losses(c);
}
END_TEST

typedef struct value_case {
  double coefficient, clip;
  int min_held, max_held;  // rows whose derivative the clipping has made 0
} value_case;
static const value_case value_cases[] = {
    {0.5, 0, 0, 0}, {0.5, 0.3, 3, LOSS_ROWS - 3}, {2, 0.3, 3, LOSS_ROWS - 3}, {0.5, 1e3, 0, 0}};

// the objective of row r in double, its value moved by `by`
static double double_value_loss(const loss_case *c, const value_case *v, int r, double by) {
  double value = (double)c->mean[r * LOSS_STRIDE] + by, old = (double)c->value[c->sample[r]];
  double target = (double)c->target[c->sample[r]],
         held = fmin(fmax(value, old - v->clip), old + v->clip);
  double free_square = pow(value - target, 2), held_square = pow(held - target, 2);
  return v->coefficient * (v->clip > 0 ? fmax(free_square, held_square) : free_square);
}

START_TEST(value_loss_has_its_derivative) {
  const value_case *v = &value_cases[_i];
  loss_case *c = make_losses();
  co_ppo_rows rows = {&c->batch, c->sample, LOSS_ROWS, 1.0 / LOSS_ROWS};
  co_value_loss_def def = {(float)v->coefficient, (float)v->clip};
  float dvalue[LOSS_ROWS * LOSS_STRIDE] = {0};
  co_ppo_sums sums = {0};
  co_value_loss(&def, &rows, c->target, c->mean, LOSS_STRIDE, dvalue, &sums);
  double loss = 0, size = 0, step = 1e-6;
  int held = 0;
  for (int r = 0; r < LOSS_ROWS; r++) {
    double rise = double_value_loss(c, v, r, step) - double_value_loss(c, v, r, -step);
    double analytic = (double)dvalue[r * LOSS_STRIDE];
    loss += double_value_loss(c, v, r, 0);
    ck_assert_double_eq_tol(analytic, rise / (2 * step) / LOSS_ROWS, 1e-6);
    ck_assert(dvalue[r * LOSS_STRIDE + 1] == 0);
    size += analytic * analytic;
    held += analytic == 0;
  }
  ck_assert_double_gt(size, 1e-3);
  ck_assert_int_ge(held, v->min_held);
  ck_assert_int_le(held, v->max_held);
  ck_assert_double_eq_tol(sums.value_loss, loss, 1e-5 * v->coefficient * LOSS_ROWS);
  release_losses(c);
}
END_TEST

START_TEST(gaussian_agrees_with_its_formula) {
  loss_case *c = make_losses();
  double mean[LOSS_DIM], log_std[LOSS_DIM], entropy = 0;
  for (int j = 0; j < LOSS_DIM; j++) {
    mean[j] = (double)c->mean[j];
    log_std[j] = (double)c->log_std[j];
    entropy += log_std[j] + 0.5 * log(2 * acos(-1) * exp(1));
  }
  float actual = co_gaussian_log_prob(&c->gaussian, c->mean, c->action);
  ck_assert_double_eq_tol((double)actual, log_prob(c, 0, mean, log_std), 1e-4);
  ck_assert_double_eq_tol((double)c->gaussian.entropy, entropy, 1e-5);
  float extreme[LOSS_DIM] = {-9, 0, 9};
  co_gaussian_set(&c->gaussian, co_kernels_get(), extreme);
  ck_assert_double_eq_tol((double)c->gaussian.std[0], exp(-5), 1e-8);
  ck_assert_double_eq_tol((double)c->gaussian.std[2], exp(2), 1e-5);
  release_losses(c);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_loss");
  TCase *losses = tcase_create("losses");
  tcase_add_loop_test(losses, policy_loss_has_the_derivative_of_the_objective, 0, 2);
  tcase_add_loop_test(losses, value_loss_has_its_derivative, 0,
                      sizeof value_cases / sizeof *value_cases);
  tcase_add_test(losses, gaussian_agrees_with_its_formula);
  suite_add_tcase(suite, losses);
  return suite;
}
