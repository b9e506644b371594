#include "viz/draw/canvas.h"

#include "core/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct pane {
  co_drawing *drawing;  // borrowed
  co_renderer *renderer;
  int left, width;
  unsigned char *rgb;  // (height x width x 3) as read
  bool seen;           // a frame has come out that is not black
} pane;

struct co_canvas {
  co_gl *gl;
  co_image image;
  pane pane[CO_CANVAS_PANES];
  int panes;
};

co_status co_canvas_create(int width, int height, co_canvas **out) {
  if (width < 1 || height < 1 || width > CO_CANVAS_SIDE || height > CO_CANVAS_SIDE)
    return co_fail(CO_USAGE, "a picture of %d x %d pixels: must be 1 x 1 to %d x %d", width, height,
                   CO_CANVAS_SIDE, CO_CANVAS_SIDE);
  co_canvas *canvas = co_alloc(1, sizeof *canvas);
  unsigned char *rgb = co_alloc((size_t)width * (size_t)height, 3);
  co_status status = canvas && rgb ? co_gl_create(&canvas->gl) : CO_MEMORY;
  if (status != CO_OK) {
    free(rgb);
    free(canvas);
    return status;
  }
  canvas->image = (co_image){width, height, rgb, 3 * (size_t)width};
  *out = canvas;
  return CO_OK;
}

static void clear(co_canvas *canvas) {
  for (int i = 0; i < canvas->panes; i++) {
    co_renderer_free(canvas->pane[i].renderer);
    free(canvas->pane[i].rgb);
    canvas->pane[i] = (pane){0};
  }
  canvas->panes = 0;
}

void co_canvas_free(co_canvas *canvas) {
  if (!canvas) return;
  clear(canvas);
  co_gl_free(canvas->gl);
  free(canvas->image.rgb);
  free(canvas);
}

const co_gl_info *co_canvas_gl(const co_canvas *canvas) {
  return co_gl_describe(canvas->gl);
}

const co_image *co_canvas_image(const co_canvas *canvas) {
  return &canvas->image;
}

int co_canvas_pane_width(const co_canvas *canvas, int index) {
  assert(index < canvas->panes);
  return canvas->pane[index].width;
}

// Text of some 50 characters fits into the width.
static int font_for(int width) {
  return width < 400 ? 50 : width < 1000 ? 100 : width < 2000 ? 150 : 300;
}

static co_status open_pane(const co_canvas *canvas, pane *out) {
  co_renderer_def def = {out->width, canvas->image.height, font_for(out->width)};
  out->rgb = co_alloc((size_t)out->width * (size_t)canvas->image.height * 3, 1);
  if (!out->rgb) return CO_MEMORY;
  return co_renderer_create(out->drawing, &def, &out->renderer);
}

co_status co_canvas_divide(co_canvas *canvas, co_drawing *const *drawing, int count) {
  assert(count >= 1 && count <= CO_CANVAS_PANES);
  int width = canvas->image.width;
  if (width < count) return co_fail(CO_USAGE, "%d panes need more than %d pixels", count, width);
  clear(canvas);
  co_status status = CO_OK;
  for (int i = 0; i < count && status == CO_OK; i++) {
    int left = width * i / count;
    canvas->pane[i] =
        (pane){.drawing = drawing[i], .left = left, .width = width * (i + 1) / count - left};
    canvas->panes = i + 1;
    status = open_pane(canvas, &canvas->pane[i]);
  }
  if (status != CO_OK) clear(canvas);
  return status;
}

static bool is_black(const unsigned char *rgb, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (rgb[i]) return false;
  return true;
}

// Some drivers give a context and draw nothing: better no picture than a black one.
static co_status check_first(const co_canvas *canvas, pane *shown) {
  size_t size = (size_t)shown->width * (size_t)canvas->image.height * 3;
  if (!shown->seen && is_black(shown->rgb, size))
    return co_fail(CO_INTERNAL, "%s (%s) draws black frames; CARRYOVER_GL=osmesa may do better",
                   co_canvas_gl(canvas)->how, co_canvas_gl(canvas)->renderer);
  shown->seen = true;
  return CO_OK;
}

co_status co_canvas_draw(co_canvas *canvas, int index, const char *left, const char *right) {
  assert(index < canvas->panes);
  pane *shown = &canvas->pane[index];
  const co_image *image = &canvas->image;
  co_rect rect = {0, 0, shown->width, image->height};
  size_t row = 3 * (size_t)shown->width;
  CO_TRY(co_renderer_draw(shown->renderer, rect, shown->drawing));
  if (left) co_renderer_caption(shown->renderer, rect, CO_TOP_LEFT, left, right);
  co_renderer_read(shown->renderer, rect,
                   &(co_image){shown->width, image->height, shown->rgb, row});
  CO_TRY(check_first(canvas, shown));
  for (int y = 0; y < image->height; y++)
    memcpy(image->rgb + (size_t)y * image->stride + 3 * (size_t)shown->left,
           shown->rgb + (size_t)y * row, row);
  return CO_OK;
}
