// Updates of PPO against those that another framework made (tests/golden/ppo_vectors.py): losses,
// norm of the gradient, advantages, and every parameter behind Adam's step.

#include "core/json.h"
#include "tests/support/ppo_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 2, STEPS = 6, SAMPLES = ROWS * STEPS };

static const char *const cases[] = {"plain", "options", "recomputed"};

static const co_json *member(const co_json *object, const char *key) {
  const co_json *value = co_json_get(object, key);
  ck_assert_msg(value != NULL, "%s", key);
  return value;
}

static double number(const co_json *object, const char *key) {
  double value = co_json_as_number(member(object, key), NAN);
  ck_assert_msg(isfinite(value), "%s", key);
  return value;
}

static double at(const co_json *array, int i) {
  double value = co_json_as_number(co_json_at(array, (size_t)i), NAN);
  ck_assert(isfinite(value));
  return value;
}

static co_ppo_def read_settings(const co_json *settings) {
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  static const double hidden[] = {5, 4};
  def.hidden = (co_floats){(double *)hidden, 2};  // only ever read
  def.envs = ROWS;
  def.horizon = STEPS;
  def.minibatch = SAMPLES;
  def.schedule = CO_PPO_CONSTANT;
  def.normalize_obs = def.normalize_reward = false;
  def.epochs = (int64_t)number(settings, "epochs");
  def.recompute_advantages = co_json_as_bool(member(settings, "recompute_advantages"), false);
#define READ(name) def.name = number(settings, #name)
  READ(gamma), READ(lambda), READ(clip), READ(value_coefficient), READ(entropy);
  READ(max_grad_norm), READ(adam_epsilon), READ(rate), READ(value_clip);
#undef READ
  return def;
}

static void read_params(const co_json *params, co_learner *learner) {
  const co_network *net = &learner->policy->net;
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor *tensor = &net->tensor[t];
    const co_json *values = member(params, tensor->name);
    ck_assert_int_eq((int)co_json_count(values), tensor->rows * tensor->cols);
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      int cell = i / tensor->cols * tensor->stride + i % tensor->cols;
      ((float *)tensor->data)[cell] = (float)at(values, i);
    }
  }
  co_ppo_transpose_all(learner);
}

// `width` numbers per row, `stride` floats apart
static void read_rows(const co_json *batch, const char *key, int rows, int width, int stride,
                      float *out) {
  const co_json *values = member(batch, key);
  ck_assert_int_eq((int)co_json_count(values), rows * width);
  for (int i = 0; i < rows * width; i++) out[i / width * stride + i % width] = (float)at(values, i);
}

static void read_batch(const co_json *json, co_batch *out) {
  read_rows(json, "obs", SAMPLES, PENDULUM_OBS, out->obs_stride, out->obs);
  read_rows(json, "action", SAMPLES, 1, 1, out->action);
  read_rows(json, "log_prob", SAMPLES, 1, 1, out->log_prob);
  read_rows(json, "value", SAMPLES, 1, 1, out->value);
  read_rows(json, "reward", SAMPLES, 1, 1, out->reward);
  read_rows(json, "final_value", SAMPLES, 1, 1, out->final_value);
  read_rows(json, "last_value", ROWS, 1, 1, out->last_value);
  for (int i = 0; i < SAMPLES; i++) {
    out->valid[i] = 1;
    out->done[i] = at(member(json, "done"), i) != 0;
    if (out->cut) out->cut[i] = at(member(json, "cut"), i) != 0;
  }
  if (!out->cut) return;
  read_rows(json, "final_obs", SAMPLES, PENDULUM_OBS, out->obs_stride, out->final_obs);
  read_rows(json, "last_obs", ROWS, PENDULUM_OBS, out->obs_stride, out->last_obs);
}

// largest difference of the parameters; `moved`: how far the update has taken them
static double compare_params(const co_json *expected, const co_json *before, const co_network *net,
                             double *moved) {
  double largest = 0;
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor *tensor = &net->tensor[t];
    const co_json *now = member(expected, tensor->name), *old = member(before, tensor->name);
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      double actual = co_tensor_get(tensor, i / tensor->cols, i % tensor->cols);
      largest = fmax(largest, fabs(actual - at(now, i)));
      *moved = fmax(*moved, fabs(at(old, i) - at(now, i)));
    }
  }
  return largest;
}

static void compare_figures(const co_json *after, const co_learner *learner) {
  co_learner_stats stats;
  co_ppo.stats(learner, &stats);
  ck_assert_double_eq_tol(stats.policy_loss, number(after, "policy_loss"), 2e-6);
  ck_assert_double_eq_tol(stats.value_loss, number(after, "value_loss"), 2e-6);
  ck_assert_double_eq_tol(stats.approx_kl, number(after, "approx_kl"), 1e-6);
  ck_assert_double_eq_tol(stats.clip_fraction, number(after, "clip_fraction"), 1e-6);
  ck_assert_double_eq_tol(stats.grad_norm, number(after, "grad_norm"), 5e-6);
  for (int i = 0; i < SAMPLES; i++) {
    ck_assert_double_eq_tol((double)learner->advantage[i], at(member(after, "advantage"), i), 5e-6);
    ck_assert_double_eq_tol((double)learner->target[i], at(member(after, "target"), i), 5e-6);
  }
}

START_TEST(an_update_agrees_with_automatic_differentiation) {
  char path[4200];
  snprintf(path, sizeof path, "%s/tests/golden/ppo_vectors.json", getenv("CARRYOVER_SOURCE"));
  co_json *json;
  ck_assert_msg(co_json_read(path, &json) == CO_OK, "%s", co_error_text());
  const co_json *vectors = member(member(json, "cases"), cases[_i]);
  const co_json *after = member(vectors, "after");
  fixture *f = make(read_settings(member(vectors, "settings")), 1, NULL, 1000);
  read_params(member(json, "params"), f->learner);
  read_batch(member(json, "batch"), &f->learner->batch);
  ck_assert_msg(co_ppo.update(f->learner) == CO_OK, "%s", co_error_text());
  compare_figures(after, f->learner);
  double moved = 0;
  double off =
      compare_params(member(after, "params"), member(json, "params"), &f->policy->net, &moved);
  printf("%s: parameters moved by %.1e, differ by %.1e\n", cases[_i], moved, off);
  ck_assert_double_gt(moved, 2e-3);
  ck_assert_double_lt(off, 1e-6);
  release(f);
  co_json_free(json);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_golden");
  TCase *golden = tcase_create("golden");
  tcase_add_loop_test(golden, an_update_agrees_with_automatic_differentiation, 0,
                      sizeof cases / sizeof *cases);
  suite_add_tcase(suite, golden);
  return suite;
}
