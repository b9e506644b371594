// SAC's settings, what the table of algorithms says of it, and its figures.

#include "tests/agents/learn/sac/sac_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *text, *error;
} mistakes[] = {
    {"activation = \"gelu\";", "activation: unknown value"},
    {"activation = (\"tanh\", \"gelu\");", "activation.1: unknown value"},
    {"activation = (\"tanh\", \"relu\", \"elu\");",
     "activation: 3 for 2 hidden layers: one for all"},
    {"activation = 3;", "activation: "},
    {"layer_norm = 1;", "layer_norm: "},
    {"dropout = -0.1;", "dropout: -0.1"},
    {"dropout = 1.0;", "dropout: 1"},
    {"shared_trunk = true;", "shared_trunk: unknown key of sac"},
    {"hidden = (8.5);", "hidden: 8.5 is not a whole number"},
    {"envs = 8; replay = 4;", "replay: 4 transitions do not hold"},
    {"tau = 0.0;", "tau"},
    {"log_std_min = -21.0;", "log_std_min"},
    {"critics = 0;", "critics: 0 is out of range"},
    {"critics = 11;", "critics: 11 is out of range"},
    {"critics = 2.5;", "critics: "},
};
START_TEST(settings_that_make_no_sense_are_refused) {
  co_node *root;
  co_arena arena = {0};
  co_sac_def def;
  ck_ok(co_tree_parse(mistakes[_i].text, "t", &root));
  ck_assert_int_eq(co_schema_read(&co_sac_schema, root, &arena, &def), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), mistakes[_i].error));
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(every_activation_is_a_setting) {
  char text[64];
  co_node *root;
  co_arena arena = {0};
  co_sac_def def;
  snprintf(text, sizeof text, "activation = \"%s\";", co_activation_names[_i]);
  ck_ok(co_tree_parse(text, "t", &root));
  ck_ok(co_schema_read(&co_sac_schema, root, &arena, &def));
  ck_assert_int_eq(def.activation.count, 1);
  ck_assert_str_eq(def.activation.value[0], co_activation_names[_i]);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(networks_that_sac_has_not_are_refused) {
  co_network_def network = {.num_hidden = 1, .hidden = {8}};
  co_node *root;
  ck_ok(co_tree_parse("", "t", &root));
  network.shared_trunk = true;
  ck_assert_int_eq(co_sac.take_network(&network, root), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "no trunk that actor and critics share"));
  network.shared_trunk = false;
  network.memory = (co_memory_def){CO_GRU, 4};
  ck_assert_int_eq(co_sac.take_network(&network, root), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "no layers with memory"));
  co_node_free(root);
}
END_TEST

// 50 env steps without and 25 with a gradient update, 10 of which hold the actor
START_TEST(figures_that_there_are_not_are_no_numbers) {
  co_sac_def def = small_def();
  def.critic_updates = 10;
  fixture *f = make(def, (variant){.from_source = true});
  co_learner_stats stats;
  f->policy->net.block[f->policy->net.log_alpha] = -1;
  train(f, 1);
  co_sac.stats(&f->learner->base, &stats);
  ck_assert(isnan(stats.policy_loss) && isnan(stats.value_loss) && isnan(stats.entropy));
  ck_assert(isnan(stats.mean_value) && isnan(stats.grad_norm));
  ck_assert_double_eq_tol(stats.alpha, exp(-1), 1e-6);
  train(f, 1);  // one gradient update, of the critics alone
  co_sac.stats(&f->learner->base, &stats);
  ck_assert_int_eq(stats.gradient_steps, 1);
  ck_assert(isnan(stats.policy_loss) && isnan(stats.entropy) && stats.value_loss > 0);
  train(f, 1);
  co_sac.stats(&f->learner->base, &stats);
  ck_assert(isfinite(stats.policy_loss) && isfinite(stats.entropy) && stats.grad_norm > 0);
  release(f);
}
END_TEST

START_TEST(the_algorithm_is_in_the_table) {
  ck_assert_ptr_eq(co_algorithm_find("sac"), &co_sac);
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  ck_assert_int_eq(co_sac.env_rows(&def), 1);
  ck_assert_int_eq(co_sac.steps_per_update(&def), 100);
  co_network_def network;
  co_sac.network(&def, 17, 6, &network);
  ck_assert_int_eq(network.head, CO_HEAD_SQUASHED);
  ck_assert_int_eq(network.hidden[1], 256);
  ck_assert_int_eq(network.activation, CO_RELU);
  ck_assert_int_eq(network.num_critics, 2);
}
END_TEST

// A policy's critics become the setting; two are not written, so texts of before stay what they
// were.
START_TEST(critics_come_from_a_network) {
  co_network_def network = {.head = _i ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN,
                            .num_hidden = 1,
                            .hidden = {8},
                            .num_critics = _i > 2    ? 5
                                           : _i == 2 ? 2
                                                     : 0};
  co_node *root;
  co_arena arena = {0};
  co_sac_def def;
  co_buf text = {0};
  ck_ok(co_tree_parse("", "t", &root));
  ck_ok(co_sac.take_network(&network, root));
  ck_ok(co_schema_read(&co_sac_schema, root, &arena, &def));
  ck_assert_int_eq(def.critics, _i > 2 ? 5 : 2);
  ck_ok(co_schema_write(&co_sac_schema, &def, &text));
  ck_assert_int_eq(strstr(text.data, "critics = 5") != NULL, _i > 2);
  ck_assert_int_eq(strstr(text.data, "critics = ") != NULL, _i > 2);
  co_buf_free(&text);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

// A squashed head has nothing to squash to.
START_TEST(actions_need_bounds) {
  const co_action_element open = {.name = "ctrl/hip", .low = -INFINITY, .high = INFINITY};
  const co_action_element bounded = {.name = "ctrl/hip", .low = -1, .high = 1};
  co_env_info info = {.task = "leg", .act_dim = 1, .action = &open};
  ck_assert_int_eq(co_algorithm_check(&co_sac, &info), CO_CONFIG);
  ck_assert_str_eq(co_error_text(),
                   "sac needs actions within bounds, and \"ctrl/hip\" of task leg has none");
  ck_ok(co_algorithm_check(co_algorithm_find("ppo"), &info));
  info.action = &bounded;
  ck_ok(co_algorithm_check(&co_sac, &info));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_settings");
  TCase *tests = tcase_create("sac_settings");
  tcase_add_loop_test(tests, settings_that_make_no_sense_are_refused, 0,
                      sizeof mistakes / sizeof *mistakes);
  tcase_add_loop_test(tests, every_activation_is_a_setting, 0, CO_SWISH + 1);
  tcase_add_test(tests, networks_that_sac_has_not_are_refused);
  tcase_add_test(tests, figures_that_there_are_not_are_no_numbers);
  tcase_add_test(tests, the_algorithm_is_in_the_table);
  tcase_add_loop_test(tests, critics_come_from_a_network, 0, 4);
  tcase_add_test(tests, actions_need_bounds);
  suite_add_tcase(suite, tests);
  return suite;
}
