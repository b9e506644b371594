// What is known of a study before anything is trained: every mistake with its place.

#include "envs/source/worlds.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/study/study_check.h"

// The tiny study with its learning, source, target and strategies replaced; NULL: as they are.
typedef struct parts {
  const char *learning, *source, *target, *strategies;
} parts;

#define OR(text, other) ((text) ? (text) : (other))

static co_study *study_of(const parts *p) {
  char text[2048];
  snprintf(text, sizeof text,
           "study = { format = 1; name = \"tiny\"; seeds = 2; episodes = 2; final_episodes = 3;\n"
           "learning = { envs = 2; horizon = 32; epochs = 2; warmup_steps = 32; %s };\n"
           "sources = ( { name = \"a\"; task = \"pendulum\"; %s } );\n"
           "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 128; %s } );\n"
           "strategies = ( { name = \"scratch\"; },\n%s ); };\n",
           OR(p->learning, "hidden = (8, 8);"), OR(p->source, "steps = 128;"),
           OR(p->target, "domain = ( { parameter = \"option.gravity\"; scale = 2.0; } );"),
           OR(p->strategies, "{ name = \"full\"; }"));
  co_study *study = NULL;
  ck_ok(co_study_read(fixture_write("check.cfg", text), NULL, 0, &study));
  return study;
}

static co_status check(const parts *p) {
  fixture f;
  fixture_open(&f, study_of(p));
  co_status status = co_study_check(&f.context);
  fixture_close(&f);
  return status;
}

static int count_lines(const char *text) {
  int lines = 1;
  for (; *text; text++) lines += *text == '\n';
  return lines;
}

// --- strategies and networks ---

static const struct {
  parts parts;
  const char *error;  // NULL: none
  int lines;
} studies[] = {
    {{NULL}, NULL, 0},
    {{.strategies = "{ name = \"x\"; copy = \"actr.*\"; }"},
     "check.cfg:6: copy: strategy \"x\": copy = \"actr.*\" matches no tensor",
     1},
    {{.strategies = "{ name = \"x\"; train = \"critic.*|actor.men.weight\"; }"},  // dropped before
     "check.cfg:6: train: strategy \"x\": train = \"actor.men.weight\" matches no tensor, did you "
     "mean \"actor.mean.weight\"?",
     1},
    {{.strategies = "{ name = \"x\";\nrules = ( { tensors = \"critic.7.*\"; rate = 0.1; } ); }"},
     "check.cfg:7: tensors: strategy \"x\": tensors = \"critic.7.*\" matches no tensor",
     1},
    {{.strategies = "{ name = \"x\"; copy = \"a\"; },\n{ name = \"y\"; train = \"b\"; }"},
     "check.cfg:7: train: strategy \"y\"",
     2},
    // a built-in one that needs a second layer
    {{.learning = "hidden = (1);", .strategies = "{ name = \"lora\"; }"},
     "check.cfg:6: name: from a to b: strategy \"lora\": lora = 2 is more than the rank of "
     "actor.trunk.0.weight",
     1},
    {{.strategies = "{ name = \"x\"; base = \"partial\"; obs_norm = \"blend\"; }"},
     "check.cfg:6: name: from a to b: strategy \"x\": actor.trunk.0.weight is copied and frozen",
     1},
    // one mistake of a pair is told once, not for each strategy
    {{.target = "learning = { hidden = (16, 16); };"},
     "check.cfg:4: name: from a to b: strategy \"zero_shot\": cannot copy actor.trunk.0.weight: 8 "
     "x "
     "3 in the source policy, 16 x 3 in the target",
     1},
    {{.target = "learning = { hidden = (8, 8, 8); };"}, "from a to b: strategy \"zero_shot\"", 1},
    {{.target = "learning = { activation = \"relu\"; };"},
     "its activation is tanh in the source policy, relu in the target",
     1},
    {{.target = "learning = { activation = (\"tanh\", \"elu\"); };"},
     "actor.trunk.1.weight: its activation is tanh in the source policy, elu in the target",
     1},
    {{.target = "learning = { layer_norm = true; };"}, "from a to b: ", 1},
    {{.target = "learning = { shared_trunk = true; };"}, "from a to b: ", 1},
    {{.target = "learning = { memory = \"gru\"; };"},
     "cannot copy actor.trunk.0.memory.weight: memory is none in the source policy, gru in the "
     "target",
     1},
};
START_TEST(every_transfer_is_planned) {
  co_status status = check(&studies[_i].parts);
  if (!studies[_i].error) {
    ck_assert_msg(status == CO_OK, "%s", co_error_text());
    return;
  }
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), studies[_i].error), "\"%s\" not in: %s", studies[_i].error,
                co_error_text());
  ck_assert_msg(count_lines(co_error_text()) == studies[_i].lines, "%s", co_error_text());
}
END_TEST

// --- policy files ---

