#include "core/config/tree.h"
#include "core/file.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static co_node *parse(const char *text) {
  co_node *root;
  co_status status = co_tree_parse(text, "x.cfg", &root);
  ck_assert_msg(status == CO_OK, "%s\nin:\n%s", co_error_text(), text);
  return root;
}

// the text of a tree, malloc'd
static char *text_of(const co_node *node) {
  co_buf buf = {0};
  co_buf_puts(&buf, "");
  co_tree_write(node, &buf);
  ck_assert_int_eq(co_buf_status(&buf), CO_OK);
  return buf.data;
}

START_TEST(every_kind) {
  co_node *root = parse(
      "yes = true; no = FALSE;\n"
      "small = -7; hex = 0x10; wide = 5000000000L; narrow = 3L;\n"
      "real = 1.5; exponent = 1e3; dot = 2.;\n"
      "text = \"a\\\"b\\\\c\\n\\x41\" \"tail\";\n"
      "array = [ 1, 2 ];\n"
      "list = ( 1, 2.5, \"s\",\n  { inner = 1; } );\n"
      "group : { member = ( ); };  # comment } \" \n"
      "after = 1; // and another {\n/* a third\n one */ last = [ ];");
  ck_assert(co_node_get(root, "yes")->value.boolean && !co_node_get(root, "no")->value.boolean);
  ck_assert_int_eq(co_node_get(root, "small")->value.integer, -7);
  ck_assert_int_eq(co_node_get(root, "hex")->value.integer, 16);
  ck_assert_int_eq(co_node_get(root, "wide")->value.integer, 5000000000);
  ck_assert_int_eq(co_node_get(root, "narrow")->kind, CO_NODE_INT);
  ck_assert(co_node_get(root, "real")->value.real == 1.5);
  ck_assert(co_node_get(root, "exponent")->value.real == 1000);
  ck_assert(co_node_get(root, "dot")->value.real == 2);
  ck_assert_str_eq(co_node_get(root, "text")->value.string, "a\"b\\c\nAtail");
  ck_assert_int_eq(co_node_get(root, "array")->kind, CO_NODE_ARRAY);
  const co_node *list = co_node_get(root, "list");
  ck_assert_int_eq(list->count, 4);
  ck_assert_ptr_null(list->child[0]->name);
  ck_assert_int_eq(list->child[3]->kind, CO_NODE_GROUP);
  ck_assert_ptr_null(co_node_get(list, "inner"));
  ck_assert_ptr_null(co_node_get(root, "missing"));
  ck_assert_int_eq(co_node_get(co_node_get(root, "group"), "member")->count, 0);
  // places
  ck_assert_str_eq(list->file, "x.cfg");
  ck_assert_int_eq(root->line, 1);
  ck_assert_int_eq(co_node_get(root, "real")->line, 3);
  ck_assert_int_eq(co_node_get(list->child[3], "inner")->line, 7);
  ck_assert_int_eq(co_node_get(root, "after")->line, 9);
  ck_assert_int_eq(co_node_get(root, "last")->line, 11);
  co_node_free(root);
}
END_TEST

