#include "transfer/report/report.h"

#include "transfer/report/private/parts.h"

#include <string.h>

enum { OPEN_TARGETS = 8 };  // with more targets than this each is folded

static void put_head(co_buf *out, const co_report *report) {
  co_buf_puts(out,
              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
              "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
  co_put_html(out, co_report_name(report));
  co_buf_puts(out, " – carryover</title>\n");
  co_report_put_style(out);
  co_buf_puts(out, "</head>\n<body>\n");
  co_svg_put_marks(out);
  co_buf_puts(out, "<main>\n");
}

static void put_count(co_buf *out, int count, const char *word) {
  co_buf_printf(out, "%d %s%s", count, word, count == 1 ? "" : "s");
}

static int count_targets(const co_report *report) {
  int count = 0;
  for (int i = 0; i < report->pairs; i++) {
    count += i == 0 || strcmp(report->pair[i].target, report->pair[i - 1].target) != 0;
  }
  return count;
}

// "1 source × 3 targets × 5 strategies × 5 seeds"
static void put_title(co_buf *out, const co_report *report) {
  int strategies = report->strategies;
  co_buf_puts(out, "<header><p class=\"kicker\">policy transfer study</p>\n<h1>");
  co_put_html(out, co_report_name(report));
  co_buf_puts(out, "</h1>\n<p class=\"facts\">");
  put_count(out, report->sources, "source");
  co_buf_puts(out, " × ");
  put_count(out, count_targets(report), "target");
  // not put_count: strategy, strategies
  co_buf_printf(out, " × %d strateg%s", strategies, strategies == 1 ? "y" : "ies");
  if (co_report_seeds(report) > 0) {
    co_buf_puts(out, " × ");
    put_count(out, co_report_seeds(report), "seed");
  }
  co_buf_puts(out, "</p></header>\n");
}

// the lines of a text, each a paragraph
static void put_lines(co_buf *out, const char *text) {
  while (*text) {
    size_t size = strcspn(text, "\n");
    co_buf line = {0};
    co_buf_add(&line, text, size);
    if (size > 0) {
      co_buf_puts(out, "<p>");
      co_put_html(out, line.data);
      co_buf_puts(out, "</p>\n");
    }
    out->failed |= line.failed;
    co_buf_free(&line);
    text += size + (text[size] == '\n');
  }
}

// What can be repeated stands open, the verdict with its numbers is folded behind it.
static void put_verdict(co_buf *out, const co_report *report) {
  const char *verdict = co_json_get_string(report->results, "verdict");
  const co_json *summary = co_json_get(report->results, "summary");
  size_t lines = co_json_is_array(summary) ? co_json_count(summary) : 0;
  if (!verdict) verdict = "";
  co_buf_puts(out, "<section class=\"verdict\" id=\"verdict\">\n<h2>Verdict</h2>\n");
  if (lines == 0 && !*verdict)
    co_buf_puts(out, "<p class=\"none\">No verdict: nothing was compared.</p>\n");
  for (size_t i = 0; i < lines; i++) {
    co_buf_puts(out, "<p class=\"lead\">");
    co_report_put_value(out, co_json_at(summary, i));
    co_buf_puts(out, "</p>\n");
  }
  const co_json *planned = co_json_get(report->results, "comparisons");
  if (lines && co_json_is_array(planned) && co_json_count(planned) > 0)
    co_buf_puts(out,
                "<p class=\"caption\">Told apart: the seeds differ so consistently that chance "
                "alone would rarely do it (p below 0.05, corrected for the number of planned "
                "comparisons).</p>\n");
  if (lines && *verdict)
    co_buf_puts(out, "<details><summary>With intervals, tests and references</summary>\n");
  put_lines(out, verdict);
  if (lines && *verdict) co_buf_puts(out, "</details>\n");
  co_report_put_next(out, report);
  co_buf_puts(out, "</section>\n");
}

static size_t count_of(const co_json *trials, const char *key) {
  const co_json *list = co_json_get(trials, key);
  return co_json_is_array(list) ? co_json_count(list) : 0;
}

// What a reader must know before believing any number: trials that failed, diverged or are still to
// come.
static void put_warnings(co_buf *out, const co_report *report) {
  const co_json *trials = co_json_get(report->results, "trials");
  long long total = co_json_get_int(trials, "total", 0),
            done = co_json_get_int(trials, "done", total);
  size_t failures = count_of(trials, "failed"), diverged = count_of(trials, "diverged");
  if (done + (long long)failures < total) {
    co_buf_printf(out, "<p class=\"notice\"><b>Incomplete:</b> %lld of %lld trials are done.</p>\n",
                  done, total);
  }
  if (failures > 0) {
    co_buf_printf(out, "<p class=\"notice\"><b>%zu trial%s failed;</b> listed under details.</p>\n",
                  failures, failures == 1 ? "" : "s");
  }
  if (diverged > 0) {
    co_buf_printf(
        out,
        "<p class=\"notice\"><b>%zu training%s diverged</b> and count%s as the last finite "
        "policy or random, whichever is lower; listed under details.</p>\n",
        diverged, diverged == 1 ? "" : "s", diverged == 1 ? "s" : "");
  }
}

static void put_targets(co_buf *out, const co_report *report) {
  bool fold = report->pairs > OPEN_TARGETS;
  for (int i = 0; i < report->pairs; i++) {
    if (fold) {
      co_buf_puts(out, "<details><summary>target ");
      co_report_put_pair(out, report, i);
      co_buf_puts(out, "</summary>\n");
    }
    co_report_put_target(out, report, i);
    if (fold) co_buf_puts(out, "</details>\n");
  }
}

// What has a chart or a table for each target, out of sight where there are many.
static void put_folded(co_buf *out, const co_report *report, const char *name,
                       void (*put)(co_buf *out, const co_report *report)) {
  bool fold = report->pairs > OPEN_TARGETS;
  if (fold) co_buf_printf(out, "<details><summary>%s, %d targets</summary>\n", name, report->pairs);
  put(out, report);
  if (fold) co_buf_puts(out, "</details>\n");
}

static void put_foot(co_buf *out, const co_report *report) {
  co_buf_puts(out, "<footer>Made by carryover");
  const co_json *version = co_json_get(co_json_get(report->results, "versions"), "carryover");
  if (!version) version = co_json_get(report->results, "version");
  if (version) {
    co_buf_puts(out, " ");
    co_report_put_value(out, version);
  }
  co_buf_puts(out, " from results.json alone.</footer>\n</main>\n</body>\n</html>\n");
}

static co_status put_page(co_buf *out, const co_report *report, const char *media_dir) {
  put_head(out, report);
  put_title(out, report);
  put_verdict(out, report);
  put_warnings(out, report);
  co_report_put_overview(out, report);
  put_targets(out, report);
  put_folded(out, report, "Trained here, evaluated there", co_report_put_matrix);
  put_folded(out, report, "Forgetting", co_report_put_forgetting);
  put_folded(out, report, "What each shift changes", co_report_put_shifts);
  co_report_put_tensors(out, report);
  co_report_put_step0(out, report);
  co_report_put_movement(out, report);
  CO_TRY(co_report_put_media(out, media_dir));
  co_report_put_details(out, report);
  put_foot(out, report);
  return co_buf_status(out);
}

co_status co_report_html(const co_json *results, const char *media_dir, co_buf *out) {
  co_report report;
  co_status status = co_report_open(results, &report);
  if (status == CO_OK) status = put_page(out, &report, media_dir);
  co_report_close(&report);
  return status;
}
