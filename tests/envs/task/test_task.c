// Task definitions: written back to the same bytes, edited by path, refused with file and line.

#include "core/rng.h"
#include "tests/envs/worlds.h"

static co_status read_text(const char *text, co_arena *arena, co_task_def *task, co_node **tree) {
  co_schema_errors errors = {0};
  CO_TRY(co_tree_parse(text, "t.cfg", tree));
  co_task_read(co_node_get(*tree, "task"), arena, task, &errors);
  return co_schema_finish(&errors);
}

// Reads, writes, reads and writes again: both texts are the same.
static void round_trip(const char *text) {
  co_arena arena = {0};
  co_task_def first = {0}, second = {0};
  co_node *tree = NULL, *again = NULL;
  co_buf once = {0}, twice = {0};
  co_status status = read_text(text, &arena, &first, &tree);
  ck_assert_msg(status == CO_OK, "%s\n%s", co_error_text(), text);
  ck_ok(co_task_write(&first, &once));
  status = read_text(once.data, &arena, &second, &again);
  ck_assert_msg(status == CO_OK, "%s\n%s", co_error_text(), once.data);
  ck_ok(co_task_write(&second, &twice));
  ck_assert_str_eq(once.data, twice.data);
  uint64_t a = 0, b = 1;
  ck_ok(co_task_hash(&first, &a));
  ck_ok(co_task_hash(&second, &b));
  ck_assert_uint_eq(a, b);
  co_buf_free(&once);
  co_buf_free(&twice);
  co_node_free(tree);
  co_node_free(again);
  co_arena_free(&arena);
}

START_TEST(test_shipped_tasks) {
  char path[100];
  snprintf(path, sizeof path, "configs/tasks/%s.cfg", test_tasks[_i]);
  char *text = test_source(path);
  round_trip(text);
  free(text);
}
END_TEST

// ---- random definitions: whatever the tables of terms allow

// A number with up to 17 digits, as text.
static void add_number(co_buf *buf, co_rng *rng) {
  double value = (co_rng_uniform(rng) - 0.5) * pow(10, (double)co_rng_below(rng, 12) - 6);
  if (co_rng_below(rng, 4) == 0) value = nearbyint(value * 10);
  co_buf_printf(buf, "%#.17g", value);
}

static bool maybe(co_rng *rng) {
  return co_rng_below(rng, 2);
}

// One number, or a list of them; sign 0: of either sign.
static void add_numbers(co_buf *buf, co_rng *rng, int sign) {
  uint32_t count = 1 + co_rng_below(rng, 4);
  bool list = count > 1 || maybe(rng);
  if (list) co_buf_puts(buf, "(");
  for (uint32_t i = 0; i < count; i++) {
    if (i) co_buf_puts(buf, ", ");
    if (sign) {
      co_buf_printf(buf, "%#.17g", sign * (1e-3 + 100 * co_rng_uniform(rng)));
    } else {
      add_number(buf, rng);
    }
  }
  if (list) co_buf_puts(buf, ")");
}

typedef enum value_kind {
  WORD,
  WHOLE,
  NUMBER,
  POSITIVE,
  CHANCE,
  NUMBERS,
  POSITIVES,
  NEGATIVES,
  PAIR
} value_kind;

static const struct {
  const char *key;
  value_kind kind;
  const char *word[4];
} kKeys[] = {
    {"of", WORD, {"*", "hinge", "qpos/a|b*", "\\\"odd\\\" name"}},
    {"to", WORD, {"site_pos/goal.*", "body_pos/x", "*", "a|b"}},
    {"frame", WORD, {"body/torso", "site/a b", "body/x", "site/y"}},
    {"actuators", WORD, {"*", "foot*", "a|b", "?"}},
    {"name", WORD, {"reward", "x", "cost", "a_b"}},
    {"order", WORD, {"model", "given", "given", "model"}},
    {"action", WORD, {"raw", "clipped", "raw", "clipped"}},
    {"when", WORD, {"after", "before", "after", "before"}},
    {"fill", WORD, {"first", "zero", "first", "zero"}},
    {"bounds", WORD, {"open", "closed", "open", "closed"}},
    {"from", WHOLE, {0}},
    {"count", WHOLE, {0}},
    {"history", WHOLE, {0}},
    {"delay", WHOLE, {0}},
    {"every", WHOLE, {0}},
    {"offset", NUMBERS, {0}},
    {"value", NUMBERS, {0}},
    {"hold", NUMBERS, {0}},
    {"angle", NUMBERS, {0}},
    {"rest", NUMBERS, {0}},
    {"frequency", POSITIVE, {0}},
    {"gain", POSITIVE, {0}},
    {"most", POSITIVE, {0}},
    {"stop", POSITIVE, {0}},
    {"scale", POSITIVES, {0}},
    {"kp", POSITIVES, {0}},
    {"kd", POSITIVES, {0}},
    {"torque_limit", POSITIVES, {0}},
    {"high", POSITIVES, {0}},
    {"low", NEGATIVES, {0}},
    {"noise", POSITIVE, {0}},
    {"zero", CHANCE, {0}},
    {"radius", POSITIVE, {0}},
    {"sigma", POSITIVE, {0}},
    {"max", POSITIVE, {0}},
    {"weight", NUMBER, {0}},
    {"min", NUMBER, {0}},
    {"clip", PAIR, {0}},
};
enum { KEYS = sizeof kKeys / sizeof *kKeys };

