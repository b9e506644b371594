// Settings by algorithm: where they stand, what is over what, and every mistake at its line.

#include "agents/learn/ppo/ppo.h"
#include "agents/learn/sac/sac.h"
#include "tests/transfer/study_fixture.h"

static const char head[] =
    "study = { format = 1;\n"
    "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 64; } );\n"
    "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 64; } );\n"
    "strategies = ( { name = \"scratch\"; } );\n";

static co_status read_with(const char *learning, co_study **out) {
  char text[2048];
  snprintf(text, sizeof text, "%s%s };\n", head, learning);
  return co_study_read(fixture_write("learning.cfg", text), NULL, 0, out);
}

static co_ppo_def ppo_of(const co_study *study, const co_node *own, bool in_target,
                         co_arena *arena) {
  co_ppo_def settings;
  ck_ok(co_study_settings(study, &co_ppo, own, in_target, arena, &settings));
  return settings;
}

static const char *const same[] = {
    "learning = { epochs = 3; hidden = (8, 8); };",
    "learning = { ppo = { epochs = 3; hidden = (8, 8); }; };",
    "learning = { epochs = 3; ppo = { hidden = (8, 8); }; };",
};
START_TEST(direct_keys_are_those_of_the_only_algorithm) {
  co_study *study;
  co_arena arena = {0};
  ck_ok(read_with(same[_i], &study));
  co_ppo_def settings = ppo_of(study, NULL, false, &arena);
  ck_assert_int_eq(settings.epochs, 3);
  ck_assert_int_eq(settings.hidden.count, 2);
  ck_assert_double_eq(settings.hidden.value[1], 8);
  ck_assert_double_eq(settings.gamma, 0.99);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

START_TEST(a_world_stands_over_the_study_in_either_form) {
  static const char *const own[] = {"rate = 0.25;", "ppo = { rate = 0.25; };"};
  static const char *const all[] = {"learning = { rate = 0.5; epochs = 3; };",
                                    "learning = { ppo = { rate = 0.5; epochs = 3; }; };"};
  co_study *study;
  co_node *node;
  co_arena arena = {0};
  ck_ok(read_with(all[_i / 2], &study));
  ck_ok(co_tree_parse(own[_i % 2], "own", &node));
  co_ppo_def settings = ppo_of(study, node, true, &arena);
  ck_assert_double_eq(settings.rate, 0.25);
  ck_assert_int_eq(settings.epochs, 3);
  ck_assert_int_eq(settings.schedule, CO_PPO_CONSTANT);
  co_node_free(node);
  co_arena_free(&arena);
  co_study_free(study);
}
END_TEST

static const struct {
  const char *learning, *error;
} bad[] = {
    {"learning = { ppo = { epoch = 3; }; };",
     ":5: epoch: unknown key of ppo, allowed envs, horizon, "},
    {"learning = { ppo = { epoch = 3; }; };", "did you mean \"epochs\"?"},
    {"learning = { ppo = 3; };", ":5: ppo: expected a group { }, the settings of ppo"},
    {"learning = { sac = { rate = 0.1; }; };", ":5: sac: nothing here trains with sac"},
    {"learning = { rate = 0.1;\nppo = { rate = 0.2; }; };",
     ":6: rate: stands directly in learning too"},
    {"learning = { ppo = { rate = 7.0; }; };", ":5: rate: "},
    {"learning = ( );", ":5: learning: expected a group { }"},
};
START_TEST(each_mistake_has_its_line) {
  co_study *study;
  ck_fails(read_with(bad[_i].learning, &study), CO_CONFIG, bad[_i].error);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("learning");
  TCase *tcase = tcase_create("learning");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tcase, direct_keys_are_those_of_the_only_algorithm, 0,
                      sizeof same / sizeof *same);
  tcase_add_loop_test(tcase, a_world_stands_over_the_study_in_either_form, 0, 4);
  tcase_add_loop_test(tcase, each_mistake_has_its_line, 0, sizeof bad / sizeof *bad);
  suite_add_tcase(suite, tcase);
  return suite;
}
