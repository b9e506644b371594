// The verdict says what the numbers allow, and nothing else.

#include "tests/support/support.h"
#include "tests/transfer/metrics_fixture.h"

#include <stdio.h>
#include <string.h>

// the verdict of some pairs; freed by the caller
static co_buf verdict_of(const co_pair_data *pair, int pairs) {
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 500;
  co_metrics *metrics;
  co_buf text = {0};
  ck_assert_int_eq(co_metrics_create(pair, pairs, &def, NULL, &metrics), CO_OK);
  co_metrics_verdict(metrics, &text);
  ck_assert_int_eq(co_buf_status(&text), CO_OK);
  co_metrics_free(metrics);
  return text;
}

// the summary of the same, and of targets that are left out
static co_buf summary_with(const co_pair_data *pair, int pairs, const char *left_out) {
  co_bootstrap_def def = co_bootstrap_default();
  def.repetitions = 500;
  co_metrics *metrics;
  co_buf text = {0};
  ck_assert_int_eq(co_metrics_create(pair, pairs, &def, NULL, &metrics), CO_OK);
  co_metrics_summary(metrics, left_out, &text);
  ck_assert_int_eq(co_buf_status(&text), CO_OK);
  co_metrics_free(metrics);
  return text;
}

static co_buf summary_of(const co_pair_data *pair, int pairs) {
  return summary_with(pair, pairs, NULL);
}

static void check_says(const co_buf *text, const char *part) {
  ck_assert_msg(strstr(text->data, part), "\"%s\" is not in:\n%s", part, text->data);
}

static void check_silent(const co_buf *text, const char *part) {
  ck_assert_msg(!strstr(text->data, part), "\"%s\" is in:\n%s", part, text->data);
}

START_TEST(test_gain_in_one_target_and_loss_in_another) {
  fixture f[2];
  for (int i = 0; i < 2; i++) fixture_make(&f[i], 5);
  fixture_hurt(&f[1]);
  f[1].pair.target = "wired";
  const co_pair_data pair[] = {f[0].pair, f[1].pair};
  co_buf text = verdict_of(pair, 2);
  check_says(&text, "full helps in heavy and hurts in wired.\n");
  check_says(&text, "a to heavy (n = 5 source seeds, intervals nominal):");
  check_says(&text, "Without training 21 % of the source return above random carries over");
  check_says(&text, "Above scratch: full +2,306 [");
  check_says(&text, "(5 of 5 runs, p = 0.032)");
  check_says(&text, "Below scratch: full ");
  check_says(&text, "Negative transfer: full learns below scratch");
  check_says(&text, "Not told apart from scratch: head (");
  check_says(&text, "fewer than 10 seeds are nominal");
  check_says(&text, "4 planned comparisons with scratch, p after Holm's correction");
  co_buf_free(&text);
}
END_TEST

// the same target from two sources is no contrast between targets
START_TEST(test_contrast_between_sources_names_them) {
  fixture f[2];
  for (int i = 0; i < 2; i++) fixture_make(&f[i], 5);
  fixture_hurt(&f[1]);
  f[1].pair.source = "c";
  const co_pair_data pair[] = {f[0].pair, f[1].pair};
  co_buf text = verdict_of(pair, 2);
  check_says(&text, "full helps in a to heavy and hurts in c to heavy.\n");
  co_buf_free(&text);
}
END_TEST

// every arm that trains with every other one
static void plan_all(fixture *f) {
  static const co_arm_pair plan[] = {{FULL, SCRATCH}, {HEAD, SCRATCH}, {FULL, HEAD}};
  f->pair.plan = plan;
  f->pair.plans = 3;
}

