#include "core/file.h"
#include "core/json.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static co_json *parse(const char *text) {
  co_json *json;
  ck_assert_msg(co_json_parse(text, strlen(text), "x.json", &json) == CO_OK, "%s", co_error_text());
  return json;
}

START_TEST(writes_in_order) {
  co_json *root = co_json_object(), *list = co_json_array();
  co_json_set_string(root, "zeta", "a\"b\n");
  co_json_set_int(root, "alpha", INT64_MIN);
  co_json_set_number(root, "third", 1.0 / 3);
  co_json_set_number(root, "nothing", NAN);
  co_json_set_number(root, "infinite", -INFINITY);
  co_json_set_bool(root, "yes", true);
  co_json_set_string(root, "none", NULL);
  co_json_add(list, co_json_null());
  co_json_add_number(list, -0.0);
  co_json_add(list, co_json_numbers((double[]){1, 0.1}, 2));
  co_json_set(root, "list", list);
  co_json_set_int(root, "alpha", 7);  // keeps its place
  co_buf text = {0};
  ck_assert_int_eq(co_json_write(root, 0, &text), CO_OK);
  ck_assert_str_eq(
      text.data,
      "{\"zeta\":\"a\\\"b\\n\",\"alpha\":7,\"third\":0.33333333333333331,\"nothing\":null,"
      "\"infinite\":null,\"yes\":true,\"none\":null,\"list\":[null,-0.0,[1.0,"
      "0.10000000000000001]]}\n");
  co_buf_free(&text);
  ck_assert_int_eq(co_json_write(co_json_get(root, "list"), 2, &text), CO_OK);
  ck_assert_str_eq(text.data,
                   "[\n  null,\n  -0.0,\n  [\n    1.0,\n    0.10000000000000001\n  ]\n]\n");
  co_buf_free(&text);
  co_json_free(root);
}
END_TEST

START_TEST(getters) {
  co_json *root = parse(
      "{\"s\": \"text\", \"i\": 5000000000, \"r\": 2.5, \"whole\": 3.0, \"huge\": 1e300, \"b\": "
      "true,"
      " \"n\": null, \"a\": [1, \"x\"], \"o\": {\"k\": 1}}");
  ck_assert(co_json_is_object(root) && co_json_count(root) == 9);
  ck_assert_str_eq(co_json_get_string(root, "s"), "text");
  ck_assert_ptr_null(co_json_get_string(root, "i"));
  ck_assert_ptr_null(co_json_get_string(root, "missing"));
  ck_assert_int_eq(co_json_get_int(root, "i", 1), 5000000000);
  ck_assert_int_eq(co_json_get_int(root, "whole", 1), 3);
  ck_assert_int_eq(co_json_get_int(root, "r", 1), 1);
  ck_assert_int_eq(co_json_get_int(root, "huge", 1), 1);
  ck_assert_int_eq(co_json_get_int(root, "s", 1), 1);
  ck_assert_int_eq(co_json_as_int(co_json_get(root, "whole"), 1), 3);
  ck_assert_int_eq(co_json_as_int(NULL, 1), 1);
  ck_assert(co_json_get_number(root, "r", 0) == 2.5 && co_json_get_number(root, "i", 0) == 5e9);
  ck_assert(co_json_get_number(root, "s", -1) == -1);
  ck_assert(co_json_get_bool(root, "b", false) && co_json_get_bool(root, "i", true));
  ck_assert(co_json_is_null(co_json_get(root, "n")) && co_json_is_null(NULL));
  ck_assert(co_json_is_bool(co_json_get(root, "b")) && co_json_is_number(co_json_get(root, "r")));
  ck_assert(co_json_is_string(co_json_get(root, "s")) && !co_json_is_string(NULL));
  const co_json *array = co_json_get(root, "a");
  ck_assert(co_json_is_array(array) && co_json_count(array) == 2);
  ck_assert(co_json_as_number(co_json_at(array, 0), 0) == 1);
  ck_assert_str_eq(co_json_as_string(co_json_at(array, 1)), "x");
  ck_assert_ptr_null(co_json_at(array, 2));
  ck_assert_ptr_null(co_json_at(root, 0));
  ck_assert_ptr_null(co_json_get(array, "k"));
  ck_assert_str_eq(co_json_key_at(root, 8), "o");
  ck_assert_ptr_eq(co_json_value_at(root, 8), co_json_get(root, "o"));
  ck_assert_ptr_null(co_json_key_at(root, 9));
  ck_assert_ptr_null(co_json_value_at(array, 0));
  ck_assert_int_eq(co_json_count(NULL), 0);
  co_json_free(root);
}
END_TEST

START_TEST(bytes_that_are_no_utf8) {
  co_json *root = co_json_object();
  co_json_set_string(root, "ok", "\xc3\xa9\xe2\x82\xac\xf0\x9f\xa4\x96");
  co_json_set_string(root, "bad",
                     "a\xff"
                     "b\xc3(\xe0\x80\x80\xed\xa0\x80\xf5z\xe2\x82");
  co_json_set_string(root, "k\x80", "v");
  co_buf text = {0};
  ck_assert_int_eq(co_json_write(root, 0, &text), CO_OK);
#define BAD "\xef\xbf\xbd"
  ck_assert_str_eq(text.data,
                   "{\"ok\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\xa4\x96\",\"bad\":\"a" BAD "b" BAD
                   "(" BAD BAD BAD BAD BAD BAD BAD "z" BAD BAD "\",\"k" BAD "\":\"v\"}\n");
  co_json_free(root);
  root = parse(text.data);
  co_json_free(root);
  co_buf_free(&text);
}
END_TEST

