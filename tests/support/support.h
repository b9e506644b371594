// What C tests share.

#ifndef TESTS_SUPPORT_SUPPORT_H_
#define TESTS_SUPPORT_SUPPORT_H_

#include <check.h>

Suite *test_suite(void);  // defined by each test file

// Sanitizers look at accesses and threads, not at times or at what long runs learn.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { TEST_SANITIZED = 1 };
#else
enum { TEST_SANITIZED = 0 };
#endif

// Folder of the reference data ($CARRYOVER_SHARED, default ../shared), or NULL when there is none,
// which the test takes as "skip". With CARRYOVER_REQUIRE_SHARED=1 absence fails the test.
const char *test_shared(void);

#endif  // TESTS_SUPPORT_SUPPORT_H_
