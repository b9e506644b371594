// Mutation test of the readers of untrusted text: whatever comes in, a reader returns CO_OK, or
// CO_CONFIG / CO_DATA with a text; what it accepts is written as text that reads to the same bytes.
// Deterministic, so a failure repeats.

#include "core/config/schema.h"
#include "core/config/tree.h"
#include "core/json.h"
#include "core/rng.h"
#include "core/text.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20000, SIZE_MAX_BYTES = 4096 };

static const char *const configs[] = {
    "task = { format = 1; model = \"hopper.xml\"; substeps = 4; observe = \"stale\";\n"
    "  observation = ( { term = \"qpos\"; from = 1; }, { term = \"qvel\"; clip = (-10, 10); } ); # "
    "c\n"
    "  reward = ( { term = \"velocity\"; weight = 1.0; }, { weight = -1e-3; } ); };\n",
    "a = [1, 2, 3]; b : [\"x\", \"y\" \"z\"]; c = 5000000000L; d = 0xFF; e = true; f = { };\n"
    "/* comment */ g = ( ( ( 1.5 ), [ ] ), -2147483648 ); // end\nh-i*_ = \"\\x41\\n\\\\\\\"\";\n",
};

static const char *const jsons[] = {
    "{\"format\":1,\"policy\":{\"name\":\"a\\u00e9\\n\",\"layers\":[64,64],\"lr\":3e-4,\"on\":true}"
    ",\"x\":null}",
    "[1,-2.5e300,\"\\\\\\\"\",[[],{}],{\"a\":{\"b\":[false,9223372036854775807]}}]",
};

static const char *const tokens[] = {
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "=",
    ":",
    "\"",
    "\\",
    "#",
    "//",
    "/*",
    "*/",
    "@include \"x\"",
    "5000000000",
    "1e999",
    "-",
    ".",
    "0x",
    "L",
    "\n",
    "nan",
    "true",
    "\\x00",
    "\\u0000",
    "\xff",
    "\xc3\xa9",
    "a = 1;",
    "((((((((((((((((((((((((((((((((((",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
};

static size_t insert(char *text, size_t size, size_t place, const char *piece, size_t piece_size) {
  if (size + piece_size >= SIZE_MAX_BYTES) return size;
  memmove(text + place + piece_size, text + place, size - place);
  memcpy(text + place, piece, piece_size);
  return size + piece_size;
}

// one change of the text; returns its new size
static size_t mutate(co_rng *rng, char *text, size_t size) {
  size_t place = co_rng_below(rng, (uint32_t)size + 1), left = size - place;
  size_t length = left ? 1 + co_rng_below(rng, left < 20 ? (uint32_t)left : 20) : 0;
  char copy[20];
  switch (co_rng_below(rng, 6)) {
    case 0:
      if (left) text[place] ^= (char)(1 << co_rng_below(rng, 8));
      return size;
    case 1:
      if (left) text[place] = (char)co_rng_below(rng, 256);
      return size;
    case 2: memmove(text + place, text + place + length, left - length); return size - length;
    case 3:
      memcpy(copy, text + place, length);
      return insert(text, size, co_rng_below(rng, (uint32_t)size + 1), copy, length);
    case 4: return co_rng_below(rng, 10) ? size : place;  // cut off
    default: {
      const char *token = tokens[co_rng_below(rng, sizeof tokens / sizeof *tokens)];
      return insert(text, size, place, token, strlen(token));
    }
  }
}

static size_t mutated(co_rng *rng, const char *seed, char *text) {
  size_t size = strlen(seed);
  memcpy(text, seed, size);
  int changes = 1 + (int)co_rng_below(rng, 6);
  for (int i = 0; i < changes; i++) size = mutate(rng, text, size);
  text[size] = '\0';
  return size;
}

// CO_OK or an error of `kind` that has a text
static bool accepted(co_status status, co_status kind, const char *text) {
  if (status == CO_OK) return true;
  ck_assert_msg(status == kind, "status %d (%s) of:\n%s", status, co_error_text(), text);
  // what the scan lets through is in libconfig's grammar, which loses memory otherwise
  ck_assert_msg(!strstr(co_error_text(), "syntax error"), "libconfig refuses:\n%s", text);
  ck_assert_msg(strncmp(co_error_text(), "fuzz:", 5) == 0, "\"%s\" of:\n%s", co_error_text(), text);
  return false;
}

static char *text_of(const co_node *root) {
  co_buf buf = {0};
  co_buf_puts(&buf, "");
  co_tree_write(root, &buf);
  return buf.data;
}

static void assert_config_reads_back(const co_node *root) {
  char *text = text_of(root);
  co_node *again;
  ck_assert_msg(co_tree_parse(text, "fuzz", &again) == CO_OK, "%s\n%s", co_error_text(), text);
  char *text_again = text_of(again);
  ck_assert_str_eq(text, text_again);
  free(text);
  free(text_again);
  co_node_free(again);
}

