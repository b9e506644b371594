// Charts as files of their own: SVG for paper, with the numbers as CSV.

#include "transfer/report/private/across.h"
#include "transfer/report/report.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

// pixels: of the plot, and the margins in which labels stand
enum { WIDTH = 560, LEFT = 14, RIGHT = 14, CURVES_LEFT = 54, CURVES_RIGHT = 176, TOP = 8 };

typedef struct writer {
  co_report_file_fn *put;
  void *context;
  co_arena arena;
  const co_report *report;
  co_json *stems;  // of the files that were put, each {stem: 1}
} writer;

// ---- names of files

static void put_part(co_buf *out, const char *text) {
  for (; *text; text++) {
    bool plain = isalnum((unsigned char)*text) || strchr("_.-", *text);
    co_buf_add(out, plain ? text : "_", 1);
  }
}

// "STUDY-SOURCE-TARGET-what"; a pair of -1 is left out
static void put_stem(const writer *w, int pair, const char *what, co_buf *out) {
  put_part(out, co_report_name(w->report));
  if (pair >= 0 && w->report->sources > 1 && w->report->pair[pair].source) {
    co_buf_puts(out, "-");
    put_part(out, w->report->pair[pair].source);
  }
  if (pair >= 0) {
    co_buf_puts(out, "-");
    put_part(out, w->report->pair[pair].target);
  }
  co_buf_printf(out, "-%s", what);
}

static co_status put_file(const writer *w, const char *stem, const char *ending,
                          const co_buf *content) {
  co_buf name = {0};
  co_buf_printf(&name, "%s.%s", stem, ending);
  co_status status = co_buf_status(&name);
  if (status == CO_OK) status = co_buf_status(content);
  if (status == CO_OK) status = w->put(w->context, name.data, content);
  co_buf_free(&name);
  return status;
}

// Studies and targets may have names that come to the same one: the second ends in -2, and so on.
static co_status make_unique(const writer *w, co_buf *stem) {
  size_t size = stem->size;
  CO_TRY(co_buf_status(stem));
  for (int k = 2; co_json_get(w->stems, stem->data); k++) {
    stem->size = size;
    co_buf_printf(stem, "-%d", k);
    CO_TRY(co_buf_status(stem));
  }
  co_json_set_int(w->stems, stem->data, 1);
  return CO_OK;
}

// Both files of a chart; the stem is freed.
static co_status put_both(const writer *w, co_buf *stem, const co_buf *svg, const co_buf *csv) {
  co_status status = make_unique(w, stem);
  if (status == CO_OK) status = put_file(w, stem->data, "svg", svg);
  if (status == CO_OK) status = put_file(w, stem->data, "csv", csv);
  co_buf_free(stem);
  return status;
}

// ---- a chart as a file

// The chart's own plot is as wide as what it lies in.
static void put_svg(const co_buf *chart, double height, int left, int right, co_buf *out) {
  int width = left + WIDTH + right;
  double whole = height + 2 * TOP;
  co_buf_printf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
                "viewBox=\"0 0 %d %.0f\">\n",
                width, whole, width, whole);
  co_report_put_chart_style(out);
  co_svg_put_marks(out);
  co_buf_printf(out, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%.0f\" overflow=\"visible\">\n",
                left, TOP, WIDTH, height);
  co_buf_add(out, chart->data, chart->size);
  co_buf_puts(out, "</svg>\n</svg>\n");
  out->failed |= chart->failed;
}

static co_status put_figure(const writer *w, int pair, const char *what, const co_buf *svg,
                            const co_buf *csv) {
  co_buf stem = {0};
  put_stem(w, pair, what, &stem);
  return put_both(w, &stem, svg, csv);
}

// ---- numbers

// A cell with what separates it from the next one; nothing for NAN.
static void put_number(co_buf *out, double value, char end) {
  if (isfinite(value)) co_buf_printf(out, "%.17g", value);
  co_buf_add(out, &end, 1);
}

