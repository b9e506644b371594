#include "core/config/schema.h"
#include "core/rng.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

typedef struct limits {
  double low, high;
} limits;

static const co_field limits_fields[] = {
    {.key = "low",
     .kind = CO_FIELD_FLOAT,
     .offset = offsetof(limits, low),
     .flags = CO_REQUIRED,
     .doc = "lower bound"},
    {.key = "high",
     .kind = CO_FIELD_FLOAT,
     .offset = offsetof(limits, high),
     .flags = CO_REQUIRED,
     .doc = "upper bound"},
};

static void check_limits(const void *value, const co_node *node, co_schema_errors *errors) {
  const limits *l = value;
  if (l->low > l->high)
    co_schema_error(errors, node, "low", "%g is above high (%g)", l->low, l->high);
}

static const co_schema limits_schema = {"limits", sizeof(limits), limits_fields,
                                        2,        NULL,           check_limits};

typedef struct term {
  const char *name;
  double weight;
  co_floats clip, open;
} term;

static const char *const no_bounds[] = {"none", NULL};

static const co_field term_fields[] = {
    {.key = "term",
     .kind = CO_FIELD_STRING,
     .offset = offsetof(term, name),
     .flags = CO_REQUIRED,
     .doc = "name of the term"},
    {.key = "weight",
     .kind = CO_FIELD_FLOAT,
     .offset = offsetof(term, weight),
     .doc = "factor [1]"},
    {.key = "clip",
     .kind = CO_FIELD_FLOATS,
     .offset = offsetof(term, clip),
     .min_count = 2,
     .max_count = 2},
    {.key = "open",
     .kind = CO_FIELD_FLOATS,
     .offset = offsetof(term, open),
     .min_count = 2,
     .max_count = 2,
     .choices = no_bounds},
};

static void term_defaults(void *value) {
  ((term *)value)->weight = 1;
}

static const co_schema term_schema = {"term", sizeof(term), term_fields, 4, term_defaults, NULL};

typedef enum observe { STALE, FRESH } observe;
static const char *const observe_choices[] = {"stale", "fresh", NULL};
static const char *const model_choices[] = {"hopper.xml", "pendulum.xml", NULL};

typedef struct task {
  bool verbose;
  int64_t substeps, seed;
  double gain, rate, offset;
  const char *note, *model;
  int observe;
  co_floats pose;
  co_strings names;
  limits range, maybe;
  co_list terms;
  const co_node *extra;
} task;

typedef struct renewed {
  int64_t old, added;
} renewed;

static void renewed_defaults(void *value) {
  ((renewed *)value)->added = 4;
}

static const co_field renewed_fields[] = {
    {.key = "old", .kind = CO_FIELD_INT, .offset = offsetof(renewed, old)},
    {.key = "added",
     .kind = CO_FIELD_INT,
     .offset = offsetof(renewed, added),
     .flags = CO_USUAL_UNWRITTEN},
};
static const co_schema renewed_schema = {"renewed", sizeof(renewed),  renewed_fields,
                                         2,         renewed_defaults, NULL};

