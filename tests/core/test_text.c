#include "core/text.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
  const char *pattern, *name;
  bool match;
} globs[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "actor.trunk.0.weight", true},
    {"?", "", false},
    {"?", "x", true},
    {"foot", "foot", true},
    {"foot", "foo", false},
    {"foo", "foot", false},
    {"foot*|floor", "foot_left", true},
    {"foot*|floor", "floor", true},
    {"foot*|floor", "floors", false},
    {"foot*|floor", "afoot", false},
    {"actor.mean.*|actor.log_std|critic.*", "actor.log_std", true},
    {"actor.mean.*|actor.log_std|critic.*", "critic.0.trunk.1.bias", true},
    {"actor.mean.*|actor.log_std|critic.*", "actor.trunk.0.bias", false},
    {"qpos/*", "qpos/root/x", true},
    {"*a*b", "aXaXb", true},
    {"*a*b", "aXaXbc", false},
    {"a**b", "ab", true},
    {"a?c", "abc", true},
    {"a?c", "ac", false},
    {"|a", "", true},
    {"a|", "", true},
    {"a||b", "b", true},
    {"*.weight", "x.weight.weight", true},
    {"g\\|1", "g|1", true},
    {"g\\|1", "g", false},
    {"g\\|1|h", "h", true},
    {"a\\*", "a*", true},
    {"a\\*", "ab", false},
    {"*\\?", "why?", true},
    {"*\\?", "why", false},
    {"a\\\\b", "a\\b", true},
    {"a\\b", "ab", true},
    {"a\\", "a\\", true},
};

START_TEST(glob) {
  ck_assert_msg(co_glob_match(globs[_i].pattern, globs[_i].name) == globs[_i].match,
                "pattern \"%s\", name \"%s\"", globs[_i].pattern, globs[_i].name);
}
END_TEST

START_TEST(glob_is_not_exponential) {
  char pattern[201], name[2001];
  for (int i = 0; i < 200; i += 2) memcpy(pattern + i, "*a", 2);
  pattern[199] = 'b';
  pattern[200] = '\0';
  memset(name, 'a', 2000);
  name[2000] = '\0';
  clock_t start = clock();
  ck_assert(!co_glob_match(pattern, name));
  ck_assert_msg((double)(clock() - start) / CLOCKS_PER_SEC < 5, "took seconds");
}
END_TEST

static const char *const odd[] = {"g|1", "a*", "g|12", "plain", "back\\slash"};

static const struct {
  const char *pattern;
  int alternative;
  const char *suggestion, *quoted;
} glob_suggestions[] = {
    {"g|1", 0, "g\\|1", "\"g\" of \"g|1\""},
    {"g\\|1", 0, NULL, "\"g\\|1\""},
    {"g\\|3", 0, "g\\|1", "\"g\\|3\""},
    {"plian", 0, "plain", "\"plian\""},
    {"plain", 0, NULL, "\"plain\""},
    {"a*|plan", 1, "plain", "\"plan\" of \"a*|plan\""},
    {"a*|g|12", 1, "g\\|12", "\"g\" of \"a*|g|12\""},
    {"backslash", 0, "back\\\\slash", "\"backslash\""},
    {"other|", 1, NULL, "\"\" of \"other|\""},
};

START_TEST(glob_suggest) {
  char text[64], quoted[64];
  const char *rest = glob_suggestions[_i].pattern;
  co_glob one = co_glob_take(&rest);
  for (int i = 0; i < glob_suggestions[_i].alternative; i++) one = co_glob_take(&rest);
  const char *near = co_glob_suggest(one, odd, sizeof odd / sizeof *odd, text, sizeof text);
  ck_assert_pstr_eq(near, glob_suggestions[_i].suggestion);
  ck_assert_str_eq(co_glob_quote(glob_suggestions[_i].pattern, one, quoted, sizeof quoted),
                   glob_suggestions[_i].quoted);
}
END_TEST

static const char *const words[] = {"hopper", "half_cheetah", "pendulum", "gain", "substeps", "lr"};

