#include "viz/draw/paint.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- boxes

static int least(int a, int b) {
  return a < b ? a : b;
}

static int greatest(int a, int b) {
  return a > b ? a : b;
}

co_box co_box_cut(co_box box, co_box by) {
  int x = greatest(box.x, by.x), y = greatest(box.y, by.y);
  int right = least(box.x + box.w, by.x + by.w), bottom = least(box.y + box.h, by.y + by.h);
  return (co_box){x, y, greatest(right - x, 0), greatest(bottom - y, 0)};
}

// What can be taken of what is there: never negative, never more.
static int piece(int wanted, int there) {
  return greatest(least(wanted, there), 0);
}

co_box co_box_take_top(co_box *rest, int h) {
  h = piece(h, rest->h);
  co_box taken = {rest->x, rest->y, rest->w, h};
  rest->y += h;
  rest->h -= h;
  return taken;
}

co_box co_box_take_bottom(co_box *rest, int h) {
  h = piece(h, rest->h);
  rest->h -= h;
  return (co_box){rest->x, rest->y + rest->h, rest->w, h};
}

co_box co_box_take_left(co_box *rest, int w) {
  w = piece(w, rest->w);
  co_box taken = {rest->x, rest->y, w, rest->h};
  rest->x += w;
  rest->w -= w;
  return taken;
}

co_box co_box_take_right(co_box *rest, int w) {
  w = piece(w, rest->w);
  rest->w -= w;
  return (co_box){rest->x + rest->w, rest->y, w, rest->h};
}

co_box co_box_inset(co_box box, int dx, int dy) {
  dx = piece(dx, box.w / 2);
  dy = piece(dy, box.h / 2);
  return (co_box){box.x + dx, box.y + dy, box.w - 2 * dx, box.h - 2 * dy};
}

// ---- colours

static const co_color ink_color[] = {
#define X(id, rgba) [id] = rgba,
    CO_INK_LIST(X)
#undef X
};

co_color co_ink_color(co_ink ink) {
  assert(ink >= 0 && ink < CO_NUM_INKS);
  return ink_color[ink];
}

co_color co_ink_of_stage(int stage) {
  return ink_color[stage == 0 ? CO_INK_SOURCE : CO_INK_TARGET];
}

co_color co_color_fade(co_color color, int percent) {
  assert(percent >= 0 && percent <= 100);
  return (color & ~0xffu) | ((color & 0xffu) * (unsigned)percent / 100);
}

// Opaque, channel by channel.
static co_color blend(co_color from, co_color to, double share) {
  co_color out = 0xff;
  for (int shift = 8; shift < 32; shift += 8) {
    double a = (from >> shift) & 0xff, b = (to >> shift) & 0xff;
    out |= (co_color)(a + (b - a) * share + 0.5) << shift;
  }
  return out;
}

co_color co_color_diverging(double value) {
  if (isnan(value)) return ink_color[CO_INK_GRID];
  double size = fmin(fabs(value), 1.0);
  // a square root: small activations can be told from none
  return blend(ink_color[CO_INK_RAISED], ink_color[value < 0 ? CO_INK_SOURCE : CO_INK_TARGET],
               sqrt(size));
}

// ---- the list

void co_paint_begin(co_paint *paint, const co_font *font) {
  paint->font = font;
  paint->surface = (co_box){0};
  paint->num_ops = paint->num_spans = paint->num_text = 0;
  paint->failed = false;
}

void co_paint_free(co_paint *paint) {
  free(paint->op);
  free(paint->span);
  free(paint->text);
  memset(paint, 0, sizeof *paint);
}

co_status co_paint_status(const co_paint *paint) {
  return paint->failed ? co_fail(CO_MEMORY, "out of memory for a picture") : CO_OK;
}