static void put_text(co_buf *out, const char *text, char end) {
  bool quoted = strpbrk(text, ",\"\n\r") != NULL;
  if (quoted) co_buf_puts(out, "\"");
  for (; *text; text++) {
    if (*text == '"') co_buf_puts(out, "\"");
    co_buf_add(out, text, 1);
  }
  if (quoted) co_buf_puts(out, "\"");
  co_buf_add(out, &end, 1);
}

static void put_estimate(co_buf *out, const co_estimate *estimate) {
  put_number(out, estimate->value, ',');
  put_number(out, estimate->lo, ',');
  put_number(out, estimate->hi, ',');
  co_buf_printf(out, "%d\n", estimate->n);
}

// A row per seed, or one where there are none, with the row's estimate behind it.
static void put_strip_csv(const co_film_strip *strip, const char *first, co_buf *out) {
  co_buf_printf(out, "%s,seed,value,estimate,lo,hi,n\n", first);
  for (int i = 0; i < strip->rows; i++) {
    const co_strip_row *row = &strip->row[i];
    size_t seeds = row->seeds ? co_json_count(row->seeds) : 0;
    for (size_t k = 0; k < (seeds ? seeds : 1); k++) {
      put_text(out, row->label, ',');
      if (seeds) co_buf_printf(out, "%zu", k);
      co_buf_puts(out, ",");
      put_number(out, seeds ? co_report_number(co_json_at(row->seeds, k)) : (double)NAN, ',');
      put_estimate(out, &row->estimate);
    }
  }
}

static double at(const co_json *array, size_t i) {
  bool there = co_json_is_array(array) && i < co_json_count(array);
  return there ? co_report_number(co_json_at(array, i)) : (double)NAN;
}

static void put_curve_rows(const co_report *report, int strategy, const co_json *curve,
                           co_buf *out) {
  const co_json *step = co_json_get(curve, "step"), *seeds = co_json_get(curve, "seeds");
  const char *unit = co_json_get_string(curve, "unit");
  size_t points = co_json_is_array(step) ? co_json_count(step) : 0;
  size_t runs = co_json_is_array(seeds) ? co_json_count(seeds) : 0;
  for (size_t i = 0; i < points; i++) {
    for (size_t k = 0; k < (runs ? runs : 1); k++) {
      put_text(out, report->strategy[strategy], ',');
      put_number(out, at(step, i), ',');
      if (runs) co_buf_printf(out, "%zu", k);
      co_buf_puts(out, ",");
      put_number(out, runs ? at(co_json_at(seeds, k), i) : (double)NAN, ',');
      put_number(out, at(co_json_get(curve, "iqm"), i), ',');
      put_number(out, at(co_json_get(curve, "lo"), i), ',');
      put_number(out, at(co_json_get(curve, "hi"), i), ',');
      put_text(out, unit ? unit : "env steps", '\n');
    }
  }
}

static void put_curves_csv(const co_report *report, int pair, co_buf *out) {
  co_buf_puts(out, "strategy,step,seed,value,iqm,lo,hi,unit\n");
  for (int i = 0; i < report->strategies; i++) {
    const co_json *curve = co_report_entry(report, "curves", pair, i);
    if (curve) put_curve_rows(report, i, curve, out);
  }
}

// ---- the charts of a study

static co_status put_strip(const writer *w, int pair, const char *what, const char *first,
                           const co_film_strip *strip) {
  if (strip->rows == 0) return CO_OK;
  co_buf chart = {0}, svg = {0}, csv = {0};
  double height = co_strip_put(&chart, strip);
  put_svg(&chart, height, LEFT, RIGHT, &svg);
  put_strip_csv(strip, first, &csv);
  co_status status = put_figure(w, pair, what, &svg, &csv);
  co_buf_free(&chart);
  co_buf_free(&svg);
  co_buf_free(&csv);
  return status;
}

