// Grades of a shift: before training by the bits of two worlds, afterwards by what the policies
// met.

#include "envs/source/worlds.h"
#include "tests/support/pendulum_env.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/grade.h"

#include <math.h>

enum { EPISODES = 4, SEEDS = 3 };

// A record with one final evaluation: returns mean +- spread alternating, traces numbered from
// `trace`.
static co_record make_record(bool in_source, double mean, double spread, uint64_t trace) {
  co_record record = {.id = "x", .build = "y"};
  co_evaluation eval = {.count = EPISODES, .episode = calloc(EPISODES, sizeof(co_episode))};
  ck_assert_ptr_nonnull(eval.episode);
  for (int i = 0; i < EPISODES; i++)
    eval.episode[i] = (co_episode){.ret = mean + (i % 2 ? spread : -spread),
                                   .length = 10,
                                   .truncated = 1,
                                   .trace_hash = trace + (uint64_t)i};
  ck_ok(co_evaluation_summarize(&eval));
  ck_ok(co_record_add_point(&record, 0, in_source, true, &eval));
  return record;
}

// Mean return and spread in the source are 100 and 2. The standard error of a mean is 2 x sqrt(4/3)
// / 2, so twice that of a difference is 3.266.
static const struct {
  double away[SEEDS];  // mean return in the target
  int same[SEEDS];     // episodes with the source's trace
  co_grade grade;
  double share;
} cases[] = {
    {{100, 100, 100}, {4, 4, 4}, CO_GRADE_INERT_UNDER_POLICY, 1},
    {{100, 100, 90}, {4, 2, 0}, CO_GRADE_INERT_UNDER_POLICY, 0.5},  // half is enough
    {{90, 90, 90}, {3, 2, 0}, CO_GRADE_LIVE, 5.0 / 12},
    {{90, 90, 100}, {0, 1, 4}, CO_GRADE_INERT_UNDER_POLICY, 5.0 / 12},  // one policy is enough
    {{90, 90, 90}, {3, 3, 0}, CO_GRADE_INERT_UNDER_POLICY, 0.5},  // so is half of all episodes
    {{101, 99, 100}, {0, 0, 0}, CO_GRADE_WEAK, 0},
    {{103.2, 96.8, 90}, {0, 0, 0}, CO_GRADE_WEAK, 0},   // two of three seeds within the noise
    {{103.3, 96.7, 100}, {0, 0, 0}, CO_GRADE_LIVE, 0},  // one of three
    {{50, 60, 70}, {0, 0, 0}, CO_GRADE_LIVE, 0},
};
START_TEST(policies_grade_a_shift) {
  co_record home[SEEDS], away[SEEDS];
  const co_record *source[SEEDS], *zero_shot[SEEDS];
  double difference = 0;
  for (int s = 0; s < SEEDS; s++) {
    home[s] = make_record(true, 100, 2, 1000);
    away[s] = make_record(false, cases[_i].away[s], 2, 2000);
    for (int i = 0; i < cases[_i].same[s]; i++)
      away[s].point[0].eval.episode[i].trace_hash = 1000 + (uint64_t)i;
    source[s] = &home[s];
    zero_shot[s] = &away[s];
    difference += (cases[_i].away[s] - 100) / SEEDS;
  }
  co_shift_grade grade = {.identical_share = NAN};
  ck_ok(co_grade_policies(source, zero_shot, SEEDS, &grade));
  ck_assert(grade.graded);
  ck_assert_int_eq(grade.grade, cases[_i].grade);
  ck_assert_double_eq_tol(grade.identical_share, cases[_i].share, 1e-12);
  ck_assert_double_eq_tol(grade.difference, difference, 1e-9);
  ck_assert_double_eq_tol(grade.noise, 2 * sqrt(2 * (4 * 4.0 / 3) / EPISODES), 1e-9);
  for (int s = 0; s < SEEDS; s++) co_record_free(&home[s]), co_record_free(&away[s]);
}
END_TEST

