// The C library tells its name.

#include "core/libc.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

START_TEST(it_is_the_one_that_runs) {
#ifdef __GLIBC__
  int major = 0, minor = 0;
  ck_assert_int_eq(sscanf(co_libc_text(), "glibc %d.%d", &major, &minor), 2);
  ck_assert_int_ge(major * 100 + minor, __GLIBC__ * 100);  // may be newer than the one built with
#else
  ck_assert_int_gt(strlen(co_libc_text()), 0);
#endif
  ck_assert_ptr_eq(co_libc_text(), co_libc_text());
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("libc");
  TCase *tests = tcase_create("libc");
  tcase_add_test(tests, it_is_the_one_that_runs);
  suite_add_tcase(suite, tests);
  return suite;
}
