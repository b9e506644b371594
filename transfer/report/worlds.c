// What happened between the worlds: the 2 x 2 matrix, forgetting, and how much each shift really
// changes.

#include "transfer/report/private/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- the source policies

static void put_source(co_buf *out, const co_json *source) {
  const char *name = co_json_get_string(source, "name");
  co_strip_row row = {name ? name : "source", co_json_get(source, "return_seeds"),
                      co_report_estimate(NULL), 0, 0};
  co_film_strip strip = {.title = "final return of each source policy in its own world",
                         .unit = "return in the source",
                         .row = &row,
                         .rows = 1};
  int n = co_report_count_finite(row.seeds);
  double steps = co_report_get(source, "steps");
  const char *unit = co_json_get_string(source, "unit");
  char number[CO_NUMBER_MAX];
  co_buf_puts(out, "<figure><figcaption><b>");
  co_put_html(out, row.label);
  co_buf_puts(out, "</b> task ");
  co_report_put_value(out, co_json_get(source, "task"));
  co_format_number(steps, 1000, false, number);
  if (isfinite(steps)) {
    co_buf_printf(out, ", %s ", number);
    co_put_html(out, unit ? unit : "env steps");
  }
  co_buf_printf(out, ", n = %d source seed%s", n, n == 1 ? "" : "s");
  co_buf_puts(out,
              n ? ", one mark each.</figcaption>\n" : ": returns not measured.</figcaption>\n");
  co_strip_add_reference(&strip, "random", "random", co_report_get(source, "random"));
  if (n) co_strip_put(out, &strip);
  co_buf_puts(out, "</figure>\n");
}

static void put_sources(co_buf *out, const co_report *report) {
  co_buf_puts(out, "<h3>Source policies in their own world</h3>\n<div class=\"grid\">\n");
  int count = 0;
  for (int i = 0; i < report->sources; i++) {
    const co_json *source = co_report_named(report, "sources", report->source[i]);
    if (source) put_source(out, source);
    count += source != NULL;
  }
  co_buf_puts(out, count ? "</div>\n" : "</div><p class=\"none\">not measured</p>\n");
}

// ---- 2 x 2 matrix: trained in A or B, evaluated in A or B

static double matrix_at(const co_json *matrix, int trained, int evaluated) {
  const co_json *row = co_json_is_array(matrix) ? co_json_at(matrix, (size_t)trained) : NULL;
  return co_json_is_array(row) ? co_report_number(co_json_at(row, (size_t)evaluated)) : (double)NAN;
}

// Shade within a column, since worlds have different scales: from 0 at random actions (or the worse
// policy) to 1 at the better one.
static double shade(double value, double other, double random) {
  double hi = fmax(value, other), lo = fmin(random, fmin(value, other));  // fmin skips NAN
  return hi > lo ? (value - lo) / (hi - lo) : 0;
}

static void put_cell(co_buf *out, const co_json *matrix, int trained, int evaluated,
                     double random) {
  double value = matrix_at(matrix, trained, evaluated),
         other = matrix_at(matrix, 1 - trained, evaluated);
  char number[CO_NUMBER_MAX];
  co_format_number(value, 0, false, number);
  co_buf_puts(out, "<td class=\"heat\"");
  if (isfinite(value)) {
    co_buf_printf(out, " style=\"background:rgb(var(--heat) / %.2f)\"",
                  0.06 + 0.44 * shade(value, other, random));
  }
  co_buf_printf(out, ">%s</td>", number);
}

static void put_matrix(co_buf *out, const co_report *report, const char *target,
                       const co_json *matrix) {
  const char *source = report->sources == 1 ? report->source[0] : "source";
  const char *world[2] = {source, target};
  double random[2] = {co_report_get(co_report_named(report, "sources", source), "random"),
                      co_report_reference(report, target, "random")};
  const char *by = co_json_get_string(co_json_get(report->results, "matrix_target_row"), target);
  co_buf_puts(out, "<figure><figcaption><b>");
  co_put_html(out, target);
  co_buf_puts(out, "</b></figcaption>\n");
  co_report_open_table(out, "matrix", "trained in one world, evaluated in the other");
  co_buf_puts(out, "<thead><tr><td></td>");
  for (int i = 0; i < 2; i++) {
    co_buf_puts(out, "<th scope=\"col\">evaluated in ");
    co_put_html(out, world[i]);
    co_buf_puts(out, "</th>");
  }
  co_buf_puts(out, "</tr></thead>\n<tbody>");
  for (int trained = 0; trained < 2; trained++) {
    co_buf_puts(out, "<tr><th scope=\"row\">trained in ");
    co_put_html(out, world[trained]);
    if (trained == 1 && by) {
      co_buf_puts(out, " (");
      co_put_html(out, by);
      co_buf_puts(out, ")");
    }
    co_buf_puts(out, "</th>");
    for (int evaluated = 0; evaluated < 2; evaluated++)
      put_cell(out, matrix, trained, evaluated, random[evaluated]);
    co_buf_puts(out, "</tr>\n");
  }
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  co_buf_puts(out, "</figure>\n");
}

