// What the tests of comparisons share.

#ifndef TESTS_AGENTS_CONTRACT_COMPARE_H_
#define TESTS_AGENTS_CONTRACT_COMPARE_H_

#include "agents/contract/diff.h"
#include "tests/support/leg_contract.h"

#include <stdio.h>

// "0.3", "\"site/imu\"", "null", "[1,2]"
static inline char *text_of(const co_json *value, char out[256]) {
  if (co_json_is_number(value)) {
    snprintf(out, 256, "%.10g", co_json_as_number(value, NAN));
  } else if (co_json_is_string(value)) {
    snprintf(out, 256, "%s", co_json_as_string(value));
  } else if (co_json_is_array(value)) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < co_json_count(value); i++) {
      char item[256];
      used += (size_t)snprintf(out + used, 256 - used, "%s%s", i ? " " : "",
                               text_of(co_json_at(value, i), item));
    }
  } else {
    snprintf(out, 256, "null");
  }
  return out;
}

static inline co_contract_diff compare(const co_contract *a, const co_contract *b, bool policies) {
  static const co_tensor none[1];
  co_diff_side from = {.contract = a, .tensor = policies ? none : NULL};
  co_diff_side to = {.contract = b, .tensor = policies ? none : NULL};
  co_contract_diff diff;
  ck_assert_int_eq(co_contract_diff_make(&from, &to, &diff), CO_OK);
  return diff;
}

static inline int count_of(const co_contract_diff *diff, co_difference_kind kind) {
  int count = 0;
  for (int i = 0; i < diff->count; i++) count += diff->difference[i].kind == kind;
  return count;
}

static inline const co_difference *find(const co_contract_diff *diff, co_difference_kind kind,
                                        const char *element) {
  for (int i = 0; i < diff->count; i++) {
    const co_difference *found = &diff->difference[i];
    if (found->kind == kind && strcmp(found->element, element) == 0) return found;
  }
  ck_abort_msg("no %s of \"%s\"", co_difference_names[kind], element);
}

#endif  // TESTS_AGENTS_CONTRACT_COMPARE_H_
