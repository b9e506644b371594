#include "core/strands.h"
#include "tests/support/support.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { STEPS = 6, MOST_STRANDS = 3, ROUNDS = 300 };

// Plain numbers, so that thread sanitizer sees a step that begins before what it needs is done.
typedef struct record {
  int num_strands;
  int calls[MOST_STRANDS][STEPS];  // of each step
  int wrong[MOST_STRANDS];         // steps that began too early or again
  const int *needs;
} record;

static void count_step(void *context, int step, int strand) {
  record *r = context;
  int round = r->calls[strand][step] + 1;
  bool right = step == 0 || r->calls[strand][step - 1] == round;
  for (int t = 0; t < r->num_strands; t++) {
    if (t != strand && r->needs[step] >= 0) right = right && r->calls[t][r->needs[step]] == round;
  }
  r->calls[strand][step] = round;
  r->wrong[strand] += !right;
}

static const int needs_of[][STEPS] = {
    {-1, -1, -1, -1, -1, -1}, {-1, 0, 1, 2, 3, 4}, {-1, -1, 0, -1, 2, 4}};
enum { NEEDS = sizeof needs_of / sizeof *needs_of };

static void run_rounds(co_pool *pool, int num_strands, const int *needs) {
  static co_strand strand[MOST_STRANDS];
  memset(strand, 0, sizeof strand);
  record r = {.num_strands = num_strands, .needs = needs};
  for (int round = 1; round <= ROUNDS; round++) {
    // not always all steps
    int steps = round % 3 == 0 ? STEPS - 2 : STEPS;
    co_strands_run(pool, &(co_strands){.run = count_step,
                                       .context = &r,
                                       .num_steps = steps,
                                       .num_strands = num_strands,
                                       .needs = needs,
                                       .strand = strand});
    for (int t = 0; t < num_strands; t++) {
      for (int s = steps; s < STEPS; s++) r.calls[t][s]++;
      for (int s = 0; s < STEPS; s++) ck_assert_int_eq(r.calls[t][s], round);
    }
  }
  for (int t = 0; t < num_strands; t++) ck_assert_int_eq(r.wrong[t], 0);
}

// with fewer threads than strands, as many, and more
START_TEST(steps_begin_when_what_they_need_is_done) {
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(_i + 1, &pool), CO_OK);
  for (int strands = 1; strands <= MOST_STRANDS; strands++) {
    for (int i = 0; i < NEEDS; i++) run_rounds(pool, strands, needs_of[i]);
  }
  co_pool_free(pool);
}
END_TEST

static void note_step(void *context, int step, int strand) {
  int **next = context;
  *(*next)++ = 10 * strand + step;
}

// one thread: each strand as far as it can go
START_TEST(alone_a_strand_goes_as_far_as_it_can) {
  static const int needs[4] = {-1, -1, 1, -1}, expected[8] = {0, 1, 10, 11, 12, 13, 2, 3};
  int order[8], *next = order;
  co_strand strand[2] = {0};
  co_strands_run(NULL, &(co_strands){.run = note_step,
                                     .context = &next,
                                     .num_steps = 4,
                                     .num_strands = 2,
                                     .needs = needs,
                                     .strand = strand});
  ck_assert_mem_eq(order, expected, sizeof order);
}
END_TEST

static void sleep_in_some(void *context, int step, int strand) {
  count_step(context, step, strand);
  if ((step + strand) % 5 == 0) nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

// a thread that comes late finds its steps done by others, or goes on behind them
START_TEST(late_threads_are_stood_in_for) {
  static co_strand strand[2];
  memset(strand, 0, sizeof strand);
  record r = {.num_strands = 2, .needs = needs_of[2]};
  co_pool *pool;
  ck_assert_int_eq(co_pool_create(4, &pool), CO_OK);
  for (int round = 0; round < 200; round++) {
    co_strands_run(pool, &(co_strands){.run = sleep_in_some,
                                       .context = &r,
                                       .num_steps = STEPS,
                                       .num_strands = 2,
                                       .needs = r.needs,
                                       .strand = strand});
  }
  for (int t = 0; t < 2; t++) {
    ck_assert_int_eq(r.wrong[t], 0);
    for (int s = 0; s < STEPS; s++) ck_assert_int_eq(r.calls[t][s], 200);
  }
  co_pool_free(pool);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strands");
  TCase *tc = tcase_create("strands");
  tcase_set_timeout(tc, 120);
  tcase_add_loop_test(tc, steps_begin_when_what_they_need_is_done, 0, 4);
  tcase_add_test(tc, alone_a_strand_goes_as_far_as_it_can);
  tcase_add_test(tc, late_threads_are_stood_in_for);
  suite_add_tcase(suite, tc);
  return suite;
}
