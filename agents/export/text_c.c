#include "agents/export/private/text_c.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f;
}

void co_c_put_string(co_buf *out, const char *text) {
  co_buf_puts(out, "\"");
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if (!is_plain(byte))
      co_buf_printf(out, "\\%03o", byte);  // three digits, so that none behind it is taken for one
    else
      co_buf_printf(out, strchr("\"\\?", byte) ? "\\%c" : "%c", byte);
  }
  co_buf_puts(out, "\"");
}

void co_c_put_comment(co_buf *out, const char *text) {
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    bool harmless = is_plain(byte) && !strchr("*?\\", byte);
    co_buf_printf(out, "%c", harmless ? byte : '.');
  }
}

void co_c_put_float(co_buf *out, float value) {
  assert(isfinite(value));
  co_buf_printf(out, "%af", (double)value);
}

void co_c_put_double(co_buf *out, double value) {
  assert(isfinite(value));
  co_buf_printf(out, "%a", value);
}
