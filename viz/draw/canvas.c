#include "viz/draw/canvas.h"

#include "core/memory.h"
#include "viz/draw/paint_mjr.h"
#include "viz/draw/raster.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pane {
  co_drawing *drawing;  // borrowed
  co_renderer *renderer;
  co_painter *painter;  // of its captions' font; NULL: none was asked for
  int left, width;
  unsigned char *rgb;  // (height x width x 3) as read
  bool seen;           // a frame has come out that is not black
} pane;

struct co_canvas {
  co_gl *gl;
  co_image image;
  pane pane[CO_CANVAS_PANES];
  int panes;
  co_paint paint;  // of a caption
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
    co_painter_free(canvas->pane[i].painter);
    co_renderer_free(canvas->pane[i].renderer);
    free(canvas->pane[i].rgb);
    canvas->pane[i] = (pane){0};
  }
  canvas->panes = 0;
}

void co_canvas_free(co_canvas *canvas) {
  if (!canvas) return;
  clear(canvas);
  co_paint_free(&canvas->paint);
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
static co_status check_first(const co_canvas *canvas, pane *shown, int height) {
  size_t size = (size_t)shown->width * (size_t)height * 3;
  if (!shown->seen && is_black(shown->rgb, size))
    return co_fail(CO_INTERNAL, "%s (%s) draws black frames; CARRYOVER_GL=osmesa may do better",
                   co_canvas_gl(canvas)->how, co_canvas_gl(canvas)->renderer);
  shown->seen = true;
  return CO_OK;
}

// --- captions

void co_caption_add(co_caption *caption, co_ink ink, const char *format, ...) {
  assert(caption->count < CO_CAPTION_LINES);
  va_list list;
  va_start(list, format);
  vsnprintf(caption->line[caption->count], CO_CAPTION_LINE, format, list);
  va_end(list);
  caption->ink[caption->count++] = ink;
}

// Text needs room: on thumbnails there is none, and the font is read by means of the picture.
static bool has_room(const co_canvas *canvas, const pane *shown) {
  const int width = 160, height = 100;
  return shown->width >= width && canvas->image.height >= height;
}

static co_status read_font(pane *shown) {
  if (shown->painter) return CO_OK;
  return co_painter_create(co_renderer_context(shown->renderer), &shown->painter);
}

// `height`: of the band below the scene that the caption is in, a third of the picture at most:
// where there is less room, its last lines.
static co_status write_caption(co_canvas *canvas, pane *shown, const co_caption *caption,
                               int *height) {
  *height = 0;
  if (!caption || !caption->count || !has_room(canvas, shown)) return CO_OK;
  CO_TRY(read_font(shown));
  co_paint *paint = &canvas->paint;
  co_paint_begin(paint, co_painter_font(shown->painter));
  int row = co_paint_row(paint), margin = row / 8, first = 0;
  while (first < caption->count - 1 && (caption->count - first) * row > canvas->image.height / 3)
    first++;
  *height = (caption->count - first) * row + 2 * margin;
  co_box band = {shown->left, canvas->image.height - *height, shown->width, *height};
  co_paint_surface(paint, band, co_ink_color(CO_INK_GROUND));
  co_box rest = co_box_inset(band, 3 * margin, margin);
  for (int i = first; i < caption->count; i++)
    co_paint_text(paint, co_box_take_top(&rest, row), CO_LEFT, co_ink_color(caption->ink[i]),
                  caption->line[i]);
  return co_paint_status(paint);
}

static void show_caption(co_canvas *canvas) {
  const co_image *image = &canvas->image;
  co_raster raster = {{0, 0, image->width, image->height}, image->rgb, (ptrdiff_t)image->stride};
  co_raster_draw(&canvas->paint, &raster);
}

// --- pictures

static void copy_scene(const co_canvas *canvas, const pane *shown, int height) {
  const co_image *image = &canvas->image;
  size_t row = 3 * (size_t)shown->width;
  for (int y = 0; y < height; y++)
    memcpy(image->rgb + (size_t)y * image->stride + 3 * (size_t)shown->left,
           shown->rgb + (size_t)y * row, row);
}

co_status co_canvas_draw(co_canvas *canvas, int index, const co_caption *caption) {
  assert(index < canvas->panes);
  pane *shown = &canvas->pane[index];
  int band;
  CO_TRY(write_caption(canvas, shown, caption, &band));
  co_rect rect = {0, 0, shown->width, canvas->image.height - band};
  co_image scene = {shown->width, rect.height, shown->rgb, 3 * (size_t)shown->width};
  CO_TRY(co_renderer_draw(shown->renderer, rect, shown->drawing));
  co_renderer_read(shown->renderer, rect, &scene);
  CO_TRY(check_first(canvas, shown, rect.height));
  copy_scene(canvas, shown, rect.height);
  if (band) show_caption(canvas);
  return CO_OK;
}