static const struct {
  const char *text, *error;  // the beginning of the error
} wrong[] = {
    {"", "x.json:1: '[' or '{' expected near end of file"},
    {"{\"a\":1,\n\"a\":2}", "x.json:2: duplicate object key"},
    {"{\"a\":1} x", "x.json:1: end of file expected"},
    {"{\"a\":1,}", "x.json:1: string or '}' expected"},
    {"[1,]", "x.json:1: unexpected token"},
    {"{'a':1}", "x.json:1: string or '}' expected"},
    {"[NaN]", "x.json:1: invalid token"},
    {"[1e999]", "x.json:1: real number overflow"},
    {"[123456789012345678901]", "x.json:1: too big integer"},
    {"[01]", "x.json:1: invalid token"},
    {"[\"a]", "x.json:1: premature end of input"},
    {"[\"\\u0000\"]", "x.json:1: \\u0000 is not allowed"},
    {"[\"\xff\"]", "x.json:1: unable to decode byte 0xff"},
    {"[\n\n\"\\ud800\"]", "x.json:3: invalid Unicode"},
    {"// c\n{}", "x.json:1: "},
};

START_TEST(wrong_text) {
  co_json *json = (co_json *)&json;
  const char *text = wrong[_i].text, *error = wrong[_i].error;
  ck_assert_int_eq(co_json_parse(text, strlen(text), "x.json", &json), CO_DATA);
  if (_i > 0) {
    ck_assert_msg(strncmp(co_error_text(), error, strlen(error)) == 0, "%s", co_error_text());
  }
  ck_assert_ptr_null(json);
}
END_TEST

START_TEST(depth_is_bounded) {
  char text[200001];
  memset(text, '[', 64);
  memset(text + 64, ']', 64);
  co_json *json;
  ck_assert_int_eq(co_json_parse(text, 128, "x.json", &json), CO_OK);
  co_json_free(json);
  memset(text, '[', 65);
  memset(text + 65, ']', 65);
  ck_assert_int_eq(co_json_parse(text, 130, "x.json", &json), CO_DATA);
  ck_assert_str_eq(co_error_text(), "x.json:1: nested more than 64 deep");
  memset(text, '[', 200000);
  ck_assert_int_eq(co_json_parse(text, 200000, "x.json", &json), CO_DATA);
  // brackets in strings don't count, nor do quotes behind a backslash
  const char *quoted =
      "[\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
      "\\\\\"]";
  ck_assert_int_eq(co_json_parse(quoted, strlen(quoted), "x.json", &json), CO_OK);
  co_json_free(json);
}
END_TEST

START_TEST(text_need_not_end_in_nul) {
  co_json *json;
  ck_assert_int_eq(co_json_parse("[1]garbage", 3, "x.json", &json), CO_OK);
  co_json_free(json);
  ck_assert_int_eq(co_json_parse("[1\0]", 4, "x.json", &json), CO_DATA);
  ck_assert_str_eq(co_error_text(), "x.json:1: holds a zero byte");
}
END_TEST

START_TEST(numbers_read_back) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 3, .purpose = CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < 5000; i++) {
    double value = ldexp(co_rng_normal(&rng), (int)co_rng_below(&rng, 1200) - 600);
    co_json *array = co_json_numbers(&value, 1);
    co_buf text = {0};
    ck_assert_int_eq(co_json_write(array, 0, &text), CO_OK);
    co_json *again = parse(text.data);
    double read = co_json_as_number(co_json_at(again, 0), NAN);
    ck_assert_msg(memcmp(&read, &value, sizeof value) == 0, "%s", text.data);
    co_json_free(array);
    co_json_free(again);
    co_buf_free(&text);
  }
}
END_TEST

START_TEST(a_lost_value_fails_the_writing) {
  co_json *root = co_json_object();
  co_json_set(root, "lost", NULL);  // what a creator without memory returns
  co_buf text = {0};
  ck_assert_int_eq(co_json_write(root, 0, &text), CO_MEMORY);
  ck_assert_int_eq(co_json_write(root, 0, &text), CO_OK);
  co_buf_free(&text);
  co_json_free(root);
}
END_TEST

START_TEST(files) {
  const char *folder = getenv("CARRYOVER_BUILD_DIR");
  char *path = co_path_join(folder ? folder : ".", "test_json.json");
  co_json *json;
  ck_assert_int_eq(co_json_read("no/such.json", &json), CO_NO_INPUT);
  ck_assert_int_eq(co_file_write(path, "{\"a\":\n}", 7), CO_OK);
  ck_assert_int_eq(co_json_read(path, &json), CO_DATA);
  ck_assert_msg(strncmp(co_error_text(), path, strlen(path)) == 0, "%s", co_error_text());
  ck_assert_int_eq(co_file_write(path, "{\"a\":1}", 7), CO_OK);
  ck_assert_int_eq(co_json_read(path, &json), CO_OK);
  ck_assert_int_eq(co_json_get_int(json, "a", 0), 1);
  co_json_free(json);
  remove(path);
  free(path);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("json");
  TCase *tcase = tcase_create("json");
  tcase_add_test(tcase, writes_in_order);
  tcase_add_test(tcase, getters);
  tcase_add_test(tcase, bytes_that_are_no_utf8);
  tcase_add_loop_test(tcase, wrong_text, 0, COUNT(wrong));
  tcase_add_test(tcase, depth_is_bounded);
  tcase_add_test(tcase, text_need_not_end_in_nul);
  tcase_add_test(tcase, numbers_read_back);
  tcase_add_test(tcase, a_lost_value_fails_the_writing);
  tcase_add_test(tcase, files);
  suite_add_tcase(suite, tcase);
  return suite;
}