START_TEST(test_what_was_not_planned_is_not_told_apart) {
  const co_arm_pair plan[] = {{HEAD, SCRATCH}};
  fixture f;
  fixture_make(&f, 5);
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "Highest of what is not from scratch: full, by +2,310 [");
  check_says(&text, "] over head (not planned: intervals, no test).");
  check_silent(&text, "Best:");
  co_buf_free(&text);
  f.pair.plan = plan;
  f.pair.plans = 1;
  text = verdict_of(&f.pair, 1);
  check_says(&text, "Against scratch, not planned and so not tested: full +2,306 [");
  check_silent(&text, "Above scratch");
  check_says(&text, "1 planned comparison with scratch");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_planned_pairs_are_told) {
  const co_arm_pair plan[] = {{FULL, HEAD}, {HEAD, FULL}};
  for (int i = 0; i < 2; i++) {
    fixture f;
    fixture_make(&f, 5);
    f.pair.plan = &plan[i];
    f.pair.plans = 1;
    co_buf text = verdict_of(&f.pair, 1);
    check_says(&text, i ? "Planned: head below full −2," : "Planned: full above head +2,");
    check_says(&text, "(5 of 5 runs, p = 0.0079).");
    check_says(&text, "1 planned comparison, p after Holm");
    co_buf_free(&text);
  }
}
END_TEST

START_TEST(test_the_test_is_named) {
  static const struct {
    int n;
    const char *says, *silent;
  } cases[] = {
      {3,
       "with n = 3 the paired one cannot get below 0.05; nor can this one, whose smallest p is "
       "0.2: 5 seeds needed.",
       "paired sign"},
      {5, "The test is unpaired (permutation of P(X > Y)), since with n = 5", "nor can"},
      {10, "2 planned comparisons with scratch", "unpaired"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fixture f;
    fixture_make(&f, cases[i].n);
    co_buf text = verdict_of(&f.pair, 1);
    check_says(&text, cases[i].says);
    check_silent(&text, cases[i].silent);
    co_buf_free(&text);
  }
}
END_TEST

START_TEST(test_best_only_when_it_survives) {
  fixture f;
  fixture_make(&f, 5);
  plan_all(&f);
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "Best: full, told apart from every other strategy.");
  co_buf_free(&text);
  for (int r = 0; r < 5; r++) f.run[HEAD][r].final_return = 2620 + (r % 2 ? 40 : -10);
  text = verdict_of(&f.pair, 1);
  check_silent(&text, "Best:");
  check_says(&text, "2 strategies are not told apart at the top: full, the highest, from head (");
  check_says(&text, "seeds needed)");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_nothing_is_told_apart) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) f.run[FULL][r].final_return = 330 + 3 * r - 1;
  co_buf text = verdict_of(&f.pair, 1);
  check_silent(&text, "Above scratch");
  check_silent(&text, "Below scratch");
  check_silent(&text, "Best:");
  check_says(&text, "none is told apart");
  co_buf_free(&text);
}
END_TEST

// From one source seed nothing is known of the spread between seeds.
START_TEST(test_one_seed_tells_nothing_apart) {
  fixture f;
  fixture_make(&f, 1);
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "(n = 1 source seed)");
  check_says(&text, "Not told apart from scratch: full (");
  check_says(&text, ", one source seed tells nothing apart)");
  check_silent(&text, "1,000 seeds");
  check_silent(&text, "1 of 1");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_scratch_above_all_names_no_best) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) {
    f.run[FULL][r].final_return = 200 + r;
    f.run[HEAD][r].final_return = 100 + r;
  }
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "Below scratch: full ");
  check_silent(&text, "Best:");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_warnings) {
  fixture f;
  fixture_make(&f, 10);
  f.pair.grade = "weak";
  f.pair.source_oracle = 9000;
  f.group.rate_depends_on_horizon = true;
  for (int i = 0; i < ORACLES; i++) f.oracle[i] = 1000;
  f.run[FULL][3].failed = true;
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "The shift is weak");
  check_says(&text, "Oracle undertrained");
  check_says(&text, "Source a reaches less than 30 % of its own oracle.");
  check_says(&text, "The learning rate depends on the horizon");
  check_says(&text, "1 of 10 runs of full failed");
  check_silent(&text, "nominal");  // ten seeds
  check_silent(&text, "Negative transfer");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_without_scratch) {
  fixture f;
  fixture_make(&f, 5);
  f.group.scratch = -1;
  f.pair.oracles = 2;
  f.oracle[1] = 2900;
  co_buf text = verdict_of(&f.pair, 1);
  check_says(&text, "No strategy was compared with scratch.");
  check_says(&text, "The oracle is weak");
  check_silent(&text, "planned comparison");
  co_buf_free(&text);
}
END_TEST

