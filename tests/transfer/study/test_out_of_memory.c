// Every allocation of a study's reading, a world's building and a policy's loading fails in turn:
// each is told as CO_MEMORY with its sentence, and what was made before it is released (the leak
// sanitizer sees it). The linker hands core/memory's functions to the ones below.

#include "agents/policy/policy.h"
#include "core/memory.h"
#include "envs/world/world.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/study/study.h"
#include "transfer/study/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Allocations until the one that fails; negative: none does.
static long left = -1;

__attribute__((noinline)) static void *failing(size_t count, size_t size) {
  (void)co_fail(CO_MEMORY, "out of memory for %zu x %zu bytes", count, size);
  return NULL;
}

static bool fails(void) {
  return left >= 0 && left-- == 0;
}

void *__real_co_alloc(size_t count, size_t size);
void *__real_co_alloc_aligned(size_t count, size_t size);
void *__real_co_realloc(void *block, size_t count, size_t size);
char *__real_co_strdup(const char *text);
char *__real_co_strndup(const char *text, size_t size);
void *__wrap_co_alloc(size_t count, size_t size);
void *__wrap_co_alloc_aligned(size_t count, size_t size);
void *__wrap_co_realloc(void *block, size_t count, size_t size);
char *__wrap_co_strdup(const char *text);
char *__wrap_co_strndup(const char *text, size_t size);

void *__wrap_co_alloc(size_t count, size_t size) {
  return fails() ? failing(count, size) : __real_co_alloc(count, size);
}

void *__wrap_co_alloc_aligned(size_t count, size_t size) {
  return fails() ? failing(count, size) : __real_co_alloc_aligned(count, size);
}

void *__wrap_co_realloc(void *block, size_t count, size_t size) {
  return fails() ? failing(count, size) : __real_co_realloc(block, count, size);
}

char *__wrap_co_strdup(const char *text) {
  return fails() ? failing(strlen(text), 1) : __real_co_strdup(text);
}

char *__wrap_co_strndup(const char *text, size_t size) {
  return fails() ? failing(size, 1) : __real_co_strndup(text, size);
}

// Fails the first, the second, ... allocation of `work` until it succeeds; returns how many it has.
static long fail_each(co_status (*work)(void)) {
  for (long n = 0;; n++) {
    co_fail(CO_OK, "%s", "");
    left = n;
    co_status status = work();
    bool reached = left < 0;
    left = -1;
    if (!reached) {
      ck_ok(status);
      return n;
    }
    ck_assert_msg(status == CO_MEMORY, "allocation %ld: %s: %s", n, co_status_text(status),
                  co_error_text());
    ck_assert_msg(strstr(co_error_text(), "out of memory"), "allocation %ld: %s", n,
                  co_error_text());
  }
}

static const char *file;  // of the scenario

static co_status read_study(void) {
  co_study *study;
  CO_TRY(co_study_read(file, NULL, 0, &study));
  co_study_free(study);
  return CO_OK;
}

START_TEST(studies) {
  file = fixture_write("memory.cfg",
                       "study = { format = 1; seeds = 2;\n"
                       "  sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; } );\n"
                       "  targets = ( { name = \"b\"; task = \"pendulum\"; steps = 128; } );\n"
                       "  strategies = ( { name = \"partial\"; }, { name = \"scratch\"; } ); };\n");
  ck_assert_int_gt(fail_each(read_study), 50);
}
END_TEST

static co_status build_world(void) {
  co_built_world *built;
  CO_TRY(co_world_build(&(co_world){.task = file}, &built));
  co_world_free(built);
  return CO_OK;
}

START_TEST(worlds) {
  file = "pendulum";
  ck_assert_int_gt(fail_each(build_world), 50);
  file = "hopper";
  ck_assert_int_gt(fail_each(build_world), 50);
}
END_TEST

static co_status load_policy(void) {
  co_policy *policy;
  CO_TRY(co_policy_load(file, &policy));
  co_policy_free(policy);
  return CO_OK;
}

START_TEST(policies) {
  fixture_write_policy("memory.safetensors", "ppo", 8);
  file = fixture_path("memory.safetensors");
  ck_assert_int_gt(fail_each(load_policy), 10);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test) {
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_test(tcase, test);
  suite_add_tcase(suite, tcase);
}

Suite *test_suite(void) {
  Suite *suite = suite_create("out of memory");
  add(suite, "studies", studies);
  add(suite, "worlds", worlds);
  add(suite, "policies", policies);
  return suite;
}
