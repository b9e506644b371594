// The folded end of the page: all metrics with definitions and notes, trials, versions, config.

#include "transfer/measure/metric_table.h"
#include "transfer/report/private/parts.h"

#include <math.h>
#include <string.h>

// "time_to_threshold" as "time to threshold"
static void put_title(co_buf *out, const char *name) {
  for (; *name; name++) co_buf_add(out, *name == '_' ? " " : name, 1);
}

static void open_details(co_buf *out, const char *title) {
  co_buf_printf(out, "<details><summary>%s</summary>\n", title);
}

static void close_details(co_buf *out) {
  co_buf_puts(out, "</details>\n");
}

// ---- metrics

static void put_metric_cell(co_buf *out, const co_estimate *estimate) {
  bool plain = !isfinite(estimate->value);
  co_buf_puts(out, "<td class=\"number\">");
  co_put_estimate(out, estimate, false);
  if (!plain && estimate->n > 0) co_buf_printf(out, " <small>n = %d</small>", estimate->n);
  if (estimate->censored > 0)
    co_buf_printf(out, "<br/><small>%d censored</small>", estimate->censored);
  co_buf note = {0};
  co_report_put_clauses(&note, estimate->note);
  if (note.size > 0) {
    co_buf_puts(out, "<br/><small class=\"prose\">");
    co_put_html(out, note.data);
    co_buf_puts(out, "</small>");
  }
  out->failed |= note.failed;
  co_buf_free(&note);
  co_buf_puts(out, "</td>");
}

static bool has_metric(const co_report *report, int pair, const char *name) {
  for (int i = 0; i < report->strategies; i++) {
    co_estimate estimate = co_report_metric(report, pair, i, name);
    if (isfinite(estimate.value) || estimate.note) return true;
  }
  return false;
}

static void put_metrics_head(co_buf *out, const co_report *report) {
  co_buf_puts(out, "<thead><tr><th>metric</th>");
  for (int i = 0; i < report->strategies; i++) {
    co_buf_puts(out, "<th class=\"number\">");
    co_report_put_strategy(out, report, i);
    co_buf_puts(out, "</th>");
  }
  co_buf_puts(out, "</tr></thead>\n<tbody>");
}

static int put_metrics_of(co_buf *out, const co_report *report, int pair) {
  int rows = 0;
  for (int k = 0; k < CO_METRIC_COUNT; k++) {
    if (!has_metric(report, pair, co_metric_table[k].name)) continue;
    if (rows++ == 0) {
      co_buf_puts(out, "<h3>target ");
      co_report_put_pair(out, report, pair);
      co_buf_puts(out, "</h3>\n");
      co_report_open_table(out, "metrics", "all metrics");
      put_metrics_head(out, report);
    }
    co_buf_puts(out, "<tr><th scope=\"row\">");
    put_title(out, co_metric_table[k].name);
    co_buf_printf(out, " <small>[%s]</small></th>", co_metric_table[k].unit);
    for (int i = 0; i < report->strategies; i++) {
      co_estimate estimate = co_report_metric(report, pair, i, co_metric_table[k].name);
      put_metric_cell(out, &estimate);
    }
    co_buf_puts(out, "</tr>\n");
  }
  if (rows == 0) return 0;
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  return rows;
}

static void put_metrics(co_buf *out, const co_report *report) {
  int rows = 0;
  open_details(out, "All metrics, with their notes");
  for (int i = 0; i < report->pairs; i++) rows += put_metrics_of(out, report, i);
  if (rows == 0) co_buf_puts(out, "<p class=\"none\">not measured</p>\n");
  close_details(out);
}

static void put_definitions(co_buf *out) {
  open_details(out, "How to read this: definitions and intervals");
  co_buf_puts(
      out,
      "<p>J is the mean undiscounted return of evaluation episodes with the deterministic action. "
      "A is the "
      "source world, B the target. T(t) is the return of a strategy after t env steps in the "
      "target, S(t) "
      "that of training from scratch with the same budget and seeds.</p>\n"
      "<p>Intervals are 95 % percentile intervals of a bootstrap that draws source seeds, then "
      "what is nested "
      "in them. With few seeds they cover less than they claim (about 0.70 with 3 seeds, 0.81–0.89 "
      "with 5, "
      "0.93 with 10), hence “nominal” below ten; look at the single seeds. Returns of "
      "reinforcement learning "
      "are often bimodal: a mean ± standard deviation would describe no seed at all.</p>\n<dl>\n");
  for (int k = 0; k < CO_METRIC_COUNT; k++) {
    co_buf_puts(out, "<dt>");
    put_title(out, co_metric_table[k].name);
    co_buf_puts(out, "</dt><dd>");
    co_put_html(out, co_metric_table[k].text);
    co_buf_puts(out, "</dd>\n");
  }
  co_buf_puts(out, "</dl>\n");
  close_details(out);
}

