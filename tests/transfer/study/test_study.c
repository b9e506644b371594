// Study files: every error at once with its place, and the effective study as text.

#include "agents/learn/ppo/ppo.h"
#include "agents/learn/sac/sac.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/study/study.h"

#include <math.h>

static co_status read_text(const char *text, const char *const *set, int count, co_study **out) {
  return co_study_read(fixture_write("bad.cfg", text), set, count, out);
}

// Replaces each "@" of `expected` by the file's path.
static void expect(const char *expected, char *out, size_t size) {
  const char *path = fixture_path("bad.cfg");
  *out = '\0';
  for (; *expected; expected++) {
    size_t length = strlen(out);
    if (*expected == '@')
      snprintf(out + length, size - length, "%s", path);
    else
      snprintf(out + length, size - length, "%c", *expected);
  }
}

// --- bad files ---

#define SOURCES "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; } );\n"
#define TARGETS "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 128; } );\n"
#define STRATEGIES "strategies = ( { name = \"scratch\"; } );\n"
#define STUDY(members) "study = {\nformat = 1;\n" members "};\n"

static const struct {
  const char *text, *error;
} bad[] = {
    {"", "@:1: study: missing key of study file, required"},
    {STUDY(SOURCES TARGETS), "strategies: missing, and the study has targets"},
    {STUDY(SOURCES STRATEGIES), "targets: missing, and the study has strategies"},
    {STUDY(TARGETS STRATEGIES), "sources: missing"},
    {STUDY(SOURCES TARGETS STRATEGIES "seds = 3;\n"), "@:6: seds: unknown key of study, allowed"},
    {STUDY(SOURCES TARGETS STRATEGIES "seeds = \"five\";\n"), "@:6: seeds: "},
    {STUDY(SOURCES TARGETS STRATEGIES "seeds = 0;\n"), "@:6: seeds: "},
    {STUDY(SOURCES TARGETS STRATEGIES "evaluations = 1;\n"), "@:6: evaluations: "},
    {STUDY(SOURCES TARGETS STRATEGIES "name = \"two words\";\n"),
     "@:6: name: \"two words\" is no name: letters, digits, _ and -, at most 47"},
    {STUDY(SOURCES TARGETS STRATEGIES "name = \"-x\";\n"), "@:6: name: \"-x\" is no name"},
    {STUDY(SOURCES TARGETS STRATEGIES "name = \"../x\";\n"), "@:6: name: \"../x\" is no name"},
    {STUDY(SOURCES TARGETS STRATEGIES "name = \"\";\n"), "@:6: name: \"\" is no name"},
    {STUDY(SOURCES TARGETS STRATEGIES
           "name = \"a2345678901234567890123456789012345678901234567x\";\n"),
     "is no name"},
    {STUDY(SOURCES TARGETS STRATEGIES "format = 2;\n"), "@:6"},  // twice, and too new
    {STUDY("sources = ( { name = \"a\"; task = \"pendulum\"; } );\n" TARGETS STRATEGIES),
     "a source needs steps > 0, or policy = \"FILE\""},
    {STUDY("sources = ( { name = \"a\"; task = \"pendulum\"; steps = 1; policy = \"x\"; } "
           ");\n" TARGETS STRATEGIES),
     "a source has either steps or policy, not both"},
    {STUDY("seeds = 3;\nsources = ( { name = \"a\"; task = \"pendulum\"; policy = (\"x\", \"y\"); "
           "} );\n" TARGETS STRATEGIES),
     "source \"a\" has 2 policies for 3 seeds"},
    {STUDY("sources = ( { name = \"a\"; task = \"p\"; steps = 1; }, { name = \"a\"; task = \"p\"; "
           "steps = 1; } );\n" TARGETS STRATEGIES),
     "@:3: name: \"a\" is used twice in sources"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"full\"; },\n{ name = \"full\"; } );\n"),
     "@:6: name: \"full\" is used twice in strategies"},
    {STUDY(
         "sources = ( { name = \"a\"; task = \"p\"; steps = 1; algorithm = \"pro\"; } );\n" TARGETS
             STRATEGIES),
     "@:3: algorithm: "},
    {STUDY(SOURCES "targets = ( );\n" STRATEGIES), "@:4: targets: "},
    {STUDY(SOURCES "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 0; } );\n" STRATEGIES),
     "@:4: steps: "},
    {STUDY(SOURCES "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 9; if_not_live = "
                   "\"skp\"; } );\n" STRATEGIES),
     "did you mean \"skip\"?"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"scratch\"; },\n{ name = \"partail\"; } );\n"),
     "@:6: name: strategy \"partail\" is not built in and says nothing but its "
     "name, did you mean \"partial\"? (carryover list strategies)"},
    {STUDY(SOURCES TARGETS
           "strategies = ( { name = \"partail\"; doc = \"mine\"; rules = ( ); } );\n"),
     "did you mean \"partial\"?"},
    {STUDY(SOURCES TARGETS
           "strategies = ( { name = \"x\"; base = \"y\"; }, { name = \"y\"; } );\n"),
     "strategy \"y\" is not built in"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"fulll\"; train = \"*\"; } );\n"),
     ""},  // a new one that copies and trains all, and says so
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"x\"; base = \"fulll\"; } );\n"),
     "@:5: base: unknown strategy \"fulll\", did you mean \"full\"?"},
    {STUDY(SOURCES TARGETS
           "strategies = ( { name = \"x\";\nbase = \"y\"; }, { name = \"y\"; base = \"x\"; } );\n"),
     "its bases form a circle"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"zero_shot\"; train = \"*\"; } );\n"),
     "@:5: name: \"zero_shot\" copies all and trains nothing"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"zero_shot\"; copy = \"critic.*\"; } );\n"),
     "@:5: name: \"zero_shot\" copies all and trains nothing"},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"scratch\"; copy = \"actor.*\"; } );\n"),
     "@:5: name: \"scratch\" copies nothing"},
    {STUDY(SOURCES TARGETS
           "strategies = ( { name = \"scratch\"; rules = ( { tensors = \"*\"; decay "
           "= 0.1; } ); } );\n"),
     ""},  // refined, and still from scratch
    {STUDY(
         SOURCES TARGETS
         "strategies = ( { name = \"x\"; rules = ( { tensors = \"*\"; init = \"cpy\"; } ); } );\n"),
     "@:5: init: "},
    {STUDY(SOURCES TARGETS "strategies = ( { name = \"x\"; rules = ( { rate = 1.0; } ); } );\n"),
     "@:5: tensors: missing"},
    {STUDY(SOURCES TARGETS STRATEGIES "data = ( { name = \"d\"; } );\n"), "@:6: episodes: missing"},
    {STUDY(SOURCES TARGETS STRATEGIES "data = ( { name = \"d.e\"; episodes = 1; } );\n"),
     "@:6: name: \"d.e\" is no name"},
    {STUDY(SOURCES TARGETS STRATEGIES
           "data = ( { name = \"d\"; episodes = 1; },\n{ name = \"d\"; episodes = 2; } );\n"),
     "@:7: name: \"d\" is used twice in data"},
    {STUDY(SOURCES TARGETS STRATEGIES
           "data = ( { name = \"d\"; episodes = 1;\nactions = \"randm\"; } );\n"),
     "@:7: actions: "},
    {STUDY(SOURCES TARGETS STRATEGIES
           "data = ( { name = \"d\"; episodes = 1;\nsource = \"aa\"; } );\n"),
     "@:7: source: \"aa\" is not in the study"},
    {STUDY(SOURCES TARGETS STRATEGIES "data = ( { name = \"d\"; episodes = 1; in = \"target\"; "
                                      "actions = \"random\";\nsource = \"a\"; } );\n"),
     "@:7: source: random actions in a target are of no source"},
    {STUDY(SOURCES "data = ( { name = \"d\"; episodes = 1;\nin = \"target\"; } );\n"),
     "@:5: in: the study has no targets"},
    {STUDY(SOURCES "data = ( { name = \"d\"; episodes = 1; source = \"a\"; } );\n"), ""},
    {STUDY(SOURCES TARGETS STRATEGIES "learning = { epoch = 3; };\n"),
     "@:6: epoch: unknown key of ppo, allowed"},
    {STUDY(SOURCES TARGETS STRATEGIES "learning = 7;\n"), "@:6: learning: expected a group { }"},
    {STUDY(SOURCES "targets = ( { name = \"b\"; task = \"p\"; steps = 9;\nlearning = { rate = 7.0; "
                   "}; } );\n" STRATEGIES),
     "@:5: rate: "},
    {"study = { format = 1; \n name = ", "@:1: what opens here is not closed with }"},
    {"study = { format = 1; }; more = 2;\n", "more: unknown key"},
    {"study = ( );\n", "@:1: study: "},
};
START_TEST(each_mistake_has_its_place) {
  co_study *study = NULL;
  co_status status = read_text(bad[_i].text, NULL, 0, &study);
  if (!*bad[_i].error) {
    ck_assert_int_eq(status, CO_OK);
    co_study_free(study);
    return;
  }
  char expected[1024];
  expect(bad[_i].error, expected, sizeof expected);
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_ptr_null(study);
  ck_assert_msg(strstr(co_error_text(), expected), "\"%s\" not in: %s", expected, co_error_text());
}
END_TEST

