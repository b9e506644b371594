// The ring: what is kept, what goes, and that copies are copies.

#include "tests/support/support.h"
#include "viz/play/history.h"

#include <stdio.h>
#include <string.h>

#define ck_ok(call) ck_assert_int_eq((call), CO_OK)

static const co_instant_layout layout = {13, 3, 2, 1, 0};  // 13: rounded up inside

typedef struct source {
  unsigned char block[128];
  co_instant instant;
} source;

// An instant whose numbers all follow from its step.
static void make(source *s, int64_t step) {
  const co_instant_arrays to = co_instant_place(&layout, s->block);
  memset(to.row, (int)step, 13);
  for (int i = 0; i < 3; i++) to.obs[i] = (float)(10 * step + i);
  for (int i = 0; i < 2; i++) to.action[i] = (float)(20 * step + i);
  to.terms[0] = (float)(30 * step);
  co_instant_show(&to, &s->instant);
  s->instant.step = step;
  s->instant.ret = 1.5 * (double)step;
  s->instant.success = step % 2;
}

static void check(const co_history *history, int64_t step) {
  const co_instant *instant = co_history_at(history, step);
  ck_assert_ptr_nonnull(instant);
  ck_assert_int_eq(instant->step, step);
  for (int i = 0; i < 13; i++) {
    ck_assert_int_eq(((const unsigned char *)instant->row)[i], (unsigned char)step);
  }
  for (int i = 0; i < 3; i++) ck_assert_float_eq(instant->obs[i], (float)(10 * step + i));
  for (int i = 0; i < 2; i++) ck_assert_float_eq(instant->action[i], (float)(20 * step + i));
  ck_assert_float_eq(instant->terms[0], (float)(30 * step));
  ck_assert_double_eq(instant->ret, 1.5 * (double)step);
  ck_assert_int_eq(instant->success, step % 2);
}

static void check_range(const co_history *history, int64_t first, int64_t last) {
  ck_assert_int_eq(co_history_first(history), first);
  ck_assert_int_eq(co_history_last(history), last);
  for (int64_t step = first; step <= last; step++) check(history, step);
  ck_assert_ptr_null(co_history_at(history, first - 1));
  ck_assert_ptr_null(co_history_at(history, last + 1));
}

static co_history *filled(size_t bytes, int64_t first, int64_t count) {
  co_history *history = NULL;
  source s = {0};
  ck_ok(co_history_create(&layout, bytes, &history));
  for (int64_t step = first; step < first + count; step++) {
    make(&s, step);
    co_history_add(history, &s.instant);
    memset(s.block, 0xee, sizeof s.block);  // the ring has copies
  }
  return history;
}

START_TEST(test_fits_its_bytes) {
  co_history *history = NULL;
  size_t one = co_instant_bytes(&layout) + sizeof(co_instant);
  ck_assert_uint_eq(co_instant_bytes(&layout), 40);
  ck_ok(co_history_create(&layout, 7 * one + one / 2, &history));
  ck_assert_int_eq(co_history_capacity(history), 7);
  ck_assert_int_eq(co_history_last(history), -1);
  ck_assert_int_eq(co_history_first(history), 0);
  ck_assert_ptr_null(co_history_at(history, 0));
  co_history_free(history);
}
END_TEST

// bytes, first step, how many were added: what is left
static const struct ring_case {
  size_t bytes;
  int64_t first, count, kept_first;
} rings[] = {
    {100000, 0, 1, 0}, {100000, 0, 50, 0}, {100000, 120, 7, 120}, {0, 0, 1, 0},
    {0, 0, 2, 0},      {0, 0, 9, 7},       {1, 33, 5, 36},
};

START_TEST(test_oldest_goes) {
  const struct ring_case *c = &rings[_i];
  co_history *history = filled(c->bytes, c->first, c->count);
  check_range(history, c->kept_first, c->first + c->count - 1);
  co_history_free(history);
}
END_TEST

START_TEST(test_drop_and_go_on) {
  source s = {0};
  co_history *history = filled(100000, 0, 20);
  co_history_drop_from(history, 25);
  check_range(history, 0, 19);
  co_history_drop_from(history, 12);
  check_range(history, 0, 11);
  make(&s, 12);
  co_history_add(history, &s.instant);
  check_range(history, 0, 12);
  co_history_drop_from(history, 0);
  ck_assert_int_eq(co_history_last(history), -1);
  make(&s, 40);  // an episode may begin anywhere once nothing is kept
  co_history_add(history, &s.instant);
  check_range(history, 40, 40);
  co_history_drop_from(history, 3);
  ck_assert_int_eq(co_history_last(history), -1);
  co_history_free(history);
}
END_TEST

START_TEST(test_drop_in_a_full_ring) {
  source s = {0};
  co_history *history = filled(0, 0, 6);  // keeps 4 and 5
  co_history_drop_from(history, 5);
  check_range(history, 4, 4);
  make(&s, 5);
  co_history_add(history, &s.instant);
  check_range(history, 4, 5);
  co_history_free(history);
}
END_TEST

// An instant of another layout carries its states; a history of that layout goes on from one
// without.
START_TEST(test_states) {
  static const co_instant_layout wide = {13, 3, 2, 1, 16};
  co_history *plain = filled(100000, 0, 20), *other = NULL;
  unsigned char block[128] = {0};
  co_instant instant = {0};
  size_t one = co_instant_bytes(&wide) + sizeof(co_instant);
  ck_assert_uint_eq(co_instant_bytes(&wide), co_instant_bytes(&layout) + 32);
  ck_ok(co_history_create(&wide, 8 * one, &other));
  co_history_take_over(other, plain, 14);
  check_range(other, 7, 14);
  ck_assert_ptr_null(co_history_at(other, 14)->owner);
  const co_instant_arrays to = co_instant_place(&wide, block);
  co_instant_show(&to, &instant);
  instant.step = 15;
  instant.owner = &wide;
  memset(to.state, 1, 16);
  memset(to.after, 2, 16);
  co_history_add(other, &instant);
  memset(block, 0xee, sizeof block);
  const co_instant *kept = co_history_at(other, 15);
  ck_assert_ptr_eq(kept->owner, &wide);
  for (int i = 0; i < 16; i++) {
    ck_assert_int_eq(((const unsigned char *)kept->state)[i], 1);
    ck_assert_int_eq(((const unsigned char *)kept->after)[i], 2);
  }
  co_history_free(plain);
  co_history_free(other);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("history");
  TCase *tcase = tcase_create("history");
  tcase_add_test(tcase, test_fits_its_bytes);
  tcase_add_loop_test(tcase, test_oldest_goes, 0, sizeof rings / sizeof *rings);
  tcase_add_test(tcase, test_drop_and_go_on);
  tcase_add_test(tcase, test_drop_in_a_full_ring);
  tcase_add_test(tcase, test_states);
  suite_add_tcase(suite, tcase);
  return suite;
}
