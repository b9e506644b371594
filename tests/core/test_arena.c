#include "core/arena.h"
#include "core/memory.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

START_TEST(zeroed_and_aligned) {
  co_arena arena = {0};
  for (size_t size = 0; size < 300; size += 7) {
    unsigned char *memory = co_arena_alloc(&arena, size, 3);
    ck_assert_ptr_nonnull(memory);
    ck_assert_uint_eq((uintptr_t)memory % 64, 0);
    for (size_t i = 0; i < 3 * size; i++) ck_assert_uint_eq(memory[i], 0);
    memset(memory, 0xff, 3 * size);
  }
  ck_assert_str_eq(co_arena_strdup(&arena, "text"), "text");
  co_arena_free(&arena);
  ck_assert(arena.chunk == NULL && arena.used == 0);
}
END_TEST

START_TEST(pointers_stay_valid) {
  co_arena arena = {0};
  enum { N = 200 };
  int *block[N];
  for (int i = 0; i < N; i++) {
    block[i] = co_arena_alloc(&arena, 1000, sizeof(int));  // over many chunks
    for (int k = 0; k < 1000; k++) block[i][k] = i;
  }
  for (int i = 0; i < N; i++) ck_assert(block[i][0] == i && block[i][999] == i);
  co_arena_free(&arena);
}
END_TEST

START_TEST(release_goes_back_to_the_mark) {
  co_arena arena = {0};
  co_arena_mark empty = co_arena_get_mark(&arena);
  char *kept = co_arena_strdup(&arena, "kept");
  size_t used = arena.used;
  co_rng rng = co_rng_make(&(co_stream){.purpose = CO_PURPOSE_TEST}, 0);
  for (int round = 0; round < 200; round++) {
    co_arena_mark mark = co_arena_get_mark(&arena);
    for (int i = 0; i < 20; i++) {
      size_t size = co_rng_below(&rng, 20000);
      unsigned char *memory = co_arena_alloc(&arena, size, 1);
      for (size_t k = 0; k < size; k += 97)
        ck_assert_uint_eq(memory[k], 0);  // zeroed when used again
      memset(memory, 0xff, size);
    }
    co_arena_release(&arena, mark);
    ck_assert_uint_eq(arena.used, used);
    ck_assert_str_eq(kept, "kept");
  }
  co_arena_release(&arena, empty);
  ck_assert_uint_eq(arena.used, 0);
  co_arena_free(&arena);
}
END_TEST

START_TEST(nested_marks) {
  co_arena arena = {0};
  char *outer_text = co_arena_strdup(&arena, "outer");
  co_arena_mark outer = co_arena_get_mark(&arena);
  char *inner_text = co_arena_strdup(&arena, "inner");
  co_arena_mark inner = co_arena_get_mark(&arena);
  co_arena_alloc(&arena, 1, 1 << 20);
  co_arena_release(&arena, inner);
  ck_assert_str_eq(inner_text, "inner");
  co_arena_release(&arena, outer);
  ck_assert_ptr_eq(co_arena_strdup(&arena, "again"), inner_text);  // the same place
  ck_assert_str_eq(outer_text, "outer");
  co_arena_free(&arena);
}
END_TEST

// two that would fit alone
START_TEST(no_more_than_the_machine_has) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), all = (size_t)sysconf(_SC_PHYS_PAGES) * page;
  ck_assert(co_memory_exists(all / 2) && !co_memory_exists(all));
  co_arena arena = {0};
  ck_assert_ptr_nonnull(co_arena_alloc(&arena, 1, 100));
  arena.used += all - (1 << 20);  // as if they had been handed out
  co_arena_mark mark = co_arena_get_mark(&arena);
  ck_assert_int_eq(co_arena_status(&arena), CO_OK);
  ck_assert_ptr_null(co_arena_alloc(&arena, 1, 1 << 21));
  ck_assert_ptr_null(co_arena_alloc(&arena, 1, 100));  // it remembers
  ck_assert_ptr_null(co_arena_strdup(&arena, "text"));
  (void)co_fail(CO_OK, "%s", "");
  ck_assert_int_eq(co_arena_status(&arena), CO_MEMORY);
  ck_assert_msg(strstr(co_error_text(), "out of memory beside "), "%s", co_error_text());
  co_arena_release(&arena, mark);
  ck_assert_int_eq(co_arena_status(&arena), CO_OK);
  ck_assert_ptr_nonnull(co_arena_alloc(&arena, 1, 100));
  co_arena_free(&arena);
}
END_TEST

START_TEST(products_that_overflow) {
  co_arena arena = {0};
  const size_t asked[][2] = {
      {SIZE_MAX, 2}, {SIZE_MAX / 2, SIZE_MAX / 2}, {(size_t)1 << 33, (size_t)1 << 33}};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    arena = (co_arena){0};
    ck_assert_ptr_null(co_arena_alloc(&arena, asked[i][0], asked[i][1]));
    ck_assert(arena.failed && arena.used == 0);
  }
  arena = (co_arena){0};
  ck_assert_ptr_nonnull(co_arena_alloc(&arena, 0, SIZE_MAX));
  co_arena_free(&arena);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("arena");
  TCase *tcase = tcase_create("arena");
  tcase_add_test(tcase, zeroed_and_aligned);
  tcase_add_test(tcase, pointers_stay_valid);
  tcase_add_test(tcase, release_goes_back_to_the_mark);
  tcase_add_test(tcase, nested_marks);
  tcase_add_test(tcase, products_that_overflow);
  tcase_add_test(tcase, no_more_than_the_machine_has);
  suite_add_tcase(suite, tcase);
  return suite;
}