void co_report_put_matrix(co_buf *out, const co_report *report) {
  const co_json *matrices = co_json_get(report->results, "matrix");
  int count = 0;
  co_report_put_section(out, "matrix", "Trained here, evaluated there");
  put_sources(out, report);
  co_buf_puts(
      out,
      "<h3>2 × 2 matrix</h3>\n<p class=\"caption\">Return without any transfer, trained in "
      "the row’s world: IQMs over seeds, as everywhere on this page; shading within a column, "
      "from random actions to the better policy.</p>\n<div "
      "class=\"grid\">\n");
  for (int i = 0; i < report->pairs; i++) {
    const char *target = report->pair[i].target;
    if (i > 0 && strcmp(target, report->pair[i - 1].target) == 0) continue;  // one per target
    const co_json *matrix = co_json_get(matrices, target);
    if (!co_json_is_array(matrix)) continue;
    put_matrix(out, report, target, matrix);
    count++;
  }
  co_buf_puts(out, count ? "</div>\n</section>\n"
                         : "</div><p class=\"none\">not measured</p>\n</section>\n");
}

// ---- forgetting

static int put_forgetting_of(co_buf *out, const co_report *report, int pair, co_strip_row *rows) {
  co_film_strip strip = {.title = "forgetting with its interval, per strategy",
                         .unit = "return lost in the source",
                         .row = rows,
                         .plus = true};
  int n = 0;
  for (int i = 0; i < report->strategies; i++) {
    co_estimate estimate = co_report_metric(report, pair, i, "forgetting");
    if (!isfinite(estimate.value)) continue;
    n = co_report_least(n, estimate.n);
    rows[strip.rows++] = (co_strip_row){report->strategy[i], NULL, estimate,
                                        co_report_color(report, i), co_report_mark(report, i)};
  }
  if (strip.rows == 0) return 0;
  co_buf_puts(out, "<figure><figcaption>trained in <b>");
  co_report_put_pair(out, report, pair);
  co_buf_puts(out, "</b>; ");
  co_report_put_sample(out, n ? n : co_report_seeds(report));
  co_buf_puts(out, ".</figcaption>\n");
  co_strip_put(out, &strip);
  co_buf_puts(out, "</figure>\n");
  return 1;
}

void co_report_put_forgetting(co_buf *out, const co_report *report) {
  co_arena arena = {0};
  co_strip_row *rows = co_arena_alloc(&arena, (size_t)report->strategies, sizeof *rows);
  int count = 0;
  co_report_put_section(out, "forgetting", "Forgetting");
  co_buf_puts(out,
              "<p class=\"caption\">Return in the source world before training in the target minus "
              "after; right of "
              "zero the policy has unlearned what it could do.</p>\n<div class=\"grid\">\n");
  for (int i = 0; rows && i < report->pairs; i++) count += put_forgetting_of(out, report, i, rows);
  co_buf_puts(out, count ? "</div>\n</section>\n"
                         : "</div><p class=\"none\">not measured</p>\n</section>\n");
  out->failed |= !rows;
  co_arena_free(&arena);
}

// ---- shifts

// A shift may be live with seed after seed and yet move the mean return by less than its noise.
static bool is_below_noise(const co_json *shift) {
  return fabs(co_report_get(shift, "difference")) <= co_report_get(shift, "noise");
}

void co_report_put_grade(co_buf *out, const co_json *shift) {
  const char *grade = co_json_get_string(shift, "grade");
  static const struct {
    const char *grade, *css, *text;
  } known[] = {{"live", "good", "live"},
               {"weak", "middling", "weak"},
               {"inert_under_policy", "bad", "inert under this policy"},
               {"inert", "bad", "inert"}};
  if (!grade) return;
  if (strcmp(grade, "live") == 0 && is_below_noise(shift)) {
    co_buf_puts(out, "<span class=\"badge middling\">mean return within the noise</span>");
    return;
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(grade, known[i].grade) != 0) continue;
    co_buf_printf(out, "<span class=\"badge %s\">%s</span>", known[i].css, known[i].text);
    return;
  }
  co_buf_puts(out, "<span class=\"badge\">");
  co_put_html(out, grade);
  co_buf_puts(out, "</span>");
}

// a measured field lies in the entry itself, or in its "shift" as `check` writes it
static const co_json *shift_field(const co_json *entry, const char *key) {
  const co_json *field = co_json_get(entry, key);
  return field ? field : co_json_get(co_json_get(entry, "shift"), key);
}

static void put_percent_cell(co_buf *out, double share) {
  if (isfinite(share)) {
    co_buf_printf(out, "<td class=\"number\">%.0f %%</td>", 100 * share);
  } else {
    co_buf_puts(out, "<td class=\"number\">–</td>");
  }
}