static co_status put_curves(const writer *w, int pair) {
  co_buf chart = {0}, svg = {0}, csv = {0};
  double height = co_report_put_curve_chart(&chart, w->report, pair);
  co_status status = co_buf_status(&chart);
  if (status == CO_OK && height > 0) {
    put_svg(&chart, height, CURVES_LEFT, CURVES_RIGHT, &svg);
    put_curves_csv(w->report, pair, &csv);
    status = put_figure(w, pair, "curves", &svg, &csv);
  }
  co_buf_free(&chart);
  co_buf_free(&svg);
  co_buf_free(&csv);
  return status;
}

static co_status put_pair(writer *w, int pair) {
  co_film_strip strip;
  co_strip_row *row = co_arena_alloc(&w->arena, (size_t)w->report->strategies, sizeof *row);
  if (!row) return CO_MEMORY;
  co_report_final_strip(w->report, pair, row, &strip);
  CO_TRY(put_strip(w, pair, "final", "strategy", &strip));
  co_report_paired_strip(w->report, pair, row, &strip);
  CO_TRY(put_strip(w, pair, "difference", "strategy", &strip));
  return put_curves(w, pair);
}

static co_status put_study(writer *w) {
  co_film_strip strip;
  co_strip_row *row = co_arena_alloc(&w->arena, (size_t)w->report->pairs, sizeof *row);
  if (!row) return CO_MEMORY;
  co_report_carry_over_strip(w->report, &w->arena, row, &strip);
  CO_TRY(put_strip(w, -1, "carry-over", "target", &strip));
  for (int i = 0; i < w->report->pairs; i++) {
    if (!co_report_skipped(w->report, i)) CO_TRY(put_pair(w, i));
  }
  return CO_OK;
}

// ---- over all targets

static co_status put_across_file(const writer *w, const char *what, const co_buf *svg,
                                 const co_buf *csv) {
  co_buf stem = {0};
  co_buf_puts(&stem, what);
  return put_both(w, &stem, svg, csv);
}

static co_status put_improvement(writer *w, const co_across *across) {
  co_strip_row *row = co_arena_alloc(&w->arena, (size_t)across->arms, sizeof *row);
  if (!row) return CO_MEMORY;
  co_film_strip strip = {.title = "probability that a run is above one from scratch, over targets",
                         .unit = "P(run > run from scratch), mean over targets",
                         .row = row};
  for (int i = 0; i < across->arms; i++) {
    const co_across_arm *arm = &across->arm[i];
    if (isnan(arm->improvement.value)) continue;
    row[strip.rows++] =
        (co_strip_row){arm->strategy, NULL, arm->improvement, arm->color, arm->mark};
  }
  if (strip.rows == 0) return CO_OK;
  co_strip_add_reference(&strip, "as scratch:", "random", 0.5);
  co_buf chart = {0}, svg = {0}, csv = {0};
  double height = co_strip_put(&chart, &strip);
  put_svg(&chart, height, LEFT, RIGHT, &svg);
  put_strip_csv(&strip, "strategy", &csv);
  co_status status = put_across_file(w, "improvement", &svg, &csv);
  co_buf_free(&chart);
  co_buf_free(&svg);
  co_buf_free(&csv);
  return status;
}

enum { PROFILE_HEIGHT = 300, LABEL_STEP = 15 };

static double profile_x(int point) {
  return (double)point / (CO_PROFILE_POINTS - 1);
}

