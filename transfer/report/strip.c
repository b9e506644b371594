// Strip chart: one row per strategy with every seed as a mark and the interval of its IQM below,
// reference lines behind.

#include "transfer/report/private/parts.h"

#include <math.h>
#include <stdio.h>

// pixels
enum {
  LINE = 17,      // of a label
  LANE = 28,      // of the marks of seeds, which are spread over it in the order of seeds
  INTERVAL = 15,  // of the interval
  ROW_GAP = 9,
  AXIS = 40,       // of tick labels and the unit
  LABEL_MAX = 20,  // characters of a row's name, clear of its numbers on a phone
  TICKS = 5,
};

void co_strip_add_reference(co_film_strip *strip, const char *label, const char *css,
                            double value) {
  if (!isfinite(value) || strip->references == CO_STRIP_REFERENCES_MAX) return;
  strip->reference[strip->references++] = (co_strip_reference){label, css, value};
}

static bool has_seeds(const co_strip_row *row) {
  return co_report_count_finite(row->seeds) > 0;
}

static double row_height(const co_strip_row *row) {
  return LINE + (has_seeds(row) ? LANE : 0) + INTERVAL + ROW_GAP;
}

static double head_height(const co_film_strip *strip) {
  return strip->references ? strip->references * LINE + 8 : 4;
}

static co_svg_axis axis_of(const co_film_strip *strip) {
  co_svg_axis axis = {0};
  for (int i = 0; i < strip->rows; i++) {
    const co_strip_row *row = &strip->row[i];
    for (size_t k = 0; has_seeds(row) && k < co_json_count(row->seeds); k++) {
      co_svg_axis_cover(&axis, co_report_number(co_json_at(row->seeds, k)));
    }
    co_svg_axis_cover(&axis, row->estimate.value);
    co_svg_axis_cover(&axis, row->estimate.lo);
    co_svg_axis_cover(&axis, row->estimate.hi);
  }
  for (int i = 0; i < strip->references; i++) co_svg_axis_cover(&axis, strip->reference[i].value);
  if (strip->plus) co_svg_axis_cover(&axis, 0);
  co_svg_axis_finish(&axis, TICKS, 0.03);
  return axis;
}

static void put_ticks(co_buf *out, const co_film_strip *strip, const co_svg_axis *axis,
                      double bottom) {
  for (int i = 0; i < axis->ticks; i++) {
    char text[CO_NUMBER_MAX];
    co_format_tick(axis->tick[i], axis->step, text);
    co_svg_text(out, "tick", CO_SVG_MIDDLE, co_svg_axis_at(axis, axis->tick[i]), 0, bottom + 16,
                text);
  }
  co_svg_text(out, "unit", CO_SVG_MIDDLE, 0.5, 0, bottom + 35, strip->unit);
}

// grid, zero and references behind one row's marks; its label stays clear of them
static void put_lines(co_buf *out, const co_film_strip *strip, const co_svg_axis *axis, double top,
                      double bottom) {
  for (int i = 0; i < axis->ticks; i++) {
    bool zero = strip->plus && fabs(axis->tick[i]) < axis->step / 2;
    co_svg_vertical(out, zero ? "zero" : "gridline", co_svg_axis_at(axis, axis->tick[i]), top,
                    bottom);
  }
  for (int i = 0; i < strip->references; i++) {
    co_svg_vertical(out, strip->reference[i].css, co_svg_axis_at(axis, strip->reference[i].value),
                    top, bottom);
  }
}

// Names stand right of the line in the left half, left of it in the right half. Where a line
// further to that side begins below the name, it does not cross it: from both ends inwards.
static double order_of(const co_svg_axis *axis, const co_strip_reference *reference) {
  double x = co_svg_axis_at(axis, reference->value);
  return x < 0.5 ? x : 2 - x;
}

static void order_references(co_film_strip *strip, const co_svg_axis *axis) {
  for (int i = 1; i < strip->references; i++) {
    co_strip_reference moved = strip->reference[i];
    int k = i;
    for (; k > 0 && order_of(axis, &strip->reference[k - 1]) > order_of(axis, &moved); k--)
      strip->reference[k] = strip->reference[k - 1];
    strip->reference[k] = moved;
  }
}

