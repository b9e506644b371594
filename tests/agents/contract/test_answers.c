// What a contract answers, with origins; facts whose origin is told anew.

#include "agents/contract/answers.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static void make(co_contract *out) {
  co_env_info world = line_make_info();
  co_network_def def = {.obs_dim = LINE_OBS, .act_dim = LINE_ACTION};
  ck_ok(co_contract_from_world(&world, &def, "ppo", out));
}

static const co_json *find(const co_json *answers, const char *path) {
  for (size_t i = 0; i < co_json_count(answers); i++)
    if (strcmp(co_json_get_string(co_json_at(answers, i), "path"), path) == 0)
      return co_json_at(answers, i);
  return NULL;
}

static const char *from(const co_json *answers, const char *path) {
  const co_json *row = find(answers, path);
  return row ? co_json_get_string(row, "from") : "no such answer";
}

START_TEST(test_trained) {
  co_contract contract;
  make(&contract);
  co_json *answers = co_contract_answers(&contract);
  ck_assert_str_eq(from(answers, "observation.scale"), "trained");
  ck_assert_int_eq(co_json_get_int(find(answers, "observation"), "value", 0), LINE_OBS);
  ck_assert_int_eq(co_json_get_int(find(answers, "action"), "value", 0), LINE_ACTION);
  ck_assert_uint_eq(co_json_count(co_json_get(find(answers, "observation.name"), "value")),
                    LINE_OBS);
  ck_assert_double_eq(co_json_get_number(find(answers, "timing.control_dt"), "value", 0),
                      contract.timestep * contract.substeps);
  ck_assert_str_eq(co_json_get_string(find(answers, "normaliser"), "value"), "none");
  ck_assert_str_eq(co_json_get_string(find(answers, "network.memory"), "value"), "none");
  co_json_free(answers);
  co_contract_free(&contract);
}
END_TEST

// Elements of other origins are other answers; what is unknown has no value.
START_TEST(test_origins) {
  co_contract contract;
  make(&contract);
  contract.obs[1].scale = 0.25;
  ck_ok(co_contract_set_origin(&contract, "observation", CO_FROM_FILE, "a.yaml:1"));
  ck_ok(co_contract_set_origin(&contract, "observation.1.scale", CO_FROM_USER, "a.yaml:7"));
  ck_ok(co_contract_set_origin(&contract, "action", CO_FROM_UNKNOWN, ""));
  co_json *answers = co_contract_answers(&contract);
  ck_assert_str_eq(from(answers, "observation.name"), "file");
  ck_assert_str_eq(from(answers, "observation.0.scale"), "file");
  ck_assert_str_eq(from(answers, "observation.1.scale"), "user");
  ck_assert_double_eq(co_json_get_number(find(answers, "observation.1.scale"), "value", 0), 0.25);
  ck_assert_str_eq(co_json_get_string(find(answers, "observation.1.scale"), "detail"), "a.yaml:7");
  ck_assert_str_eq(from(answers, "action.scale"), "unknown");
  ck_assert(co_json_is_null(co_json_get(find(answers, "action.scale"), "value")));
  co_buf text = {0};
  co_answers_print(answers, &text);
  ck_assert_ptr_nonnull(strstr(text.data, "observation.1.scale    0.25  (user: a.yaml:7)\n"));
  ck_assert_ptr_nonnull(strstr(text.data, "action.scale           unknown\n"));
  co_buf_free(&text);
  co_json_free(answers);
  co_contract_free(&contract);
}
END_TEST

// The last word on a path counts, and on what is below it.
START_TEST(test_set_origin) {
  co_contract contract;
  make(&contract);
  ck_assert(co_contract_knows_normaliser(&contract));
  ck_ok(co_contract_set_origin(&contract, "normaliser.count", CO_FROM_DEFAULT, "here"));
  ck_ok(co_contract_set_origin(&contract, "normaliser_other", CO_FROM_FILE, "there"));
  ck_ok(co_contract_set_origin(&contract, "normaliser", CO_FROM_UNKNOWN, "nobody says"));
  ck_assert_int_eq(contract.num_provenance, 2);
  ck_assert(!co_contract_knows_normaliser(&contract));
  ck_assert_int_eq(co_contract_provenance(&contract, "normaliser.count")->from, CO_FROM_UNKNOWN);
  co_json *answers = co_contract_answers(&contract);
  ck_assert_str_eq(from(answers, "normaliser"), "unknown");
  co_json_free(answers);
  ck_ok(co_contract_set_origin(&contract, "normaliser", CO_FROM_USER, "--normaliser none"));
  ck_assert_int_eq(contract.num_provenance, 2);
  ck_assert(co_contract_knows_normaliser(&contract));
  co_contract_free(&contract);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("answers");
  TCase *tests = tcase_create("answers");
  tcase_add_test(tests, test_trained);
  tcase_add_test(tests, test_origins);
  tcase_add_test(tests, test_set_origin);
  suite_add_tcase(suite, tests);
  return suite;
}
