// Who learns from which data set of a study: needs of the trials, and what is refused at its line.

#include "tests/transfer/study_fixture.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"
#include "transfer/study/study_check.h"

#define HEAD                                                                              \
  "study = {\nformat = 1; seeds = 2; evaluations = 2;\n"                                  \
  "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 64; },\n"                     \
  "{ name = \"z\"; task = \"pendulum\"; steps = 64; } );\n"                               \
  "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 64; oracle_steps = 256; },\n" \
  "{ name = \"c\"; task = \"pendulum\"; steps = 64; } );\n"                               \
  "learning = { ppo = { envs = 2; horizon = 32; }; };\n"                                  \
  "data = ( { name = \"own\"; episodes = 1; },\n"                                         \
  "{ name = \"away\"; episodes = 1; in = \"target\"; actions = \"sampled\"; },\n"         \
  "{ name = \"chance\"; episodes = 1; in = \"target\"; actions = \"random\"; },\n"        \
  "{ name = \"best\"; episodes = 1; source = \"z\"; } );\n"
#define STUDY(strategies) HEAD "strategies = ( { name = \"scratch\"; },\n" strategies " );\n};\n"
#define CLONE(data) "{ name = \"clone\"; algorithm = \"bc\"; copy = \"\"; data = " data "; }"

// Two sources that SAC trains, what else they say, and data.
#define KEEPING(a, z, data)                                                               \
  "study = {\nformat = 1; seeds = 2; evaluations = 2;\n"                                  \
  "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 64; algorithm = \"sac\";\n" a \
  "},\n{ name = \"z\"; task = \"pendulum\"; steps = 64; algorithm = \"sac\";\n" z         \
  "} );\n"                                                                                \
  "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 64; } );\n"                   \
  "data = ( " data                                                                        \
  " );\nstrategies = ( { name = \"scratch\"; },\n" CLONE("\"replay\"") " );\n};\n"
#define KEEP "keep_replay = true; "
#define REPLAY(more) "{ name = \"replay\"; actions = \"kept\"; " more "}"

// A source that learns from what another one does.
#define CLONED(algorithm, data)                                                                    \
  "study = {\nformat = 1; seeds = 2; evaluations = 2; episodes = 1; final_episodes = 2;\n"         \
  "sources = ( { name = \"clone\"; task = \"pendulum\"; steps = 40; " algorithm "\n\ndata = " data \
  "; },\n{ name = \"a\"; task = \"pendulum\"; steps = 64; algorithm = \"ppo\"; } );\n"             \
  "learning = { ppo = { envs = 2; horizon = 32; hidden = (8, 8); }; bc = { hidden = (8, 8); "      \
  "interval = 20; }; };\n"                                                                         \
  "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 64; algorithm = \"ppo\";\n"            \
  "if_not_live = \"run\"; domain = ( { parameter = \"option.gravity\"; scale = 2.0; } ); } "       \
  ");\ndata = ( { name = \"own\"; episodes = 1; },\n"                                              \
  "{ name = \"away\"; episodes = 1; in = \"target\"; source = \"a\"; },\n"                         \
  "{ name = \"demo\"; episodes = 2; source = \"a\"; },\n"                                          \
  "{ name = \"again\"; episodes = 1; source = \"clone\"; } );\n"                                   \
  "strategies = ( { name = \"scratch\"; }, { name = \"full\"; } );\n};\n"

static co_status read_text(const char *text, co_study **out) {
  return co_study_read(fixture_write("study.cfg", text), NULL, 0, out);
}

static void open_text(fixture *f, const char *text) {
  co_study *study;
  ck_ok(read_text(text, &study));
  fixture_open(f, study);
}

// ---- needs ----

static const struct {
  const char *strategy;  // "clone"
  const char *id;
  const char *needs[3];  // TRIAL/FILE
} needs[] = {
    {CLONE("\"own\""), "transfer.a.b.clone.s1", {"data.a.-.own.s1/data.codata"}},
    {CLONE("\"own\""), "transfer.z.c.clone.s0", {"data.z.-.own.s0/data.codata"}},
    {CLONE("\"away\""), "transfer.z.b.clone.s1", {"data.z.b.away.s1/data.codata"}},
    {CLONE("\"away\""), "transfer.a.c.clone.s0", {"data.a.c.away.s0/data.codata"}},
    {CLONE("\"chance\""), "transfer.-.c.clone.s1", {"data.-.c.chance.s1/data.codata"}},
    {CLONE("\"best\""), "transfer.-.b.clone.s1", {"data.z.-.best.s1/data.codata"}},
    {CLONE("(\"best\", \"own\")"),
     "transfer.a.b.clone.s0",
     {"data.z.-.best.s0/data.codata", "data.a.-.own.s0/data.codata"}},
    {"{ name = \"clone\"; algorithm = \"bc\"; base = \"full\"; data = (\"chance\", \"own\"); }",
     "transfer.a.b.clone.s0",
     {"source.a.-.-.s0/policy.safetensors", "data.-.b.chance.s0/data.codata",
      "data.a.-.own.s0/data.codata"}},
};