static const co_field task_fields[] = {
    {.key = "verbose", .kind = CO_FIELD_BOOL, .offset = offsetof(task, verbose)},
    {.key = "substeps",
     .kind = CO_FIELD_INT,
     .offset = offsetof(task, substeps),
     .min = 1,
     .max = 100},
    {.key = "seed", .kind = CO_FIELD_INT, .offset = offsetof(task, seed)},
    {.key = "gain", .kind = CO_FIELD_FLOAT, .offset = offsetof(task, gain), .min = -1, .max = 1},
    {.key = "rate",
     .kind = CO_FIELD_FLOAT,
     .offset = offsetof(task, rate),
     .flags = CO_POSITIVE_EXCLUSIVE,
     .max = 1},
    {.key = "offset",
     .kind = CO_FIELD_FLOAT,
     .offset = offsetof(task, offset),
     .min = 0,
     .max = INFINITY},
    {.key = "note", .kind = CO_FIELD_STRING, .offset = offsetof(task, note)},
    {.key = "model",
     .kind = CO_FIELD_STRING,
     .offset = offsetof(task, model),
     .choices = model_choices},
    {.key = "observe",
     .kind = CO_FIELD_CHOICE,
     .offset = offsetof(task, observe),
     .choices = observe_choices},
    {.key = "pose", .kind = CO_FIELD_FLOATS, .offset = offsetof(task, pose), .max_count = 3},
    {.key = "names", .kind = CO_FIELD_STRINGS, .offset = offsetof(task, names)},
    {.key = "range",
     .kind = CO_FIELD_GROUP,
     .offset = offsetof(task, range),
     .child = &limits_schema},
    {.key = "maybe",
     .kind = CO_FIELD_GROUP,
     .offset = offsetof(task, maybe),
     .child = &limits_schema},
    {.key = "terms",
     .kind = CO_FIELD_LIST,
     .offset = offsetof(task, terms),
     .child = &term_schema,
     .min_count = 1},
    {.key = "extra", .kind = CO_FIELD_TREE, .offset = offsetof(task, extra)},
};

static double default_pose[] = {0.5, -0.5};

static void task_defaults(void *value) {
  task *t = value;
  t->substeps = 4;
  t->rate = 0.1;
  t->model = "hopper.xml";
  t->pose = (co_floats){default_pose, 2};
  t->range = (limits){-1, 1};
}

static const co_schema task_schema = {"task",        sizeof(task), task_fields, COUNT(task_fields),
                                      task_defaults, NULL};

// reads; the tree is returned for trees that the struct lends
static co_status read_task(const char *text, co_arena *arena, task *out, co_node **root) {
  ck_assert_msg(co_tree_parse(text, "x.cfg", root) == CO_OK, "%s", co_error_text());
  return co_schema_read(&task_schema, *root, arena, out);
}

