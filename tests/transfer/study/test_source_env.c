// Strategies that step their source's world: which trials they are, what they need, what their
// definition says, and what is refused at its line.

#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/run/forecast.h"
#include "transfer/run/plan.h"
#include "transfer/study/study_check.h"

#include <math.h>

#define STUDY(algorithm, task, strategies)                                                 \
  "study = {\nformat = 1; seeds = 2; evaluations = 2; episodes = 1; final_episodes = 1;\n" \
  "learning = { hidden = (8, 8); };\nsources = ( { name = \"a\"; task = \"" task           \
  "\"; steps = 200; algorithm = \"" algorithm                                              \
  "\"; },\n{ name = \"z\"; task = \"pendulum\"; steps = 200; algorithm = \"" algorithm     \
  "\"; } );\ntargets = ( { name = \"b\"; task = \"pendulum\"; steps = 400; "               \
  "domain = ( { parameter = \"option.gravity\"; scale = 2.0; } ); } );\n"                  \
  "strategies = ( { name = \"scratch\"; },\n" strategies " );\n};\n"
#define SAC(strategies) STUDY("sac", "pendulum", strategies)
#define BOTH(share) "source_env = { steps_per_step = 3; share = " share "; };"

static co_status read_text(const char *text, co_study **out) {
  return co_study_read(fixture_write("study.cfg", text), NULL, 0, out);
}

static void open_text(fixture *f, const char *text) {
  co_study *study;
  ck_ok(read_text(text, &study));
  fixture_open(f, study);
}

// Without a copy it is of each source all the same, and needs none of its policies.
START_TEST(trials_are_of_each_source) {
  fixture f;
  open_text(&f,
            SAC("{ name = \"cotrain\"; }, { name = \"fresh\"; base = \"cotrain\"; copy = \"\"; }"));
  const co_trial *copied = fixture_trial(&f, "transfer.z.b.cotrain.s1");
  const co_trial *fresh = fixture_trial(&f, "transfer.z.b.fresh.s1");
  ck_assert_int_eq(co_trial_policy_of(copied), co_trials_find(&f.trials, "source.z.-.-.s1"));
  ck_assert_int_eq(fresh->num_needs, 0);
  const co_source_env *source = co_trial_source_env(f.study, fresh);
  ck_assert_int_eq(source->steps_per_step, 1);
  ck_assert_double_eq(source->share, 0.5);
  ck_assert_ptr_null(co_trial_source_env(f.study, fixture_trial(&f, "transfer.-.b.scratch.s0")));
  ck_assert_ptr_null(co_trial_source_env(f.study, fixture_trial(&f, "source.a.-.-.s0")));
  ck_ok(co_study_check(&f.context));
  fixture_close(&f);
}
END_TEST

static char *definition_of(const char *strategies, const char *id) {
  fixture f;
  char text[2048];
  co_buf out = {0};
  snprintf(text, sizeof text, SAC("%s"), strategies);
  open_text(&f, text);
  ck_ok(co_trial_definition(&f.context, fixture_trial(&f, id), &out));
  fixture_close(&f);
  return out.data;
}

START_TEST(definitions_say_it_where_it_is) {
  char *plain = definition_of("{ name = \"full\"; }", "transfer.a.b.full.s0");
  char *half = definition_of("{ name = \"full\"; " BOTH("0.5") " }", "transfer.a.b.full.s0");
  char *less = definition_of("{ name = \"full\"; " BOTH("0.25") " }", "transfer.a.b.full.s0");
  ck_assert_ptr_null(strstr(plain, "source_env"));
  ck_assert_ptr_nonnull(strstr(half, "source_env = { steps_per_step = 3;\nshare = 0.5;\n };"));
  ck_assert_ptr_nonnull(strstr(less, "share = 0.25;"));
  free(plain);
  free(half);
  free(less);
}
END_TEST

START_TEST(a_study_with_one_reads_back) {
  co_study *study, *again;
  co_buf text = {0}, same = {0};
  ck_ok(read_text(
      SAC("{ name = \"x\"; base = \"cotrain\"; " BOTH("0.25") " }, { name = \"full\"; }"), &study));
  ck_ok(co_study_write(study, &text));
  ck_ok(read_text(text.data, &again));
  ck_ok(co_study_write(again, &same));
  ck_assert_str_eq(text.data, same.data);
  const char *first = strstr(text.data, "source_env");
  ck_assert_ptr_nonnull(first);
  ck_assert_ptr_null(strstr(first + 1, "source_env"));
  co_buf_free(&text);
  co_buf_free(&same);
  co_study_free(study);
  co_study_free(again);
}
END_TEST

// ---- what is refused ----