// ---- trials

static void put_ids(co_buf *out, const char *title, const co_json *ids) {
  size_t count = co_json_is_array(ids) ? co_json_count(ids) : 0;
  co_buf_printf(out, "<p>%s: %s</p>\n", title, count ? "" : "none.");
  if (count) co_buf_puts(out, "<ul>");
  for (size_t i = 0; i < count; i++) {
    co_buf_puts(out, "<li><code>");
    co_report_put_value(out, co_json_at(ids, i));
    co_buf_puts(out, "</code></li>\n");
  }
  if (count) co_buf_puts(out, "</ul>\n");
}

static void put_trials(co_buf *out, const co_report *report) {
  const co_json *trials = co_json_get(report->results, "trials");
  open_details(out, "Trials");
  co_buf_puts(out, "<p>");
  co_report_put_value(out, co_json_get(trials, "done"));
  co_buf_puts(out, " of ");
  co_report_put_value(out, co_json_get(trials, "total"));
  co_buf_puts(out, " trials done.</p>\n");
  put_ids(out, "Failed", co_json_get(trials, "failed"));
  put_ids(out, "Diverged", co_json_get(trials, "diverged"));
  close_details(out);
}

// ---- data sets

static void put_set(co_buf *out, const co_json *set) {
  static const char *const text[] = {"source", "target", "actions"};
  static const char *const number[] = {"sets", "episodes", "transitions", "return_mean"};
  co_buf_puts(out, "<tr><th scope=\"row\">");
  co_report_put_value(out, co_json_get(set, "name"));
  co_buf_puts(out, "</th>");
  for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
    co_buf_puts(out, "<td>");
    co_report_put_value(out, co_json_get(set, text[i]));
    co_buf_puts(out, "</td>");
  }
  for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
    co_buf_puts(out, "<td class=\"number\">");
    co_report_put_value(out, co_json_get(set, number[i]));
    co_buf_puts(out, "</td>");
  }
  co_buf_puts(out, "</tr>\n");
}

static void put_data(co_buf *out, const co_report *report) {
  const co_json *data = co_json_get(report->results, "data");
  if (!co_json_is_array(data) || !co_json_count(data)) return;
  open_details(out, "Data sets");
  co_report_open_table(out, "", "data sets");
  co_buf_puts(out,
              "<thead><tr><th>set</th><th>source</th><th>target</th><th>actions</th>"
              "<th class=\"number\">seeds</th><th class=\"number\">episodes</th>"
              "<th class=\"number\">transitions</th><th class=\"number\">mean return</th>"
              "</tr></thead>\n<tbody>");
  for (size_t i = 0; i < co_json_count(data); i++) put_set(out, co_json_at(data, i));
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  close_details(out);
}

// ---- versions and config

static void put_versions(co_buf *out, const co_report *report) {
  const co_json *versions = co_json_get(report->results, "versions");
  open_details(out, "Versions");
  co_report_open_table(out, "", "versions");
  co_buf_puts(out, "<tbody><tr><th scope=\"row\">study hash</th><td><code>");
  co_report_put_value(out, co_json_get(report->results, "study_hash"));
  co_buf_puts(out, "</code></td></tr>\n");
  for (size_t i = 0; co_json_is_object(versions) && i < co_json_count(versions); i++) {
    co_buf_puts(out, "<tr><th scope=\"row\">");
    co_put_html(out, co_json_key_at(versions, i));
    co_buf_puts(out, "</th><td><code>");
    co_report_put_value(out, co_json_value_at(versions, i));
    co_buf_puts(out, "</code></td></tr>\n");
  }
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  close_details(out);
}

static void put_config(co_buf *out, const co_report *report) {
  const char *config = co_json_get_string(report->results, "config");
  open_details(out, "Effective study file");
  if (config) {
    co_buf_puts(out, "<pre tabindex=\"0\">");
    co_put_html(out, config);
    co_buf_puts(out, "</pre>\n");
  } else {
    co_buf_puts(out, "<p class=\"none\">not recorded</p>\n");
  }
  close_details(out);
}

void co_report_put_details(co_buf *out, const co_report *report) {
  co_report_put_section(out, "details", "Details");
  put_definitions(out);
  put_metrics(out, report);
  put_trials(out, report);
  put_data(out, report);
  put_versions(out, report);
  put_config(out, report);
  co_buf_puts(out, "</section>\n");
}
