// Which algorithm trains where: strategy's, target's, source's; scratches and oracles of each.

#include "agents/learn/sac/sac.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/family.h"
#include "transfer/study/study_check.h"

// `learning`, more of the source, of the target and of the strategies
static co_status read_two(const char *learning, const char *source, const char *target,
                          const char *strategies, co_study **out) {
  char text[4096];
  snprintf(text, sizeof text,
           "study = { format = 1; seeds = 1;\nlearning = { %s };\n"
           "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; %s } );\n"
           "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 4096; oracle_steps = 8192;\n"
           "if_not_live = \"run\"; domain = ( { parameter = \"option.gravity\"; scale = 2.0; } );\n"
           "%s } );\nstrategies = ( %s ); };\n",
           learning, source, target, strategies);
  return co_study_read(fixture_write("two.cfg", text), NULL, 0, out);
}

#define SMALL                                           \
  "ppo = { envs = 2; horizon = 32; hidden = (8, 8); };" \
  "sac = { horizon = 64; hidden = (8, 8); activation = \"tanh\"; };"
#define MIXED                                        \
  "{ name = \"scratch\"; }, { name = \"full\"; },\n" \
  "{ name = \"full_sac\"; base = \"full\"; algorithm = \"sac\"; }"

static co_study *mixed(void) {
  co_study *study = NULL;
  ck_ok(read_two(SMALL, "", "", MIXED, &study));
  return study;
}

static const struct {
  const char *id, *algorithm;
} expected[] = {
    {"source.a.-.-.s0", "ppo"},           {"oracle.-.b.scratch.s0", "ppo"},
    {"oracle.-.b.scratch_sac.s0", "sac"}, {"random.a.-.-.s0", "ppo"},
    {"random.-.b.-.s0", "ppo"},           {"transfer.a.b.zero_shot.s0", "ppo"},
    {"transfer.-.b.scratch.s0", "ppo"},   {"transfer.a.b.full.s0", "ppo"},
    {"transfer.a.b.full_sac.s0", "sac"},  {"transfer.-.b.scratch_sac.s0", "sac"},
};
START_TEST(each_algorithm_has_its_scratch_and_its_oracle) {
  fixture f;
  fixture_open(&f, mixed());
  enum { COUNT = sizeof expected / sizeof *expected };
  ck_assert_int_eq(f.trials.count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    const co_trial *trial = &f.trials.trial[i];
    co_buf text = {0};
    char line[64];
    ck_assert_str_eq(trial->id, expected[i].id);
    ck_assert_str_eq(trial->algorithm->name, expected[i].algorithm);
    ck_ok(co_trial_definition(&f.context, trial, &text));
    snprintf(line, sizeof line, "algorithm = \"%s\";\nlearning = {", trial->algorithm->name);
    ck_assert(trial->kind == CO_TRIAL_RANDOM || strstr(text.data, line));
    co_buf_free(&text);
  }
  ck_ok(co_study_check(&f.context));
  fixture_close(&f);
}
END_TEST

// What a study says that does not name sac keeps ids, definitions and so its finished trials.
START_TEST(another_algorithm_leaves_what_was_there) {
  fixture before, after;
  co_study *study;
  ck_ok(read_two("envs = 2; horizon = 32; hidden = (8, 8);", "", "",
                 "{ name = \"scratch\"; }, { name = \"full\"; }", &study));
  fixture_open(&before, study);
  fixture_open(&after, mixed());
  for (int i = 0; i < before.trials.count; i++) {
    const co_trial *old = &before.trials.trial[i];
    uint64_t was, is;
    ck_ok(co_trial_definition_hash(&before.context, old, &was));
    ck_ok(co_trial_definition_hash(&after.context, fixture_trial(&after, old->id), &is));
    ck_assert_msg(was == is, "%s", old->id);
  }
  fixture_close(&before);
  fixture_close(&after);
}
END_TEST

static const struct {
  const char *source, *target, *strategies;
  const char *full, *zero_shot, *scratch;  // algorithms
  int algorithms;                          // in the target
} wins[] = {
    {"", "", MIXED, "ppo", "ppo", "ppo", 2},
    {"algorithm = \"sac\";", "", "{ name = \"scratch\"; }, { name = \"full\"; }", "sac", "sac",
     "sac", 1},
    {"", "algorithm = \"sac\";", "{ name = \"scratch\"; }, { name = \"full\"; }", "sac", "ppo",
     "sac", 1},
    {"", "algorithm = \"sac\";",
     "{ name = \"scratch\"; }, { name = \"full\"; algorithm = \"ppo\"; }", "ppo", "ppo", "sac", 2},
    {"", "", "{ name = \"scratch\"; algorithm = \"sac\"; }, { name = \"full\"; }", "ppo", "ppo",
     "sac", 2},
};
START_TEST(a_strategys_own_wins_then_the_targets_then_the_sources) {
  co_study *study;
  co_algorithm_set here;
  ck_ok(read_two(_i == 1 ? "" : SMALL, wins[_i].source, wins[_i].target, wins[_i].strategies,
                 &study));
  ck_assert_str_eq(co_study_algorithm(study, 0, 0, 2)->name, wins[_i].full);
  ck_assert_str_eq(co_study_algorithm(study, 0, 0, study->zero_shot)->name, wins[_i].zero_shot);
  ck_assert_str_eq(co_study_algorithm(study, -1, 0, study->scratch)->name, wins[_i].scratch);
  co_study_algorithms_in(study, 0, &here);
  ck_assert_int_eq(here.count, wins[_i].algorithms);
  ck_assert_str_eq(here.item[0]->name, wins[_i].scratch);
  ck_assert_int_eq(study->num_strategies, 3 + (_i == 0) + (here.count > 1));
  const co_algorithm *full = co_algorithm_find(wins[_i].full);
  int scratch = co_study_scratch(study, 0, full);
  ck_assert_ptr_eq(co_study_algorithm(study, -1, 0, scratch), full);
  co_study_free(study);
}
END_TEST

