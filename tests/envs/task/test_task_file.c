// Tasks that start from another: what is taken over, what replaces it, and what is refused.

#include "tests/envs/worlds.h"

// Two files that name each other are enough for most cases.
static co_status build_pair(const char *first, const char *second, co_built_world **out) {
  char *a = test_write("first.cfg", first), *b = test_write("second.cfg", second);
  co_status status = test_try_world(a, NULL, NULL, out);
  free(a);
  free(b);
  return status;
}

START_TEST(test_members_replace_those_of_the_base) {
  co_built_world *own = NULL, *base = test_world("hopper", NULL, NULL);
  ck_ok(build_pair("task = { base = \"hopper\"; horizon = 7; terminate = ( ); };", "", &own));
  ck_assert_str_eq(own->info.task, "first");
  ck_assert_int_eq(own->info.horizon, 7);
  ck_assert_int_eq(own->def.task.term[CO_TERM_TERMINATE].count, 0);
  ck_assert_int_eq(own->info.obs_dim, base->info.obs_dim);
  ck_assert_int_eq(own->info.num_terms, base->info.num_terms);
  ck_assert_uint_eq(own->info.model_hash, base->info.model_hash);
  ck_assert(own->info.task_hash != base->info.task_hash);
  co_world_free(own);
  co_world_free(base);
}
END_TEST

// A base without overrides is the base itself, and what is written back names no base.
START_TEST(test_effective_definition) {
  co_built_world *own = NULL, *base = test_world("pendulum", NULL, NULL);
  co_buf text = {0};
  ck_ok(build_pair("task = { base = \"pendulum\"; };", "", &own));
  ck_assert_uint_eq(own->info.task_hash, base->info.task_hash);
  ck_ok(co_task_write(&own->def.task, &text));
  ck_assert_ptr_null(strstr(text.data, "base"));
  co_buf_free(&text);
  co_world_free(own);
  co_world_free(base);
}
END_TEST

START_TEST(test_chain) {
  co_built_world *own = NULL;
  ck_ok(build_pair("task = { base = \"second\"; horizon = 5; };",
                   "task = { base = \"hopper\"; substeps = 2; horizon = 9; };", &own));
  ck_assert_int_eq(own->info.horizon, 5);
  ck_assert_int_eq(own->info.substeps, 2);
  ck_assert_str_eq(own->info.model, "hopper.xml");
  co_world_free(own);
}
END_TEST

// Edits see the whole task, as if it stood in one file.
START_TEST(test_edits_reach_the_base) {
  char *path = test_write("first.cfg", "task = { base = \"hopper\"; horizon = 5; };");
  co_built_world *own = test_world(path, NULL, "reward.0.weight=3");
  ck_assert_double_eq(co_task_term(&own->def.task, CO_TERM_REWARD, 0)->weight, 3.0);
  co_world_free(own);
  free(path);
}
END_TEST

// Each problem is named where it stands, in whichever file.
START_TEST(test_lines_are_kept) {
  co_built_world *own = NULL;
  const char *base =
      "task = {\n format = 1;\n engine = \"pendulum\";\n substeps = 0;\n horizon = 5;\n"
      " observation = ( { term = \"qpos\"; } );\n action = ( { term = \"ctrl\"; } );\n"
      " reward = ( { term = \"alive\"; } );\n};";
  ck_fails(build_pair("task = {\n base = \"second\";\n horizon = -1;\n};", base, &own), CO_CONFIG,
           "first.cfg:3: horizon");
  ck_assert_ptr_nonnull(strstr(co_error_text(), "second.cfg:4: substeps"));
}
END_TEST

static const struct {
  const char *first, *second;
  co_status status;
  const char *text;
} wrong[] = {
    {"task = {\n base = 3; };", "", CO_CONFIG, "first.cfg:2: base: must be the name"},
    {"task = { base = \"\"; };", "", CO_CONFIG, "base: must be the name"},
    {"task = { base = \"../envs/second\"; };", "", CO_CONFIG, "base: must be the name"},
    {"task = { base = \"no_such\"; };", "", CO_NO_INPUT, "and no task \"no_such\""},
    {"task = { base = \"first\"; };", "", CO_CONFIG, "base: a cycle"},
    {"task = { base = \"second\"; };", "task = { base = \"first\"; };", CO_CONFIG, "base: a cycle"},
    {"task = { base = \"second\"; };", "task = 1;", CO_CONFIG, "holds no group task"},
    {"task = { base = \"second\"; };", "other = { };", CO_CONFIG, "holds no group task"},
    {"task = { base = \"second\"; };", "task = {", CO_CONFIG, "second.cfg:1"},
    {"task = { base = \"second\"; bas = 1; };", "task = { base = \"hopper\"; };", CO_CONFIG,
     "bas:"},
    {"task = 1;", "", CO_CONFIG, "there must be a group"},
    {"task = {\n base = \"hoper\"; };", "", CO_NO_INPUT,
     "first.cfg:2: base: not next to this file, and no task \"hoper\" in configs/tasks; did you "
     "mean "
     "\"hopper\"?"},
    {"task = {\n base = \"hopper.cfg\"; };", "", CO_CONFIG, "must be the name of a task"},
};

START_TEST(test_refusals) {
  co_built_world *own = NULL;
  ck_fails(build_pair(wrong[_i].first, wrong[_i].second, &own), wrong[_i].status, wrong[_i].text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("task_file");
  TCase *base = tcase_create("base");
  tcase_add_test(base, test_members_replace_those_of_the_base);
  tcase_add_test(base, test_effective_definition);
  tcase_add_test(base, test_chain);
  tcase_add_test(base, test_edits_reach_the_base);
  tcase_add_test(base, test_lines_are_kept);
  tcase_add_loop_test(base, test_refusals, 0, sizeof wrong / sizeof *wrong);
  suite_add_tcase(suite, base);
  return suite;
}