static void add_value(co_buf *buf, co_rng *rng, int key) {
  switch (kKeys[key].kind) {
    case WORD: co_buf_printf(buf, "\"%s\"", kKeys[key].word[co_rng_below(rng, 4)]); break;
    case WHOLE: co_buf_printf(buf, "%u", co_rng_below(rng, 65)); break;
    case NUMBER: co_buf_printf(buf, "%#.17g", -co_rng_uniform(rng)); break;
    case POSITIVE: co_buf_printf(buf, "%#.17g", 0.5 + co_rng_uniform(rng)); break;
    case CHANCE: co_buf_printf(buf, "%#.17g", co_rng_uniform(rng)); break;
    case NUMBERS: add_numbers(buf, rng, 0); break;
    case POSITIVES: add_numbers(buf, rng, 1); break;
    case NEGATIVES: add_numbers(buf, rng, -1); break;
    case PAIR: co_buf_printf(buf, "[%#.17g, 2.0]", co_rng_uniform(rng)); break;
  }
}

// Any term of the kind's table with the keys it needs and some of those it allows.
static void add_term(co_buf *buf, co_rng *rng, co_term_kind kind) {
  const co_term_class *table = co_term_table(kind);
  uint32_t classes = 0;
  while (table[classes].name) classes++;
  const co_term_class *class = &table[co_rng_below(rng, classes)];
  bool bounded = strcmp(class->name, "outside") == 0;  // needs one of two keys
  co_buf_printf(buf, "{ term = \"%s\";", class->name);
  for (int key = 0; key < KEYS; key++) {
    bool needed = co_word_in(class->needs, kKeys[key].key);
    bool allowed = co_word_in(class->keys, kKeys[key].key);
    needed = needed || (bounded && strcmp(kKeys[key].key, "min") == 0);
    if (!needed && (!allowed || !maybe(rng))) continue;
    co_buf_printf(buf, " %s = ", kKeys[key].key);
    add_value(buf, rng, key);
    co_buf_puts(buf, ";");
  }
  co_buf_puts(buf, " }");
}

static void add_pose(co_buf *buf, co_rng *rng, co_term_kind kind) {
  (void)kind;
  co_buf_puts(buf, "{ of = \"*_joint\"; value = ");
  add_numbers(buf, rng, 0);
  co_buf_puts(buf, maybe(rng) ? "; order = \"given\"; }" : "; }");
}

static void add_list(co_buf *buf, co_rng *rng, const char *key, uint32_t least, co_term_kind kind,
                     void (*add)(co_buf *, co_rng *, co_term_kind)) {
  uint32_t count = least + co_rng_below(rng, 4);
  co_buf_printf(buf, "%s = (", key);
  for (uint32_t i = 0; i < count; i++) {
    if (i) co_buf_puts(buf, ", ");
    add(buf, rng, kind);
  }
  co_buf_puts(buf, ");\n");
}

static void add_scene(co_buf *buf, co_rng *rng) {
  if (maybe(rng)) {
    co_buf_printf(buf,
                  "maze = { rows = (\"####\", \"#RG#\", \"####\"); cell = %#.17g; height = 1; };\n",
                  1 + co_rng_uniform(rng));
  } else {
    co_buf_printf(buf,
                  "terrain = { amplitude = %#.17g; spacing = 0.5; size = 8.0; seed = %uL; };\n",
                  0.01 + co_rng_uniform(rng), co_rng_u32(rng));
  }
}

