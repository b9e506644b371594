// Policies of every kind as ONNX: what is read back acts with the same bits.

#include "agents/export/readback.h"
#include "tests/support/export_policies.h"
#include "tests/support/support.h"

START_TEST(comes_back_bit_for_bit) {
  co_policy *policy = export_policy(&export_cases[_i]);
  co_buf bytes = {0};
  double most = -1, graph = -1;
  ck_assert_msg(co_export_onnx(policy, &bytes, &most, &graph) == CO_OK, "%s: %s",
                export_cases[_i].name, co_error_text());
  ck_assert_msg(most == 0, "%s: %g", export_cases[_i].name, most);
  ck_assert_msg(graph >= 0 && graph < 1e-3, "%s: graph %g", export_cases[_i].name, graph);
  co_buf_free(&bytes);
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("readback");
  TCase *tests = tcase_create("readback");
  tcase_add_loop_test(tests, comes_back_bit_for_bit, 0, EXPORT_CASES);
  suite_add_tcase(suite, tests);
  return suite;
}
