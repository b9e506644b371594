// What the study found for each target: carry-over, final returns, differences to scratch, curves,
// and the numbers.

#include "transfer/report/private/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- carry-over of all targets side by side

// "source → target" where there are several sources; the target alone too where memory is out.
static const char *name_of(const co_report *report, int pair, co_arena *arena) {
  static const char arrow[] = " → ";
  const co_report_pair *at = &report->pair[pair];
  if (report->sources < 2 || !at->source) return at->target;
  size_t size = strlen(at->source) + sizeof arrow + strlen(at->target);
  char *name = co_arena_alloc(arena, size, 1);
  if (!name) return at->target;
  snprintf(name, size, "%s%s%s", at->source, arrow, at->target);
  return name;
}

int co_report_carry_over_strip(const co_report *report, co_arena *arena, co_strip_row *row,
                               co_film_strip *strip) {
  int n = 0;
  *strip = (co_film_strip){
      .title = "carry-over of each target with its interval", .unit = "carry-over", .row = row};
  for (int i = 0; i < report->pairs; i++) {
    co_estimate estimate = co_report_pair_metric(report, i, "carry_over");
    if (!isfinite(estimate.value)) continue;
    n = co_report_least(n, estimate.n);
    row[strip->rows++] = (co_strip_row){name_of(report, i, arena), NULL, estimate, 0, 3};
  }
  co_strip_add_reference(strip, "nothing carries over:", "random", 0);
  co_strip_add_reference(strip, "all of it:", "oracle", 1);
  return n;
}

void co_report_put_overview(co_buf *out, const co_report *report) {
  co_arena arena = {0};
  co_strip_row *row = co_arena_alloc(&arena, (size_t)report->pairs, sizeof *row);
  co_film_strip strip;
  if (!row) {
    out->failed = true;
    return;
  }
  int n = co_report_carry_over_strip(report, &arena, row, &strip);
  if (strip.rows > 1) {
    co_buf_puts(out,
                "<section id=\"carry-over\"><h2>Carry-over at a glance</h2>\n<figure><figcaption>"
                "Part of the source policy’s return, above random actions, that is left in the "
                "target before any "
                "training; ");
    co_report_put_sample(out, n ? n : co_report_seeds(report));
    co_buf_puts(out, ".</figcaption>\n");
    co_strip_put(out, &strip);
    co_buf_puts(out, "</figure></section>\n");
  }
  co_arena_free(&arena);
}

// ---- one target

static void put_facts(co_buf *out, const co_report *report, int pair) {
  const co_json *target = co_report_named(report, "targets", report->pair[pair].target),
                *shift = co_report_entry(report, "shifts", pair, -1);
  const char *domain = co_json_get_string(target, "domain");
  double steps = co_report_get(target, "steps");
  char number[CO_NUMBER_MAX];
  co_buf_puts(out, "<p class=\"facts\">");
  if (co_json_get_string(shift, "grade")) co_buf_puts(out, "shift ");
  co_report_put_grade(out, shift);
  if (domain) {
    co_buf_puts(out, " <code>");
    co_put_html(out, domain);
    co_buf_puts(out, "</code>");
  }
  if (isfinite(steps)) {
    co_format_number(steps, 1000, false, number);  // a count has no decimals
    co_buf_printf(out, " · %s env steps of training in the target", number);
  }
  co_buf_puts(out, "</p>\n");
}

// "same 11 elements", "17 elements in place of 11", "other elements, 11 as before"
static void put_space(co_buf *out, const co_json *space) {
  long long source = co_json_get_int(space, "source", 0),
            target = co_json_get_int(space, "target", 0);
  if (co_json_get_bool(space, "same", false)) {
    co_buf_printf(out, "the same %lld", target);
  } else if (source == target) {
    co_buf_printf(out, "other ones, %lld as before", target);
  } else {
    co_buf_printf(out, "%lld in place of %lld", target, source);
  }
}

