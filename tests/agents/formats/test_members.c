// Tables of members: what every kind writes, reads and refuses.

#include "agents/formats/members.h"
#include "core/buf.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct inner {
  int number;
  uint8_t knows, answer;
} inner;

typedef struct outer {
  bool is_right;
  int count;
  inner *item;
} outer;

typedef struct named {
  char name[8];
  uint64_t hash;
} named;

typedef struct document {
  char *text, *note;
  char word[8];
  int64_t steps;
  double most, usual;
  uint64_t hash, maybe;
  int rank, size[2];
  int num_turns;
  unsigned turn[3];
  int num_files, num_fixed, num_outer;
  named *file, fixed[2];
  outer *list;
} document;

static const char *const sides[] = {"left", "right", NULL};

static int is_usual(const void *base) {
  return ((const document *)base)->usual != 0;
}

static int has_turns(const void *base) {
  return ((const document *)base)->num_turns > 0;
}

static co_json *derive_format(const void *base) {
  (void)base;
  return co_json_int(3);
}

static const char *check_inner(const void *base) {
  return ((const inner *)base)->number == 13 ? "is unlucky" : NULL;
}

static const char *check_named(const void *base) {
  return strcmp(((const named *)base)->name, "bad") == 0 ? "is a bad name" : NULL;
}

CO_MEMBERS(inner_members, check_inner, CO_ROW(INTEGER, inner, number, "number"),
           CO_ROW(BOOL, inner, answer, "answer", .nullable = 1, .extra = offsetof(inner, knows)));
CO_MEMBERS(outer_members, NULL, CO_ROW(CHOICE, outer, is_right, "side", .choices = sides),
           CO_LIST_ROW(LIST, outer, item, count, inner_members, "items", .min_count = 1,
                       .max_count = 3));
CO_MEMBERS(named_members, check_named, CO_ROW(TEXT, named, name, "name"),
           CO_ROW(HASH, named, hash, "hash"));
CO_MEMBERS(document_members, NULL, CO_DERIVED_ROW(derive_format, "format"),
           CO_ROW(STRING, document, text, "text"),
           CO_ROW(STRING, document, note, "note", .nullable = 1, .optional = 1),
           CO_ROW(TEXT, document, word, "word", .nullable = 1),
           CO_ROW(INTEGER, document, steps, "steps", .min = 1),
           CO_ROW(REAL, document, most, "most", .nullable = 1),
           CO_ROW(REAL, document, usual, "usual", .nullable = 1, .optional = 1,
                  .present = is_usual),
           CO_ROW(HASH, document, hash, "hash"),
           CO_ROW(HASH, document, maybe, "maybe", .nullable = 1),
           CO_ROW(INTS, document, size, "size", .extra = offsetof(document, rank), .min = 1,
                  .max = 99, .min_count = 1, .max_count = 2),
           CO_ROW(CHOICES, document, turn, "turns", .extra = offsetof(document, num_turns),
                  .max_count = 3, .choices = sides, .optional = 1, .present = has_turns),
           CO_LIST_ROW(MAP, document, file, num_files, named_members, "files", .max_count = 3),
           CO_LIST_ROW(MAP, document, fixed, num_fixed, named_members, "fixed", .in_place = 1,
                       .max_count = 2, .optional = 1),
           CO_LIST_ROW(LIST, document, list, num_outer, outer_members, "list", .max_count = 2));

static const char whole[] =
    "{\"format\":3,\"text\":\"a\\nb\",\"note\":null,\"word\":null,\"steps\":5000000000,"
    "\"most\":null,\"hash\":\"0000000000000000\",\"maybe\":null,\"size\":[2,7],"
    "\"turns\":[\"right\",\"left\"],"
    "\"files\":{\"x\":\"00000000000000ff\",\"y\":\"0000000000000000\"},"
    "\"fixed\":{\"z\":\"8000000000000001\"},"
    "\"list\":[{\"side\":\"right\",\"items\":[{\"number\":1,\"answer\":null},"
    "{\"number\":2,\"answer\":false},{\"number\":3,\"answer\":true}]},"
    "{\"side\":\"left\",\"items\":[{\"number\":4,\"answer\":null}]}]}\n";

static void release(document *d) {
  for (int i = 0; i < d->num_outer; i++) free(d->list[i].item);
  free(d->list);
  free(d->file);
  free(d->text);
  free(d->note);
}

static co_status read_text(const char *text, document *out) {
  co_json *json = NULL;
  *out = (document){0};
  ck_assert_int_eq(co_json_parse(text, strlen(text), "f", &json), CO_OK);
  co_status status = co_members_read(&document_members, json, "f", out);
  co_json_free(json);
  return status;
}

static void read_changed(const char *from, const char *to, co_status want, document *out) {
  co_buf text = {0};
  const char *at = strstr(whole, from);
  ck_assert_msg(at != NULL, "%s", from);
  co_buf_add(&text, whole, (size_t)(at - whole));
  co_buf_puts(&text, to);
  co_buf_puts(&text, at + strlen(from));
  co_status status = read_text(text.data, out);
  ck_assert_msg(status == want, "%s: %s", to, status == CO_OK ? "is read" : co_error_text());
  co_buf_free(&text);
}

