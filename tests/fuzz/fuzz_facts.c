// Facts in JSON and YAML: what is accepted becomes a contract, and a contract can be written and
// read again.

#include "agents/contract/contract_json.h"
#include "agents/import/facts.h"
#include "tests/fuzz/target.h"

// Sizes as they are stated; networks of a file's fantasy are not made.
static int size_of(const co_fact_number *size, int otherwise) {
  return size->at.stated && size->value <= 256 ? (int)size->value : otherwise;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_facts facts = {0};
  co_status status = co_facts_parse((const char *)bytes, size, FUZZ_FILE, &facts);
  if (status != CO_OK) {
    fuzz_hold(status == CO_DATA, "kind of the error");
    fuzz_hold(strstr(co_error_text(), FUZZ_FILE) != NULL, "file");
    fuzz_hold(facts.memory.used == 0, "nothing added");
    return 0;
  }
  const co_network_def def = {.obs_dim = size_of(&facts.obs_dim, 12),
                              .act_dim = size_of(&facts.act_dim, 3)};
  co_contract contract, again;
  co_json *json;
  status = co_facts_contract(&facts, &def, &contract);
  fuzz_hold(status == CO_OK || status == CO_DATA, "a contract, or data that make none");
  if (status == CO_OK) {
    fuzz_hold(co_contract_to_json(&contract, &json) == CO_OK, "written");
    fuzz_hold(co_contract_from_json(json, FUZZ_FILE, &again) == CO_OK, "read again");
    fuzz_hold(strcmp(again.obs[0].name, contract.obs[0].name) == 0, "the same name");
    co_contract_free(&again);
    co_contract_free(&contract);
    co_json_free(json);
  }
  co_facts_free(&facts);
  return 0;
}
