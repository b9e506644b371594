// The table of metrics: it is all of the struct, each line can be told from the others, and "none"
// is nothing; non-finite tensors are found.

#include "agents/learn/learner_stats.h"
#include "agents/nn/tensor.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

START_TEST(test_table_is_the_struct) {
  size_t end = 0;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    ck_assert_uint_eq(co_learner_metrics[i].offset, end);
    end += 8;
  }
  ck_assert_uint_eq(end, sizeof(co_learner_stats));
}
END_TEST

START_TEST(test_lines_say_something) {
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    const co_learner_metric *metric = &co_learner_metrics[i];
    ck_assert(*metric->name && *metric->unit && strlen(metric->meaning) > 8);
    ck_assert_msg(!strpbrk(metric->name, ",\"\\ /"), "%s fits a column and a tag", metric->name);
    for (int j = 0; j < i; j++) {
      ck_assert_str_ne(metric->name, co_learner_metrics[j].name);
      ck_assert_str_ne(metric->meaning, co_learner_metrics[j].meaning);
    }
  }
}
END_TEST

// What differs between two runs of the same training must not be in its logs.
START_TEST(test_times_are_not_logged) {
  int times = 0;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    const co_learner_metric *metric = &co_learner_metrics[i];
    size_t length = strlen(metric->name);
    bool time = length > 2 && strcmp(metric->name + length - 2, "_s") == 0;
    ck_assert_msg(time == !metric->logged, "%s", metric->name);
    ck_assert_msg(time == (strcmp(metric->unit, "s") == 0), "%s", metric->name);
    times += time;
  }
  ck_assert_int_eq(times, 4);
}
END_TEST

START_TEST(test_none) {
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    double value = co_learner_metric_value(&co_learner_metrics[i], &co_learner_stats_none);
    ck_assert_msg(co_learner_metrics[i].count ? value == 0 : isnan(value), "%s",
                  co_learner_metrics[i].name);
  }
}
END_TEST

START_TEST(test_values) {
  co_learner_stats stats = co_learner_stats_none;
  stats.env_steps = ((int64_t)1 << 53) + 1;  // no double
  stats.entropy = -1.25;
  stats.wall_s = 7;
  ck_assert_int_eq(co_learner_metric_count(&co_learner_metrics[CO_LEARNER_env_steps], &stats),
                   ((int64_t)1 << 53) + 1);
  ck_assert(co_learner_metric_value(&co_learner_metrics[CO_LEARNER_entropy], &stats) == -1.25);
  ck_assert(co_learner_metric_value(&co_learner_metrics[CO_LEARNER_wall_s], &stats) == 7);
  ck_assert_str_eq(co_learner_metrics[CO_LEARNER_approx_kl].name, "approx_kl");
  co_learner_metric_put(&co_learner_metrics[CO_LEARNER_env_steps], 5, 0.5, &stats);
  co_learner_metric_put(&co_learner_metrics[CO_LEARNER_entropy], 5, 0.5, &stats);
  ck_assert_int_eq(stats.env_steps, 5);
  ck_assert(stats.entropy == 0.5);
}
END_TEST

START_TEST(test_non_finite_tensors) {
  float a[2][4] = {{1, 2, NAN, 3}, {4, 5, INFINITY, 6}};  // the third column is padding
  double b[2] = {1e300, -1};
  co_tensor tensor[2] = {{"a", CO_F32, 2, 2, 4, a, {0}}, {"b", CO_F64, 1, 2, 2, b, {0}}};
  ck_assert_int_eq(co_tensor_find_non_finite(tensor, 2), -1);
  b[1] = -INFINITY;
  ck_assert_int_eq(co_tensor_find_non_finite(tensor, 2), 1);
  a[1][1] = NAN;
  ck_assert_int_eq(co_tensor_find_non_finite(tensor, 2), 0);
  ck_assert_int_eq(co_tensor_find_non_finite(tensor, 0), -1);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("learner_stats");
  TCase *tc = tcase_create("table");
  tcase_add_test(tc, test_table_is_the_struct);
  tcase_add_test(tc, test_lines_say_something);
  tcase_add_test(tc, test_times_are_not_logged);
  tcase_add_test(tc, test_none);
  tcase_add_test(tc, test_values);
  tcase_add_test(tc, test_non_finite_tensors);
  suite_add_tcase(suite, tc);
  return suite;
}