START_TEST(reads_every_kind) {
  co_arena arena = {0};
  co_node *root;
  task t;
  ck_assert_int_eq(
      read_task(
          "verbose = true; substeps = 7; seed = 5000000000L; gain = 1; rate = 1.0; note = \"n\";\n"
          "model = \"pendulum.xml\"; observe = \"fresh\"; pose = [1, 2, 3]; names = (\"a\", "
          "\"b\");\n"
          "range = { low = 0; high = 0.5; };\n"
          "terms = ( { term = \"alive\"; clip = (-10, 10); }, { term = \"x\"; weight = -2; } );\n"
          "extra = { anything = (1, { goes = \"here\"; }); };",
          &arena, &t, &root),
      CO_OK);
  ck_assert(t.verbose && t.substeps == 7 && t.seed == 5000000000 && t.gain == 1 && t.rate == 1);
  ck_assert(isnan(t.offset) && isnan(t.maybe.low));
  ck_assert_str_eq(t.note, "n");
  ck_assert_str_eq(t.model, "pendulum.xml");
  ck_assert_int_eq(t.observe, FRESH);
  ck_assert(t.pose.count == 3 && t.pose.value[2] == 3);
  ck_assert(t.names.count == 2 && strcmp(t.names.value[1], "b") == 0);
  ck_assert(t.range.low == 0 && t.range.high == 0.5);
  const term *terms = t.terms.item;
  ck_assert(t.terms.count == 2 && terms[0].weight == 1 && terms[1].weight == -2);
  ck_assert(terms[0].clip.count == 2 && terms[0].clip.value[0] == -10 && terms[1].clip.count == 0);
  ck_assert_ptr_eq(t.extra, co_node_get(root, "extra"));
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(defaults_and_scalars_for_lists) {
  co_arena arena = {0};
  co_node *root;
  task t;
  ck_assert_int_eq(read_task("pose = 0.25; names = \"one\";", &arena, &t, &root), CO_OK);
  ck_assert(t.substeps == 4 && t.rate == 0.1 && isnan(t.gain) && !t.note && !t.extra);
  ck_assert(t.pose.count == 1 && t.pose.value[0] == 0.25);
  ck_assert(t.names.count == 1 && strcmp(t.names.value[0], "one") == 0);
  ck_assert(t.range.low == -1 && t.range.high == 1 && t.terms.count == 0);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

#define KEYS                                                                                       \
  "verbose, substeps, seed, gain, rate, offset, note, model, observe, pose, names, range, maybe, " \
  "terms, extra"

static const struct {
  const char *text, *error;
} wrong[] = {
    {"substep = 1;",
     "x.cfg:1: substep: unknown key of task, allowed " KEYS ", did you mean \"substeps\"?"},
    {"\nzzz = 1;", "x.cfg:2: zzz: unknown key of task, allowed " KEYS},
    {"range = { low = 0; high = 1; hihg = 2; };",
     "x.cfg:1: hihg: unknown key of limits, allowed low, high, did you mean \"high\"?"},
    {"verbose = 1;", "x.cfg:1: verbose: expected true or false, got an integer (1)"},
    {"substeps = 2.5;", "x.cfg:1: substeps: expected an integer, got a float (2.5)"},
    {"substeps = \"4\";", "x.cfg:1: substeps: expected an integer, got a string (\"4\")"},
    {"gain = \"big\";", "x.cfg:1: gain: expected a number, got a string (\"big\")"},
    {"gain = true;", "x.cfg:1: gain: expected a number, got a truth value (true)"},
    {"gain = (1);", "x.cfg:1: gain: expected a number, got a list ( )"},
    {"note = 1;", "x.cfg:1: note: expected a string, got an integer (1)"},
    {"note = [ ];", "x.cfg:1: note: expected a string, got an array [ ]"},
    {"observe = { };", "x.cfg:1: observe: expected a string, got a group { }"},
    {"pose = { };", "x.cfg:1: pose: expected a number or a list of numbers, got a group { }"},
    {"pose = (1, \"a\");", "x.cfg:1: pose.1: expected a number, got a string (\"a\")"},
    {"names = (\"a\", 2);", "x.cfg:1: names.1: expected a string, got an integer (2)"},
    {"range = 3;", "x.cfg:1: range: expected a group { }, got an integer (3)"},
    {"terms = { };", "x.cfg:1: terms: expected a list ( ) of groups { }, got a group { }"},
    {"terms = (1);", "x.cfg:1: terms.0: expected a group { }, got an integer (1)"},
    {"substeps = 0;", "x.cfg:1: substeps: 0 is out of range, allowed 1 .. 100"},
    {"substeps = 101;", "x.cfg:1: substeps: 101 is out of range, allowed 1 .. 100"},
    {"gain = -1.5;", "x.cfg:1: gain: -1.5 is out of range, allowed -1 .. 1"},
    {"rate = 0;", "x.cfg:1: rate: 0 is out of range, allowed > 0 and <= 1"},
    {"rate = 1.5;", "x.cfg:1: rate: 1.5 is out of range, allowed > 0 and <= 1"},
    {"offset = -0.1;", "x.cfg:1: offset: -0.1 is out of range, allowed >= 0"},
    {"observe = \"frsh\";",
     "x.cfg:1: observe: unknown value \"frsh\", allowed \"stale\", \"fresh\", did you mean "
     "\"fresh\"?"},
    {"observe = \"never\";",
     "x.cfg:1: observe: unknown value \"never\", allowed \"stale\", \"fresh\""},
    {"model = \"hoper.xml\";",
     "x.cfg:1: model: unknown value \"hoper.xml\", allowed \"hopper.xml\", \"pendulum.xml\", did "
     "you mean "
     "\"hopper.xml\"?"},
    {"\nrange = { low = 0; };", "x.cfg:2: high: missing key of limits, required (upper bound)"},
    {"terms = (\n { weight = 1; } );",
     "x.cfg:2: term: missing key of term, required (name of the term)"},
    {"pose = (1, 2, 3, 4);", "x.cfg:1: pose: has 4 elements, allowed 0 .. 3"},
    {"terms = ( );", "x.cfg:1: terms: has 0 elements, allowed at least 1"},
    {"terms = ( { term = \"a\"; open = \"nome\"; } );",
     "x.cfg:1: open: unknown value \"nome\", allowed \"none\", did you mean \"none\"?"},
    {"terms = ( { term = \"a\"; open = (\"none\", 1); } );",
     "x.cfg:1: open.0: expected a number, got a string (\"none\")"},
    {"terms = ( { term = \"a\"; clip = \"none\"; } );",
     "x.cfg:1: clip: has 1 element, allowed exactly 2"},
    {"terms = ( { term = \"a\"; clip = 1; } );", "x.cfg:1: clip: has 1 element, allowed exactly 2"},
    {"range = { low = 2; high = 1; };", "x.cfg:1: low: 2 is above high (1)"},
};

START_TEST(wrong_value) {
  co_arena arena = {0};
  co_node *root;
  task t;
  ck_assert_int_eq(read_task(wrong[_i].text, &arena, &t, &root), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), wrong[_i].error);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(all_errors_at_once_in_file_order) {
  co_arena arena = {0};
  co_node *root;
  task t;
  ck_assert_int_eq(
      co_tree_parse("substeps = 0;\nterms = (\n  { term = \"a\"; clip = 1; },\n"
                    "  { weight = \"x\"; } );\nrange = { low = 2;\n high = 1; };\nrate = 0;\n",
                    "x.cfg", &root),
      CO_OK);
  ck_assert_int_eq(co_tree_set(root, "verbose=3"), CO_OK);
  ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &t), CO_CONFIG);
  ck_assert_str_eq(co_error_text(),
                   "x.cfg:1: substeps: 0 is out of range, allowed 1 .. 100\n"
                   "x.cfg:3: clip: has 1 element, allowed exactly 2\n"
                   "x.cfg:4: term: missing key of term, required (name of the term)\n"
                   "x.cfg:4: weight: expected a number, got a string (\"x\")\n"
                   "x.cfg:5: low: 2 is above high (1)\n"
                   "x.cfg:7: rate: 0 is out of range, allowed > 0 and <= 1\n"
                   "--set: verbose: expected true or false, got an integer (3)");
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

// one line per error even where the file's own name has a line break
START_TEST(line_break_in_a_file_name) {
  co_arena arena = {0};
  co_node *root = NULL;
  limits value;
  ck_assert_int_eq(co_tree_parse("lo = 1;\nhi = 2;\nlow = 3.0;", "a\nb.cfg", &root), CO_OK);
  ck_assert_int_eq(co_schema_read(&limits_schema, root, &arena, &value), CO_CONFIG);
  const char *text = co_error_text();
  int lines = 1;
  for (const char *c = text; *c; c++) lines += *c == '\n';
  ck_assert_msg(lines == 3, "%s", text);
  ck_assert_msg(strncmp(text, "a b.cfg:1: ", 11) == 0, "%s", text);
  ck_assert_msg(strstr(text, "\na b.cfg:2: hi: unknown key"), "%s", text);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

// A word in place of two numbers, and other numbers there.
START_TEST(no_bounds_are_a_word) {
  static const char *const text[] = {"terms = ( { term = \"a\"; open = \"none\"; } );",
                                     "terms = ( { term = \"a\"; open = (-1, 1); } );"};
  for (int i = 0; i < 2; i++) {
    co_arena arena = {0};
    co_node *root;
    co_buf once = {0}, twice = {0};
    task t, again;
    ck_assert_int_eq(co_tree_parse(text[i], "x.cfg", &root), CO_OK);
    ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &t), CO_OK);
    const term *first = t.terms.item;
    ck_assert_int_eq(first->open.count, 2);
    ck_assert_double_eq(first->open.value[0], i ? -1 : -INFINITY);
    ck_assert_double_eq(first->open.value[1], i ? 1 : INFINITY);
    ck_assert_int_eq(co_schema_write(&task_schema, &t, &once), CO_OK);
    ck_assert_int_eq(strstr(once.data, "open = \"none\"") != NULL, i == 0);
    co_node_free(root);
    ck_assert_int_eq(co_tree_parse(once.data, "x.cfg", &root), CO_OK);
    ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &again), CO_OK);
    ck_assert_int_eq(co_schema_write(&task_schema, &again, &twice), CO_OK);
    ck_assert_str_eq(once.data, twice.data);
    co_node_free(root);
    co_buf_free(&once);
    co_buf_free(&twice);
    co_arena_free(&arena);
  }
}
END_TEST

