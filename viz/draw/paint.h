// What is drawn in 2D beside the scene, as a list: panels fill it without OpenGL, so that a test
// can read what would be on the screen; viz/draw/raster.h makes pixels of it.
//
// A list consists of surfaces, opaque boxes that do not overlap; everything painted belongs to the
// surface opened last and is clipped to it. Coordinates are pixels of the window, x to the right
// and y down from the upper left corner. Colours are 0xRRGGBBAA.
//
// A list keeps its memory: a frame like the one before allocates nothing. Errors are sticky as in
// core/buf.h; whoever draws asks co_paint_status once. Thread safety: none.

#ifndef VIZ_DRAW_PAINT_H_
#define VIZ_DRAW_PAINT_H_

#include "core/status.h"
#include "viz/draw/font.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct co_box {
  int x, y, w, h;  // w, h >= 0
} co_box;

static inline bool co_box_has(co_box box, int x, int y) {
  return x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h;
}
co_box co_box_cut(co_box box, co_box by);  // what they share; without width or height: nothing
// Takes a piece off one side of what is left and returns it; at most what is there.
co_box co_box_take_top(co_box *rest, int h);
co_box co_box_take_bottom(co_box *rest, int h);
co_box co_box_take_left(co_box *rest, int w);
co_box co_box_take_right(co_box *rest, int w);
co_box co_box_inset(co_box box, int dx, int dy);

// The palette. Data colours keep apart for the common kinds of colour blindness (they follow Okabe
// and Ito, "Color Universal Design", 2008) and have a contrast of at least 3 to every ground, text
// of 4.5 (WCAG 2.1); tests/viz/draw/test_palette.c computes both.
#define CO_INK_LIST(X)                                                                        \
  X(CO_INK_GROUND, 0x15181cff)  /* behind a panel */                                          \
  X(CO_INK_RAISED, 0x1f242aff)  /* behind a strip, a row, a button */                         \
  X(CO_INK_GRID, 0x3a424cff)    /* lines that only guide the eye */                           \
  X(CO_INK_TEXT, 0xe8eaedff)    /* text and numbers */                                        \
  X(CO_INK_DIM, 0xa3adb8ff)     /* labels, units */                                           \
  X(CO_INK_SOURCE, 0x56b4e9ff)  /* the first stage, everywhere */                             \
  X(CO_INK_TARGET, 0xe69f00ff)  /* the second stage, everywhere */                            \
  X(CO_INK_CURSOR, 0xffffffff)  /* the step that is shown */                                  \
  X(CO_INK_PARTING, 0xff5185ff) /* where the stages part */                                   \
  X(CO_INK_WARNING, 0xf0e442ff) /* saturation, a push, a difference that can be lived with */ \
  X(CO_INK_BAD, 0xff6a4dff)     /* a fall, a fault, a difference in meaning */                \
  X(CO_INK_GOOD, 0x2fc29aff)    /* success, trained */

typedef enum co_ink {
#define X(id, rgba) id,
  CO_INK_LIST(X)
#undef X
      CO_NUM_INKS
} co_ink;

typedef uint32_t co_color;
co_color co_ink_color(co_ink ink);
co_color co_ink_of_stage(int stage);                  // 0: source, 1: target
co_color co_color_fade(co_color color, int percent);  // the same with this share of its opacity
// From source blue over the ground to target orange: -1, 0, 1; NAN is grey.
co_color co_color_diverging(double value);

typedef enum co_align { CO_LEFT, CO_CENTER, CO_RIGHT } co_align;

typedef enum co_paint_kind {
  CO_PAINT_SURFACE,  // box, filled with color
  CO_PAINT_FILL,     // box
  CO_PAINT_TEXT,     // box: where its pixels lie; first, count: bytes in `text`
  CO_PAINT_SPANS,    // box.w pixel columns from box.x; first: pairs (top, bottom) in `span`, both
                     // within, top > bottom: nothing in this column
} co_paint_kind;

typedef struct co_paint_op {
  co_paint_kind kind;
  co_color color;
  co_box box;  // already clipped
  int first, count;
  int shift;  // of a text: pixels of its start that are left of the box
} co_paint_op;

typedef struct co_paint {
  const co_font *font;  // borrowed
  co_box surface;       // that is open
  int num_ops, num_spans, num_text;
  int max_ops, max_spans, max_text;
  co_paint_op *op;  // (num_ops) owned
  int16_t *span;    // (num_spans x 2) owned
  char *text;       // (num_text) owned
  bool failed;
} co_paint;

void co_paint_begin(co_paint *paint, const co_font *font);  // empties it; zero-initialise first
void co_paint_free(co_paint *paint);
co_status co_paint_status(const co_paint *paint);  // CO_OK or CO_MEMORY

void co_paint_surface(co_paint *paint, co_box box, co_color ground);
void co_paint_fill(co_paint *paint, co_box box, co_color color);
void co_paint_frame(co_paint *paint, co_box box, co_color color);  // one pixel wide, inside
// One line of ASCII, in the middle of the box's height; what is too wide is cut and ends in "..".
// Other bytes are shown as '?'.
void co_paint_text(co_paint *paint, co_box box, co_align align, co_color color, const char *text);
void co_paint_textf(co_paint *paint, co_box box, co_align align, co_color color, const char *format,
                    ...) __attribute__((format(printf, 5, 6)));

// A range of values shown on a box: low at its bottom (or left), high at its top (or right).
typedef struct co_range {
  double low, high;  // low < high
} co_range;

// A line through count values at x = 0, 1, ..., of which x.low .. x.high is shown. Every pixel
// column holds the least and the greatest value that falls there, joined to its neighbours; values
// that are not finite leave a gap, values beyond the range lie on the edge. A box that is not
// wholly on the surface stays empty.
typedef struct co_polyline {
  const float *value;  // (count) `stride` floats apart
  int count, stride;
  double x0;  // of value[0]
  int thick;  // pixels added above and below, so that another line on top hides only its middle
} co_polyline;

void co_paint_line(co_paint *paint, co_box box, const co_polyline *line, co_range x, co_range y,
                   co_color color);

// Room to lay out a line of text: font height and a little.
static inline int co_paint_row(const co_paint *paint) {
  return paint->font->height + (paint->font->height + 3) / 6;
}

#endif  // VIZ_DRAW_PAINT_H_
