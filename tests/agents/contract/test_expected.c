// What a contract says of the policy's return, and how it was made.

#include "tests/agents/contract/contract_text.h"
#include "tests/support/line_env.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

static co_contract make_contract(void) {
  const co_network_def small = {
      .obs_dim = LINE_OBS, .act_dim = LINE_ACTION, .num_hidden = 1, .hidden = {8}};
  co_env_info world = line_make_info();
  co_contract contract;
  ck_assert_int_eq(co_contract_from_world(&world, &small, "ppo", &contract), CO_OK);
  contract.expected_episodes = 20;
  contract.expected_mean = -1.5;
  return contract;
}

// What eval --keep adds; files of trainings alone say nothing of it.
START_TEST(kept_performance_is_read_again) {
  co_contract contract = make_contract(), again;
  co_buf text = text_of(&contract);
  ck_assert_ptr_null(strstr(text.data, "interval"));
  ck_assert_ptr_null(strstr(text.data, "note"));
  co_buf_free(&text);
  contract.expected_confidence = 0.75;
  contract.expected_iqm = -1.25;
  contract.expected_lo = -2;
  contract.expected_hi = 0;
  contract.expected_seed = 7;
  snprintf(contract.note, sizeof contract.note, "by hand");
  text = text_of(&contract);
  ck_assert_ptr_nonnull(strstr(text.data,
                               "\"interval\":{\"confidence\":0.75,\"iqm\":-1.25,\"lo\":-2.0,"
                               "\"hi\":0.0,\"seed\":7}},\"note\":\"by hand\""));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert(again.expected_confidence == 0.75 && again.expected_iqm == -1.25);
  ck_assert(again.expected_lo == -2 && again.expected_hi == 0);
  ck_assert_uint_eq(again.expected_seed, 7);
  ck_assert_str_eq(again.note, "by hand");
  co_buf_free(&text);
  co_contract_free(&again);
  co_contract_free(&contract);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("expected");
  TCase *tcase = tcase_create("expected");
  tcase_add_test(tcase, kept_performance_is_read_again);
  suite_add_tcase(suite, tcase);
  return suite;
}
