// What was transferred: the strategies in words, the tensors they copied, froze and moved, and the
// check at step 0.

#include "transfer/report/private/strategy_table.h"

#include <math.h>
#include <string.h>

// ---- strategies

static void put_text_cell(co_buf *out, const char *text) {
  co_buf_puts(out, "<td class=\"text\">");
  co_put_html(out, text && *text ? text : "–");
  co_buf_puts(out, "</td>");
}

static void put_glob_cell(co_buf *out, const char *glob) {
  co_buf_puts(out, "<td>");
  co_report_put_code(out, glob && *glob ? glob : "–");
  co_buf_puts(out, "</td>");
}

static void put_definitions(co_buf *out, const co_report *report) {
  if (!co_json_is_array(co_json_get(report->results, "strategy_definitions"))) return;
  co_report_open_table(out, "", "strategies");
  co_buf_puts(out,
              "<thead><tr><th>strategy</th><th>what it does</th><th>copies</th><th>trains</th>"
              "<th>observation normaliser</th></tr></thead>\n<tbody>");
  for (int i = 0; i < report->strategies; i++) {
    const co_json *definition =
        co_report_named(report, "strategy_definitions", report->strategy[i]);
    co_buf_puts(out, "<tr><th scope=\"row\">");
    co_report_put_strategy(out, report, i);
    co_buf_puts(out, "</th>");
    put_text_cell(out, co_json_get_string(definition, "doc"));
    put_glob_cell(out, co_json_get_string(definition, "copy"));
    put_glob_cell(out, co_json_get_string(definition, "train"));
    put_text_cell(out, co_json_get_string(definition, "obs_norm"));
    co_buf_puts(out, "</tr>\n");
  }
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
}

// ---- tensors x strategies of one pair

// a frozen tensor must keep its bytes; only known when both hashes are
static bool broke_freeze(const co_json *tensor) {
  const char *before = co_json_get_string(tensor, "hash_before");
  const char *after = co_json_get_string(tensor, "hash_after");
  return before && after && strcmp(before, after) != 0;
}

static void put_fate(co_buf *out, const co_json *tensor) {
  const char *status = co_json_get_string(tensor, "status");
  const co_json *trained = co_json_get(tensor, "trained");
  double moved = co_report_get(tensor, "moved");
  char number[CO_NUMBER_MAX];
  if (!tensor) {
    co_buf_puts(out, "<td>–</td>");
    return;
  }
  co_buf_printf(out, "<td class=\"fate %s\">",
                status && strcmp(status, "fresh") != 0 ? "copied" : "fresh");
  co_put_html(out, status ? status : "–");
  if (co_json_is_bool(trained) && !co_json_get_bool(tensor, "trained", true)) {
    co_buf_puts(out, broke_freeze(tensor) ? "<br/><b class=\"alarm\">frozen, but changed</b>"
                                          : "<br/><b>frozen</b>");
  } else if (isfinite(moved)) {
    double rank = co_report_get(tensor, "lora");
    co_format_number(moved, 0, false, number);
    co_buf_printf(out, "<br/>moved %s", number);
    if (isfinite(rank)) co_buf_printf(out, "<br/>rank %.0f", rank);
    const char *adapter = co_json_get_string(tensor, "adapter");
    if (adapter) {
      co_buf_puts(out, "<br/>adapter: ");
      co_put_html(out, adapter);
    }
  }
  co_buf_puts(out, "</td>");
}

static void put_shape(co_buf *out, const co_json *tensor) {
  const co_json *shape = co_json_get(tensor, "shape");
  char number[CO_NUMBER_MAX];
  co_buf_puts(out, "<td class=\"number\">");
  size_t count = co_json_is_array(shape) ? co_json_count(shape) : 0;
  for (size_t i = 0; i < count && i < 8; i++) {
    co_format_number(co_report_number(co_json_at(shape, i)), 1000, false, number);
    co_buf_printf(out, "%s%s", i ? " × " : "", number);
  }
  co_buf_puts(out, count ? "</td>" : "–</td>");
}

