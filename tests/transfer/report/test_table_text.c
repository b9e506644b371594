#include "tests/support/support.h"
#include "transfer/report/private/table_text.h"

#include <stdio.h>
#include <string.h>

static void fill(co_table *table) {
  co_table_open(table, 3);
  table->right[1] = true;
  for (int i = 0; i < 2; i++) {
    co_table_row(table);
    co_table_set(table, 0, CO_TONE_BOLD, i ? "\xc3\xa4" : "name", 0);
    co_table_set(table, 1, CO_TONE_PLAIN, i ? "1" : "1,000", 0);
    co_table_set(table, 2, CO_TONE_GOOD, i ? "" : "note", 0);
  }
}

START_TEST(columns_are_aligned_by_characters) {
  co_table table;
  co_buf out = {0};
  fill(&table);
  co_table_put(&table, 2, 80, false, &out);
  ck_assert_str_eq(out.data, "  name  1,000  note\n  \xc3\xa4         1\n");
  co_table_close(&table);
  co_buf_free(&out);
}
END_TEST

START_TEST(colour_only_when_asked) {
  co_table table;
  co_buf out = {0};
  fill(&table);
  co_table_put(&table, 0, 80, true, &out);
  ck_assert_str_eq(
      out.data,
      "\033[1mname\033[0m  1,000  \033[32mnote\033[0m\n\033[1m\xc3\xa4\033[0m         1\n");
  co_table_close(&table);
  co_buf_free(&out);
}
END_TEST

START_TEST(last_column_is_cut_at_the_width) {
  co_table table;
  co_buf out = {0};
  co_table_open(&table, 2);
  for (int i = 0; i < 40; i++) {  // grows
    char name[16];
    snprintf(name, sizeof name, "row%02d", i);
    co_table_row(&table);
    co_table_set(&table, 0, CO_TONE_PLAIN, name, 0);
    co_table_set(&table, 1, CO_TONE_PLAIN, "a note that is much too long for the line", 0);
  }
  co_table_put(&table, 0, 20, false, &out);
  ck_assert_ptr_nonnull(strstr(out.data, "row00  a note that \xe2\x80\xa6\n"));
  ck_assert_ptr_nonnull(strstr(out.data, "row39  a note that \xe2\x80\xa6\n"));
  co_table_close(&table);
  co_buf_free(&out);
}
END_TEST

static const struct {
  const char *text;
  int width, indent;
  const char *lines;
} wrapped[] = {{"one two three", 8, 0, "one two\nthree\n"},
               {"one two three", 9, 2, "  one two\n  three\n"},
               {"a\nb c\n", 80, 0, "a\nb c\n"},
               {"a\n\nb", 80, 0, "a\n\nb\n"},
               {"unbreakable", 4, 0, "unbreakable\n"},
               {"a unbreakable b", 4, 0, "a\nunbreakable\nb\n"},
               {"  many   spaces ", 80, 0, "many spaces\n"},
               {"\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6", 5, 0, "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6\n"}};

START_TEST(text_wraps_at_spaces) {
  co_buf out = {0};
  co_put_wrapped(&out, wrapped[_i].text, wrapped[_i].width, wrapped[_i].indent, CO_TONE_PLAIN,
                 false);
  ck_assert_str_eq(out.data, wrapped[_i].lines);
  co_buf_free(&out);
}
END_TEST

START_TEST(nothing_gives_nothing) {
  co_buf out = {0};
  co_put_wrapped(&out, NULL, 10, 0, CO_TONE_BOLD, true);
  co_put_wrapped(&out, "", 10, 0, CO_TONE_BOLD, true);
  ck_assert_uint_eq(out.size, 0);
  co_table table;
  co_table_open(&table, 1);
  co_table_put(&table, 0, 10, true, &out);
  ck_assert_uint_eq(out.size, 0);
  co_table_close(&table);
  co_buf_free(&out);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("table_text");
  TCase *tcase = tcase_create("table");
  tcase_add_test(tcase, columns_are_aligned_by_characters);
  tcase_add_test(tcase, colour_only_when_asked);
  tcase_add_test(tcase, last_column_is_cut_at_the_width);
  tcase_add_loop_test(tcase, text_wraps_at_spaces, 0, sizeof wrapped / sizeof *wrapped);
  tcase_add_test(tcase, nothing_gives_nothing);
  suite_add_tcase(suite, tcase);
  return suite;
}
