// Config files: what is accepted is written to a text that reads back to the same text.

#include "core/buf.h"
#include "core/config/tree.h"
#include "tests/fuzz/target.h"

static char *text_of(const co_node *root) {
  co_buf buf = {0};
  co_buf_puts(&buf, "");
  co_tree_write(root, &buf);
  fuzz_hold(!buf.failed, "written");
  return buf.data;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = strndup((const char *)bytes, size);
  co_node *root, *again;
  if (fuzz_accepted(co_tree_parse(text, FUZZ_FILE, &root), CO_CONFIG)) {
    char *first = text_of(root);
    fuzz_hold(co_tree_parse(first, FUZZ_FILE, &again) == CO_OK, "read again");
    char *second = text_of(again);
    fuzz_hold(strcmp(first, second) == 0, "the same text");
    free(first);
    free(second);
    co_node_free(root);
    co_node_free(again);
  }
  free(text);
  return 0;
}
