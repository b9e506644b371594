// Strategies that look for dormant units: where that can do something, and what definitions tell.

#include "tests/transfer/strategy_fixture.h"

typedef enum policy_kind { PLAIN, SHARED, MEMORY, LINEAR } policy_kind;

static co_policy *make(policy_kind kind) {
  co_network_def def = {.obs_dim = 3,
                        .act_dim = 1,
                        .num_hidden = kind == LINEAR ? 0 : 2,
                        .hidden = {8, 8},
                        .activation = CO_RELU,
                        .shared_trunk = kind == SHARED};
  if (kind == MEMORY) def.memory = (co_memory_def){CO_GRU, 5};
  return make_policy_of(1, &def);
}

#define FREEZE(n, end, m) "freeze = { actor = " #n "; critic = " #m "; from = \"" end "\"; };"
static const struct {
  policy_kind kind;
  const char *algorithm, *members, *error;  // NULL: allowed
} cases[] = {
    {PLAIN, "ppo", "", NULL},
    {PLAIN, "sac", "", NULL},
    {SHARED, "ppo", "", NULL},
    {PLAIN, "ppo", FREEZE(3, "input", 1), NULL},   // the critic's upper hidden layer is left
    {PLAIN, "ppo", FREEZE(1, "output", 3), NULL},  // the actor's lower one
    {PLAIN, "bc", "", "redo: bc does not look for dormant units"},
    {MEMORY, "ppo", "", "redo does not go with learning.memory"},
    {LINEAR, "ppo", "", "redo finds no hidden layer that moves as a whole"},
    {PLAIN, "ppo", "train = \"actor.mean.*|critic.*value*\";", "redo finds no hidden layer"},
    {PLAIN, "ppo", FREEZE(2, "output", 2), "redo finds no hidden layer"},
    {PLAIN, "ppo", "rules = ( { tensors = \"*.bias\"; rate = 0; } );",
     "redo finds no hidden layer"},
    {PLAIN, "ppo", "rules = ( { tensors = \"*.weight\"; hold = 0.5; } );",
     "redo finds no hidden layer"},
    {PLAIN, "ppo", "rules = ( { tensors = \"*.1.weight\"; lora = 1; } );",
     "redo finds no hidden layer"},
    {SHARED, "ppo",
     "rules = ( { tensors = \"critic.0.value.weight|actor.trunk.0.*\"; rate = 0; } );",
     "redo finds no hidden layer"},
};
START_TEST(some_layer_can_begin_anew) {
  strategies s;
  co_strategy strategy;
  co_tensor_plan plan[64];
  char members[512];
  snprintf(members, sizeof members, "redo = { every = 10; }; %s", cases[_i].members);
  co_policy *policy = make(cases[_i].kind);
  resolve_members(members, &s, &strategy);
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

START_TEST(one_stands_for_that_of_the_base) {
  strategies s;
  co_strategy near, far, none;
  co_buf text = {0};
  open_strategies(&s,
                  "{ name = \"far\"; base = \"redo\"; train = \"*\"; },"
                  "{ name = \"near\"; base = \"far\"; redo = { threshold = 0.1; every = 30; }; }");
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "far", &far));
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "near", &near));
  ck_ok(co_strategy_resolve(&s.own, &s.builtin, "full", &none));
  ck_assert_ptr_null(none.redo);
  ck_assert(far.redo->threshold == 0.025 && far.redo->every == 1000);
  ck_assert(near.redo->threshold == 0.1 && near.redo->every == 30);
  ck_ok(co_strategy_write(&near, &text));
  ck_assert_msg(strstr(text.data, "redo = { threshold = 0.1;\nevery = 30;\n };\n") != NULL, "%s",
                text.data);
  text.size = 0;
  ck_ok(co_strategy_write(&none, &text));
  ck_assert_ptr_null(strstr(text.data, "redo"));
  co_buf_free(&text);
  close_strategies(&s);
}
END_TEST

START_TEST(steps_go_to_the_next_look) {
  static const struct {
    int64_t every, done, most, steps;
    bool due;  // behind these steps
  } cuts[] = {{0, 0, 32, 32, false},  {10, 0, 32, 10, true}, {10, 10, 32, 10, true},
              {10, 13, 32, 7, true},  {10, 13, 5, 5, false}, {1, 4, 32, 1, true},
              {100, 0, 32, 32, false}};
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
    co_redo redo = {0.1, cuts[i].every};
    ck_assert_int_eq(co_redo_steps(&redo, cuts[i].done, cuts[i].most), cuts[i].steps);
    ck_assert_int_eq(co_redo_is_due(&redo, cuts[i].done + cuts[i].steps), cuts[i].due);
  }
  ck_assert(!co_redo_is_due(&(co_redo){0.1, 10}, 0));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("redo");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, some_layer_can_begin_anew, 0, sizeof cases / sizeof *cases);
  tcase_add_test(tcase, one_stands_for_that_of_the_base);
  tcase_add_test(tcase, steps_go_to_the_next_look);
  suite_add_tcase(suite, tcase);
  return suite;
}