static const struct {
  const char *file, *algorithm;
  int width;
  const char *error;
} files[] = {
    {"p", "ppo", 8, NULL},
    {"p", "ppo", 16, "its hidden layers are (16, 16), learning.hidden says (8, 8)"},
    {"p", "sac", 8, NULL},  // of another algorithm: its trunk fits
    {"p", "sac", 16, "cannot copy actor.trunk.0.weight: 16 x 3 in the source policy, 8 x 3 in the"},
};
START_TEST(policy_files_have_to_fit) {
  char source[1200];
  fixture_write_policy(files[_i].file, files[_i].algorithm, files[_i].width);
  snprintf(source, sizeof source, "policy = \"%s\";", fixture_path(files[_i].file));
  co_status status = check(&(parts){.source = source});
  if (!files[_i].error) {
    ck_assert_msg(status == CO_OK, "%s", co_error_text());
    return;
  }
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), files[_i].error), "%s", co_error_text());
}
END_TEST

// --- critics that cannot be copied ---

static bool is_no_critic(const co_tensor *tensor, const void *context) {
  (void)context;
  return tensor->facts.part != CO_PART_CRITIC;
}

// A policy file that can act and knows no values.
static void strip_critics(const char *name) {
  co_policy *policy = NULL;
  ck_ok(co_policy_load(fixture_path(name), &policy));
  co_policy_keep_tensors(policy, is_no_critic, NULL);
  ck_ok(co_policy_save(policy, fixture_path(name)));
  co_policy_free(policy);
}

#define FROZEN(where, glob)                          \
  "from a to b: strategy \"x\": " where " = \"" glob \
  "\" freezes critic.0.trunk.0.weight, but "         \
  "the source policy has "
static const struct {
  const char *algorithm, *strategy;
  bool stripped;
  const char *error;  // NULL: none
} frozen[] = {
    {"ppo", "{ name = \"full\"; }", true, NULL},  // fresh, and learns
    {"ppo", "{ name = \"x\"; train = \"actor.*\"; }", false, NULL},
    {"ppo", "{ name = \"x\"; train = \"actor.*\"; }", true,
     FROZEN("train", "actor.*") "no critics, so that it would be fresh and never learn"},
    {"ppo", "{ name = \"x\"; rules = ( { tensors = \"critic.*\"; rate = 0.0; } ); }", true,
     FROZEN("tensors", "critic.*") "no critics"},
    {"ppo",
     "{ name = \"x\"; train = \"actor.*\"; rules = ( { tensors = \"critic.*\"; rate = 0.1; } ); }",
     true, NULL},
    {"sac", "{ name = \"x\"; train = \"actor.*\"; }", false,
     FROZEN("train", "actor.*") "critics of another algorithm"},
    {"sac", "{ name = \"x\"; train = \"actor.*\"; }", true,
     FROZEN("train", "actor.*") "no critics"},
};
START_TEST(frozen_critics_have_to_be_copied) {
  char source[1200];
  fixture_write_policy("p", frozen[_i].algorithm, 8);
  if (frozen[_i].stripped) strip_critics("p");
  snprintf(source, sizeof source, "policy = \"%s\";", fixture_path("p"));
  co_status status = check(&(parts){.source = source, .strategies = frozen[_i].strategy});
  ck_assert_msg((status == CO_OK) == !frozen[_i].error, "%s", co_error_text());
  if (!frozen[_i].error) return;
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), frozen[_i].error), "%s", co_error_text());
  ck_assert_int_eq(count_lines(co_error_text()), 1);
}
END_TEST

// --- loss terms ---

#define LOSS(at) "check.cfg:" at ": name: from a to b: strategy \"x\": loss kl_to_source: "
#define KL "loss = ( { term = \"kl_to_source\"; weight = 1; } );"
static const struct {
  const char *algorithm, *strategy;
  const char *error;  // NULL: none
} terms[] = {
    {"ppo", "{ name = \"kickstart\"; }", NULL},
    {"ppo", "{ name = \"x\"; base = \"partial\"; " KL " }", NULL},  // the head moves
    {"ppo", "{ name = \"x\"; copy = \"obs_norm.*\"; " KL " }", NULL},
    {"ppo", "{ name = \"x\"; base = \"scratch\"; " KL " }",
     LOSS("6") "it needs a source policy, and the training starts from none"},
    {"ppo", "{ name = \"x\"; base = \"zero_shot\"; " KL " }",
     LOSS("6") "it pulls at the actor, of which nothing is trained"},
    {"ppo", "{ name = \"x\"; train = \"critic.*\"; " KL " }",
     LOSS("6") "it pulls at the actor, of which nothing is trained"},
    {"sac", "{ name = \"x\"; " KL " }",
     LOSS("6") "the source policy's head is squashed, the target's gaussian"},
};
START_TEST(loss_terms_have_to_do_something) {
  char source[1200];
  fixture_write_policy("p", terms[_i].algorithm, 8);
  snprintf(source, sizeof source, "policy = \"%s\";", fixture_path("p"));
  co_status status = check(&(parts){.source = source, .strategies = terms[_i].strategy});
  ck_assert_msg((status == CO_OK) == !terms[_i].error, "%s", co_error_text());
  if (!terms[_i].error) return;
  ck_assert_int_eq(status, CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), terms[_i].error), "%s", co_error_text());
  ck_assert_int_eq(count_lines(co_error_text()), 1);
}
END_TEST

