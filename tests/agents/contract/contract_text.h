// A contract as the text of its JSON, and back, for tests.

#ifndef TESTS_AGENTS_CONTRACT_CONTRACT_TEXT_H_
#define TESTS_AGENTS_CONTRACT_CONTRACT_TEXT_H_

#include "agents/contract/contract_json.h"
#include "tests/support/support.h"

#include <string.h>

static inline co_buf text_of(const co_contract *contract) {
  co_buf text = {0};
  co_json *json;
  ck_assert_int_eq(co_contract_to_json(contract, &json), CO_OK);
  ck_assert_int_eq(co_json_write(json, 0, &text), CO_OK);
  co_json_free(json);
  return text;
}

static inline co_status read_text(const char *text, co_contract *out) {
  co_json *json;
  ck_assert_msg(co_json_parse(text, strlen(text), "test", &json) == CO_OK, "%s", co_error_text());
  co_status status = co_contract_from_json(json, "f", out);
  co_json_free(json);
  return status;
}

#endif  // TESTS_AGENTS_CONTRACT_CONTRACT_TEXT_H_
