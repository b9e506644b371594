// What a call would have to do, without doing anything.

#include "tests/transfer/study_fixture.h"
#include "transfer/run/plan.h"

#include <math.h>

static int entries(void) {
  co_names names;
  ck_ok(co_dir_list(fixture_folder, &names));
  int count = names.count;
  co_names_free(&names);
  return count;
}

START_TEST(test_counts_what_is_left) {
  fixture f;
  co_study_plan all, rest;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_ok(co_pool_create(2, &f.context.pool));
  int before = entries();
  ck_ok(co_study_plan_make(&f.context, 2, 1, false, &all));
  ck_assert_int_eq(entries(), before);  // nothing was written
  ck_assert_int_eq(all.trials, f.trials.count);
  ck_assert_int_eq(all.done, 0);
  // two seeds: source 128, oracle 256, scratch and full 128 each
  ck_assert_int_eq(all.train_steps, 2 * (128 + 256 + 128 + 128));
  ck_assert_int_gt(all.episodes, 0);
  ck_assert(isfinite(all.seconds) && all.seconds > 0.12 * 3);  // strips of three strategies
  ck_assert(all.bytes > 0);
  ck_assert_int_eq(all.comparisons, 1);
  ck_assert(all.test.smallest_p > 0.05 && all.test.needed > 2);
  ck_assert_ptr_nonnull(strstr(all.advice.data, "\n"));
  fixture_run(&f, "source.a.-.-.s0");
  fixture_run(&f, "transfer.a.b.full.s0");
  ck_ok(co_study_plan_make(&f.context, 2, 1, false, &rest));
  ck_assert_int_eq(rest.done, 2);
  ck_assert_int_eq(rest.train_steps, all.train_steps);
  ck_assert_double_eq_tol(rest.bytes / all.bytes, (all.trials - 2.0) / all.trials, 1e-12);
  ck_assert_str_eq(rest.advice.data, all.advice.data);
  co_study_plan_free(&all);
  co_study_plan_free(&rest);
  co_pool_free(f.context.pool);
  fixture_close(&f);
}
END_TEST

START_TEST(test_what_is_wrong) {
  fixture f;
  co_study_plan plan;
  fixture_open(&f, fixture_study("targets.0.domain.0.scale=1.0", NULL, NULL));
  ck_fails(co_study_plan_make(&f.context, 1, 1, false, &plan), CO_CONFIG, "target \"b\" is inert");
  ck_assert_ptr_null(plan.advice.data);
  fixture_close(&f);
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  fixture_run(&f, "source.a.-.-.s0");
  fixture_close(&f);
  // the finished trial is of another definition
  fixture_open(&f, fixture_study("final_episodes=4", NULL, NULL));
  ck_fails(co_study_plan_make(&f.context, 1, 1, false, &plan), CO_CONFIG, "source.a.-.-.s0");
  ck_ok(co_study_plan_make(&f.context, 1, 1, true, &plan));
  ck_assert_int_eq(plan.done, 0);
  co_study_plan_free(&plan);
  const volatile sig_atomic_t stop = 1;
  f.context.stop = &stop;
  ck_assert_int_eq(co_study_plan_make(&f.context, 1, 1, true, &plan), CO_INTERRUPTED);
  ck_assert_ptr_null(plan.advice.data);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("plan");
  TCase *tcase = tcase_create("plan");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_counts_what_is_left);
  tcase_add_test(tcase, test_what_is_wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}
