#include "core/format.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

#define MINUS "\xe2\x88\x92"

static const struct {
  double value, scale;
  bool plus;
  const char *text;
} numbers[] = {{2648.7, 0, false, "2,649"},
               {1234567, 0, false, "1,234,567"},
               {999.4, 0, false, "999"},
               {503.2, 0, true, "+503"},
               {18.34, 0, false, "18.3"},
               {-2, 0, false, MINUS "2.00"},
               {-2, 2500, false, MINUS "2"},
               {-0.001, 100, true, "0"},  // neither -0 nor +0
               {0.2041, 0, false, "0.204"},
               {0, 0, false, "0"},
               {0, 5, false, "0.00"},
               {0.00031, 0, false, "0.00031"},
               {-0.0067, 0, false, MINUS "0.0067"},
               {0.000031, 0, false, "3.1e" MINUS "5"},
               {1.5e10, 0, false, "1.5e10"},
               {-1e15, 0, false, MINUS "1.0e15"},
               {NAN, 0, false, "\xe2\x80\x93"},
               {INFINITY, 0, true, "\xe2\x80\x93"}};

START_TEST(numbers_read_well) {
  char out[CO_NUMBER_MAX];
  co_format_number(numbers[_i].value, numbers[_i].scale, numbers[_i].plus, out);
  ck_assert_str_eq(out, numbers[_i].text);
}
END_TEST

static const struct {
  double value, step;
  const char *text;
} ticks[] = {{0, 1000, "0"},       {1000, 1000, "1,000"},       {20000, 20000, "20k"},
             {1.5e6, 5e5, "1.5M"}, {2.5e9, 5e8, "2.5G"},        {-0.25, 0.25, MINUS "0.25"},
             {0.5, 0.5, "0.5"},    {-1000, 500, MINUS "1,000"}, {12500, 2500, "12.5k"},
             {3 * 0.1, 0.1, "0.3"}};

START_TEST(ticks_are_short) {
  char out[CO_NUMBER_MAX];
  co_format_tick(ticks[_i].value, ticks[_i].step, out);
  ck_assert_str_eq(out, ticks[_i].text);
}
END_TEST

static void check_estimate(co_estimate estimate, bool plus, const char *expected) {
  co_buf out = {0};
  co_put_estimate(&out, &estimate, plus);
  ck_assert_str_eq(out.data, expected);
  co_buf_free(&out);
}

START_TEST(interval_has_the_decimals_of_its_largest_number) {
  check_estimate((co_estimate){2649, 2401.4, 2790.2, 5, 0, NULL}, false, "2,649 [2,401, 2,790]");
  check_estimate((co_estimate){-2, -5, 0.7, 5, 0, NULL}, false, MINUS "2.00 [" MINUS "5.00, 0.70]");
  check_estimate((co_estimate){108, -102, 297, 5, 0, NULL}, true, "+108 [" MINUS "102, +297]");
  check_estimate((co_estimate){108, NAN, 297, 1, 0, NULL}, true, "+108");
  check_estimate((co_estimate){NAN, -1, 1, 0, 0, NULL}, true, "\xe2\x80\x93");
}
END_TEST

static const struct {
  const char *text, *html;
} markup[] = {{"a<b>&\"c\" 'd'", "a&lt;b&gt;&amp;&quot;c&quot; &#39;d&#39;"},
              {"gr\xc3\xb6\xc3\x9f"
               "er",
               "gr\xc3\xb6\xc3\x9f"
               "er"},
              {"a\x1b[31mb", "a\\u001b[31mb"},
              {"line\nnext\t.", "line\nnext\t."},
              {"bad\xff\xc3", "bad\\xff\\xc3"},
              {"\xe2\x82", "\\xe2\\x82"},  // cut within a character
              {"", NULL},
              {NULL, NULL}};

START_TEST(html_is_escaped) {
  co_buf out = {0};
  co_put_html(&out, markup[_i].text);
  if (markup[_i].html) {
    ck_assert_str_eq(out.data, markup[_i].html);
  } else {
    ck_assert_uint_eq(out.size, 0);
  }
  co_buf_free(&out);
}
END_TEST

START_TEST(plain_text_drives_no_terminal) {
  co_buf out = {0};
  ck_assert_int_eq(co_put_plain(&out, "a\x1b]0;x\x07\nb\xc2\x9b", 0), 25);
  for (size_t i = 0; i < out.size; i++) ck_assert((unsigned char)out.data[i] >= 0x20);
  ck_assert_ptr_null(strstr(out.data, "\xc2\x9b"));
  co_buf_free(&out);
}
END_TEST

START_TEST(plain_text_is_cut_by_characters) {
  co_buf out = {0};
  ck_assert_int_eq(co_put_plain(&out, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", 3), 3);
  ck_assert_str_eq(out.data, "\xc3\xa4\xc3\xb6\xe2\x80\xa6");
  co_buf_free(&out);
  ck_assert_int_eq(co_put_plain(&out, "abc", 3), 3);
  ck_assert_str_eq(out.data, "abc");
  ck_assert_int_eq(co_put_plain(&out, NULL, 3), 0);
  co_buf_free(&out);
}
END_TEST

START_TEST(six_digits_are_kept) {
  ck_assert_double_eq(co_round_digits(0.99999949), 0.999999);
  ck_assert_double_eq(co_round_digits(-1234567.8), -1234570);
  ck_assert_double_eq(co_round_digits(0), 0);
  ck_assert_double_eq(co_round_digits(1 + 1e-12), 1);
  ck_assert(isnan(co_round_digits(NAN)) && isnan(co_round_digits(INFINITY)));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("report_format");
  TCase *tcase = tcase_create("format");
  tcase_add_test(tcase, six_digits_are_kept);
  tcase_add_loop_test(tcase, numbers_read_well, 0, sizeof numbers / sizeof *numbers);
  tcase_add_loop_test(tcase, ticks_are_short, 0, sizeof ticks / sizeof *ticks);
  tcase_add_loop_test(tcase, html_is_escaped, 0, sizeof markup / sizeof *markup);
  tcase_add_test(tcase, interval_has_the_decimals_of_its_largest_number);
  tcase_add_test(tcase, plain_text_drives_no_terminal);
  tcase_add_test(tcase, plain_text_is_cut_by_characters);
  suite_add_tcase(suite, tcase);
  return suite;
}
