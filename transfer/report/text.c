// The result for a terminal: verdict, then per target the carry-over and one row per strategy.

#include "transfer/report/private/parts.h"
#include "transfer/report/private/table_text.h"
#include "transfer/report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 100, NAME_MAX_WIDTH = 20 };

enum { STRATEGY, FINAL, DIFFERENCE, FORGETTING, NOTE, COLUMNS };

static const char *const heading[COLUMNS] = {"strategy", "IQM [95 %]", "difference to scratch",
                                             "forgetting", "note"};

// Colour says only what the test against scratch allows; results without a test are judged by their
// interval.
static co_table_tone tone_of(const co_estimate *estimate, const co_json *comparison) {
  if (!isfinite(estimate->value)) return CO_TONE_DIM;
  bool interval = co_estimate_has_interval(estimate) && (estimate->lo > 0 || estimate->hi < 0);
  if (!co_json_get_bool(comparison, "told_apart", interval)) return CO_TONE_PLAIN;
  return estimate->value > 0 ? CO_TONE_GOOD : CO_TONE_BAD;
}

static void set_estimate(co_table *table, int column, co_table_tone tone,
                         const co_estimate *estimate, bool plus) {
  co_buf text = {0};
  co_put_estimate(&text, estimate, plus);
  co_table_set(table, column, tone, text.data, 0);
  table->failed |= text.failed;
  co_buf_free(&text);
}

static void add_row(co_table *table, const co_report *report, int pair, int strategy) {
  co_estimate final = co_report_metric(report, pair, strategy, "final_iqm");
  co_estimate difference = co_report_metric(report, pair, strategy, "difference_to_scratch");
  co_estimate forgetting = co_report_metric(report, pair, strategy, "forgetting");
  forgetting.lo = forgetting.hi = NAN;  // the page has its interval
  const co_json *comparison =
      co_json_get(co_report_entry(report, "strategies", pair, strategy), "against_scratch");
  co_estimate success = co_report_metric(report, pair, strategy, "success_rate");
  co_buf note = {0}, rest = {0};
  if (isfinite(success.value)) {
    co_buf_puts(&note, "succeeds: ");
    co_report_put_share(&note, &success);
  }
  co_report_put_note(&rest, report, pair, strategy);
  if (rest.size) co_buf_printf(&note, "%s%s", note.size ? "; " : "", rest.data);
  note.failed |= rest.failed;
  co_buf_free(&rest);
  co_table_row(table);
  co_table_set(table, STRATEGY, CO_TONE_BOLD, report->strategy[strategy], NAME_MAX_WIDTH);
  set_estimate(table, FINAL, CO_TONE_PLAIN, &final, false);
  set_estimate(table, DIFFERENCE, tone_of(&difference, comparison), &difference, true);
  set_estimate(table, FORGETTING, CO_TONE_PLAIN, &forgetting, false);
  co_table_set(table, NOTE, CO_TONE_PLAIN, note.data, 0);
  table->failed |= note.failed;
  co_buf_free(&note);
}

static void put_rows(co_buf *out, const co_report *report, int pair, bool color) {
  co_table table;
  co_table_open(&table, COLUMNS);
  for (int i = FINAL; i <= FORGETTING; i++) table.right[i] = true;
  co_table_row(&table);
  for (int i = 0; i < COLUMNS; i++) co_table_set(&table, i, CO_TONE_DIM, heading[i], 0);
  int n = co_report_pair_metric(report, pair, "final_iqm").n;
  if (n == 1) co_table_set(&table, FINAL, CO_TONE_DIM, "IQM", 0);
  if (n > 1 && n < 10) co_table_set(&table, FINAL, CO_TONE_DIM, "IQM [95 % nominal]", 0);
  for (int i = 0; i < report->strategies; i++) add_row(&table, report, pair, i);
  co_table_put(&table, 2, WIDTH, color, out);
  co_table_close(&table);
}

static void put_name(co_buf *out, const co_report *report, int pair, bool color) {
  const co_report_pair *at = &report->pair[pair];
  co_buf name = {0}, line = {0};
  if (report->sources > 1 && at->source) co_buf_printf(&name, "%s → ", at->source);
  co_buf_puts(&name, at->target);
  co_put_plain(&line, name.data, WIDTH - 8);
  co_buf_puts(out, "\n");
  co_put_tone(out, CO_TONE_BOLD, color, line.data ? line.data : "");
  co_buf_puts(out, "\n");
  out->failed |= name.failed || line.failed;
  co_buf_free(&name);
  co_buf_free(&line);
}