START_TEST(all_errors_come_at_once) {
  static const char text[] =
      "study = {\n"
      "  format = 1;\n"
      "  seeds = -1;\n"
      "  episode = 2;\n"
      "  sources = ( { name = \"a b\"; task = \"pendulum\"; } );\n"
      "  targets = ( { name = \"b\"; task = 3; steps = 10;\n"
      "    treshold = 1.0; } );\n"
      "  strategies = ( { name = \"x\"; obs_norm = \"kepp\"; } );\n"
      "};\n";
  static const char *const parts[] = {
      "@:3: seeds: ",    "@:4: episode: unknown key of study",
      "@:6: task: ",     "@:7: treshold: unknown key of study.target",
      "@:8: obs_norm: ", "a source needs steps > 0"};
  co_study *study = NULL;
  ck_assert_int_eq(read_text(text, NULL, 0, &study), CO_CONFIG);
  int lines = 1;
  for (const char *c = co_error_text(); *c; c++) lines += *c == '\n';
  ck_assert_int_ge(lines, 6);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    char expected[1024];
    expect(parts[i], expected, sizeof expected);
    ck_assert_msg(strstr(co_error_text(), expected), "\"%s\" not in: %s", expected,
                  co_error_text());
  }
}
END_TEST

START_TEST(a_missing_file_is_missing_input) {
  co_study *study = NULL;
  ck_fails(co_study_read(fixture_path("none.cfg"), NULL, 0, &study), CO_NO_INPUT, "none.cfg");
  ck_assert_ptr_null(study);
}
END_TEST

