// The planned comparisons: which test, which family, how many seeds.

#include "tests/transfer/metrics_fixture.h"
#include "transfer/measure/private/compare.h"

START_TEST(test_small_study_uses_two_sample_test) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  const co_comparison *full = &m->pair[0].arm[FULL].scratch, *head = &m->pair[0].arm[HEAD].scratch;
  ck_assert_int_eq(m->family, 2);  // full and head; zero-shot is no arm at equal budget
  ck_assert_int_eq(m->pair[0].arm[ZERO_SHOT].scratch.n, 0);
  ck_assert(!full->paired && full->told_apart && full->above == 5);
  ck_assert_double_eq_tol(full->p, 2.0 / 252, 1e-12);
  ck_assert_double_eq_tol(full->p_holm, 4.0 / 252, 1e-12);
  ck_assert(!head->told_apart && head->p_holm > 0.3 && head->seeds_needed > 5);
  ck_assert_int_eq(m->pair[0].best, FULL);
  ck_assert_int_eq(m->pair[0].arm[FULL].best.n, 0);
  const co_comparison *best = &m->pair[0].arm[HEAD].best;  // seen, and not planned
  ck_assert(best->n == 5 && !best->planned && !best->told_apart && isnan(best->p));
  ck_assert(isnan(best->p_holm) && best->lo < best->difference && best->difference > 2000);
  check_note(metric(m, FULL, CO_METRIC_difference_to_scratch), "tested unpaired");
  co_metrics_free(m);
}
END_TEST

// A declared family is all that is tested, in whichever order its arms stand.
START_TEST(test_only_what_is_planned_is_told_apart) {
  const co_arm_pair plans[][2] = {{{FULL, SCRATCH}, {FULL, HEAD}}, {{SCRATCH, FULL}, {HEAD, FULL}}};
  fixture f;
  fixture_make(&f, 5);
  f.pair.plan = plans[_i];
  f.pair.plans = 2;
  co_metrics *m = measure(&f);
  const co_pair_result *pair = &m->pair[0];
  ck_assert_int_eq(m->family, 2);
  ck_assert_int_eq(pair->planned, 2);
  ck_assert_int_eq(pair->plan[1].x, plans[_i][1].x);
  ck_assert_double_gt(
      _i ? -pair->plan[1].comparison.difference : pair->plan[1].comparison.difference, 2000);
  const co_comparison *full = &pair->arm[FULL].scratch, *best = &pair->arm[HEAD].best;
  ck_assert(full->planned && full->told_apart && full->difference > 2000 && full->above == 5);
  ck_assert(best->planned && best->told_apart && best->difference > 2000 && best->above == 5);
  ck_assert_double_gt(best->lo, 0);
  ck_assert_double_eq_tol(best->p_holm, 2 * 2.0 / 252, 1e-12);
  const co_comparison *head = &pair->arm[HEAD].scratch;
  ck_assert(head->n == 5 && !head->planned && !head->told_apart && isnan(head->p_holm));
  check_note(metric(m, HEAD, CO_METRIC_difference_to_scratch), "not planned: an interval, no test");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_zero_shot_is_never_compared) {
  const co_arm_pair plan[] = {{ZERO_SHOT, SCRATCH}};
  fixture f;
  fixture_make(&f, 5);
  f.pair.plan = plan;
  f.pair.plans = 1;
  co_metrics *m = measure(&f);
  ck_assert_int_eq(m->family, 0);
  ck_assert(!m->pair[0].arm[FULL].scratch.planned && m->pair[0].arm[FULL].scratch.n == 5);
  co_metrics_free(m);
}
END_TEST

// Head is trained by another algorithm, whose scratch stands 1,000 lower.
enum { OTHER_SCRATCH = ARMS };
static void make_two_groups(fixture *f, co_arm *arm, co_arm_group *group, co_arm_run *run) {
  fixture_make(f, 5);
  memcpy(arm, f->arm, sizeof f->arm);
  memcpy(run, f->run[SCRATCH], 5 * sizeof *run);
  for (int r = 0; r < 5; r++) run[r].final_return -= 1000;
  arm[HEAD].group = 1;
  arm[OTHER_SCRATCH] = (co_arm){"scratch_sac", false, true, run, 1, OTHER_SCRATCH, NULL, false, 0};
  group[0] = f->group;
  group[1] = f->group;
  group[1].scratch = OTHER_SCRATCH;
  f->pair.arm = arm;
  f->pair.arms = ARMS + 1;
  f->pair.group = group;
  f->pair.groups = 2;
}