START_TEST(seeds_without_records_are_left_out) {
  co_record home = make_record(true, 100, 2, 1000), away = make_record(false, 50, 2, 2000);
  const co_record *source[SEEDS] = {NULL, &home, &home}, *zero_shot[SEEDS] = {&away, &away, NULL};
  co_shift_grade grade = {.identical_share = NAN};
  ck_ok(co_grade_policies(source, zero_shot, SEEDS, &grade));
  ck_assert(grade.graded);
  ck_assert_int_eq(grade.grade, CO_GRADE_LIVE);
  ck_assert_double_eq_tol(grade.difference, -50, 1e-9);
  co_shift_grade none = {.identical_share = NAN};
  const co_record *empty[SEEDS] = {NULL, NULL, NULL};
  ck_ok(co_grade_policies(empty, zero_shot, SEEDS, &none));
  ck_assert(!none.graded);
  co_record_free(&home);
  co_record_free(&away);
}
END_TEST

static void set_faults(co_record *record, int first, int count) {
  for (int i = first; i < first + count; i++) {
    record->point[0].eval.episode[i].fault = 1;
    record->point[0].eval.episode[i].ret = NAN;
  }
  ck_ok(co_evaluation_summarize(&record->point[0].eval));
}

// Faulty episodes of either world are nobody's, also when their traces are the same; a policy that
// has no others is not graded, and no reason to call a shift inert.
START_TEST(faulty_episodes_are_left_out) {
  co_record home[2], away[2];
  for (int s = 0; s < 2; s++) {
    home[s] = make_record(true, 100, 2, 1000);
    away[s] = make_record(false, 50, 2, s == 0 ? 1000 : 2000);  // equal traces of the first policy
  }
  set_faults(&home[0], 0, EPISODES);
  set_faults(&away[0], 0, EPISODES);
  set_faults(&home[1], 0, 1);
  set_faults(&away[1], 1, 1);
  const co_record *source[2] = {&home[0], &home[1]}, *zero_shot[2] = {&away[0], &away[1]};
  co_shift_grade grade = {.identical_share = NAN};
  ck_ok(co_grade_policies(source, zero_shot, 2, &grade));
  ck_assert(grade.graded);
  ck_assert_int_eq(grade.grade, CO_GRADE_LIVE);
  ck_assert_int_eq(grade.policies, 1);
  ck_assert_int_eq(grade.faulty_policies, 1);
  ck_assert_int_eq(grade.faulty_episodes, 2);
  ck_assert(grade.identical_share == 0);
  ck_assert_double_eq_tol(grade.difference, -50, 1e-9);
  co_shift_grade none = {.identical_share = NAN};
  ck_ok(co_grade_policies(source, zero_shot, 1, &none));
  ck_assert(!none.graded && none.grade == CO_GRADE_LIVE);
  ck_assert_int_eq(none.policies, 0);
  ck_assert_int_eq(none.faulty_policies, 1);
  ck_assert_double_nan(none.identical_share);
  for (int s = 0; s < 2; s++) co_record_free(&home[s]), co_record_free(&away[s]);
}
END_TEST

// one episode has no standard error: the difference is told, its noise is not
START_TEST(one_episode_has_no_noise) {
  co_record home = make_record(true, 100, 2, 1000), away = make_record(false, 99, 2, 2000);
  home.point[0].eval.count = away.point[0].eval.count = 1;
  ck_ok(co_evaluation_summarize(&home.point[0].eval));
  ck_ok(co_evaluation_summarize(&away.point[0].eval));
  const co_record *source = &home, *zero_shot = &away;
  co_shift_grade grade = {.identical_share = NAN};
  ck_ok(co_grade_policies(&source, &zero_shot, 1, &grade));
  ck_assert_int_eq(grade.grade, CO_GRADE_LIVE);
  ck_assert_double_eq_tol(grade.difference, -1, 1e-9);
  ck_assert_double_nan(grade.noise);
  co_record_free(&home);
  co_record_free(&away);
}
END_TEST

START_TEST(an_inert_shift_stays_inert) {
  co_record home = make_record(true, 100, 2, 1000), away = make_record(false, 50, 2, 2000);
  const co_record *source = &home, *zero_shot = &away;
  co_shift_grade grade = {.grade = CO_GRADE_INERT};
  ck_ok(co_grade_policies(&source, &zero_shot, 1, &grade));
  ck_assert_int_eq(grade.grade, CO_GRADE_INERT);
  co_record_free(&home);
  co_record_free(&away);
}
END_TEST