// --- edits ---

START_TEST(edits_may_name_the_study_or_not) {
  static const char *const edits[][2] = {
      {"seeds=4", "targets.0.steps=512"},
      {"study.seeds=4", "study.targets.0.steps=512"},
  };
  for (int i = 0; i < 2; i++) {
    co_study *study = fixture_study(edits[i][0], edits[i][1], NULL);
    ck_assert_int_eq(study->def.seeds, 4);
    ck_assert_int_eq(co_study_target(study, 0)->steps, 512);
    co_study_free(study);
  }
}
END_TEST

static const struct {
  const char *edit, *part;
} bad_edits[] = {
    {"seeds=0", "--set"},
    {"sedes=3", "unknown key of study, allowed"},
    {"targets.7.steps=3", "targets"},
    {"seeds", "seeds"},
    {"", ""},
};
START_TEST(edits_are_checked_like_files) {
  co_study *study = NULL;
  const char *set[] = {bad_edits[_i].edit};
  ck_fails(read_text(fixture_text, set, 1, &study), CO_CONFIG, bad_edits[_i].part);
  ck_assert_ptr_null(study);
}
END_TEST

// --- the effective study ---

static const char *const shipped[] = {"configs/studies/smoke.cfg",
                                      "configs/studies/quickstart.cfg",
                                      "configs/studies/what_did_you_copy.cfg",
                                      "configs/studies/reach_further.cfg",
                                      "configs/studies/other_maze.cfg",
                                      "configs/studies/other_task.cfg",
                                      "configs/studies/other_task_hopper.cfg"};

static void assert_reads_to_the_same_bytes(co_study *study) {
  co_buf text = {0}, again = {0};
  ck_ok(co_study_write(study, &text));
  co_study *copy = NULL;
  ck_ok(read_text(text.data, NULL, 0, &copy));
  ck_ok(co_study_write(copy, &again));
  ck_assert_str_eq(text.data, again.data);
  ck_assert_uint_eq(co_study_hash(study), co_study_hash(copy));
  ck_assert_int_eq(study->num_strategies, copy->num_strategies);
  co_study_free(copy);
  co_buf_free(&text);
  co_buf_free(&again);
}