static void add_task(co_buf *buf, co_rng *rng) {
  co_buf_puts(buf, "task = { format = 1;\n");
  bool closed = maybe(rng);
  co_buf_puts(buf, closed ? "engine = \"pendulum\";\n" : "model = \"my model.xml\";\n");
  if (!closed && maybe(rng)) {
    co_buf_printf(buf, "timestep = %#.17g; integrator = \"%s\";\n",
                  1e-4 + 0.1 * co_rng_uniform(rng), co_integrator_names[co_rng_below(rng, 4)]);
  }
  co_buf_printf(buf, "substeps = %u; horizon = %u;\n", 1 + co_rng_below(rng, 50),
                1 + co_rng_below(rng, 1000000));
  if (maybe(rng)) co_buf_printf(buf, "observe = \"%s\";\n", co_observe_names[co_rng_below(rng, 2)]);
  if (maybe(rng)) co_buf_printf(buf, "stack = %u;\n", co_rng_below(rng, 65));
  if (maybe(rng)) co_buf_printf(buf, "fill = \"%s\";\n", maybe(rng) ? "zero" : "first");
  if (maybe(rng)) co_buf_puts(buf, "start = \"keyframe home\";\n");
  if (maybe(rng)) add_scene(buf, rng);
  if (maybe(rng)) add_list(buf, rng, "default_pose", 0, CO_TERM_RESET, add_pose);
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) {
    uint32_t least =
        kind == CO_TERM_OBSERVATION || kind == CO_TERM_ACTION || kind == CO_TERM_REWARD;
    if (!least && maybe(rng)) continue;
    add_list(buf, rng, co_term_kind_name((co_term_kind)kind), least, (co_term_kind)kind, add_term);
  }
  co_buf_puts(buf, "};\n");
}

// Every key that a term allows is one the generator writes.
START_TEST(test_generator_knows_all_keys) {
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) {
    for (const co_term_class *class = co_term_table((co_term_kind)kind); class->name; class ++) {
      char keys[300];
      ck_assert_uint_lt(strlen(class->keys), sizeof keys);
      strcpy(keys, class->keys);
      for (char *key = strtok(keys, " "); key; key = strtok(NULL, " ")) {
        int i = 0;
        while (i < KEYS && strcmp(kKeys[i].key, key) != 0) i++;
        ck_assert_msg(i < KEYS, "%s of %s", key, class->name);
      }
    }
  }
}
END_TEST

START_TEST(test_random_definitions) {
  for (uint32_t i = 0; i < 1000; i++) {
    co_rng rng = co_rng_make(&(co_stream){11, (uint32_t)_i, CO_PURPOSE_TEST}, i);
    co_buf buf = {0};
    add_task(&buf, &rng);
    round_trip(buf.data);
    co_buf_free(&buf);
  }
}
END_TEST

// ---- errors: what is replaced in hopper.cfg, by what, and what the message says

typedef struct error_case {
  const char *from, *to, *says;
} error_case;

static const error_case kErrors[] = {
    {"format = 1", "format = 2", "t.cfg:3: format"},
    {"substeps = 4", "substeps = 0", "t.cfg:5: substeps"},
    {"substeps = 4", "substep = 4", "did you mean \"substeps\""},
    {"horizon = 1000", "horizon = \"long\"", "t.cfg:6: horizon"},
    {"observe = \"stale\"", "observe = \"stalled\"", "did you mean \"stale\""},
    {"model = \"hopper.xml\";", "", "engine \"mujoco\" needs a model file"},
    {"term = \"qpos\"", "term = \"qpo\"", "did you mean \"qpos\""},
    {"term = \"qpos\"", "term = \"velocity\"", "no observation term \"velocity\""},
    {"from = 1", "from = -1", "t.cfg:9: from"},
    {"from = 1", "weight = 1.0", "weight"},
    {"( -10.0, 10.0 )", "( -10.0 )", "t.cfg:10: clip"},
    {"( -10.0, 10.0 )", "( 10.0, -10.0 )", "must be below the second"},
    {"of = \"rootx\"; weight = 1.0;", "weight = 1.0;", "\"velocity\" needs it"},
    {"name = \"reward_survive\";", "of = \"rootx\";", "t.cfg:15: of: not a key of \"alive\""},
    {"min = -100.0; max = 100.0;", "", "needs min, max or both"},
    {"min = -100.0; max = 100.0;", "min = 1.0; max = -1.0;", "must be below max"},
    {"scale = 0.005;", "scale = -1.0;", "t.cfg:23: scale"},
    {"observation = (", "observations = (", "observation"},
};

START_TEST(test_errors) {
  const error_case *c = &kErrors[_i];
  char *text = test_source("configs/tasks/hopper.cfg");
  char *wrong = test_replace(text, c->from, c->to);
  co_arena arena = {0};
  co_task_def task;
  co_node *tree = NULL;
  ck_fails(read_text(wrong, &arena, &task, &tree), CO_CONFIG, c->says);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "t.cfg:"));
  co_node_free(tree);
  co_arena_free(&arena);
  free(text);
  free(wrong);
}
END_TEST

