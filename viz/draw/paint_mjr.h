// Draw lists on the screen, through MuJoCo's renderer: its font is read back once, pictures of
// surfaces are made by the processor (viz/draw/raster.h) and drawn as pixels.
//
// Measured with llvmpipe, panels of 470 x 690 pixels full of text: 0.9 ms; the same through
// mjr_text and mjr_figure 20 ms and more, some 8 us a character.
//
// Thread safety: that of the OpenGL context, which must be current in every call.

#ifndef VIZ_DRAW_PAINT_MJR_H_
#define VIZ_DRAW_PAINT_MJR_H_

#include "viz/draw/paint.h"

struct mjrContext_;

typedef struct co_painter co_painter;

// Reads the context's font, drawing into its present buffer, which must have at least 64 x 64
// pixels. CO_MEMORY; CO_INTERNAL: the font is empty.
co_status co_painter_create(const struct mjrContext_ *context, co_painter **out);
void co_painter_free(co_painter *painter);

const co_font *co_painter_font(const co_painter *painter);

// Draws a list into the present buffer, `height` pixels high. What went wrong with the list, or
// CO_MEMORY.
co_status co_painter_draw(co_painter *painter, const co_paint *paint, int height);

#endif  // VIZ_DRAW_PAINT_MJR_H_
