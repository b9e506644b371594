// Metrics worked out by hand on straight learning curves.

#include "tests/transfer/metrics_fixture.h"
#include "transfer/measure/measure.h"

#include <string.h>

START_TEST(test_names_are_those_of_the_interface) {
  static const char *const names[] = {"carry_over",
                                      "zero_shot",
                                      "jumpstart",
                                      "final_iqm",
                                      "difference_to_scratch",
                                      "asymptotic_gain",
                                      "normalised_gain",
                                      "transfer_ratio",
                                      "time_to_threshold",
                                      "oracle_gap",
                                      "forgetting",
                                      "dip",
                                      "p_better_than_scratch",
                                      "negative_transfer",
                                      "normalised_score",
                                      "success_rate",
                                      "fall_rate"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    ck_assert_str_eq(co_metric_table[i].name, names[i]);
  }
  for (int i = 0; i < CO_METRIC_COUNT; i++) {
    const char *text = co_metric_table[i].text;
    ck_assert(strlen(text) > 20 && text[strlen(text) - 1] == '.' && co_metric_table[i].unit[0]);
  }
}
END_TEST

// worked out from the header of the fixture, at r = 2
static const struct {
  int arm;
  co_metric_id id;
  double value;
} by_hand[] = {
    {FULL, CO_METRIC_carry_over, (520 - 20) / (2420.0 - 20)},
    {FULL, CO_METRIC_zero_shot, 520},
    {FULL, CO_METRIC_jumpstart, 520 - 24},
    {FULL, CO_METRIC_final_iqm, 2640},
    {FULL, CO_METRIC_difference_to_scratch, 2640 - 334},
    {FULL, CO_METRIC_asymptotic_gain, (520 + 3 * 400) - (24 + 3 * 60)},
    {FULL, CO_METRIC_area_gain, (520 + 2.5 * 400) - (24 + 2.5 * 60)},
    {FULL, CO_METRIC_normalised_gain, (1520 - 174) / (2700.0 - 174)},
    {FULL, CO_METRIC_time_to_threshold, 36000},  // 1360: 520 + 400 k from k = 3
    {FULL, CO_METRIC_oracle_gap, (2700 - 520) / 2680.0},
    {FULL, CO_METRIC_forgetting, 2420 - 1020},
    {FULL, CO_METRIC_dip, 400},
    {FULL, CO_METRIC_p_better_than_scratch, 1},
    {FULL, CO_METRIC_negative_transfer, 0},
    {FULL, CO_METRIC_normalised_score, 100 * 2620 / 2680.0},
    {FULL, CO_METRIC_fall_rate, 0.1},
    {SCRATCH, CO_METRIC_zero_shot, 24},
    {SCRATCH, CO_METRIC_final_iqm, 334},
    {SCRATCH, CO_METRIC_dip, 60},
    {ZERO_SHOT, CO_METRIC_carry_over, 500 / 2400.0},
    {ZERO_SHOT, CO_METRIC_final_iqm, 520},
    {ZERO_SHOT, CO_METRIC_difference_to_scratch, 520 - 334},
    {ZERO_SHOT, CO_METRIC_jumpstart, 520 - 24},
};

START_TEST(test_figures_by_hand) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  const co_metric *found = metric(m, by_hand[_i].arm, by_hand[_i].id);
  ck_assert_double_eq_tol(found->value, by_hand[_i].value, 1e-9);
  ck_assert_int_eq(found->n, 5);
  if (by_hand[_i].id != CO_METRIC_negative_transfer) {
    ck_assert(found->lo <= found->value && found->value <= found->hi);
  }
  co_metrics_free(m);
}
END_TEST

START_TEST(test_ratio_at_two_budgets_once_scratch_has_learned) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) fixture_run(&f, SCRATCH, r, 20 + 2 * r, 300, 1500);
  co_metrics *m = measure(&f);
  const co_metric *ratio = metric(m, FULL, CO_METRIC_transfer_ratio);
  // height 24 + 750 above random 20; to half the budget (k = 2.5) 24 + 375
  ck_assert_double_eq_tol(ratio->value, (1520 - 774) / (774.0 - 20), 1e-9);
  check_note(ratio, "at half the budget 1.64");  // (1020 - 399) / 379
  co_metrics_free(m);
}
END_TEST

START_TEST(test_curves) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  const co_arm_result *full = &m->pair[0].arm[FULL];
  ck_assert_int_eq(full->evals, EVALS);
  for (int k = 0; k < EVALS; k++) {
    ck_assert_double_eq_tol(full->iqm[k], 520 + 400 * k, 1e-9);
    ck_assert(full->lo[k] < full->iqm[k] && full->iqm[k] < full->hi[k]);
  }
  ck_assert_int_eq(m->pair[0].arm[ZERO_SHOT].evals, 1);
  ck_assert_double_eq_tol(m->pair[0].arm[ZERO_SHOT].iqm[0], 520, 1e-9);
  co_metrics_free(m);
}
END_TEST