// pairs whose friction stays what it was are no effect of the shift
static void put_friction(co_buf *out, const co_json *friction) {
  for (size_t i = 0; co_json_is_array(friction) && i < co_json_count(friction); i++) {
    const co_json *entry = co_json_at(friction, i);
    double source = co_report_get(entry, "source"), target = co_report_get(entry, "target");
    if (source == target) continue;
    char before[CO_NUMBER_MAX], after[CO_NUMBER_MAX];
    co_format_number(source, 0, false, before);
    co_format_number(target, 0, false, after);
    co_buf_puts(out, "<br/>effective friction of ");
    co_report_put_value(out, co_json_get(entry, "pair"));
    co_buf_printf(out, ": %s → %s", before, after);
  }
}

static void put_share(co_buf *out, const char *text, double share) {
  if (isfinite(share)) co_buf_printf(out, "<br/>%s %.0f %%", text, 100 * share);
}

// what was changed, why it does nothing, and what else is known, below the numbers
static void put_shift_text(co_buf *out, const co_report *report, const co_json *entry) {
  const char *target = co_json_get_string(entry, "target");
  const co_json *definition = target ? co_report_named(report, "targets", target) : NULL;
  const co_json *domain = co_json_get(definition, "domain");
  const char *reason = co_json_as_string(shift_field(entry, "reason"));
  if (!domain) domain = co_json_get(entry, "domain");
  if (!reason || !*reason) reason = co_json_get_string(definition, "reason");
  co_buf_puts(out, "<tr class=\"more\"><td colspan=\"8\"><div class=\"prose\"><code>");
  co_report_put_value(out, domain);
  co_buf_puts(out, reason && *reason ? "</code><br/>" : "</code>");
  co_put_html(out, reason);
  put_friction(out, shift_field(entry, "effective_friction"));
  put_share(out, "steps with a joint at its limit in the target:",
            co_report_number(shift_field(entry, "limit_share")));
  put_share(out, "target steps inside the range seen in the source:",
            co_report_number(shift_field(entry, "visited_share")));
  co_buf_puts(out, "</div></td></tr>\n");
}

static void put_step_cell(co_buf *out, double step) {
  char number[CO_NUMBER_MAX];
  co_format_number(step, 1000, false, number);  // a count has no decimals
  co_buf_printf(out, "<td class=\"number\">%s</td>", number);
}

static void put_shift(co_buf *out, const co_report *report, const co_json *entry) {
  static const char *const horizon[] = {"1", "10", "100"};
  const char *source = co_json_get_string(entry, "source"),
             *target = co_json_get_string(entry, "target");
  const co_json *rms = shift_field(entry, "rms");
  co_buf_puts(out, "<tr><th scope=\"row\">");
  if (report->sources > 1 && source) {
    co_put_html(out, source);
    co_buf_puts(out, " → ");
  }
  co_put_html(out, target ? target : "?");
  co_buf_puts(out, "</th><td>");
  co_report_put_grade(out, entry);
  co_buf_puts(out, "</td>");
  put_step_cell(out, co_report_number(shift_field(entry, "first_step")));
  for (int i = 0; i < 3; i++) co_report_put_number_cell(out, co_report_get(rms, horizon[i]), false);
  put_percent_cell(out, co_report_get(entry, "identical_share"));
  char difference[CO_NUMBER_MAX], noise[CO_NUMBER_MAX];
  co_format_number(co_report_get(entry, "difference"), 0, true, difference);
  co_format_number(co_report_get(entry, "noise"), 0, false, noise);
  co_buf_printf(out, "<td class=\"number\">%s (noise %s)</td></tr>\n", difference, noise);
  put_shift_text(out, report, entry);
}

void co_report_put_shifts(co_buf *out, const co_report *report) {
  const co_json *shifts = co_json_get(report->results, "shifts");
  size_t count = co_json_is_array(shifts) ? co_json_count(shifts) : 0;
  co_report_put_section(out, "shifts", "What each shift changes");
  if (count == 0) {
    co_buf_puts(out, "<p class=\"none\">not measured</p>\n</section>\n");
    return;
  }
  co_buf_puts(out,
              "<p class=\"caption\">The same action tape is played in both worlds; then the source "
              "policies act in "
              "both. A target whose shift changes nothing, or nothing beyond noise, would flatter "
              "every strategy and "
              "is reported apart.</p>\n");
  co_report_open_table(out, "shifts", "measured effect of each shift");
  co_buf_puts(
      out,
      "<thead><tr><th>target</th><th>grade</th><th class=\"number\">first step that differs</th>"
      "<th class=\"number\">RMS after 1</th><th class=\"number\">10</th><th class=\"number\">100 "
      "steps</th>"
      "<th class=\"number\">identical episodes</th><th class=\"number\">change of "
      "return</th></tr></thead>\n"
      "<tbody>");
  for (size_t i = 0; i < count; i++) put_shift(out, report, co_json_at(shifts, i));
  co_buf_puts(out, "</tbody>");
  co_report_close_table(out);
  co_buf_puts(out, "</section>\n");
}