static const struct {
  const char *text, *error;
} wrong[] = {
    {"a = 5000000000;", "x.cfg:1: a: 5000000000 does not fit into 32 bits: write 5000000000L"},
    {"a = -2147483649;", "x.cfg:1: a: -2147483649 does not fit into 32 bits: write -2147483649L"},
    {"\na = { b = (1,\n 4294967296); };",
     "x.cfg:3: b: 4294967296 does not fit into 32 bits: write 4294967296L"},
    {"a = 0xFFFFFFFF;", "x.cfg:1: a: 0xFFFFFFFF does not fit into 32 bits: write 0xFFFFFFFFL"},
    {"a = 9223372036854775808L;", "x.cfg:1: a: 9223372036854775808L does not fit into 64 bits"},
    {"a = 0x8000000000000000L;", "x.cfg:1: a: 0x8000000000000000L does not fit into 64 bits"},
    {"a = 1e999;", "x.cfg:1: a: \"1e999\" is not a finite number"},
    {"a = 1.2.3;", "x.cfg:1: a: \"1.2.3\" is not a finite number"},
    {"a = .;", "x.cfg:1: a: \".\" is neither a key nor a number"},
    {"a = 12abc;", "x.cfg:1: a: \"12abc\" is neither a key nor a number"},
    {"a = nan;", "x.cfg:1: a: \"nan\" is a string and must be quoted"},
    {"model = hopper.xml;", "x.cfg:1: model: \"hopper.xml\" is a string and must be quoted"},
    {"a = (b);", "x.cfg:1: a: \"b\" is a string and must be quoted"},
    {"a = [1, 2.0];", "x.cfg:1: a: arrays [ ] hold one type: write 0.0, or use ( )"},
    {"a = [1, \"b\"];", "x.cfg:1: a: arrays [ ] hold one type: write 0.0, or use ( )"},
    {"a = [1, 2L];",
     "x.cfg:1: a: arrays [ ] hold one type: write L behind every integer, or use ( )"},
    {"a = [(1)];", "x.cfg:1: a: arrays [ ] hold numbers, strings or truth values: use ( )"},
    {"a = 1;\nb = 2;\na = 3;", "x.cfg:3: a: written twice in one group, first in line 1"},
    {"g = { a = 1; a = 2; };", "x.cfg:1: a: written twice in one group, first in line 1"},
    {"@include \"passwd\"", "x.cfg:1: @include is not allowed: one file holds all"},
    {"a = 1;\n  @include \"b.cfg\"", "x.cfg:2: @include is not allowed: one file holds all"},
    {"a.b = 1;", "x.cfg:1: \"a.b\" is not a key: letters, digits, _ - * only"},
    {"_a = 1;", "x.cfg:1: \"_a\" is neither a key nor a number"},
    {"a = (1, 2,);", "x.cfg:1: a: a comma right before )"},
    {"a = [1,];", "x.cfg:1: a: a comma right before ]"},
    {"a = { b = 1;", "x.cfg:1: what opens here is not closed with }"},
    {"a = ( 1\n\n", "x.cfg:1: what opens here is not closed with )"},
    {"a =\n(1;\nb = 2;", "x.cfg:2: ; where ) must close what line 2 opened"},
    {"a = (1];", "x.cfg:1: ] where ) must close what line 1 opened"},
    {"a = { b = (\n1 };", "x.cfg:2: } where ) must close what line 1 opened"},
    {"a = 1; }", "x.cfg:1: } closes nothing"},
    {"a = \"b;\nc = 1;", "x.cfg:1: the string that begins here is not closed"},
    {"a = \"b\\\"", "x.cfg:1: the string that begins here is not closed"},
    {"a = \"b\\x00c\";", "x.cfg:1: a string must not hold \\x00"},
    {"a = 1;\n/* b", "x.cfg:2: the comment that begins here is not closed with */"},
    {"a = ;", "x.cfg:1: a: the value is missing"},
    {"b = { a = };", "x.cfg:1: a: the value is missing"},
    {"a =", "x.cfg:1: a: the value is missing"},
    {"a", "x.cfg:1: a: = is missing"},
    {"a 1;", "x.cfg:1: a: = is missing"},
    {"a b = 1;", "x.cfg:1: a: = is missing"},
    {"a;", "x.cfg:1: a: = is missing"},
    {"a = = 1;", "x.cfg:1: = without a key before it"},
    {"a = 1;;", "x.cfg:1: ; where nothing ends"},
    {"; a = 1;", "x.cfg:1: ; where nothing ends"},
    {"a = (1; 2);", "x.cfg:1: ; where ) must close what line 1 opened"},
    {"a = (, 1);", "x.cfg:1: , where nothing ends"},
    {"a = (1 2);", "x.cfg:1: a: a comma is missing between values"},
    {"a = (1 { b = 1; });", "x.cfg:1: a: a comma is missing between values"},
    {"a = (\"b\" 2);", "x.cfg:1: a: a comma is missing between values"},
    {"a = (b = 1);", "x.cfg:1: a: \"b\" is a string and must be quoted"},
    {"1 = 1;", "x.cfg:1: a value without a key"},
    {"a = 1; \"b\";", "x.cfg:1: a value without a key"},
    {"{ a = 1; }", "x.cfg:1: a value without a key"},
    {"a = 1 2;", "x.cfg:1: a value without a key"},
    {"true = 1;", "x.cfg:1: \"true\" is not a key: letters, digits, _ - * only"},
    {"a = 1 $", "x.cfg:1: $ means nothing here"},
    {"a = \xc3\xa9;", "x.cfg:1: byte 0xc3 outside of a string"},
    {"a = 1 /", "x.cfg:1: / means nothing here"},
};