START_TEST(written_studies_read_to_the_same_bytes) {
  char *path = NULL;
  ck_ok(co_data_find(shipped[_i], &path));
  co_study *study = NULL;
  ck_ok(co_study_read(path, NULL, 0, &study));
  assert_reads_to_the_same_bytes(study);
  co_study_free(study);
  free(path);
}
END_TEST

START_TEST(odd_values_survive_writing) {
  co_study *study =
      fixture_study("learning.rate=0.1", "targets.0.threshold=-1e-300", "seed=9000000000000000L");
  ck_assert_int_eq(study->def.seed, 9000000000000000);
  ck_assert_double_eq(co_study_target(study, 0)->threshold, -1e-300);
  assert_reads_to_the_same_bytes(study);
  co_study_free(study);
}
END_TEST

START_TEST(without_targets_sources_are_all_there_is) {
  co_study *study = NULL;
  ck_ok(read_text(STUDY("seeds = 3;\n" SOURCES), NULL, 0, &study));
  assert_reads_to_the_same_bytes(study);
  co_trials trials;
  ck_ok(co_trials_expand(study, &trials));
  ck_assert_int_eq(trials.count, 4);  // a training per seed, and random actions
  for (int i = 0; i < trials.count; i++) {
    ck_assert_int_eq(trials.trial[i].kind, i < 3 ? CO_TRIAL_SOURCE : CO_TRIAL_RANDOM);
    ck_assert_int_eq(trials.trial[i].target, -1);
  }
  co_trials_free(&trials);
  co_study_free(study);
}
END_TEST

static uint64_t hash_of(const char *text) {
  co_study *study = NULL;
  ck_ok(read_text(text, NULL, 0, &study));
  uint64_t hash = co_study_hash(study);
  co_study_free(study);
  return hash;
}

