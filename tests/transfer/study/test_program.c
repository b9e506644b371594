// Sources that act by a program: what takes them to a target, and what is refused by the name of
// the operation that stands in the way.

#include "tests/agents/program/graphs.h"
#include "tests/support/acting.h"
#include "tests/transfer/strategy_fixture.h"
#include "transfer/study/program.h"

static const float numbers[] = {0.5f, -1, 0.25f, 2, 1, -0.5f};

// Branches that are joined, of the fixture's world: 3 observations, 1 action.
static co_policy *program_source(void) {
  co_policy *plain = make_policy_of(3, &(co_network_def){.obs_dim = 3, .act_dim = 1}), *policy;
  graph *g = graph_of(17);
  graph_input(g, "obs", SHAPE(1, 3));
  graph_reals(g, "w", SHAPE(6, 1), numbers);
  graph_node(g, "Tanh", "obs", "bent");
  put_int(graph_node(g, "Concat", "obs bent", "both"), "axis", 1);
  graph_node(g, "MatMul", "both w", "action");
  graph_output(g, "action");
  co_program program = compile_graph(g);
  plain->contract.output = CO_OUTPUT_RAW;
  ck_ok(co_policy_from_program(&program, "g.onnx", &plain->contract, &policy));
  co_policy_free(plain);
  return policy;
}

static const struct {
  const char *members, *says;  // NULL: taken
} strategies_met[] = {
    {"base = \"zero_shot\";", NULL},
    {"base = \"scratch\";", NULL},
    {"copy = \"*\"; train = \"\";", NULL},
    {"base = \"full\";", "\"x\" trains a policy that acts by a program"},
    {"base = \"critic_warmup\";", "\"x\" trains a policy that acts by a program"},
    {"base = \"zero_shot\"; match = \"place\";", "maps to another body"},
    {"base = \"zero_shot\"; obs_norm = \"reset\";", "takes a part of"},
    {"copy = \"actor.*\"; train = \"\";", "takes a part of"},
};

START_TEST(what_would_change_it_is_refused) {
  strategies s;
  co_strategy strategy;
  co_policy *source = program_source();
  resolve_members(strategies_met[_i].members, &s, &strategy);
  if (strategies_met[_i].says) {
    ck_fails(co_strategy_check_program(&strategy, source), CO_CONFIG, strategies_met[_i].says);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "(Concat): Concat is no part of a network"));
    ck_assert_ptr_nonnull(strstr(co_error_text(), "zero_shot takes it as it is"));
  } else {
    ck_ok(co_strategy_check_program(&strategy, source));
  }
  close_strategies(&s);
  co_policy_free(source);
}
END_TEST

START_TEST(a_network_is_not_asked_for) {
  strategies s;
  co_strategy strategy;
  co_policy *source = make_policy(1, WIDTH);
  resolve_members("base = \"full\";", &s, &strategy);
  ck_ok(co_strategy_check_program(&strategy, source));
  ck_assert(!co_strategy_takes_program(&strategy, source));
  ck_assert(!co_strategy_takes_program(&strategy, NULL));
  close_strategies(&s);
  co_policy_free(source);
}
END_TEST

// The output of the source means in the target what it meant: the action itself.
START_TEST(zero_shot_is_the_same_function) {
  enum { ROWS = 5 };
  co_policy *source = program_source(), *plain = make_policy_of(4, &source->net.def), *target;
  float obs[3 * ROWS], want[ROWS], have[ROWS];
  source->obs_norm.mean[1] = 0.5;
  *source->obs_norm.count = 10;
  ck_assert_int_ne(plain->contract.output, CO_OUTPUT_RAW);
  ck_ok(co_policy_from_stored(source->program, "g", &plain->contract, &target));
  ck_ok(apply("base = \"zero_shot\";", source, target, 1));
  random_obs(6, ROWS, obs);
  policy_act(source, obs, ROWS, want);
  policy_act(target, obs, ROWS, have);
  ck_assert_mem_eq(have, want, sizeof want);
  co_policy_free(source);
  co_policy_free(plain);
  co_policy_free(target);
}
END_TEST

START_TEST(it_goes_to_worlds_of_its_size) {
  co_policy *source = program_source(), *policy;
  const co_env_info other = {.task = "wide", .obs_dim = 4, .act_dim = 1};
  ck_fails(co_program_policy(source, &other, &policy), CO_CONFIG, "does not go to a world of 4");
  ck_assert_ptr_null(policy);
  co_policy_free(source);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("programs as sources");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, what_would_change_it_is_refused, 0,
                      sizeof strategies_met / sizeof *strategies_met);
  tcase_add_test(tcase, a_network_is_not_asked_for);
  tcase_add_test(tcase, zero_shot_is_the_same_function);
  tcase_add_test(tcase, it_goes_to_worlds_of_its_size);
  suite_add_tcase(suite, tcase);
  return suite;
}