START_TEST(wrong_text) {
  co_node *root = (co_node *)&root;
  ck_assert_int_eq(co_tree_parse(wrong[_i].text, "x.cfg", &root), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), wrong[_i].error);
  ck_assert_ptr_null(root);
}
END_TEST

START_TEST(comments_and_strings_hide_everything) {
  co_node *root = parse(
      "# a = 5000000000 @include\n// [1, 2.0\n/* a = { \" */\n"
      "b = \"@include 5000000000 /* # // {\"; c-d* = 2147483647; e = -2147483648;");
  ck_assert_int_eq(root->count, 3);
  ck_assert_str_eq(root->child[0]->value.string, "@include 5000000000 /* # // {");
  ck_assert_int_eq(root->child[2]->value.integer, INT32_MIN);
  co_node_free(root);
}
END_TEST

static char *nested(int depth) {
  char *text = malloc(2 * (size_t)depth + 8);
  strcpy(text, "a = ");
  memset(text + 4, '(', (size_t)depth);
  memset(text + 4 + depth, ')', (size_t)depth);
  strcpy(text + 4 + 2 * depth, ";");
  return text;
}

static const char *const endings[] = {"",        "\n",  "#",    "# c",    "// c",
                                      "/* c */", " \t", "\r\n", "\n\n# c"};

START_TEST(any_ending) {
  char text[64];
  snprintf(text, sizeof text, "a = 1;%s", endings[_i]);
  co_node *root = parse(text);
  ck_assert_int_eq(root->count, 1);
  co_node_free(root);
}
END_TEST

START_TEST(depth_is_bounded) {
  char *deepest = nested(CO_TREE_DEPTH), *deeper = nested(CO_TREE_DEPTH + 1), *mad = nested(100000);
  co_node_free(parse(deepest));
  co_node *root;
  ck_assert_int_eq(co_tree_parse(deeper, "x.cfg", &root), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "x.cfg:1: nested more than 32 deep");
  ck_assert_int_eq(co_tree_parse(mad, "x.cfg", &root), CO_CONFIG);
  free(deepest);
  free(deeper);
  free(mad);
}
END_TEST

START_TEST(groups_and_words_are_bounded) {
  co_buf text = {0};
  for (int i = 0; i < 4097; i++) co_buf_printf(&text, "k%d = 1;\n", i);
  co_node *root;
  ck_assert_int_eq(co_tree_parse(text.data, "x.cfg", &root), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "x.cfg:4097: more than 4096 keys in one group");
  co_buf_free(&text);
  for (int i = 0; i < 300; i++) co_buf_puts(&text, "k");
  ck_assert_int_eq(co_tree_parse(text.data, "x.cfg", &root), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "x.cfg:1: \"kkkkkkkkkkkkkkkkkkkk...\" is too long");
  co_buf_free(&text);
}
END_TEST

