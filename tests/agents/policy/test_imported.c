// What policies of other programs need: tanh behind a Gaussian, normalisers without an epsilon, and
// those that nobody knows.

#include "tests/support/acting.h"
#include "tests/support/scratch.h"
#include "tests/support/small_policy.h"

#include <math.h>

// A Gaussian that was drawn before tanh acts through it, and its file says so.
START_TEST(tanh_comes_before_the_range) {
  enum { ROWS = 40 };
  float obs[ROWS * LINE_OBS], plain[ROWS * LINE_ACTION], drawn[ROWS * LINE_ACTION];
  co_policy *policy = small_policy(2), *back = NULL;
  co_buf file = {0};
  co_rng rng = co_rng_make(&(co_stream){4, 1, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < ROWS * LINE_OBS; i++) obs[i] = (float)co_rng_normal(&rng);
  for (int j = 0; j < LINE_ACTION; j++) policy->output[j] = (co_output_map){.low = -9, .high = 9};
  policy_act(policy, obs, ROWS, plain);
  policy->contract.output = CO_OUTPUT_TANH;
  co_output_maps(&policy->contract, policy->output);
  policy_act(policy, obs, ROWS, drawn);
  for (int i = 0; i < ROWS * LINE_ACTION; i++) {
    double low = line_action[i % LINE_ACTION].low, high = line_action[i % LINE_ACTION].high;
    double want = (low + high) / 2 + (high - low) / 2 * tanh((double)plain[i]);
    ck_assert_double_eq_tol((double)drawn[i], want, 1e-5);
  }
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  ck_assert_msg(co_policy_parse(file.data, file.size, "f", &back) == CO_OK, "%s", co_error_text());
  policy_act(back, obs, ROWS, plain);
  ck_assert_mem_eq(plain, drawn, sizeof plain);
  co_buf_free(&file);
  co_policy_free(back);
  co_policy_free(policy);
}
END_TEST

// A normaliser of other people may have no epsilon; then it has to have a spread.
START_TEST(a_normaliser_needs_something_to_divide_by) {
  co_policy *policy = small_policy(17), *back = NULL;
  co_buf file = {0};
  policy->obs_norm.epsilon = 0;
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  ck_assert_msg(co_policy_parse(file.data, file.size, "f", &back) == CO_OK, "%s", co_error_text());
  ck_assert_double_eq(back->obs_norm.epsilon, 0);
  co_policy_free(back);
  policy->obs_norm.var[1] = 0;
  file.size = 0;
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  ck_assert_int_eq(co_policy_parse(file.data, file.size, "f", &back), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "obs_norm has a variance of 0, and no epsilon"));
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

// Looked at, not acted with, until somebody says what observations go through.
START_TEST(an_unknown_normaliser_does_not_act) {
  co_policy *policy = small_policy(18), *back = NULL;
  ck_assert_int_eq(
      co_contract_set_origin(&policy->contract, "normaliser", CO_FROM_UNKNOWN, "nobody says"),
      CO_OK);
  ck_assert_int_eq(co_policy_save(policy, at("unknown.safetensors")), CO_OK);
  ck_assert_int_eq(co_policy_load(at("unknown.safetensors"), &back), CO_OK);
  co_policy_free(back);
  ck_assert_int_eq(co_policy_load_to_act(at("unknown.safetensors"), &back), CO_CONFIG);
  ck_assert_ptr_null(back);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "--normaliser none, FILE or fit"));
  ck_assert_int_eq(co_contract_set_origin(&policy->contract, "normaliser", CO_FROM_USER, ""),
                   CO_OK);
  ck_assert_int_eq(co_policy_save(policy, at("unknown.safetensors")), CO_OK);
  ck_assert_int_eq(co_policy_load_to_act(at("unknown.safetensors"), &back), CO_OK);
  co_policy_free(back);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("imported");
  TCase *tcase = tcase_create("imported");
  tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
  tcase_add_test(tcase, tanh_comes_before_the_range);
  tcase_add_test(tcase, a_normaliser_needs_something_to_divide_by);
  tcase_add_test(tcase, an_unknown_normaliser_does_not_act);
  suite_add_tcase(suite, tcase);
  return suite;
}
