#include "core/count_alloc.h"
#include "core/pool.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ITEMS = 64 };

// plain counters: each index belongs to one call at a time, which thread sanitizer checks
static void count_call(void *context, int index) {
  ((int *)context)[index]++;
}

START_TEST(many_tiny_sections) {
  int threads = _i + 1, calls[ITEMS] = {0}, expected[ITEMS] = {0};
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
  ck_assert_int_eq(co_pool_threads(pool), threads);
  for (int section = 0; section < 20000; section++) {
    int count = section % (ITEMS + 1);
    co_pool_run(pool, count_call, calls, count);
    for (int i = 0; i < count; i++) expected[i]++;
    ck_assert_mem_eq(calls, expected, sizeof calls);
  }
  co_pool_free(pool);
}
END_TEST

// sections so far apart that idle threads sleep
START_TEST(sleeping_threads_wake) {
  int calls[ITEMS] = {0};
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(_i + 1, &pool), CO_OK);
  for (int section = 0; section < 100; section++) {
    nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    co_pool_run(pool, count_call, calls, ITEMS);
  }
  for (int i = 0; i < ITEMS; i++) ck_assert_int_eq(calls[i], 100);
  co_pool_free(pool);
}
END_TEST

typedef struct work {
  double input[ITEMS], output[ITEMS];
} work;

static void halve_until_small(void *context, int index) {
  work *w = context;
  double value = w->input[index];
  for (int i = 0; i < 10 * (index + 1); i++) value = 0.999 * value + 1e-3 * index;
  w->output[index] = value;
}

START_TEST(results_do_not_depend_on_threads) {
  static work alone, shared;
  for (int i = 0; i < ITEMS; i++) alone.input[i] = shared.input[i] = 1.0 / (i + 1);
  co_pool_run(NULL, halve_until_small, &alone, ITEMS);
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(_i + 1, &pool), CO_OK);
  for (int section = 0; section < 500; section++) {
    memset(shared.output, 0, sizeof shared.output);
    co_pool_run(pool, halve_until_small, &shared, ITEMS);
    ck_assert_mem_eq(alone.output, shared.output, sizeof alone.output);
  }
  co_pool_free(pool);
}
END_TEST

// a second task directly behind the first must not be run with the first one's context
static void add_one(void *context, int index) {
  (void)index;
  atomic_fetch_add((_Atomic int *)context, 1);
}

static void add_thousand(void *context, int index) {
  (void)index;
  atomic_fetch_add((_Atomic int *)context, 1000);
}

START_TEST(tasks_are_not_mixed_up) {
  _Atomic int ones = 0, thousands = 0;
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(_i + 1, &pool), CO_OK);
  for (int section = 0; section < 5000; section++) {
    co_pool_run(pool, add_one, &ones, 3);
    co_pool_run(pool, add_thousand, &thousands, 2);
  }
  ck_assert_int_eq(ones, 15000);
  ck_assert_int_eq(thousands, 10000000);
  co_pool_free(pool);
}
END_TEST

// The first index ends when all others have, so the rest of its share is done by somebody else.
typedef struct waiting {
  _Atomic int done;
  int count;
} waiting;

static void wait_for_others(void *context, int index) {
  waiting *w = context;
  while (index == 0 && atomic_load(&w->done) < w->count - 1) sched_yield();
  atomic_fetch_add(&w->done, 1);
}

START_TEST(threads_help_each_other) {
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(_i + 2, &pool), CO_OK);
  for (int section = 0; section < 200; section++) {
    waiting w = {.count = ITEMS};
    if (section % 20 == 0) nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    co_pool_run(pool, wait_for_others, &w, ITEMS);
    ck_assert_int_eq(w.done, ITEMS);
  }
  co_pool_free(pool);
}
END_TEST

START_TEST(edges) {
  int calls[ITEMS] = {0};
  co_pool_run(NULL, count_call, calls, 5);
  ck_assert_int_eq(calls[4], 1);
  ck_assert_int_eq(co_pool_threads(NULL), 1);
  co_pool_free(NULL);
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(0, &pool), CO_OK);
  ck_assert_int_eq(co_pool_threads(pool), 1);
  co_pool_run(pool, count_call, calls, 0);
  co_pool_run(pool, count_call, calls, -1);
  ck_assert_int_eq(calls[0], 1);
  co_pool_free(pool);
  for (int i = 0; i < 50; i++) {  // started and stopped without a section
    ck_assert_int_eq(co_pool_create(4, &pool), CO_OK);
    co_pool_free(pool);
  }
}
END_TEST

// No machine has memory for a stack of that size.
// a sanitizer's threads allocate before their function begins
START_TEST(all_threads_run_when_it_is_made) {
  int calls[ITEMS] = {0};
  co_pool *pool;
  for (int i = 0; i < 100; i++) {
    ck_assert_int_eq(co_pool_create(4, &pool), CO_OK);
    co_count_alloc_start();
    co_pool_run(pool, count_call, calls, ITEMS);
    nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    ck_assert_int_eq(co_count_alloc_stop(), 0);
    co_pool_free(pool);
  }
}
END_TEST

START_TEST(threads_that_cannot_start) {
  pthread_attr_t usual, large;
  co_pool *pool;
  pthread_getattr_default_np(&usual);
  pthread_attr_init(&large);
  ck_assert_int_eq(pthread_attr_setstacksize(&large, (size_t)1 << 60), 0);
  pthread_setattr_default_np(&large);
  ck_assert_int_eq(co_pool_create(3, &pool), CO_MEMORY);
  ck_assert_str_eq(co_error_text(), "cannot start 2 threads");
  pthread_setattr_default_np(&usual);
  ck_assert_ptr_null(pool);
  pthread_attr_destroy(&large);
  pthread_attr_destroy(&usual);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("pool");
  TCase *tcase = tcase_create("pool");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, many_tiny_sections, 0, 4);
  tcase_add_loop_test(tcase, sleeping_threads_wake, 0, 4);
  tcase_add_loop_test(tcase, results_do_not_depend_on_threads, 0, 4);
  tcase_add_loop_test(tcase, tasks_are_not_mixed_up, 0, 4);
  tcase_add_loop_test(tcase, threads_help_each_other, 0, 3);
  tcase_add_test(tcase, edges);
  tcase_add_test(tcase, all_threads_run_when_it_is_made);
  tcase_add_test(tcase, threads_that_cannot_start);
  suite_add_tcase(suite, tcase);
  return suite;
}
