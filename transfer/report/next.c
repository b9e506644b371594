// What the study's numbers suggest to try next, with the edits that `run --set` takes.

#include "transfer/report/private/parts.h"

#include <string.h>

// An argument as a shell takes it: between quotes unless it is plain.
void co_report_put_argument(co_buf *out, const char *text) {
  static const char plain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,:/=+-";
  if (strspn(text, plain) == strlen(text)) {
    co_buf_puts(out, text);
    return;
  }
  co_buf_puts(out, "'");
  for (; *text; text++) co_buf_puts(out, *text == '\'' ? "'\\''" : (char[]){*text, '\0'});
  co_buf_puts(out, "'");
}

const co_json *co_report_next(const co_report *report, int i) {
  const co_json *next = co_json_get(report->results, "next");
  if (!co_json_is_array(next) || i >= (int)co_json_count(next)) return NULL;
  return co_json_at(next, (size_t)i);
}

void co_report_put_edits(co_buf *out, const co_json *suggestion) {
  const co_json *set = co_json_get(suggestion, "set");
  for (size_t i = 0; co_json_is_array(set) && i < co_json_count(set); i++) {
    const char *edit = co_json_as_string(co_json_at(set, i));
    if (!edit) continue;
    co_buf_puts(out, out->size ? " --set " : "--set ");
    co_report_put_argument(out, edit);
  }
}

static void put_suggestion(co_buf *out, const co_json *suggestion) {
  co_buf edits = {0};
  co_report_put_edits(&edits, suggestion);
  co_buf_puts(out, "<li><p>");
  co_report_put_value(out, co_json_get(suggestion, "text"));
  co_buf_puts(out, "</p>\n");
  if (edits.size) {
    co_buf_puts(out, "<p><code>");
    co_put_html(out, edits.data);
    co_buf_puts(out, "</code></p>");
  }
  co_buf_puts(out, "</li>\n");
  out->failed |= edits.failed;
  co_buf_free(&edits);
}

void co_report_put_next(co_buf *out, const co_report *report) {
  if (!co_report_next(report, 0)) return;
  co_buf_puts(out,
              "<details id=\"next\"><summary>What to try next</summary>\n<p class=\"caption\">Each "
              "follows from numbers of this study; what stands below it goes behind the same call "
              "of <code>carryover run</code>. Where it changes trials that are done, take another "
              "folder with <code>--out</code>.</p>\n<ul>\n");
  for (int i = 0; co_report_next(report, i); i++) put_suggestion(out, co_report_next(report, i));
  co_buf_puts(out, "</ul></details>\n");
}
