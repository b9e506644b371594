// Policy files: what is accepted is written to the same bytes again and again.

#include "agents/policy/policy.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_policy *policy, *again;
  if (!fuzz_accepted(co_policy_parse(bytes, size, FUZZ_FILE, &policy), CO_DATA)) return 0;
  co_buf first = {0}, second = {0};
  fuzz_hold(co_policy_write(policy, &first) == CO_OK, "written");
  fuzz_hold(co_policy_parse(first.data, first.size, FUZZ_FILE, &again) == CO_OK, "read again");
  fuzz_hold(co_policy_write(again, &second) == CO_OK, "written again");
  fuzz_hold(first.size == second.size && !memcmp(first.data, second.data, first.size), "the same");
  co_buf_free(&first);
  co_buf_free(&second);
  co_policy_free(policy);
  co_policy_free(again);
  return 0;
}
