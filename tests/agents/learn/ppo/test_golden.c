// Updates of PPO against those that another framework made (tests/golden/ppo_vectors.py): losses,
// norm of the gradient, advantages, and every parameter behind Adam's step.

#include "tests/agents/learn/ppo/ppo_fixture.h"
#include "tests/support/golden.h"

enum { ROWS = 2, STEPS = 6, SAMPLES = ROWS * STEPS };

static const char *const cases[] = {"plain", "options", "recomputed"};

static co_ppo_def read_settings(const co_json *settings) {
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  static double hidden[] = {5, 4};
  def.hidden = (co_floats){hidden, 2};
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

static void compare_figures(const co_json *after, const co_ppo_learner *learner) {
  co_learner_stats stats;
  co_ppo.stats(&learner->base, &stats);
  ck_assert_double_eq_tol(stats.policy_loss, number(after, "policy_loss"), 2e-6);
  ck_assert_double_eq_tol(stats.value_loss, number(after, "value_loss"), 2e-6);
  ck_assert_double_eq_tol(stats.approx_kl, number(after, "approx_kl"), 1e-6);
  ck_assert_double_eq_tol(stats.clip_fraction, number(after, "clip_fraction"), 1e-6);
  ck_assert_double_eq_tol(stats.grad_norm, number(after, "grad_norm"), 5e-6);
  for (int i = 0; i < SAMPLES; i++) {
    ck_assert_double_eq_tol((double)learner->scratch.advantage[i],
                            at(member(after, "advantage"), i), 5e-6);
    ck_assert_double_eq_tol((double)learner->scratch.target[i], at(member(after, "target"), i),
                            5e-6);
  }
}

START_TEST(an_update_agrees_with_automatic_differentiation) {
  co_json *json = read_golden("ppo_vectors.json");
  const co_json *vectors = member(member(json, "cases"), cases[_i]);
  const co_json *after = member(vectors, "after");
  fixture *f = make(read_settings(member(vectors, "settings")), 1, NULL, 1000);
  read_params(member(json, "params"), &f->policy->net);
  co_ppo_transpose_all(f->learner);
  read_batch(member(json, "batch"), &f->learner->scratch.batch);
  ck_assert_msg(co_ppo.update(&f->learner->base) == CO_OK, "%s", co_error_text());
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