typedef struct value {
  int64_t format, substeps;
  const char *model;
  co_list observation;
} value;

typedef struct term {
  const char *name;
  co_floats clip;
} term;

static const co_field term_fields[] = {
    {.key = "term", .kind = CO_FIELD_STRING, .offset = offsetof(term, name), .flags = CO_REQUIRED},
    {.key = "clip", .kind = CO_FIELD_FLOATS, .offset = offsetof(term, clip), .max_count = 2},
};
static const co_schema term_schema = {"term", sizeof(term), term_fields, 2, NULL, NULL};
static const co_field fields[] = {
    {.key = "format", .kind = CO_FIELD_INT, .offset = offsetof(value, format), .min = 1, .max = 1},
    {.key = "substeps", .kind = CO_FIELD_INT, .offset = offsetof(value, substeps)},
    {.key = "model", .kind = CO_FIELD_STRING, .offset = offsetof(value, model)},
    {.key = "observation",
     .kind = CO_FIELD_LIST,
     .offset = offsetof(value, observation),
     .child = &term_schema},
};
static const co_schema schema = {"task", sizeof(value), fields, 4, NULL, NULL};

static void read_by_schema(const co_node *root, const char *text) {
  co_arena arena = {0};
  value v;
  const co_node *task = co_node_get(root, "task");
  accepted(co_schema_read(&schema, task ? task : root, &arena, &v), CO_CONFIG, text);
  co_arena_free(&arena);
}

START_TEST(config) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 11, .purpose = CO_PURPOSE_TEST}, 0);
  static char text[SIZE_MAX_BYTES];
  int taken = 0;
  for (int i = 0; i < ROUNDS; i++) {
    mutated(&rng, configs[i % 2], text);
    co_node *root;
    if (!accepted(co_tree_parse(text, "fuzz", &root), CO_CONFIG, text)) continue;
    taken++;
    assert_config_reads_back(root);
    read_by_schema(root, text);
    co_node_free(root);
  }
  // the test must reach both sides
  ck_assert_msg(taken > ROUNDS / 50 && taken < ROUNDS * 9 / 10, "%d of %d accepted", taken, ROUNDS);
}
END_TEST

START_TEST(edits) {
  static const char *const seeds[] = {"a.0.b=(1, 2)", "c.d=foot*|floor", "a.1={ x = [1.5]; }",
                                      "e=-1e-3"};
  co_rng rng = co_rng_make(&(co_stream){.seed = 12, .purpose = CO_PURPOSE_TEST}, 0);
  static char text[SIZE_MAX_BYTES];
  int taken = 0;
  for (int i = 0; i < ROUNDS; i++) {
    co_node *root;
    ck_assert_int_eq(co_tree_parse("a = ( { b = 1; } ); c = { }; arr = [1, 2];", "fuzz", &root),
                     CO_OK);
    mutated(&rng, seeds[i % 4], text);
    co_status status = co_tree_set(root, text);
    ck_assert_msg(
        status == CO_OK || (status == CO_CONFIG && strncmp(co_error_text(), "--set: ", 7) == 0),
        "%d %s of %s", status, co_error_text(), text);
    taken += status == CO_OK;
    assert_config_reads_back(root);
    co_node_free(root);
  }
  ck_assert_msg(taken > ROUNDS / 50 && taken < ROUNDS * 9 / 10, "%d of %d accepted", taken, ROUNDS);
}
END_TEST

START_TEST(json_text) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 13, .purpose = CO_PURPOSE_TEST}, 0);
  static char text[SIZE_MAX_BYTES];
  int taken = 0;
  for (int i = 0; i < ROUNDS; i++) {
    size_t size = mutated(&rng, jsons[i % 2], text);
    co_json *json, *again;
    if (!accepted(co_json_parse(text, size, "fuzz", &json), CO_DATA, text)) continue;
    taken++;
    co_buf first = {0}, second = {0};
    ck_assert_int_eq(co_json_write(json, 0, &first), CO_OK);
    ck_assert_msg(co_json_parse(first.data, first.size, "fuzz", &again) == CO_OK, "%s",
                  co_error_text());
    ck_assert_int_eq(co_json_write(again, 0, &second), CO_OK);
    ck_assert_str_eq(first.data, second.data);
    co_buf_free(&first);
    co_buf_free(&second);
    co_json_free(json);
    co_json_free(again);
  }
  ck_assert_msg(taken > ROUNDS / 50 && taken < ROUNDS * 9 / 10, "%d of %d accepted", taken, ROUNDS);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("config_fuzz");
  TCase *tcase = tcase_create("config_fuzz");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, config);
  tcase_add_test(tcase, edits);
  tcase_add_test(tcase, json_text);
  suite_add_tcase(suite, tcase);
  return suite;
}