static const struct {
  const char *edit;
  co_grade grade;
  bool live;
} worlds[] = {
    {"targets.0.domain.0.scale=2.0", CO_GRADE_LIVE, true},
    {"targets.0.domain.0.scale=1.0", CO_GRADE_INERT, false},
    {"targets.0.task=\"inverted_pendulum\"", CO_GRADE_LIVE,
     true},  // another task: nothing to compare
};
START_TEST(worlds_are_compared_bit_for_bit) {
  fixture_setup();
  co_study *study = fixture_study(worlds[_i].edit, _i == 2 ? "targets.0.domain=()" : NULL, NULL);
  co_world_source source = co_worlds(NULL);
  co_shift_grade grade;
  ck_ok(co_grade_worlds(study, &source, 0, 0, &grade));
  ck_assert_int_eq(grade.grade, worlds[_i].grade);
  ck_assert_int_eq(grade.shift.live, worlds[_i].live);
  ck_assert(!grade.graded);
  ck_assert_double_nan(grade.identical_share);
  if (_i == 0) ck_assert_double_gt(grade.shift.rms[2], 0);
  co_study_free(study);
  fixture_teardown();
}
END_TEST

static const struct {
  co_grade grade;
  int inert_policies;
  const char *text;
} sentences[] = {
    {CO_GRADE_INERT, 3,
     "target \"b\" is inert: the same actions give the same bits as in source \"a\"; why not"},
    {CO_GRADE_INERT_UNDER_POLICY, 1,
     "target \"b\" is inert under this policy: 1 of 4 policies from \"a\" never meets the shift, "
     "75 % of all episodes are the same bit for bit as in the source; why not"},
    {CO_GRADE_INERT_UNDER_POLICY, 3,
     "target \"b\" is inert under this policy: 3 of 4 policies from \"a\" never meet the shift, "
     "75 % of all episodes are the same bit for bit as in the source; why not"},
    {CO_GRADE_WEAK, 3,
     "target \"b\" is weak: its shift moves the return of the policies from \"a\" by −1.50, less "
     "than the evaluation "
     "noise of 2.50"},
    {CO_GRADE_LIVE, 3, "target \"b\" is live"},
};
START_TEST(faulty_policies_are_explained) {
  fixture_setup();
  co_study *study = fixture_study(NULL, NULL, NULL);
  co_shift_grade grade = {.policies = 1, .faulty_policies = 3};
  co_buf text = {0};
  co_grade_explain(study, &grade, &text);
  ck_assert_str_eq(
      text.data,
      "target \"b\" is not graded under 3 of 4 policies from \"a\": all their episodes "
      "end in a fault there or at home");
  co_buf_free(&text);
  co_study_free(study);
  fixture_teardown();
}
END_TEST

START_TEST(grades_are_explained_in_a_sentence) {
  fixture_setup();
  co_study *study = fixture_study(NULL, NULL, NULL);
  co_shift_grade grade = {.grade = sentences[_i].grade,
                          .policies = 4,
                          .inert_policies = sentences[_i].inert_policies,
                          .identical_share = 0.75,
                          .difference = -1.5,
                          .noise = 2.5,
                          .shift.reason = "why not"};
  co_buf text = {0};
  co_grade_explain(study, &grade, &text);
  ck_assert_str_eq(text.data, sentences[_i].text);
  co_buf_free(&text);
  co_study_free(study);
  fixture_teardown();
}
END_TEST

// ---- one policy, without a study

static co_policy *fresh_policy(void) {
  co_world_source source = co_worlds(NULL);
  co_stream stream = {3, 0, CO_PURPOSE_INIT};
  const co_world world = {.task = "pendulum"};
  co_env *env;
  co_policy *policy;
  ck_ok(source.create(source.context, &world, 1, &stream, &env));
  const co_env_info *info = co_env_get_info(env);
  co_network_def def = {
      .obs_dim = info->obs_dim, .act_dim = info->act_dim, .num_hidden = 1, .hidden = {8}};
  ck_ok(co_policy_create(&def, info, "ppo", &stream, &policy));
  co_env_destroy(env);
  return policy;
}