// What is as usual is not written where a field says so, and reads back as it was.
START_TEST(the_usual_value_of_a_new_setting_is_not_written) {
  static const struct {
    const char *text;
    int64_t value;
    bool written;
  } cases[] = {{"", 4, false}, {"added = 4;", 4, false}, {"added = 5;", 5, true}};
  for (int i = 0; i < 3; i++) {
    co_arena arena = {0};
    co_node *root;
    co_buf text = {0};
    renewed value, again;
    ck_assert_int_eq(co_tree_parse(cases[i].text, "x.cfg", &root), CO_OK);
    ck_assert_int_eq(co_schema_read(&renewed_schema, root, &arena, &value), CO_OK);
    ck_assert_int_eq(value.added, cases[i].value);
    ck_assert_int_eq(co_schema_write(&renewed_schema, &value, &text), CO_OK);
    ck_assert_int_eq(strstr(text.data, "added = 5") != NULL, cases[i].written);
    ck_assert_int_eq(strstr(text.data, "added") != NULL, cases[i].written);
    ck_assert_ptr_nonnull(strstr(text.data, "old = 0"));
    co_node_free(root);
    ck_assert_int_eq(co_tree_parse(text.data, "x.cfg", &root), CO_OK);
    ck_assert_int_eq(co_schema_read(&renewed_schema, root, &arena, &again), CO_OK);
    ck_assert_int_eq(again.added, cases[i].value);
    co_node_free(root);
    co_buf_free(&text);
    co_arena_free(&arena);
  }
}
END_TEST

