// Every rule that forbids or qualifies a figure.

#include "core/stats/significance.h"
#include "tests/transfer/metrics_fixture.h"
#include "transfer/measure/private/rules.h"

static const struct {
  int arm;
  co_metric_id id;
  const char *why;
} forbidden[] = {
    {SCRATCH, CO_METRIC_carry_over, "copies nothing"},
    {SCRATCH, CO_METRIC_oracle_gap, "copies nothing"},
    {SCRATCH, CO_METRIC_forgetting, "copies nothing"},
    {SCRATCH, CO_METRIC_difference_to_scratch, "the baseline itself"},
    {SCRATCH, CO_METRIC_p_better_than_scratch, "the baseline itself"},
    {SCRATCH, CO_METRIC_negative_transfer, "copies nothing"},
    {ZERO_SHOT, CO_METRIC_asymptotic_gain, "uses no steps"},
    {ZERO_SHOT, CO_METRIC_time_to_threshold, "uses no steps"},
    {ZERO_SHOT, CO_METRIC_dip, "uses no steps"},
    {ZERO_SHOT, CO_METRIC_forgetting, "uses no steps"},
    {FULL, CO_METRIC_transfer_ratio, "scratch has not learned yet"},  // 154 of 2680
    {FULL, CO_METRIC_success_rate, "not measured"},
};

START_TEST(test_figures_that_make_no_sense) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  check_forbidden(metric(m, forbidden[_i].arm, forbidden[_i].id), forbidden[_i].why);
  co_metrics_free(m);
}
END_TEST

static void without_oracle(fixture *f) {
  f->pair.oracles = 0;
}
static void weak_oracle(fixture *f) {
  for (int i = 0; i < ORACLES; i++) f->oracle[i] = 10;
}
static void without_scratch(fixture *f) {
  f->group.scratch = -1;
}
static void clones(fixture *f) {
  f->group.scratch = -1;
  f->group.from_data_alone = true;
}
static void annealed(fixture *f) {
  f->group.rate_depends_on_horizon = true;
}
static void ending_loss(fixture *f) {
  f->arm[FULL].loss_depends_on_horizon = true;
}
static void hopeless_source(fixture *f) {
  f->pair.source_random = 3000;
}
static void unknown_source(fixture *f) {
  f->pair.source_return = NULL;
}
static void unknown_random(fixture *f) {
  f->pair.target_random = NAN;
}
static void poor_oracle(fixture *f) {  // above random, below the scratch curve
  for (int i = 0; i < ORACLES; i++) f->oracle[i] = 100 + i;
}

static const struct {
  void (*change)(fixture *);
  co_metric_id id;
  const char *why;
} missing[] = {
    {without_oracle, CO_METRIC_normalised_gain, "no oracle"},
    {without_oracle, CO_METRIC_oracle_gap, "no oracle"},
    {without_oracle, CO_METRIC_normalised_score, "no oracle"},
    {without_oracle, CO_METRIC_transfer_ratio, "no oracle"},
    {without_oracle, CO_METRIC_time_to_threshold, "no threshold"},
    {weak_oracle, CO_METRIC_normalised_score, "not above random"},
    {poor_oracle, CO_METRIC_normalised_gain, "oracle is not above scratch"},
    {without_scratch, CO_METRIC_jumpstart, "no scratch runs"},
    {without_scratch, CO_METRIC_negative_transfer, "no scratch runs"},
    {clones, CO_METRIC_jumpstart, "has no scratch: it takes no env steps"},
    {clones, CO_METRIC_difference_to_scratch, "has no scratch: it takes no env steps"},
    {annealed, CO_METRIC_area_gain, "depends on the horizon"},
    {annealed, CO_METRIC_time_to_threshold, "depends on the horizon"},
    {annealed, CO_METRIC_negative_transfer, "depends on the horizon"},
    {ending_loss, CO_METRIC_area_gain, "weight of a loss term depends on the horizon"},
    {ending_loss, CO_METRIC_time_to_threshold, "weight of a loss term depends on the horizon"},
    {hopeless_source, CO_METRIC_carry_over, "not above random in its own world"},
    {unknown_source, CO_METRIC_carry_over, "not measured"},
    {unknown_source, CO_METRIC_forgetting, "not measured"},
    {unknown_random, CO_METRIC_normalised_score, "random actions were not measured"},
};