// What differs from the source, in the terms of Pan & Yang 2010: X and Y are spaces, P(X) is how
// often which of X is met, f what answers are worth.
static void put_differs(co_buf *out, const co_report *report, int pair) {
  const co_json *shift = co_report_entry(report, "shifts", pair, -1),
                *differs = co_json_get(shift, "differs");
  const char *reward = co_json_get_string(differs, "reward");
  double visited = co_report_get(shift, "visited_share");
  char number[CO_NUMBER_MAX];
  if (!reward) return;
  co_buf_puts(out, "<p class=\"facts\"><b>X</b> observations: ");
  put_space(out, co_json_get(differs, "observation"));
  co_buf_puts(out, " · <b>P(X)</b> states: ");
  if (isfinite(visited)) {
    co_format_number(100 * visited, 100, false, number);
    co_buf_printf(out, "%s %% within what is met in the source, on the same actions", number);
  } else {
    co_buf_puts(out, "not compared");
  }
  co_buf_puts(out, " · <b>Y</b> actions: ");
  put_space(out, co_json_get(differs, "action"));
  co_buf_printf(out, " · <b>f</b> rewards and ends of episodes: the %s</p>\n",
                strcmp(reward, "same") == 0 ? "same" : "target’s own");
}

static void put_headline(co_buf *out, const co_report *report, int pair) {
  co_estimate carry = co_report_pair_metric(report, pair, "carry_over");
  char lo[CO_NUMBER_MAX], hi[CO_NUMBER_MAX];
  if (!isfinite(carry.value)) {
    co_buf_puts(out, "<p class=\"none\">Carry-over: not measured");
    if (carry.note) co_buf_puts(out, " – ");
    co_put_html(out, carry.note);
    co_buf_puts(out, ".</p>\n");
    return;
  }
  const co_estimate point = {.value = carry.value, .lo = NAN, .hi = NAN};
  co_buf_puts(out, "<div class=\"headline\"><p class=\"big\">");
  co_report_put_share(out, &point);
  co_buf_puts(out, "</p><p><b>carry-over</b>");
  if (co_estimate_has_interval(&carry)) {
    co_format_number(100 * carry.lo, 100, false, lo);
    co_format_number(100 * carry.hi, 100, false, hi);
    co_buf_printf(out, " <span class=\"number\">[%s, %s] %%</span>", lo, hi);
  }
  co_buf_puts(out,
              "<br/>of the source policy’s return above random is left here before any "
              "training<br/><small>");
  co_report_put_sample(out, carry.n ? carry.n : co_report_seeds(report));
  co_buf note = {0};
  co_report_put_clauses(&note, carry.note);
  if (note.size > 0) co_buf_puts(out, "; ");
  co_put_html(out, note.data);
  out->failed |= note.failed;
  co_buf_free(&note);
  co_buf_puts(out, "</small></p></div>\n");
}

// rows of a strip from one metric and one list of per-seed values; returns the smallest n among
// them
static int collect_rows(const co_report *report, int pair, const char *metric, const char *list,
                        const char *key, bool scratch, co_film_strip *strip) {
  int least = 0;
  for (int i = 0; i < report->strategies; i++) {
    if (!scratch && co_report_is_scratch(report, i)) continue;
    co_strip_row row = {report->strategy[i],
                        co_json_get(co_report_entry(report, list, pair, i), key),
                        co_report_metric(report, pair, i, metric), co_report_color(report, i),
                        co_report_mark(report, i)};
    int count = co_report_count_finite(row.seeds);
    if (count == 0 && !isfinite(row.estimate.value)) continue;
    // several runs may belong to one source seed, so their number is only the next best guess
    least = co_report_least(least, row.estimate.n > 0 ? row.estimate.n : count);
    strip->row[strip->rows++] = row;
  }
  return least;
}

static void put_strip_figure(co_buf *out, const co_film_strip *strip, const char *title,
                             const char *text, int n) {
  co_buf_printf(out, "<figure><figcaption><b>%s</b> ", title);
  if (strip->rows == 0) {
    co_buf_puts(out, "<span class=\"none\">not measured</span></figcaption></figure>\n");
    return;
  }
  co_buf_printf(out, "%s; ", text);
  co_report_put_sample(out, n);
  co_buf_puts(out, ".</figcaption>\n");
  co_strip_put(out, strip);
  co_buf_puts(out, "</figure>\n");
}

// That of the row of its own, where it has one: its other episodes, before the first update, come
// to another number.
static double zero_shot_of(const co_report *report, int pair) {
  for (int i = 0; i < report->strategies; i++) {
    if (strcmp(report->strategy[i], "zero_shot") != 0) continue;
    double value = co_report_metric(report, pair, i, "final_iqm").value;
    if (isfinite(value)) return value;
  }
  return co_report_pair_metric(report, pair, "zero_shot").value;
}