static char *scratch(const char *name) {
  const char *folder = getenv("CARRYOVER_BUILD_DIR");
  return co_path_join(folder ? folder : ".", name);
}

START_TEST(files) {
  char *path = scratch("test_tree.cfg");
  co_node *root;
  ck_assert_int_eq(co_tree_read("no/such/file.cfg", &root), CO_NO_INPUT);
  ck_assert_str_eq(co_error_text(), "no/such/file.cfg: cannot open: No such file or directory");
  ck_assert_int_eq(co_file_write(path, "a = 1;\nb = 2;\n", 14), CO_OK);
  ck_assert_int_eq(co_tree_read(path, &root), CO_OK);
  ck_assert_str_eq(root->child[1]->file, path);
  co_node_free(root);
  ck_assert_int_eq(co_file_write(path, "a = 1;\nb\0= 2;\n", 14), CO_OK);
  ck_assert_int_eq(co_tree_read(path, &root), CO_CONFIG);
  char expected[4200];
  snprintf(expected, sizeof expected, "%s:2: holds a zero byte, so it is not a text file", path);
  ck_assert_str_eq(co_error_text(), expected);
  remove(path);
  free(path);
}
END_TEST

static const struct {
  const char *text;  // what is read, and written again
} canonical[] = {
    {"a = 1;\n"},
    {"a = 5000000000L;\nb = [1L, -5000000000L];\nc = (1, 5000000000L);\n"},
    {"a = 1.0;\nb = -0.0;\nc = 0.1;\nd = 1e+300;\ne = 4.94065645841247e-324;\nf = "
     "0.30000000000000004;\n"},
    {"a = true;\nb = false;\n"},
    {"a = \"\";\nb = \"\\\"\\\\\\n\\r\\t\\f\\x01\\x7f\";\nc = \"\xc3\xa9\";\n"},
    {"a = { };\nb = ();\nc = [];\n"},
    {"a = { b = 1; c = { d = (1, 2.0, \"x\"); }; };\n"},
    {"a = ( { b = 1; }, { b = 2; } );\n"},
    {"a = (1, { b = 2; }, 3);\n"},
    {"observation = (\n  { term = \"qpos\"; from = 1; offset = (0.123456789, 0.123456789); },\n"
     "  { term = \"qvel\"; clip = (-10.0, 10.0); scale = 0.25; name = \"joint_velocity\"; }\n);\n"},
    {"group = {\n  first = \"0123456789012345678901234567890123456789\";\n"
     "  second = \"0123456789012345678901234567890123456789\";\n};\n"},
    {"v = [\n  100000.5, 100000.5, 100000.5, 100000.5, 100000.5, 100000.5, 100000.5, 100000.5, "
     "100000.5,\n"
     "  100000.5\n];\n"},
};

START_TEST(writes_canonically) {
  co_node *root = parse(canonical[_i].text);
  char *text = text_of(root);
  ck_assert_str_eq(text, canonical[_i].text);
  free(text);
  co_node_free(root);
}
END_TEST

START_TEST(lines_are_within_100_columns) {
  co_node *root = parse(
      "a = ( { b = [1.123456789, 2.123456789, 3.123456789, 4.123456789, 5.123456789, 6.12345, "
      "7.12345]; },"
      "1, 2, 3, 100000, 100000, 100000, 100000, 100000, 100000, 100000, 100000, 100000, 100000, "
      "100000,"
      "100000, 100000, 100000, { c = { d = { e = { f = { g = \"123456789012345678901234567890\";"
      "h = \"123456789012345678901234567890\"; }; }; }; }; i = true; } );");
  char *text = text_of(root);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    ck_assert_msg(strlen(line) <= 100, "%s", line);
  }
  free(text);
  co_node_free(root);
}
END_TEST

static const char base[] =
    "a = ( { b = 1; c = { d = \"x\"; }; }, { b = 2; } );\narray = [1, 2];\nreward = 1.0;\n";

