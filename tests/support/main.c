// The main program of every C test: each test file defines only its suite. Exit 1 when a check
// fails.

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *test_shared(void) {
  const char *path = getenv("CARRYOVER_SHARED");
  static char fallback[4096];
  if (!path) {
    const char *source = getenv("CARRYOVER_SOURCE");
    snprintf(fallback, sizeof fallback, "%s/../shared", source ? source : ".");
    path = fallback;
  }
  FILE *file = NULL;
  char probe[4200];
  snprintf(probe, sizeof probe, "%s/golden/README.md", path);
  if ((file = fopen(probe, "r"))) {
    fclose(file);
    return path;
  }
  const char *require = getenv("CARRYOVER_REQUIRE_SHARED");
  if (require && strcmp(require, "1") == 0) ck_abort_msg("no reference data in %s", path);
  fprintf(stderr, "skipped: no reference data in %s\n", path);
  return NULL;
}

int main(void) {
  setenv("CK_DEFAULT_TIMEOUT", "60", 0);  // Check's own 4 s end sound tests on a busy machine
  SRunner *runner = srunner_create(test_suite());
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  int run = srunner_ntests_run(runner);
  srunner_free(runner);
  return failed || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