// Head as a clone: of the best of the scratches nothing is said beside it.
START_TEST(test_clones_stand_beside_no_scratch) {
  for (int clones = 0; clones < 2; clones++) {
    fixture f;
    fixture_make(&f, 5);
    co_arm_group group[2] = {f.group, f.group};
    group[1].scratch = -1;
    group[1].from_data_alone = clones;
    f.arm[HEAD].group = 1;
    f.pair.group = group;
    f.pair.groups = 2;
    co_buf text = verdict_of(&f.pair, 1);
    ck_assert_int_eq(strstr(text.data, "the best of the scratches: head") != NULL, !clones);
    check_says(&text, "Above scratch: full");
    co_buf_free(&text);
  }
}
END_TEST

START_TEST(test_no_pairs_no_words) {
  co_buf text = verdict_of(NULL, 0);
  ck_assert_uint_eq(text.size, 0);
  co_buf_free(&text);
}
END_TEST

START_TEST(test_summary_is_three_sentences) {
  fixture f[2];
  for (int i = 0; i < 2; i++) fixture_make(&f[i], 5);
  fixture_hurt(&f[1]);
  f[1].pair.target = "wired";
  const co_pair_data pair[] = {f[0].pair, f[1].pair};
  co_buf text = summary_of(pair, 2);
  check_says(&text, "Untrained, the source policy keeps 21 % of its return in heavy and ");
  check_says(
      &text,
      " in wired.\nAfter training, full (all copied, all trained) ends above scratch in heavy and "
      "below it in wired.\n"
      "Not told apart from scratch: head in heavy and wired (");
  check_says(&text, " seeds would be needed).\n");
  int lines = 0;
  for (size_t i = 0; i < text.size; i++) lines += text.data[i] == '\n';
  ck_assert_int_eq(lines, 3);
  co_buf_free(&text);
}
END_TEST

START_TEST(test_summary_joins_strategies_that_stand_alike) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) f.run[HEAD][r].final_return = 2000 + r;
  co_buf text = summary_of(&f.pair, 1);
  check_says(
      &text,
      "After training, full (all copied, all trained) and head end above scratch in heavy.\n");
  check_silent(&text, "Not told apart");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_summary_counts_many_targets) {
  static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
  enum { MANY = sizeof names / sizeof *names };
  static fixture f[MANY];
  co_pair_data pair[MANY];
  for (int i = 0; i < MANY; i++) {
    fixture_make(&f[i], 12);
    f[i].pair.target = names[i];
    if (i == 5) fixture_hurt(&f[i]);
    pair[i] = f[i].pair;
  }
  co_buf text = summary_of(pair, MANY);
  check_says(&text, " of its return, by which of 6 targets it meets.\n");
  check_says(&text, "ends above scratch in 5 of 6 targets and below it in f.\n");
  check_says(&text, "Not told apart from scratch: head in 6 of 6 targets");
  co_buf_free(&text);
}
END_TEST

START_TEST(test_summary_of_nothing_told_apart) {
  fixture f;
  fixture_make(&f, 5);
  for (int r = 0; r < 5; r++) f.run[FULL][r].final_return = 330 + 3 * r - 1;
  co_buf text = summary_of(&f.pair, 1);
  check_says(&text, "After training, no strategy is told apart from scratch.\n");
  check_says(&text,
             "Not told apart from scratch: full (all copied, all trained) and head in heavy (27 to "
             "288 seeds would be needed).\n");
  co_buf_free(&text);
  text = summary_of(&f.pair, 0);
  ck_assert_uint_eq(text.size, 0);
}
END_TEST