static const struct {
  const char *word, *suggestion;
} suggestions[] = {
    {"hoper", "hopper"},
    {"hopepr", "hopper"},
    {"Hopper", "hopper"},
    {"gian", "gain"},
    {"halfcheetah", "half_cheetah"},
    {"half_cheeta", "half_cheetah"},
    {"substep", "substeps"},
    {"subtsep", "substeps"},
    {"rl", "lr"},
    {"pendlm", "pendulum"},
    {"walker", NULL},
    {"x", NULL},
    {"", NULL},
    {"gravity", NULL},
    {"reward", NULL},
};

START_TEST(suggest) {
  const char *near = co_suggest(suggestions[_i].word, words, sizeof words / sizeof *words);
  const char *expected = suggestions[_i].suggestion;
  ck_assert_msg(expected ? near && strcmp(near, expected) == 0 : !near,
                "\"%s\" suggests %s, expected %s", suggestions[_i].word, near ? near : "nothing",
                expected ? expected : "nothing");
}
END_TEST

START_TEST(suggest_edges) {
  char longest[300];
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  const char *const candidates[] = {longest, "aa", "bb"};
  ck_assert_ptr_null(co_suggest(longest, candidates, 3));
  ck_assert_ptr_null(co_suggest("hopper", NULL, 0));
  ck_assert_str_eq(co_suggest("aa", candidates, 3), "aa");
  const char *const tied[] = {"weigh1", "weigh2"};
  ck_assert_str_eq(co_suggest("weight", tied, 2), "weigh1");
}
END_TEST

static const struct {
  const char *text;
  bool ok;
  int64_t value;
} ints[] = {
    {"0", true, 0},
    {"-17", true, -17},
    {"+5", true, 5},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"0x10", false, 0},
    {"1e3", false, 0},
    {"--1", false, 0},
};

START_TEST(parse_int) {
  int64_t value = 99;
  ck_assert_msg(co_parse_int(ints[_i].text, &value) == ints[_i].ok, "\"%s\"", ints[_i].text);
  ck_assert_int_eq(value, ints[_i].ok ? ints[_i].value : 99);
}
END_TEST

static const struct {
  const char *text;
  bool ok;
  double value;
} doubles[] = {
    {"0", true, 0},         {"-1.5e-3", true, -1.5e-3},
    {".5", true, 0.5},      {"1.", true, 1},
    {"1e308", true, 1e308}, {"5e-324", true, 5e-324},
    {"1e309", false, 0},    {"inf", false, 0},
    {"nan", false, 0},      {"0x1p3", false, 0},
    {"", false, 0},         {".", false, 0},
    {" 1", false, 0},       {"1,5", false, 0},
    {"1e", false, 0},       {"1.2.3", false, 0},
    {"e5", false, 0},       {"-", false, 0},
};

START_TEST(parse_double) {
  double value = 99;
  ck_assert_msg(co_parse_double(doubles[_i].text, &value) == doubles[_i].ok, "\"%s\"",
                doubles[_i].text);
  ck_assert(value == (doubles[_i].ok ? doubles[_i].value : 99));
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

START_TEST(test_name_list) {
  static const char *const name[] = {"a", "bc", "def"};
  char out[10];
  co_name_list(name, 0, out, sizeof out);
  ck_assert_str_eq(out, "none");
  co_name_list(name, 2, out, sizeof out);
  ck_assert_str_eq(out, "a, bc");
  co_name_list(name, 3, out, sizeof out);  // the third does not fit
  ck_assert_str_eq(out, "a, bc");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("text");
  TCase *tcase = tcase_create("text");
  tcase_add_test(tcase, test_name_list);
  tcase_add_loop_test(tcase, glob, 0, COUNT(globs));
  tcase_add_test(tcase, glob_is_not_exponential);
  tcase_add_loop_test(tcase, glob_suggest, 0, COUNT(glob_suggestions));
  tcase_add_loop_test(tcase, suggest, 0, COUNT(suggestions));
  tcase_add_test(tcase, suggest_edges);
  tcase_add_loop_test(tcase, parse_int, 0, COUNT(ints));
  tcase_add_loop_test(tcase, parse_double, 0, COUNT(doubles));
  suite_add_tcase(suite, tcase);
  return suite;
}
