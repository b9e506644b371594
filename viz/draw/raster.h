// Pixels of a draw list, made by the processor: on software renderers this costs a tenth of the
// same list drawn piece by piece through OpenGL, and on all others the same picture comes out.
//
// Thread-safe for different pictures.

#ifndef VIZ_DRAW_RASTER_H_
#define VIZ_DRAW_RASTER_H_

#include "viz/draw/paint.h"

#include <stddef.h>

// A picture of 3 bytes per pixel that shows a box of the window.
typedef struct co_raster {
  co_box box;
  unsigned char *top;  // first pixel of the uppermost row; borrowed
  ptrdiff_t stride;    // bytes from a row to the one below; negative: rows lie from the bottom up
} co_raster;

// Draws the surface whose op is `first`, up to the next one, into a picture that has just its box.
// Returns the index of the next surface's op, or num_ops.
int co_raster_surface(const co_paint *paint, int first, const co_raster *raster);

// Draws all surfaces into a larger picture; pixels outside of it are left out.
void co_raster_draw(const co_paint *paint, const co_raster *raster);

#endif  // VIZ_DRAW_RASTER_H_
