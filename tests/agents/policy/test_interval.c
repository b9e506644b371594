// The interval of an evaluation, and whether there is a return at all.

#include "agents/policy/interval.h"
#include "core/log.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPISODES = 12 };

// Episode i returns 10 + i spread; the first ones are faulty.
static co_evaluation make(double spread, int faults) {
  co_evaluation eval = {.count = EPISODES, .episode = calloc(EPISODES, sizeof(co_episode))};
  ck_assert_ptr_nonnull(eval.episode);
  for (int i = 0; i < EPISODES; i++)
    eval.episode[i] =
        (co_episode){.ret = i < faults ? 1e9 : 10 + i * spread, .length = 5, .fault = i < faults};
  ck_assert_int_eq(co_evaluation_summarize(&eval), CO_OK);
  return eval;
}

START_TEST(interval_holds_the_mean) {
  co_evaluation eval = make(2, 0);
  co_interval alone, other;
  ck_assert_int_eq(co_evaluation_interval(&eval, 3, NULL, &alone), CO_OK);
  ck_assert(alone.lo > 10 && alone.lo < eval.iqm && eval.iqm < alone.hi && alone.hi < 32);
  for (int threads = 1; threads <= 3; threads++) {
    co_pool *pool = NULL;
    ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
    ck_assert_int_eq(co_evaluation_interval(&eval, 3, pool, &other), CO_OK);
    ck_assert(other.lo == alone.lo && other.hi == alone.hi);
    co_pool_free(pool);
  }
  co_evaluation_free(&eval);
  eval = make(0, 0);
  ck_assert_int_eq(co_evaluation_interval(&eval, 3, NULL, &alone), CO_OK);
  ck_assert(alone.lo == 10 && alone.hi == 10);
  co_evaluation_free(&eval);
}
END_TEST

START_TEST(faults_stay_out) {
  co_evaluation eval = make(0, EPISODES - 2);
  co_interval interval;
  ck_assert_int_eq(co_evaluation_interval(&eval, 1, NULL, &interval), CO_OK);
  ck_assert(interval.lo == 10 && interval.hi == 10);
  co_evaluation_free(&eval);
  eval = make(0, EPISODES - 1);  // one episode has no spread
  ck_assert_int_eq(co_evaluation_interval(&eval, 1, NULL, &interval), CO_OK);
  ck_assert(isnan(interval.lo) && isnan(interval.hi));
  co_evaluation_free(&eval);
}
END_TEST

START_TEST(what_to_expect) {
  co_evaluation eval = make(2, 3);
  co_contract contract = {.expected_episodes = 1, .expected_confidence = 1};
  co_interval interval;
  ck_assert_int_eq(co_evaluation_interval(&eval, 3, NULL, &interval), CO_OK);
  co_evaluation_expect(&eval, &interval, 3, &contract);
  ck_assert_int_eq(contract.expected_episodes, EPISODES - 3);
  ck_assert(contract.expected_mean == eval.mean && contract.expected_std == eval.std);
  ck_assert(contract.expected_confidence == 0.95 && contract.expected_iqm == eval.iqm);
  ck_assert(contract.expected_lo == interval.lo && contract.expected_hi == interval.hi);
  ck_assert_uint_eq(contract.expected_seed, 3);
  co_evaluation_expect(&eval, NULL, 3, &contract);  // what was known of others goes
  ck_assert(contract.expected_episodes == EPISODES - 3 && contract.expected_confidence == 0);
  ck_assert(contract.expected_lo == 0 && contract.expected_seed == 0);
  co_evaluation_free(&eval);
  eval = make(0, EPISODES - 1);  // one episode has neither spread nor interval
  ck_assert_int_eq(co_evaluation_interval(&eval, 1, NULL, &interval), CO_OK);
  co_evaluation_expect(&eval, &interval, 1, &contract);
  ck_assert(contract.expected_episodes == 1 && contract.expected_std == 0);
  ck_assert(contract.expected_confidence == 0);
  co_evaluation_free(&eval);
}
END_TEST

static char told[512];

static void keep_log(void *context, co_log_level level, const char *line) {
  (void)context;
  ck_assert_int_eq(level, CO_LOG_WARNING);
  snprintf(told, sizeof told, "%s", line);
}

START_TEST(faults_are_judged) {
  co_log_set(keep_log, NULL);
  co_evaluation eval = make(1, 0);
  ck_assert_int_eq(co_evaluation_judge(&eval, "p", "line"), CO_OK);
  ck_assert_str_eq(told, "");
  co_evaluation_free(&eval);
  eval = make(1, 3);
  ck_assert_int_eq(co_evaluation_judge(&eval, "p", "line"), CO_OK);
  ck_assert_str_eq(told, "p: 3 of 12 episodes end in a fault and are left out");
  co_evaluation_free(&eval);
  eval = make(1, EPISODES);
  ck_assert_int_eq(co_evaluation_judge(&eval, "p", "line"), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(),
                   "p: no return: all 12 episodes in line end in a fault (non-finite or diverged "
                   "physics)");
  co_evaluation_free(&eval);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("interval");
  TCase *tcase = tcase_create("interval");
  tcase_add_test(tcase, interval_holds_the_mean);
  tcase_add_test(tcase, what_to_expect);
  tcase_add_test(tcase, faults_stay_out);
  tcase_add_test(tcase, faults_are_judged);
  suite_add_tcase(suite, tcase);
  return suite;
}
