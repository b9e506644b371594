// Transfer with SAC, and between the heads of PPO and SAC.

#include "agents/learn/sac/sac.h"
#include "envs/source/worlds.h"
#include "tests/support/activation.h"
#include "tests/transfer/strategy_fixture.h"
#include "transfer/run/training.h"

#include <math.h>

static double hidden[] = {WIDTH, WIDTH};

static co_ppo_def ppo_settings(void) {
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  def.envs = 4;
  def.horizon = 64;
  def.epochs = 2;
  def.warmup_steps = 64;
  def.activation = one_activation(CO_RELU);
  def.hidden = (co_floats){hidden, 2};
  return def;
}

static co_sac_def sac_settings(void) {
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  def.batch = 32;
  def.hidden = (co_floats){hidden, 2};
  return def;
}

typedef struct trained {
  co_policy *policy;
  co_record record;
} trained;

static void free_trained(trained *t) {
  co_policy_free(t->policy);
  co_record_free(&t->record);
}

// `strategy` NULL: a fresh policy
static trained train(const char *algorithm, const char *strategy, const co_policy *source,
                     int64_t steps) {
  strategies s;
  co_strategy resolved;
  resolve(NULL, strategy ? strategy : "scratch", &s, &resolved);
  co_ppo_def ppo = ppo_settings();
  co_sac_def sac = sac_settings();
  co_world_source worlds = co_worlds(NULL);
  co_world home = {.task = "pendulum"};
  co_training_def def = {.name = "test",
                         .worlds = &worlds,
                         .world = {.task = "pendulum"},
                         .home = &home,
                         .algorithm = co_algorithm_find(algorithm),
                         .settings = algorithm[0] == 'p' ? (const void *)&ppo : &sac,
                         .strategy = strategy ? &resolved : NULL,
                         .source = source,
                         .seed = 5,
                         .steps = steps,
                         .evaluations = 2,
                         .episodes = 2,
                         .final_episodes = 2};
  trained t = {0};
  t.record.action_difference = NAN;
  co_training_cost cost = {0};
  ck_ok(co_training_run(&def, &t.record, &cost, &t.policy));
  ck_assert_str_eq(t.record.failed, "");
  close_strategies(&s);
  return t;
}

static const char *status_of(const trained *t, const char *name) {
  return t->record.tensor[find(t->policy, name)].status;
}

static bool was_trained(const trained *t, const char *name) {
  return t->record.tensor[find(t->policy, name)].moved > 0;
}

START_TEST(a_sac_policy_goes_on_as_it_was) {
  trained source = train("sac", NULL, NULL, 600);
  ck_assert(isnan(source.record.entropy));  // only observations could tell
  trained target = train("sac", "full", source.policy, 300);
  ck_assert(target.record.action_difference == 0);
  ck_assert(isfinite(target.record.entropy) && target.record.entropy != 0);
  for (int i = 0; i < target.record.num_tensors; i++)
    ck_assert_str_eq(target.record.tensor[i].status, "copied");
  ck_assert(was_trained(&target, "actor.log_alpha") && was_trained(&target, "critic.1.value.bias"));
  free_trained(&target);
  free_trained(&source);
}
END_TEST

START_TEST(parts_of_a_sac_policy_can_be_frozen) {
  trained source = train("sac", NULL, NULL, 600);
  trained target = train("sac", "partial", source.policy, 400);
  ck_assert(!was_trained(&target, "actor.trunk.0.weight"));
  ck_assert(!was_trained(&target, "actor.trunk.1.bias"));
  ck_assert(was_trained(&target, "actor.mean.weight"));
  ck_assert(was_trained(&target, "actor.log_std.weight"));
  ck_assert(was_trained(&target, "actor.log_alpha"));
  free_trained(&target);
  target = train("sac", "new_head", source.policy, 400);
  ck_assert_str_eq(status_of(&target, "actor.trunk.1.weight"), "copied");
  ck_assert_str_eq(status_of(&target, "critic.0.trunk.0.weight"), "fresh");
  ck_assert(!was_trained(&target, "actor.trunk.1.weight"));
  free_trained(&target);
  free_trained(&source);
}
END_TEST

static const char *const algorithms[][2] = {{"ppo", "sac"}, {"sac", "ppo"}};
START_TEST(between_heads_only_trunk_and_normaliser_are_copied) {
  trained source = train(algorithms[_i][0], NULL, NULL, 600);
  trained target = train(algorithms[_i][1], "full", source.policy, 300);
  for (int i = 0; i < target.record.num_tensors; i++) {
    const char *name = target.record.tensor[i].name;
    bool same = strncmp(name, "actor.trunk.", 12) == 0 || strncmp(name, "obs_norm.", 9) == 0;
    ck_assert_msg(strcmp(target.record.tensor[i].status, same ? "copied" : "fresh") == 0, "%s: %s",
                  name, target.record.tensor[i].status);
  }
  ck_assert(target.record.action_difference > 0);
  free_trained(&target);
  free_trained(&source);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("heads");
  TCase *tests = tcase_create("heads");
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, a_sac_policy_goes_on_as_it_was);
  tcase_add_test(tests, parts_of_a_sac_policy_can_be_frozen);
  tcase_add_loop_test(tests, between_heads_only_trunk_and_normaliser_are_copied, 0, 2);
  suite_add_tcase(suite, tests);
  return suite;
}
