#include "viz/draw/raster.h"

#include <assert.h>
#include <string.h>

static unsigned char *pixel(const co_raster *raster, int x, int y) {
  return raster->top + (y - raster->box.y) * raster->stride + 3 * (ptrdiff_t)(x - raster->box.x);
}

// Alpha over what is there, rounded to nearest.
static void mix(unsigned char *rgb, co_color color) {
  unsigned alpha = color & 0xff;
  for (int c = 0; c < 3; c++) {
    unsigned ink = (color >> (24 - 8 * c)) & 0xff;
    rgb[c] = (unsigned char)((rgb[c] * (255 - alpha) + ink * alpha + 127) / 255);
  }
}

static void put(unsigned char *rgb, co_color color) {
  rgb[0] = (unsigned char)(color >> 24);
  rgb[1] = (unsigned char)(color >> 16);
  rgb[2] = (unsigned char)(color >> 8);
}

// An opaque box is written once and its row copied: most of what panels draw.
static void fill(const co_raster *raster, co_box box, co_color color) {
  box = co_box_cut(box, raster->box);
  if (box.w <= 0 || box.h <= 0) return;
  bool opaque = (color & 0xff) == 0xff;
  unsigned char *first = pixel(raster, box.x, box.y);
  if (opaque)
    for (int x = 0; x < box.w; x++) put(first + 3 * x, color);
  for (int y = 0; y < box.h; y++) {
    unsigned char *row = first + y * raster->stride;
    if (opaque && y > 0) memcpy(row, first, 3 * (size_t)box.w);
    for (int x = 0; !opaque && x < box.w; x++) mix(row + 3 * x, color);
  }
}

// One character with its left edge at x.
static void glyph(const co_raster *raster, const co_font *font, int index, int x, co_box clip,
                  co_color color) {
  int advance = font->width[index];
  co_box place = co_box_cut((co_box){x, clip.y, advance, font->height}, clip);
  if (!font->mask) {  // boxes, but for the space
    if (index > 0) fill(raster, co_box_inset(place, 1, font->height / 5), color);
    return;
  }
  const uint8_t *mask = font->mask + (size_t)index * (size_t)(font->height * font->cell);
  for (int y = 0; y < place.h; y++)
    for (int i = 0; i < place.w; i++)
      if (mask[(place.y - clip.y + y) * font->cell + place.x - x + i])
        put(pixel(raster, place.x + i, place.y + y), color);
}

static void text(const co_paint *paint, const co_paint_op *op, const co_raster *raster) {
  co_box clip = co_box_cut(op->box, raster->box);
  // a line is drawn as a whole or not at all: the mask's rows are counted from its top
  if (clip.h < op->box.h) return;
  int x = op->box.x - op->shift;
  for (int i = 0; i < op->count; i++) {
    int index = co_font_glyph(paint->text[op->first + i]);
    glyph(raster, paint->font, index, x, clip, op->color);
    x += paint->font->width[index];
  }
}

// A line's columns, each a box of one pixel's width.
static void spans(const co_paint *paint, const co_paint_op *op, const co_raster *raster) {
  const int16_t *span = paint->span + 2 * op->first;
  for (int c = 0; c < op->count; c++, span += 2)
    if (span[0] <= span[1])
      fill(raster, (co_box){op->box.x + c, span[0], 1, span[1] - span[0] + 1}, op->color);
}

int co_raster_surface(const co_paint *paint, int first, const co_raster *raster) {
  assert(paint->op[first].kind == CO_PAINT_SURFACE);
  fill(raster, paint->op[first].box, paint->op[first].color);
  int i = first + 1;
  for (; i < paint->num_ops && paint->op[i].kind != CO_PAINT_SURFACE; i++) {
    const co_paint_op *op = &paint->op[i];
    if (op->kind == CO_PAINT_FILL) fill(raster, op->box, op->color);
    if (op->kind == CO_PAINT_TEXT) text(paint, op, raster);
    if (op->kind == CO_PAINT_SPANS) spans(paint, op, raster);
  }
  return i;
}

void co_raster_draw(const co_paint *paint, const co_raster *raster) {
  for (int i = 0; i < paint->num_ops;) i = co_raster_surface(paint, i, raster);
}
