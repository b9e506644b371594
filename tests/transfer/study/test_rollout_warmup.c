// Strategies whose copied policy only plays at first: where that can be, and what definitions tell.

#include "tests/transfer/strategy_fixture.h"

static co_policy *make(void) {
  return make_policy(1, 8);
}

#define WARM "rollout_warmup = 100; "
static const struct {
  const char *algorithm, *members, *error;  // NULL: allowed
} cases[] = {
    {"sac", WARM, NULL},
    {"sac", WARM "train = \"critic.*\";", NULL},
    {"sac", "base = \"rollout_warmup\";", NULL},
    {"ppo", "rollout_warmup = 0; base = \"full\";", NULL},
    {"ppo", WARM, "strategy \"x\": rollout_warmup: ppo learns from the latest rollout alone"},
    {"bc", WARM, "strategy \"x\": rollout_warmup: bc takes no steps in an env"},
    {"sac", WARM "copy = \"\";", "actor.trunk.0.weight is not copied as it is"},
    {"sac", WARM "copy = \"critic.*|actor.mean.*\";",
     "actor.trunk.0.weight is not copied as it is"},
    {"sac", WARM "fresh = { actor = 1; from = \"output\"; };",
     "actor.mean.weight is not copied as it is"},
    {"sac", WARM "rules = ( { tensors = \"actor.*\"; shrink = 0.8; } );",
     "actor.trunk.0.weight is not copied as it is"},
    {"sac", WARM "train = \"\"; obs_norm = \"keep\";",
     "rollout_warmup: nothing is trained behind it"},
};
START_TEST(a_copied_actor_can_play_first) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  co_policy *policy = make();
  resolve_members(cases[_i].members, &s, &strategy);
  ck_ok(co_strategy_plan(&strategy, policy->tensor, policy->num_tensors, plan));
  co_status status = co_strategy_check_learner(
      &strategy, plan, co_algorithm_find(cases[_i].algorithm), policy, policy);
  if (cases[_i].error)
    ck_fails(status, CO_CONFIG, cases[_i].error);
  else
    ck_ok(status);
  co_policy_free(policy);
  close_strategies(&s);
}
END_TEST

START_TEST(something_is_left_to_learn_in) {
  strategies s;
  co_strategy strategy;
  resolve_members(WARM, &s, &strategy);
  ck_ok(co_strategy_check_budget(&strategy, 101));
  ck_fails(co_strategy_check_budget(&strategy, 100), CO_CONFIG,
           "strategy \"x\": rollout_warmup = 100 leaves nothing of the target's 100 steps");
  close_strategies(&s);
}
END_TEST

START_TEST(definitions_say_it_where_it_is) {
  static const struct {
    const char *name;
    int64_t steps;
    const char *text;  // NULL: nothing of it
  } of[] = {{"full", 0, NULL},
            {"rollout_warmup", 5000, "rollout_warmup = 5000;\n"},
            {"far", 5000, "rollout_warmup = 5000;\n"},
            {"near", 30, "rollout_warmup = 30;\n"},
            {"none", 0, NULL}};
  strategies s;
  co_strategy strategy;
  open_strategies(&s,
                  "{ name = \"far\"; base = \"rollout_warmup\"; train = \"*\"; },"
                  "{ name = \"near\"; base = \"far\"; rollout_warmup = 30; },"
                  "{ name = \"none\"; base = \"far\"; rollout_warmup = 0; }");
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    co_buf text = {0};
    ck_ok(co_strategy_resolve(&s.own, &s.builtin, of[i].name, &strategy));
    ck_assert_int_eq(strategy.rollout_warmup, of[i].steps);
    ck_ok(co_strategy_write(&strategy, &text));
    const char *body = strchr(text.data, '\n');  // behind the name
    ck_assert_int_eq(strstr(body, of[i].text ? of[i].text : "rollout") != NULL, of[i].text != NULL);
    co_buf_free(&text);
  }
  close_strategies(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("rollout_warmup");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, a_copied_actor_can_play_first, 0, sizeof cases / sizeof *cases);
  tcase_add_test(tcase, something_is_left_to_learn_in);
  tcase_add_test(tcase, definitions_say_it_where_it_is);
  suite_add_tcase(suite, tcase);
  return suite;
}
