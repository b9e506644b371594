// The planned family: names, what it holds, what it can find.

#include "tests/transfer/study_fixture.h"
#include "transfer/study/family.h"

// A study of two sources and two targets with these comparisons.
static co_status read_study(const char *comparisons, const char *seeds, co_study **out) {
  char text[2048];
  snprintf(
      text, sizeof text,
      "study = { format = 1; name = \"f\"; seeds = %s;\n"
      "sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; },\n"
      "            { name = \"c\"; task = \"pendulum\"; policy = \"given\"; } );\n"
      "targets = ( { name = \"b\"; task = \"pendulum\"; steps = 128; },\n"
      "            { name = \"d\"; task = \"pendulum\"; steps = 128; } );\n"
      "strategies = ( { name = \"scratch\"; }, { name = \"full\"; }, { name = \"partial\"; } );\n"
      "%s };\n",
      seeds, comparisons);
  return co_study_read(fixture_write("family.cfg", text), NULL, 0, out);
}

static const struct {
  const char *comparisons, *error;
} bad[] = {
    {"comparisons = ( );", "family.cfg:7: comparisons: "},
    {"comparisons = ( { strategy = \"ful\"; } );",
     "family.cfg:7: strategy: \"ful\" is not in the study, did you mean \"full\"?"},
    {"comparisons = ( { strategy = \"full\";\nagainst = \"partail\"; } );",
     "family.cfg:8: against: \"partail\" is not in the study, did you mean \"partial\"?"},
    {"comparisons = ( { strategy = \"full\"; target = \"x\"; } );",
     "target: \"x\" is not in the study"},
    {"comparisons = ( { strategy = \"full\"; source = \"b\"; } );",
     "source: \"b\" is not in the study"},
    {"comparisons = ( { strategy = \"zero_shot\"; } );",
     "strategy: \"zero_shot\" trains nothing, so it is no comparison at equal budget"},
    {"comparisons = ( { strategy = \"scratch\"; } );", "\"scratch\" is compared with itself"},
    {"comparisons = ( { strategy = \"full\"; },\n{ strategy = \"full\"; target = \"b\"; } );",
     "family.cfg:8: strategy: \"full\" against \"scratch\" is planned twice"},
    {"comparisons = ( { strategy = \"full\"; against = \"partial\"; target = \"b\"; },\n{ strategy "
     "= "
     "\"partial\"; against = \"full\"; } );",
     "planned twice"},
    {"comparisons = ( { stragety = \"full\"; } );", "did you mean \"strategy\"?"},
    {"comparisons = ( { against = \"full\"; } );", "strategy: missing"},
};
START_TEST(mistakes_have_their_place) {
  co_study *study;
  ck_fails(read_study(bad[_i].comparisons, "5", &study), CO_CONFIG, bad[_i].error);
}
END_TEST

static const struct {
  const char *comparisons;
  int count;
} families[] = {
    {"", 8},  // full and partial, from two sources, in two targets
    {"comparisons = ( { strategy = \"full\"; } );", 4},
    {"comparisons = ( { strategy = \"full\"; target = \"b\"; source = \"a\"; } );", 1},
    {"comparisons = ( { strategy = \"full\"; target = \"b\"; },\n"
     "{ strategy = \"partial\"; against = \"full\"; source = \"a\"; } );",
     4},
    {"comparisons = ( { strategy = \"full\"; target = \"b\"; }, { strategy = \"full\"; target = "
     "\"d\"; } "
     ");",
     4},
};
START_TEST(a_family_is_what_is_declared) {
  co_study *study = NULL;
  ck_ok(read_study(families[_i].comparisons, "5", &study));
  co_family family;
  ck_ok(co_family_make(study, &family));
  ck_assert_int_eq(family.count, families[_i].count);
  for (int i = 0; i < family.count; i++) {
    const co_planned *c = &family.planned[i];
    ck_assert(c->strategy != c->against && c->strategy >= 0 && c->against >= 0);
    ck_assert(c->source >= 0 && c->source < 2 && c->target >= 0 && c->target < 2);
  }
  co_family_free(&family);
  co_study_free(study);
}
END_TEST