START_TEST(test_each_has_the_scratch_of_its_algorithm) {
  fixture f;
  co_arm arm[ARMS + 1];
  co_arm_group group[2];
  co_arm_run run[5];
  make_two_groups(&f, arm, group, run);
  co_metrics *m = measure(&f);
  const co_pair_result *pair = &m->pair[0];
  ck_assert_int_eq(m->family, 2);
  ck_assert_int_eq(pair->best, FULL);
  ck_assert_int_eq(pair->best_scratch, SCRATCH);
  ck_assert(pair->arm[FULL].scratch.planned && pair->arm[HEAD].scratch.planned);
  ck_assert_double_eq_tol(pair->arm[FULL].scratch.difference, 2600 + 40 - 334, 1e-9);
  ck_assert_double_eq_tol(pair->arm[HEAD].scratch.difference, 990, 1e-9);  // -30 in 3 of 5 runs
  ck_assert_int_eq(pair->arm[FULL].best_scratch.n, 0);                     // it is its own
  ck_assert_int_eq(pair->arm[HEAD].best_scratch.n, 5);
  ck_assert(!pair->arm[HEAD].best_scratch.planned);
  ck_assert_double_eq_tol(pair->arm[HEAD].best_scratch.difference, -10, 1e-9);
  ck_assert_int_eq(pair->arm[OTHER_SCRATCH].scratch.n, 0);
  ck_assert_int_eq(pair->arm[OTHER_SCRATCH].best.n, 5);  // no baseline of the best one
  ck_assert_int_eq(pair->arm[SCRATCH].best.n, 0);
  check_note(metric(m, OTHER_SCRATCH, CO_METRIC_jumpstart), "scratch is the baseline itself");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_curves_have_the_steps_of_their_algorithm) {
  static const double step[] = {0, 100, 200, 300, 400, 500};
  fixture f;
  co_arm arm[ARMS + 1];
  co_arm_group group[2];
  co_arm_run run[5];
  make_two_groups(&f, arm, group, run);
  group[1].step = step;
  group[1].rate_depends_on_horizon = true;
  f.pair.threshold = 100;
  co_metrics *m = measure(&f);
  // both reach 100 with the first point of two in a row: full at once, scratch behind the second
  ck_assert_double_eq(metric(m, FULL, CO_METRIC_time_to_threshold)->value, 0);
  ck_assert_double_eq(metric(m, SCRATCH, CO_METRIC_time_to_threshold)->value, 24000);
  check_forbidden(metric(m, HEAD, CO_METRIC_area_gain), "the learning rate depends on the horizon");
  ck_assert(isfinite(metric(m, FULL, CO_METRIC_area_gain)->value));
  group[1].rate_depends_on_horizon = false;
  co_metrics_free(m);
  m = measure(&f);
  ck_assert_double_le(metric(m, OTHER_SCRATCH, CO_METRIC_time_to_threshold)->value, 500);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_larger_study_uses_paired_test) {
  fixture f;
  fixture_make(&f, 10);
  co_metrics *m = measure(&f);
  const co_comparison *full = &m->pair[0].arm[FULL].scratch;
  ck_assert(full->paired && full->told_apart);
  ck_assert_double_eq_tol(full->p, 2.0 / 1024, 1e-12);
  ck_assert(full->lo == metric(m, FULL, CO_METRIC_difference_to_scratch)->lo);  // one interval
  co_metrics_free(m);
}
END_TEST

START_TEST(test_holm_spans_the_study) {
  fixture f[4];
  co_pair_data pair[4];
  for (int i = 0; i < 4; i++) {
    fixture_make(&f[i], 5);
    pair[i] = f[i].pair;
  }
  co_metrics *m = measure_with(pair, 4, 200, NULL);
  ck_assert_int_eq(m->family, 8);
  const co_comparison *full = &m->pair[0].arm[FULL].scratch;
  ck_assert_double_eq_tol(full->p_holm, 8 * 2.0 / 252, 1e-12);  // 0.063: too many for five seeds
  ck_assert(!full->told_apart);
  ck_assert_int_eq(full->seeds_needed, 6);  // 8 * 2 / 924 = 0.017
  co_metrics_free(m);
}
END_TEST

// Three seeds can't find anything, so a clear difference asks for as many as the exact tests need,
// not for one more.
START_TEST(test_seeds_needed_reach_the_level) {
  fixture f;
  fixture_make(&f, 3);
  co_metrics *m = measure(&f);
  const co_comparison *full = &m->pair[0].arm[FULL].scratch;
  ck_assert_int_eq(m->family, 2);
  ck_assert(!full->told_apart);
  ck_assert_int_eq(full->seeds_needed, 5);  // 2 * 2 / 70 is above 0.05, 2 * 2 / 252 below
  co_metrics_free(m);
}
END_TEST

START_TEST(test_all_strategies_are_in_the_family) {
  fixture f;
  fixture_make(&f, 6);
  f.arm[ZERO_SHOT].trains = true;  // now a strategy like the others, with a flat curve
  co_metrics *m = measure(&f);
  ck_assert_int_eq(m->family, 3);
  ck_assert_int_eq(m->pair[0].arm[ZERO_SHOT].scratch.n, 6);
  ck_assert_int_eq(m->pair[0].arm[SCRATCH].scratch.n, 0);
  ck_assert_int_eq(m->pair[0].arm[SCRATCH].best.n, 0);  // that comparison is in the first family
  co_metrics_free(m);
}
END_TEST