static void put_carry_over(co_buf *out, const co_report *report, int pair) {
  co_estimate carry = co_report_pair_metric(report, pair, "carry_over");
  co_buf_puts(out, "  carry-over ");
  if (!isfinite(carry.value)) {
    co_buf_puts(out, "not measured\n");
    return;
  }
  co_report_put_share(out, &carry);
  co_buf_puts(out, " of the return above random; ");
  co_report_put_sample(out, carry.n ? carry.n : co_report_seeds(report));
  co_buf_puts(out, "\n");
}

static void put_reference(co_buf *out, const char *name, double value, bool *any) {
  char number[CO_NUMBER_MAX];
  if (!isfinite(value)) return;
  co_format_number(value, 0, false, number);
  co_buf_printf(out, "%s%s %s", *any ? ", " : "  ", name, number);
  *any = true;
}

static void put_target(co_buf *out, const co_report *report, int pair, bool color) {
  const char *target = report->pair[pair].target, *reason = co_report_skip_reason(report, pair);
  put_name(out, report, pair, color);
  if (co_report_skipped(report, pair)) {
    co_buf text = {0};
    co_buf_printf(&text, "left out: %s", reason ? reason : "the reason is not recorded");
    co_put_wrapped(out, text.data, WIDTH, 2, CO_TONE_PLAIN, color);
    out->failed |= text.failed;
    co_buf_free(&text);
    return;
  }
  bool any = false;
  put_carry_over(out, report, pair);
  put_reference(out, "random (mean)", co_report_reference(report, target, "random"), &any);
  put_reference(out, "oracle (IQM)", co_report_reference(report, target, "oracle"), &any);
  if (any) co_buf_puts(out, "\n");
  put_rows(out, report, pair, color);
}

// what can be repeated, then the verdict with its numbers
static void put_verdict(co_buf *out, const co_json *results, bool color) {
  const char *verdict = co_json_get_string(results, "verdict");
  const co_json *summary = co_json_get(results, "summary");
  size_t lines = co_json_is_array(summary) ? co_json_count(summary) : 0;
  if (lines == 0 && (!verdict || !*verdict)) verdict = "No verdict: nothing was compared.";
  for (size_t i = 0; i < lines; i++) {
    const char *line = co_json_as_string(co_json_at(summary, i));
    if (line) co_put_wrapped(out, line, WIDTH, 0, CO_TONE_BOLD, color);
  }
  if (lines) co_buf_puts(out, "\n");
  if (verdict) co_put_wrapped(out, verdict, WIDTH, 0, CO_TONE_PLAIN, color);
}

// Edits stand on one line each, so that they can be pasted.
static void put_next(co_buf *out, const co_report *report, bool color) {
  if (!co_report_next(report, 0)) return;
  co_buf_puts(out, "\n");
  co_put_tone(out, CO_TONE_BOLD, color, "What to try next");
  co_buf_puts(out, " (behind the same call; where done trials change, with another --out)\n");
  for (int i = 0; co_report_next(report, i); i++) {
    const co_json *suggestion = co_report_next(report, i);
    const char *text = co_json_get_string(suggestion, "text");
    co_buf edits = {0};
    co_report_put_edits(&edits, suggestion);
    if (text) co_put_wrapped(out, text, WIDTH, 2, CO_TONE_PLAIN, color);
    co_buf_puts(out, "    ");
    co_put_plain(out, edits.data ? edits.data : "", 0);
    co_buf_puts(out, "\n");
    out->failed |= edits.failed;
    co_buf_free(&edits);
  }
}

co_status co_report_text(const co_json *results, bool color, co_buf *out) {
  co_report report;
  co_status status = co_report_open(results, &report);
  if (status == CO_OK) {
    put_verdict(out, results, color);
    for (int i = 0; i < report.pairs; i++) put_target(out, &report, i, color);
    put_next(out, &report, color);
    status = co_buf_status(out);
  }
  co_report_close(&report);
  return status;
}
