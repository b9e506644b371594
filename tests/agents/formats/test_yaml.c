// YAML: kinds of values, lines, anchors that do not grow, tags of other programs, damage.

#include "agents/formats/yaml.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static co_document doc;

static void free_doc(void) {
  co_document_free(&doc);
}

static co_status parse(const char *text) {
  co_document_free(&doc);
  return co_yaml_parse(text, strlen(text), "a/b.yaml", &doc);
}

static const co_doc *get(const char *key) {
  const co_doc *found = co_doc_get(&doc.root, key);
  ck_assert_msg(found != NULL, "%s", key);
  return found;
}

static const char sample[] =
    "# words\n"
    "dt: 0.005\n"
    "gains: [40.2, 20, '3', true]\n"
    "nothing: null\n"
    "odd: !!python/object/apply:builtins.slice [null, null, null]\n"
    "pair: !!python/tuple\n"
    "  - 1\n"
    "  - 2e-3\n"
    "base: &base {kp: 1.50}\n"
    "leg: *base\n";

START_TEST(test_values) {
  ck_assert_msg(parse(sample) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(doc.base, "b.yaml");
  ck_assert_int_eq(doc.root.kind, CO_DOC_MAP);
  ck_assert_double_eq(get("dt")->number, 0.005);
  ck_assert_int_eq(get("dt")->line, 2);
  const co_doc *gains = get("gains");
  ck_assert_int_eq(gains->count, 4);
  ck_assert_double_eq_tol(gains->child[0].resolution, 0.05, 1e-12);
  ck_assert_int_eq(gains->child[2].kind, CO_DOC_TEXT);
  ck_assert_int_eq(gains->child[3].kind, CO_DOC_BOOL);
  ck_assert_int_eq(get("nothing")->kind, CO_DOC_NULL);
  ck_assert_int_eq(get("odd")->kind, CO_DOC_OTHER);
  ck_assert_int_eq(get("pair")->kind, CO_DOC_LIST);
  ck_assert_double_eq(get("pair")->child[1].number, 0.002);
  const co_doc *kp = co_doc_get(get("leg"), "kp");
  ck_assert_double_eq(kp->number, 1.5);
  ck_assert_str_eq(kp->text, "1.50");
  ck_assert_int_eq(kp->line, 9);
}
END_TEST

// Words of YAML 1.1 in each of their three spellings; quoted, or in another one, they are text.
START_TEST(test_truth) {
  ck_assert_int_eq(parse("yes: [true, True, TRUE, yes, Yes, YES, on, On, ON]\n"
                         "no: [false, False, FALSE, no, No, NO, off, Off, OFF]\n"
                         "text: ['YES', \"off\", oN, yEs, Y, n]\n"),
                   CO_OK);
  for (int i = 0; i < 9; i++) {
    ck_assert_int_eq(get("yes")->child[i].kind, CO_DOC_BOOL);
    ck_assert_double_eq(get("yes")->child[i].number, 1);
    ck_assert_int_eq(get("no")->child[i].kind, CO_DOC_BOOL);
    ck_assert_double_eq(get("no")->child[i].number, 0);
  }
  for (int i = 0; i < 6; i++) ck_assert_int_eq(get("text")->child[i].kind, CO_DOC_TEXT);
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
    {"", "a/b.yaml:1: holds nothing"},
    {"a: [1, 2", "a/b.yaml:"},
    {"a: 1\na: 2\n", "a/b.yaml:2: \"a\" stands twice"},
    {"a: *b\n", "a/b.yaml:1: an alias stands for nothing"},
    {"a: &a [*a]\n", "an alias stands for nothing"},
    {"? [1]\n: 2\n", "a key must be text"},
    {"a: 1\n---\nb: 2\n", "a/b.yaml:3: a second document begins"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
     "nested too deep"},
};

START_TEST(test_refused) {
  ck_assert_int_eq(parse(wrong[_i].text), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), wrong[_i].says) != NULL, "%s", co_error_text());
  ck_assert_uint_eq(doc.memory.used, 0);
}
END_TEST

// Ten of each of the line above: ten thousand million values.
START_TEST(test_laughs) {
  char text[2048];
  int size = snprintf(text, sizeof text, "l0: &l0 [1,1,1,1,1,1,1,1,1,1]\n");
  for (int i = 1; i < 10; i++) {
    size += snprintf(text + size, sizeof text - (size_t)size, "l%d: &l%d [*l%d", i, i, i - 1);
    for (int k = 1; k < 10; k++)
      size += snprintf(text + size, sizeof text - (size_t)size, ",*l%d", i - 1);
    size += snprintf(text + size, sizeof text - (size_t)size, "]\n");
  }
  ck_assert_int_eq(parse(text), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), "too many values") != NULL, "%s", co_error_text());
}
END_TEST

START_TEST(test_damage) {
  char text[sizeof sample];
  for (size_t size = 0; size < sizeof sample; size++) {
    co_document_free(&doc);
    co_status status = co_yaml_parse(sample, size, "a/b.yaml", &doc);
    ck_assert(status == CO_OK || status == CO_DATA);
  }
  for (size_t bit = 0; bit < 8 * (sizeof sample - 1); bit++) {
    memcpy(text, sample, sizeof sample);
    text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    co_document_free(&doc);
    co_status status = co_yaml_parse(text, sizeof sample - 1, "a/b.yaml", &doc);
    ck_assert(status == CO_OK || status == CO_DATA);
    ck_assert_uint_lt(doc.memory.used, 1 << 20);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("yaml");
  TCase *tests = tcase_create("yaml");
  tcase_add_checked_fixture(tests, NULL, free_doc);
  tcase_add_test(tests, test_values);
  tcase_add_test(tests, test_truth);
  tcase_add_loop_test(tests, test_refused, 0, (int)(sizeof wrong / sizeof *wrong));
  tcase_add_test(tests, test_laughs);
  tcase_add_test(tests, test_damage);
  suite_add_tcase(suite, tests);
  return suite;
}
