// Which worlds may be taken for the one a policy was trained in.

#include "agents/policy/home.h"
#include "tests/support/leg_contract.h"

static co_env_info leg_world(void) {
  return (co_env_info){
      .task = "leg", .task_hash = 1, .model = "leg.xml", .model_hash = 2, .model_hash_1 = 5};
}

START_TEST(same_world_has_not_changed) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  ck_assert(co_home_is_found(&leg, 0));
  ck_assert_ptr_null(co_home_change_text(0));
  leg.task_hash = leg.model_hash = 0;  // unknown
  world.task_hash = world.model_hash = 9;
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  co_contract_free(&leg);
}
END_TEST

START_TEST(edited_task_is_found_by_name_unless_it_was_a_file) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  world.task_hash = 3;
  unsigned changes = co_home_changes(&leg, &world);
  ck_assert_uint_eq(changes, CO_HOME_TASK);
  ck_assert_str_eq(co_home_change_text(changes), "the task differs");
  ck_assert(co_home_is_found(&leg, changes));
  leg.task_is_file = true;
  ck_assert(!co_home_is_found(&leg, changes));
  ck_assert(co_home_is_found(&leg, 0));
  co_contract_free(&leg);
}
END_TEST

START_TEST(another_model_is_another_world) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  world.model_hash = 3;
  ck_assert_uint_eq(co_home_changes(&leg, &world), CO_HOME_MODEL);
  ck_assert_str_eq(co_home_change_text(CO_HOME_MODEL), "the model differs");
  ck_assert(!co_home_is_found(&leg, CO_HOME_MODEL));
  world.task_hash = 3;
  unsigned both = co_home_changes(&leg, &world);
  ck_assert_str_eq(co_home_change_text(both), "the task and the model differ");
  ck_assert(!co_home_is_found(&leg, both));
  co_contract_free(&leg);
}
END_TEST

// A policy of before knows the model by the older hash.
START_TEST(older_contracts_have_the_older_hash) {
  co_contract leg = make_leg();
  co_env_info world = leg_world();
  leg.format = 1;
  ck_assert_uint_eq(co_home_changes(&leg, &world), CO_HOME_MODEL);
  leg.model_hash = 5;
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  world.model_hash = 9;  // what format 1 does not see has changed
  ck_assert_uint_eq(co_home_changes(&leg, &world), 0);
  co_contract_free(&leg);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("home");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, same_world_has_not_changed);
  tcase_add_test(tcase, edited_task_is_found_by_name_unless_it_was_a_file);
  tcase_add_test(tcase, another_model_is_another_world);
  tcase_add_test(tcase, older_contracts_have_the_older_hash);
  suite_add_tcase(suite, tcase);
  return suite;
}