START_TEST(a_policy_grades_a_shift) {
  co_world_source source = co_worlds(NULL);
  co_policy *policy = fresh_policy();
  co_node *root;
  ck_ok(
      co_tree_parse("domain = ( { parameter = \"option.gravity\"; scale = 2.0; } );", "t", &root));
  co_grade_def def = {.worlds = &source,
                      .policy = policy,
                      .name = "p",
                      .source = {.task = "pendulum"},
                      .target = {.task = "pendulum", .domain = root->child[0]},
                      .episodes = 3,
                      .seed = 7};
  const co_shift live = {.live = true}, inert = {.reason = "nothing"};
  co_shift_grade grade, again;
  ck_ok(co_grade_policy(&def, &live, &grade));
  ck_assert(grade.graded && grade.policies == 1);
  ck_assert(grade.identical_share == 0 && grade.difference != 0);
  ck_assert(grade.grade == CO_GRADE_LIVE || grade.grade == CO_GRADE_WEAK);
  ck_ok(co_pool_create(2, &def.pool));
  ck_ok(co_grade_policy(&def, &live, &again));
  co_pool_free(def.pool);
  ck_assert(again.difference == grade.difference && again.noise == grade.noise);
  def.pool = NULL;
  def.target = def.source;
  ck_ok(co_grade_policy(&def, &live, &grade));
  ck_assert(grade.grade == CO_GRADE_INERT_UNDER_POLICY && grade.identical_share == 1);
  ck_ok(co_grade_policy(&def, &inert, &grade));
  ck_assert_int_eq(grade.grade, CO_GRADE_INERT);
  ck_assert_str_eq(grade.shift.reason, "nothing");
  co_node_free(root);
  co_policy_free(policy);
}
END_TEST

// Pendulums whose first row is faulty where a domain is given.
static co_status create_faulty(void *context, const co_world *world, int rows,
                               const co_stream *stream, co_env **out) {
  (void)context;
  pendulum_env *env = pendulum_create(rows, stream);
  if (world->domain) env->fault_row = 0;
  *out = &env->base;
  return CO_OK;
}

START_TEST(faults_are_no_grade) {
  co_world_source source = {.create = create_faulty};
  co_stream stream = {3, 0, CO_PURPOSE_INIT};
  pendulum_env *env = pendulum_create(1, &stream);
  co_network_def network = {.obs_dim = PENDULUM_OBS, .act_dim = 1, .num_hidden = 1, .hidden = {8}};
  co_grade_def def = {.worlds = &source,
                      .name = "p.safetensors",
                      .target.domain = &(const co_node){0},
                      .episodes = 1};
  co_policy *policy;
  ck_ok(co_policy_create(&network, &env->info, "ppo", &stream, &policy));
  def.policy = policy;
  const co_shift live = {.live = true};
  co_shift_grade grade = {.policies = 9};
  ck_fails(co_grade_policy(&def, &live, &grade), CO_INTERNAL,
           "p.safetensors: not to be graded: 0 of 1 episodes end in a fault without the shift, 1 "
           "of 1 with it");
  ck_assert_int_eq(grade.policies, 9);
  def.episodes = 3;
  ck_ok(co_grade_policy(&def, &live, &grade));
  ck_assert_int_eq(grade.faulty_episodes, 1);
  co_policy_free(policy);
  co_env_destroy(&env->base);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("grade");
  TCase *tcase = tcase_create("grade");
  tcase_add_test(tcase, faulty_episodes_are_left_out);
  tcase_add_test(tcase, faulty_policies_are_explained);
  tcase_add_loop_test(tcase, policies_grade_a_shift, 0, sizeof cases / sizeof *cases);
  tcase_add_test(tcase, seeds_without_records_are_left_out);
  tcase_add_test(tcase, an_inert_shift_stays_inert);
  tcase_add_test(tcase, one_episode_has_no_noise);
  tcase_add_loop_test(tcase, worlds_are_compared_bit_for_bit, 0, sizeof worlds / sizeof *worlds);
  tcase_add_loop_test(tcase, grades_are_explained_in_a_sentence, 0,
                      sizeof sentences / sizeof *sentences);
  tcase_add_test(tcase, a_policy_grades_a_shift);
  tcase_add_test(tcase, faults_are_no_grade);
  suite_add_tcase(suite, tcase);
  return suite;
}
