// JSON: what is accepted is written to a text that reads back to the same text.

#include "core/buf.h"
#include "core/json.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_json *json, *again;
  if (!fuzz_accepted(co_json_parse((const char *)bytes, size, FUZZ_FILE, &json), CO_DATA)) return 0;
  co_buf first = {0}, second = {0};
  fuzz_hold(co_json_write(json, 0, &first) == CO_OK, "written");
  fuzz_hold(co_json_parse(first.data, first.size, FUZZ_FILE, &again) == CO_OK, "read again");
  fuzz_hold(co_json_write(again, 0, &second) == CO_OK, "written again");
  fuzz_hold(strcmp(first.data, second.data) == 0, "the same text");
  co_buf_free(&first);
  co_buf_free(&second);
  co_json_free(json);
  co_json_free(again);
  return 0;
}
