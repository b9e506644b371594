// What inspect says of a policy, a task, a study's folder, and of what is damaged.

#include "core/file.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"
#include "transfer/inspect/inspect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[512];

static void setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(folder, sizeof folder, "%s/inspect.%d", build ? build : ".", (int)getpid());
  ck_assert_int_eq(co_dir_create(folder), CO_OK);
}

static void teardown(void) {
  co_dir_remove(folder);
}

// Writes a file below the scratch folder and gives its path (valid until the next call).
static const char *write_file(const char *name, const char *bytes, size_t size) {
  static char path[640];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  ck_assert_msg(co_file_write(path, bytes, size) == CO_OK, "%s", co_error_text());
  return path;
}

static const char *write_text(const char *name, const char *text) {
  return write_file(name, text, strlen(text));
}

// Stands for what reads tasks and domains.
static co_status check(void *context, const char *kind, const char *path) {
  (void)context;
  co_buf text = {0};
  ck_assert(strcmp(kind, "task") == 0 || strcmp(kind, "domain") == 0 ||
            strcmp(kind, "collection") == 0);
  ck_assert_int_eq(co_file_read(path, 0, &text), CO_OK);
  bool bogus = strstr(text.data, "bogus") != NULL;
  co_buf_free(&text);
  return bogus
             ? co_fail(CO_CONFIG, "%s:1: bogus: unknown key\n%s:2: horizon: is missing", path, path)
             : CO_OK;
}

static co_json *inspect(const char *path) {
  co_json *object = co_json_object();
  ck_assert_msg(co_inspect_add(path, check, NULL, object) == CO_OK, "%s", co_error_text());
  return object;
}

static void assert_problems(const co_json *object, size_t count, const char *text) {
  const co_json *problems = co_json_get(object, "problems");
  ck_assert(co_json_is_array(problems));
  ck_assert_uint_eq(co_json_count(problems), count);
  bool found = text == NULL;
  for (size_t i = 0; i < count; i++)
    if (text && strstr(co_json_as_string(co_json_at(problems, i)), text)) found = true;
  ck_assert_msg(found, "no problem says %s", text);
}

static const co_json *tensor_named(const co_json *object, const char *name) {
  const co_json *tensors = co_json_get(object, "tensors");
  for (size_t i = 0; i < co_json_count(tensors); i++)
    if (strcmp(co_json_get_string(co_json_at(tensors, i), "name"), name) == 0)
      return co_json_at(tensors, i);
  ck_abort_msg("no tensor %s", name);
}

