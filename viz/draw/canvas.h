// Pictures without a window: a context of its own, and panes side by side in one RGB picture.
//
// Thread safety: one thread per canvas, the one that created it.

#ifndef VIZ_DRAW_CANVAS_H_
#define VIZ_DRAW_CANVAS_H_

#include "viz/draw/gl.h"
#include "viz/draw/paint.h"
#include "viz/draw/renderer.h"

enum { CO_CANVAS_SIDE = 4096, CO_CANVAS_PANES = 2 };

typedef struct co_canvas co_canvas;

enum { CO_CAPTION_LINES = 3, CO_CAPTION_LINE = 192 };

// Lines of text in a band below the scene, which so never hide the robot.
typedef struct co_caption {
  int count;
  char line[CO_CAPTION_LINES][CO_CAPTION_LINE];
  co_ink ink[CO_CAPTION_LINES];
} co_caption;

// A further line, formatted; what is too long for the picture is cut where it is drawn.
void co_caption_add(co_caption *caption, co_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// 1 .. CO_CANVAS_SIDE pixels each way; CO_USAGE otherwise, CO_MEMORY, and what co_gl_create says.
co_status co_canvas_create(int width, int height, co_canvas **out);
void co_canvas_free(co_canvas *canvas);

const co_gl_info *co_canvas_gl(const co_canvas *canvas);
const co_image *co_canvas_image(const co_canvas *canvas);  // black at first

// Divides the picture among `count` drawings from left to right, in columns of equal width (to a
// pixel); their textures are uploaded. Replaces what was there. Narrower than `count`: CO_USAGE.
co_status co_canvas_divide(co_canvas *canvas, co_drawing *const *drawing, int count);

// Draws a pane's scene as last updated into the picture, above its caption (NULL: none; pictures
// that are too small for text have none either). CO_INTERNAL also when the first frame comes out
// black.
co_status co_canvas_draw(co_canvas *canvas, int pane, const co_caption *caption);

#endif  // VIZ_DRAW_CANVAS_H_