START_TEST(settings_are_those_of_the_algorithm) {
  co_study *study = mixed();
  co_arena arena = {0};
  co_sac_def sac;
  ck_ok(co_study_settings(study, &co_sac, NULL, true, &arena, &sac));
  ck_assert_int_eq(sac.horizon, 64);
  ck_assert_double_eq(sac.hidden.value[0], 8);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

// ---- comparisons ----

static const struct {
  const char *comparisons;
  int count;
  const char *pair[2][2];  // strategy, against
} families[] = {
    {"", 2, {{"full", "scratch"}, {"full_sac", "scratch_sac"}}},
    {"{ strategy = \"full_sac\"; }", 1, {{"full_sac", "scratch_sac"}}},
    {"{ strategy = \"full_sac\"; against = \"scratch\"; }, { strategy = \"full_sac\"; }",
     2,
     {{"full_sac", "scratch"}, {"full_sac", "scratch_sac"}}},
};
START_TEST(a_strategy_is_compared_with_the_scratch_of_its_algorithm) {
  co_study *study;
  co_family family;
  char text[1024];
  bool none = !*families[_i].comparisons;
  snprintf(text, sizeof text, MIXED "%s%s", none ? "" : " ); comparisons = ( ",
           families[_i].comparisons);
  ck_ok(read_two(SMALL, "", "", text, &study));
  ck_ok(co_family_make(study, &family));
  ck_assert_int_eq(family.count, families[_i].count);
  for (int i = 0; i < family.count; i++) {
    ck_assert_str_eq(study->strategy[family.planned[i].strategy].name, families[_i].pair[i][0]);
    ck_assert_str_eq(study->strategy[family.planned[i].against].name, families[_i].pair[i][1]);
  }
  co_family_free(&family);
  co_study_free(study);
}
END_TEST

// ---- mistakes ----

static const struct {
  const char *learning, *source, *target, *strategies, *error;
} bad[] = {
    {"rate = 0.1;", "", "", MIXED,
     ":2: rate: this study trains with ppo and sac: put it into learning.ppo or learning.sac"},
    {SMALL, "learning = { gamma = 0.5; };", "", MIXED,
     ":3: gamma: this study trains with ppo and sac"},
    {SMALL, "", "learning = { gamma = 0.5; };", MIXED, ":6: gamma: this study trains with"},
    {SMALL, "learning = { sac = { gamma = 0.5; }; };", "", MIXED,
     ":3: sac: nothing here trains with sac"},
    {"sac = { gama = 0.5; };", "", "", MIXED, "did you mean \"gamma\"?"},
    {"sac = { horizon = 100; };", "", "", MIXED,
     ":4: steps: in whole updates ppo makes 4096 env steps and sac 4100: what is compared needs "
     "the "
     "same"},
    {SMALL, "", "", "{ name = \"scratch\"; }, { name = \"full\"; algorithm = \"sca\"; }",
     ":7: algorithm: "},
    {SMALL, "", "algorithm = \"pop\";", MIXED, ":6: algorithm: "},
    {SMALL, "", "", MIXED ", { name = \"show\"; train = \"\"; algorithm = \"sac\"; }",
     ":8: algorithm: \"show\" trains nothing, so no algorithm trains it"},
    {SMALL, "", "", MIXED ",\n{ name = \"scratch_sac\"; base = \"full\"; }",
     ":9: name: \"scratch_sac\" is what this study adds, the scratch of sac"},
};
START_TEST(each_mistake_has_its_line) {
  co_study *study;
  ck_fails(read_two(bad[_i].learning, bad[_i].source, bad[_i].target, bad[_i].strategies, &study),
           CO_CONFIG, bad[_i].error);
}
END_TEST

// The networks of the two are told apart before anything is trained.
START_TEST(a_copy_that_does_not_fit_is_told_before) {
  co_study *study;
  ck_ok(
      read_two("ppo = { hidden = (8, 8); }; sac = { horizon = 64; hidden = (9, 8); activation = "
               "\"tanh\"; };",
               "", "", MIXED, &study));
  fixture f;
  fixture_open(&f, study);
  ck_fails(co_study_check(&f.context), CO_CONFIG,
           "strategy \"full_sac\": cannot copy actor.trunk.0.weight");
  ck_assert_ptr_null(strstr(co_error_text(), "strategy \"full\""));
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("algorithms");
  TCase *tcase = tcase_create("algorithms");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_test(tcase, each_algorithm_has_its_scratch_and_its_oracle);
  tcase_add_test(tcase, another_algorithm_leaves_what_was_there);
  tcase_add_loop_test(tcase, a_strategys_own_wins_then_the_targets_then_the_sources, 0,
                      sizeof wins / sizeof *wins);
  tcase_add_test(tcase, settings_are_those_of_the_algorithm);
  tcase_add_loop_test(tcase, a_strategy_is_compared_with_the_scratch_of_its_algorithm, 0,
                      sizeof families / sizeof *families);
  tcase_add_loop_test(tcase, each_mistake_has_its_line, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tcase, a_copy_that_does_not_fit_is_told_before);
  suite_add_tcase(suite, tcase);
  return suite;
}