// All errors at once, one per line.
START_TEST(test_all_errors_at_once) {
  char *text = test_source("configs/tasks/hopper.cfg");
  char *one = test_replace(text, "substeps = 4", "substeps = 0");
  char *two = test_replace(one, "term = \"alive\"", "term = \"alife\"");
  char *three = test_replace(two, "scale = 0.005", "scale = -1.0");
  co_arena arena = {0};
  co_task_def task;
  co_node *tree = NULL;
  ck_fails(read_text(three, &arena, &task, &tree), CO_CONFIG, "did you mean \"alive\"");
  int lines = 0;
  for (const char *at = co_error_text(); (at = strstr(at, "t.cfg:")); at++) lines++;
  ck_assert_int_eq(lines, 3);
  co_node_free(tree);
  co_arena_free(&arena);
  free(text), free(one), free(two), free(three);
}
END_TEST

START_TEST(test_pendulum_has_no_model) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("pendulum", NULL, "task.model=\"hopper.xml\"", &world), CO_CONFIG,
           "has no model file");
}
END_TEST

// ---- errors that need the model

typedef struct binding_case {
  const char *from, *to, *where, *says;
} binding_case;

static const binding_case kBindingErrors[] = {
    {"from = 1;", "of = \"root\";", "9: of", "did you mean"},
    {"from = 1;", "count = 7;", "9: count", "from 0, 7 of them, but there are only 6"},
    {"of = \"rootx\"", "of = \"root*\"", "14: of", "takes one element, not 3"},
    {"of = \"rootx\"", "of = \"roofx\"", "14: of", "did you mean \"rootx\""},
    {"name = \"reward_survive\"", "name = \"reward_ctrl\"", "", "\"reward_ctrl\" appears twice"},
    {"term = \"qvel\"", "term = \"qpos\"", "", "appears twice"},
    {"actuators = \"*\"", "actuators = \"wing\"", "12: actuators", "matches no element"},
    {"of = \"qpos/rootz\"", "of = \"qpos/rootzz\"", "20: of", "did you mean \"qpos/rootz\""},
    {"scale = 0.005;", "", "23: scale", "needs either scale, or low and high"},
    {"scale = 0.005;", "scale = 0.1; low = 0.0;", "23: scale", "needs either scale"},
    {"of = \"qpos|qvel\"", "of = \"qposs\"", "23: of", "matches no element"},
};

START_TEST(test_binding_errors) {
  const binding_case *c = &kBindingErrors[_i];
  char *text = test_source("configs/tasks/hopper.cfg");
  char *wrong = test_replace(text, c->from, c->to);
  char *path = test_write("binding.cfg", wrong);
  char where[64];
  snprintf(where, sizeof where, "binding.cfg:%s", c->where);
  co_built_world *world = NULL;
  ck_fails(test_try_world(path, NULL, NULL, &world), CO_CONFIG, c->says);
  ck_assert_msg(strstr(co_error_text(), where), "\"%s\" not in: %s", where, co_error_text());
  free(text), free(wrong), free(path);
}
END_TEST

// What an edit made wrong is not blamed on the file.
START_TEST(test_binding_error_of_an_edit) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("hopper", NULL, "task.reward.0.of=\"roofx\"", &world), CO_CONFIG,
           "--set: task.reward.0.of: \"roofx\" matches no element");
}
END_TEST

// An edit changes the definition, its hash and nothing else.
START_TEST(test_edit) {
  co_built_world *plain = test_world("hopper", NULL, NULL);
  co_built_world *edited = test_world("hopper", NULL, "task.reward.0.weight=2");
  co_built_world *same = test_world("hopper", NULL, "task.reward.0.weight=1.0");
  ck_assert_double_eq(co_task_term(&edited->def.task, CO_TERM_REWARD, 0)->weight, 2.0);
  ck_assert_uint_ne(plain->info.task_hash, edited->info.task_hash);
  ck_assert_uint_eq(plain->info.task_hash, same->info.task_hash);
  ck_assert_uint_eq(plain->info.model_hash, edited->info.model_hash);
  co_world_free(plain);
  co_world_free(edited);
  co_world_free(same);
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("task");
  TCase *tcase = tcase_create("task");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_shipped_tasks, 0, TEST_TASKS);
  tcase_add_test(tcase, test_generator_knows_all_keys);
  tcase_add_loop_test(tcase, test_random_definitions, 0, 5);
  LOOP(test_errors, kErrors);
  tcase_add_test(tcase, test_all_errors_at_once);
  tcase_add_test(tcase, test_pendulum_has_no_model);
  LOOP(test_binding_errors, kBindingErrors);
  tcase_add_test(tcase, test_binding_error_of_an_edit);
  tcase_add_test(tcase, test_edit);
  suite_add_tcase(suite, tcase);
  return suite;
}
