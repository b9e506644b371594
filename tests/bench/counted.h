// Pieces of work whose instructions test_instructions.py counts: a program lists those that it has,
// or runs one by its name and prints what it ran and a hash of what came out. Everything to be
// counted happens below count_this(), which the tool is told by name.

#ifndef TESTS_BENCH_COUNTED_H_
#define TESTS_BENCH_COUNTED_H_

#include "agents/nn/kernels/kernels.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct counted {
  const char *name;
  co_status (*open)(const struct counted *work, void **state);
  co_status (*run)(const struct counted *work, void *state, uint64_t *hash);  // is counted
  void (*close)(void *state);  // NULL too, and what open left when it failed
  const char *task;
  int rows, steps;
} counted;

// kept whole by the compiler, under a name that others can see
co_status count_this(const counted *work, void *state, uint64_t *hash);
__attribute__((noinline, visibility("default"))) co_status count_this(const counted *work,
                                                                      void *state, uint64_t *hash) {
  return work->run(work, state, hash);
}

static inline int counted_run(const counted *work) {
  void *state = NULL;
  uint64_t hash = 0;
  co_status status = work->open(work, &state);
  if (status == CO_OK) status = count_this(work, state, &hash);
  work->close(state);
  if (status != CO_OK) fprintf(stderr, "%s: %s\n", work->name, co_error_text());
  if (status == CO_OK)
    printf("%s: kernels %s, hash %016" PRIx64 "\n", work->name, co_kernels_get()->name, hash);
  return status == CO_OK ? 0 : 1;
}

static inline int counted_main(const counted *list, int count, int argc, char **argv) {
  for (int i = 0; i < count; i++) {
    if (argc < 2) {
      puts(list[i].name);
    } else if (strcmp(argv[1], list[i].name) == 0) {
      return counted_run(&list[i]);
    }
  }
  return argc < 2 ? 0 : 1;
}

#endif  // TESTS_BENCH_COUNTED_H_
