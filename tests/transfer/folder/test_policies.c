// The policies of a study's folder.

#include "tests/transfer/study_fixture.h"
#include "transfer/folder/policies.h"
#include "transfer/run/runner.h"

#include <math.h>

static void run_some(bool all) {
  static const char *const ids[] = {"source.a.-.-.s0", "transfer.a.b.full.s0",
                                    "transfer.-.b.scratch.s0", "source.a.-.-.s1",
                                    "oracle.-.b.scratch.s1"};
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_ok(co_study_run_claim(&f.context));
  for (int i = 0; i < (all ? 5 : 1); i++) fixture_run(&f, ids[i]);
  fixture_close(&f);
}

START_TEST(test_lists_what_is_done) {
  static const char *const names[] = {"source, seed 0", "source, seed 1", "oracle, seed 1",
                                      "scratch, seed 0", "full, seed 0"};
  co_folder_policies policies;
  run_some(true);
  ck_ok(co_folder_policies_read(fixture_folder, NULL, NULL, &policies));
  ck_assert_int_eq(policies.count, 5);
  for (int i = 0; i < 5; i++) {
    ck_assert_str_eq(policies.name[i], names[i]);
    ck_assert_int_eq(co_folder_policies_find(&policies, names[i]), i);
    ck_assert_str_eq(policies.policy[i]->contract.task, "pendulum");
  }
  for (int i = 0; i < 2; i++) ck_assert_str_eq(policies.task[i], "pendulum");
  ck_assert_int_eq(co_folder_policies_find(&policies, "full, seed 1"), -1);
  co_folder_policies_free(&policies);
  ck_ok(co_folder_policies_read(fixture_folder, "a", "b", &policies));
  ck_assert_int_eq(policies.count, 5);
  co_folder_policies_free(&policies);
}
END_TEST

// What the panel of activations shows of a policy of a study.
START_TEST(test_tells_what_became_of_tensors) {
  co_folder_policies policies;
  run_some(true);
  ck_ok(co_folder_policies_read(fixture_folder, NULL, NULL, &policies));
  int source = co_folder_policies_find(&policies, "source, seed 0");
  int full = co_folder_policies_find(&policies, "full, seed 0");
  int scratch = co_folder_policies_find(&policies, "scratch, seed 0");
  static const char kName[] = "actor.trunk.0.weight";
  const co_tensor_fate *fate = co_tensor_fates_find(&policies.fates[full], kName);
  ck_assert_str_eq(fate->status, "copied");
  ck_assert_int_eq(fate->trained, CO_KNOWN_YES);
  ck_assert(fate->change > 0 && fate->change < 1);  // against the source of its seed
  fate = co_tensor_fates_find(&policies.fates[scratch], kName);
  ck_assert_str_eq(fate->status, "fresh");
  ck_assert(isnan(fate->change));
  fate = co_tensor_fates_find(&policies.fates[source], kName);
  ck_assert(isnan(fate->change));
  ck_assert_int_eq(policies.fates[full].count, policies.policy[full]->num_tensors);
  co_folder_policies_free(&policies);
}
END_TEST

START_TEST(test_what_is_wrong) {
  co_folder_policies policies;
  ck_fails(co_folder_policies_read(fixture_path("nowhere"), NULL, NULL, &policies), CO_NO_INPUT,
           "no study's folder");
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_ok(co_study_run_claim(&f.context));
  fixture_close(&f);
  ck_fails(co_folder_policies_read(fixture_folder, NULL, NULL, &policies), CO_NO_INPUT, "is done");
  ck_fails(co_folder_policies_read(fixture_folder, "c", NULL, &policies), CO_CONFIG,
           "no source \"c\"");
  ck_fails(co_folder_policies_read(fixture_folder, NULL, "a", &policies), CO_CONFIG,
           "no target \"a\"");
  run_some(false);
  ck_ok(co_folder_policies_read(fixture_folder, NULL, NULL, &policies));
  ck_assert_int_eq(policies.count, 1);
  co_folder_policies_free(&policies);
  fixture_write("trials/source.a.-.-.s0/done.json", "nonsense");
  ck_fails(co_folder_policies_read(fixture_folder, NULL, NULL, &policies), CO_DATA, "done.json");
  fixture_write("trials/source.a.-.-.s0/policy.safetensors", "nonsense");
  ck_fails(co_folder_policies_read(fixture_folder, NULL, NULL, &policies), CO_DATA,
           "policy.safetensors");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("policies");
  TCase *tcase = tcase_create("policies");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_lists_what_is_done);
  tcase_add_test(tcase, test_tells_what_became_of_tensors);
  tcase_add_test(tcase, test_what_is_wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}