START_TEST(test_missing_references) {
  fixture f;
  fixture_make(&f, 5);
  missing[_i].change(&f);
  co_metrics *m = measure(&f);
  check_forbidden(metric(m, FULL, missing[_i].id), missing[_i].why);
  ck_assert_double_eq_tol(metric(m, FULL, CO_METRIC_final_iqm)->value, 2640, 1e-9);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_annealed_rate_keeps_final_values) {
  fixture f;
  fixture_make(&f, 5);
  annealed(&f);
  co_metrics *m = measure(&f);
  ck_assert(isfinite(metric(m, FULL, CO_METRIC_difference_to_scratch)->value));
  ck_assert_int_eq(m->pair[0].arm[FULL].scratch.n, 5);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_time_needs_two_evaluations_in_a_row) {
  fixture f;
  fixture_make(&f, 5);
  f.pair.threshold = 1000;
  for (int r = 0; r < 5; r++) {
    double *curve = f.curve[FULL][r];
    for (int k = 0; k < EVALS; k++) curve[k] = 0;
    curve[1] = 1500;  // one lucky evaluation does not count
    curve[5] = 1500;  // nor does the last one alone
    if (r < 3) curve[4] = 1500;
  }
  co_metrics *m = measure(&f);
  const co_metric *time = metric(m, FULL, CO_METRIC_time_to_threshold);
  ck_assert_double_eq(time->value, 48000);  // three of five arrive
  ck_assert_int_eq(time->censored, 2);
  ck_assert(time->lo == 48000 &&
            isnan(time->hi));  // some resamples hold a majority that never arrives
  check_note(time, "return 1,000 is reached by 3 of 5 runs, scratch 0");
  check_note(time, "no speed-up is quoted");
  const co_metric *never = metric(m, SCRATCH, CO_METRIC_time_to_threshold);
  ck_assert(isnan(never->value));
  ck_assert(never->censored == 5 && never->n == 5);
  co_metrics_free(m);
}
END_TEST

// of what learns from data alone
START_TEST(test_time_names_its_unit_where_it_is_another) {
  for (int alone = 0; alone < 2; alone++) {
    fixture f;
    fixture_make(&f, 5);
    f.group.from_data_alone = alone;
    if (alone) f.group.scratch = -1;
    co_metrics *m = measure(&f);
    const char *note = metric(m, FULL, CO_METRIC_time_to_threshold)->note;
    ck_assert_int_eq(strncmp(note, "in gradient steps; return ", 26) == 0, alone);
    co_metrics_free(m);
  }
}
END_TEST

START_TEST(test_speed_up_is_a_bound_when_scratch_does_not_arrive) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  const co_metric *time = metric(m, FULL, CO_METRIC_time_to_threshold);
  check_note(time, "(random + 0.5 of oracle - random)");
  check_note(time, "speed-up > 1.67");  // watched for 60,000 steps, 36,000 needed
  check_note(time, "return 2,432 (random + 0.9 of oracle - random) is reached by 0 of 5 runs");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_speed_up_when_both_arrive) {
  fixture f;
  fixture_make(&f, 5);
  f.pair.threshold = 200;  // scratch from k = 3, 4 runs; the one with 20 + 180 too
  for (int r = 0; r < 5; r++) fixture_run(&f, FULL, r, 0, 400, 2000);
  co_metrics *m = measure(&f);
  check_note(metric(m, FULL, CO_METRIC_time_to_threshold), "speed-up 3.00");
  co_metrics_free(m);
  f.pair.threshold = -5;
  m = measure(&f);
  check_note(metric(m, FULL, CO_METRIC_time_to_threshold), "reached before the first update");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_nominal_below_ten) {
  fixture f;
  fixture_make(&f, _i);
  co_metrics *m = measure(&f);
  const co_metric *final = metric(m, FULL, CO_METRIC_final_iqm);
  ck_assert_int_eq(final->n, _i);
  ck_assert_int_eq(strstr(final->note, "nominal") != NULL, _i > 1 && _i < 10);
  ck_assert_int_eq(isnan(final->lo), _i == 1);
  if (_i == 1) check_note(final, "no interval");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_p_at_one_is_a_bound) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  const co_metric *p = metric(m, FULL, CO_METRIC_p_better_than_scratch);
  ck_assert_double_eq_tol(p->lo, co_all_succeeded_bound(5, 0.95), 1e-12);
  ck_assert(p->hi == 1);
  check_note(p, ">= 0.48");
  check_note(p, "exact permutation p = 0.0079");
  ck_assert_ptr_null(strstr(p->note, "nominal"));
  const co_metric *even = metric(m, HEAD, CO_METRIC_p_better_than_scratch);
  ck_assert(even->value > 0.2 && even->value < 0.8 && even->lo < even->value);
  co_metrics_free(m);
  fixture_hurt(&f);
  m = measure(&f);
  p = metric(m, FULL, CO_METRIC_p_better_than_scratch);
  ck_assert(p->value == 0 && p->lo == 0);
  check_note(p, "<= 0.52");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_negative_transfer) {
  fixture f;
  fixture_make(&f, 5);
  fixture_hurt(&f);
  co_metrics *m = measure(&f);
  const co_metric *negative = metric(m, FULL, CO_METRIC_negative_transfer);
  ck_assert(negative->value == 1);  // height -100, 3.7 % of 2680
  check_note(negative,
             "\xe2\x88\x92"
             "3.73 % of oracle - random");
  check_note(negative, "below scratch in 5 of 5 runs (half without an effect)");
  co_metrics_free(m);
  // a larger world of returns: the same 100 are under 2 % of it
  for (int i = 0; i < ORACLES; i++) f.oracle[i] = 8000;
  m = measure(&f);
  ck_assert(metric(m, FULL, CO_METRIC_negative_transfer)->value == 0);
  co_metrics_free(m);
  // without oracle the best arm gives the scale
  f.pair.oracles = 0;
  m = measure(&f);
  ck_assert(metric(m, FULL, CO_METRIC_negative_transfer)->value == 1);
  check_note(metric(m, FULL, CO_METRIC_negative_transfer), "of the best arm - random");
  ck_assert_double_eq_tol(m->pair[0].scale, 520 - 20, 1e-9);
  co_metrics_free(m);
}
END_TEST