// Target seeds of one source policy are no new units: same n, interval as wide as without them.
START_TEST(test_target_seeds_are_nested) {
  fixture f, g;
  fixture_make(&f, 5);
  fixture_make(&g, 20);
  for (int r = 0; r < 20; r++) {
    g.unit[r] = r / 4;
    for (int a = 0; a < ARMS; a++) g.run[a][r] = f.run[a][r / 4];
  }
  g.pair.units = 5;
  co_metrics *flat = measure(&f), *nested = measure(&g);
  const co_metric *a = metric(flat, FULL, CO_METRIC_final_iqm);
  const co_metric *b = metric(nested, FULL, CO_METRIC_final_iqm);
  ck_assert_int_eq(b->n, 5);
  ck_assert_double_ge(b->hi - b->lo, 0.8 * (a->hi - a->lo));
  const co_comparison *c = &flat->pair[0].arm[FULL].scratch;
  const co_comparison *d = &nested->pair[0].arm[FULL].scratch;
  ck_assert(c->p == d->p && d->n == 5 && d->runs == 20 && c->seeds_needed == d->seeds_needed);
  co_metrics_free(flat);
  co_metrics_free(nested);
}
END_TEST

// Noise that both arms of a seed share leaves the paired difference.
START_TEST(test_difference_is_paired) {
  fixture f;
  fixture_make(&f, 8);
  for (int r = 0; r < 8; r++) {
    double shared = r % 2 ? 1000 : -1000;
    f.run[FULL][r].final_return = 500 + shared;
    f.run[SCRATCH][r].final_return = 400 + shared;
  }
  co_metrics *m = measure(&f);
  const co_metric *difference = metric(m, FULL, CO_METRIC_difference_to_scratch);
  ck_assert(difference->value == 100 && difference->lo == 100 && difference->hi == 100);
  const co_metric *final = metric(m, FULL, CO_METRIC_final_iqm);
  ck_assert_double_gt(final->hi - final->lo, 1000);
  co_metrics_free(m);
}
END_TEST

static uint64_t bits(double value) {
  uint64_t out;
  memcpy(&out, &value, sizeof out);
  return out;
}

START_TEST(test_bytes_do_not_depend_on_threads) {
  fixture f;
  fixture_make(&f, 7);
  co_metrics *alone = measure(&f);
  for (int threads = 2; threads <= 3; threads++) {
    co_pool *pool;
    ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
    co_metrics *shared = measure_with(&f.pair, 1, 1000, pool);
    for (int a = 0; a < ARMS; a++) {
      for (int id = 0; id < CO_METRIC_COUNT; id++) {
        const co_metric *x = metric(alone, a, (co_metric_id)id);
        const co_metric *y = metric(shared, a, (co_metric_id)id);
        ck_assert(bits(x->lo) == bits(y->lo) && bits(x->hi) == bits(y->hi));
        ck_assert_str_eq(x->note, y->note);
      }
      const co_comparison *x = &alone->pair[0].arm[a].scratch;
      const co_comparison *y = &shared->pair[0].arm[a].scratch;
      ck_assert(bits(x->p_holm) == bits(y->p_holm) && bits(x->lo) == bits(y->lo));
    }
    co_metrics_free(shared);
    co_pool_free(pool);
  }
  co_metrics_free(alone);
}
END_TEST

START_TEST(test_json_has_every_metric_and_null_for_none) {
  fixture f;
  fixture_make(&f, 5);
  co_metrics *m = measure(&f);
  co_json *json = co_metrics_json(&m->pair[0].arm[SCRATCH]);
  ck_assert_uint_eq(co_json_count(json), CO_METRIC_COUNT);
  const co_json *none = co_json_get(json, "carry_over"), *some = co_json_get(json, "final_iqm");
  ck_assert(co_json_is_null(co_json_get(none, "value")));
  ck_assert_str_eq(co_json_get_string(none, "note"), "copies nothing from the source");
  ck_assert_double_eq_tol(co_json_get_number(some, "value", NAN), 334, 1e-9);
  ck_assert_int_eq(co_json_get_int(some, "n", 0), 5);
  ck_assert_int_eq(co_json_get_int(co_json_get(json, "time_to_threshold"), "censored", 0), 5);
  co_json_free(json);
  co_metrics_free(m);
}
END_TEST

START_TEST(test_no_pairs) {
  co_metrics *m = measure_with(NULL, 0, 10, NULL);
  ck_assert_int_eq(m->family, 0);
  co_metrics_free(m);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/metrics");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_names_are_those_of_the_interface);
  tcase_add_loop_test(tcase, test_figures_by_hand, 0, sizeof by_hand / sizeof *by_hand);
  tcase_add_test(tcase, test_ratio_at_two_budgets_once_scratch_has_learned);
  tcase_add_test(tcase, test_curves);
  tcase_add_test(tcase, test_target_seeds_are_nested);
  tcase_add_test(tcase, test_difference_is_paired);
  tcase_add_test(tcase, test_bytes_do_not_depend_on_threads);
  tcase_add_test(tcase, test_json_has_every_metric_and_null_for_none);
  tcase_add_test(tcase, test_no_pairs);
  suite_add_tcase(suite, tcase);
  return suite;
}