// names of the references, each on a line of its own, so that near ones don't overlap at any width
static void put_references(co_buf *out, const co_film_strip *strip, const co_svg_axis *axis,
                           double bottom) {
  for (int i = 0; i < strip->references; i++) {
    const co_strip_reference *reference = &strip->reference[i];
    double x = co_svg_axis_at(axis, reference->value), y = (i + 1) * LINE - 3;
    char number[CO_NUMBER_MAX], text[CO_NUMBER_MAX + 40];
    co_format_number(reference->value, 0, false, number);
    snprintf(text, sizeof text, "%.30s %s", reference->label, number);
    co_svg_vertical(out, reference->css, x, y - 10, bottom);
    co_svg_text(out, "reference", x < 0.5 ? CO_SVG_START : CO_SVG_END, x, x < 0.5 ? 5 : -5, y,
                text);
  }
}

static void put_seeds(co_buf *out, const co_film_strip *strip, const co_strip_row *row,
                      const co_svg_axis *axis, double y) {
  size_t count = co_json_count(row->seeds);
  for (size_t i = 0; i < count; i++) {
    double value = co_report_number(co_json_at(row->seeds, i));
    if (!isfinite(value)) continue;
    char number[CO_NUMBER_MAX], title[CO_NUMBER_MAX + 40];
    double offset = count > 1 ? (double)i / (double)(count - 1) * (LANE - 12) : (LANE - 12) / 2.0;
    co_format_number(value, 0, strip->plus, number);
    snprintf(title, sizeof title, "seed %zu: %s", i, number);
    co_svg_mark(out, "seed", row->color, row->mark, co_svg_axis_at(axis, value), y + 6 + offset,
                title);
  }
}

static void put_interval(co_buf *out, const co_strip_row *row, const co_svg_axis *axis, double y) {
  const co_estimate *estimate = &row->estimate;
  if (!isfinite(estimate->value)) return;
  double x = co_svg_axis_at(axis, estimate->value), middle = y + INTERVAL / 2.0;
  char css[32];
  snprintf(css, sizeof css, "interval c%d", row->color);
  if (co_estimate_has_interval(estimate)) {
    co_svg_horizontal(out, css, co_svg_axis_at(axis, estimate->lo),
                      co_svg_axis_at(axis, estimate->hi), middle);
  }
  snprintf(css, sizeof css, "point c%d", row->color);
  co_svg_vertical(out, css, x, middle - 6, middle + 6);
}

// name on the left, numbers on the right; "(4 of 5)" where a run is missing
static void put_label(co_buf *out, const co_film_strip *strip, const co_strip_row *row, double y) {
  co_buf name = {0}, numbers = {0};
  int n = co_report_count_finite(row->seeds);
  bool incomplete = has_seeds(row) && (size_t)n < co_json_count(row->seeds);
  co_put_plain(&name, row->label, incomplete ? LABEL_MAX - 9 : LABEL_MAX);
  if (incomplete) co_buf_printf(&name, " (%d of %zu)", n, co_json_count(row->seeds));
  if (isfinite(row->estimate.value)) co_put_estimate(&numbers, &row->estimate, strip->plus);
  co_svg_mark(out, "key", row->color, row->mark, 0, y + 8, NULL);
  co_svg_text(out, "label", CO_SVG_START, 0, 11, y + 13, name.data ? name.data : "");
  co_svg_text(out, "number", CO_SVG_END, 1, 0, y + 13, numbers.data ? numbers.data : "");
  out->failed |= name.failed || numbers.failed;
  co_buf_free(&name);
  co_buf_free(&numbers);
}

static void put_row(co_buf *out, const co_film_strip *strip, const co_strip_row *row,
                    const co_svg_axis *axis, double y) {
  double lane = y + LINE + 3, interval = lane + (has_seeds(row) ? LANE : 0);
  put_lines(out, strip, axis, lane, y + row_height(row));
  put_label(out, strip, row, y + 3);
  if (has_seeds(row)) put_seeds(out, strip, row, axis, lane);
  put_interval(out, row, axis, interval);
}

double co_strip_put(co_buf *out, const co_film_strip *shown) {
  co_film_strip ordered = *shown, *strip = &ordered;
  co_svg_axis axis = axis_of(strip);
  order_references(strip, &axis);
  double top = head_height(strip), bottom = top;
  for (int i = 0; i < strip->rows; i++) bottom += row_height(&strip->row[i]);
  co_svg_open(out, "strip", bottom + AXIS, strip->title);
  put_references(out, strip, &axis, top);
  put_ticks(out, strip, &axis, bottom);
  double y = top;
  for (int i = 0; i < strip->rows; i++) {
    if (i > 0) co_svg_horizontal(out, "rule", 0, 1, y);
    put_row(out, strip, &strip->row[i], &axis, y);
    y += row_height(&strip->row[i]);
  }
  co_svg_close(out);
  return bottom + AXIS;
}