// one source policy has no interval: neither yes nor no
START_TEST(test_one_seed_does_not_tell_negative_transfer) {
  fixture f;
  fixture_make(&f, 1);
  fixture_hurt(&f);
  co_metrics *m = measure(&f);
  check_forbidden(metric(m, FULL, CO_METRIC_negative_transfer), "n = 1: no interval");
  const co_metric *p = metric(m, FULL, CO_METRIC_p_better_than_scratch);
  ck_assert_double_eq(p->value, 0);
  ck_assert(isnan(p->lo) && isnan(p->hi));
  ck_assert_str_eq(p->note, "n = 1: no interval");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_failed_run_counts_as_the_lower_one) {
  fixture f;
  fixture_make(&f, 5);
  f.run[FULL][0].failed = f.run[SCRATCH][4].failed = true;
  f.run[FULL][0].valid_evals = 2;
  f.run[FULL][0].final_return = NAN;
  f.curve[FULL][0][1] = -50;  // its last valid evaluation, below random
  for (int k = 2; k < EVALS; k++) f.curve[FULL][0][k] = NAN;
  f.run[SCRATCH][4].valid_evals = 3;
  co_metrics *m = measure(&f);
  const co_arm_result *full = &m->pair[0].arm[FULL], *scratch = &m->pair[0].arm[SCRATCH];
  ck_assert(full->final_return[0] == -50 && scratch->final_return[4] == 20);
  ck_assert(full->failed == 1 && scratch->failed == 1);
  ck_assert(full->difference[0] == -50 - 330);
  check_note(&full->metric[CO_METRIC_final_iqm], "1 of 5 runs failed");
  ck_assert_double_eq_tol(full->metric[CO_METRIC_final_iqm].value, 2640, 1e-9);
  ck_assert(full->metric[CO_METRIC_area_gain].n == 5);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_run_without_any_value) {
  fixture f;
  fixture_make(&f, 5);
  f.run[FULL][1].failed = true;
  f.run[FULL][1].curve = NULL;
  f.run[HEAD][1].final_return = NAN;  // not failed, but not there
  co_metrics *m = measure(&f);
  ck_assert(m->pair[0].arm[FULL].final_return[1] == 20);
  check_forbidden(metric(m, HEAD, CO_METRIC_final_iqm), "not measured");
  ck_assert_int_eq(m->pair[0].arm[HEAD].scratch.n, 0);
  ck_assert_int_eq(m->family, 1);
  co_metrics_free(m);
}
END_TEST

// The curve of what learns from data alone is no part of what an oracle is to have.
START_TEST(test_gradient_steps_are_none_of_an_oracle) {
  for (int alone = 0; alone < 2; alone++) {
    fixture f;
    fixture_make(&f, 5);
    f.group.from_data_alone = alone;
    if (alone) f.group.scratch = -1;
    f.pair.oracle_steps = f.pair.source_steps;
    co_metrics *m = measure(&f);
    ck_assert_int_eq(m->pair[0].oracle_short, !alone);
    co_metrics_free(m);
  }
}
END_TEST