static void assert_writes(const document *d, const char *want) {
  co_buf text = {0};
  co_json *json = co_members_write(&document_members, d);
  ck_assert_int_eq(co_json_write(json, 0, &text), CO_OK);
  ck_assert_str_eq(text.data, want);
  co_json_free(json);
  co_buf_free(&text);
}

START_TEST(what_is_read_is_written_again) {
  document d;
  ck_assert_msg(read_text(whole, &d) == CO_OK, "%s", co_error_text());
  ck_assert_str_eq(d.text, "a\nb");
  ck_assert_ptr_null(d.note);
  ck_assert_str_eq(d.word, "");
  ck_assert_int_eq(d.steps, 5000000000);
  ck_assert_double_nan(d.most);
  ck_assert_double_eq(d.usual, 0);
  ck_assert_int_eq(d.num_files, 2);
  ck_assert_str_eq(d.file[0].name, "x");
  ck_assert_uint_eq(d.file[0].hash, 255);
  ck_assert(d.num_turns == 2 && d.turn[0] == 1 && d.turn[1] == 0);
  ck_assert_int_eq(d.num_fixed, 1);
  ck_assert_uint_eq(d.fixed[0].hash, 0x8000000000000001u);
  ck_assert_int_eq(d.num_outer, 2);
  ck_assert(d.list[0].is_right && !d.list[1].is_right);
  ck_assert_int_eq(d.list[0].count, 3);
  const inner *item = d.list[0].item;
  ck_assert(!item[0].knows && item[1].knows && !item[1].answer && item[2].knows && item[2].answer);
  ck_assert_int_eq(d.list[1].item[0].number, 4);
  assert_writes(&d, whole);
  release(&d);
}
END_TEST

START_TEST(values_in_place_of_null_come_back) {
  document d;
  read_changed("\"note\":null,\"word\":null", "\"note\":\"\",\"word\":\"hi\"", CO_OK, &d);
  ck_assert_str_eq(d.note, "");
  ck_assert_str_eq(d.word, "hi");
  release(&d);
  read_changed("\"maybe\":null", "\"maybe\":\"0000000000000001\"", CO_OK, &d);
  ck_assert_uint_eq(d.maybe, 1);
  release(&d);
  read_changed("\"most\":null", "\"most\":-1e9,\"usual\":0.5", CO_OK, &d);
  ck_assert_double_eq(d.most, -1e9);
  ck_assert_double_eq(d.usual, 0.5);
  release(&d);
  read_changed("\"most\":null", "\"most\":0,\"usual\":null", CO_OK, &d);
  ck_assert_double_eq(d.most, 0);
  ck_assert_double_nan(d.usual);
  release(&d);
}
END_TEST

// What was in the memory is what an absent member is.
START_TEST(optional_members_may_be_absent) {
  document d;
  read_changed("\"note\":null,", "", CO_OK, &d);
  ck_assert_ptr_null(d.note);
  assert_writes(&d, whole);
  release(&d);
  read_changed("\"turns\":[\"right\",\"left\"],", "", CO_OK, &d);
  ck_assert_int_eq(d.num_turns, 0);
  release(&d);
  read_changed("\"fixed\":{\"z\":\"8000000000000001\"},", "", CO_OK, &d);
  ck_assert_int_eq(d.num_fixed, 0);
  release(&d);
}
END_TEST

START_TEST(a_text_may_be_of_any_length) {
  enum { LONG = 100000 };
  document d;
  char *text = malloc(LONG + 16);
  ck_assert_ptr_nonnull(text);
  strcpy(text, "\"text\":\"");
  memset(text + 8, 'x', LONG);
  strcpy(text + 8 + LONG, "\"");
  read_changed("\"text\":\"a\\nb\"", text, CO_OK, &d);
  ck_assert_uint_eq(strlen(d.text), LONG);
  release(&d);
  free(text);
}
END_TEST

