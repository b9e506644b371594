#include "agents/policy/policy.h"
#include "agents/policy/zoo.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[1024];  // of the data, with a zoo of its own

static const char *at(const char *name) {
  static char path[1200];
  snprintf(path, sizeof path, "%s/%s", root, name);
  return path;
}

static void put(const char *name) {
  ck_assert_int_eq(co_file_write(at(name), "x", 1), CO_OK);
}

static void setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(root, sizeof root, "%s/test_zoo.%ld", build ? build : ".", (long)getpid());
  ck_assert_int_eq(co_dir_remove(root), CO_OK);
  ck_assert_int_eq(co_dir_create(at("configs/policies")), CO_OK);
  setenv("CARRYOVER_DATA", root, 1);
}

static void teardown(void) {
  unsetenv("CARRYOVER_DATA");
  ck_assert_int_eq(co_dir_remove(root), CO_OK);
}

START_TEST(names_are_those_of_files) {
  put("configs/policies/worm.safetensors");
  put("configs/policies/cat.safetensors");
  put("configs/policies/cat.safetensors.tmp");
  put("configs/policies/notes.txt");
  co_names names;
  ck_assert_int_eq(co_zoo_names(&names), CO_OK);
  ck_assert_int_eq(names.count, 2);
  ck_assert_str_eq(names.name[0], "cat");
  ck_assert_str_eq(names.name[1], "worm");
  co_names_free(&names);
  ck_assert(co_zoo_has("cat") && !co_zoo_has("notes") && !co_zoo_has("") && !co_zoo_has("zoo:cat"));
}
END_TEST

START_TEST(only_the_prefix_means_the_zoo) {
  char *path;
  put("configs/policies/cat.safetensors");
  ck_assert(co_zoo_is_name("zoo:cat") && !co_zoo_is_name("cat") && !co_zoo_is_name("my/zoo:cat"));
  ck_assert_int_eq(co_zoo_find("zoo:cat", &path), CO_OK);
  ck_assert_str_eq(path, at("configs/policies/cat.safetensors"));
  free(path);
  ck_assert_int_eq(co_zoo_find("cat", &path), CO_OK);
  ck_assert_str_eq(path, "cat");
  free(path);
}
END_TEST

// name, what is said of it
static const char *const wrong[][2] = {
    {"zoo:cta", "no policy \"cta\" in the zoo; did you mean \"zoo:cat\"?"},
    {"zoo:elephant", "no policy \"elephant\" in the zoo; there are: cat"},
    {"zoo:", "no policy \"\" in the zoo; there are: cat"},
    {"zoo:../policies/cat", "no policy \"../policies/cat\" in the zoo; there are: cat"},
};

START_TEST(others_are_told) {
  char *path;
  put("configs/policies/cat.safetensors");
  ck_assert_int_eq(co_zoo_find(wrong[_i][0], &path), CO_NO_INPUT);
  ck_assert_ptr_null(path);
  ck_assert_str_eq(co_error_text(), wrong[_i][1]);
}
END_TEST

START_TEST(a_policy_is_loaded_by_its_name) {
  co_policy *policy = small_policy(1), *loaded;
  ck_assert_int_eq(co_policy_save(policy, at("configs/policies/cat.safetensors")), CO_OK);
  ck_assert_int_eq(co_policy_load("zoo:cat", &loaded), CO_OK);
  ck_assert_uint_eq(co_policy_hash(loaded), co_policy_hash(policy));
  co_policy_free(loaded);
  co_policy_free(policy);
  put("configs/policies/cat.safetensors");
  ck_assert_int_eq(co_policy_load("zoo:cat", &loaded), CO_DATA);
  ck_assert_msg(strncmp(co_error_text(), "zoo:cat: offset 0: ", 19) == 0, "%s", co_error_text());
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("zoo");
  TCase *tcase = tcase_create("zoo");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, names_are_those_of_files);
  tcase_add_test(tcase, only_the_prefix_means_the_zoo);
  tcase_add_loop_test(tcase, others_are_told, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(tcase, a_policy_is_loaded_by_its_name);
  suite_add_tcase(suite, tcase);
  return suite;
}