START_TEST(test_flags_of_references) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  ck_assert(!m->pair[0].oracle_undertrained && !m->pair[0].oracle_short);
  ck_assert(!m->pair[0].source_undertrained);
  co_metrics_free(m);
  f.pair.oracle_steps = 359999;
  f.pair.source_oracle = 9000;
  for (int i = 0; i < ORACLES; i++) f.oracle[i] = 2000;
  m = measure(&f);
  ck_assert(m->pair[0].oracle_undertrained && m->pair[0].oracle_short);
  ck_assert(m->pair[0].source_undertrained);
  ck_assert_double_gt(metric(m, FULL, CO_METRIC_normalised_score)->value, 100);  // never clipped
  check_note(metric(m, FULL, CO_METRIC_normalised_score), "oracle undertrained");
  check_note(metric(m, FULL, CO_METRIC_carry_over), "30 %");
  co_metrics_free(m);
}
END_TEST

// One good oracle run among bad ones: resamples without it leave nothing above random.
START_TEST(test_undefined_denominator_gives_no_interval) {
  fixture f;
  fixture_make(&f, 5);
  for (int i = 0; i < ORACLES; i++) f.oracle[i] = i < 2 ? -500 : 700;
  co_metrics *m = measure(&f);
  const co_metric *score = metric(m, FULL, CO_METRIC_normalised_score);
  ck_assert(isfinite(score->value) && isnan(score->lo) && isnan(score->hi));
  check_note(score, "the denominator is not positive in ");
  ck_assert(isfinite(metric(m, FULL, CO_METRIC_final_iqm)->lo));  // others keep theirs
  co_metrics_free(m);
}
END_TEST

START_TEST(test_interval_must_exclude_zero_for_negative_transfer) {
  fixture f;
  fixture_make(&f, 5);
  fixture_hurt(&f);  // but one run is far above scratch, and some resamples hold it twice
  fixture_run(&f, FULL, 0, 500, 400, 2600);
  co_metrics *m = measure(&f);
  const co_metric *area = metric(m, FULL, CO_METRIC_area_gain);
  ck_assert(area->value == -100 && area->hi > 0);
  ck_assert(metric(m, FULL, CO_METRIC_negative_transfer)->value == 0);
  check_note(metric(m, FULL, CO_METRIC_negative_transfer), "below scratch in 4 of 5 runs");
  co_metrics_free(m);
}
END_TEST

START_TEST(test_rates_skip_failed_runs_and_unknown_tasks) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) f.run[FULL][r].successes = 20;
  f.run[FULL][2].failed = true;
  f.run[HEAD][4].falls = -1;
  co_metrics *m = measure(&f);
  const co_metric *success = metric(m, FULL, CO_METRIC_success_rate);
  ck_assert(success->value == 1 && success->hi == 1 && success->lo > 0.9);
  check_note(success, "over 80 episodes");
  check_forbidden(metric(m, HEAD, CO_METRIC_fall_rate), "not measured");
  co_metrics_free(m);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/metrics_rules");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, test_figures_that_make_no_sense, 0,
                      sizeof forbidden / sizeof *forbidden);
  tcase_add_loop_test(tcase, test_missing_references, 0, sizeof missing / sizeof *missing);
  tcase_add_test(tcase, test_annealed_rate_keeps_final_values);
  tcase_add_test(tcase, test_time_needs_two_evaluations_in_a_row);
  tcase_add_test(tcase, test_time_names_its_unit_where_it_is_another);
  tcase_add_test(tcase, test_speed_up_is_a_bound_when_scratch_does_not_arrive);
  tcase_add_test(tcase, test_speed_up_when_both_arrive);
  tcase_add_loop_test(tcase, test_nominal_below_ten, 1, 12);
  tcase_add_test(tcase, test_p_at_one_is_a_bound);
  tcase_add_test(tcase, test_negative_transfer);
  tcase_add_test(tcase, test_one_seed_does_not_tell_negative_transfer);
  tcase_add_test(tcase, test_failed_run_counts_as_the_lower_one);
  tcase_add_test(tcase, test_run_without_any_value);
  tcase_add_test(tcase, test_gradient_steps_are_none_of_an_oracle);
  tcase_add_test(tcase, test_flags_of_references);
  tcase_add_test(tcase, test_undefined_denominator_gives_no_interval);
  tcase_add_test(tcase, test_interval_must_exclude_zero_for_negative_transfer);
  tcase_add_test(tcase, test_rates_skip_failed_runs_and_unknown_tasks);
  suite_add_tcase(suite, tcase);
  return suite;
}