// Makes room for `more` elements behind `used`; false: there is none, and the list has failed.
static bool reserve(co_paint *paint, void **array, size_t size, int used, int more, int *capacity) {
  enum { MOST = 1 << 26 };  // a list that large is not a panel
  if (paint->failed) return false;
  if (more <= *capacity - used) return true;
  int wanted = *capacity ? *capacity : 256;
  while (wanted - used < more && wanted < MOST) wanted *= 2;
  void *larger = more <= wanted - used ? co_realloc(*array, (size_t)wanted * size, 1) : NULL;
  if (!larger) {
    paint->failed = true;
    return false;
  }
  *array = larger;
  *capacity = wanted;
  return true;
}

// NULL: out of memory, and nothing more will be drawn.
static co_paint_op *add_op(co_paint *paint, co_paint_kind kind, co_box box, co_color color) {
  if (!reserve(paint, (void **)&paint->op, sizeof *paint->op, paint->num_ops, 1, &paint->max_ops))
    return NULL;
  co_paint_op *op = &paint->op[paint->num_ops++];
  *op = (co_paint_op){.kind = kind, .box = box, .color = color};
  return op;
}

// Nothing is drawn on an empty surface, since everything is clipped to it.
void co_paint_surface(co_paint *paint, co_box box, co_color ground) {
  paint->surface = box;
  if (box.w > 0 && box.h > 0) add_op(paint, CO_PAINT_SURFACE, box, ground);
}

void co_paint_fill(co_paint *paint, co_box box, co_color color) {
  co_box inside = co_box_cut(box, paint->surface);
  if (inside.w > 0 && inside.h > 0) add_op(paint, CO_PAINT_FILL, inside, color);
}

void co_paint_frame(co_paint *paint, co_box box, co_color color) {
  co_paint_fill(paint, co_box_take_top(&box, 1), color);
  co_paint_fill(paint, co_box_take_bottom(&box, 1), color);
  co_paint_fill(paint, co_box_take_left(&box, 1), color);
  co_paint_fill(paint, co_box_take_right(&box, 1), color);
}

// ---- text

// Characters of `text` that fit, and whether ".." has to follow them.
static int fitting(const co_font *font, const char *text, int width, bool *cut) {
  int length = (int)strlen(text);
  *cut = co_font_text_width(font, text, length) > width;
  if (!*cut) return length;
  int left = width - co_font_text_width(font, "..", 2), count = 0;
  while (count < length) {
    left -= font->width[co_font_glyph(text[count])];
    if (left < 0) break;
    count++;
  }
  return count;
}

// Copies the characters; -1: out of memory.
static int add_text(co_paint *paint, const char *text, int length, bool cut) {
  int first = paint->num_text, count = length + (cut ? 2 : 0);
  if (!reserve(paint, (void **)&paint->text, 1, first, count, &paint->max_text)) return -1;
  memcpy(paint->text + first, text, (size_t)length);
  if (cut) memcpy(paint->text + first + length, "..", 2);
  paint->num_text += count;
  return first;
}

void co_paint_text(co_paint *paint, co_box box, co_align align, co_color color, const char *text) {
  bool cut;
  int length = fitting(paint->font, text, box.w, &cut);
  if (length == 0) return;  // not even one character: dots alone say nothing
  int first = add_text(paint, text, length, cut);
  if (first < 0) return;
  int count = paint->num_text - first;
  int width = co_font_text_width(paint->font, paint->text + first, count), free_w = box.w - width;
  co_box place = {.x = box.x + (align == CO_LEFT    ? 0
                                : align == CO_RIGHT ? free_w
                                                    : free_w / 2),
                  .y = box.y + (box.h - paint->font->height) / 2,
                  .w = width,
                  .h = paint->font->height};
  co_box inside = co_box_cut(place, paint->surface);
  // a row that is half scrolled away is cut as a whole line of pixels would be: by its own box
  co_box row = co_box_cut(inside, (co_box){box.x, place.y, box.w, place.h});
  if (row.w <= 0 || row.h < place.h) return;
  co_paint_op *op = add_op(paint, CO_PAINT_TEXT, row, color);
  if (!op) return;
  op->first = first;
  op->count = count;
  op->shift = row.x - place.x;
}

