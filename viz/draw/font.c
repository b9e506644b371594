#include "viz/draw/font.h"

#include <assert.h>
#include <string.h>

void co_font_plain(int height, co_font *out) {
  assert(height >= 2 && height <= CO_FONT_MAX);
  out->height = height;
  out->cell = height / 2;
  memset(out->width, out->cell, sizeof out->width);
  out->mask = NULL;
}

int co_font_text_width(const co_font *font, const char *text, int length) {
  int width = 0;
  for (int i = 0; i < length; i++) width += font->width[co_font_glyph(text[i])];
  return width;
}