// how many seeds would do is not known from one
START_TEST(test_summary_of_one_seed) {
  fixture f;
  fixture_make(&f, 1);
  co_buf text = summary_of(&f.pair, 1);
  check_says(&text,
             "After training, no strategy is told apart from scratch: one source seed tells "
             "nothing apart.\n");
  check_silent(&text, "Not told apart");
  check_silent(&text, "needed");
  co_buf_free(&text);
}
END_TEST

// a sentence of its own where there is room, else the end of the third
START_TEST(test_summary_with_targets_left_out) {
  fixture f;
  fixture_make(&f, 5);
  co_buf text = summary_with(&f.pair, 1, "ice (nobody slips)");
  check_says(&text, " seeds would be needed); left out of the comparison: ice (nobody slips).\n");
  co_buf_free(&text);
  for (int r = 0; r < 5; r++) f.run[HEAD][r].final_return = 2000 + r;
  text = summary_with(&f.pair, 1, "ice (nobody slips)");
  check_says(&text, " in heavy.\nLeft out of the comparison: ice (nobody slips).\n");
  co_buf_free(&text);
  text = summary_with(&f.pair, 0, "ice (nobody slips)");
  ck_assert_str_eq(text.data, "Left out of the comparison: ice (nobody slips).\n");
  co_buf_free(&text);
}
END_TEST

enum { CROWD = 12 };

// scratch, and what ends `above` it by 2,000 or beside it
static void make_crowd(fixture *f, co_arm arm[CROWD], int above) {
  static char names[CROWD][8];
  fixture_make(f, 12);
  for (int r = 0; r < 12; r++) f->run[FULL][r].final_return = 2000 + r;
  for (int a = 0; a < CROWD; a++) {
    snprintf(names[a], sizeof names[a], "s%d", a);
    arm[a] = f->arm[a == SCRATCH ? SCRATCH : a <= above + 1 ? FULL : HEAD];
    if (a != SCRATCH) arm[a].name = names[a];
  }
  arm[0] = f->arm[ZERO_SHOT];
  f->pair.arm = arm;
  f->pair.arms = CROWD;
}

START_TEST(test_summary_of_many_strategies) {
  fixture f;
  co_arm arm[CROWD];
  make_crowd(&f, arm, 1);
  co_buf text = summary_of(&f.pair, 1);
  check_says(&text, "Not told apart from scratch: 9 strategies in heavy (");
  co_buf_free(&text);
  make_crowd(&f, arm, 3);
  text = summary_of(&f.pair, 1);
  // which of them does what stands in the table of strategies
  check_says(&text, "Not told apart from scratch: s5, s6, s7, s8, s9, s10 and s11 in heavy (");
  check_silent(&text, "all copied");
  co_buf_free(&text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("transfer/metrics_verdict");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_gain_in_one_target_and_loss_in_another);
  tcase_add_test(tcase, test_contrast_between_sources_names_them);
  tcase_add_test(tcase, test_what_was_not_planned_is_not_told_apart);
  tcase_add_test(tcase, test_planned_pairs_are_told);
  tcase_add_test(tcase, test_the_test_is_named);
  tcase_add_test(tcase, test_best_only_when_it_survives);
  tcase_add_test(tcase, test_nothing_is_told_apart);
  tcase_add_test(tcase, test_one_seed_tells_nothing_apart);
  tcase_add_test(tcase, test_scratch_above_all_names_no_best);
  tcase_add_test(tcase, test_warnings);
  tcase_add_test(tcase, test_without_scratch);
  tcase_add_test(tcase, test_clones_stand_beside_no_scratch);
  tcase_add_test(tcase, test_no_pairs_no_words);
  tcase_add_test(tcase, test_summary_is_three_sentences);
  tcase_add_test(tcase, test_summary_joins_strategies_that_stand_alike);
  tcase_add_test(tcase, test_summary_counts_many_targets);
  tcase_add_test(tcase, test_summary_of_nothing_told_apart);
  tcase_add_test(tcase, test_summary_of_one_seed);
  tcase_add_test(tcase, test_summary_with_targets_left_out);
  tcase_add_test(tcase, test_summary_of_many_strategies);
  suite_add_tcase(suite, tcase);
  return suite;
}
