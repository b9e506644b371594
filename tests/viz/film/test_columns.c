// Columns of a replay: known bytes, what becomes of numbers, and that a reader gets them back.

#include "core/rng.h"
#include "tests/envs/worlds.h"
#include "viz/film/private/columns.h"

#include <math.h>

// The reader of a page, in C.
static int32_t next_number(const unsigned char **at, int32_t before) {
  uint32_t rest = 0;
  int shift = 0;
  do rest |= (uint32_t)(**at & 127) << shift, shift += 7;
  while (*(*at)++ & 128);
  uint32_t difference = rest >> 1 ^ (rest & 1 ? UINT32_MAX : 0);
  return (int32_t)((uint32_t)before + difference);
}

static void check_column(const int32_t *number, size_t count, size_t stride) {
  co_buf bytes = {0};
  co_columns_add(&bytes, number, count, stride);
  const unsigned char *at = (const unsigned char *)bytes.data;
  int32_t last = 0;
  for (size_t i = 0; i < count; i++) {
    last = next_number(&at, last);
    ck_assert_int_eq(last, number[i * stride]);
  }
  ck_assert_ptr_eq(at, bytes.data + bytes.size);
  co_buf_free(&bytes);
}

START_TEST(known_bytes) {
  static const int32_t number[] = {0, 1, 0, 63, 127, -1, CO_COLUMN_NONE};
  // differences 0, 1, -1, 63, 64, -128, 1 - 2^31; 64 is the first that takes two bytes
  static const unsigned char wanted[] = {0, 2,    1,    126,  128,  1,   255,
                                         1, 0xfd, 0xff, 0xff, 0xff, 0x0f};
  co_buf bytes = {0};
  co_columns_add(&bytes, number, 7, 1);
  ck_assert_uint_eq(bytes.size, sizeof wanted);
  ck_assert_mem_eq(bytes.data, wanted, sizeof wanted);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(numbers_are_read_back) {
  static const int32_t ends[] = {INT32_MAX, -INT32_MAX, INT32_MIN, 0, INT32_MIN, INT32_MAX};
  static int32_t number[3000];
  co_stream stream = {1, 2, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < 3000; i++)
    number[i] = (int32_t)(co_rng_normal(&rng) * exp(20 * co_rng_uniform(&rng)));
  check_column(ends, 6, 1);
  check_column(number, 3000, 1);
  check_column(number + 1, 1000, 3);
  check_column(number, 0, 1);
}
END_TEST

START_TEST(half_a_step_is_the_error) {
  co_stream stream = {1, 3, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < 1000; i++) {
    double value = 1000 * co_rng_normal(&rng), step = 1e-4;
    double back = co_column_number(value, step) * step;
    ck_assert_double_le(fabs(back - value), 0.5 * step * (1 + 1e-6));
  }
  ck_assert_int_eq(co_column_number(NAN, 1), CO_COLUMN_NONE);
  ck_assert_int_eq(co_column_number(-INFINITY, 1), CO_COLUMN_NONE);
  ck_assert_int_eq(co_column_number(1e300, 1e-4), INT32_MAX);
  ck_assert_int_eq(co_column_number(-1e300, 1e-4), -INT32_MAX);
}
END_TEST

START_TEST(doubles_as_numbers) {
  static const double value[] = {0.1, 9, -0.26, 9, NAN, 9};
  static const int32_t number[] = {1, -3, CO_COLUMN_NONE};
  co_buf a = {0}, b = {0};
  co_columns_add_doubles(&a, value, 3, 2, 0.1);
  co_columns_add(&b, number, 3, 1);
  ck_assert_uint_eq(a.size, b.size);
  ck_assert_mem_eq(a.data, b.data, a.size);
  co_buf_free(&a);
  co_buf_free(&b);
}
END_TEST

START_TEST(packed_the_same_every_time) {
  co_buf head = {0}, columns = {0}, first = {0}, second = {0};
  co_buf_puts(&head, "{}");
  ck_ok(co_columns_pack(&head, &columns, &first));  // no columns
  // zlib's best level of 2 0 0 0 { }, from Python's zlib
  ck_assert_str_eq(first.data, "eNpjYmBgqK4FAAGFAPs=");
  static const int32_t zero[5000];
  co_columns_add(&columns, zero, 5000, 1);
  ck_ok(co_columns_pack(&head, &columns, &second));
  ck_assert_uint_lt(second.size, 100);
  co_buf_free(&head);
  co_buf_free(&columns);
  co_buf_free(&first);
  co_buf_free(&second);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/film/columns");
  TCase *tests = tcase_create("columns");
  tcase_add_test(tests, known_bytes);
  tcase_add_test(tests, numbers_are_read_back);
  tcase_add_test(tests, half_a_step_is_the_error);
  tcase_add_test(tests, doubles_as_numbers);
  tcase_add_test(tests, packed_the_same_every_time);
  suite_add_tcase(suite, tests);
  return suite;
}
