#include "core/buf.h"
#include "tests/support/support.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(grows) {
  co_buf buf = {0};
  co_buf_add(&buf, "a\0b", 3);
  ck_assert_uint_eq(buf.size, 3);
  ck_assert_mem_eq(buf.data, "a\0b", 4);
  co_buf_puts(&buf, "");
  co_buf_printf(&buf, "%s-%05d", "x", 42);
  ck_assert_mem_eq(buf.data, "a\0bx-00042", 11);
  ck_assert_int_eq(co_buf_status(&buf), CO_OK);
  co_buf_free(&buf);
  ck_assert(buf.data == NULL && buf.size == 0);
}
END_TEST

START_TEST(every_size_around_growth) {
  for (size_t size = 0; size < 1100; size++) {
    co_buf buf = {0};
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    text[size] = '\0';
    co_buf_puts(&buf, text);
    co_buf_printf(&buf, "%s", text);
    ck_assert_uint_eq(buf.size, 2 * size);
    ck_assert_uint_eq(strlen(buf.data), 2 * size);
    co_buf_free(&buf);
    free(text);
  }
}
END_TEST

START_TEST(nothing_makes_an_empty_text) {
  co_buf buf = {0};
  co_buf_add(&buf, NULL, 0);
  ck_assert_str_eq(buf.data, "");
  co_buf_free(&buf);
}
END_TEST

START_TEST(failure_is_sticky) {
  co_buf buf = {0};
  co_buf_puts(&buf, "kept");
  co_buf_add(&buf, "x", SIZE_MAX - 4);  // not even added up
  ck_assert(buf.failed);
  co_buf_puts(&buf, "lost");
  co_buf_printf(&buf, "%d", 1);
  ck_assert_str_eq(buf.data, "kept");
  ck_assert_int_eq(co_buf_status(&buf), CO_MEMORY);
  ck_assert_str_eq(co_error_text(), "out of memory for a text of 4 bytes");
  co_buf_free(&buf);
  ck_assert(!buf.failed);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("buf");
  TCase *tcase = tcase_create("buf");
  tcase_add_test(tcase, grows);
  tcase_add_test(tcase, every_size_around_growth);
  tcase_add_test(tcase, nothing_makes_an_empty_text);
  tcase_add_test(tcase, failure_is_sticky);
  suite_add_tcase(suite, tcase);
  return suite;
}