static void put_profile_axes(co_buf *out) {
  static const char *const shares[] = {"0", "0.25", "0.5", "0.75", "1"}, *const scores[] = {
                                                                             "0", "0.5", "1",
                                                                             "1.5"};
  for (int i = 0; i < 5; i++) {
    double y = PROFILE_HEIGHT * (1 - i / 4.0);
    co_svg_horizontal(out, "gridline", 0, 1, y);
    co_svg_text(out, "tick", CO_SVG_END, 0, -8, y + 4, shares[i]);
  }
  for (int i = 0; i < 4; i++) {
    co_svg_vertical(out, i == 2 ? "oracle" : "gridline", i / 3.0, 0, PROFILE_HEIGHT + 4);
    co_svg_text(out, "tick", CO_SVG_MIDDLE, i / 3.0, 0, PROFILE_HEIGHT + 18, scores[i]);
  }
  co_svg_text(out, "unit", CO_SVG_MIDDLE, 0.5, 0, PROFILE_HEIGHT + 37,
              "score: 0 uniform actions, 1 oracle; height: share of runs above it");
}

static void put_profile_curve(co_buf *out, const co_across_arm *arm) {
  double x[CO_PROFILE_POINTS], y[CO_PROFILE_POINTS], lo[CO_PROFILE_POINTS], hi[CO_PROFILE_POINTS];
  for (int i = 0; i < CO_PROFILE_POINTS; i++) {
    x[i] = profile_x(i);
    y[i] = PROFILE_HEIGHT * (1 - arm->share[i].value);
    lo[i] = PROFILE_HEIGHT * (1 - arm->share[i].lo);
    hi[i] = PROFILE_HEIGHT * (1 - arm->share[i].hi);
  }
  co_svg_area(out, "band", arm->color, PROFILE_HEIGHT, x, lo, hi, CO_PROFILE_POINTS);
  co_svg_line(out, "curve", arm->color, PROFILE_HEIGHT, x, y, CO_PROFILE_POINTS);
}

static co_status put_profile(writer *w, const co_across *across) {
  co_buf chart = {0}, svg = {0}, csv = {0};
  co_svg_open(&chart, "curves", PROFILE_HEIGHT + 42,
              "performance profile: share of runs above a score, over targets");
  put_profile_axes(&chart);
  co_buf_puts(&csv, "strategy,score,share,lo,hi,n\n");
  for (int a = 0; a < across->arms; a++) {
    const co_across_arm *arm = &across->arm[a];
    if (arm->scored == 0) continue;
    put_profile_curve(&chart, arm);
    co_svg_mark(&chart, "key", arm->color, arm->mark, 1, a * LABEL_STEP + 8, NULL);
    co_svg_text(&chart, "label", CO_SVG_START, 1, 10, a * LABEL_STEP + 12, arm->strategy);
    for (int i = 0; i < CO_PROFILE_POINTS; i++) {
      put_text(&csv, arm->strategy, ',');
      put_number(&csv, CO_PROFILE_END * profile_x(i), ',');
      put_estimate(&csv, &arm->share[i]);
    }
  }
  co_svg_close(&chart);
  put_svg(&chart, PROFILE_HEIGHT + 42, CURVES_LEFT, CURVES_RIGHT, &svg);
  co_status status = put_across_file(w, "profile", &svg, &csv);
  co_buf_free(&chart);
  co_buf_free(&svg);
  co_buf_free(&csv);
  return status;
}

// Of one target the other charts tell the same.
static co_status put_across(writer *w, const co_report *report, int studies) {
  co_across across;
  co_status status = co_across_create(report, studies, &across);
  if (status == CO_OK && across.scored > 1) status = put_profile(w, &across);
  if (status == CO_OK && across.tasks > 1) status = put_improvement(w, &across);
  co_across_free(&across);
  return status;
}

co_status co_report_figures(const co_json *const *results, int studies, co_report_file_fn *put,
                            void *context) {
  writer w = {.put = put, .context = context, .stems = co_json_object()};
  co_report *report;
  co_status status = co_reports_open(results, studies, &w.arena, &report);
  for (int i = 0; status == CO_OK && i < studies; i++) {
    w.report = &report[i];
    status = put_study(&w);
  }
  if (status == CO_OK) status = put_across(&w, report, studies);
  co_reports_close(report, studies);
  co_json_free(w.stems);
  co_arena_free(&w.arena);
  return status;
}
