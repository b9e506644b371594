// Facts that contracts of format 2 hold, one by one: what differs, of which kind, and what mends
// it.

#include "tests/agents/contract/compare.h"

// Files of format 1 know models by another hash: that of a world is compared, that of another file
// is not.
START_TEST(hashes_of_both_formats) {
  co_contract a = make_leg(), b = make_leg();
  a.format = 1;
  a.model_hash = 7;
  static const struct {
    uint64_t of_format_1;
    int count;
  } cases[] = {{7, 0}, {8, 1}, {0, 0}};
  for (int i = 0; i < 3; i++) {
    b.model_hash_1 = cases[i].of_format_1;
    co_contract_diff diff = compare(&a, &b, false);
    ck_assert_int_eq(diff.count, cases[i].count);
    if (diff.count) ck_assert_str_eq(diff.difference[0].path, "model.hash");
    co_contract_diff_free(&diff);
  }
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("contract_diff_facts");
  TCase *tcase = tcase_create("facts");
  tcase_add_test(tcase, hashes_of_both_formats);
  suite_add_tcase(suite, tcase);
  return suite;
}