int co_report_final_strip(const co_report *report, int pair, co_strip_row *row,
                          co_film_strip *strip) {
  const char *target = report->pair[pair].target;
  *strip = (co_film_strip){
      .title = "final return in the target, every seed and interval of the IQM, per strategy",
      .unit = "final return in the target",
      .row = row};
  int n = collect_rows(report, pair, "final_iqm", "final", "seeds", true, strip);
  co_strip_add_reference(strip, "random", "random", co_report_reference(report, target, "random"));
  co_strip_add_reference(strip, "zero-shot", "zero-shot", zero_shot_of(report, pair));
  co_strip_add_reference(strip, "oracle", "oracle", co_report_reference(report, target, "oracle"));
  return n;
}

static void put_final(co_buf *out, const co_report *report, int pair, co_strip_row *rows) {
  co_film_strip strip;
  int n = co_report_final_strip(report, pair, rows, &strip);
  put_strip_figure(
      out, &strip, "Final return",
      "one mark per seed, first seed on top; below them the IQM (tick) and its interval (line)", n);
}

int co_report_paired_strip(const co_report *report, int pair, co_strip_row *row,
                           co_film_strip *strip) {
  *strip = (co_film_strip){
      .title = "final return minus scratch at the same seed, every seed and interval, per strategy",
      .unit = "final return minus scratch",
      .row = row,
      .plus = true};
  return collect_rows(report, pair, "difference_to_scratch", "paired", "difference", false, strip);
}

static void put_paired(co_buf *out, const co_report *report, int pair, co_strip_row *rows) {
  co_film_strip strip;
  int n = co_report_paired_strip(report, pair, rows, &strip);
  put_strip_figure(out, &strip, "Difference to scratch",
                   "one mark per seed, paired; right of zero the transfer helped", n);
}

// "5 of 5"; NULL for scratch itself. Runs from one source seed are not so many seeds.
static void put_seeds_above(co_buf *out, int units, const co_json *difference) {
  int count = co_report_count_finite(difference), above = 0;
  for (size_t i = 0; count > 0 && i < co_json_count(difference); i++) {
    above += co_report_number(co_json_at(difference, i)) > 0;
  }
  if (count > 0 && units != 1) {
    co_buf_printf(out, "<td class=\"number\">%d of %d</td>", above, count);
  } else {
    co_buf_puts(out, "<td class=\"number\">–</td>");
  }
}

// "yes, p = 0.008, unpaired": the test against scratch, corrected for all that the study planned
static void put_told_apart(co_buf *out, const co_json *comparison) {
  double p = co_report_get(comparison, "p_holm");
  char number[CO_NUMBER_MAX];
  co_format_number(p, 0, false, number);
  if (isfinite(p)) {
    bool apart = co_json_get_bool(comparison, "told_apart", false);
    const char *test = co_json_get_string(comparison, "test");
    co_buf_printf(out, "<td class=\"number\">%s, p = %s%s</td>", apart ? "yes" : "no", number,
                  test && strncmp(test, "unpaired", 8) == 0 ? ", unpaired" : "");
  } else {
    bool seen = co_report_get(comparison, "n") > 0;
    co_buf_printf(out, "<td class=\"number\">%s</td>", seen ? "not planned" : "–");
  }
}

// A share with its interval, in percent: "45 % [41, 50]".
static void put_share_cell(co_buf *out, const co_estimate *share) {
  co_buf_puts(out, "<td class=\"number\">");
  co_report_put_share(out, share);
  co_buf_puts(out, "</td>");
}

// Some strategy's episodes can succeed.
static bool has_success(const co_report *report, int pair) {
  return isfinite(co_report_pair_metric(report, pair, "success_rate").value);
}

// Clauses that a column of the table says, too.
static bool has_column(const char *clause, size_t size) {
  static const char *const columns[] = {"tested unpaired", "not planned: an interval, no test"};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    if (strlen(columns[i]) == size && memcmp(columns[i], clause, size) == 0) return true;
  return false;
}

// What the row does not say; `out` is empty.
static void put_rest(co_buf *out, const co_report *report, int pair, int strategy) {
  co_buf note = {0};
  co_report_put_note(&note, report, pair, strategy);
  for (const char *at = note.data; at && *at;) {
    const char *end = strstr(at, "; ");
    size_t size = end ? (size_t)(end - at) : strlen(at);
    if (!has_column(at, size)) {
      co_buf_puts(out, out->size ? "; " : "");
      co_buf_add(out, at, size);
    }
    at += size + (end ? 2 : 0);
  }
  out->failed |= note.failed;
  co_buf_free(&note);
}

