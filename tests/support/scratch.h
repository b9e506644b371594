// A folder of one test program's own, made before each test and removed behind it.

#ifndef TESTS_SUPPORT_SCRATCH_H_
#define TESTS_SUPPORT_SCRATCH_H_

#include "core/file.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[2048];

static inline void scratch_make(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(scratch, sizeof scratch, "%s/scratch/%s.%ld", build ? build : ".",
           program_invocation_short_name, (long)getpid());
  ck_assert_msg(co_dir_remove(scratch) == CO_OK, "%s", co_error_text());
  ck_assert_msg(co_dir_create(scratch) == CO_OK, "%s", co_error_text());
}

static inline void scratch_remove(void) {
  ck_assert_msg(co_dir_remove(scratch) == CO_OK, "%s", co_error_text());
}

// A path in it; the last four are good.
static inline const char *at(const char *name) {
  static char path[4][2300];
  static int next;
  char *text = path[next++ % 4];
  snprintf(text, sizeof path[0], "%s/%s", scratch, name);
  return text;
}

#endif  // TESTS_SUPPORT_SCRATCH_H_