// Exchange scratch and full: every difference changes its sign, the test its mind never.
START_TEST(test_comparison_is_antisymmetric) {
  fixture f;
  fixture_make(&f, _i);
  f.pair.oracles = 0;
  co_metrics *m = measure(&f);
  co_comparison ahead = m->pair[0].arm[FULL].scratch;
  co_metrics_free(m);
  co_arm kept = f.arm[FULL];
  f.arm[FULL].run = f.arm[SCRATCH].run;
  f.arm[SCRATCH].run = kept.run;
  m = measure(&f);
  co_comparison behind = m->pair[0].arm[FULL].scratch;
  ck_assert_double_eq_tol(ahead.difference, -behind.difference, 1e-9);
  ck_assert(ahead.above == behind.below && ahead.below == behind.above);
  ck_assert_double_eq_tol(ahead.p, behind.p, 1e-12);
  ck_assert(ahead.paired == behind.paired && ahead.told_apart == behind.told_apart);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_more_seeds_are_asked_for_weaker_differences) {
  int needed[2];
  for (int i = 0; i < 2; i++) {
    fixture f;
    fixture_make(&f, 5);
    double effect = i ? 20 : 60;
    for (int r = 0; r < 5; r++) {
      double noise = r % 2 ? 90 : -60;
      f.run[FULL][r].final_return = f.run[SCRATCH][r].final_return + effect + noise;
    }
    co_metrics *m = measure(&f);
    ck_assert(!m->pair[0].arm[FULL].scratch.told_apart);
    needed[i] = m->pair[0].arm[FULL].scratch.seeds_needed;
    co_metrics_free(m);
  }
  ck_assert_int_gt(needed[0], 5);
  ck_assert_int_gt(needed[1], 3 * needed[0]);
}
END_TEST

START_TEST(test_nested_units_are_tested_by_their_means) {
  fixture f;
  fixture_make(&f, 12);
  f.pair.units = 6;
  for (int r = 0; r < 12; r++) {
    f.unit[r] = r / 2;
    f.run[FULL][r].final_return = 1000 + (r % 2 ? 900 : -900) + r;  // means 1000.5, 1002.5, ...
    f.run[SCRATCH][r].final_return = 900 + r;
  }
  co_metrics *m = measure(&f);
  const co_comparison *c = &m->pair[0].arm[FULL].scratch;
  ck_assert(c->n == 6 && c->runs == 12 && c->above == 6 && c->below == 6);
  ck_assert_double_eq_tol(c->p, c->paired ? 2.0 / 64 : 2.0 / 924, 1e-12);
  ck_assert(c->told_apart);
  co_metrics_free(m);
}
END_TEST

// Six of 24 runs lose all: the mean is told below scratch, the interquartile mean lies above it,
// and neither may be called a finding.
START_TEST(test_a_test_that_points_elsewhere_tells_nothing) {
  fixture f;
  fixture_make(&f, 24);
  f.arm[HEAD].trains = false;
  for (int r = 0; r < 24; r++)
    f.run[FULL][r].final_return = f.run[SCRATCH][r].final_return + (r % 4 ? 1 : -1000);
  co_metrics *m = measure(&f);
  const co_comparison *c = &m->pair[0].arm[FULL].scratch;
  ck_assert(c->paired && c->n == 24 && m->family == 1);
  ck_assert_double_eq_tol(c->difference, 1, 1e-9);
  ck_assert_double_lt(c->p_holm, 0.05);
  ck_assert(!c->told_apart);
  co_metrics_free(m);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/metrics_compare");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_small_study_uses_two_sample_test);
  tcase_add_loop_test(tcase, test_only_what_is_planned_is_told_apart, 0, 2);
  tcase_add_test(tcase, test_zero_shot_is_never_compared);
  tcase_add_test(tcase, test_each_has_the_scratch_of_its_algorithm);
  tcase_add_test(tcase, test_curves_have_the_steps_of_their_algorithm);
  tcase_add_test(tcase, test_larger_study_uses_paired_test);
  tcase_add_test(tcase, test_holm_spans_the_study);
  tcase_add_test(tcase, test_seeds_needed_reach_the_level);
  tcase_add_test(tcase, test_all_strategies_are_in_the_family);
  tcase_add_loop_test(tcase, test_comparison_is_antisymmetric, 4, 12);
  tcase_add_test(tcase, test_more_seeds_are_asked_for_weaker_differences);
  tcase_add_test(tcase, test_a_test_that_points_elsewhere_tells_nothing);
  tcase_add_test(tcase, test_nested_units_are_tested_by_their_means);
  suite_add_tcase(suite, tcase);
  return suite;
}
