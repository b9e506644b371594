// Small pieces of the page that several sections use.

#include "transfer/report/private/parts.h"

#include <math.h>

void co_report_put_strategy(co_buf *out, const co_report *report, int strategy) {
  co_buf_printf(out,
                "<span class=\"strategy\"><svg class=\"chip c%d\" aria-hidden=\"true\"><use "
                "href=\"#mark%d\"/></svg>",
                co_report_color(report, strategy), co_report_mark(report, strategy));
  co_put_html(out, report->strategy[strategy]);
  co_buf_puts(out, "</span>");
}

void co_report_put_pair(co_buf *out, const co_report *report, int pair) {
  const co_report_pair *at = &report->pair[pair];
  if (report->sources > 1 && at->source) {
    co_put_html(out, at->source);
    co_buf_puts(out, " → ");
  }
  co_put_html(out, at->target);
}

static void put_scalar(co_buf *out, const co_json *json) {
  if (co_json_is_string(json)) {
    co_put_html(out, co_json_as_string(json));
  } else if (co_json_is_bool(json)) {
    // the only accessor of a bool is by key; its text is that of JSON
    co_buf text = {0};
    if (co_json_write(json, 0, &text) != CO_OK) out->failed = true;
    co_put_html(out, text.data);
    co_buf_free(&text);
  } else {
    char number[CO_NUMBER_MAX];
    double value = co_report_number(json);
    co_format_number(value, value == trunc(value) ? 1000 : 0, false, number);  // no decimals
    co_buf_puts(out, number);
  }
}

static void put_nested(co_buf *out, const co_json *json, int depth) {
  size_t count = co_json_is_array(json) || co_json_is_object(json) ? co_json_count(json) : 0;
  if (count == 0 || depth == 0) {
    put_scalar(out, json);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (i > 0) co_buf_puts(out, ", ");
    if (co_json_is_object(json)) {
      co_put_html(out, co_json_key_at(json, i));
      co_buf_puts(out, " ");
    }
    put_nested(out, co_json_is_object(json) ? co_json_value_at(json, i) : co_json_at(json, i),
               depth - 1);
  }
}

void co_report_put_value(co_buf *out, const co_json *json) {
  put_nested(out, json, 3);
}

void co_report_put_share(co_buf *out, const co_estimate *share) {
  char value[CO_NUMBER_MAX], lo[CO_NUMBER_MAX], hi[CO_NUMBER_MAX];
  co_format_number(100 * share->value, 100, false, value);
  co_format_number(100 * share->lo, 100, false, lo);
  co_format_number(100 * share->hi, 100, false, hi);
  co_buf_printf(out, isfinite(share->value) ? "%s %%" : "%s", value);
  if (co_estimate_has_interval(share)) co_buf_printf(out, " [%s, %s]", lo, hi);
}

void co_report_put_number_cell(co_buf *out, double value, bool plus) {
  char number[CO_NUMBER_MAX];
  co_format_number(value, 0, plus, number);
  co_buf_printf(out, "<td class=\"number\">%s</td>", number);
}

void co_report_put_estimate_cell(co_buf *out, const co_estimate *estimate, bool plus) {
  co_estimate point = {estimate->value, NAN, NAN, 0, 0, NULL};
  bool interval = co_estimate_has_interval(estimate) && isfinite(estimate->value);
  co_buf_puts(out, "<td class=\"number\">");
  co_put_estimate(out, interval ? estimate : &point, plus);
  co_buf_puts(out, "</td>");
}

void co_report_put_section(co_buf *out, const char *id, const char *title) {
  co_buf_printf(out, "<section id=\"%s\">\n<h2>", id);
  co_put_html(out, title);
  co_buf_puts(out, "</h2>\n");
}

void co_report_open_table(co_buf *out, const char *css, const char *label) {
  // reachable by keyboard, since it may have to be scrolled
  co_buf_printf(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
  co_put_html(out, label);
  co_buf_printf(out, "\"><table class=\"%s\">\n", css);
}

void co_report_close_table(co_buf *out) {
  co_buf_puts(out, "</table></div>\n");
}
