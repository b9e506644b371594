// The table of a terminal, what both it and the page tell, and the colours of the page.

#include "core/unconst.h"
#include "tests/transfer/report_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- colours

// The variable --NAME of the light page's (0) or the dark page's (1) colours.
static unsigned shade(const char *page, int mode, const char *name) {
  char key[32];
  const char *at = strstr(page, ":root{--");
  if (mode) at = strstr(at + 1, ":root{--");
  snprintf(key, sizeof key, "--%s:#", name);
  ck_assert_ptr_nonnull(at);
  at = strstr(at, key) + strlen(key);
  char *end;
  unsigned rgb = (unsigned)strtoul(at, &end, 16);
  if (end - at == 6) return rgb;
  ck_assert_int_eq(end - at, 3);
  return (rgb >> 8) * 0x110000 + (rgb >> 4 & 15) * 0x1100 + (rgb & 15) * 0x11;
}

// WCAG 2.1, relative luminance and contrast ratio.
static double luminance(unsigned rgb) {
  static const double weight[3] = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
    sum += weight[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

static double contrast(unsigned a, unsigned b) {
  double high = fmax(luminance(a), luminance(b)), low = fmin(luminance(a), luminance(b));
  return (high + 0.05) / (low + 0.05);
}

static const char *const words[] = {"text", "muted", "accent", "good", "middling", "bad"};
static const char *const marks[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};

START_TEST(colours_have_contrast) {
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  for (int mode = 0; mode < 2; mode++) {
    unsigned ground = shade(page.data, mode, "bg"), panel = shade(page.data, mode, "panel");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
      ck_assert_double_ge(contrast(shade(page.data, mode, words[i]), ground), 4.5);
      ck_assert_double_ge(contrast(shade(page.data, mode, words[i]), panel), 4.5);
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
      ck_assert_double_ge(contrast(shade(page.data, mode, marks[i]), ground), 3);
  }
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

// ---- terminal

static void check_width(const char *text, int most) {
  int width = 0;
  for (const char *c = text; *c; c++) {
    width = *c == '\n' ? 0 : width + (((unsigned char)*c & 0xc0) != 0x80);
    ck_assert_int_le(width, most);
  }
}

START_TEST(terminal_table_is_whole) {
  static const char *const expected[] = {
      "Fine-tuning everything wins under gravity x 1.5",
      "carry-over 20 % [15, 24] of the return above random; n = 5 source seeds",
      "random (mean) 14.2, oracle (IQM) 2,718",
      "full       2,649 [2,389, 2,883]  +2,319 [+1,999, +2,607]         900\n",
      "negative transfer",
      "left out: inert under this policy",
      "IQM [95 % nominal]"};
  co_json *results = fixture_results();
  co_buf text = {0};
  make_text(results, false, &text);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    ck_assert_msg(strstr(text.data, expected[i]) != NULL, "%s is not in\n%s", expected[i],
                  text.data);
  }
  check_width(text.data, 100);
  ck_assert_ptr_null(strchr(text.data, '\033'));
  co_buf_free(&text);
  co_json_free(results);
}
END_TEST

static const char next_text[] =
    "{\"next\":[{\"rule\":\"a\",\"text\":\"full ends "
    "<b>+1</b>.\",\"set\":[\"seeds=21\",\"strategies.4={ name "
    "= \\\"full_blend\\\"; }\"]},{\"text\":\"it's\",\"set\":[\"name=it's\"]}]}";

// What succeeds has a column of its own, where something can.
START_TEST(success_is_told_where_it_is_known) {
  co_json *results = fixture_results();
  co_buf page = {0}, text = {0};
  make_page(results, NULL, &page);
  ck_assert_ptr_null(strstr(page.data, "that succeed</th>"));
  co_buf_free(&page);
  co_json *entry = co_unconst(co_json_at(co_json_get(results, "strategies"), 0));
  co_json_set(co_unconst(co_json_get(entry, "metrics")), "success_rate",
              fixture_parse("{\"value\":0.45,\"lo\":0.405,\"hi\":0.5,\"n\":5}"));
  page = (co_buf){0};
  make_page(results, NULL, &page);
  ck_assert_int_eq(markup_count(page.data, "final episodes that succeed</th>"), 1);
  ck_assert_ptr_nonnull(strstr(page.data, "<td class=\"number\">45 % [40, 50]</td>"));
  make_text(results, false, &text);
  ck_assert_ptr_nonnull(strstr(text.data, "succeeds: 45 % ["));
  co_buf_free(&text);
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

// Suggestions with their edits as a shell takes them.
START_TEST(what_to_try_next) {
  co_json *results = fixture_parse(next_text);
  co_buf text = {0}, page = {0};
  make_text(results, false, &text);
  ck_assert_ptr_nonnull(
      strstr(text.data,
             "  full ends <b>+1</b>.\n    --set seeds=21 --set 'strategies.4={ name = "
             "\"full_blend\"; }'\n  it's\n    --set 'name=it'\\''s'\n"));
  make_page(results, NULL, &page);
  ck_assert_ptr_nonnull(strstr(page.data, "<details id=\"next\">"));
  ck_assert_ptr_nonnull(strstr(page.data,
                               "<li><p>full ends &lt;b&gt;+1&lt;/b&gt;.</p>\n<p><code>--set "
                               "seeds=21 --set "));
  co_buf_free(&text);
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

// No heading stands over nothing.
START_TEST(nothing_to_try_is_not_said) {
  static const char *const none[] = {"{}", "{\"next\":[]}", "{\"next\":3}"};
  co_json *results = fixture_parse(none[_i]);
  co_buf text = {0}, page = {0};
  make_text(results, false, &text);
  make_page(results, NULL, &page);
  ck_assert_ptr_null(strstr(text.data, "try next"));
  ck_assert_ptr_null(strstr(page.data, "try next"));
  co_buf_free(&text);
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

static const struct {
  const char *test, *tone;
} verdicts[] = {
    {"{\"told_apart\":true}", "\033[32m"}, {"{\"told_apart\":false}", NULL}, {"null", "\033[32m"}};

// a difference is coloured by the test, by its interval only where there is none
START_TEST(colour_follows_the_test) {
  co_buf json = {0}, text = {0};
  co_buf_printf(
      &json,
      "{\"strategies\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"against_"
      "scratch\":%s,"
      "\"metrics\":{\"difference_to_scratch\":{\"value\":134,\"lo\":107,\"hi\":178,\"n\":3}}}]}",
      verdicts[_i].test);
  co_json *results = fixture_parse(json.data);
  make_text(results, true, &text);
  const char *difference = strstr(text.data, "+134");
  ck_assert_ptr_nonnull(difference);
  ck_assert_int_eq(verdicts[_i].tone && memcmp(difference - 5, verdicts[_i].tone, 5) == 0,
                   verdicts[_i].tone != NULL);
  if (!verdicts[_i].tone) ck_assert_ptr_null(strstr(text.data, "\033[32m"));
  co_buf_free(&json);
  co_buf_free(&text);
  co_json_free(results);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("report_text");
  TCase *tcase = tcase_create("text");
  tcase_add_test(tcase, colours_have_contrast);
  tcase_add_test(tcase, terminal_table_is_whole);
  tcase_add_test(tcase, success_is_told_where_it_is_known);
  tcase_add_test(tcase, what_to_try_next);
  tcase_add_loop_test(tcase, nothing_to_try_is_not_said, 0, 3);
  tcase_add_loop_test(tcase, colour_follows_the_test, 0, sizeof verdicts / sizeof *verdicts);
  suite_add_tcase(suite, tcase);
  return suite;
}