START_TEST(many_errors_are_cut) {
  co_schema_errors errors = {0};
  co_node *node = co_node_new(CO_NODE_INT, "k", "x.cfg", 1);
  for (int i = 0; i < 1000; i++) {
    node->line = 1000 - i;
    co_schema_error(&errors, node, NULL, "error\n%d", i);
  }
  ck_assert_int_eq(co_schema_finish(&errors), CO_CONFIG);
  const char *text = co_error_text();
  ck_assert_msg(strncmp(text, "x.cfg:1: k: error 999\nx.cfg:2: k: error 998\n", 44) == 0, "%s",
                text);
  ck_assert_msg(strstr(text, "x.cfg:20: k: error 980\nand 980 more errors"), "%s", text);
  ck_assert_int_eq(errors.count, 0);
  ck_assert_int_eq(co_schema_finish(&errors), CO_OK);
  co_node_free(node);
}
END_TEST

START_TEST(strings_and_numbers_are_bounded) {
  co_arena arena = {0};
  co_node *root = co_node_new(CO_NODE_GROUP, NULL, "made", 1);
  co_node *note = co_node_new(CO_NODE_STRING, "note", "made", 2);
  co_node *gain = co_node_new(CO_NODE_FLOAT, "gain", "made", 3);
  note->value.string = calloc(4097, 1);
  memset(note->value.string, 'n', 4096);
  gain->value.real = NAN;
  ck_assert_int_eq(co_node_add(root, note), CO_OK);
  ck_assert_int_eq(co_node_add(root, gain), CO_OK);
  task t;
  ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &t), CO_CONFIG);
  ck_assert_str_eq(
      co_error_text(),
      "made:2: note: the string is longer than 4095 bytes\nmade:3: gain: must be finite");
  note->value.string[4095] = '\0';
  gain->value.real = 0.5;
  ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &t), CO_OK);
  ck_assert_int_eq(strlen(t.note), 4095);
  // a long value is cut in messages
  gain->kind = CO_NODE_STRING;
  gain->value.string = calloc(301, 1);
  memset(gain->value.string, 'g', 300);
  ck_assert_int_eq(co_schema_read(&task_schema, root, &arena, &t), CO_CONFIG);
  ck_assert_str_eq(co_error_text(),
                   "made:3: gain: expected a number, got a string "
                   "(\"ggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg...)");
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(what_is_not_a_group) {
  co_arena arena = {0};
  co_node *root;
  task t;
  ck_assert_int_eq(co_tree_parse("a = 3;", "x.cfg", &root), CO_OK);
  ck_assert_int_eq(co_schema_read(&task_schema, root->child[0], &arena, &t), CO_CONFIG);
  ck_assert_str_eq(co_error_text(), "x.cfg:1: a: expected a group { }, got an integer (3)");
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

// reads a text, writes it, reads that, and writes again: the same bytes
static void assert_round_trip(const char *text, co_buf *written) {
  co_arena arena = {0};
  co_node *first, *second;
  task t, u;
  co_buf again = {0};
  ck_assert_msg(read_task(text, &arena, &t, &first) == CO_OK, "%s\n%s", co_error_text(), text);
  ck_assert_int_eq(co_schema_write(&task_schema, &t, written), CO_OK);
  ck_assert_msg(read_task(written->data, &arena, &u, &second) == CO_OK, "%s\n%s", co_error_text(),
                written->data);
  ck_assert_int_eq(co_schema_write(&task_schema, &u, &again), CO_OK);
  ck_assert_str_eq(written->data, again.data);
  ck_assert(t.pose.count == u.pose.count && t.terms.count == u.terms.count && t.seed == u.seed);
  ck_assert(isnan(t.gain) ? isnan(u.gain) : t.gain == u.gain);
  co_buf_free(&again);
  co_node_free(first);
  co_node_free(second);
  co_arena_free(&arena);
}

START_TEST(effective_text) {
  co_buf text = {0};
  assert_round_trip(
      "pose = ( ); terms = ( { term = \"a\"; } ); extra = [1, 2]; seed = 5000000000L;", &text);
  ck_assert_str_eq(text.data,
                   "verbose = false;\nsubsteps = 4;\nseed = 5000000000L;\nrate = 0.1;\n"
                   "model = \"hopper.xml\";\nobserve = \"stale\";\npose = ();\n"
                   "range = { low = -1.0; high = 1.0; };\n"
                   "terms = ( { term = \"a\"; weight = 1.0; } );\nextra = [1, 2];\n");
  co_buf_free(&text);
}
END_TEST

static void random_numbers(co_rng *rng, co_buf *text, int count) {
  co_buf_puts(text, "(");
  for (int i = 0; i < count; i++) co_buf_printf(text, "%s%.17e", i ? ", " : "", co_rng_normal(rng));
  co_buf_puts(text, ")");
}

START_TEST(random_values_read_back) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 2, .purpose = CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < 3000; i++) {
    co_buf text = {0}, written = {0};
    co_buf_printf(&text, "seed = %lldL;\n",
                  (long long)((int64_t)co_rng_u64(&rng) >> co_rng_below(&rng, 64)));
    if (co_rng_below(&rng, 2))
      co_buf_printf(&text, "gain = %.17e;\n", 2 * co_rng_uniform(&rng) - 1);
    if (co_rng_below(&rng, 2))
      co_buf_puts(&text, "observe = \"fresh\";\nmaybe = { low = 0; high = 1; };\n");
    if (co_rng_below(&rng, 2)) {
      co_buf_puts(&text, "pose = ");
      random_numbers(&rng, &text, (int)co_rng_below(&rng, 4));
      co_buf_puts(&text, ";\n");
    }
    int terms = (int)co_rng_below(&rng, 5);
    for (int k = 0; k < terms; k++) {
      co_buf_printf(&text, "%s { term = \"t\\x%02x%d\"; clip = ", k ? "," : "terms = (",
                    1 + co_rng_below(&rng, 255), k);
      random_numbers(&rng, &text, 2);
      co_buf_puts(&text, "; }");
    }
    if (terms) co_buf_puts(&text, ");\n");
    assert_round_trip(text.data, &written);
    co_buf_free(&text);
    co_buf_free(&written);
  }
}
END_TEST

