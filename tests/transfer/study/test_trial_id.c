// Ids of trials: what is printed reads back, and what is none is told.

#include "tests/support/support.h"
#include "transfer/study/trial_id.h"

#include <stdio.h>
#include <string.h>

#define NAME_47 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS-_"

static const struct {
  const char *id;
  co_trial_parts parts;
} whole[] = {
    {"source.a.-.-.s0", {CO_TRIAL_SOURCE, "a", "-", "-", 0, -1, -1}},
    {"oracle.-.b.scratch.s12", {CO_TRIAL_ORACLE, "-", "b", "scratch", 12, -1, -1}},
    {"random.-.b.-.s0", {CO_TRIAL_RANDOM, "-", "b", "-", 0, -1, -1}},
    {"transfer.a-1.b_2.full.s999", {CO_TRIAL_TRANSFER, "a-1", "b_2", "full", 999, -1, -1}},
    {"data.a.b.own.s3", {CO_TRIAL_DATA, "a", "b", "own", 3, -1, -1}},
    {"stage.a.b.chain.s0.t2", {CO_TRIAL_STAGE, "a", "b", "chain", 0, 2, -1}},
    {"tune.a.b.full.s0.c17", {CO_TRIAL_TUNE, "a", "b", "full", 0, -1, 17}},
    {"tune.a.b.full.s0.t0.c0", {CO_TRIAL_TUNE, "a", "b", "full", 0, 0, 0}},
    {"transfer." NAME_47 "." NAME_47 "." NAME_47 ".s1000.t1000000.c1000000",
     {CO_TRIAL_TRANSFER, NAME_47, NAME_47, NAME_47, 1000, 1000000, 1000000}},
};

START_TEST(what_is_printed_reads_back) {
  char id[CO_TRIAL_ID];
  co_trial_parts parts;
  const co_trial_parts *want = &whole[_i].parts;
  co_trial_id_print(want, id);
  ck_assert_str_eq(id, whole[_i].id);
  ck_assert_msg(co_trial_id_parse(id, &parts) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(parts.kind, want->kind);
  ck_assert_str_eq(parts.source, want->source);
  ck_assert_str_eq(parts.target, want->target);
  ck_assert_str_eq(parts.strategy, want->strategy);
  ck_assert_int_eq(parts.seed, want->seed);
  ck_assert_int_eq(parts.stage, want->stage);
  ck_assert_int_eq(parts.candidate, want->candidate);
}
END_TEST

#define NO_SEED "it has no seed, sN, behind its strategy"
#define NO_PART "behind its seed stands neither a stage nor a candidate"
#define NO_NUMBER "what follows s, t or c is no number"
static const struct {
  const char *id, *says;
} none[] = {
    {"", "it begins with no kind of trial"},
    {"sources.a.-.-.s0", "it begins with no kind of trial"},
    {"Source.a.-.-.s0", "it begins with no kind of trial"},
    {"source", "its source is neither a name nor -"},
    {"source.", "its source is neither a name nor -"},
    {"source.-a.-.-.s0", "its source is neither a name nor -"},
    {"source.a b.-.-.s0", "its source is neither a name nor -"},
    {"source../x.-.-.s0", "its source is neither a name nor -"},
    {"source." NAME_47 "x.-.-.s0", "its source is neither a name nor -"},
    {"source." NAME_47 NAME_47 ".-.-.s0", "its source is neither a name nor -"},
    {"source.a", "its target is neither a name nor -"},
    {"source.a.-", "its strategy is neither a name nor -"},
    {"source.a.-..s0", "its strategy is neither a name nor -"},
    {"source.a.-.-", NO_SEED},
    {"source.a.-.-.", NO_SEED},
    {"source.a.-.-.0", NO_SEED},
    {"source.a.-.-.t0", NO_SEED},
    {"source.a.-.-.s", NO_NUMBER},
    {"source.a.-.-.s01", NO_NUMBER},
    {"source.a.-.-.s-1", NO_NUMBER},
    {"source.a.-.-.s1x", NO_NUMBER},
    {"source.a.-.-.s12345678", NO_NUMBER},
    {"source.a.-.-.s0.", NO_PART},
    {"source.a.-.-.s0.s0", NO_PART},
    {"source.a.-.-.s0.c0.t0", NO_PART},
    {"source.a.-.-.s0.t0.c0.c0", NO_PART},
    {"source.a.-.-.s0.x1", NO_PART},
    {"source.a.-.-.s0.t", NO_NUMBER},
};

START_TEST(what_is_none_is_told) {
  co_trial_parts parts = {.seed = 7};
  ck_assert_int_eq(co_trial_id_parse(none[_i].id, &parts), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), none[_i].says) != NULL, "%s: %s", none[_i].id,
                co_error_text());
  ck_assert_int_eq(parts.seed, 7);  // nothing was changed
}
END_TEST

// Every prefix of an id is another one or none, and nothing that is printed is cut.
START_TEST(prefixes_are_other_ids) {
  static const char id[] = "tune.a.b.full.s10.t2.c3";
  char cut[CO_TRIAL_ID], again[CO_TRIAL_ID];
  int ids = 0;
  for (size_t size = 0; size <= strlen(id); size++) {
    co_trial_parts parts;
    snprintf(cut, sizeof cut, "%.*s", (int)size, id);
    if (co_trial_id_parse(cut, &parts) != CO_OK) continue;
    co_trial_id_print(&parts, again);
    ck_assert_str_eq(again, cut);
    ids++;
  }
  ck_assert_int_eq(ids, 4);  // s1, s10, t2, c3
}
END_TEST

START_TEST(kinds_say_what_they_leave) {
  for (int i = 0; i < CO_NUM_TRIAL_KINDS; i++)
    ck_assert_msg(co_trial_part_is_fine(co_trial_kind_table[i].name), "%s",
                  co_trial_kind_table[i].name);
  ck_assert_uint_eq(co_trial_kind_table[CO_TRIAL_DATA].leaves, CO_LEAVES_DATA);
  ck_assert_uint_eq(co_trial_kind_table[CO_TRIAL_RANDOM].leaves, CO_LEAVES_EVALUATIONS);
  ck_assert_uint_eq(co_trial_kind_table[CO_TRIAL_SOURCE].leaves,
                    CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("trial_id");
  TCase *all = tcase_create("all");
  tcase_add_loop_test(all, what_is_printed_reads_back, 0, sizeof whole / sizeof *whole);
  tcase_add_loop_test(all, what_is_none_is_told, 0, sizeof none / sizeof *none);
  tcase_add_test(all, prefixes_are_other_ids);
  tcase_add_test(all, kinds_say_what_they_leave);
  suite_add_tcase(suite, all);
  return suite;
}