START_TEST(missing_and_damaged_files_are_told_at_once) {
  char source[4096];
  fixture_write_policy("good", "ppo", 8);
  fixture_write("torn", "not a policy");
  snprintf(source, sizeof source, "policy = ( \"%s\",\n\"%s\" );", fixture_path("none"),
           fixture_path("torn"));
  ck_assert_int_eq(check(&(parts){.source = source}), CO_NO_INPUT);
  ck_assert_msg(strstr(co_error_text(), "check.cfg:3: "), "%s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), "check.cfg:4: "), "%s", co_error_text());
  ck_assert_int_eq(count_lines(co_error_text()), 2);
}
END_TEST

// --- worlds ---

START_TEST(mistakes_of_worlds_and_strategies_come_together) {
  parts p = {.target = "domain = ( { parameter = \"option.gravty\"; scale = 2.0; } );",
             .source =
                 "domain = ( { parameter = \"body.mass\"; select = \"pole\"; scale = -1.0; } "
                 "); steps = 128;"};
  ck_assert_int_eq(check(&p), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), "check.cfg:3: "), "%s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), "check.cfg:4: "), "%s", co_error_text());
}
END_TEST

START_TEST(another_robot_is_found_before_training) {
  static const char text[] =
      "study = { format = 1;\n"
      "learning = { hidden = (8, 8); };\n"
      "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; } );\n"
      "targets = ( { name = \"b\"; task = \"inverted_pendulum\"; steps = 128; },\n"
      "{ name = \"c\"; task = \"nowhere\"; steps = 128; } );\n"
      "strategies = ( { name = \"scratch\"; }, { name = \"full\"; } ); };\n";
  co_study *study = NULL;
  ck_ok(co_study_read(fixture_write("check.cfg", text), NULL, 0, &study));
  fixture f;
  fixture_open(&f, study);
  ck_assert_int_eq(co_study_check(&f.context), CO_NO_INPUT);
  fixture_close(&f);
  ck_assert_msg(strstr(co_error_text(), "check.cfg:5: task: "), "%s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), "check.cfg:4: name: from a to b: "), "%s", co_error_text());
}
END_TEST

// --- what will tell little ---

static const struct {
  const char *target, *says;
} advice[] = {
    {"", ""},
    {"oracle_steps = 256;", ""},
    {"oracle_steps = 200;",
     "target \"b\": oracle_steps = 200 are fewer than those of source and target "
     "together, 256"},
    {"threshold = 100.0;", ""},
    {"threshold = -5000.0;",
     "target \"b\": threshold = -5000 is not above what random actions reach"},
};
START_TEST(what_will_tell_little_is_said) {
  fixture f;
  fixture_open(&f, study_of(&(parts){.target = advice[_i].target}));
  co_buf text = {0};
  ck_ok(co_study_advise(&f.context, &text));
  const char *seeds = "no strategy can be told apart: with 2 seeds and 1 planned comparison ";
  ck_assert_msg(strncmp(text.data, seeds, strlen(seeds)) == 0, "%s", text.data);
  ck_assert_msg(strstr(text.data, advice[_i].says), "%s", text.data);
  int lines = 0;
  for (const char *c = text.data; *c; c++) lines += *c == '\n';
  ck_assert_int_eq(lines, *advice[_i].says ? 2 : 1);
  co_buf_free(&text);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("study_check");
  TCase *tcase = tcase_create("check");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tcase, every_transfer_is_planned, 0, sizeof studies / sizeof *studies);
  tcase_add_loop_test(tcase, policy_files_have_to_fit, 0, sizeof files / sizeof *files);
  tcase_add_loop_test(tcase, frozen_critics_have_to_be_copied, 0, sizeof frozen / sizeof *frozen);
  tcase_add_loop_test(tcase, loss_terms_have_to_do_something, 0, sizeof terms / sizeof *terms);
  tcase_add_test(tcase, missing_and_damaged_files_are_told_at_once);
  tcase_add_test(tcase, mistakes_of_worlds_and_strategies_come_together);
  tcase_add_test(tcase, another_robot_is_found_before_training);
  tcase_add_loop_test(tcase, what_will_tell_little_is_said, 0, sizeof advice / sizeof *advice);
  suite_add_tcase(suite, tcase);
  return suite;
}