START_TEST(what_no_file_can_hold) {
  task t;
  co_buf text = {0};
  co_schema_defaults(&task_schema, &t);
  double infinite[] = {1, INFINITY};
  t.pose = (co_floats){infinite, 2};
  ck_assert_int_eq(co_schema_write(&task_schema, &t, &text), CO_INTERNAL);
  ck_assert_str_eq(co_error_text(), "task: a number is not finite");
  ck_assert_int_eq(text.size, 0);
  co_schema_defaults(&task_schema, &t);
  t.offset = INFINITY;  // as if unset
  ck_assert_int_eq(co_schema_write(&task_schema, &t, &text), CO_OK);
  ck_assert_ptr_null(strstr(text.data, "offset"));
  co_buf_free(&text);
}
END_TEST

// ---- later keys

typedef struct later {
  bool flag;
  int choice;
  double rate;
} later;

static const char *const choices[] = {"none", "some", NULL};
#define LATER(name, type)                                                 \
  .key = #name, .kind = CO_FIELD_##type, .offset = offsetof(later, name), \
  .flags = CO_USUAL_UNWRITTEN
static const co_field later_fields[] = {
    {LATER(flag, BOOL)}, {LATER(choice, CHOICE), .choices = choices}, {LATER(rate, FLOAT)}};

