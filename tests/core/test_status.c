#include "core/clock.h"
#include "core/log.h"
#include "core/status.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

START_TEST(text_of_the_last_failure) {
  ck_assert_str_eq(co_error_text(), "");
  ck_assert_int_eq(co_fail(CO_DATA, "%s: offset %d: %s", "file", 7, "short"), CO_DATA);
  ck_assert_str_eq(co_error_text(), "file: offset 7: short");
  ck_assert_int_eq(co_fail_context(CO_IO, "trial %d", 3), CO_IO);
  ck_assert_str_eq(co_error_text(), "trial 3: file: offset 7: short");
  co_fail(CO_DATA, "again: %s", co_error_text());  // its own text as an argument
  ck_assert_str_eq(co_error_text(), "again: trial 3: file: offset 7: short");
}
END_TEST

START_TEST(long_texts_are_cut) {
  char text[2 * CO_ERROR_MAX];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  co_fail(CO_DATA, "%s", text);
  ck_assert_uint_eq(strlen(co_error_text()), CO_ERROR_MAX - 1);
  co_fail_context(CO_DATA, "%s", text);
  ck_assert_uint_eq(strlen(co_error_text()), CO_ERROR_MAX - 1);
}
END_TEST

static void *fail_elsewhere(void *other) {
  (void)other;
  ck_assert_str_eq(co_error_text(), "");
  co_fail(CO_IO, "elsewhere");
  return NULL;
}

START_TEST(each_thread_has_its_text) {
  co_fail(CO_DATA, "here");
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
  pthread_join(thread, NULL);
  ck_assert_str_eq(co_error_text(), "here");
}
END_TEST

static const struct {
  co_status status;
  int code;
} codes[] = {{CO_OK, 0},        {CO_WANTING, 1},      {CO_USAGE, 2},     {CO_DATA, 65},
             {CO_NO_INPUT, 66}, {CO_INTERNAL, 70},    {CO_MEMORY, 71},   {CO_CREATE, 73},
             {CO_IO, 74},       {CO_INTERRUPTED, 75}, {CO_DIVERGED, 76}, {CO_CONFIG, 78}};

static int count_statuses(void) {
#define X(name, code, text) +1
  return 0 CO_STATUS_LIST(X);
#undef X
}

START_TEST(codes_are_those_of_the_interface) {
  ck_assert_int_eq(count_statuses(), sizeof codes / sizeof *codes);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    ck_assert_int_eq((int)codes[i].status, codes[i].code);
    ck_assert_str_ne(co_status_text(codes[i].status), "unknown status");
    ck_assert_str_ne(co_status_text(codes[i].status), "");
  }
  ck_assert_str_eq(co_status_text((co_status)12345), "unknown status");
}
END_TEST

static co_status fails_at(int step, int *reached) {
  for (*reached = 0; *reached < 3; ++*reached) CO_TRY(*reached == step ? CO_DATA : CO_OK);
  return CO_OK;
}

START_TEST(try_returns_early) {
  int reached;
  ck_assert_int_eq(fails_at(1, &reached), CO_DATA);
  ck_assert_int_eq(reached, 1);
  ck_assert_int_eq(fails_at(9, &reached), CO_OK);
  ck_assert_int_eq(reached, 3);
}
END_TEST

typedef struct heard {
  int lines;
  co_log_level level;
  char last[4096];
} heard;

static void hear(void *context, co_log_level level, const char *line) {
  heard *h = context;
  h->lines++;
  h->level = level;
  snprintf(h->last, sizeof h->last, "%s", line);
}

START_TEST(log_goes_to_the_sink) {
  heard h = {0};
  co_log(CO_LOG_ERROR, "to nobody");
  co_log_set(hear, &h);
  co_log(CO_LOG_DETAIL, "%d of %s", 3, "four");
  ck_assert_int_eq(h.lines, 1);
  ck_assert_int_eq(h.level, CO_LOG_DETAIL);
  ck_assert_str_eq(h.last, "3 of four");
  char text[5000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  co_log(CO_LOG_INFO, "%s", text);
  ck_assert_uint_eq(strlen(h.last), 2047);
  co_log_set(NULL, NULL);
  co_log(CO_LOG_ERROR, "to nobody");
  ck_assert_int_eq(h.lines, 2);
}
END_TEST

START_TEST(clocks_run_forward) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  volatile double sum = 0;
  while (co_clock_cpu() < cpu + 0.01) sum = sum + 1;
  ck_assert(co_clock_wall() > wall && co_clock_wall() < wall + 100);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("status");
  TCase *tcase = tcase_create("status");
  tcase_add_test(tcase, text_of_the_last_failure);
  tcase_add_test(tcase, long_texts_are_cut);
  tcase_add_test(tcase, each_thread_has_its_text);
  tcase_add_test(tcase, codes_are_those_of_the_interface);
  tcase_add_test(tcase, try_returns_early);
  tcase_add_test(tcase, log_goes_to_the_sink);
  tcase_add_test(tcase, clocks_run_forward);
  suite_add_tcase(suite, tcase);
  return suite;
}
