// One reader of files under random bytes: what each fuzz target defines, and what all of them hold.
//
// A target is linked with libFuzzer (scripts/fuzz) or with replay.c, which runs it over its corpus
// as a test. What a reader refuses has a sentence that names the file; what it accepts is used.

#ifndef TESTS_FUZZ_TARGET_H_
#define TESTS_FUZZ_TARGET_H_

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_FILE "fuzz"  // the name that readers are given

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void fuzz_hold(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "fuzz: does not hold: %s (%s)\n", what, co_error_text());
  abort();
}

// Whether it was read; a refusal is of `kind` and names the file first.
static inline bool fuzz_accepted(co_status status, co_status kind) {
  if (status == CO_OK) return true;
  fuzz_hold(status == kind, "kind of the error");
  fuzz_hold(strncmp(co_error_text(), FUZZ_FILE ":", strlen(FUZZ_FILE) + 1) == 0, "file first");
  return false;
}

#endif  // TESTS_FUZZ_TARGET_H_
