// Inline SVG for charts that stay legible at any width.
//
// A chart is not scaled by a viewBox, which would shrink its text on a phone. Instead the <svg>
// element is the plot area itself: x is written in percent of its width, y in pixels, text and
// marks keep their size, and labels stand in margins that the style sheet reserves (overflow is
// visible). Colours are CSS classes: c0, c1, ... give currentColor.
//
// Functions append to a buffer, whose sticky error is the only failure. x is a fraction of the plot
// width, clamped to [0, 1]; y is in pixels from the top. Thread-safe.

#ifndef TRANSFER_REPORT_PRIVATE_SVG_H_
#define TRANSFER_REPORT_PRIVATE_SVG_H_

#include "core/buf.h"

#include <stdbool.h>

enum { CO_SVG_TICKS_MAX = 12, CO_SVG_COLORS = 8, CO_SVG_MARKS = 7 };

// A linear axis with ticks at 1, 2 or 5 times a power of ten. Zero-initialise, cover the data,
// finish.
typedef struct co_svg_axis {
  double lo, hi;  // data range; after finishing with its padding
  bool any;       // something was covered
  double step, tick[CO_SVG_TICKS_MAX];
  int ticks;
} co_svg_axis;

void co_svg_axis_cover(co_svg_axis *axis, double value);  // NAN is skipped
// About `wanted_ticks` (at most 10) intervals between ticks; both ends lie `padding` of the range
// beyond the data.
void co_svg_axis_finish(co_svg_axis *axis, int wanted_ticks, double padding);
double co_svg_axis_at(const co_svg_axis *axis,
                      double value);  // fraction of its length, 0 when not finite

typedef enum co_svg_anchor { CO_SVG_START, CO_SVG_MIDDLE, CO_SVG_END } co_svg_anchor;

// The shapes of all marks, once per page, before the first chart.
void co_svg_put_marks(co_buf *out);

void co_svg_open(co_buf *out, const char *css, double height, const char *title);
void co_svg_close(co_buf *out);

void co_svg_vertical(co_buf *out, const char *css, double x, double y0, double y1);
void co_svg_horizontal(co_buf *out, const char *css, double x0, double x1, double y);
// `dx` pixels to the right of x.
void co_svg_text(co_buf *out, const char *css, co_svg_anchor anchor, double x, double dx, double y,
                 const char *text);
// A mark in the colour of class c<color> (-1: inherited); `title` is its tooltip or NULL.
void co_svg_mark(co_buf *out, const char *css, int color, int mark, double x, double y,
                 const char *title);

// A line through (count) points, or the area between two of them, stretched with the plot. Points
// with a NAN are left out. x in fractions, y in pixels; `height` is that of the plot.
void co_svg_line(co_buf *out, const char *css, int color, double height, const double *x,
                 const double *y, int count);
void co_svg_area(co_buf *out, const char *css, int color, double height, const double *x,
                 const double *lower, const double *upper, int count);

#endif  // TRANSFER_REPORT_PRIVATE_SVG_H_
