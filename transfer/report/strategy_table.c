#include "transfer/report/private/strategy_table.h"

#include <string.h>

void co_report_put_code(co_buf *out, const char *text) {
  co_buf_puts(out, "<code>");
  while (text && *text) {
    size_t size = strcspn(text, "|.");
    co_buf part = {0};
    co_buf_add(&part, text, size + (text[size] != '\0'));
    co_put_html(out, part.data);
    if (text[size]) co_buf_puts(out, "<wbr/>");
    text += part.failed ? strlen(text) : part.size;
    out->failed |= part.failed;
    co_buf_free(&part);
  }
  co_buf_puts(out, "</code>");
}

// The things of one strategy, NULL: there are none.
static const co_json *things_of(const co_report *report, const co_strategy_table *table, int pair,
                                int strategy) {
  const co_json *things =
      co_json_get(co_report_entry(report, table->list, pair, strategy), table->items);
  return co_json_is_array(things) ? things : NULL;
}

static const co_json *thing_named(const co_json *things, const char *key, const char *name) {
  for (size_t i = 0; things && i < co_json_count(things); i++) {
    const char *other = co_json_get_string(co_json_at(things, i), key);
    if (other && strcmp(other, name) == 0) return co_json_at(things, i);
  }
  return NULL;
}

// Things that no earlier strategy has: the rows are the union over strategies.
static bool listed_before(const co_report *report, const co_strategy_table *table, int pair,
                          int strategy, const char *name) {
  for (int i = 0; name && i < strategy; i++) {
    if (thing_named(things_of(report, table, pair, i), table->name, name)) return true;
  }
  return false;
}

static void put_row(co_buf *out, const co_report *report, const co_strategy_table *table, int pair,
                    const co_json *thing) {
  const char *name = co_json_get_string(thing, table->name);
  if (!name) return;
  co_buf_puts(out, "<tr><th scope=\"row\">");
  co_report_put_code(out, name);
  co_buf_puts(out, "</th>");
  if (table->put_front) table->put_front(out, thing);
  for (int i = 0; i < report->strategies; i++) {
    const co_json *things = things_of(report, table, pair, i);
    if (things) table->put(out, thing_named(things, table->name, name));
  }
  co_buf_puts(out, "</tr>\n");
}

static void put_table(co_buf *out, const co_report *report, const co_strategy_table *table,
                      int pair) {
  co_report_open_table(out, table->css, table->label);
  co_buf_printf(out, "<thead><tr>%s", table->head);
  for (int i = 0; i < report->strategies; i++) {
    if (!things_of(report, table, pair, i)) continue;
    co_buf_puts(out, "<th>");
    co_report_put_strategy(out, report, i);
    co_buf_puts(out, "</th>");
  }
  co_buf_puts(out, "</tr></thead>\n<tbody>");
  for (int i = 0; i < report->strategies; i++) {
    const co_json *things = things_of(report, table, pair, i);
    for (size_t k = 0; things && k < co_json_count(things); k++) {
      const co_json *thing = co_json_at(things, k);
      if (listed_before(report, table, pair, i, co_json_get_string(thing, table->name))) continue;
      put_row(out, report, table, pair, thing);
    }
  }
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
}

bool co_strategy_table_put(co_buf *out, const co_report *report, const co_strategy_table *table) {
  bool any = false;
  for (int i = 0; i < report->pairs; i++) {
    int strategies = 0;
    for (int k = 0; k < report->strategies; k++)
      strategies += things_of(report, table, i, k) != NULL;
    if (strategies == 0) continue;
    co_buf_puts(out, any ? "<details><summary>" : "<details open=\"open\"><summary>");
    co_report_put_pair(out, report, i);
    co_buf_puts(out, "</summary>\n");
    put_table(out, report, table, i);
    co_buf_puts(out, "</details>\n");
    any = true;
  }
  return any;
}