START_TEST(policy_is_described) {
  co_policy *policy = small_policy(1);
  co_buf file = {0};
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  const char *path = write_file("p.safetensors", file.data, file.size);
  co_json *object = inspect(path);
  char hash[CO_HASH_TEXT];
  co_hash_text(co_policy_hash(policy), hash);
  ck_assert_str_eq(co_json_get_string(object, "kind"), "policy");
  ck_assert_str_eq(co_json_get_string(object, "path"), path);
  ck_assert_str_eq(co_json_get_string(object, "hash"), hash);
  ck_assert(co_json_get_bool(object, "valid", false));
  assert_problems(object, 0, NULL);
  ck_assert_str_eq(co_json_get_string(co_json_get(co_json_get(object, "contract"), "task"), "name"),
                   "line");
  ck_assert_int_eq((int)co_json_count(co_json_get(object, "tensors")), policy->num_tensors);
  co_json_free(object);
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

START_TEST(tensors_have_shape_type_hash_and_moments) {
  co_policy *policy = small_policy(2);
  co_buf file = {0};
  float *log_std =
      policy->tensor[co_tensor_find(policy->tensor, policy->num_tensors, "actor.log_std")].data;
  log_std[0] = 1;
  log_std[1] = 4;
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  co_json *object = inspect(write_file("p.safetensors", file.data, file.size));
  const co_json *vector = tensor_named(object, "actor.log_std"),
                *weight = tensor_named(object, "actor.trunk.0.weight");
  ck_assert_double_eq(co_json_get_number(vector, "mean", 0), 2.5);
  ck_assert_double_eq(co_json_get_number(vector, "std", 0), 1.5);
  ck_assert_str_eq(co_json_get_string(vector, "dtype"), "F32");
  ck_assert_str_eq(co_json_get_string(tensor_named(object, "obs_norm.var"), "dtype"), "F64");
  ck_assert_uint_eq(co_json_count(co_json_get(vector, "shape")), 1);
  ck_assert(co_json_as_number(co_json_at(co_json_get(weight, "shape"), 0), 0) == 4);
  ck_assert(co_json_as_number(co_json_at(co_json_get(weight, "shape"), 1), 0) == LINE_OBS);
  for (int i = 0; i < policy->num_tensors; i++) {
    char hash[CO_HASH_TEXT];
    co_hash_text(co_tensor_hash(&policy->tensor[i]), hash);
    ck_assert_str_eq(co_json_get_string(tensor_named(object, policy->tensor[i].name), "hash"),
                     hash);
  }
  co_json_free(object);
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

START_TEST(normaliser_that_saw_nothing_is_a_problem) {
  co_policy *policy = small_policy(3);
  co_buf file = {0};
  if (_i) {
    policy->obs_norm.var[1] = 0;
  } else {
    co_normalizer_reset(&policy->obs_norm);
  }
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  co_json *object = inspect(write_file("p.safetensors", file.data, file.size));
  assert_problems(object, 1, _i ? "observation qvel/x never changed" : "has seen nothing");
  co_json_free(object);
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

START_TEST(damaged_policy_is_refused) {
  co_buf file = small_policy_file(4);
  co_json *object = co_json_object();
  file.data[file.size - 5] ^= 1;
  ck_assert_int_eq(
      co_inspect_add(write_file("p.safetensors", file.data, file.size), check, NULL, object),
      CO_DATA);
  ck_assert_int_eq(
      co_inspect_add(write_file("p.safetensors", file.data, file.size / 2), check, NULL, object),
      CO_DATA);
  ck_assert_int_eq(co_inspect_add(write_file("p.safetensors", "", 0), check, NULL, object),
                   CO_DATA);
  ck_assert_int_eq(co_inspect_add(write_text("p.txt", "hello, I am a text"), check, NULL, object),
                   CO_DATA);
  ck_assert_int_eq(co_inspect_add("no/such/file", check, NULL, object), CO_NO_INPUT);
  ck_assert_uint_eq(co_json_count(object), 0);  // as it was
  co_json_free(object);
  co_buf_free(&file);
}
END_TEST

static const char study_text[] =
    "study = { format = 1; name = \"s\"; seeds = 2;\n"
    "  sources = ( { name = \"a\"; task = \"pendulum\"; steps = 10; } ); };\n";

START_TEST(config_files_name_their_keys) {
  static const struct {
    const char *kind, *text, *key;
    size_t keys;
  } cases[] = {
      {"task", "task = { format = 1; horizon = 10; reward = ( ); };\n", "horizon", 3},
      {"study", study_text, "name", 4},
      {"domain", "domain = ( { parameter = \"a\"; }, { parameter = \"b\"; } );\n", "b", 2},
      {"collection", "presets = ( { name = \"x\"; }, { name = \"y\"; } );\n", "y", 2},
      {"strategies",
       "strategies = ( { name = \"m\"; base = \"full\"; }, { name = \"n\"; base = \"m\"; } );", "n",
       2},
  };
  char hash[CO_HASH_TEXT];
  const char *text = cases[_i].text;
  co_json *object = inspect(write_text("a.cfg", text));
  co_hash_text(co_hash(text, strlen(text)), hash);
  ck_assert_str_eq(co_json_get_string(object, "kind"), cases[_i].kind);
  ck_assert_str_eq(co_json_get_string(object, "hash"), hash);
  const co_json *keys = co_json_get(object, "keys");
  ck_assert_uint_eq(co_json_count(keys), cases[_i].keys);
  ck_assert_str_eq(co_json_as_string(co_json_at(keys, 1)), cases[_i].key);
  ck_assert(co_json_get_bool(object, "valid", false));
  ck_assert(co_json_is_object(co_json_get(object, "contract")));
  ck_assert_uint_eq(co_json_count(co_json_get(object, "tensors")), 0);
  assert_problems(object, 0, NULL);
  co_json_free(object);
}
END_TEST

// What a config would be refused for is a problem, every line of it.
START_TEST(config_that_can_not_be_used_is_not_valid) {
  static const struct {
    const char *text, *problem;
    size_t problems;
  } cases[] = {
      {"task = { bogus = 1; };", "horizon: is missing", 2},
      {"domain = ( { bogus = 1; } );", "bogus: unknown key", 2},
      {"study = { bogus = 1; };", "bogus: unknown key", 3},
      {"strategies = ( { name = \"m\"; bogus = 1; } );", "bogus", 1},
      {"strategies = ( { name = \"m\"; base = \"fulll\"; } );", "did you mean \"full\"", 1},
  };
  co_json *object = inspect(write_text("a.cfg", cases[_i].text));
  ck_assert(!co_json_get_bool(object, "valid", true));
  assert_problems(object, cases[_i].problems, cases[_i].problem);
  co_json_free(object);
}
END_TEST

START_TEST(names_that_are_paths_are_problems) {
  co_policy *policy = small_policy(6);
  snprintf(policy->contract.obs[1].name, sizeof policy->contract.obs[1].name, "qvel/../../x");
  *policy->obs_norm.count = 1;
  co_buf file = {0};
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  co_json *object = inspect(write_file("p.safetensors", file.data, file.size));
  ck_assert(!co_json_get_bool(object, "valid", true));
  assert_problems(object, 1, "observation \"qvel/../../x\" is named like a path");
  co_json_free(object);
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

START_TEST(config_that_holds_nothing_is_refused) {
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"task = { format = 1;\n horizon = ; };", "a.cfg:2:"},
      {"task = 3;", "holds no task, study"},
      {"", "holds no task, study"},
      {"colour = { };", "holds no task, study"},
  };
  co_json *object = co_json_object();
  ck_assert_int_eq(co_inspect_add(write_text("a.cfg", cases[_i].text), check, NULL, object),
                   CO_DATA);
  ck_assert_msg(strstr(co_error_text(), cases[_i].message) != NULL, "%s", co_error_text());
  ck_assert_uint_eq(co_json_count(object), 0);  // as it was
  co_json_free(object);
}
END_TEST

static void write_results(const char *hash, const char *trials) {
  co_buf text = {0};
  co_buf_printf(&text, "{\"study_hash\":\"%s\",\"trials\":%s}\n", hash, trials);
  write_text("results.json", text.data);
  co_buf_free(&text);
}

START_TEST(folder_of_a_study) {
  char hash[CO_HASH_TEXT];
  co_hash_text(co_hash(study_text, strlen(study_text)), hash);
  write_text("study.cfg", study_text);
  write_results(hash, "{\"total\":8,\"done\":8,\"failed\":[]}");
  co_json *object = inspect(folder);
  ck_assert_str_eq(co_json_get_string(object, "kind"), "study");
  ck_assert_str_eq(co_json_get_string(object, "hash"), hash);
  ck_assert_int_eq(co_json_get_int(co_json_get(object, "trials"), "done", 0), 8);
  ck_assert(co_json_get_bool(object, "valid", false));
  assert_problems(object, 0, NULL);
  co_json_free(object);
}
END_TEST

START_TEST(unfinished_or_mixed_study_has_problems) {
  co_json *object;
  write_text("study.cfg", study_text);
  object = inspect(folder);
  assert_problems(object, 1, "no results.json yet");
  ck_assert(!co_json_get_bool(object, "valid", true));
  co_json_free(object);
  write_results("0123456789abcdef", "{\"total\":8,\"done\":6,\"failed\":[\"oracle.a.s0\"]}");
  object = inspect(folder);
  assert_problems(object, 3, "another version of study.cfg");
  assert_problems(object, 3, "2 of 8 trials are not done");
  assert_problems(object, 3, "trial oracle.a.s0 failed");
  co_json_free(object);
}
END_TEST

START_TEST(damaged_study_is_refused) {
  co_json *object = co_json_object();
  ck_assert_int_eq(co_inspect_add(folder, check, NULL, object), CO_NO_INPUT);
  write_text("study.cfg", study_text);
  write_text("results.json", "{\"trials\":");
  ck_assert_int_eq(co_inspect_add(folder, check, NULL, object), CO_DATA);
  write_text("results.json", "[1,2]");
  ck_assert_int_eq(co_inspect_add(folder, check, NULL, object), CO_DATA);
  write_text("study.cfg", "study = {");
  ck_assert_int_eq(co_inspect_add(folder, check, NULL, object), CO_DATA);
  write_text("study.cfg", "task = { };");
  unlink(write_text("results.json", "{}"));
  ck_assert_int_eq(co_inspect_add(folder, check, NULL, object), CO_DATA);
  ck_assert_uint_eq(co_json_count(object), 0);  // as it was
  co_json_free(object);
}
END_TEST

START_TEST(text_for_people_is_aligned_and_says_all) {
  co_buf file = small_policy_file(5), text = {0};
  co_json *object = inspect(write_file("p.safetensors", file.data, file.size));
  co_inspect_print(object, &text);
  static const char *const parts[] = {
      "tensor                   shape  type          mean          std  hash\n",
      "\nactor.trunk.0.weight     4 x 3  F32  ",
      "\nobservation (3)\n    0  qpos/x [m]\n    1  qvel/x [m/s], scale 0.5, clip -10 to 10\n"
      "    2  goal/x [m], offset 0.25, clip - to 3\n",
      "\naction (2), output in units of the range\n    0  ctrl/push [N] ctrl, -1 to 1\n    1  "
      "ctrl/pull [N] torque, -0.5 to 2, "
      "scale -1, kp 20, kd 0.5\n",
      "  task        line (000000001234abcd)\n  model       line (0000000000000077), closed form\n",
      "  shift       option.gravity scale 1.5\n",
      "  pose        x 0.25\n  command     speed [m/s], -1 to 2\n",
      "  timing      0.1 s a control step: 2 physics steps of 0.05 s; observed fresh\n",
      "  network     4 tanh\n",
      "clip 10\n  training    ppo, 1000 steps, seed 5 number 1, parent -\n",
      "  expected    return -3.25, std 0 over 5 episodes\n",
  };
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    ck_assert_msg(strstr(text.data, parts[i]) != NULL, "no \"%s\" in\n%s", parts[i], text.data);
  co_json_free(object);
  co_buf_free(&text);
  co_buf_free(&file);
}
END_TEST

START_TEST(text_of_a_study_names_its_problems) {
  co_buf text = {0};
  write_text("study.cfg", study_text);
  write_results("0123456789abcdef", "{\"total\":3,\"done\":1,\"failed\":[]}");
  co_json *object = inspect(folder);
  co_inspect_print(object, &text);
  ck_assert_ptr_nonnull(
      strstr(text.data, "  keys        format, name, seeds, sources\n  trials      1 of 3 done\n"));
  ck_assert_ptr_nonnull(strstr(text.data, "\nproblem: 2 of 3 trials are not done\n"));
  ck_assert_ptr_null(strstr(text.data, "tensor"));
  co_json_free(object);
  co_buf_free(&text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("inspect");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, policy_is_described);
  tcase_add_test(tcase, tensors_have_shape_type_hash_and_moments);
  tcase_add_loop_test(tcase, normaliser_that_saw_nothing_is_a_problem, 0, 2);
  tcase_add_test(tcase, damaged_policy_is_refused);
  tcase_add_loop_test(tcase, config_files_name_their_keys, 0, 5);
  tcase_add_loop_test(tcase, config_that_can_not_be_used_is_not_valid, 0, 5);
  tcase_add_test(tcase, names_that_are_paths_are_problems);
  tcase_add_loop_test(tcase, config_that_holds_nothing_is_refused, 0, 4);
  tcase_add_test(tcase, folder_of_a_study);
  tcase_add_test(tcase, unfinished_or_mixed_study_has_problems);
  tcase_add_test(tcase, damaged_study_is_refused);
  tcase_add_test(tcase, text_for_people_is_aligned_and_says_all);
  tcase_add_test(tcase, text_of_a_study_names_its_problems);
  suite_add_tcase(suite, tcase);
  return suite;
}
