// Policies of every kind as tensors and facts: what is imported of them acts with the same bits,
// and its contract says the same.

#include "agents/export/c_readback.h"
#include "tests/support/export_policies.h"
#include "tests/support/small_program.h"
#include "tests/support/support.h"
#include "transfer/export/export.h"
#include "transfer/import/import.h"

#include <math.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

static const char *const refused[] = {"mixed", "residual"};

static bool is_refused(const char *name) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (strcmp(refused[i], name) == 0) return true;
  return false;
}

START_TEST(tensors_come_back_bit_for_bit) {
  const export_case *one = &export_cases[_i];
  co_policy *policy = export_policy(one);
  co_export made;
  co_status status = co_export_make(policy, "safetensors", "out.safetensors", "policy", &made);
  ck_assert_msg((status == CO_CONFIG) == is_refused(one->name), "%s: %s", one->name,
                co_error_text());
  if (status == CO_OK) {
    ck_assert_msg(made.max_abs == 0, "%s: %g", one->name, made.max_abs);
    ck_assert_int_eq(made.count, 2);
    ck_assert_str_eq(made.path[1], "out.facts.json");
    co_export_free(&made);
  }
  co_policy_free(policy);
}
END_TEST

static co_policy *import_both(const co_export *made) {
  const char *name[] = {made->path[0], made->path[1]};
  const co_import_def def = {
      .file = name, .num_files = 2, .bytes = made->bytes, .log_std = (double)NAN};
  co_import back;
  ck_ok(co_import_run(&def, &back));
  co_policy *policy = back.policy;
  back.policy = NULL;
  co_import_free(&back);
  return policy;
}

static void check_elements(const co_contract *a, const co_contract *b) {
  ck_assert_int_eq(a->num_obs, b->num_obs);
  for (int i = 0; i < a->num_obs; i++) {
    ck_assert_str_eq(a->obs[i].name, b->obs[i].name);
    ck_assert(a->obs[i].scale == b->obs[i].scale && a->obs[i].offset == b->obs[i].offset);
    ck_assert(a->obs[i].clip_low == b->obs[i].clip_low);
    ck_assert(a->obs[i].clip_high == b->obs[i].clip_high);
  }
  ck_assert_int_eq(a->num_action, b->num_action);
  for (int i = 0; i < a->num_action; i++) {
    ck_assert(a->action[i].scale == b->action[i].scale);
    ck_assert(a->action[i].offset == b->action[i].offset);
    ck_assert(a->action[i].low == b->action[i].low && a->action[i].high == b->action[i].high);
  }
}

START_TEST(facts_say_what_the_contract_says) {
  const export_case *one = &export_cases[_i];
  co_policy *policy = export_policy(one);
  co_export made;
  if (co_export_make(policy, "safetensors", "out.safetensors", "policy", &made) == CO_OK) {
    co_policy *back = import_both(&made);
    check_elements(&policy->contract, &back->contract);
    ck_assert_int_eq(co_output_is_squashed(&policy->contract),
                     co_output_is_squashed(&back->contract));
    ck_assert_int_eq(policy->net.def.head, back->net.def.head);
    ck_assert(policy->contract.timestep == back->contract.timestep);
    ck_assert_int_eq(policy->contract.substeps, back->contract.substeps);
    co_policy_free(back);
    co_export_free(&made);
  }
  co_policy_free(policy);
}
END_TEST

START_TEST(c_holds_every_number) {
  const export_case *one = &export_cases[_i];
  co_policy *policy = export_policy(one);
  co_export made;
  ck_ok(co_export_make(policy, "c", "out.c", "policy", &made));
  ck_assert_msg(made.max_abs == 0, "%s: %g", one->name, made.max_abs);
  char *at = strstr(made.bytes[0].data, "layer_0_weight[");
  double most = 0;
  ck_assert_ptr_nonnull(at);
  if (strcmp(one->name, "narrow") == 0) {  // a digit is seen
    at = strstr(at, "0x1");
    at[2] = '9';
    ck_ok(co_export_c_difference(policy, &made.bytes[0], &most));
    ck_assert_msg(most > 0, "%s", one->name);
  } else {
    *at = 'L';
    ck_assert_int_eq(co_export_c_difference(policy, &made.bytes[0], &most), CO_INTERNAL);
  }
  co_export_free(&made);
  co_policy_free(policy);
}
END_TEST

// An actor keeps the range of the robot from which it came, and does not leave it.
START_TEST(a_range_of_another_robot_is_scale_and_bias) {
  for (int squashed = 0; squashed < 2; squashed++) {
    co_network_def def = {EXPORT_HIDDEN(8), .activation = CO_TANH};
    if (squashed) def.head = CO_HEAD_SQUASHED;
    co_policy *policy = small_policy_of(def, 3);
    co_contract *contract = &policy->contract;
    contract->range = calloc((size_t)contract->num_action, sizeof *contract->range);
    contract->num_ranges = contract->num_action;
    for (int i = 0; i < contract->num_action; i++)
      contract->range[i] = (co_output_range){-0.25, 0.5};
    contract->output = CO_OUTPUT_RANGE;
    co_output_maps(contract, policy->output);
    co_export made;
    ck_ok(co_export_make(policy, "safetensors", "out.safetensors", "policy", &made));
    ck_assert_msg(made.max_abs < 1e-6, "%g", made.max_abs);
    co_export_free(&made);
    co_policy_free(policy);
  }
}
END_TEST

START_TEST(a_program_names_its_own_file) {
  static const char *const forms[] = {"onnx", "c", "safetensors", "deploy"};
  static const char *const paths[] = {"p.onnx", "p.c", "p.safetensors", "p.yaml"};
  co_policy *policy = program_policy(_i);
  for (int form = 0; form < 4; form++) {
    co_export made;
    ck_assert_int_eq(co_export_make(policy, forms[form], paths[form], "policy", &made), CO_CONFIG);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "use that file"));
  }
  co_policy_free(policy);
}
END_TEST

START_TEST(what_cannot_be_is_told) {
  co_policy *policy = small_policy(1);
  co_export made;
  ck_assert_int_eq(co_export_make(policy, "tflite", "x", "policy", &made), CO_USAGE);
  ck_assert_int_eq(co_export_make(policy, "safetensors", "x.onnx", "policy", &made), CO_USAGE);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("export");
  TCase *tests = tcase_create("export");
  tcase_add_loop_test(tests, tensors_come_back_bit_for_bit, 0, EXPORT_CASES);
  tcase_add_loop_test(tests, facts_say_what_the_contract_says, 0, EXPORT_CASES);
  tcase_add_loop_test(tests, c_holds_every_number, 0, EXPORT_CASES);
  tcase_add_test(tests, a_range_of_another_robot_is_scale_and_bias);
  tcase_add_loop_test(tests, a_program_names_its_own_file, 0, NUM_PROGRAMS);
  tcase_add_test(tests, what_cannot_be_is_told);
  suite_add_tcase(suite, tests);
  return suite;
}