static const struct {
  const char *from, *to, *says;
} wrong[] = {
    {"\"format\":3,", "", "f: format: is missing"},
    {"\"format\":3", "\"format\":4", "f: format: must be 3"},
    {"\"text\":\"a\\nb\",", "", "f: text: is missing"},
    {"\"text\":\"a\\nb\"", "\"text\":null", "f: text: must be text"},
    {"\"text\":\"a\\nb\"", "\"text\":[]", "f: text: must be text"},
    {"\"note\":null", "\"note\":1", "f: note: must be text"},
    {"\"note\":null", "\"nota\":null", "f: unknown key \"nota\""},
    {"\"word\":null,", "", "f: word: is missing"},
    {"\"word\":null", "\"word\":\"12345678\"", "f: word: must be printable text of 0 to 7"},
    {"\"word\":null", "\"word\":\"a\\tb\"", "f: word: must be printable text of 0 to 7"},
    {"\"steps\":5000000000,", "", "f: steps: is missing"},
    {"\"steps\":5000000000", "\"steps\":0", "f: steps: must be a whole number from 1"},
    {"\"steps\":5000000000", "\"steps\":null", "f: steps: must be a whole number from 1"},
    {"\"steps\":5000000000", "\"steps\":\"5\"", "f: steps: must be a whole number from 1"},
    {"\"most\":null,", "", "f: most: is missing"},
    {"\"most\":null", "\"most\":\"0\"", "f: most: must be a finite number"},
    {"\"hash\":\"0000000000000000\",", "", "f: hash: is missing"},
    {"\"hash\":\"0000000000000000\"", "\"hash\":null", "f: hash: must be 16 digits"},
    {"\"hash\":\"0000000000000000\"", "\"hash\":\"000000000000000G\"",
     "f: hash: must be 16 digits"},
    {"\"maybe\":null,", "", "f: maybe: is missing"},
    {"\"maybe\":null", "\"maybe\":0", "f: maybe: must be null or 16 digits"},
    {"\"maybe\":null", "\"maybe\":\"0000000000000000\"", "f: maybe: must be null where"},
    {"\"size\":[2,7],", "", "f: size: is missing"},
    {"\"size\":[2,7]", "\"size\":[]", "f: size: must be an array of at least 1"},
    {"\"size\":[2,7]", "\"size\":[2,7,1]", "f: size: must be an array of at most 2"},
    {"\"size\":[2,7]", "\"size\":[2,100]", "f: size: 100 is out of range"},
    {"\"size\":[2,7]", "\"size\":{}", "f: size: must be an array"},
    {"\"turns\":[", "\"turns\":[\"up\",", "f: turns.0: unknown"},
    {"\"turns\":[", "\"turns\":[1,", "f: turns.0: must be text"},
    {"\"turns\":[", "\"turns\":[\"left\",\"left\",", "f: turns: must be an array of at most 3"},
    {"\"files\":{", "\"fil\":{", "f: unknown key \"fil\""},
    {"\"files\":{\"x\":\"00000000000000ff\",\"y\":\"0000000000000000\"}", "\"files\":[]",
     "f: files: must be an object of at most 3 members"},
    {"\"files\":{", "\"files\":{\"\":\"00000000000000ff\",", "f: files: a name is printable text"},
    {"\"files\":{", "\"files\":{\"12345678\":\"00000000000000ff\",",
     "f: files: a name is printable text of 1 to 7 bytes"},
    {"\"files\":{", "\"files\":{\"w\":\"ff\",", "f: files.w: must be 16 digits"},
    {"\"files\":{", "\"files\":{\"w\":255,", "f: files.w: must be 16 digits"},
    {"\"files\":{", "\"files\":{\"bad\":\"00000000000000ff\",", "f: files.bad: is a bad name"},
    {"\"files\":{", "\"files\":{\"v\":\"00000000000000ff\",\"w\":\"00000000000000ff\",",
     "f: files: must be an object of at most 3 members"},
    {"\"fixed\":{", "\"fixed\":{\"v\":\"00000000000000ff\",\"w\":\"00000000000000ff\",",
     "f: fixed: must be an object of at most 2 members"},
    {"\"fixed\":{", "\"fixed\":{\"w\":null,", "f: fixed.w: must be 16 digits"},
    {"\"side\":\"left\",", "", "f: list.1.side: is missing"},
    {"\"side\":\"left\"", "\"side\":true", "f: list.1.side: must be text"},
    {"\"side\":\"left\"", "\"side\":\"lift\"", "f: list.1.side: unknown, did you mean \"left\"?"},
    {"{\"number\":4,\"answer\":null}", "", "f: list.1.items: must be an array of at least 1"},
    {"{\"number\":4,", "{", "f: list.1.items.0.number: is missing"},
    {"{\"number\":4,", "{\"number\":13,", "f: list.1.items.0: is unlucky"},
    {"\"number\":3,\"answer\":true", "\"number\":3", "f: list.0.items.2.answer: is missing"},
    {"\"answer\":true", "\"answer\":1", "f: list.0.items.2.answer: must be true or false"},
    {"\"answer\":true", "\"answer\":true,\"x\":0", "f: list.0.items.2: unknown key \"x\""},
    {"\"list\":[", "\"list\":[0,", "f: list: must be an array of at most 2"},
};

START_TEST(what_is_wrong_is_refused_with_its_path) {
  document d;
  read_changed(wrong[_i].from, wrong[_i].to, CO_DATA, &d);
  ck_assert_msg(strncmp(co_error_text(), wrong[_i].says, strlen(wrong[_i].says)) == 0,
                "\"%s\" does not begin: %s", wrong[_i].says, co_error_text());
  release(&d);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("members");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, what_is_read_is_written_again);
  tcase_add_test(tcase, values_in_place_of_null_come_back);
  tcase_add_test(tcase, optional_members_may_be_absent);
  tcase_add_test(tcase, a_text_may_be_of_any_length);
  tcase_add_loop_test(tcase, what_is_wrong_is_refused_with_its_path, 0,
                      sizeof wrong / sizeof *wrong);
  suite_add_tcase(suite, tcase);
  return suite;
}