void co_paint_textf(co_paint *paint, co_box box, co_align align, co_color color, const char *format,
                    ...) {
  char text[256];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  co_paint_text(paint, box, align, color, text);
}

// ---- lines

// Row of a value: the greatest of the range on top.
static int pixel_of(double value, co_range y, co_box box) {
  double share = (value - y.low) / (y.high - y.low);
  double row = (1.0 - fmin(fmax(share, 0.0), 1.0)) * (box.h - 1);
  return box.y + (int)(row + 0.5);
}

// Widens a column so that it holds these rows, too.
static void put_span(int16_t *span, int top, int bottom) {
  if (span[0] > span[1]) {
    span[0] = (int16_t)top;
    span[1] = (int16_t)bottom;
    return;
  }
  span[0] = (int16_t)least(span[0], top);
  span[1] = (int16_t)greatest(span[1], bottom);
}

// A straight piece between two points, in columns of the box.
static void put_piece(int16_t *span, co_box box, double x0, int y0, double x1, int y1) {
  int from = (int)floor(x0), to = (int)floor(x1);
  if (from == to) {
    if (from >= 0 && from < box.w) put_span(span + 2 * from, least(y0, y1), greatest(y0, y1));
    return;
  }
  double slope = (y1 - y0) / (x1 - x0);
  for (int c = greatest(from, 0); c <= least(to, box.w - 1); c++) {
    double left = fmax(c, x0), right = fmin(c + 1.0, x1);
    int a = (int)lround(y0 + slope * (left - x0)), b = (int)lround(y0 + slope * (right - x0));
    put_span(span + 2 * c, least(a, b), greatest(a, b));
  }
}

// The values that can be seen and one more at each side, so that the line reaches the edges.
static void visible(const co_polyline *line, co_range x, int *from, int *to) {
  double first = floor(x.low - line->x0) - 1, last = ceil(x.high - line->x0) + 1;
  *from = (int)fmax(first, 0.0);
  *to = (int)fmin(last, line->count - 1.0);
}

static void put_line(int16_t *span, co_box box, const co_polyline *line, co_range x, co_range y) {
  double scale = (box.w - 1) / (x.high - x.low), before_x = 0;
  int from, to, before_y = 0;
  visible(line, x, &from, &to);
  bool joined = false;
  for (int i = from; i <= to; i++) {
    float value = line->value[(size_t)i * (size_t)line->stride];
    if (!isfinite(value)) {
      joined = false;
      continue;
    }
    double at = (line->x0 + i - x.low) * scale;
    int row = pixel_of(value, y, box);
    put_piece(span, box, joined ? before_x : at, joined ? before_y : row, at, row);
    before_x = at;
    before_y = row;
    joined = true;
  }
}

// Up and down, within the box.
static void thicken(int16_t *span, co_box box, int by) {
  for (int c = 0; c < box.w; c++, span += 2) {
    if (span[0] > span[1]) continue;
    span[0] = (int16_t)greatest(span[0] - by, box.y);
    span[1] = (int16_t)least(span[1] + by, box.y + box.h - 1);
  }
}

void co_paint_line(co_paint *paint, co_box box, const co_polyline *line, co_range x, co_range y,
                   co_color color) {
  assert(x.low < x.high && y.low < y.high);
  co_box inside = co_box_cut(box, paint->surface);
  if (inside.w < box.w || inside.h < box.h || box.w <= 0 || box.h <= 0 || line->count <= 0) return;
  int first = paint->num_spans;
  if (!reserve(paint, (void **)&paint->span, 2 * sizeof *paint->span, first, box.w,
               &paint->max_spans))
    return;
  co_paint_op *op = add_op(paint, CO_PAINT_SPANS, box, color);
  if (!op) return;
  int16_t *span = paint->span + 2 * first;
  for (int c = 0; c < box.w; c++) {
    span[2 * c] = 1;
    span[2 * c + 1] = 0;
  }
  put_line(span, box, line, x, y);
  if (line->thick > 0) thicken(span, box, line->thick);
  paint->num_spans += box.w;
  op->first = first;
  op->count = box.w;
}
