// A bitmap font of printable ASCII: enough to lay text out, and its pixels where there are any.
//
// The window reads MuJoCo's font back once per scale (viz/draw/paint_mjr.h). Without pixels
// characters are drawn as boxes, which is enough for layout and tests. Immutable after creation.

#ifndef VIZ_DRAW_FONT_H_
#define VIZ_DRAW_FONT_H_

#include <stdint.h>

enum { CO_FONT_FIRST = 32, CO_FONT_GLYPHS = 95, CO_FONT_MAX = 96 };

typedef struct co_font {
  int height;                     // [pixels] of a line, 1 .. CO_FONT_MAX
  int cell;                       // [pixels] width of a glyph's picture
  uint8_t width[CO_FONT_GLYPHS];  // [pixels] advance, 1 .. cell
  uint8_t *mask;                  // (CO_FONT_GLYPHS x height x cell) 0: ground, else ink; top row
                                  // first; owned by whoever made the font; NULL: boxes
} co_font;

// Every glyph half as wide as it is high; no pixels.
void co_font_plain(int height, co_font *out);

static inline int co_font_glyph(char c) {
  int glyph = (unsigned char)c - CO_FONT_FIRST;
  return glyph >= 0 && glyph < CO_FONT_GLYPHS ? glyph : '?' - CO_FONT_FIRST;
}
int co_font_text_width(const co_font *font, const char *text, int length);  // [pixels]

#endif  // VIZ_DRAW_FONT_H_