static const struct {
  const char *text, *error;
} bad[] = {
    {STUDY("ppo", "pendulum", "{ name = \"cotrain\"; }"),
     "@:8: source_env: \"cotrain\": ppo takes no steps in a source's world, as sac does"},
    {STUDY("ppo", "pendulum", "{ name = \"x\"; base = \"full\";\n" BOTH("0.5") " }"),
     "@:9: source_env: \"x\": ppo takes no steps"},
    {SAC("{ name = \"x\"; base = \"zero_shot\";\n" BOTH("0.5") " }"),
     "@:9: source_env: \"x\" trains nothing, so it learns from no steps of the source's world"},
    {SAC("{ name = \"x\"; source_env = { share = 0.5; }; }"),
     "@:8: steps_per_step: missing key of strategy.source_env"},
    {SAC("{ name = \"x\"; source_env = { steps_per_step = 0; }; }"), "@:8: steps_per_step: "},
    {SAC("{ name = \"x\"; " BOTH("1.5") " }"), "@:8: share: "},
    {SAC("{ name = \"x\"; source_env = { steps_per_step = 1; shares = 0.5; }; }"),
     "did you mean \"share\"?"},
};
START_TEST(mistakes_have_their_places) {
  char expected[2048];
  co_study *study = NULL;
  const char *path = fixture_path("study.cfg"), *error = bad[_i].error;
  snprintf(expected, sizeof expected, "%s%s", *error == '@' ? path : "", error + (*error == '@'));
  ck_fails(read_text(bad[_i].text, &study), CO_CONFIG, expected);
}
END_TEST

START_TEST(scratch_has_no_source) {
  co_study *study = NULL;
  ck_fails(co_study_read(fixture_write("study.cfg", SAC("{ name = \"full\"; }")),
                         (const char *const[]){"strategies.0.source_env={ steps_per_step = 1; }"},
                         1, &study),
           CO_CONFIG, "source_env: \"scratch\" learns in its target alone");
}
END_TEST

// It is what zero_shot copies that tells it.
START_TEST(the_source_has_the_targets_elements) {
  fixture f;
  open_text(&f,
            STUDY("sac", "inverted_pendulum", "{ name = \"x\"; copy = \"\";\n" BOTH("0.5") " }"));
  ck_fails(co_study_check(&f.context), CO_CONFIG,
           "study.cfg:6: name: from a to b: strategy \"zero_shot\": cannot copy");
  fixture_close(&f);
}
END_TEST

// ---- plans ----

START_TEST(a_plan_counts_its_steps) {
  fixture f;
  co_study_plan plan;
  open_text(&f, SAC("{ name = \"full\"; }, { name = \"x\"; base = \"full\"; " BOTH("0.5") " }"));
  ck_ok(co_pool_create(1, &f.context.pool));
  ck_ok(co_study_plan_make(&f.context, 1, 1, false, &plan));
  // two seeds of: two sources of 200; scratch once, full and x of each source, 400 each
  ck_assert_int_eq(plan.train_steps, 2 * (2 * 200 + 400 + 2 * 2 * 400));
  ck_assert_int_eq(plan.source_steps, 2 * 2 * 3 * 400);
  ck_assert(isfinite(plan.seconds) && plan.seconds > 0);
  co_study_plan_free(&plan);
  co_pool_free(f.context.pool);
  fixture_close(&f);
}
END_TEST

// What steps two worlds has a pace of its own, which tells nothing of the others.
START_TEST(a_forecast_knows_its_pace) {
  fixture f;
  open_text(&f, SAC("{ name = \"full\"; }, { name = \"x\"; base = \"full\"; " BOTH("0.5") " }"));
  co_study_run run = {.context = &f.context,
                      .state = calloc((size_t)f.trials.count, sizeof *run.state)};
  const char *const done[] = {"transfer.a.b.full.s0", "transfer.a.b.x.s0"};
  const char *const took[] = {"4", "40"};
  for (int i = 0; i < 2; i++) {
    char name[CO_TRIAL_ID + 64], timing[256];
    snprintf(name, sizeof name, "trials/%s", done[i]);
    ck_ok(co_dir_create(fixture_path(name)));
    snprintf(name, sizeof name, "trials/%s/timing.csv", done[i]);
    snprintf(timing, sizeof timing, "%s,train,%s,1,400,400,0\n%s,evaluate,0,0,400,0,0\n", done[i],
             took[i], done[i]);
    fixture_write(name, timing);
  }
  for (int i = 0; i < f.trials.count; i++) run.state[i] = CO_TRIAL_DONE;
  co_forecast forecast;
  double left[2];
  for (int i = 0; i < 2; i++) {
    int next = co_trials_find(&f.trials, i ? "transfer.z.b.x.s1" : "transfer.z.b.full.s1");
    run.state[next] = CO_TRIAL_PENDING;
    ck_ok(co_forecast_open(&run, 1, 1, &forecast));
    left[i] = co_forecast_left(&forecast, NULL);
    co_forecast_close(&forecast);
    run.state[next] = CO_TRIAL_DONE;
  }
  ck_assert_double_eq_tol(left[0], 4, 0.1);
  ck_assert_double_eq_tol(left[1], 40, 0.1);
  free(run.state);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("source_env");
  TCase *tests = tcase_create("source_env");
  tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, trials_are_of_each_source);
  tcase_add_test(tests, definitions_say_it_where_it_is);
  tcase_add_test(tests, a_study_with_one_reads_back);
  tcase_add_loop_test(tests, mistakes_have_their_places, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tests, scratch_has_no_source);
  tcase_add_test(tests, the_source_has_the_targets_elements);
  tcase_add_test(tests, a_plan_counts_its_steps);
  tcase_add_test(tests, a_forecast_knows_its_pace);
  suite_add_tcase(suite, tests);
  return suite;
}
