// What text of files may do to a terminal: nothing.

#include "core/printable.h"
#include "tests/support/support.h"

#include <string.h>

static void check(const char *text, const char *want) {
  co_buf out = {0};
  co_put_printable(&out, text);
  ck_assert_str_eq(out.data, want);
  co_buf_free(&out);
}

START_TEST(plain_text_stays) {
  check("geom.friction of floor\n\tscale 0.5\n", "geom.friction of floor\n\tscale 0.5\n");
  check("Roboter für 机器人 \xf0\x9f\xa4\x96 \xe2\x86\x92",
        "Roboter für 机器人 \xf0\x9f\xa4\x96 \xe2\x86\x92");
}
END_TEST

START_TEST(what_drives_a_terminal_is_shown) {
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"\x1b[2J\x1b]0;owned\x07", "\\u001b[2J\\u001b]0;owned\\u0007"},
      {"a\rb\bc\x7f", "a\\u000db\\u0008c\\u007f"},
      {"\xc2\x9b"
       "31m",
       "\\u009b31m"},  // C1
      {"\xe2\x80\xae"
       "gfc.\xe2\x80\xac",
       "\\u202egfc.\\u202c"},  // a file name read backwards
      {"\xe2\x81\xa6x\xe2\x81\xa9", "\\u2066x\\u2069"},
      {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8", "\\u200e\\u200f\\u061c\\u2028"},
      {"\xff\xc3", "\\xff\\xc3"},
      {"\xe2\x80", "\\xe2\\x80"},           // cut within a character
      {"\xc0\x9b\x9b", "\\xc0\\x9b\\x9b"},  // overlong, and the byte that is C1 elsewhere
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // half of a pair
  };
  check(cases[_i].text, cases[_i].want);
}
END_TEST

// Every one of the first 65,536 code points is either itself or an escape of six columns.
START_TEST(every_character_has_its_columns) {
  int escaped = 0;
  for (unsigned code = 1; code < 0x10000; code++) {
    char text[4] = {0};
    if (code < 0x80) {
      text[0] = (char)code;
    } else if (code < 0x800) {
      text[0] = (char)(0xc0 | code >> 6);
      text[1] = (char)(0x80 | (code & 0x3f));
    } else {
      text[0] = (char)(0xe0 | code >> 12);
      text[1] = (char)(0x80 | (code >> 6 & 0x3f));
      text[2] = (char)(0x80 | (code & 0x3f));
    }
    if (code >= 0xd800 && code < 0xe000) continue;
    co_shown shown = co_shown_at(text);
    ck_assert_uint_eq(shown.size, strlen(text));
    if (shown.columns == 1) {
      ck_assert_str_eq(shown.text, text);
    } else {
      ck_assert_int_eq(shown.columns, 6);
      escaped++;
    }
  }
  ck_assert_int_eq(escaped, 31 + 33 + 1 + 2 + 7 + 4);
}
END_TEST

// What a record keeps of another program's words must be readable by the record's reader.
START_TEST(a_line_keeps_whole_characters) {
  static const struct {
    size_t size;
    const char *text, *line;
  } cases[] = {{20, "two\nlines\tof text", "two lines of text"},
               {20, "bell\a", "bell\\u0007"},
               {8, "bell\a", "bell"},
               {4, "\xc3\xa4\xc3\xb6", "\xc3\xa4"},
               {5, "\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xb6"},
               {1, "text", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char line[32];
    co_printable_line(line, cases[i].size, cases[i].text);
    ck_assert_str_eq(line, cases[i].line);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("printable");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, plain_text_stays);
  tcase_add_loop_test(tcase, what_drives_a_terminal_is_shown, 0, 10);
  tcase_add_test(tcase, every_character_has_its_columns);
  tcase_add_test(tcase, a_line_keeps_whole_characters);
  suite_add_tcase(suite, tcase);
  return suite;
}
