// Updates of SAC against those that another framework made (tests/golden/sac_vectors.py): losses,
// norm of the gradient, and every parameter of actor, critics, temperature and target critics
// behind some steps, with two actions, with log_std at both of its bounds, and with layer norm.

#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/activation.h"
#include "tests/support/elements.h"
#include "tests/support/golden.h"

enum { TRANSITIONS = 20, BATCH = 9, UPDATES = 3, ACTIONS = 2 };

static const char *const cases[] = {"plain", "narrow", "norm"};

static co_sac_def read_settings(const co_json *settings) {
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  def.batch = BATCH;
  def.activation = one_activation(CO_ELU);
#define READ(name) def.name = number(settings, #name)
  READ(gamma), READ(tau), READ(rate), READ(adam_epsilon), READ(log_std_min), READ(target_entropy);
#undef READ
  def.layer_norm = co_json_get(settings, "layer_norm") != NULL;
  return def;
}

static void read_replay(const co_json *json, co_replay_buffer *replay) {
  float obs[TRANSITIONS * PENDULUM_OBS], next_obs[TRANSITIONS * PENDULUM_OBS];
  float action[TRANSITIONS * ACTIONS], reward[TRANSITIONS], terminated[TRANSITIONS];
  read_rows(json, "obs", TRANSITIONS, PENDULUM_OBS, PENDULUM_OBS, obs);
  read_rows(json, "next_obs", TRANSITIONS, PENDULUM_OBS, PENDULUM_OBS, next_obs);
  read_rows(json, "action", TRANSITIONS, ACTIONS, ACTIONS, action);
  read_rows(json, "reward", TRANSITIONS, 1, 1, reward);
  read_rows(json, "terminated", TRANSITIONS, 1, 1, terminated);
  for (int i = 0; i < TRANSITIONS; i++)
    co_replay_buffer_add(replay, &(co_transition){.obs = obs + i * PENDULUM_OBS,
                                                  .action = action + i * ACTIONS,
                                                  .next_obs = next_obs + i * PENDULUM_OBS,
                                                  .reward = reward[i],
                                                  .terminated = terminated[i] != 0});
}

static void read_target(const co_json *target, co_sac_learner *learner) {
  const co_ensemble *critics = &learner->state.target;
  for (int t = 0; t < critics->num_tensors; t++) {
    const co_tensor *tensor = &critics->tensor[t];
    read_rows(target, tensor->name, tensor->rows, tensor->cols, tensor->stride, tensor->data);
  }
}

static double compare_target(const co_json *expected, const co_sac_learner *learner) {
  const co_ensemble *critics = &learner->state.target;
  double largest = 0;
  for (int t = 0; t < critics->num_tensors; t++) {
    const co_tensor *tensor = &critics->tensor[t];
    const co_json *values = member(expected, tensor->name);
    for (int i = 0; i < tensor->rows * tensor->cols; i++) {
      double target = co_tensor_get(tensor, i / tensor->cols, i % tensor->cols);
      largest = fmax(largest, fabs(target - at(values, i)));
    }
  }
  return largest;
}

// ---- what an update drew, which the file's arrays were made with

static void print_noise(const char *name, const float *noise) {
  printf(", \"%s\": [", name);
  for (int i = 0; i < BATCH * ACTIONS; i++) printf("%s%.9g", i ? ", " : "", (double)noise[i]);
  printf("]");
}

static void print_draws(const co_sac_learner *learner) {
  printf("{\"index\": [");
  for (int r = 0; r < BATCH; r++)
    printf("%s%d", r ? ", " : "", (int)learner->scratch.minibatch.row[r].index);
  printf("]");
  print_noise("next_noise", learner->scratch.minibatch.next.noise);
  print_noise("noise", learner->scratch.minibatch.sample.noise);
  printf("}\n");
}

static bool same_draws(const co_json *draws, const co_sac_learner *learner) {
  bool same = true;
  for (int r = 0; r < BATCH; r++)
    same = same && at(member(draws, "index"), r) == learner->scratch.minibatch.row[r].index;
  for (int i = 0; i < BATCH * ACTIONS; i++) {
    same = same &&
           (float)at(member(draws, "next_noise"), i) == learner->scratch.minibatch.next.noise[i];
    same =
        same && (float)at(member(draws, "noise"), i) == learner->scratch.minibatch.sample.noise[i];
  }
  return same;
}

// ---- the test

static void compare_figures(const co_json *after, const co_sac_learner *learner) {
  co_learner_stats stats;
  co_sac.stats(&learner->base, &stats);
  const struct {
    const char *name;
    double actual;
  } figures[] = {{"policy_loss", stats.policy_loss},
                 {"value_loss", stats.value_loss},
                 {"entropy", stats.entropy},
                 {"mean_value", stats.mean_value},
                 {"grad_norm", stats.grad_norm}};
  for (int i = 0; i < (int)(sizeof figures / sizeof *figures); i++) {
    double expected = number(after, figures[i].name), off = fabs(figures[i].actual - expected);
    ck_assert_msg(off < 1e-5 * (1 + fabs(expected)), "%s: %.9g, not %.9g", figures[i].name,
                  figures[i].actual, expected);
  }
}

// of two actions, which nobody plays
static fixture *make_golden(const co_json *json, const co_json *vectors) {
  double hidden[] = {5, 4};
  static const co_action_element action[ACTIONS] = {
      TEST_ACTION("ctrl/a", "torque", "N m", 1, 0, -2, 2, NAN, NAN, NAN),
      TEST_ACTION("ctrl/b", "torque", "N m", 1, 0, -1, 1, NAN, NAN, NAN)};
  fixture *f = make_with(read_settings(member(vectors, "settings")), (variant){.threads = 2},
                         (co_floats){hidden, 2}, action, ACTIONS);
  read_params(member(vectors, "params"), &f->policy->net);
  read_target(member(vectors, "target"), f->learner);
  read_replay(member(json, "replay"), f->learner->state.player[CO_ENV_TARGET].replay);
  co_sac_pack_all(f->learner);
  co_sac_choose_moving(f->learner);
  return f;
}

START_TEST(updates_agree_with_automatic_differentiation) {
  co_json *json = read_golden("sac_vectors.json");
  const co_json *vectors = member(member(json, "cases"), cases[_i]);
  const co_json *after = member(vectors, "after"), *params = member(vectors, "params");
  fixture *f = make_golden(json, vectors);
  bool same = true;
  for (int u = 0; u < UPDATES; u++) {
    ck_ok(co_sac_learn(f->learner));
    print_draws(f->learner);
    same = same && same_draws(co_json_at(member(json, "draws"), (size_t)u), f->learner);
  }
  ck_assert_msg(same, "the file's draws are not those of the learner, which are printed");
  compare_figures(after, f->learner);
  double moved = 0, off = compare_params(member(after, "params"), params, &f->policy->net, &moved);
  double target = compare_target(member(after, "target"), f->learner);
  printf("%s: parameters moved by %.1e, differ by %.1e, targets by %.1e\n", cases[_i], moved, off,
         target);
  ck_assert_double_gt(moved, 5e-3);
  ck_assert(off < 1e-6 && target < 1e-6);
  release(f);
  co_json_free(json);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_golden");
  TCase *golden = tcase_create("golden");
  tcase_add_loop_test(golden, updates_agree_with_automatic_differentiation, 0,
                      sizeof cases / sizeof *cases);
  suite_add_tcase(suite, golden);
  return suite;
}
