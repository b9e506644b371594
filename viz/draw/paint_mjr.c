#include "viz/draw/paint_mjr.h"

#include "core/memory.h"
#include "viz/draw/raster.h"

#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

struct co_painter {
  const mjrContext *context;
  co_font font;
  unsigned char *pixels;  // of one surface, from the bottom up, owned
  size_t capacity;
};

// ---- the font

// Pictures of all characters have one size, which makes them an array.
static int widest(const mjrContext *context) {
  int most = 1;
  for (int c = CO_FONT_FIRST; c < CO_FONT_FIRST + CO_FONT_GLYPHS; c++)
    if (context->charWidth[c] > most) most = context->charWidth[c];
  return most;
}

// Draws one character in the lower left corner and reads it back; counts its pixels.
static int read_glyph(const mjrContext *context, co_font *font, int glyph, unsigned char *rgb) {
  const char text[2] = {(char)(CO_FONT_FIRST + glyph), '\0'};
  mjrRect place = {0, 0, font->cell, font->height};
  mjr_rectangle(place, 0, 0, 0, 1);
  mjr_text(mjFONT_NORMAL, text, context, 0, 0, 1, 1, 1);
  mjr_readPixels(rgb, NULL, place, context);
  uint8_t *mask = font->mask + (size_t)glyph * (size_t)(font->height * font->cell);
  int inked = 0;
  for (int y = 0; y < font->height; y++)
    for (int x = 0; x < font->cell; x++) {
      bool ink = rgb[3 * ((font->height - 1 - y) * font->cell + x)] > 127;
      mask[y * font->cell + x] = ink;
      inked += ink;
    }
  return inked;
}

// A context that draws nothing (a lost one, a broken driver) shows here, not as an empty window.
static co_status read_font(const mjrContext *context, co_font *font) {
  font->height = context->charHeight;
  font->cell = widest(context);
  if (font->height < 1 || font->height > CO_FONT_MAX || font->cell > CO_FONT_MAX)
    return co_fail(CO_INTERNAL, "a font of %d pixels", font->height);
  size_t cell = (size_t)(font->height * font->cell);
  font->mask = co_alloc(CO_FONT_GLYPHS, cell);
  unsigned char *rgb = co_alloc(3, cell);
  int inked = 0;
  for (int g = 0; font->mask && rgb && g < CO_FONT_GLYPHS; g++) {
    font->width[g] = (uint8_t)context->charWidth[CO_FONT_FIRST + g];
    inked += read_glyph(context, font, g, rgb);
  }
  bool whole = font->mask && rgb;
  free(rgb);
  if (!whole) return CO_MEMORY;
  return inked > 0 ? CO_OK : co_fail(CO_INTERNAL, "OpenGL draws no text");
}

co_status co_painter_create(const struct mjrContext_ *context, co_painter **out) {
  co_painter *painter = co_alloc(1, sizeof *painter);
  if (!painter) return CO_MEMORY;
  painter->context = context;
  co_status status = read_font(context, &painter->font);
  if (status != CO_OK) {
    co_painter_free(painter);
    return status;
  }
  *out = painter;
  return CO_OK;
}

void co_painter_free(co_painter *painter) {
  if (!painter) return;
  free(painter->font.mask);
  free(painter->pixels);
  free(painter);
}

const co_font *co_painter_font(const co_painter *painter) {
  return &painter->font;
}

// ---- surfaces

static co_status make_room(co_painter *painter, co_box box) {
  size_t wanted = 3 * (size_t)box.w * (size_t)box.h;
  if (wanted <= painter->capacity) return CO_OK;
  unsigned char *larger = co_realloc(painter->pixels, wanted, 1);
  if (!larger) return CO_MEMORY;
  painter->pixels = larger;
  painter->capacity = wanted;
  return CO_OK;
}

co_status co_painter_draw(co_painter *painter, const co_paint *paint, int height) {
  CO_TRY(co_paint_status(paint));
  // a scene leaves lights and depth on; this turns them off and shows nothing
  mjr_rectangle((mjrRect){0, 0, 1, 1}, 0, 0, 0, 0);
  for (int i = 0; i < paint->num_ops;) {
    co_box box = paint->op[i].box;
    CO_TRY(make_room(painter, box));
    ptrdiff_t stride = 3 * (ptrdiff_t)box.w;
    co_raster raster = {box, painter->pixels + (box.h - 1) * stride, -stride};
    i = co_raster_surface(paint, i, &raster);
    mjrRect place = {box.x, height - box.y - box.h, box.w, box.h};
    mjr_drawPixels(painter->pixels, NULL, place, painter->context);
  }
  return CO_OK;
}
