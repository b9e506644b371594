// Untrusted files, cut and changed anywhere: each gives a world, a trajectory, or one clear error;
// never a crash.

#include "core/rng.h"
#include "envs/record/replay.h"
#include "tests/envs/worlds.h"

// An error must have a text and one of the codes of bad input.
static void check_outcome(co_status status, const char *what, size_t at) {
  if (status == CO_OK) return;
  bool expected = status == CO_CONFIG || status == CO_DATA || status == CO_NO_INPUT;
  ck_assert_msg(expected, "%s damaged at %zu: status %d, %s", what, at, (int)status,
                co_error_text());
  ck_assert_msg(strlen(co_error_text()) > 10, "%s damaged at %zu: no text", what, at);
}

static co_status build(const char *path) {
  co_built_world *world = NULL;
  co_status status = test_try_world(path, NULL, NULL, &world);
  if (status == CO_OK) co_world_free(world);
  return status;
}

// Every cut of a task file.
START_TEST(test_cut_task) {
  char *text = test_source(_i ? "configs/tasks/hopper.cfg" : "configs/tasks/pendulum.cfg");
  size_t size = strlen(text);
  int refused = 0;
  for (size_t cut = 0; cut < size; cut += 3) {
    char *part = strndup(text, cut);
    char *path = test_write("cut.cfg", part);
    co_status status = build(path);
    check_outcome(status, "cut.cfg", cut);
    refused += status != CO_OK;
    free(part), free(path);
  }
  ck_assert_int_gt(refused, (int)size / 3 - 3);  // only the final newline and semicolon may go
  free(text);
}
END_TEST

// Random bytes changed in a task file.
START_TEST(test_changed_task) {
  char *text = test_source("configs/tasks/hopper.cfg");
  size_t size = strlen(text);
  for (uint32_t i = 0; i < 150; i++) {
    co_rng rng = co_rng_make(&(co_stream){5, (uint32_t)_i, CO_PURPOSE_TEST}, i);
    char *changed = strdup(text);
    size_t at = 0;
    for (uint32_t n = 0; n <= co_rng_below(&rng, 3); n++) {
      at = co_rng_below(&rng, (uint32_t)size);
      changed[at] = (char)(1 + co_rng_below(&rng, 126));
    }
    char *path = test_write("changed.cfg", changed);
    check_outcome(build(path), "changed.cfg", at);
    free(changed), free(path);
  }
  free(text);
}
END_TEST

// Whole words exchanged: valid syntax, other meaning.
START_TEST(test_exchanged_words) {
  static const char *const word[] = {
      "\"qpos\"", "\"qvel\"", "\"velocity\"", "\"outside\"", "\"*\"", "1000", "-1",
      "0",        "1e308",    "( )",          "{ }",         "true",  "\"\"", "[ 1.0 ]"};
  static const char *const place[] = {"\"qpos\"", "\"rootx\"", "1000", "-100.0",
                                      "0.005",    "\"alive\"", "4;",   "\"stale\"",
                                      "0.7",      "-0.001",    "\"*\""};
  enum { kWords = sizeof word / sizeof *word, kPlaces = sizeof place / sizeof *place };
  char *text = test_source("configs/tasks/hopper.cfg");
  for (size_t p = 0; p < kPlaces; p++) {
    for (size_t w = 0; w < kWords; w++) {
      char to[32];
      snprintf(to, sizeof to, "%s%s", word[w], strcmp(place[p], "4;") == 0 ? ";" : "");
      char *changed = test_replace(text, place[p], to);
      char *path = test_write("words.cfg", changed);
      check_outcome(build(path), place[p], w);
      free(changed), free(path);
    }
  }
  free(text);
}
END_TEST

// A domain's values at and beyond every limit.
START_TEST(test_extreme_domains) {
  static const char *const value[] = {"0",    "-0.0",  "1e-300", "-1e-300", "1e9", "-1e9",
                                      "1e10", "1e308", "(0,0)",  "(1,2,3)", "()",  "(1,2,3,4)"};
  static const char *const operation[] = {"set", "scale", "add"};
  for (int p = 0; p < CO_NUM_PARAMETERS; p++) {
    bool whole = co_parameters[p].element == CO_NO_ELEMENT;
    for (size_t o = 0; o < 3; o++) {
      for (size_t v = 0; v < sizeof value / sizeof *value; v++) {
        char shift[200];
        snprintf(shift, sizeof shift, "{ parameter = \"%s\"; %s %s = %s; }", co_parameters[p].name,
                 whole ? "" : "select = \"*\";", operation[o], value[v]);
        co_built_world *world = NULL;
        co_status status = test_try_world("hopper", shift, NULL, &world);
        check_outcome(status, shift, v);
        if (status == CO_OK) co_world_free(world);
      }
    }
  }
}
END_TEST

// A recording cut anywhere is refused; changed anywhere it is compared or refused.
START_TEST(test_damaged_recording) {
  char *text = test_source("tests/golden/hopper.json");
  size_t size = strlen(text);
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_replay_options options = {.windows = true, .tolerance = NAN};
  for (uint32_t i = 0; i < 200; i++) {
    co_rng rng = co_rng_make(&(co_stream){6, (uint32_t)_i, CO_PURPOSE_TEST}, i);
    size_t at = co_rng_below(&rng, (uint32_t)size - 2);
    char *damaged = _i ? strndup(text, at) : strdup(text);
    if (!_i) damaged[at] = (char)(32 + co_rng_below(&rng, 90));
    char *path = test_write("damaged.json", damaged);
    co_replay replay;
    co_status status = co_replay_file(world, path, &options, &replay);
    check_outcome(status, "damaged.json", at);
    if (_i) ck_assert_int_eq(status, CO_DATA);
    if (status == CO_OK) co_replay_free(&replay);
    free(damaged), free(path);
  }
  co_world_free(world);
  free(text);
}
END_TEST

// A model file cut anywhere.
START_TEST(test_cut_model) {
  char *text = test_source("envs/models/hopper.xml");
  size_t size = strlen(text);
  co_model *model = NULL;
  for (size_t cut = 0; cut + 20 < size; cut += 97) {
    char *part = strndup(text, cut);
    char *path = test_write("cut.xml", part);
    ck_assert_int_eq(co_model_load(&co_engine_mujoco, path, NULL, &model), CO_DATA);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "cut.xml"));
    free(part), free(path);
  }
  free(text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("damage");
  TCase *tcase = tcase_create("damage");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_cut_task, 0, 2);
  tcase_add_loop_test(tcase, test_changed_task, 0, 3);
  tcase_add_test(tcase, test_exchanged_words);
  tcase_add_test(tcase, test_extreme_domains);
  tcase_add_loop_test(tcase, test_damaged_recording, 0, 2);
  tcase_add_test(tcase, test_cut_model);
  suite_add_tcase(suite, tcase);
  return suite;
}