void co_report_put_tensors(co_buf *out, const co_report *report) {
  static const co_strategy_table table = {.list = "tensors",
                                          .items = "tensors",
                                          .name = "name",
                                          .css = "tensors",
                                          .label = "tensors per strategy",
                                          .head = "<th>tensor</th><th class=\"number\">shape</th>",
                                          .put_front = put_shape,
                                          .put = put_fate};
  co_report_put_section(out, "tensors", "What was copied, frozen, fresh");
  put_definitions(out, report);
  co_buf_puts(out,
              "<p class=\"caption\">What became of each tensor (first seed). Shaded: taken from "
              "the source policy. "
              "Moved: largest change of an element by training in the target.</p>\n");
  bool any = co_strategy_table_put(out, report, &table);
  co_buf_puts(out, any ? "</section>\n" : "<p class=\"none\">not recorded</p>\n</section>\n");
}

// ---- step 0

static void put_action_difference(co_buf *out, const co_json *entry) {
  double difference = co_report_get(entry, "action_difference");
  if (difference == 0) {
    co_buf_puts(out, "<td class=\"number\">0, exactly</td>");
  } else {
    co_report_put_number_cell(out, difference, false);
  }
}

static void put_equal(co_buf *out, const co_json *entry) {
  if (!co_json_is_bool(co_json_get(entry, "zero_shot_equal"))) {
    co_buf_puts(out, "<td>does not apply</td>");
  } else if (co_json_get_bool(entry, "zero_shot_equal", false)) {
    co_buf_puts(out, "<td>yes, exactly</td>");
  } else {
    co_buf_puts(out, "<td><b class=\"alarm\">no</b></td>");
  }
}

static int put_step0_of(co_buf *out, const co_report *report, int pair) {
  int count = 0;
  for (int i = 0; i < report->strategies; i++) {
    const co_json *entry = co_report_entry(report, "step0", pair, i);
    if (!entry) continue;
    co_buf_puts(out, "<tr><th scope=\"row\">");
    co_report_put_pair(out, report, pair);
    co_buf_puts(out, "</th><td>");
    co_report_put_strategy(out, report, i);
    co_buf_puts(out, "</td>");
    put_action_difference(out, entry);
    co_report_put_number_cell(out, co_report_get(entry, "entropy"), false);
    co_report_put_number_cell(out, co_report_get(entry, "explained_variance"), false);
    put_equal(out, entry);
    co_buf_puts(out, "</tr>\n");
    count++;
  }
  return count;
}

void co_report_put_step0(co_buf *out, const co_report *report) {
  const co_json *step0 = co_json_get(report->results, "step0");
  co_report_put_section(out, "step0", "Check at step 0");
  if (!co_json_is_array(step0) || co_json_count(step0) == 0) {
    co_buf_puts(out, "<p class=\"none\">not recorded</p>\n</section>\n");
    return;
  }
  co_buf_puts(
      out,
      "<p class=\"caption\">Before the first update: the largest difference between the "
      "actions of the source policy and of the prepared one on observations from the source "
      "world, the entropy of its action distribution, what part of the first rollout’s "
      "returns its critic explains (below 0: worse than their mean), and whether a strategy "
      "that copies everything starts at exactly the zero-shot return.</p>\n");
  co_report_open_table(out, "", "check before the first update");
  co_buf_puts(out,
              "<thead><tr><th>target</th><th>strategy</th><th class=\"number\">largest action "
              "difference</th><th class=\"number\">entropy [nat]</th><th class=\"number\">"
              "explained variance</th><th>T(0) = zero-shot return</th></tr></thead>\n<tbody>");
  int count = 0;
  for (int i = 0; i < report->pairs; i++) count += put_step0_of(out, report, i);
  if (count == 0) co_buf_puts(out, "<tr><td>–</td></tr>");
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  co_buf_puts(out, "</section>\n");
}