START_TEST(a_strategy_needs_its_data) {
  char text[4096];
  fixture f;
  snprintf(text, sizeof text, STUDY("%s"), needs[_i].strategy);
  open_text(&f, text);
  const co_trial *trial = fixture_trial(&f, needs[_i].id);
  int count = 0;
  for (; count < 3 && needs[_i].needs[count]; count++) {
    char name[512];
    ck_assert_int_lt(count, trial->num_needs);
    const co_trial_need *need = &trial->need[count];
    ck_assert_int_lt(need->trial, (int)(trial - f.trials.trial));  // it comes before
    snprintf(name, sizeof name, "%s/%s", f.trials.trial[need->trial].id, need->file);
    ck_assert_str_eq(name, needs[_i].needs[count]);
  }
  ck_assert_int_eq(trial->num_needs, count);
  fixture_close(&f);
}
END_TEST

static const struct {
  const char *text;
  const char *id, *needs;
} kept[] = {
    {KEEPING(KEEP, KEEP, REPLAY("")), "transfer.a.b.clone.s1", "source.a.-.-.s1"},
    {KEEPING(KEEP, KEEP, REPLAY("")), "transfer.z.b.clone.s0", "source.z.-.-.s0"},
    {KEEPING("", KEEP, REPLAY("source = \"z\"; ")), "transfer.-.b.clone.s1", "source.z.-.-.s1"},
};

START_TEST(kept_replay_is_its_sources) {
  fixture f;
  open_text(&f, kept[_i].text);
  const co_trial *trial = fixture_trial(&f, kept[_i].id);
  ck_assert_int_eq(trial->num_needs, 1);
  ck_assert_str_eq(trial->need->file, "replay.codata");
  ck_assert_str_eq(f.trials.trial[trial->need->trial].id, kept[_i].needs);
  for (int i = 0; i < f.trials.count; i++) ck_assert_int_ne(f.trials.trial[i].kind, CO_TRIAL_DATA);
  fixture_close(&f);
}
END_TEST

// Its data, and who they are of, come before a source that learns from them; and it runs.
START_TEST(a_source_learns_from_another_ones) {
  fixture f;
  open_text(&f, CLONED("algorithm = \"bc\";", "\"demo\""));
  for (int i = 0; i < f.trials.count; i++)
    for (int k = 0; k < f.trials.trial[i].num_needs; k++)
      ck_assert_int_lt(f.trials.trial[i].need[k].trial, i);
  const co_trial *clone = fixture_trial(&f, "source.clone.-.-.s1");
  ck_assert_int_eq(clone->num_needs, 1);
  ck_assert_str_eq(f.trials.trial[clone->need->trial].id, "data.a.-.demo.s1");
  ck_assert_str_eq(clone->algorithm->name, "bc");
  const co_trial *full = fixture_trial(&f, "transfer.clone.b.full.s1");
  ck_assert_str_eq(f.trials.trial[co_trial_policy_of(full)].id, clone->id);
  ck_ok(co_study_check(&f.context));
  fixture_run(&f, "source.a.-.-.s1");
  fixture_run(&f, "data.a.-.demo.s1");
  fixture_run(&f, clone->id);
  fixture_run(&f, full->id);
  ck_assert(fixture_done(&f, clone->id) && fixture_done(&f, full->id));
  fixture_close(&f);
}
END_TEST