static const struct {
  const char *assignment, *path_value;  // a text found in the result
} edits[] = {
    {"a.0.b=5", "b = 5;"},
    {"a.0.c.d=foot*|floor", "d = \"foot*|floor\";"},
    {"a.0.c.d=actor.mean.*", "d = \"actor.mean.*\";"},
    {"a.0.c.d=../b//c.cfg", "d = \"../b//c.cfg\";"},
    {"a.0.c.d=\"quoted = text\"", "d = \"quoted = text\";"},
    {"a.0.c.d=\"\"", "d = \"\";"},
    {"a.0.c.d=true", "d = true;"},
    {"a.0.c.d=3legs", "d = \"3legs\";"},
    {"a.0.c.d=-x", "d = \"-x\";"},
    {"a.0.c.new=(1, 2)", "new = (1, 2);"},
    {"new={ x = 1; }", "new = { x = 1; };"},
    {"a.2={ b = 3; }", "{ b = 3; } );"},
    {"a.1=7", ", 7 );"},
    {"reward=-1e-3", "reward = -0.001;"},
    {"reward=5000000000L", "reward = 5000000000L;"},
    {"reward= 2 # a comment", "reward = 2;"},
    {"array.0=9", "array = [9, 2];"},
    {"array.2=3", "array = [1, 2, 3];"},
    {"array.0=0.5", "array = (0.5, 2);"},
    {"array.1=(3)", "array = (1, (3));"},
};

START_TEST(set_edits) {
  co_node *root = parse(base);
  ck_assert_msg(co_tree_set(root, edits[_i].assignment) == CO_OK, "%s", co_error_text());
  char *text = text_of(root);
  ck_assert_msg(strstr(text, edits[_i].path_value), "%s\nnot in\n%s", edits[_i].path_value, text);
  co_node *again = parse(text);
  char *text_again = text_of(again);
  ck_assert_str_eq(text, text_again);
  free(text);
  free(text_again);
  co_node_free(again);
  co_node_free(root);
}
END_TEST

static const struct {
  const char *assignment, *error;
} wrong_edits[] = {
    {"a.0.b", "--set: \"a.0.b\" is not path=value"},
    {"a.0.b=", "--set: a.0.b: no value; an empty string is written \"\""},
    {"=1", "--set: : the path has an empty element"},
    {"a..b=1", "--set: a..b: the path has an empty element"},
    {"a.5.b=1", "--set: a.5.b: there is no element 5, the list has 2"},
    {"a.2.b=1", "--set: a.2.b: there is no element 2, the list has 2"},
    {"a.3=1", "--set: a.3: there is no element 3, the list has 2"},
    {"a.-1=1", "--set: a.-1: \"-1\" is not an index of a list"},
    {"a.x=1", "--set: a.x: \"x\" is not an index of a list"},
    {"a.99999999999=1", "--set: a.99999999999: \"99999999999\" is not an index of a list"},
    {"rewrad.x=1", "--set: rewrad.x: there is no \"rewrad\", did you mean \"reward\"?"},
    {"zzz.x=1", "--set: zzz.x: there is no \"zzz\""},
    {"reward.x=1", "--set: reward.x: a value has no element \"x\""},
    {"x y=1", "--set: x y: \"x y\" is not a key: letters, digits, _ - * only"},
    {"true=1", "--set: true: \"true\" is not a key: letters, digits, _ - * only"},
    {"x=1; y = 2", "--set: x: more than one value"},
    {"x=1; }", "--set: x: cannot read the value: } closes nothing"},
    {"x=(1", "--set: x: cannot read the value: ; where ) must close what line 1 opened"},
    {"x=5000000000",
     "--set: x: cannot read the value: 5000000000 does not fit into 32 bits: write 5000000000L"},
    {"x=[1, 2.0]",
     "--set: x: cannot read the value: arrays [ ] hold one type: write 0.0, or use ( )"},
    {"x=1.2.3", "--set: x: cannot read the value: \"1.2.3\" is not a finite number"},
    {"x=a b", "--set: x: cannot read the value: \"a\" is a string and must be quoted"},
};