static void put_numbers_row(co_buf *out, const co_report *report, int pair, int strategy) {
  co_estimate final = co_report_metric(report, pair, strategy, "final_iqm");
  co_estimate difference = co_report_metric(report, pair, strategy, "difference_to_scratch");
  co_estimate forgetting = co_report_metric(report, pair, strategy, "forgetting");
  co_buf note = {0};
  put_rest(&note, report, pair, strategy);
  co_buf_puts(out, "<tr><th scope=\"row\">");
  co_report_put_strategy(out, report, strategy);
  co_buf_puts(out, "</th>");
  co_estimate success = co_report_metric(report, pair, strategy, "success_rate");
  if (has_success(report, pair)) put_share_cell(out, &success);
  co_report_put_estimate_cell(out, &final, false);
  co_report_put_estimate_cell(out, &difference, true);
  const co_json *paired = co_report_entry(report, "paired", pair, strategy);
  put_seeds_above(
      out, difference.n,
      co_report_is_scratch(report, strategy) ? NULL : co_json_get(paired, "difference"));
  put_told_apart(
      out, co_json_get(co_report_entry(report, "strategies", pair, strategy), "against_scratch"));
  co_report_put_estimate_cell(out, &forgetting, false);
  co_buf_puts(out, "</tr>\n");
  if (note.size) {
    co_buf_puts(out, "<tr class=\"more\"><td colspan=\"7\"><div class=\"prose\"><small>");
    co_put_html(out, note.data);
    co_buf_puts(out, "</small></div></td></tr>\n");
  }
  out->failed |= note.failed;
  co_buf_free(&note);
}

static void put_numbers(co_buf *out, const co_report *report, int pair) {
  co_report_open_table(out, "", "results per strategy");
  co_buf_puts(out, "<thead><tr><th>strategy</th>");
  if (has_success(report, pair))
    co_buf_puts(out, "<th class=\"number\">final episodes that succeed</th>");
  co_buf_puts(out,
              "<th class=\"number\">final IQM</th><th class=\"number\">difference to scratch</th>"
              "<th class=\"number\">seeds above scratch</th><th class=\"number\">told apart</th>"
              "<th class=\"number\">forgetting</th></tr></thead>\n<tbody>");
  for (int i = 0; i < report->strategies; i++) put_numbers_row(out, report, pair, i);
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  co_buf_puts(out,
              "<p class=\"caption\">Told apart: permutation test against scratch (signs of "
              "paired differences; unpaired, of two samples, where n is too small for those), p by "
              "Holm over all comparisons the study planned, limit 0.05. What was not planned is "
              "not tested.</p>\n");
}

static void put_skipped(co_buf *out, const co_report *report, int pair) {
  const char *reason = co_report_skip_reason(report, pair);
  co_buf_puts(out, "<p class=\"notice\"><b>Left out of the comparison.</b> ");
  co_put_html(out, reason ? reason : "The reason is not recorded.");
  co_buf_puts(out, "</p>\n");
}

static void put_findings(co_buf *out, const co_report *report, int pair) {
  co_arena arena = {0};
  co_strip_row *rows = co_arena_alloc(&arena, (size_t)report->strategies, sizeof *rows);
  if (rows) {
    put_headline(out, report, pair);
    co_buf_puts(out, "<div class=\"grid\">\n");
    put_final(out, report, pair, rows);
    put_paired(out, report, pair, rows);
    co_buf_puts(out, "</div>\n");
    co_report_put_curves(out, report, pair);
    put_numbers(out, report, pair);
  }
  out->failed |= !rows;
  co_arena_free(&arena);
}

void co_report_put_target(co_buf *out, const co_report *report, int pair) {
  co_buf_printf(out, "<section class=\"target\" id=\"target-%d\">\n<h2><small>target</small> ",
                pair);
  co_report_put_pair(out, report, pair);
  co_buf_puts(out, "</h2>\n");
  put_facts(out, report, pair);
  put_differs(out, report, pair);
  if (co_report_skipped(report, pair)) {
    put_skipped(out, report, pair);
  } else {
    put_findings(out, report, pair);
  }
  co_buf_puts(out, "</section>\n");
}