START_TEST(the_hash_changes_with_meaning_only) {
  uint64_t plain = hash_of(STUDY(SOURCES TARGETS STRATEGIES));
  ck_assert_uint_eq(plain, hash_of(STUDY("# a comment\n" STRATEGIES TARGETS SOURCES)));
  ck_assert_uint_eq(plain,
                    hash_of(STUDY(SOURCES TARGETS STRATEGIES "seeds = 5;\n")));  // its default
  ck_assert_uint_eq(plain,
                    hash_of(STUDY(SOURCES TARGETS STRATEGIES "name = \"study\"; seed = 0x1;\n")));
  static const char *const others[] = {
      STUDY(SOURCES TARGETS STRATEGIES "seeds = 6;\n"),
      STUDY(SOURCES TARGETS STRATEGIES "seed = 2;\n"),
      STUDY(SOURCES TARGETS STRATEGIES "name = \"other\";\n"),
      STUDY(SOURCES TARGETS STRATEGIES "learning = { epochs = 4; };\n"),
      STUDY(SOURCES TARGETS "strategies = ( { name = \"scratch\"; }, { name = \"full\"; } );\n"),
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    ck_assert_uint_ne(plain, hash_of(others[i]));
}
END_TEST

// --- strategies and settings ---

START_TEST(zero_shot_is_always_there) {
  co_study *study = fixture_study(NULL, NULL, NULL);
  ck_assert_int_eq(study->num_strategies, 3);
  ck_assert_str_eq(study->strategy[study->zero_shot].name, "zero_shot");
  ck_assert_str_eq(study->strategy[study->scratch].name, "scratch");
  co_study_free(study);
  study =
      fixture_study("strategies=( { name = \"full\"; }, { name = \"zero_shot\"; } )", NULL, NULL);
  ck_assert_int_eq(study->num_strategies, 2);
  ck_assert_int_eq(study->zero_shot, 1);
  ck_assert_int_eq(study->scratch, -1);
  co_study_free(study);
}
END_TEST

START_TEST(a_new_strategy_is_an_entry_of_the_file) {
  co_study *study = fixture_study(
      "strategies=( { name = \"scratch\"; }, { name = \"critic_only\"; base = \"full\"; train = "
      "\"critic.*\"; "
      "rules = ( { tensors = \"critic.0.value.*\"; rate = 0.5; } ); } )",
      NULL, NULL);
  const co_strategy *strategy = &study->strategy[2];
  ck_assert_str_eq(strategy->name, "critic_only");
  ck_assert_str_eq(strategy->copy, "*");
  ck_assert_str_eq(strategy->train, "critic.*");
  ck_assert_int_eq(strategy->num_rules, 1);
  ck_assert_double_eq(strategy->rule[0]->rate, 0.5);
  co_study_free(study);
}
END_TEST

static co_ppo_def settings_of(const co_study *study, const co_node *own, bool in_target,
                              co_arena *arena) {
  co_ppo_def settings;
  ck_ok(co_study_settings(study, co_algorithm_find("ppo"), own, in_target, arena, &settings));
  return settings;
}

START_TEST(settings_go_from_defaults_over_study_to_world) {
  co_study *study =
      fixture_study("learning.rate=0.5", "targets.0.learning={ epochs = 7; rate = 0.25; }",
                    "sources.0.learning={ gamma = 0.5; }");
  co_arena arena = {0};
  co_ppo_def source = settings_of(study, co_study_source(study, 0)->learning, false, &arena);
  co_ppo_def target = settings_of(study, co_study_target(study, 0)->learning, true, &arena);
  ck_assert_double_eq(source.rate, 0.5);
  ck_assert_double_eq(source.gamma, 0.5);
  ck_assert_int_eq(source.epochs, 2);
  ck_assert_int_eq(source.minibatch, 64);  // default
  ck_assert_int_eq(source.hidden.count, 2);
  ck_assert_double_eq(target.rate, 0.25);
  ck_assert_int_eq(target.epochs, 7);
  ck_assert_double_eq(target.gamma, 0.99);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

START_TEST(the_rate_is_constant_in_targets_unless_said_otherwise) {
  co_study *study = fixture_study("learning.schedule=\"linear\"", NULL, NULL);
  co_arena arena = {0};
  ck_assert_int_eq(settings_of(study, NULL, false, &arena).schedule, CO_PPO_LINEAR);
  ck_assert_int_eq(settings_of(study, NULL, true, &arena).schedule, CO_PPO_CONSTANT);
  co_study_free(study);
  study = fixture_study("targets.0.learning={ schedule = \"linear\"; }", NULL, NULL);
  co_ppo_def target = settings_of(study, co_study_target(study, 0)->learning, true, &arena);
  ck_assert_int_eq(target.schedule, CO_PPO_LINEAR);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

START_TEST(an_algorithm_without_a_schedule_has_none_in_targets) {
  co_study *study = fixture_study(NULL, NULL, NULL);
  co_arena arena = {0};
  co_node *own;
  ck_ok(co_tree_parse("rate = 0.125;", "t", &own));
  co_sac_def settings;
  const co_node *before = study->def.learning;
  study->def.learning = NULL;
  ck_ok(co_study_settings(study, &co_sac, own, true, &arena, &settings));
  ck_assert_double_eq(settings.rate, 0.125);
  study->def.learning = before;
  co_node_free(own);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("study");
  TCase *tcase = tcase_create("study");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tcase, each_mistake_has_its_place, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tcase, all_errors_come_at_once);
  tcase_add_test(tcase, a_missing_file_is_missing_input);
  tcase_add_test(tcase, edits_may_name_the_study_or_not);
  tcase_add_loop_test(tcase, edits_are_checked_like_files, 0, sizeof bad_edits / sizeof *bad_edits);
  tcase_add_loop_test(tcase, written_studies_read_to_the_same_bytes, 0,
                      sizeof shipped / sizeof *shipped);
  tcase_add_test(tcase, odd_values_survive_writing);
  tcase_add_test(tcase, without_targets_sources_are_all_there_is);
  tcase_add_test(tcase, the_hash_changes_with_meaning_only);
  tcase_add_test(tcase, zero_shot_is_always_there);
  tcase_add_test(tcase, a_new_strategy_is_an_entry_of_the_file);
  tcase_add_test(tcase, settings_go_from_defaults_over_study_to_world);
  tcase_add_test(tcase, an_algorithm_without_a_schedule_has_none_in_targets);
  tcase_add_test(tcase, the_rate_is_constant_in_targets_unless_said_otherwise);
  suite_add_tcase(suite, tcase);
  return suite;
}
