// What every algorithm of the table answers for itself.

#include "agents/learn/algorithm.h"
#include "agents/learn/ppo/ppo.h"
#include "agents/learn/sac/sac.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const co_algorithm *const table[] = {&co_ppo, &co_sac, &co_bc};
enum { COUNT = sizeof table / sizeof *table };

static co_node *group(const char *text) {
  co_node *root;
  ck_ok(co_tree_parse(text, "t", &root));
  return root;
}

static void *settings_of(const co_algorithm *algorithm, const co_node *node, co_arena *arena) {
  void *settings = co_arena_alloc(arena, 1, algorithm->schema->size);
  ck_assert_ptr_nonnull(settings);
  ck_ok(co_schema_read(algorithm->schema, node, arena, settings));
  return settings;
}

START_TEST(names_find_their_table) {
  for (int i = 0; i < COUNT; i++) {
    ck_assert_str_eq(co_algorithm_names[i], table[i]->name);
    ck_assert_ptr_eq(co_algorithm_find(table[i]->name), table[i]);
  }
  ck_assert_ptr_null(co_algorithm_names[COUNT]);
  ck_assert_ptr_null(co_algorithm_find("reinforce"));
}
END_TEST

static const co_network_def networks[] = {
    {.obs_dim = 3, .act_dim = 1, .num_hidden = 1, .hidden = {7}, .activation = CO_SWISH},
    {.obs_dim = 3,
     .act_dim = 1,
     .num_hidden = 3,
     .hidden = {8, 5, 12},
     .activation = CO_ELU,
     .layer_norm = true},
    {.obs_dim = 3,
     .act_dim = 1,
     .num_hidden = 3,
     .hidden = {8, 5, 12},
     .activation = CO_RELU,
     .num_activations = 3,
     .activations = {CO_RELU, CO_TANH, CO_SWISH}},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

START_TEST(settings_from_a_network_give_that_network) {
  const co_algorithm *algorithm = table[_i / NETWORKS];
  const co_network_def *want = &networks[_i % NETWORKS];
  co_node *node = group("hidden = (3, 3, 3); layer_norm = true; adam_epsilon = 0.5;");
  co_arena arena = {0};
  co_network_def got;
  ck_ok(algorithm->take_network(want, node));
  algorithm->network(settings_of(algorithm, node, &arena), 3, 1, &got);
  ck_assert_int_eq(got.num_hidden, want->num_hidden);
  for (int i = 0; i < want->num_hidden; i++) ck_assert_int_eq(got.hidden[i], want->hidden[i]);
  ck_assert_int_eq(got.activation, want->activation);
  ck_assert_int_eq(got.num_activations, want->num_activations);
  ck_assert(co_network_same_activations(&got, want));
  ck_assert(got.layer_norm == want->layer_norm);
  ck_assert(!got.shared_trunk);
  ck_assert_double_eq(co_node_get(node, "adam_epsilon")->value.real, 0.5);
  co_node_free(node);
  co_arena_free(&arena);
}
END_TEST

// bc has no critic that could share it.
START_TEST(a_shared_trunk_is_for_ppo_only) {
  co_network_def shared = networks[0], got;
  shared.shared_trunk = true;
  co_node *node = group("");
  co_arena arena = {0};
  ck_ok(co_ppo.take_network(&shared, node));
  co_ppo.network(settings_of(&co_ppo, node, &arena), 3, 1, &got);
  ck_assert(got.shared_trunk);
  ck_assert_int_eq(co_sac.take_network(&shared, node), CO_CONFIG);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "sac has no trunk that actor and critics share"));
  co_node_free(node);
  node = group("");
  ck_ok(co_bc.take_network(&shared, node));
  co_bc.network(settings_of(&co_bc, node, &arena), 3, 1, &got);
  ck_assert(!got.shared_trunk);
  co_node_free(node);
  co_arena_free(&arena);
}
END_TEST

// What is not set of later settings leaves definitions, and so finished trials, as they were.
START_TEST(later_settings_are_written_where_they_are_set) {
  co_node *plain = group(""), *set = group("memory = \"gru\"; sequence = 16; privileged = true;");
  co_arena arena = {0};
  co_buf without = {0}, with = {0};
  ck_ok(co_schema_write(&co_ppo_schema, settings_of(&co_ppo, plain, &arena), &without));
  ck_ok(co_schema_write(&co_ppo_schema, settings_of(&co_ppo, set, &arena), &with));
  ck_assert_ptr_null(strstr(without.data, "memory"));
  ck_assert_ptr_null(strstr(without.data, "sequence"));
  ck_assert_ptr_null(strstr(without.data, "privileged"));
  ck_assert_ptr_nonnull(strstr(with.data, "memory = \"gru\";"));
  ck_assert_ptr_nonnull(strstr(with.data, "sequence = 16;"));
  ck_assert_ptr_nonnull(strstr(with.data, "privileged = true;"));
  co_buf_free(&without);
  co_buf_free(&with);
  co_node_free(plain);
  co_node_free(set);
  co_arena_free(&arena);
}
END_TEST