START_TEST(set_refuses) {
  co_node *root = parse(base);
  char *before = text_of(root);
  ck_assert_int_eq(co_tree_set(root, wrong_edits[_i].assignment), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), wrong_edits[_i].error);
  char *after = text_of(root);
  ck_assert_str_eq(before, after);
  free(before);
  free(after);
  co_node_free(root);
}
END_TEST

START_TEST(set_keeps_places_and_depth) {
  co_node *root = parse(base);
  ck_assert_int_eq(co_tree_set(root, "a.0.c={ d = (1); }"), CO_OK);
  const co_node *c = co_node_get(co_node_get(root, "a")->child[0], "c");
  ck_assert_str_eq(c->file, "--set");
  ck_assert_int_eq(co_node_get(c, "d")->child[0]->line, 0);
  ck_assert_str_eq(co_node_get(root, "a")->file, "x.cfg");
  // growing at the deepest element ends at the bound of the reader
  char path[128] = "a.0.c.d.0";
  int steps = 0;
  for (char assignment[160]; steps < 100; steps++, strcat(path, ".0")) {
    snprintf(assignment, sizeof assignment, "%s=(1)", path);
    if (co_tree_set(root, assignment) != CO_OK) break;
  }
  ck_assert_msg(strstr(co_error_text(), ": nested more than 32 deep"), "%s", co_error_text());
  char *text = text_of(root);
  co_node_free(parse(text));
  free(text);
  co_node_free(root);
}
END_TEST

static void check_place(const co_node *node, const char *key, const char *want) {
  co_buf place = {0};
  co_node_place(node, key, &place);
  ck_assert_str_eq(place.data, want);
  co_buf_free(&place);
}

// an edit is called as --set calls it, a key of a file by its line
START_TEST(places_of_edits_and_keys) {
  co_node *root = parse(base);
  ck_assert_int_eq(co_tree_set(root, "a.0.c={ d = (1, 2); }"), CO_OK);
  const co_node *a = co_node_get(root, "a"), *c = co_node_get(a->child[0], "c");
  co_node *copy = co_node_copy(co_node_get(c, "d"));
  check_place(c, "c", "--set: a.0.c: ");
  check_place(c, NULL, "--set: a.0.c: ");
  check_place(c, "missing", "--set: a.0.c.missing: ");
  check_place(co_node_get(c, "d"), "d", "--set: a.0.c.d: ");
  check_place(co_node_get(c, "d")->child[1], "d.1", "--set: a.0.c.d.1: ");
  check_place(copy, "d", "--set: a.0.c.d: ");
  check_place(a, "key", "x.cfg:1: key: ");
  co_node_fail(CO_CONFIG, c, "e", "is %s", "wrong");
  ck_assert_str_eq(co_error_text(), "--set: a.0.c.e: is wrong");
  co_node_free(copy);
  co_node_free(root);
}
END_TEST

// ---- round trips of random trees

static co_rng rng;

static double random_real(void) {
  switch (co_rng_below(&rng, 4)) {
    case 0: return (double)(int64_t)co_rng_below(&rng, 2000) - 1000;
    case 1: return co_rng_normal(&rng);
    case 2: return ldexp(co_rng_normal(&rng), (int)co_rng_below(&rng, 2000) - 1000);
    default: return ((double)co_rng_below(&rng, 2000) - 1000) / 1000;
  }
}

