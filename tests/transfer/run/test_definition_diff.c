// What differs between two definitions: by their values' paths, several of one name told apart.

#include "tests/support/support.h"
#include "transfer/run/definition.h"

#include <string.h>

static const struct {
  const char *old, *now, *told;
} cases[] = {
    {"seed = 1;\nsteps = 5;\n", "seed = 1;\nsteps = 5;\n", ""},
    {"seed = 1;\nsteps = 5;\n", "seed = 2;\nsteps = 5;\n", "seed 1 -> 2"},
    {"seed = 1;\n", "", "seed 1 -> none"},
    {"", "seed = 1;\n", "seed none -> 1"},
    {"a = { b = \"x;}\"; };\nc = 1;\n", "a = { b = \"x;}\"; };\nc = 2;\n", "c 1 -> 2"},
    {"learning = {\nhidden = (8, 8);\nrate = 1.0;\n};\n",
     "learning = {\nhidden = (8, 9);\nrate = 1.0;\n};\n", "learning.hidden (8, 8) -> (8, 9)"},
    {"w = { s = \"a\";\n  s = \"b\";\n};\n", "w = { s = \"a\";\n  s = \"c\";\n};\n",
     "w.s.1 \"b\" -> \"c\""},
    {"w = { s = \"a\";\n};\n", "w = { s = \"a\";\n  s = \"c\";\n};\n", "w.s.1 none -> \"c\""},
    {"r = { a = 1; };\nr = { a = 2; };\n", "r = { a = 1; };\nr = { a = 3; };\n", "r.1.a 2 -> 3"},
    {"a = 1; b = 1; c = 1; d = 1; e = 1; f = 1; g = 1;",
     "a = 2; b = 2; c = 2; d = 2; e = 2; f = 2; g = 2;",
     "a 1 -> 2, b 1 -> 2, c 1 -> 2, d 1 -> 2, e 1 -> 2 and 2 more"},
};

START_TEST(values_that_differ_are_told_by_their_path) {
  co_buf out = {0};
  ck_assert_int_eq(co_definition_diff(cases[_i].old, cases[_i].now, &out), CO_OK);
  ck_assert_str_eq(out.size ? out.data : "", cases[_i].told);
  co_buf_free(&out);
}
END_TEST

// Whatever stands there, reading ends and stays within its memory.
START_TEST(what_is_no_definition_ends) {
  static const char *const odd[] = {"}",
                                    "{",
                                    "= ;",
                                    "a",
                                    "a =",
                                    "a = {",
                                    "a = { b",
                                    "a = \"",
                                    ";;",
                                    "a = ((((",
                                    "a = { a = { a = { a = { a = { a = { a = { a = { a = { a = 1;"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
      co_buf out = {0};
      ck_assert_int_eq(co_definition_diff(odd[i], odd[k], &out), CO_OK);
      ck_assert(i != k || out.size == 0);
      co_buf_free(&out);
    }
}
END_TEST

// Long names are cut and stay apart; more values than any definition has are not all looked at.
START_TEST(much_of_anything_ends) {
  co_buf long_names = {0}, many = {0}, out = {0};
  char name[301];
  memset(name, 'n', 300);
  name[300] = '\0';
  for (int depth = 0; depth < 7; depth++) co_buf_printf(&long_names, "%s = { ", name);
  for (int i = 0; i < 3; i++) co_buf_printf(&long_names, "%s = %d; ", name, i);
  for (int i = 0; i < 100000; i++) co_buf_puts(&many, "a = 1;");
  ck_assert_int_eq(co_definition_diff(long_names.data, many.data, &out), CO_OK);
  ck_assert_ptr_nonnull(strstr(out.data, "nnn.1 1 -> none, "));
  ck_assert_ptr_nonnull(strstr(out.data, "a none -> 1, a.1 none -> 1 and 498 more"));
  co_buf_free(&long_names);
  co_buf_free(&many);
  co_buf_free(&out);
}
END_TEST

START_TEST(long_values_are_cut) {
  char long_one[400] = "a = \"";
  memset(long_one + 5, 'x', 300);
  strcpy(long_one + 305, "\";");
  co_buf out = {0};
  ck_assert_int_eq(co_definition_diff(long_one, "a = 1;", &out), CO_OK);
  ck_assert_ptr_nonnull(strstr(out.data, "xxx... -> 1"));
  ck_assert_uint_lt(out.size, 100);
  co_buf_free(&out);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("definition_diff");
  TCase *all = tcase_create("all");
  tcase_add_loop_test(all, values_that_differ_are_told_by_their_path, 0,
                      sizeof cases / sizeof *cases);
  tcase_add_test(all, what_is_no_definition_ends);
  tcase_add_test(all, much_of_anything_ends);
  tcase_add_test(all, long_values_are_cut);
  suite_add_tcase(suite, all);
  return suite;
}
