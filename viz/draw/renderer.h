// MuJoCo's OpenGL renderer for one drawing: its textures and meshes in the context that is current,
// and a way to show its scenes in the window or in a buffer of its own.
//
// Several renderers may live in one context. Thread safety: that of the context, which must be
// current in every call.

#ifndef VIZ_DRAW_RENDERER_H_
#define VIZ_DRAW_RENDERER_H_

#include "viz/draw/drawing.h"
#include "viz/draw/png.h"

struct mjrContext_;

// In pixels from the lower left corner, as OpenGL counts.
typedef struct co_rect {
  int left, bottom, width, height;
} co_rect;

typedef struct co_renderer_def {
  int width, height;  // of the buffer; 0: the window's is used
  int font;           // [%] 50, 100, 150, 200, 250, 300
} co_renderer_def;

typedef struct co_renderer co_renderer;

// CO_INTERNAL with the renderer's text when OpenGL cannot do it; CO_MEMORY.
co_status co_renderer_create(const co_drawing *drawing, const co_renderer_def *def,
                             co_renderer **out);
void co_renderer_free(co_renderer *renderer);

// Draws the scene as last updated. CO_INTERNAL: OpenGL has reported an error.
co_status co_renderer_draw(co_renderer *renderer, co_rect rect, co_drawing *drawing);
// The pixels of `rect` into a picture of its size, first row at the top.
void co_renderer_read(co_renderer *renderer, co_rect rect, const co_image *out);

struct mjrContext_ *co_renderer_context(co_renderer *renderer);

#endif  // VIZ_DRAW_RENDERER_H_