// What it learns from is paid for elsewhere: an oracle needs no steps for it.
START_TEST(gradient_steps_of_a_source_are_no_env_steps) {
  fixture f;
  co_study *study;
  co_buf advice = {0};
  ck_ok(co_study_read(fixture_write("study.cfg", CLONED("algorithm = \"bc\";", "\"demo\"")),
                      (const char *const[]){"sources.0.steps=4000", "targets.0.oracle_steps=128"},
                      2, &study));
  ck_assert_int_eq(co_source_env_steps(co_study_source(study, 0)), 0);
  ck_assert_int_eq(co_source_env_steps(co_study_source(study, 1)), 64);
  fixture_open(&f, study);
  ck_ok(co_study_advise(&f.context, &advice));
  ck_assert_ptr_null(strstr(advice.data, "oracle_steps"));
  co_buf_free(&advice);
  fixture_close(&f);
}
END_TEST

START_TEST(data_have_the_sources_elements) {
  fixture f;
  co_study *study;
  ck_ok(co_study_read(fixture_write("study.cfg", CLONED("algorithm = \"bc\";", "\"demo\"")),
                      (const char *const[]){"sources.1.task=inverted_pendulum"}, 1, &study));
  fixture_open(&f, study);
  ck_fails(co_study_check(&f.context), CO_CONFIG,
           "study.cfg:5: data: \"demo\", from a to clone: its episodes have 4 observation "
           "elements, the source's 3");
  fixture_close(&f);
}
END_TEST

// What learns from data alone has no scratch and no oracle, and is in no family by itself.
START_TEST(there_is_no_scratch_of_data) {
  fixture f;
  open_text(&f, STUDY(CLONE("\"own\"")));
  int clone = f.study->num_strategies - 1;
  ck_assert_str_eq(f.study->strategy[clone].name, "clone");
  ck_assert(!co_algorithm_has_scratch(co_study_algorithm(f.study, 0, 0, clone)));
  ck_assert_int_eq(co_study_scratch(f.study, 0, co_study_algorithm(f.study, 0, 0, clone)), -1);
  int oracles = 0;
  for (int i = 0; i < f.trials.count; i++) oracles += f.trials.trial[i].kind == CO_TRIAL_ORACLE;
  ck_assert_int_eq(oracles, 2);
  fixture_close(&f);
}
END_TEST

// ---- mistakes ----

static const struct {
  const char *text, *error;
} bad[] = {
    {STUDY(CLONE("\"onw\"")), "@:13: data: \"onw\" is not in the study, did you mean \"own\"?"},
    {STUDY(CLONE("(\"own\", \"own\")")), "@:13: data: \"own\" stands there twice"},
    {STUDY("{ name = \"clone\"; base = \"full\";\ndata = \"own\"; }"),
     "@:14: data: ppo, which trains \"clone\", has no use for data"},
    {STUDY("{ name = \"clone\"; copy = \"\";\nalgorithm = \"bc\"; }"),
     "@:14: algorithm: bc learns from data, and \"clone\" names none"},
    {STUDY("{ name = \"clone\"; train = \"\";\ndata = \"own\"; }"),
     "@:14: data: \"clone\" trains nothing, so it learns from no data"},
    {HEAD "strategies = ( { name = \"scratch\"; data = \"own\"; } );\n};\n",
     "@:12: data: \"scratch\" learns in its target alone"},
    {"study = {\nformat = 1;\nsources = ( { name = \"a\"; task = \"pendulum\"; steps = 1;\n"
     "algorithm = \"bc\"; } );\n};\n",
     "@:4: algorithm: bc learns from data, and \"a\" names none (data = \"NAME\")"},
    {CLONED("algorithm = \"ppo\";", "\"demo\""),
     "@:5: data: ppo, which trains \"clone\", has no use for data"},
    {CLONED("algorithm = \"bc\";", "\"dmeo\""),
     "@:5: data: \"dmeo\" is not in the study, did you mean \"demo\"?"},
    {CLONED("algorithm = \"bc\";", "(\"demo\", \"demo\")"),
     "@:5: data: \"demo\" stands there twice"},
    {CLONED("algorithm = \"bc\";", "\"own\""),
     "@:5: data: \"own\" is each source's own: name the one that it is of (source = \"NAME\")"},
    {CLONED("algorithm = \"bc\";", "\"away\""),
     "@:5: data: \"away\" is played in targets, which come after their sources"},
    {CLONED("algorithm = \"bc\";", "\"again\""),
     "@:5: data: \"again\" is of a source that learns from data itself"},
    {"study = {\nformat = 1;\nsources = ( { name = \"a\"; task = \"pendulum\"; policy = \"x\";\n"
     "data = \"d\"; } );\ndata = ( { name = \"d\"; episodes = 1; } );\n};\n",
     "@:4: data: policy files learn from no data"},
    {"study = {\nformat = 1;\nsources = ( { name = \"a\"; task = \"pendulum\"; steps = 1; } );\n"
     "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 1;\nalgorithm = \"bc\"; } );\n"
     "strategies = ( { name = \"scratch\"; } );\n};\n",
     "@:5: algorithm: bc learns from data, which strategies name"},
    {"study = {\nformat = 1;\nsources = ( { name = \"a\"; task = \"pendulum\"; steps = 1;\n"
     "keep_replay = true; } );\n};\n",
     "@:4: keep_replay: ppo, which trains \"a\", has no replay"},
    {"study = {\nformat = 1;\nsources = ( { name = \"a\"; task = \"pendulum\"; policy = \"x\";\n"
     "algorithm = \"sac\"; keep_replay = true; } );\n};\n",
     "@:4: keep_replay: policy files have no replay"},
    {KEEPING(KEEP, "", REPLAY("")),
     "@:8: actions: source \"z\" keeps none: keep_replay = true in it, or name another source"},
    {KEEPING("", KEEP, REPLAY("source = \"a\"; ")), "@:8: actions: source \"a\" keeps none"},
    {KEEPING(KEEP, KEEP, REPLAY("\nepisodes = 3; ")),
     "@:9: episodes: of what was kept nothing is played: leave it out"},
    {KEEPING(KEEP, KEEP, REPLAY("\nin = \"target\"; ")),
     "@:9: in: a replay is of its source's own world"},
    {KEEPING("", "", "{ name = \"replay\"; }"), "@:8: episodes: missing key of study.data"},
};