static const struct {
  const char *comparisons, *seeds, *says;
} advice[] = {
    {"comparisons = ( { strategy = \"full\"; source = \"a\"; } );", "10", ""},
    {"comparisons = ( { strategy = \"full\"; source = \"a\"; }, { strategy = \"partial\"; source = "
     "\"a\"; "
     "target = \"b\"; } );",
     "3",
     "no strategy can be told apart: with 3 seeds and 3 planned comparisons the smallest p after "
     "correction is 0.3, above 0.05; 5 seeds are needed, or fewer comparisons\n"},
    {"comparisons = ( { strategy = \"full\"; source = \"c\"; target = \"b\"; } );", "10",
     "source \"c\" is one policy for all seeds: n = 1, so no comparison from it can be told apart; "
     "give one policy per seed\n"},
};
START_TEST(a_single_comparison_has_none_to_spare) {
  co_study *study = NULL;
  co_buf text = {0};
  ck_ok(read_study("comparisons = ( { strategy = \"full\"; source = \"a\"; target = \"b\"; } );",
                   "2", &study));
  ck_ok(co_family_advise(study, &text));
  ck_assert_msg(strstr(text.data, "above 0.05; 4 seeds are needed\n"), "%s", text.data);
  co_buf_free(&text);
  co_study_free(study);
}
END_TEST

// ten seeds of one given policy are one unit
START_TEST(a_plan_counts_units) {
  static const double smallest[] = {1, 0.001953125};
  for (int several = 0; several < 2; several++) {
    co_study *study = NULL;
    co_family family;
    ck_ok(read_study(several ? advice[0].comparisons : advice[2].comparisons, "10", &study));
    ck_ok(co_family_make(study, &family));
    double want = smallest[several] * family.count;
    ck_assert_double_eq_tol(co_family_plan(study, &family).smallest_p, fmin(want, 1), 1e-12);
    co_family_free(&family);
    co_study_free(study);
  }
}
END_TEST

START_TEST(what_cannot_be_found_is_said) {
  co_study *study = NULL;
  ck_ok(read_study(advice[_i].comparisons, advice[_i].seeds, &study));
  co_buf text = {0};
  ck_ok(co_family_advise(study, &text));
  ck_assert_str_eq(text.data ? text.data : "", advice[_i].says);
  co_buf_free(&text);
  co_study_free(study);
}
END_TEST

START_TEST(a_target_that_may_be_left_out_shrinks_the_family) {
  co_study *study = fixture_study("targets.0.if_not_live=skip", NULL, NULL);
  co_buf text = {0};
  ck_ok(co_family_advise(study, &text));
  ck_assert_msg(strncmp(text.data, "unless a target is left out, no strategy", 40) == 0, "%s",
                text.data);
  co_buf_free(&text);
  co_study_free(study);
}
END_TEST

START_TEST(a_written_study_keeps_its_family) {
  co_study *study = NULL, *again = NULL;
  ck_ok(read_study("comparisons = ( { strategy = \"full\"; target = \"b\"; } );", "5", &study));
  co_buf text = {0};
  ck_ok(co_study_write(study, &text));
  ck_ok(co_study_read(fixture_write("again.cfg", text.data), NULL, 0, &again));
  ck_assert_int_eq(again->def.comparisons.count, 1);
  ck_assert(co_study_hash(study) == co_study_hash(again));
  co_buf_free(&text);
  co_study_free(study);
  co_study_free(again);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("family");
  TCase *tcase = tcase_create("family");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tcase, mistakes_have_their_place, 0, sizeof bad / sizeof *bad);
  tcase_add_loop_test(tcase, a_family_is_what_is_declared, 0, sizeof families / sizeof *families);
  tcase_add_loop_test(tcase, what_cannot_be_found_is_said, 0, sizeof advice / sizeof *advice);
  tcase_add_test(tcase, a_plan_counts_units);
  tcase_add_test(tcase, a_single_comparison_has_none_to_spare);
  tcase_add_test(tcase, a_target_that_may_be_left_out_shrinks_the_family);
  tcase_add_test(tcase, a_written_study_keeps_its_family);
  suite_add_tcase(suite, tcase);
  return suite;
}
