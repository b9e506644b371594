#include "transfer/report/private/svg.h"

#include "core/format.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STRETCHED = 1000 };  // width of the coordinates of lines and areas

void co_svg_axis_cover(co_svg_axis *axis, double value) {
  if (!isfinite(value)) return;
  axis->lo = axis->any ? fmin(axis->lo, value) : value;
  axis->hi = axis->any ? fmax(axis->hi, value) : value;
  axis->any = true;
}

// smallest of 1, 2, 5 x 10^k that is at least `step`
static double nice_step(double step) {
  double power = 1;
  while (power > step) power /= 10;
  while (power * 10 <= step) power *= 10;
  double factor = step / power;
  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

// a range that has a width, around what was covered
static void widen(co_svg_axis *axis) {
  if (!axis->any) {
    axis->lo = 0;
    axis->hi = 1;
  }
  double least = fmax(fabs(axis->hi), fabs(axis->lo)) * 1e-9;
  if (axis->hi - axis->lo > least) return;
  double half = fmax(fabs(axis->hi) / 10, 0.5);
  axis->lo -= half;
  axis->hi += half;
}

static void put_ticks(co_svg_axis *axis) {
  axis->ticks = 0;
  for (double k = ceil(axis->lo / axis->step - 1e-6); axis->ticks < CO_SVG_TICKS_MAX; k++) {
    if (k * axis->step > axis->hi + axis->step * 1e-6) break;
    axis->tick[axis->ticks++] = k * axis->step;
  }
}

void co_svg_axis_finish(co_svg_axis *axis, int wanted_ticks, double padding) {
  assert(wanted_ticks >= 1 && wanted_ticks <= 10 && padding >= 0);
  widen(axis);
  double margin = (axis->hi - axis->lo) * padding;
  axis->step = nice_step((axis->hi - axis->lo) / wanted_ticks);
  axis->lo -= margin;
  axis->hi += margin;
  put_ticks(axis);
}

static double clamp01(double x) {
  return x > 0 ? (x < 1 ? x : 1) : 0;  // 0 for NAN
}

double co_svg_axis_at(const co_svg_axis *axis, double value) {
  return clamp01((value - axis->lo) / (axis->hi - axis->lo));
}

// Centred at the origin, about 10 px across and of similar area; told apart without colour.
static const char *const mark_path[CO_SVG_MARKS] = {
    "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z",
    "M-4.4-4.4H4.4V4.4H-4.4Z",
    "M0-5.6L5.4 4H-5.4Z",
    "M0-6L5.4 0L0 6L-5.4 0Z",
    "M0 5.6L5.4-4H-5.4Z",
    "M-1.8-5.4H1.8V-1.8H5.4V1.8H1.8V5.4H-1.8V1.8H-5.4V-1.8H-1.8Z",
    "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0ZM2.6 0A2.6 2.6 0 1 0-2.6 0A2.6 2.6 0 1 0 2.6 0Z",
};

void co_svg_put_marks(co_buf *out) {
  co_buf_puts(out, "<svg class=\"marks\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n");
  for (int i = 0; i < CO_SVG_MARKS; i++) {
    co_buf_printf(out, "<path id=\"mark%d\" d=\"%s\"/>\n", i, mark_path[i]);
  }
  co_buf_puts(out, "</defs></svg>\n");
}

void co_svg_open(co_buf *out, const char *css, double height, const char *title) {
  co_buf_printf(out, "<svg class=\"plot %s\" height=\"%.0f\" role=\"img\"><title>", css, height);
  co_put_html(out, title);
  co_buf_puts(out, "</title>\n");
}

void co_svg_close(co_buf *out) {
  co_buf_puts(out, "</svg>\n");
}

void co_svg_vertical(co_buf *out, const char *css, double x, double y0, double y1) {
  double percent = 100 * clamp01(x);
  co_buf_printf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                css, percent, percent, y0, y1);
}

void co_svg_horizontal(co_buf *out, const char *css, double x0, double x1, double y) {
  co_buf_printf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
                css, 100 * clamp01(x0), 100 * clamp01(x1), y, y);
}

void co_svg_text(co_buf *out, const char *css, co_svg_anchor anchor, double x, double dx, double y,
                 const char *text) {
  static const char *const name[] = {"start", "middle", "end"};
  co_buf_printf(out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.2f%%\" dx=\"%.0f\" y=\"%.1f\">",
                css, name[anchor], 100 * clamp01(x), dx, y);
  co_put_html(out, text);
  co_buf_puts(out, "</text>\n");
}

// class attribute: the caller's class and the colour's
static void put_class(co_buf *out, const char *css, int color) {
  co_buf_printf(out, "class=\"%s", css);
  if (color >= 0) co_buf_printf(out, " c%d", color % CO_SVG_COLORS);
  co_buf_puts(out, "\"");
}

void co_svg_mark(co_buf *out, const char *css, int color, int mark, double x, double y,
                 const char *title) {
  assert(mark >= 0);
  co_buf_puts(out, "<use ");
  put_class(out, css, color);
  co_buf_printf(out, " href=\"#mark%d\" x=\"%.2f%%\" y=\"%.1f\"", mark % CO_SVG_MARKS,
                100 * clamp01(x), y);
  if (!title) {
    co_buf_puts(out, "/>\n");
    return;
  }
  co_buf_puts(out, "><title>");
  co_put_html(out, title);
  co_buf_puts(out, "</title></use>\n");
}

// A nested viewport whose coordinates stretch with the plot; strokes keep their width by
// vector-effect in the style.
static void open_path(co_buf *out, const char *css, int color, double height) {
  co_buf_printf(
      out,
      "<svg width=\"100%%\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" preserveAspectRatio=\"none\" "
      "overflow=\"visible\"><path ",
      height, STRETCHED, height);
  put_class(out, css, color);
  co_buf_puts(out, " d=\"");
}

static void close_path(co_buf *out, const char *end) {
  co_buf_printf(out, "%s\"/></svg>\n", end);
}

static bool put_point(co_buf *out, bool first, double x, double y) {
  if (!isfinite(x) || !isfinite(y)) return false;
  co_buf_printf(out, "%c%.1f %.1f", first ? 'M' : 'L', STRETCHED * clamp01(x), y);
  return true;
}

void co_svg_line(co_buf *out, const char *css, int color, double height, const double *x,
                 const double *y, int count) {
  bool any = false;
  open_path(out, css, color, height);
  for (int i = 0; i < count; i++) any |= put_point(out, !any, x[i], y[i]);
  close_path(out, any ? "" : "M0 0");
}

void co_svg_area(co_buf *out, const char *css, int color, double height, const double *x,
                 const double *lower, const double *upper, int count) {
  bool any = false;
  open_path(out, css, color, height);
  for (int i = 0; i < count; i++) {
    if (isfinite(lower[i]) && isfinite(upper[i])) any |= put_point(out, !any, x[i], lower[i]);
  }
  for (int i = count - 1; i >= 0; i--) {
    if (isfinite(lower[i]) && isfinite(upper[i])) any |= put_point(out, !any, x[i], upper[i]);
  }
  close_path(out, any ? "Z" : "M0 0");
}