START_TEST(mistakes_have_their_places) {
  char expected[2048];
  co_study *study = NULL;
  const char *path = fixture_path("study.cfg");
  snprintf(expected, sizeof expected, "%s%s", path, bad[_i].error + 1);
  ck_fails(read_text(bad[_i].text, &study), CO_CONFIG, expected);
}
END_TEST

// Data of another robot are refused before anything is trained.
START_TEST(data_have_the_targets_elements) {
  static const char text[] =
      "study = {\nformat = 1;\n"
      "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 64; },\n"
      "{ name = \"cart\"; task = \"inverted_pendulum\"; steps = 64; } );\n"
      "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 64; } );\n"
      "data = ( { name = \"other\"; episodes = 1; source = \"cart\"; } );\n"
      "strategies = ( { name = \"clone\"; algorithm = \"bc\"; copy = \"\";\ndata = \"other\"; } "
      ");\n};\n";
  fixture f;
  open_text(&f, text);
  ck_fails(
      co_study_check(&f.context), CO_CONFIG,
      "study.cfg:8: data: \"other\", from cart to b: its episodes have 4 observation elements, "
      "the target's 3");
  fixture_close(&f);
}
END_TEST

static const char *const whole[] = {STUDY(CLONE("(\"own\", \"chance\")")),
                                    KEEPING(KEEP, KEEP, REPLAY(""))};

START_TEST(a_study_with_data_reads_back) {
  co_study *study, *again;
  co_buf text = {0}, same = {0};
  ck_ok(read_text(whole[_i], &study));
  ck_ok(co_study_write(study, &text));
  ck_ok(read_text(text.data, &again));
  ck_ok(co_study_write(again, &same));
  ck_assert_str_eq(text.data, same.data);
  ck_assert_int_eq(strstr(text.data, "keep_replay") != NULL, _i);  // written only where it is said
  co_buf_free(&text);
  co_buf_free(&same);
  co_study_free(study);
  co_study_free(again);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("data");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, fixture_setup, fixture_teardown);
  tcase_add_loop_test(all, a_strategy_needs_its_data, 0, sizeof needs / sizeof *needs);
  tcase_add_loop_test(all, kept_replay_is_its_sources, 0, sizeof kept / sizeof *kept);
  tcase_add_test(all, a_source_learns_from_another_ones);
  tcase_add_test(all, gradient_steps_of_a_source_are_no_env_steps);
  tcase_add_test(all, data_have_the_sources_elements);
  tcase_add_test(all, there_is_no_scratch_of_data);
  tcase_add_loop_test(all, mistakes_have_their_places, 0, sizeof bad / sizeof *bad);
  tcase_add_test(all, data_have_the_targets_elements);
  tcase_add_loop_test(all, a_study_with_data_reads_back, 0, sizeof whole / sizeof *whole);
  suite_add_tcase(suite, all);
  return suite;
}
