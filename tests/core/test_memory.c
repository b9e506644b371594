// Memory from the system: zeroed, aligned, counted without overflow, and its failures told.

#include "core/memory.h"
#include "core/status.h"
#include "tests/support/support.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_zero(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i]) return false;
  return true;
}

START_TEST(zeroed) {
  for (size_t count = 0; count < 300; count += 7) {
    unsigned char *plain = co_alloc(count, 3), *aligned = co_alloc_aligned(count, 3);
    ck_assert(plain && aligned && (uintptr_t)aligned % 64 == 0);
    ck_assert(is_zero(plain, 3 * count) && is_zero(aligned, 3 * count));
    memset(plain, 1, 3 * count);
    memset(aligned, 1, 3 * count);
    free(plain);
    free(aligned);
  }
}
END_TEST

START_TEST(grown) {
  char *block = co_realloc(NULL, 4, 1);
  ck_assert_ptr_nonnull(block);
  memcpy(block, "abc", 4);
  block = co_realloc(block, 1000, 8);
  ck_assert_str_eq(block, "abc");
  block = co_realloc(block, 0, 8);
  ck_assert_ptr_nonnull(block);
  free(block);
}
END_TEST

START_TEST(copied) {
  char *whole = co_strdup("hopper"), *part = co_strndup("hopper", 3), *all = co_strndup("ant", 9);
  ck_assert_str_eq(whole, "hopper");
  ck_assert_str_eq(part, "hop");
  ck_assert_str_eq(all, "ant");
  free(whole);
  free(part);
  free(all);
}
END_TEST

START_TEST(too_much) {
  struct {
    size_t count, size;
    const char *text;
  } asked[] = {{SIZE_MAX / 4, 8, "out of memory for 4611686018427387903 x 8 bytes"},
               {1, SIZE_MAX - 100, "out of memory for 1 x 18446744073709551515 bytes"},
               {(size_t)1 << 62, 1, "out of memory for 4611686018427387904 x 1 bytes"}};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    volatile size_t count = asked[i].count;  // the compiler would know that it is too much
    ck_assert_ptr_null(co_alloc(count, asked[i].size));
    ck_assert_str_eq(co_error_text(), asked[i].text);
    (void)co_fail(CO_OK, "%s", "");
    ck_assert_ptr_null(co_alloc_aligned(count, asked[i].size));
    ck_assert_str_eq(co_error_text(), asked[i].text);
    (void)co_fail(CO_OK, "%s", "");
    ck_assert_ptr_null(co_realloc(NULL, count, asked[i].size));
    ck_assert_str_eq(co_error_text(), asked[i].text);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("memory");
  TCase *tcase = tcase_create("memory");
  tcase_add_test(tcase, zeroed);
  tcase_add_test(tcase, grown);
  tcase_add_test(tcase, copied);
  // sanitizers end the program where more than they have is asked for
  if (!TEST_SANITIZED) tcase_add_test(tcase, too_much);
  suite_add_tcase(suite, tcase);
  return suite;
}