START_TEST(memory_is_for_ppo_only) {
  co_network_def remembers = networks[0];
  remembers.memory = (co_memory_def){CO_GRU, 8};
  co_node *node = group("");
  ck_assert_int_eq(co_sac.take_network(&remembers, node), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "sac has no layers with memory, and the policy's network has");
  ck_assert_int_eq(co_bc.take_network(&remembers, node), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "bc has no layers with memory, and the policy's network has");
  co_node_free(node);
}
END_TEST

START_TEST(only_an_annealed_rate_makes_the_horizon_matter) {
  static const char *const text[] = {"", "schedule = \"kl\";", "schedule = \"constant\";"};
  co_arena arena = {0};
  for (int i = 0; i < 3; i++) {
    co_node *node = group(text[i]);
    ck_assert(co_algorithm_horizon_matters(&co_ppo, settings_of(&co_ppo, node, &arena)) ==
              (i == 0));
    ck_ok(co_ppo.in_target(node));
    ck_assert(!co_algorithm_horizon_matters(&co_ppo, settings_of(&co_ppo, node, &arena)));
    co_node_free(node);
  }
  co_node *node = group("");
  ck_assert(!co_algorithm_horizon_matters(&co_sac, settings_of(&co_sac, node, &arena)));
  ck_assert_ptr_null(co_sac.in_target);
  co_node_free(node);
  co_arena_free(&arena);
}
END_TEST

START_TEST(what_needs_bounds_says_where_there_are_none) {
  co_action_element action[] = {{.name = "a", .low = -1, .high = 1},
                                {.name = "b", .low = -1, .high = (double)INFINITY}};
  co_env_info info = {.task = "somewhere", .act_dim = 1, .action = action};
  for (int i = 0; i < COUNT; i++) ck_ok(co_algorithm_check(table[i], &info));
  info.act_dim = 2;
  ck_ok(co_algorithm_check(&co_ppo, &info));
  ck_assert_int_eq(co_algorithm_check(&co_sac, &info), CO_CONFIG);
  ck_assert_str_eq(co_error_text(),
                   "sac needs actions within bounds, and \"b\" of task somewhere has none");
}
END_TEST

// The data are only counted here.
START_TEST(data_go_to_who_learns_from_them) {
  const co_data_sets none = {0}, some = {.count = 1};
  co_algorithm cloner = {.name = "cloner", .needs = CO_NEEDS_DATA},
               mixer = {.name = "mixer", .needs = CO_NEEDS_ENV, .uses = CO_NEEDS_DATA},
               other = {.name = "other", .needs = CO_NEEDS_ENV};
  ck_ok(co_algorithm_check_data(&cloner, &some));
  ck_assert_int_eq(co_algorithm_check_data(&cloner, &none), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "cloner learns from data, and none are given");
  ck_assert_int_eq(co_algorithm_check_data(&cloner, NULL), CO_CONFIG);
  ck_ok(co_algorithm_check_data(&mixer, NULL));
  ck_ok(co_algorithm_check_data(&mixer, &some));
  ck_ok(co_algorithm_check_data(&other, &none));
  ck_assert_int_eq(co_algorithm_check_data(&other, &some), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "other has no use for data, and some are given");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("algorithm");
  TCase *tcase = tcase_create("algorithm");
  tcase_add_test(tcase, names_find_their_table);
  tcase_add_loop_test(tcase, settings_from_a_network_give_that_network, 0, COUNT * NETWORKS);
  tcase_add_test(tcase, a_shared_trunk_is_for_ppo_only);
  tcase_add_test(tcase, memory_is_for_ppo_only);
  tcase_add_test(tcase, later_settings_are_written_where_they_are_set);
  tcase_add_test(tcase, only_an_annealed_rate_makes_the_horizon_matter);
  tcase_add_test(tcase, what_needs_bounds_says_where_there_are_none);
  tcase_add_test(tcase, data_go_to_who_learns_from_them);
  suite_add_tcase(suite, tcase);
  return suite;
}