static co_node *random_scalar(co_node_kind kind, const char *name) {
  co_node *node = co_node_new(kind, name, "random", 0);
  switch (kind) {
    case CO_NODE_BOOL: node->value.boolean = co_rng_below(&rng, 2); break;
    case CO_NODE_INT:
      node->value.integer = (int64_t)co_rng_u64(&rng) >> co_rng_below(&rng, 64);
      break;
    case CO_NODE_FLOAT: node->value.real = random_real(); break;
    default: {
      char text[64];
      uint32_t size = co_rng_below(&rng, sizeof text);
      for (uint32_t i = 0; i < size; i++) text[i] = (char)(1 + co_rng_below(&rng, 255));
      text[size] = '\0';
      node->value.string = strdup(text);
    }
  }
  return node;
}

static co_node *random_node(const char *name, int depth) {
  co_node_kind kind = co_rng_below(&rng, depth < 4 ? 7 : 4);
  if (depth == 0) kind = CO_NODE_GROUP;
  if (kind < CO_NODE_ARRAY) return random_scalar(kind, name);
  co_node *node = co_node_new(kind, name, "random", 0);
  co_node_kind element = co_rng_below(&rng, 4);
  int count = (int)co_rng_below(&rng, 9);
  for (int i = 0; i < count; i++) {
    char key[16];
    snprintf(key, sizeof key, "key%d", i);
    const char *child_name = kind == CO_NODE_GROUP ? key : NULL;
    co_node *child = kind == CO_NODE_ARRAY ? random_scalar(element, child_name)
                                           : random_node(child_name, depth + 1);
    ck_assert_int_eq(co_node_add(node, child), CO_OK);
  }
  return node;
}

static void assert_equal(const co_node *a, const co_node *b) {
  ck_assert_int_eq(a->kind, b->kind);
  ck_assert_int_eq(a->count, b->count);
  ck_assert(!a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0));
  switch (a->kind) {
    case CO_NODE_BOOL: ck_assert(a->value.boolean == b->value.boolean); break;
    case CO_NODE_INT: ck_assert_int_eq(a->value.integer, b->value.integer); break;
    case CO_NODE_FLOAT:
      ck_assert(memcmp(&a->value.real, &b->value.real, sizeof(double)) == 0);
      break;
    case CO_NODE_STRING: ck_assert_str_eq(a->value.string, b->value.string); break;
    default: break;
  }
  for (int i = 0; i < a->count; i++) assert_equal(a->child[i], b->child[i]);
}

START_TEST(random_trees_read_back) {
  rng = co_rng_make(&(co_stream){.seed = 1, .purpose = CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < 3000; i++) {
    co_node *tree = random_node(NULL, 0);
    char *text = text_of(tree);
    co_node *again = parse(text);
    assert_equal(tree, again);
    co_node *copy = co_node_copy(again);
    assert_equal(tree, copy);
    char *text_again = text_of(copy);
    ck_assert_str_eq(text, text_again);
    free(text);
    free(text_again);
    co_node_free(tree);
    co_node_free(again);
    co_node_free(copy);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("tree");
  TCase *tcase = tcase_create("tree");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, every_kind);
  tcase_add_loop_test(tcase, wrong_text, 0, COUNT(wrong));
  tcase_add_test(tcase, comments_and_strings_hide_everything);
  tcase_add_loop_test(tcase, any_ending, 0, COUNT(endings));
  tcase_add_test(tcase, depth_is_bounded);
  tcase_add_test(tcase, groups_and_words_are_bounded);
  tcase_add_test(tcase, files);
  tcase_add_loop_test(tcase, writes_canonically, 0, COUNT(canonical));
  tcase_add_test(tcase, lines_are_within_100_columns);
  tcase_add_loop_test(tcase, set_edits, 0, COUNT(edits));
  tcase_add_loop_test(tcase, set_refuses, 0, COUNT(wrong_edits));
  tcase_add_test(tcase, set_keeps_places_and_depth);
  tcase_add_test(tcase, places_of_edits_and_keys);
  tcase_add_test(tcase, random_trees_read_back);
  suite_add_tcase(suite, tcase);
  return suite;
}