static void later_defaults(void *value) {
  *(later *)value = (later){.flag = true, .rate = 0.5};
}

static const co_schema later_schema = {.name = "later",
                                       .size = sizeof(later),
                                       .field = later_fields,
                                       .count = COUNT(later_fields),
                                       .defaults = later_defaults};

START_TEST(defaults_of_later_keys_are_not_written) {
  static const char *const set[] = {"flag = true; choice = \"none\"; rate = 0.5;",
                                    "flag = false;\n", "choice = \"some\";\n", "rate = 0.25;\n"};
  co_node *root;
  co_arena arena = {0};
  co_buf text = {0};
  later l;
  ck_assert_int_eq(co_tree_parse(set[_i], "f", &root), CO_OK);
  ck_assert_int_eq(co_schema_read(&later_schema, root, &arena, &l), CO_OK);
  ck_assert_int_eq(co_schema_write(&later_schema, &l, &text), CO_OK);
  ck_assert_str_eq(text.data ? text.data : "", _i ? set[_i] : "");
  co_buf_free(&text);
  co_arena_free(&arena);
  co_node_free(root);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("schema");
  TCase *tcase = tcase_create("schema");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, reads_every_kind);
  tcase_add_test(tcase, defaults_and_scalars_for_lists);
  tcase_add_loop_test(tcase, wrong_value, 0, COUNT(wrong));
  tcase_add_test(tcase, all_errors_at_once_in_file_order);
  tcase_add_test(tcase, line_break_in_a_file_name);
  tcase_add_test(tcase, the_usual_value_of_a_new_setting_is_not_written);
  tcase_add_test(tcase, many_errors_are_cut);
  tcase_add_test(tcase, no_bounds_are_a_word);
  tcase_add_test(tcase, strings_and_numbers_are_bounded);
  tcase_add_test(tcase, what_is_not_a_group);
  tcase_add_test(tcase, effective_text);
  tcase_add_test(tcase, random_values_read_back);
  tcase_add_test(tcase, what_no_file_can_hold);
  tcase_add_loop_test(tcase, defaults_of_later_keys_are_not_written, 0, 4);
  suite_add_tcase(suite, tcase);
  return suite;
}
